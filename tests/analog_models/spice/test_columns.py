import pytest

from analog_models.spice.cell_circuit import CELLS
from analog_models.spice.columns import CELL_CONVERTERS, CONVERTER_SETS
from analog_models.spice.converter_phases import Phases


def test_every_cell_has_converters_of_both_kinds():
    assert CELL_CONVERTERS.keys() == CELLS.keys()
    for made_for in CELL_CONVERTERS.values():
        assert {kind: each.signed for kind, each in CONVERTER_SETS[made_for].items()} == {
            "unsigned": False,
            "signed": True,
        }


@pytest.mark.parametrize("name", CELLS)
def test_converters_saturate_at_the_published_currents_scaled_as_the_cells(name):
    """80 uA and 40 uA: Leroux et al., Nature Computational Science 5, 2025."""
    scale, full_s = CELLS[name].current_scale, Phases().full_width_s

    saturation_a = {
        kind: each.saturation_charge_c / full_s
        for kind, each in CONVERTER_SETS[CELL_CONVERTERS[name]].items()
    }

    assert saturation_a == pytest.approx({"unsigned": 80e-6 * scale, "signed": 40e-6 * scale})
