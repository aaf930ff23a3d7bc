import json
import os
import re
import signal
import subprocess
import sys
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import spikeinterface.core

from system import pipeline
from system.cli import main, verify
from system.cli import run as run_command
from system.design import Design
from system.run.codec_check import CodecCheck
from system.run.codec_ways import CodecCounts
from system.run.rtl_check import RtlCheck

QUICK = ["--channels", "2", "--seconds", "0.3"]


@pytest.fixture
def quick_design(tmp_path):
    path = tmp_path / "quick.toml"
    path.write_text("[rtl_simulation]\nengine = 'none'\n[band_pass]\nlow_pass_hz = 5_000\n")
    return path


@pytest.fixture
def run(tmp_path, quick_design):
    def execute(*words, design=quick_design):
        return main(["run", "--design", str(design), "--output", str(tmp_path / "out"), *words])

    return execute


def report_in(folder):
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_without_a_recording_a_synthetic_one_is_processed(run, tmp_path, capsys):
    assert run(*QUICK) == 0

    out = tmp_path / "out"
    report = report_in(out)
    assert names_in(out) == ["design.toml", "report.html", "report.json", "sorting", "spikes.nwb"]
    assert report["recording"]["channels"] == 2
    assert report["recording"]["seconds"] == pytest.approx(0.3)
    assert report["seeds"]["recording"] == 3
    assert report["outputs"] == {"sorting": f"{out / 'sorting'}", "nwb": f"{out / 'spikes.nwb'}"}
    assert report["axocell"]["command"][:2] == ["axocell", "run"]
    shown = capsys.readouterr()
    assert "Detection F1" in shown.out
    assert f"Written: {out / 'report.json'}, {out / 'report.html'}, " in shown.out
    assert shown.err == ""


def test_no_cache_folder_is_needed(tmp_path, quick_design):
    """Libraries keep compiled and parsed things there, and some insist."""
    words = ["run", *QUICK, "--design", str(quick_design), "--output", str(tmp_path / "out")]
    nowhere = {"HOME": os.devnull, "XDG_CACHE_HOME": f"{os.devnull}/cache"}

    done = subprocess.run(
        [sys.executable, "-c", "import sys; from system.cli import main; sys.exit(main())", *words],
        env={**os.environ, **nowhere},
        check=False,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "spikes.nwb" in names_in(tmp_path / "out")


def test_the_written_spikes_say_how_late_they_are(run, tmp_path):
    run(*QUICK)

    sorting = spikeinterface.core.load(tmp_path / "out" / "sorting")
    assert isinstance(sorting, spikeinterface.core.BaseSorting)
    assert re.search(r"; 0\.\d\d ms for a typical waveform", sorting.get_annotation("spike_times"))
    with h5py.File(tmp_path / "out" / "spikes.nwb") as nwb:
        meaning = str(nwb["units/spike_times"].attrs["description"])
    assert meaning.endswith(sorting.get_annotation("spike_times"))


def test_the_written_design_runs_again_and_finds_the_same(run, tmp_path):
    run(*QUICK)
    first = report_in(tmp_path / "out")

    assert run(*QUICK, design=tmp_path / "out" / "design.toml") == 0

    again = report_in(tmp_path / "out")
    assert again["events"] == first["events"]
    assert again["design"] == first["design"]


def test_a_recording_in_a_file_is_processed_with_its_truth(run, tmp_path):
    rng = np.random.default_rng(2)
    frames, peak = 20_000, 12_000
    volts = 3e-6 * rng.standard_normal((frames, 2))
    volts[peak - 6 : peak + 7, 1] -= 200e-6 * np.hanning(13)
    np.save(tmp_path / "probe.npy", volts)
    (tmp_path / "truth.csv").write_text(f"frame,channel\n{peak},1\n")

    status = run(
        str(tmp_path / "probe.npy"),
        *("--sampling-rate", "25000", "--unit", "V", "--truth", str(tmp_path / "truth.csv")),
    )

    report = report_in(tmp_path / "out")
    assert status == 0
    assert report["recording"]["name"] == "probe"
    assert report["recording"]["sampling_rate_hz"] == 25_000
    assert report["seeds"]["recording"] is None
    assert report["detection"]["recall"] == 1.0


def test_names_that_are_no_text_are_spelled_out(run, tmp_path, capsys):
    path = tmp_path / os.fsdecode(b"day\xff.npy")
    np.save(path, np.zeros((2_400, 1)))
    out = tmp_path / os.fsdecode(b"out\xff")

    status = run(str(path), "--sampling-rate", "24000", "--unit", "V", "--output", str(out))

    report = report_in(out)
    assert status == 0
    assert report["recording"]["name"] == r"day\udcff"
    assert report["outputs"]["nwb"] == rf"{tmp_path}/out\udcff/spikes.nwb"
    assert rf"{tmp_path}/day\udcff.npy" in report["axocell"]["command"]
    assert rf"{tmp_path}/out\udcff/report.html" in capsys.readouterr().out


def test_noise_levels_of_another_number_of_channels_are_refused(run, tmp_path, capsys):
    np.save(tmp_path / "probe.npy", np.zeros((9, 1)))
    np.savez(tmp_path / "truth.npz", frame=[3], noise_level=[0.1, 0.2])

    status = run(
        str(tmp_path / "probe.npy"),
        *("--sampling-rate", "25000", "--unit", "V", "--truth", str(tmp_path / "truth.npz")),
    )

    assert status == 2
    assert capsys.readouterr().err == (
        f"axocell: {tmp_path / 'truth.npz'}: noise_level must have one value for each of "
        "1 channels, not 2\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["no.npy"], "no.npy: no such file or folder"),
        (["--unit", "V"], "--unit must come with a recording, but none is given"),
        (["--truth", "t.csv"], "--truth must come with a recording, but none is given"),
        (
            ["--sampling-rate", "8000"],
            (
                "{design}: a sampling rate must be at least 11112 Hz to serve the band from 300 to "
                "5000 Hz, not 8000 Hz: band_pass.low_pass_hz must be positive and at most 3600 "
                "(0.45 of the sampling rate), not 5000.0; give another design (axocell design "
                "prints one to change)"
            ),
        ),
        (
            ["--channels", "5000"],
            (
                "{design}: a recording must have at most 1024 channels, not 5000: save those to be "
                "processed to a file of their own, or, if 5000 is its number of frames, say with "
                "--channels how many channels it has"
            ),
        ),
    ],
    ids=["missing", "unit", "truth", "sampling_rate", "channels"],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    run, tmp_path, quick_design, capsys, words, message
):
    assert run(*words) == 2

    expected = message.format(design=quick_design)
    assert capsys.readouterr() == ("", f"axocell: {expected}\n")
    assert names_in(tmp_path) == ["quick.toml"]


