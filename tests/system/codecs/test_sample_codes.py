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


@pytest.mark.parametrize("dtype", ["<i1", "<u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8"])
@pytest.mark.parametrize("end", ["min", "max"])
def test_the_ends_of_every_type_come_back(dtype, end):
    extreme = int(getattr(np.iinfo(dtype), end))
    inwards = 1 if end == "min" else -1
    stored = np.array([extreme + inwards * n for n in (0, 1, 7, 99)], dtype=dtype)
    width, offset = fewest_bits(int(stored.min()), int(stored.max()))

    code = SampleCode(dtype=dtype, width=width, offset=offset)

    assert width <= 8
    np.testing.assert_array_equal(code.decode(code.encode(stored)), stored)


def test_what_is_far_from_the_offset_has_no_code_though_it_would_modulo_a_power_of_two():
    code = SampleCode(dtype="<i8", width=8, offset=(1 << 63) - 1)

    with pytest.raises(ValueError, match=f"^samples must be codes of 8 bits, not {1 - (1 << 64)}$"):
        code.encode(np.array([-(1 << 63)]))


def test_codes_beyond_a_type_become_its_ends():
    code = SampleCode(dtype="|u1", width=8, offset=250)

    assert code.decode(np.array([-128, 0, 5, 127], dtype=np.int16)).tolist() == [122, 250, 255, 255]


@pytest.mark.parametrize("offset", [0, -2])
def test_a_zero_of_each_sign_comes_back(offset):
    stored = np.array([-1.5, -0.5, -0.0, 0.0, 0.5, 1.5], dtype=np.float32)
    code = SampleCode(dtype="<f4", width=4, offset=offset, step=0.5, signed_zero=True)

    codes = code.encode(stored)

    assert (codes + offset).tolist() == [-4, -2, -1, 0, 1, 3]
    assert code.decode(codes).tobytes() == stored.tobytes()


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


def test_integers_may_be_rounded_to_fractions_far_from_zero():
    code = SampleCode(dtype="<u2", width=9, offset=120_100, step=0.5, exact=False)
    stored = np.array([60_000, 60_050, 60_100], dtype=np.uint16)

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
        ({"dtype": None}, "dtype must be of integers or floats, not None"),
        ({"dtype": "|u1"}, "width must be at most the 8 of uint8, not 9"),
        (
            {"dtype": "|u1", "width": 8, "offset": -1},
            "offset must be a whole number in 0..255, not -1",
        ),
        ({"offset": 1.5}, "offset must be a whole number in -32768..32767, not 1.5"),
        ({"dtype": "<f4", "offset": 1 << 60}, f"offset must be .* not {1 << 60}"),
        ({"signed_zero": True}, "signed_zero must be of floats, not of int16"),
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
