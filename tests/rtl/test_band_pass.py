from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any, cast

import numpy as np
import pytest
from scipy import signal

from rtl.band_pass import BandPass, BandPassConfig
from verification.golden.band_pass import BandPassModel, band_pass
from verification.pacing import PACES
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIGS = {
    "default": BandPassConfig(channels=3),
    "second_order_to_6_kHz": BandPassConfig(channels=2, low_pass_hz=6e3, low_pass_order=2),
    "one_channel": BandPassConfig(channels=1),
    "high_pass_only": BandPassConfig(channels=2, low_pass_order=0, sample_width=9),
    "low_pass_only": BandPassConfig(channels=2, high_pass_order=0, output_fraction_bits=0),
    "fourth_order_at_30_kS": BandPassConfig(
        channels=2, sampling_rate_hz=30e3, high_pass_order=4, low_pass_order=4, sample_width=12
    ),
    "few_bits": BandPassConfig(channels=5, sample_width=2, coefficient_fraction_bits=12),
    "field_potentials": BandPassConfig(
        channels=2,
        high_pass_hz=20.0,
        low_pass_hz=300.0,
        low_pass_order=2,
        coefficient_fraction_bits=20,
    ),
}


def corner_codes(config, rng):
    """Return frames that hold every corner: limits, steps, alternation, silence, then noise."""
    low, high = -(1 << (config.sample_width - 1)), (1 << (config.sample_width - 1)) - 1
    patterns = [
        np.full(40, high),
        np.full(40, low),
        np.tile([low, high], 20),
        np.tile([high, high, low, low], 10),
        np.r_[high, np.zeros(30), low, np.zeros(30)],
        np.arange(low, high + 1)[:: max(1, (high - low) // 40)],
        rng.integers(low, high + 1, 120),
    ]
    one_channel = np.concatenate(patterns).astype(np.int64)
    # Each channel at its own place in the sequence: what leaks from a neighbour shows.
    return np.column_stack([np.roll(one_channel, 37 * c) for c in range(config.channels)])


def filtered(sos, samples):
    return np.asarray(cast(Any, signal.sosfilt(sos, samples)))


def sos_of(sections):
    """Return quantised sections as SciPy takes them."""
    return [
        [b0, b0 * s.zero, b0, 1, s.a1 / one, s.a2 / one]
        for s in sections
        for one in (1 << s.fraction_bits,)
        for b0 in (s.gain / one,)
    ]


def beats(codes):
    frames, channels = codes.shape
    return [
        {"sample": int(codes[n, c]), "channel": c, "restart": int(n == 0)}
        for n in range(frames)
        for c in range(channels)
    ]


def exact_sections(codes, config):
    """The outputs of the sections in rational numbers, one sample at a time, LSB."""
    one = 1 << config.coefficient_fraction_bits
    unit = Fraction(1, 1 << config.guard_bits)
    outputs = [[Fraction(int(code)) for code in codes]]
    for section in config.sections:
        x, y, taken = outputs[-1], [], Fraction(0)
        for n in range(len(x)):
            x1, x2 = (x[n - k] if n >= k else 0 for k in (1, 2))
            y1, y2 = (y[n - k] if n >= k else 0 for k in (1, 2))
            exact = section.gain * (x[n] + section.zero * x1 + x2) - section.a1 * y1
            exact = (exact - section.a2 * y2) / one + taken
            y.append(floor(exact / unit + Fraction(1, 2)) * unit)
            if section.carries:
                taken = exact - y[n]
        outputs.append(y)
    return outputs[1:]


def exact_band_pass(codes, config):
    scale = 1 << config.output_fraction_bits
    rounded = [floor(y * scale + Fraction(1, 2)) for y in exact_sections(codes, config)[-1]]
    return np.clip(rounded, config.output_min, config.output_max)


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden_in_every_corner(config, pace):
    codes = corner_codes(config, np.random.default_rng(5))[:: 1 if pace is PACES["bursts"] else 3]

    received = transfer(
        BandPass(config), beats(codes), rng=np.random.default_rng(seed=2024), pace=pace
    )

    expected = band_pass(codes, config)
    np.testing.assert_array_equal(received["sample"].reshape(expected.shape), expected)
    for field in ("channel", "restart"):
        assert received[field].tolist() == [beat[field] for beat in beats(codes)]


def test_channels_may_come_in_any_order():
    config = CONFIGS["default"]
    rng = np.random.default_rng(7)
    order = rng.permutation(np.repeat(np.arange(3), [50, 100, 150]))
    samples = rng.integers(-512, 512, len(order))
    first = [int(c not in order[:n]) for n, c in enumerate(order)]

    received = transfer(
        BandPass(config),
        [
            {"sample": int(s), "channel": int(c), "restart": r}
            for s, c, r in zip(samples, order, first, strict=True)
        ],
        rng=rng,
    )

    np.testing.assert_array_equal(received["restart"], first)
    for channel in range(3):
        mine = order == channel
        alone = band_pass(samples[mine, np.newaxis], replace(config, channels=1))
        np.testing.assert_array_equal(received["sample"][mine], alone[:, 0])


def test_restart_forgets_the_channel():
    config = CONFIGS["one_channel"]
    codes = np.full((20, 1), 400)

    received = transfer(BandPass(config), beats(codes) + beats(codes), rng=np.random.default_rng(0))

    assert np.flatnonzero(received["restart"]).tolist() == [0, 20]
    np.testing.assert_array_equal(received["sample"][20:], received["sample"][:20])


def test_latency_and_throughput_are_as_declared(config):
    beat = {"sample": 1, "channel": 0, "restart": 1}

    assert first_output_delay_cycles(BandPass(config), beat) == BandPass.latency
    assert cycles_per_payload(BandPass(config), [beat] * 50) == 1.0


def test_golden_matches_the_difference_equation_in_rational_numbers(config):
    codes = corner_codes(config, np.random.default_rng(6))

    expected = np.column_stack([exact_band_pass(column, config) for column in codes.T])

    np.testing.assert_array_equal(band_pass(codes, config), expected)


def test_golden_is_within_rounding_of_the_ideal_butterworth_filter():
    config = BandPassConfig(
        channels=1,
        low_pass_hz=6e3,
        low_pass_order=2,
        coefficient_fraction_bits=20,
        guard_bits=12,
    )
    codes = np.random.default_rng(8).integers(-512, 512, (4_000, 1))

    high = cast(Any, signal.butter(2, 300, "highpass", fs=24e3, output="sos"))
    low = cast(Any, signal.butter(2, 6e3, "lowpass", fs=24e3, output="sos"))
    ideal = filtered(np.concatenate((high, low)), codes[:, 0])

    # Half an output step, and the response error of coefficients rounded to 2**-20: each moves a
    # gain of at most 1 / (1 - pole radius) ~ 20 by 2**-20 of full scale, well under 0.03 LSB.
    assert np.abs(band_pass(codes, config)[:, 0] / 4 - ideal).max() < 0.5 / 4 + 0.03


def test_response_is_3_db_down_at_the_corners_and_zero_at_dc():
    config = BandPassConfig()

    gain_db = 20 * np.log10(np.abs(config.response([300.0, 1_000.0, 3_000.0])))

    np.testing.assert_allclose(gain_db, [-3.01, -0.03, -3.01], atol=0.05)
    assert abs(config.response(0.0)[0]) == 0.0


@pytest.mark.parametrize("guard_bits", [4, 8, 12])
def test_rounding_leaves_no_offset(guard_bits):
    config = BandPassConfig(channels=1, guard_bits=guard_bits)
    codes = np.random.default_rng(9).integers(-40, 40, (200_000, 1))

    offset_lsb = band_pass(codes, config)[2_000:].mean() / 4

    # Ties go upward at the output: half a guard unit; what is carried adds nothing at 0 Hz. The low
    # frequencies that are left average to 0.002 LSB over 2e5 samples.
    assert abs(offset_lsb) <= 2.0 ** -(guard_bits + 1) + 0.002


def test_rounding_noise_is_a_twentieth_of_the_quantisation_noise_of_the_converter():
    config = BandPassConfig(channels=1, output_fraction_bits=3)
    codes = np.random.default_rng(11).normal(0, 6, 20_000).round()
    outputs = exact_sections(codes, config)[-1]

    error_lsb = np.array(outputs, dtype=float) - filtered(sos_of(config.sections), codes)

    assert error_lsb.std() == pytest.approx(12**-0.5 / 20, rel=0.1)


SLOW_CONFIGS = {
    "default": BandPassConfig(channels=1),
    "few_guard_bits": BandPassConfig(channels=1, guard_bits=4, output_fraction_bits=0),
    "60_Hz": BandPassConfig(channels=1, high_pass_hz=60.0),
    "20_Hz": replace(CONFIGS["field_potentials"], channels=1),
    "100_Hz_at_30_kS_eighth_order": BandPassConfig(
        channels=1,
        sampling_rate_hz=30e3,
        high_pass_hz=100.0,
        high_pass_order=8,
        coefficient_fraction_bits=18,
    ),
    "low_pass_at_300_Hz": BandPassConfig(
        channels=1, high_pass_order=0, low_pass_order=2, low_pass_hz=300.0
    ),
    # Poles next to half the sampling rate, where nothing cancels the errors of rounding.
    "band_as_wide_as_it_can_be": BandPassConfig(
        channels=1,
        low_pass_hz=10_800.0,
        high_pass_order=8,
        low_pass_order=8,
        guard_bits=4,
        output_fraction_bits=0,
    ),
    "steep_band": BandPassConfig(channels=1, high_pass_order=8, low_pass_order=8),
}


@pytest.mark.parametrize("config", SLOW_CONFIGS.values(), ids=list(SLOW_CONFIGS))
def test_silence_follows_a_transient(config):
    """Without carried remainders a constant is left: 0.3 LSB by default, 8 LSB at 60 Hz."""
    rng = np.random.default_rng(12)
    silence = np.zeros((60_000, 1))

    for transient in (rng.integers(-511, 512, (97, 1)), np.full((61, 1), 511), [[-512]]):
        after = band_pass(np.concatenate((transient, silence)).astype(int), config)[-2_000:]

        np.testing.assert_array_equal(after, 0)


def test_constant_input_decays_to_silence():
    settled = band_pass(np.full((24_000, 1), 511), BandPassConfig(channels=1))[-2_000:]

    np.testing.assert_array_equal(settled, 0)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_sections_cannot_overflow_even_on_the_worst_input(config):
    """The input that maximises section n is the sign of its time-reversed impulse response."""
    high = (1 << (config.sample_width - 1)) - 1
    low = -high - 1
    for n in range(len(config.sections)):
        impulse = np.zeros(600)
        impulse[0] = 1
        worst = np.where(filtered(sos_of(config.sections[: n + 1]), impulse)[::-1] >= 0, high, low)

        reached = exact_sections(worst, config)[n][-1] * 2**config.guard_bits

        limit = 1 << (config.section_widths[n] - 1)
        assert limit / 4 < reached < limit  # enough bits, and hardly more than needed


def test_state_is_carried_from_block_to_block(config):
    codes = corner_codes(config, np.random.default_rng(10))
    model = BandPassModel(config)

    in_blocks = [model.process(codes[a:b]) for a, b in ((0, 1), (1, 1), (1, 100), (100, None))]

    np.testing.assert_array_equal(np.concatenate(in_blocks), band_pass(codes, config))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"sample_width": 14}, r"sample_width must be in 2\.\.13, not 14"),
        ({"guard_bits": 3}, r"guard_bits must be in 4\.\.12, not 3"),
        ({"output_fraction_bits": 4}, r"output_fraction_bits must be in 0\.\.3, not 4"),
        ({"coefficient_fraction_bits": 7}, r"coefficient_fraction_bits must be in 8\.\.20, not 7"),
        ({"sampling_rate_hz": 0.0}, r"sampling_rate_hz must be positive, not 0\.0"),
        ({"sampling_rate_hz": float("nan")}, r"sampling_rate_hz must be positive, not nan"),
        ({"high_pass_order": 3}, r"high_pass_order must be 0, 2, 4, 6 or 8, not 3"),
        (
            {"sampling_rate_hz": 6_000.0},
            (
                r"low_pass_hz must be positive and at most 2700 \(0\.45 of the sampling rate\), "
                r"not 3000\.0"
            ),
        ),
        ({"high_pass_hz": 3_000.0}, r"high_pass_hz must be positive and below 3000, not 3000\.0"),
        (
            {"high_pass_order": 0, "low_pass_order": 0},
            r"high_pass_order or low_pass_order must be positive, not both 0",
        ),
        (
            {"high_pass_order": 0, "low_pass_order": 2, "low_pass_hz": 90.0},
            (
                r"coefficient_fraction_bits must resolve every corner to at least 16 units, not 9: "
                r"raise it, or bring the corner nearer the sampling rate"
            ),
        ),
        (
            {"high_pass_hz": 20.0},
            (
                r"coefficient_fraction_bits must resolve every corner to at least 16 units, not 2: "
                r"raise it, or bring the corner nearer the sampling rate"
            ),
        ),
        (
            {"high_pass_hz": 1.0},
            (
                r"coefficient_fraction_bits must resolve every corner to at least 16 units, not 0: "
                r"raise it, or bring the corner nearer the sampling rate"
            ),
        ),
        (
            {"sample_width": 13, "output_fraction_bits": 3},
            r"sample_width \+ output_fraction_bits must be at most 15, not 16",
        ),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        BandPassConfig(**fields)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.zeros((4, 2)), r"codes must have shape \(frames, 3\), not \(4, 2\)"),
        (np.full((4, 3), 512), r"codes must be in -512\.\.511, not 512\.\.512"),
    ],
)
def test_golden_rejects_what_the_hardware_could_not_receive(codes, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        band_pass(codes, CONFIGS["default"])
