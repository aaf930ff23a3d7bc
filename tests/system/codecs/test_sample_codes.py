import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.codecs.sample_codes import SampleCode, fewest_bits, rounded


@given(st.integers(-70_000, 70_000), st.integers(0, 140_000))
def test_the_fewest_bits_hold_the_range_and_one_less_does_not(lowest, span):
    highest = lowest + span

    width, offset = fewest_bits(lowest, highest)

    half = 1 << (width - 1)
    assert -half <= lowest - offset <= highest - offset < half
    assert width == 2 or span >= half or offset == 0


@pytest.mark.parametrize(
    ("lowest", "highest", "code"),
    [
        (0, 0, (2, 0)),
        (-2, 1, (2, 0)),
        (-256, 255, (9, 0)),
        (-257, 255, (10, 0)),
        (0, 1023, (10, 512)),
        (30_000, 30_003, (2, 30_002)),
        (-32768, 32767, (16, 0)),
        (-32769, 32767, (17, 0)),
    ],
)
def test_ranges_and_their_codes(lowest, highest, code):
    assert fewest_bits(lowest, highest) == code


@pytest.mark.parametrize("dtype", ["<i2", ">i2", "u1", "<u2", "<i4", "<i8", "<f4", "<f8"])
def test_samples_come_back_in_their_own_type(dtype):
    stored = np.arange(100, 140, dtype=dtype).reshape(20, 2)
    code = SampleCode(dtype=dtype, width=6, offset=120)

    back = code.decode(code.encode(stored))

    assert back.dtype == stored.dtype
    assert code.encode(stored).dtype == np.int16
    np.testing.assert_array_equal(back, stored)


def test_multiples_of_a_step_come_back():
    stored = np.array([0.195, -0.39, 19.5, 0], dtype=np.float32)
    code = SampleCode(dtype="<f4", width=8, step=0.195)

    assert code.encode(stored).tolist() == [1, -2, 100, 0]
    np.testing.assert_array_equal(code.decode(code.encode(stored)), stored)


def test_integers_may_be_rounded_to_multiples():
    code = SampleCode(dtype="<i4", width=16, step=100.0, exact=False)

    assert code.decode(code.encode(np.array([149, 151, -2_000_049]))).tolist() == [
        100,
        200,
        -2_000_000,
    ]


@pytest.mark.parametrize("samples", [[-5], [8], [0, 300]])
def test_a_sample_outside_the_width_is_refused(samples):
    with pytest.raises(ValueError, match=f"^samples must be codes of 3 bits, not {samples[-1]}$"):
        SampleCode(dtype="<i2", width=3).encode(np.array(samples))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"dtype": "<c8"}, "dtype must be of integers or floats, not '<c8'"),
        ({"width": 17}, "width must be in 2..16, not 17"),
        ({"width": 1}, "width must be in 2..16, not 1"),
        ({"step": 0.0}, "step must be positive and finite, not 0.0"),
        ({"step": float("nan")}, "step must be positive and finite, not nan"),
    ],
)
def test_codes_that_cannot_be_are_refused(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        SampleCode(**{"dtype": "<i2", "width": 9} | fields)


def test_rounding_stays_within_what_a_float_counts():
    assert rounded(np.array([1e300, -1e300, 0.6]), 1.0).tolist() == [1 << 52, -(1 << 52), 1]


@pytest.mark.parametrize(
    ("dtype", "step", "spacing"),  # of the type's own numbers there
    [("<i2", 3.0, 1), ("<i2", 100.0, 1), ("<i1", 7.0, 1), ("<f2", 100.0, 32)],
)
def test_samples_at_the_ends_of_their_type_stay_there(dtype, step, spacing):
    limits = np.iinfo(dtype) if dtype[1] == "i" else np.finfo(dtype)
    ends = np.array([limits.min, limits.max], dtype=dtype)
    code = SampleCode(dtype=dtype, width=16, step=step, exact=False)

    again = code.decode(code.encode(ends))

    error = np.abs(again.astype(np.float64) - ends.astype(np.float64))
    assert np.all(error <= step / 2 + spacing / 2)
