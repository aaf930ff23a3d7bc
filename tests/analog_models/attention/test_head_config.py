from dataclasses import replace

import pytest

from analog_models.attention.charge_to_pulse import OUTPUT_CONVERTER, SCORE_CONVERTER
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.head_config import GainCellHeadConfig

CONFIG = GainCellHeadConfig()


def test_saturations_are_the_published_currents():
    assert CONFIG.score_saturation_a == pytest.approx(80e-6, rel=1e-12)
    assert CONFIG.output_saturation_a == pytest.approx(40e-6, rel=1e-12)


def test_a_head_without_noise_computes_exactly_unless_told():
    assert CONFIG.is_noisy
    assert not CONFIG.computes_exactly
    assert not CONFIG.without_noise().is_noisy
    assert CONFIG.without_noise().computes_exactly
    assert CONFIG.without_imperfections().computes_exactly
    assert replace(CONFIG, exact=True).computes_exactly
    assert not replace(CONFIG.without_noise(), exact=False).computes_exactly


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(
        ValueError, match=r"^pulse levels must be the coding's query_levels 8, not 16$"
    ):
        GainCellHeadConfig(coding=AttentionCoding(query_levels=8))
    with pytest.raises(ValueError, match=r"^score converter must be unsigned and output"):
        GainCellHeadConfig(score_converter=OUTPUT_CONVERTER, output_converter=SCORE_CONVERTER)
    with pytest.raises(ValueError, match=r"^output converter steps must be 0, since .* not 5$"):
        GainCellHeadConfig(output_converter=replace(OUTPUT_CONVERTER, steps=5))
    with pytest.raises(ValueError, match=r"^head current_tolerance must not be negative, not -1$"):
        GainCellHeadConfig(current_tolerance=-1)
