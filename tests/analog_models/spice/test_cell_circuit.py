from dataclasses import replace

import pytest

from analog_models.spice.cards import CARDS, threshold_sigma_v
from analog_models.spice.cell_circuit import (
    CELLS,
    cell_lines,
    pulse_netlist,
    retention_netlist,
    static_netlist,
)

NETLISTS = {
    "static": lambda design: static_netlist(design, temperature_k=300.15),
    "pulse": lambda design: pulse_netlist(design, [0.1, 0.8], temperature_k=300.15),
    "retention": lambda design: retention_netlist(design, [0.1, 0.8], temperature_k=300.15),
}


def transistors(design):
    return [line.split() for line in cell_lines(design) if line.startswith("m")]


def test_the_cells_have_the_published_number_of_transistors():
    """Six in CMOS; the oxide transistor takes the place of a transmission gate."""
    assert {name: len(transistors(design)) for name, design in CELLS.items()} == {
        "cmos": 6,
        "oxide": 5,
        "tenth": 6,
    }


@pytest.mark.parametrize("design", CELLS.values(), ids=list(CELLS))
def test_every_transistor_has_a_card(design):
    assert {words[5] for words in transistors(design)} <= CARDS.keys()


@pytest.mark.parametrize("netlist", NETLISTS.values(), ids=list(NETLISTS))
def test_a_netlist_stands_alone_and_is_the_same_twice(netlist):
    text = netlist(CELLS["cmos"])

    lines = text.splitlines()
    assert lines[0].startswith("gain cell")
    assert lines[-1] == ".end"
    assert ".temp 27" in lines
    assert {line.split()[1] for line in lines if line.startswith(".model")} == CARDS.keys()
    assert netlist(CELLS["cmos"]) == text


def test_cells_of_several_levels_have_a_node_each():
    lines = retention_netlist(CELLS["oxide"], [0.1, 0.8], temperature_k=300.15).splitlines()

    assert ".ic v(store0)=0.1 v(store1)=0.8" in lines


def test_thresholds_spread_as_the_gates_are_large():
    design = CELLS["cmos"]
    larger = replace(design, read_n_width_m=4 * design.read_n_width_m)

    sigmas_v, larger_v = design.threshold_sigmas_v, larger.threshold_sigmas_v

    assert sigmas_v.keys() == {words[0] for words in transistors(design) if "write" not in words[0]}
    assert sigmas_v["mreadn"] == threshold_sigma_v("read_n", 0.11e-6, 0.25e-6)
    assert larger_v == pytest.approx({**sigmas_v, "mreadn": sigmas_v["mreadn"] / 2})
