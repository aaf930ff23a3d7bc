import numpy as np
import pytest

from analog_models.attention.cell_law import PUBLISHED_CUBIC, PUBLISHED_LINEAR, LinearLaw, TableLaw
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.leakage import PUBLISHED_LEAKAGE, ExponentialLeakage, TableLeakage
from analog_models.attention.parallel import parallel_attention
from analog_models.attention.published import published_attention, published_tile_outputs

# Codes. A tile adds 64 products, each weight being a sum of 193: with partial sums of up to 40
# codes, single precision (6e-8) is off by up to 64 * 6e-8 * 40.
ROUNDING = 1.5e-4


def random_heads(heads, tokens, head_dim, seed=0):
    rng = np.random.default_rng(seed)
    query = rng.random((heads, tokens, head_dim))
    key_v, value_v = 0.45 + 0.25 * rng.standard_normal((2, heads, tokens, head_dim))
    return query, key_v, value_v


def check_agreement(inputs, **settings):
    """Return the share of outputs that differ, none for any reason but a tie."""
    parallel = parallel_attention(*inputs, **settings)
    codes_off = abs(parallel - published_attention(*inputs, **settings)) * 16
    assert codes_off.max() <= 1
    for head, token, tiles in published_tile_outputs(*inputs, **settings):
        scaled = tiles * 16
        from_tie = abs(scaled - np.floor(scaled) - 0.5).min(axis=0)
        assert (from_tie[codes_off[head, token] > 0] < ROUNDING).all()
    assert parallel.std() * 16 > 1  # there was something to agree on
    return np.mean(codes_off > 0)


def test_the_published_head_agrees_but_for_ties():
    share = check_agreement(random_heads(1, 384, 64), geometry=HeadGeometry())

    assert share <= 1e-3


SMALL = HeadGeometry(head_dim=24, window_tokens=48, tile_tokens=8)
RANGES = {"score_saturation_a": 30e-6, "output_saturation_a": 10e-6}
CASES = {
    "the ring comes round": {},
    "linear": {"law": PUBLISHED_LINEAR},
    "no leakage": {"leakage": ExponentialLeakage(0.0)},
    "another rest": {"leakage": ExponentialLeakage(1e-2, rest_v=0.7)},
    "strong leakage": {"leakage": ExponentialLeakage(0.3)},
    "gone in a token": {"leakage": ExponentialLeakage(30.0)},
    "counted": {"coding": AttentionCoding(output_codes_are="counted")},
    "other levels": {"coding": AttentionCoding(query_levels=5, stored_levels=16)},
    "one tile": {"geometry": HeadGeometry(head_dim=24, window_tokens=48, tile_tokens=48)},
    "one token": {"geometry": HeadGeometry(head_dim=24, window_tokens=1, tile_tokens=1)},
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_every_setting_agrees(case):
    settings = {"geometry": SMALL, **RANGES, **case}

    assert check_agreement(random_heads(2, 331, 24), **settings) <= 1e-3


@pytest.mark.parametrize("tokens", [1, 7, 8, 47, 49, 128, 129])
def test_sequences_of_any_length_agree(tokens):
    assert check_agreement(random_heads(4, tokens, 24), geometry=SMALL, **RANGES) <= 1e-2


def test_ties_are_where_the_two_may_part():
    """Weights are multiples of 1/105 and outputs of 1/10 code: many are ties."""
    geometry = HeadGeometry(head_dim=3, window_tokens=16, tile_tokens=16)
    inputs = random_heads(8, 64, 3)

    share = check_agreement(
        inputs,
        geometry=geometry,
        law=LinearLaw(14e-6),  # 0.9 uA a code
        leakage=ExponentialLeakage(0.0),
        score_saturation_a=7 * 0.9e-6,
        output_saturation_a=160 / 105 * 0.9e-6,
    )

    assert share > 0


NOT_SEPARABLE = {
    "a polynomial law": {"law": TableLaw([0.0, 0.9], [0.0, 1e-5], [1e-5, 1e-5])},
    "an exponential leakage": {"leakage": TableLeakage([0, 0.9], [1.0], [[0.0], [0.9]], 1e-6)},
}


@pytest.mark.parametrize(("rule", "settings"), NOT_SEPARABLE.items(), ids=list(NOT_SEPARABLE))
def test_what_is_not_separable_is_refused(rule, settings):
    with pytest.raises(TypeError, match=rf"^parallel attention must have {rule}, not <"):
        parallel_attention(*random_heads(1, 4, 24), geometry=SMALL, **settings)


def test_bad_inputs_are_refused():
    query, key_v, value_v = random_heads(1, 4, 24)

    with pytest.raises(
        ValueError, match=r"^queries must have the shape \[heads, tokens, 24\], not"
    ):
        parallel_attention(query[..., :8], key_v, value_v, geometry=SMALL)
    with pytest.raises(ValueError, match=r"^output_saturation_a must be positive, not -1.0$"):
        parallel_attention(query, key_v, value_v, geometry=SMALL, output_saturation_a=-1.0)
    with pytest.raises(ValueError, match=r"^query values must be finite, not nan$"):
        parallel_attention(query * np.nan, key_v, value_v, geometry=SMALL)


def test_the_published_law_and_leakage_are_the_defaults():
    inputs = random_heads(1, 60, 24)

    np.testing.assert_array_equal(
        parallel_attention(*inputs, geometry=SMALL),
        parallel_attention(*inputs, geometry=SMALL, law=PUBLISHED_CUBIC, leakage=PUBLISHED_LEAKAGE),
    )
