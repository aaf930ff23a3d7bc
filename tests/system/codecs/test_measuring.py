import numpy as np
import pytest

from system.codecs.measuring import frames_per_block, measure_samples, read_stored
from system.codecs.sample_codes import SampleCode
from system.errors import UserError
from system.recordings.flat_samples import ArraySamples
from system.recordings.recording import Recording
from system.recordings.stored import Scale


def recording(samples):
    return Recording(
        name="probe",
        source="probe.npy",
        format="NumPy array",
        sampling_rate_hz=24e3,
        samples=ArraySamples(samples),
        scale=Scale(gain_v=1e-6),
    )


@pytest.mark.parametrize(
    ("dtype", "lowest", "highest", "width", "offset"),
    [
        ("<i2", -200, 255, 9, 0),
        ("<i2", -32768, 32767, 16, 0),
        ("<u2", 0, 65535, 16, 32768),
        (">u2", 32000, 33000, 10, 32500),
        ("u1", 0, 255, 8, 128),
        ("<i4", 1_000_000, 1_000_300, 9, 1_000_150),
        ("<i8", -5, 3, 4, 0),
        ("<u8", (1 << 63) - 4, (1 << 63) - 1, 2, (1 << 63) - 2),
        ("<u8", (1 << 63) - 100, (1 << 63) + 99, 8, 1 << 63),
        ("<u8", (1 << 64) - 200, (1 << 64) - 1, 8, (1 << 64) - 100),
        ("<i8", -(1 << 63), -(1 << 63) + 65535, 16, -(1 << 63) + 32768),
        ("<i8", (1 << 63) - 1, (1 << 63) - 1, 2, (1 << 63) - 1),
    ],
)
def test_integers_get_the_fewest_bits(dtype, lowest, highest, width, offset):
    samples = np.array([[lowest, highest], [lowest, lowest]], dtype=dtype)

    code = measure_samples(recording(samples))

    assert code == SampleCode(dtype=np.dtype(dtype).str, width=width, offset=offset)
    np.testing.assert_array_equal(code.decode(code.encode(samples)), samples)


def came_back(samples):
    """The bits that codes take, after all samples have come back as they were."""
    code = measure_samples(recording(samples))
    assert code.exact
    assert code.decode(code.encode(samples)).tobytes() == samples.tobytes()
    return code.width


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("step", [1.0, 0.195, 1.95e-7, 0.5 / 8192 / 80, 1 / 3, 2.34375, 0.1 / 7.3])
@pytest.mark.parametrize("first", [1, 7])
def test_floats_that_are_counts_times_a_number_come_back_bit_by_bit(dtype, step, first):
    counts = np.random.default_rng(1).integers(-900, 900, (500, 3))
    counts[0, 0] = first

    assert came_back((counts * step).astype(dtype)) == 11


@pytest.mark.parametrize("deviation", [30, 1000, 8000])
@pytest.mark.parametrize("gain", [0.195, 1.95e-7, 2.34375])
def test_floats_of_any_usual_amplitude_come_back(deviation, gain):
    counts = np.random.default_rng(2).normal(0, deviation, (50_000, 1)).round()
    counts = counts.clip(-32768, 32767).astype(np.float32) + np.float32(0)

    assert came_back(counts * np.float32(gain)) <= 16


def test_floats_far_from_zero_come_back():
    counts = np.random.default_rng(3).normal(9000, 1000, (50_000, 1)).round().astype(np.float32)

    assert came_back(counts * np.float32(0.195)) <= 14


