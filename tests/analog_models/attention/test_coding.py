import numpy as np
import pytest

from analog_models.attention.coding import AttentionCoding

PUBLISHED = AttentionCoding()
COUNTED = AttentionCoding(output_codes_are="counted")


def test_published_ranges():
    assert (PUBLISHED.query_max, PUBLISHED.stored_max, PUBLISHED.output_max) == (15, 7, 16)
    assert PUBLISHED.output_lsb == 1 / 16


def test_thirty_two_levels_by_rounding_are_thirty_three_codes():
    codes = PUBLISHED.output_codes(np.linspace(-1.2, 1.2, 10_001))

    np.testing.assert_array_equal(np.unique(codes), np.arange(-16, 17))


def test_a_counter_of_four_bits_and_a_sign_has_thirty_one_codes_of_the_same_size():
    output = np.linspace(-1.2, 1.2, 10_001)

    np.testing.assert_array_equal(
        COUNTED.output_codes(output), np.clip(PUBLISHED.output_codes(output), -15, 15)
    )
    assert COUNTED.output_lsb == PUBLISHED.output_lsb


def test_no_stored_code_is_the_middle_voltage():
    distance = PUBLISHED.level_v - 0.45

    np.testing.assert_allclose(distance, (2 * np.arange(8) - 7) * 0.9 / 14, atol=1e-15)
    assert abs(distance).min() == pytest.approx(0.9 / 14)


def test_rounding_is_to_the_nearest_ties_to_even():
    assert PUBLISHED.query_codes(np.arange(30) / 30).tolist() == [
        round(code / 2) for code in range(30)
    ]
    assert PUBLISHED.stored_codes([0.45]).tolist() == [4]  # 3.5
    assert PUBLISHED.output_codes([1 / 32, 3 / 32, -1 / 32, -3 / 32]).tolist() == [0, 2, 0, -2]


@pytest.mark.parametrize("levels", [2, 3, 8, 16])
def test_written_voltages_come_back_as_their_codes(levels):
    coding = AttentionCoding(stored_levels=levels, stored_full_scale_v=1.2)

    np.testing.assert_array_equal(coding.stored_codes(coding.level_v), np.arange(levels))
    assert coding.level_v[-1] == pytest.approx(1.2)


def test_what_is_out_of_range_is_limited():
    assert PUBLISHED.query_codes([-9.0, 9.0]).tolist() == [0, 15]
    assert PUBLISHED.stored_codes([-9.0, 9.0]).tolist() == [0, 7]
    assert PUBLISHED.output_codes([-9.0, 9.0]).tolist() == [-16, 16]


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("what", ["query", "stored", "output"])
def test_values_that_are_not_finite_are_refused(what, value):
    with pytest.raises(ValueError, match=f"^{what} values must be finite, not {value}$"):
        getattr(PUBLISHED, f"{what}_codes")([0.0, value])


BAD = {
    "queries": ({"query_levels": 1}, r"coding query_levels must be in 2\.\.128, not 1"),
    "stored": ({"stored_levels": 300}, r"coding stored_levels must be in 2\.\.128, not 300"),
    "odd": ({"output_levels": 31}, "coding output_levels must be even, not 31"),
    "voltage": (
        {"stored_full_scale_v": 0.0},
        r"coding stored_full_scale_v must be positive, not 0\.0",
    ),
    "codes": (
        {"output_codes_are": "floored"},
        "coding output_codes_are must be 'rounded' or 'counted', not 'floored'",
    ),
}


@pytest.mark.parametrize(("values", "message"), BAD.values(), ids=list(BAD))
def test_bad_designs_are_refused(values, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        AttentionCoding(**values)
