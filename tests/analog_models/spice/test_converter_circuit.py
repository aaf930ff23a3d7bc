import pytest

from analog_models.spice.cards import CARDS
from analog_models.spice.converter_circuit import CONVERTERS, converter_lines
from analog_models.spice.converter_phases import Phases


def test_saturation_is_the_published_current_for_the_longest_pulse():
    """80 uA and 40 uA: Leroux et al., Nature Computational Science 5, 2025."""
    full_s = Phases().full_width_s

    assert {name: each.saturation_charge_c / full_s for name, each in CONVERTERS.items()} == {
        "unsigned": pytest.approx(80e-6),
        "signed": pytest.approx(40e-6),
    }


@pytest.mark.parametrize("design", CONVERTERS.values(), ids=list(CONVERTERS))
def test_the_swing_leaves_the_amplifier_room(design):
    assert 0.2 < design.saturation_charge_c / design.capacitor_f < 0.31


@pytest.mark.parametrize("design", CONVERTERS.values(), ids=list(CONVERTERS))
def test_every_spread_threshold_belongs_to_a_transistor(design):
    text = "\n".join(converter_lines(design))

    for device in design.threshold_sigmas_v:
        assert f"\n{device.rpartition('.')[2]} " in text


def test_only_a_signed_converter_keeps_a_sign():
    kept = {name: " kept " in "\n".join(converter_lines(each)) for name, each in CONVERTERS.items()}

    assert kept == {"unsigned": False, "signed": True}


@pytest.mark.parametrize("design", CONVERTERS.values(), ids=list(CONVERTERS))
def test_a_netlist_stands_alone(design):
    lines = design.netlist(Phases(), temperature_k=300.15).splitlines()

    assert lines[-1] == ".end"
    assert {line.split()[1] for line in lines if line.startswith(".model")} == CARDS.keys()
    assert "icharge bitline 0 pulse(0 0 0 1 1 1 1)" in lines
