import subprocess
import sys

from verification.bench_process import WRONG_TREE, main


def test_packages_from_elsewhere_are_refused(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)

    assert main(["frame_tagger", "one_channel", "icarus", "build"]) == WRONG_TREE
    assert capsys.readouterr().err.startswith(f"rtl must come from {tmp_path}, not ")


def test_one_bench_runs_in_a_process_of_its_own(request, tmp_path):
    command = [sys.executable, "-m", "verification.bench_process", "frame_tagger", "one_channel"]
    done = subprocess.run(
        [*command, "icarus", tmp_path, "--tests", "stops_between"],
        cwd=request.config.rootpath,
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "bench_frame_tagger" / "results.xml").exists()
