import pytest

from analog_models.spice.cards import CARDS
from analog_models.spice.cell_circuit import CELLS
from analog_models.spice.column_circuit import column_netlist
from analog_models.spice.converter_circuit import CONVERTERS
from analog_models.spice.session import open_session


def netlist(kind, stored_v=(0.1, 0.8)):
    return column_netlist(
        CELLS["cmos"], CONVERTERS[kind], stored_v, temperature_k=300.15, duration_s=1e-7
    )


@pytest.mark.parametrize("kind", CONVERTERS)
def test_a_netlist_stands_alone_and_asks_for_its_inputs(kind):
    lines = netlist(kind).splitlines()

    assert {line.split()[1] for line in lines if line.startswith(".model")} == CARDS.keys()
    assert [line.split()[1] for line in lines if line.endswith(" external")] == [
        "count",
        "reset",
        "rows[0]",
        "rows[1]",
    ]
    assert ".tran 1e-10 1e-07 0 1e-10" in lines


@pytest.mark.parametrize("kind", CONVERTERS)
def test_with_sources_for_its_inputs_it_rests_at_its_virtual_ground(kind):
    """Held in reset, without a row: the bitline is near half the supply, and no cell conducts."""
    text = netlist(kind).replace("reset 0 external", "reset 0 0.9").replace(" external", " 0")
    session = open_session()
    session.load("a column at rest", text)

    plot = session.run("op")

    assert plot["bitline"] == pytest.approx([0.45], abs=0.1)
    assert plot["out"] == pytest.approx(plot["bitline"], abs=1e-3)  # a switch, and no current


def test_a_column_without_cells_is_refused():
    with pytest.raises(ValueError, match="column") as failure:
        netlist("signed", stored_v=())

    assert str(failure.value) == "column stored_v must have a voltage a cell, not none"
