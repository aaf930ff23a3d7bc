import pytest

from system.cli import main
from system.firmware import public_runs
from tests.system.firmware.elf_writer import elf, segment
from tests.system.firmware.programs import SAYS, echo, for_ever


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, program in (("echo", echo()), ("for_ever", for_ever())):
        code = program.segments[0].content
        (tmp_path / f"{name}.elf").write_bytes(elf([segment(0, code)], symbols=[("loop", 0, 0, 2)]))
    return tmp_path


def test_a_program_of_the_kit_runs_by_its_name(folder, capsys):
    assert list(folder.iterdir())
    assert main(["firmware", "run", "hello"]) == 0

    shown = capsys.readouterr().out
    assert shown == f"{SAYS['hello'].decode()}hello: exit code 0 after 870 instructions\n"


def test_what_a_program_reads_and_writes_passes_through(folder, capsys):
    (folder / "input").write_bytes(b"so be it\x1b[31m \xc3\xa9\xff.")

    assert main(["firmware", "run", "echo.elf", "--input", "input"]) == 1

    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "so be it\\x1b[31m \N{LATIN SMALL LETTER E WITH ACUTE}\\xff."
    assert shown[1].startswith("echo.elf: exit code 46 after ")


def test_a_trace_is_written_whole_or_not_at_all(folder, capsys):
    assert main(["firmware", "run", "interrupts", "--trace", "log", "--profile"]) == 0

    lines = (folder / "log").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1680
    assert all(line.startswith("core   0: 3 0x0000") for line in lines)
    assert " print_list " in capsys.readouterr().out


def test_a_program_that_never_ends_is_a_line_after_its_last_instructions(folder, capsys):
    assert list(folder.iterdir())
    assert main(["firmware", "run", "for_ever.elf", "--limit", "100"]) == 2

    shown = capsys.readouterr()
    assert shown.err == (
        "axocell: for_ever.elf: must end within the limit of 100, but has not: 100 instructions\n"
    )
    assert len(shown.out.splitlines()) == 16
    assert shown.out.splitlines()[-1] == "core   0: 3 0x00000004 (0xffdff06f)  loop+0x4"


def test_a_program_that_sleeps_for_ever_is_a_line(folder, capsys):
    assert list(folder.iterdir())
    assert main(["firmware", "run", "echo.elf"]) == 2

    said = capsys.readouterr().err
    assert said.startswith("axocell: echo.elf: must end, but after ")
    assert said.endswith(" instructions sleeps and is not woken up\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["run", "gone.elf"], "gone.elf: must exist, but there is no such file"),
        (["run", "input"], "input: must be an ELF file, but begins with 74657874"),
        (
            ["run", "echo.elf", "--input", "."],
            ".: must be a file to be read by the program, but is not",
        ),
        (["build", "--option=-DX"], "compiler options must come with a source, but -DX has none"),
        (["build", "gone.c"], "gone.c: must be a file, but is not"),
        (["run", "hello", "--text-bytes", "1000"], "--text-bytes must be a power of two, not 1000"),
        (
            ["run", "hello", "--data-bytes", "2097152"],
            "--data-bytes must be in 64..1048576, not 2097152",
        ),
        (
            ["build", "--data-bytes", "64"],
            "--data-bytes must be in 1024..1048576, not 64",
        ),
        (
            ["build", "--port", "dhrystone"],
            "a port must come with a source, but dhrystone has none",
        ),
        (["build", "--include", "a"], "folders of headers must come with a source, but a has none"),
        (
            ["build", "--text-bytes", "1024"],
            "sizes of memories must come with a source, but 1024 and 65536 bytes have none",
        ),
    ],
)
def test_what_cannot_be_done_is_a_line_and_status_2(folder, capsys, words, complaint):
    (folder / "input").write_text("text", encoding="utf-8")

    assert main(["firmware", *words]) == 2

    assert capsys.readouterr() == ("", f"axocell: {complaint}\n")


def test_without_a_compiler_the_circuit_cannot_run(folder, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(folder))

    assert main(["firmware", "run", "echo.elf", "--on", "rtl"]) == 2

    assert capsys.readouterr().err == (
        "axocell: a C++ compiler must be there to run the circuit, but there is none\n"
    )


def test_a_program_is_built_and_runs(folder, capsys):
    (folder / "seven.c").write_text("int main(void) { return SEVEN; }", encoding="utf-8")

    assert main(["firmware", "build", "seven.c", "--option=-DSEVEN=7"]) == 0
    assert main(["firmware", "run", "build/firmware/seven.elf"]) == 1

    shown = capsys.readouterr().out
    assert "build/firmware/seven.elf: exit code 7 after " in shown


def test_a_program_larger_than_the_memories_runs_in_larger_ones(folder, capsys):
    source = "char a[100000] = {1}; int main(void) { return a[0] + a[99999]; }"
    (folder / "large.c").write_text(source, encoding="utf-8")
    large = ["--text-bytes", "131072", "--data-bytes", "131072"]

    assert main(["firmware", "build", "large.c", *large]) == 0
    assert main(["firmware", "run", "build/firmware/large.elf", *large]) == 1
    assert main(["firmware", "run", "build/firmware/large.elf"]) == 2

    shown = capsys.readouterr()
    assert "build/firmware/large.elf: exit code 1 after " in shown.out
    assert shown.err.startswith(
        "axocell: build/firmware/large.elf: segments must lie in text memory 0x0..0xffff or data "
        "memory 0x10000000..0x1000ffff, not at 0x"
    )


def test_public_tests_are_a_row_for_each_suite_and_a_line_for_what_differs(capsys):
    assert main(["firmware", "test", "rv32um/div", "rv32mi/breakpoint"]) == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert ["rv32imc", "rv32um", "1", "0", "0"] in lines
    assert ["rv32im", "rv32mi", "0", "1", "0"] in lines
    assert lines[-1][:4] == ["rv32im,", "rv32mi/breakpoint", "differs:", "there"]


def test_public_tests_of_another_version_come_with_a_note(monkeypatch, capsys):
    monkeypatch.setattr(public_runs, "public_version", lambda: "1.0")

    assert main(["firmware", "test", "rv32um/div"]) == 0

    assert "\nNote: Signatures are those of " in capsys.readouterr().out


def test_a_public_test_that_fails_is_status_1(monkeypatch, capsys):
    monkeypatch.setattr(public_runs, "DIFFERENCES", {})

    assert main(["firmware", "test", "rv32mi/breakpoint"]) == 1

    assert "rv32im, rv32mi/breakpoint FAILED: its case 2 fails" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "axocell firmware: the following arguments are required: ACTION"),
        (
            ["run", "hello", "--limit", "0"],
            "axocell firmware run: argument --limit: must be a positive integer, not '0'",
        ),
    ],
)
def test_wrong_arguments_are_one_line(capsys, words, complaint):
    with pytest.raises(SystemExit) as stop:
        main(["firmware", *words])

    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith(complaint)