@pytest.mark.parametrize("beginning", ["blank", "coarser"])
def test_the_whole_recording_says_what_floats_are_multiples_of(beginning):
    counts = np.random.default_rng(4).integers(-200, 200, (1 << 20) + 5000)
    counts[: 1 << 20] = {"blank": 0, "coarser": counts[: 1 << 20] // 2 * 2}[beginning]

    assert came_back((counts * 0.195).reshape(-1, 1).astype(np.float32)) == 9


@pytest.mark.parametrize(
    "convert",
    [
        lambda counts: counts * 0.195 * 1e-6,
        lambda counts: counts * 0.195 / 1e6,
        lambda counts: counts / 7.3,
        lambda counts: (counts * 0.195).round(3),
        lambda counts: (counts.astype(np.float32) / 2048 * 5).astype(np.float32) / np.float32(192),
        lambda counts: (counts * 0.195 * 1e-6).astype(">f8"),
    ],
    ids=["multiplied", "and divided", "divided", "decimals", "float32", "big-endian"],
)
def test_floats_that_were_rounded_twice_come_back(convert):
    counts = np.random.default_rng(6).integers(-2000, 2000, (5000, 2))

    assert came_back(convert(counts)) == 12


def test_zeros_of_both_signs_come_back():
    volts = np.random.default_rng(5).normal(0, 1, (5000, 2)).round(1)
    assert np.signbit(volts[volts == 0]).any()
    assert not np.signbit(volts[volts == 0]).all()

    assert came_back(volts) == came_back(volts + 0.0) == 7


@pytest.mark.parametrize("value", [0.0, -0.0, 3.25, -3.25])
def test_floats_that_are_all_the_same_come_back(value):
    assert came_back(np.full((10, 2), value)) == 2


NOISE = np.random.default_rng(2).normal(0, 1e-5, (100, 2))


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (
            NOISE,
            (
                "floats must be whole multiples of one number to be coded without loss, but there"
                f" is none that divides {NOISE.min()!s}, {NOISE.max()!s} and the 198 values"
                " between; give --lsb-uv to round them"
            ),
        ),
        (
            np.random.default_rng(3).normal(0, 1, (1 << 17, 1)),
            (
                "floats must be whole multiples of one number to be coded without loss, and have"
                " at most 65536 values, but those of the first 131072 frames have 131072;"
                " give --lsb-uv to round them"
            ),
        ),
        (
            np.array([[1e-3], [70.0]]),
            "samples must fit in 16 bits, but those from 1 to 70000 need 17; give --lsb-uv, and",
        ),
        (
            np.array([[0, 70_000]]),
            (
                "samples must fit in 16 bits, but those from 0 to 70000 need 17; give --lsb-uv,"
                " and accept that they are rounded"
            ),
        ),
        (
            np.array([[0.5, np.nan]]),
            "samples must be finite, but channel 1 at frame 0 is nan",
        ),
    ],
)
def test_what_cannot_be_coded_without_loss_is_refused(samples, said):
    with pytest.raises(UserError) as refusal:
        measure_samples(recording(samples))

    assert str(refusal.value).startswith(f"probe.npy: {said}")


def test_a_float_that_is_no_multiple_is_found_wherever_it_is():
    samples = np.arange(1 << 21, dtype=np.float64).reshape(-1, 1) % 1000
    samples[-1] = np.pi

    with pytest.raises(
        UserError, match=r"none that divides 0\.0, 999\.0 and the 999 values between"
    ):
        measure_samples(recording(samples))


@pytest.mark.parametrize("samples", [NOISE, (NOISE * 1e10).astype(np.int32)])
def test_samples_may_be_rounded_if_the_user_says_so(samples):
    step = float(np.abs(samples).max()) / 300

    code = measure_samples(recording(samples), lossy_step=step)

    assert not code.exact
    assert code.width == 10
    error = np.abs(code.decode(code.encode(samples)) - samples)
    assert error.max() <= step / 2 + (0.5 if samples.dtype.kind == "i" else 1e-9 * step)


def test_too_fine_a_rounding_is_refused():
    with pytest.raises(UserError, match=r"16 bits, but .* need \d+; give a larger --lsb-uv$"):
        measure_samples(recording(NOISE), lossy_step=1e-12)


def test_progress_is_told():
    told = []

    measure_samples(recording(np.zeros((3_000_000, 1), dtype=np.int8)), progress=told.append)

    assert told == [pytest.approx(n * frames_per_block(1) / 3_000_000) for n in (1, 2)] + [1.0]


def test_a_file_that_gives_something_else_than_it_promised_is_refused():
    class Shrunk(ArraySamples):
        def read(self, start, stop):
            return super().read(start, stop - 1)

    shrunk = recording(np.zeros((5, 2)))
    object.__setattr__(shrunk, "samples", Shrunk(np.zeros((5, 2))))

    with pytest.raises(
        UserError, match=r"^probe.npy: frames 0..5 of 2 channels were expected, but"
    ):
        read_stored(shrunk, 0, 5)
