import dataclasses

import numpy as np
import pytest

from analog_models.attention.cell_law import PUBLISHED_CUBIC
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.leakage import PUBLISHED_LEAKAGE
from analog_models.attention.published import (
    OUTPUT_SATURATION_A,
    SCORE_SATURATION_A,
    published_attention,
)
from rtl.attention_head import AttentionHeadConfig
from rtl.gain_cell_twin import GainCellTwin, GainCellTwinConfig
from tests.rtl.attention_circuits import TwinHead, setting, twin_head
from verification.attention_stimuli import attention_scaling, attention_tokens
from verification.golden.gain_cell_twin import gain_cell_twin
from verification.pacing import PACES
from verification.streams import transfer

TWIN = GainCellTwinConfig(head_dim=6, tile_tokens=4, window_tokens=8, decay_per_token=0.03)
HEAD = AttentionHeadConfig(
    head_dim=6,
    window_tokens=8,
    tile_tokens=4,
    drive_cycles=TWIN.drive_cycles,
    tiles_outside=True,
)


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_a_head_of_twins_matches_golden(pace):
    rng = np.random.default_rng(1)
    tokens, scaling = attention_tokens(HEAD, 30, rng=rng), attention_scaling(HEAD)
    dut = TwinHead(HEAD, TWIN)

    received = transfer(
        dut, tokens, rng=rng, pace=pace, before=setting(dut, scaling), settle_cycles=150
    )

    expected = twin_head(tokens, scaling, HEAD, TWIN)
    np.testing.assert_array_equal(received, expected)
    assert np.unique(expected).size > 10


def test_the_physics_is_the_published():
    config = GainCellTwinConfig()

    assert config.cell_a_per_v == pytest.approx(PUBLISHED_CUBIC.coefficients, rel=1e-12)
    assert PUBLISHED_CUBIC.centre_v == config.full_scale_v / 2
    assert PUBLISHED_LEAKAGE.voltage_v(0.9, 1) == pytest.approx(
        0.45 + 0.45 * np.exp(-config.decay_per_token), rel=1e-12
    )
    assert (config.score_saturation_a, config.output_saturation_a) == (
        SCORE_SATURATION_A,
        OUTPUT_SATURATION_A,
    )


@pytest.mark.parametrize("longest_count", [15, 16])
def test_golden_is_the_published_attention_but_for_rounding(longest_count):
    """Rounding moves a sum by at most 64 x 2**-20 of saturation: 0.1 % of a code.

    So an output differs where the exact sum lies that close to a tie: not one in 500.
    """
    rng = np.random.default_rng(2)
    tokens, window, dim = 150, 64, 64
    query, key = rng.integers(0, 16, (tokens, dim)), rng.integers(0, 8, (tokens, dim))
    value = np.where(rng.random(dim) < 0.5, 7, rng.integers(0, 8, (tokens, dim)))
    key[::2] = rng.integers(4, 8, key[::2].shape)
    config = GainCellTwinConfig(window_tokens=window, longest_count=longest_count)
    coding = AttentionCoding(output_codes_are="rounded" if longest_count == 16 else "counted")
    published = published_attention(
        query[np.newaxis] / 15,
        coding.stored_v(key)[np.newaxis],
        coding.stored_v(value)[np.newaxis],
        geometry=HeadGeometry(head_dim=dim, window_tokens=window, tile_tokens=window),
        coding=coding,
    )

    sums = []
    for i in range(tokens):
        seen = np.arange(max(0, i - window + 1), i + 1)
        sums.append(gain_cell_twin(query[i], key[seen], value[seen], i - seen, config))

    difference = np.abs(sums - np.rint(published[0] * 16))
    assert difference.max() <= 1
    assert np.count_nonzero(difference) <= difference.size / 500
    assert np.abs(sums).max() == longest_count


def test_latency_is_that_of_the_drive_phase():
    assert GainCellTwin.latency == GainCellTwinConfig().drive_cycles == 69
    assert TWIN.drive_cycles == 9


def test_a_drive_phase_a_cycle_shorter_loses_the_last_column():
    rng = np.random.default_rng(3)
    hasty = dataclasses.replace(HEAD, drive_cycles=TWIN.drive_cycles - 1)
    tokens, scaling = attention_tokens(HEAD, 20, rng=rng), attention_scaling(HEAD)
    dut = TwinHead(hasty, TWIN)

    received = transfer(dut, tokens, rng=rng, before=setting(dut, scaling), settle_cycles=150)

    assert (received != twin_head(tokens, scaling, HEAD, TWIN)).any()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"head_dim": 0}, r"head_dim must be in 1\.\.1024, not 0"),
        ({"tile_tokens": 0}, r"tile_tokens must be in 1\.\.1024, not 0"),
        ({"window_tokens": 63}, r"window_tokens must be in 64\.\.65536, not 63"),
        ({"longest_count": 17}, r"longest_count must be in 15\.\.16, not 17"),
        (
            {"cell_a_per_v": (1.0,)},
            r"cell_a_per_v must be the 4 coefficients of a cubic, not \(1\.0,\)",
        ),
        ({"decay_per_token": 1.0}, r"decay_per_token must be in \[0, 1\), not 1\.0"),
        ({"full_scale_v": 0.0}, r"full_scale_v must be positive, not 0\.0"),
        ({"score_saturation_a": -1.0}, r"score_saturation_a must be positive, not -1\.0"),
        (
            {"output_saturation_a": 5e-6},
            r"output_saturation_a must exceed [a-z ]+, 1\.033e-05, but 5e-06 does not",
        ),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        GainCellTwinConfig(**fields)
