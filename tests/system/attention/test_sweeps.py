from dataclasses import replace

import pytest

from analog_models.attention.geometry import HeadGeometry
from system.attention.sweeps import (
    KNOBS,
    SweepPoint,
    affordable,
    dominant,
    fitting_knobs,
    sweep,
)
from tests.system.attention.tiny import HARDWARE, tiny_model

BY_NAME = {each.name: each for each in KNOBS}
FITTING = fitting_knobs(HARDWARE.geometry)


def seen_by(judge_of_a_head):
    """A judge that looks at the first head instead of the predictions."""
    return lambda model: judge_of_a_head(model.hardware_heads()[0])


def test_knobs_have_names_of_their_own_and_try_what_must_be_expected():
    assert len(BY_NAME) == len(KNOBS)
    assert [each.name for each in KNOBS if each.expected not in each.values] == []
    assert all(list(each.values) == sorted(each.values) for each in KNOBS)


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("stored levels", lambda head: head.hardware.coding.stored_levels),
        ("query levels", lambda head: head.hardware.coding.query_levels),
        ("output levels", lambda head: head.hardware.coding.output_levels),
        ("sub-tile", lambda head: head.hardware.geometry.tile_tokens),
    ],
)
def test_a_knob_turns_its_own_part_of_the_machine(name, look):
    machine = tiny_model().on_hardware(HARDWARE)
    (knob,) = (each for each in FITTING if each.name == name)

    points = sweep(machine, seen_by(look), seed=1, dies=1, knobs=[knob])

    before = look(machine.hardware_heads()[0])
    assert [each.change for each in points] == [value - before for value in knob.values]


def test_decay_is_counted_from_none_though_the_model_was_trained_with_some():
    machine = tiny_model().on_hardware(HARDWARE)
    assert HARDWARE.leakage.rate_per_token > 0

    points = sweep(
        machine,
        seen_by(lambda head: head.hardware.leakage.rate_per_token),
        seed=1,
        dies=1,
        knobs=[BY_NAME["decay"]],
    )

    assert [each.change for each in points] == list(BY_NAME["decay"].values)


def test_a_narrower_window_keeps_tiles_that_fit():
    knob = replace(BY_NAME["window"], values=(4, 16))
    machine = tiny_model().on_hardware(HARDWARE)
    seen = []

    def look(head):
        geometry = head.hardware.geometry
        seen.append((geometry.window_tokens, geometry.tile_tokens))
        return 0.0

    sweep(machine, seen_by(look), seed=1, dies=1, knobs=[knob])

    assert seen == [(32, 8), (4, 4), (16, 8)]


@pytest.mark.parametrize("knob", [each for each in KNOBS if each.imperfection])
def test_an_imperfection_is_the_mean_over_dies_that_have_it(knob):
    machine = tiny_model().on_hardware(HARDWARE)
    seen = []

    def look(head):
        drawn = getattr(head.die, knob.imperfection)
        seen.append(drawn if isinstance(drawn, float) or drawn is None else float(drawn.std()))
        return float(len(seen))

    points = sweep(machine, seen_by(look), seed=1, dies=3, knobs=[replace(knob, values=(5,))])

    wanted = 5 * knob.scale
    assert seen[1:] == pytest.approx([wanted] * 3, rel=0.5)  # of 64 draws or more
    assert [each.change for each in points] == [3.0 - 1.0]  # judged second to fourth


def test_the_model_stays_as_it_was():
    machine = tiny_model().on_hardware(HARDWARE)

    sweep(machine, seen_by(lambda _: 0.0), seed=1, dies=1, knobs=FITTING)

    heads = machine.hardware_heads()[0]
    assert heads.hardware == HARDWARE
    assert heads.die.output_offset is None


def test_values_that_do_not_tile_are_left_out():
    geometry = HeadGeometry(head_dim=8, window_tokens=96, tile_tokens=48)

    values = {each.name: each.values for each in fitting_knobs(geometry)}

    assert values["window"] == (32,)  # 64 is no multiple of 48, 128 is too long
    assert values["sub-tile"] == (16, 32)
    assert values["decay"] == BY_NAME["decay"].values


def test_a_request_to_stop_is_obeyed_after_the_value_at_hand():
    with pytest.raises(KeyboardInterrupt, match=r"^training is kept, the sweeps are not$"):
        sweep(
            tiny_model().on_hardware(HARDWARE),
            seen_by(lambda _: 0.0),
            seed=1,
            dies=1,
            stop_requested=lambda: True,
        )


def points(name, **changes):
    return [
        SweepPoint(knob=BY_NAME[name], value=float(value.removeprefix("at_")), change=change)
        for value, change in changes.items()
    ]


def test_what_is_affordable_lies_on_a_parabola_between_two_values():
    found = points("cell gain", at_10=0.01, at_20=0.04)

    assert affordable(found, BY_NAME["cell gain"]) == pytest.approx((100 + 300 / 3) ** 0.5)
    assert affordable(found, BY_NAME["cell gain"], bits=0.0025) == pytest.approx(5.0)


def test_what_costs_less_than_can_be_afforded_has_no_limit_yet():
    assert affordable(points("cell gain", at_10=0.001), BY_NAME["cell gain"]) is None


def test_a_gain_by_chance_does_not_bend_the_parabola():
    found = points("cell gain", at_10=-0.01, at_20=0.02)

    assert affordable(found, BY_NAME["cell gain"]) == 20.0


def test_the_dearest_comes_first_at_the_expected_value():
    found = [
        *points("cell gain", at_10=0.01, at_20=0.9),
        *points("decay", at_0=0.5),
        *points("output levels", at_16=0.02),
    ]

    assert [each.knob.name for each in dominant(found)] == ["output levels", "cell gain"]