def test_a_recording_behind_links_in_a_circle_is_refused(run, tmp_path, capsys):
    link = tmp_path / "probe.npy"
    link.symlink_to(link)

    assert run(str(link)) == 2
    assert run(*QUICK, "--output", str(link)) == 2

    shown = capsys.readouterr().err.splitlines()
    assert shown[0].startswith(f"axocell: {link}: cannot be read: ")
    assert shown[1].startswith(f"axocell: {link}: the output cannot be written here: ")


def test_a_recording_that_breaks_off_leaves_the_earlier_report(run, tmp_path, capsys):
    assert run(*QUICK) == 0
    earlier = (tmp_path / "out" / "report.json").read_bytes()
    samples = np.zeros((2 << 20, 1), dtype=np.float32)
    samples[-1] = np.nan
    np.save(tmp_path / "broken.npy", samples)
    capsys.readouterr()

    assert run(str(tmp_path / "broken.npy"), "--sampling-rate", "24000", "--unit", "V") == 2

    error = capsys.readouterr().err
    assert error.startswith("axocell: broken.npy: ")
    assert error.count("\n") == 1
    assert (tmp_path / "out" / "report.json").read_bytes() == earlier
    assert ".axocell" not in "".join(names_in(tmp_path / "out"))


def test_an_interrupted_run_keeps_what_it_has_and_says_so(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(pipeline, "BLOCK_SAMPLES", 2 * 2_400)
    process = run_command.process_recording

    def interrupted(*parts, progress, **options):
        def tell(stage, fraction):
            progress(stage, fraction)
            if stage == "processing the recording" and 0.3 < fraction < 0.4:
                os.kill(os.getpid(), signal.SIGINT)

        return process(*parts, progress=tell, **options)

    monkeypatch.setattr(run_command, "process_recording", interrupted)

    assert run(*QUICK) == 130

    out = tmp_path / "out"
    assert capsys.readouterr().err == (
        f"axocell: interrupted: kept the first 0.1 s of the recording, in {out}\n"
    )
    assert report_in(out)["recording"]["frames"] == 2_400
    assert "The run was interrupted after 0.1 s of the recording." in report_in(out)["notes"]


def test_an_interruption_while_the_recording_is_opened_acts_at_once(
    run, tmp_path, monkeypatch, capsys
):
    reached = []

    def interrupted(*_path, **_given):
        os.kill(os.getpid(), signal.SIGINT)
        reached.append("the end of opening")

    monkeypatch.setattr(run_command, "open_recording", interrupted)

    assert run("long.csv") == 130

    assert reached == []
    assert capsys.readouterr().err == "axocell: interrupted: nothing was kept\n"
    assert names_in(tmp_path) == ["quick.toml"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_disagreement_of_circuit_and_model_is_status_1(run, monkeypatch, capsys):
    def disagreeing(self, codes, golden):
        del golden
        self.counts.frames += len(codes)
        self.counts.samples += codes.size
        self.counts.mismatches += 1
        self.counts.first_mismatch = "filtered sample of channel 0 at frame 0: 1, 2"

    monkeypatch.setattr(RtlCheck, "compare", disagreeing)

    assert run(*QUICK) == 1
    assert (
        "Note: Circuit and model disagree; first: filtered sample of channel 0 at frame 0: 1, 2."
    ) in capsys.readouterr().out.replace("\n", " ")


def test_disagreement_of_a_codec_and_its_model_is_status_1(run, monkeypatch, capsys):
    def disagreeing(self):
        self.counts = [
            CodecCounts(
                mode="all samples",
                engine="cxxrtl",
                channels=2,
                frames=10,
                packet_items=527,
                packets=1,
                compared=30,
                mismatches=1,
                first_mismatch="all samples: byte 14 of packet 0",
                cycles=100,
                seconds=0.1,
            )
        ]

    monkeypatch.setattr(CodecCheck, "finish", disagreeing)

    assert run(*QUICK) == 1
    shown = capsys.readouterr().out.replace("\n", " ")
    assert "Note: Codec and model disagree; first: all samples: byte 14 of packet 0." in shown


def test_design_prints_the_default_and_completes_a_file(tmp_path, capsys):
    assert main(["design"]) == 0
    assert capsys.readouterr().out == Design.default().to_toml()

    path = tmp_path / "design.toml"
    path.write_text("[seeds]\ndie = 9\n")
    assert main(["design", "--check", str(path)]) == 0
    assert capsys.readouterr().out == Design.from_toml(path).to_toml()


def test_verify_shows_what_passed_and_what_failed(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)

    def build(component, folder, *, simulator):
        del component, simulator
        return SimpleNamespace(run=lambda bench: outcome(bench, folder))

    def outcome(bench, folder):
        if "band_pass" in bench:
            raise RuntimeError(f"wrong sample, log {folder}")
        return SimpleNamespace(tests=3, wall_s=0.25)

    components = {
        "frame_tagger": {"one": object, "three": object},
        "band_pass": {"one": object},
    }
    monkeypatch.setattr(verify, "BENCH_COMPONENTS", components)
    monkeypatch.setattr(verify, "build_simulation", build)

    assert main(["verify", "frame_tagger", "band_pass"]) == 1

    shown = capsys.readouterr().out
    rows = [line.split() for line in shown.splitlines()]
    assert ["frame_tagger", "three", "verilator", "3", "0.2", "passed"] in rows
    assert ["band_pass", "one", "verilator", "FAILED"] in rows
    assert "band_pass, one: wrong sample, log build/verify/verilator/band_pass-one" in shown


def test_verify_without_the_simulator_says_what_to_install(monkeypatch, capsys):

    def missing(simulator):
        raise verify.MissingToolError(f"{simulator} must be installed: apt-get install {simulator}")

    monkeypatch.setattr(verify, "check_simulator", missing)

    assert main(["verify", "--simulator", "icarus"]) == 2
    assert capsys.readouterr().err == (
        "axocell: icarus must be installed: apt-get install icarus\n"
    )


@pytest.mark.parametrize("name", ["spikes.nwb", "sorting/probe.npy"])
def test_a_recording_in_the_place_of_an_output_is_refused(tmp_path, capsys, name):
    (tmp_path / "sorting").mkdir()
    (tmp_path / "sorting" / "si_folder.json").touch()
    recording = tmp_path / name
    recording.write_bytes(b"years of work")

    assert main(["run", str(recording), "--output", str(tmp_path)]) == 2

    assert recording.read_bytes() == b"years of work"
    assert "choose another --output" in capsys.readouterr().err
