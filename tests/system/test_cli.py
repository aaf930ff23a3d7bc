import errno
import json
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from system.benchmarks import BenchmarkRow
from system.cli import main
from system.cli.parser import COMMANDS, build_parser
from system.errors import UserError


@pytest.fixture
def command(monkeypatch):
    """Make ``axocell list`` do what the test wants."""

    def install(execute):
        monkeypatch.setitem(COMMANDS, "list", "command_of_a_test")
        monkeypatch.setitem(sys.modules, "command_of_a_test", SimpleNamespace(execute=execute))

    return install


def raiser(error):
    def execute(_arguments):
        raise error

    return execute


def test_help_is_quick_because_it_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from system.cli import main\n"
        "try:\n"
        "    main(['--help'])\n"
        "finally:\n"
        "    heavy = {'numpy', 'amaranth', 'rich', 'scipy', 'numba'} & set(sys.modules)\n"
        "    sys.stderr.write(repr(heavy))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.startswith("usage: axocell")
    assert done.stderr == "set()"


def test_the_page_describes_every_command_and_option():
    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    (commands,) = (
        action.choices for action in build_parser()._actions if isinstance(action.choices, dict)
    )

    for name, command in commands.items():
        assert f"\n## {name}\n" in page
        for action in command._actions:
            for option in action.option_strings:
                assert option in ("-h", "--help") or f"{option}" in page, f"{name} {option}"


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("axocell ")


NUMBER = "must be a positive number, not"
NAME = "must name a file or folder, not"


@pytest.mark.parametrize(
    ("words", "program", "complaint"),
    [
        ([], "axocell", f"a command is missing; one of {', '.join(COMMANDS)}"),
        (["run", "--seconds", "-3"], "axocell run", f"argument --seconds: {NUMBER} '-3'"),
        (["run", "--seconds", "nan"], "axocell run", f"argument --seconds: {NUMBER} 'nan'"),
        (["run", "--scale-v", "x"], "axocell run", f"argument --scale-v: {NUMBER} 'x'"),
        (["run", "--scale-v", "-1e-6"], "axocell run", f"argument --scale-v: {NUMBER} '-1e-6'"),
        (["run", "--seconds", "-.5E+3"], "axocell run", f"argument --seconds: {NUMBER} '-.5E+3'"),
        (["run", "--seconds", "-inf"], "axocell run", f"argument --seconds: {NUMBER} '-inf'"),
        (
            ["run", "--seconds", "-e3"],
            "axocell run",
            "argument --seconds: expected one argument",
        ),
        (["run", ""], "axocell run", f"argument RECORDING: {NAME} ''"),
        (["run", "--output", ""], "axocell run", f"argument --output: {NAME} ''"),
        (["run", "--truth="], "axocell run", f"argument --truth: {NAME} ''"),
        (["run", "--design", ""], "axocell run", f"argument --design: {NAME} ''"),
        (["design", "--check", ""], "axocell design", f"argument --check: {NAME} ''"),
        (
            ["generate", "band_pass", "--config", ""],
            "axocell generate",
            f"argument --config: {NAME} ''",
        ),
        (["benchmark", "--output", ""], "axocell benchmark", f"argument --output: {NAME} ''"),
        (
            ["run", "--channels", "0"],
            "axocell run",
            "argument --channels: must be a positive integer, not '0'",
        ),
        (["list", "--mark"], "axocell", "unrecognized arguments: --mark"),
    ],
)
def test_wrong_arguments_are_one_line_and_status_2(capsys, words, program, complaint):
    with pytest.raises(SystemExit) as stop:
        main(words)

    assert stop.value.code == 2
    assert capsys.readouterr() == ("", f"{program}: {complaint} (see {program} --help)\n")


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_streams_that_somebody_closed_are_not_missed(closed):
    command = f"{sys.executable} -c 'from system.cli import main; exit(main())' list {closed}"

    done = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert ("band_pass" in done.stdout) == (closed == "2>&-")


def test_a_command_decides_the_exit_status(command):
    command(lambda _arguments: 1)

    assert main(["list"]) == 1


def test_a_user_error_is_one_line_and_status_2(command, capsys):
    command(raiser(UserError("a.npy: must have\n two dimensions, not \x1b[31m3\ud800")))

    assert main(["list"]) == 2
    assert capsys.readouterr().err == (
        "axocell: a.npy: must have two dimensions, not \\x1b[31m3\\ud800\n"
    )


def test_an_unexpected_error_is_one_line_and_status_70(command, capsys):
    command(raiser(ZeroDivisionError("division by zero")))

    assert main(["list"]) == 70
    assert capsys.readouterr().err == (
        "axocell: unexpected ZeroDivisionError: division by zero (--debug shows where)\n"
    )


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/scratch"),
            "axocell: /tmp/scratch: No space left on device\n",
        ),
        (OSError(errno.EIO, os.strerror(errno.EIO)), "axocell: the system: Input/output error\n"),
        (
            MemoryError("Unable to allocate 7. TiB"),
            "axocell: not enough memory: Unable to allocate 7. TiB\n",
        ),
    ],
    ids=["disk", "device", "memory"],
)
def test_what_the_system_refuses_is_one_line_and_status_2(command, capsys, error, line):
    command(raiser(error))

    assert main(["list"]) == 2
    assert capsys.readouterr().err == line


