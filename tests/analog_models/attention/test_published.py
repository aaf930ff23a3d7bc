from functools import partial

import numpy as np
import pytest

from analog_models.attention.cell_law import PUBLISHED_CUBIC, LinearLaw
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.leakage import ExponentialLeakage
from analog_models.attention.published import published_attention, published_tile_outputs

NO_LEAKAGE = ExponentialLeakage(0.0)
SMALL = HeadGeometry(head_dim=8, window_tokens=12, tile_tokens=4)

narrow_attention = partial(  # ranges for 8 rows and 4 columns
    published_attention, geometry=SMALL, score_saturation_a=10e-6, output_saturation_a=5e-6
)


def random_heads(heads=2, tokens=30, head_dim=8, seed=0):
    rng = np.random.default_rng(seed)
    query = rng.random((heads, tokens, head_dim))
    key_v, value_v = 0.9 * rng.random((2, heads, tokens, head_dim))
    return query, key_v, value_v


def test_a_worked_example():
    """Two columns of one row, a tile each; a cell of 100 uA/V that halves its voltage a token."""
    geometry = HeadGeometry(head_dim=1, window_tokens=2, tile_tokens=1)
    query = [[[1.0], [1.0], [0.6]]]
    key_v = [[[0.9], [0.0], [0.9]]]
    value_v = [[[0.9], [0.9], [0.0]]]

    outputs = published_attention(
        query,
        key_v,
        value_v,
        geometry=geometry,
        law=LinearLaw(100e-6),
        leakage=ExponentialLeakage(np.log(2)),
    )

    # Fresh cells carry +45 or -45 uA, a token later half of it; scores over 80, outputs over 40.
    # Token 0: S = 45, phi = 9/16; A/40 = 9/16 45/40 = 81/128, 10.125 codes: 10.
    # Token 1: keys 22.5 and -45; phi = 9/32 and 0; A/40 = 9/32 22.5/40 = 81/512, 2.53 codes: 3.
    # Token 2 (column 0 again): keys 0.6 (45, -22.5); phi = 27/80 and 0;
    #   A/40 = 27/80 (-45)/40 = -243/640, -6.075 codes: -6.
    np.testing.assert_array_equal(outputs[0, :, 0] * 16, [10, 3, -6])


def test_each_tile_is_quantised_before_the_sum():
    geometry = HeadGeometry(head_dim=1, window_tokens=4, tile_tokens=1)
    one_tile = HeadGeometry(head_dim=1, window_tokens=4, tile_tokens=4)
    query, key_v, value_v = np.ones((1, 4, 1)), np.full((1, 4, 1), 0.9), np.full((1, 4, 1), 0.9)

    outputs = [
        published_attention(query, key_v, value_v, geometry=each, leakage=NO_LEAKAGE)[0, -1, 0]
        for each in (geometry, one_tile)
    ]

    # A cell of 10.313 uA: 10.313^2 / (80 40) = 0.53 codes of 1/16: four ones, or 2.13 at once.
    assert outputs == [4 / 16, 2 / 16]


def test_tokens_out_of_sight_do_not_matter():
    query, key_v, value_v = random_heads()
    other_key_v, other_value_v = key_v.copy(), value_v.copy()
    other_key_v[:, :10], other_value_v[:, :10] = 0.9, 0.9  # left the window of 12 by token 21
    other_key_v[:, 25:], other_value_v[:, 25:] = 0.9, 0.9  # not yet written by token 24

    outputs = narrow_attention(query, key_v, value_v)
    others = narrow_attention(query, other_key_v, other_value_v)

    np.testing.assert_array_equal(outputs[:, 21:25], others[:, 21:25])
    assert (outputs[:, 20] != others[:, 20]).any()
    assert (outputs[:, 25] != others[:, 25]).any()


def test_unwritten_columns_give_nothing_although_the_cell_does_at_the_middle():
    assert PUBLISHED_CUBIC.current_a(0.45) > 0
    wide = HeadGeometry(head_dim=8, window_tokens=120, tile_tokens=4)
    query, key_v, value_v = random_heads(tokens=12)

    np.testing.assert_array_equal(
        published_attention(query, key_v, value_v, geometry=wide),
        published_attention(query, key_v, value_v, geometry=SMALL),
    )


def test_beyond_the_first_window_a_tile_is_its_columns():
    """Token 13 sits in column 1: with 12 and, from the last round, 2 and 3."""
    query, key_v, value_v = random_heads(heads=1, tokens=14)

    *_, (_, token, tiles) = published_tile_outputs(query, key_v, value_v, geometry=SMALL)

    assert token == 13
    assert tiles.shape == (3, 8)
    coding = AttentionCoding()
    current_a = [
        PUBLISHED_CUBIC.current_a(
            0.45 + (coding.stored_v(coding.stored_codes(each[0])) - 0.45) * left
        )
        for left in [np.exp(-1.6e-4 * (13 - np.arange(14)))[:, None]]
        for each in (key_v, value_v)
    ]
    weight = np.clip(current_a[0] @ (coding.query_codes(query[0, 13]) / 15) / 80e-6, 0, 1)
    expected = sum(weight[token] * current_a[1][token] for token in (12, 13, 2, 3)) / 40e-6
    np.testing.assert_allclose(tiles[0], expected, rtol=1e-12)


@pytest.mark.parametrize("output_codes_are", ["rounded", "counted"])
def test_outputs_limit_at_the_highest_code_of_every_tile(output_codes_are):
    coding = AttentionCoding(output_codes_are=output_codes_are)
    query, bright_v = np.ones((1, 12, 8)), np.full((1, 12, 8), 0.9)

    outputs = published_attention(
        query, bright_v, bright_v, geometry=SMALL, coding=coding, output_saturation_a=1e-6
    )

    assert outputs.max() == 3 * coding.output_max / 16


def test_heads_do_not_see_each_other():
    query, key_v, value_v = random_heads(heads=3)

    together = published_attention(query, key_v, value_v, geometry=SMALL)
    alone = published_attention(query[1:2], key_v[1:2], value_v[1:2], geometry=SMALL)

    np.testing.assert_array_equal(together[1:2], alone)


def test_bad_inputs_are_refused():
    query, key_v, value_v = random_heads(heads=1, tokens=2)
    broken_v = key_v.copy()
    broken_v[0, 1, 3] = np.nan

    with pytest.raises(ValueError, match=r"^queries must have the shape \[heads, tokens, 8\], not"):
        published_attention(query[0], key_v, value_v, geometry=SMALL)
    with pytest.raises(ValueError, match=r"^keys must have the shape of the queries \(1, 2, 8\),"):
        published_attention(query, key_v[:, :1], value_v, geometry=SMALL)
    with pytest.raises(ValueError, match=r"^stored values must be finite, not nan$"):
        published_attention(query, broken_v, value_v, geometry=SMALL)
    with pytest.raises(ValueError, match=r"^score_saturation_a must be positive, not 0$"):
        published_attention(query, key_v, value_v, geometry=SMALL, score_saturation_a=0)
