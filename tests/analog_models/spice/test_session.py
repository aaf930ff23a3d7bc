import numpy as np
import pytest

from analog_models.spice.session import SpiceError, find_library, open_session

DIVIDER = "divider\nv1 a 0 1\nr1 a b 1k\nr2 b 0 1k\n.end"
NO_SOLUTION = "i = v^2 + 1\nb1 a 0 i=v(a)*v(a)+1\nr1 a 0 1meg\n.end"


@pytest.fixture
def session():
    return open_session()


def test_a_process_has_one_ngspice(session):
    assert open_session() is session
    assert session.version.startswith("ngspice ")


def test_a_circuit_is_analysed_altered_and_analysed_again(session):
    session.load("divider", DIVIDER)
    before = session.run("op")
    session.alter("r1", {"resistance": 3e3})
    after = session.run("op")

    assert before["b"] == pytest.approx([0.5])
    assert before["v1#branch"] == pytest.approx([-0.5e-3])
    assert after["b"] == pytest.approx([0.25])


def test_the_vector_of_a_source_is_altered(session):
    """A pulse of 2 V from 1 s on, at half height in the middle of its edge."""
    session.load("pulse", "pulse\nv1 a 0 pulse(0 1 0 1 1 1 9)\nr1 a 0 1\n.end")
    session.alter("v1", {"pulse": (0.0, 2.0, 1.0, 0.5, 0.5, 9.0, 99.0)})

    plot = session.run("tran 0.01 3")

    assert np.interp([0.9, 1.25, 2.0], plot["time"], plot["a"]) == pytest.approx(
        [0.0, 1.0, 2.0],
        abs=0.01,  # a step of time, times the slope
    )


def test_a_circuit_without_solution_is_an_error_and_the_next_one_is_none(session):
    session.load("a hopeless circuit", NO_SOLUTION)

    with pytest.raises(SpiceError) as failure:
        session.run("op")

    assert str(failure.value) == (
        "a hopeless circuit: ngspice must converge on 'op', but says: "
        "Error: Transient op failed, timestep too small"
    )
    session.load("divider", DIVIDER)
    assert session.run("op")["b"] == pytest.approx([0.5])


def test_a_netlist_that_is_not_understood_is_an_error(session):
    with pytest.raises(SpiceError) as failure:
        session.load("a cell", "a cell\nm1 a b c d nowhere\n.end")

    assert str(failure.value) == (
        "a cell: ngspice must understand the netlist, but says: "
        "warning, can't find model 'nowhere' from line"
    )


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (
            lambda session: session.alter("r9", {"resistance": 3.0}),
            "set resistance of r9 to 3, but says: Error: no such device or model name r9",
        ),
        (
            lambda session: session.run("tran 1 0"),
            "converge on 'tran 1 0', but says: Error: TSTOP is invalid, must be greater than zero",
        ),
    ],
    ids=["alter", "run"],
)
def test_what_ngspice_refuses_is_an_error(session, do, message):
    session.load("divider", DIVIDER)

    with pytest.raises(SpiceError) as failure:
        do(session)

    assert str(failure.value) == f"divider: ngspice must {message}"


def test_the_first_library_that_opens_is_taken():
    def opens(name):
        if name == "first":
            raise OSError

    assert find_library(("first", "second", "third"), opens=opens) == "second"


def test_a_missing_library_is_named_with_its_package():
    def opens(_name):
        raise OSError

    with pytest.raises(SpiceError) as failure:
        find_library(("libngspice.so.0", "libngspice.so"), opens=opens)

    assert str(failure.value) == (
        "ngspice library must be installed, but none of libngspice.so.0, libngspice.so opens: "
        "sudo apt-get install libngspice0"
    )