@pytest.mark.parametrize("words", [["--debug", "list"], ["list", "--debug"]])
def test_debug_shows_the_traceback_on_either_side_of_the_command(command, capsys, words):
    command(raiser(UserError("no channels")))

    assert main(words) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("Traceback (most recent call last):\n")
    assert shown.endswith("system.errors.UserError: no channels\naxocell: no channels\n")


@pytest.mark.parametrize(
    ("interruption", "line"),
    [
        (KeyboardInterrupt(), "axocell: interrupted: nothing was kept\n"),
        (KeyboardInterrupt("kept 3 s in x"), "axocell: interrupted: kept 3 s in x\n"),
    ],
)
def test_an_interruption_says_what_was_kept_and_is_status_130(command, capsys, interruption, line):
    command(raiser(interruption))

    assert main(["list"]) == 130
    assert capsys.readouterr().err == line


def test_an_interruption_before_there_is_a_command_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr("system.cli.dispatch.build_parser", lambda: raiser(KeyboardInterrupt())(0))

    assert main(["list"]) == 130
    assert capsys.readouterr().err == "axocell: interrupted: nothing was kept\n"


def test_what_is_imported_before_an_interruption_is_heard_is_quick():
    code = (
        "import sys\n"
        "import system.cli\n"
        "slow = {'argparse', 'logging', 'pathlib', 'signal', 'traceback'} & set(sys.modules)\n"
        "sys.stdout.write(repr(slow))\n"
    )

    done = subprocess.run(
        [sys.executable, "-S", "-c", code],  # -S: the installation's own imports come first
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert done.stdout == "set()"


def test_a_request_to_terminate_is_an_interruption():
    code = (
        "import os, signal, sys\n"
        "from types import SimpleNamespace\n"
        "from system.cli import main\n"
        "from system.cli.parser import COMMANDS, build_parser\n"
        "COMMANDS['list'] = 'busy'\n"
        "sys.modules['busy'] = SimpleNamespace(\n"
        "    execute=lambda arguments: os.kill(os.getpid(), signal.SIGTERM) or signal.pause()\n"
        ")\n"
        "sys.exit(main(['list']))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 130
    assert done.stderr == "axocell: interrupted: nothing was kept\n"


def test_a_reader_that_leaves_early_causes_no_complaint():
    code = "import sys; from system.cli import main; sys.exit(main(['design']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()

    assert complaint == b""
    assert process.returncode == 141


def test_warnings_of_libraries_are_for_their_developers(command, capsys, caplog):
    def execute(_arguments):
        warnings.warn("use that instead", DeprecationWarning, stacklevel=1)
        logging.getLogger("neo").error("first block must be of type h")
        return 0

    command(execute)

    assert main(["list"]) == 0
    assert capsys.readouterr().err == ""
    assert caplog.messages == []
    logging.getLogger("neo").error("heard again")
    assert caplog.messages == ["heard again"]


def benchmark_module(*rows):
    def measure(report):
        report("measuring")
        yield from rows

    return SimpleNamespace(measure=measure)


@pytest.fixture
def two_benchmarks(monkeypatch):
    rows = {
        "fast": BenchmarkRow(name="fast.x", value=3.0, unit="x", goal=2, better="higher"),
        "small": BenchmarkRow(name="small.y", value=3.0, unit="B", goal=2, better="lower"),
    }
    for name, row in rows.items():
        monkeypatch.setitem(sys.modules, f"system.benchmarks.{name}", benchmark_module(row))
    for module in ("system.benchmarks", "system.cli.benchmark"):
        monkeypatch.setattr(f"{module}.benchmark_names", lambda: ["fast", "small"])


@pytest.mark.usefixtures("two_benchmarks")
def test_benchmark_shows_rows_and_writes_them_as_json(tmp_path, capsys):
    path = tmp_path / "new" / "rows.json"

    assert main(["benchmark", "--output", str(path)]) == 0

    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["fast.x", "3", "x", "≥", "2", "yes"] in shown
    assert ["small.y", "3", "B", "≤", "2", "no"] in shown
    assert json.loads(path.read_text()) == [
        {"name": "fast.x", "value": 3.0, "unit": "x", "goal": 2, "better": "higher"},
        {"name": "small.y", "value": 3.0, "unit": "B", "goal": 2, "better": "lower"},
    ]


@pytest.mark.usefixtures("two_benchmarks")
def test_one_benchmark_runs_alone(capsys):
    assert main(["benchmark", "small"]) == 0
    assert "fast.x" not in capsys.readouterr().out


@pytest.mark.usefixtures("two_benchmarks")
def test_an_unknown_benchmark_is_refused(tmp_path, capsys):
    assert main(["benchmark", "big", "--output", str(tmp_path / "rows.json")]) == 2
    assert capsys.readouterr().err == "axocell: benchmark must be one of fast, small, not 'big'\n"
    assert list(tmp_path.iterdir()) == []
