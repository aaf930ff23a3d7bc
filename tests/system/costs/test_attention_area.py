"""Area of a head, by hand, and of the published order."""

import pytest

from system.costs.attention_area import PUBLISHED_HEAD_AREA_M2, head_area
from system.costs.attention_baselines import PUBLISHED_BASELINES


def test_each_part_is_what_one_computes_by_hand():
    parts = head_area(10_000).evaluate()

    assert parts["cells"] == pytest.approx(2 * 65536 * 1e-12)
    assert parts["converters"] == pytest.approx((1024 + 16 * 64) * 60e-12)
    assert parts["logic"] == pytest.approx(10_000 * 10e-12)


def test_the_published_area_lies_between_our_bounds():
    """Nothing in the estimate was fitted to it; the bounds are those of every quantity at once."""
    model = head_area(17_000)
    low = model.total(**{bar.quantity.name: bar.quantity.low for bar in model.sensitivity()})
    high = model.total(**{bar.quantity.name: bar.quantity.high for bar in model.sensitivity()})

    assert low < PUBLISHED_HEAD_AREA_M2 < high


def test_a_head_s_energy_on_a_processor_is_a_twelfth():
    jetson = next(each for each in PUBLISHED_BASELINES if each.name == "Jetson Nano")

    assert jetson.head_energy_j == pytest.approx(3.246e-3 / 12)
