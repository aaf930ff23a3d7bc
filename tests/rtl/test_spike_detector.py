from fractions import Fraction
from math import floor

import numpy as np
import pytest

from rtl.detector_settings import DetectorControl, DetectorMode
from rtl.spike_detector import SpikeDetector, SpikeDetectorConfig
from verification.golden.spike_detector import SpikeDetectorModel, spike_detector
from verification.pacing import PACES
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIG = SpikeDetectorConfig(channels=3, sample_width=9)


def control(**changes):
    values = {
        "mode": DetectorMode.SMOOTHED_NEO,
        "lag": 1,
        "adaptive": True,
        "floor": 0,
        "mean_shift": 6,
        "peak_window": 5,
        "refractory": 8,
        "warm_up": 20,
    }
    return DetectorControl(**{**values, **changes})


CASES = {
    "smoothed_adaptive": (CONFIG, control(), 80),
    "quiet_floor": (CONFIG, control(floor=128, mean_shift=9), 40),
    "highest_floor_long_settling": (
        CONFIG,
        control(mode=DetectorMode.ABSOLUTE, floor=255, warm_up=90),
        17,
    ),
    "neo_lag_4": (CONFIG, control(mode=DetectorMode.NEO, lag=4), 100),
    "smoothed_lag_3_long_dead_time": (CONFIG, control(lag=3, refractory=30), 60),
    "unused_bits_of_a_multiplier": (CONFIG, control(), 80 + (0x2A5 << 12)),
    "absolute_adaptive": (CONFIG, control(mode=DetectorMode.ABSOLUTE), 56),
    "absolute_fixed": (
        CONFIG,
        control(mode=DetectorMode.ABSOLUTE, adaptive=False, peak_window=1, refractory=1),
        100,
    ),
    "neo_fixed_no_warm_up": (
        CONFIG,
        control(mode=DetectorMode.NEO, adaptive=False, warm_up=0),
        9_000,
    ),
    "mean_that_never_averages": (CONFIG, control(mean_shift=0, warm_up=0), 17),
    "one_channel_lag_2": (SpikeDetectorConfig(channels=1), control(lag=2), 80),
    "two_sums_of_eight": (
        SpikeDetectorConfig(channels=2, sample_width=4, smoothing_samples=8),
        control(),
        48,
    ),
}


def spiky_samples(config, *, frames, rng):
    """Noise with spikes of either sign, pairs closer than any dead time, and full-scale corners."""
    limit = 1 << (config.sample_width - 1)
    samples = rng.normal(0, limit / 24, (frames, config.channels))
    shape = limit * 0.9 * np.array([0.2, 0.7, 1.0, 0.5, -0.1, -0.3, -0.1])
    for channel in range(config.channels):
        for start in range(25 + channel, frames - 20, 40):
            sign = rng.choice([-1, 1])
            samples[start : start + 7, channel] += sign * shape
            if start % 3 == 0:
                later = start + rng.integers(3, 12)
                samples[later : later + 7, channel] += sign * shape
    # The last three have the largest energy there is.
    corner = [limit - 1, -limit, limit - 1, -limit, 0, 0, 0, 0, limit - 1, -limit, -limit]
    samples[-len(corner) :, :] = np.array(corner)[:, np.newaxis]
    return np.clip(np.rint(samples), -limit, limit - 1).astype(np.int64)


def beats(samples):
    return [
        {"sample": int(samples[n, c]), "channel": c, "restart": int(n == 0)}
        for n in range(len(samples))
        for c in range(samples.shape[1])
    ]


def set_up(dut, settings, thresholds, enabled):
    """Write control and table as the register bank does."""

    async def before(ctx):
        for name, value in vars(settings).items():
            ctx.set(dut.control[name], int(value))
        for channel in range(dut.config.channels):
            ctx.set(dut.table.index, channel)
            ctx.set(
                dut.table.write_data,
                {"enable": int(enabled[channel]), "threshold": int(thresholds[channel])},
            )
            ctx.set(dut.table.write_valid, 1)
            await ctx.tick()
        ctx.set(dut.table.write_valid, 0)

    return before


def expected_spikes(samples, config, settings, threshold):
    """One channel, written from the definitions with exact numbers and no state."""
    x = {n: int(value) for n, value in enumerate(samples)}
    k, frames = settings.lag, range(len(samples))

    def energy(n):
        return max(0, x.get(n - k, 0) ** 2 - x.get(n, 0) * x.get(n - 2 * k, 0)) if n >= 0 else 0

    length = config.smoothing_samples
    triangle = [length - abs(length - 1 - j) for j in range(2 * length - 1)]
    level = {
        DetectorMode.ABSOLUTE: [abs(x[n]) for n in frames],
        DetectorMode.NEO: [energy(n) for n in frames],
        DetectorMode.SMOOTHED_NEO: [
            sum(weight * energy(n - j) for j, weight in enumerate(triangle)) for n in frames
        ],
    }[settings.mode]

    unit = Fraction(1, 1 << config.mean_fraction_bits)
    settle = settings.warm_up // 16
    mean, quiet, above = Fraction(0), Fraction(0), []
    for n in frames:
        limit = Fraction(threshold)
        if settings.adaptive:
            over_mean = Fraction(threshold % 4096, 16) * Fraction(floor(mean * 16), 16)
            over_quiet = Fraction(settings.floor, 16) * Fraction(floor(quiet * 16), 16)
            limit = max(over_mean, over_quiet)
        warm = n >= settings.warm_up
        above.append(warm and level[n] > limit)
        if n >= settle:
            shift = min(settings.mean_shift, (n - settle + 1).bit_length() - 1)
            clipped = min(level[n], 2 * floor(quiet) + 16) if warm else level[n]
            mean += floor((level[n] - mean) / 2**shift / unit) * unit
            quiet += floor((clipped - quiet) / 2**shift / unit) * unit

    reports, n, alive_from = [], 0, 0
    while n < len(samples):
        if n < alive_from or not above[n]:
            n += 1
            continue
        peak = n
        while True:  # climb until nothing larger follows within the window
            larger = [
                m
                for m in range(peak + 1, min(peak + settings.peak_window, frames[-1]) + 1)
                if level[m] > level[peak]
            ]
            if not larger:
                break
            peak = larger[0]
        if peak + settings.peak_window <= frames[-1]:
            reports.append(peak + settings.peak_window)
        alive_from = peak + max(settings.refractory, settings.peak_window + 1)
        n = alive_from
    return reports


@pytest.fixture(params=CASES.values(), ids=list(CASES))
def case(request):
    return request.param


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(case, pace):
    config, settings, threshold = case
    rng = np.random.default_rng(21)
    samples = spiky_samples(config, frames=240, rng=rng)
    thresholds = threshold + np.arange(config.channels)
    enabled = np.arange(config.channels) != 1
    dut = SpikeDetector(config)

    received = transfer(
        dut,
        beats(samples),
        rng=rng,
        pace=pace,
        before=set_up(dut, settings, thresholds, enabled),
    )

    found = spike_detector(samples, config, settings, thresholds, enabled)
    np.testing.assert_array_equal(received["spike"].reshape(samples.shape), found.spikes)
    for field in ("sample", "channel", "restart"):
        assert received[field].tolist() == [beat[field] for beat in beats(samples)]
    assert found.spikes[:, 0].any()
    assert not found.spikes[:, ~enabled].any()


def test_golden_matches_the_definitions_in_exact_numbers(case):
    config, settings, threshold = case
    samples = spiky_samples(config, frames=600, rng=np.random.default_rng(22))

    found = spike_detector(samples, config, settings, threshold)

    for channel in range(config.channels):
        expected = expected_spikes(samples[:, channel], config, settings, threshold)
        assert np.flatnonzero(found.spikes[:, channel]).tolist() == expected
        assert len(expected) >= 3


def test_golden_matches_worked_example_of_the_energy_operator():
    """For A cos(w n) Kaiser's operator is the constant A**2 sin(w)**2 (lag 1)."""
    config = SpikeDetectorConfig(channels=1, sample_width=15)
    amplitude, rate = 10_000, 0.3
    samples = np.rint(amplitude * np.cos(rate * np.arange(200))).reshape(-1, 1)

    found = spike_detector(
        samples.astype(int), config, control(mode=DetectorMode.NEO, warm_up=500), 16
    )

    # Rounding each sample by up to 1/2 changes the energy by at most 2 * amplitude.
    expected = (amplitude * np.sin(rate)) ** 2
    assert np.abs(found.level[2:, 0] - expected).max() <= 2 * amplitude + 1


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (control(mode=DetectorMode.ABSOLUTE, peak_window=2, refractory=2), [12, 17]),
        (control(mode=DetectorMode.ABSOLUTE, peak_window=2, refractory=5), [12, 17]),
        (control(mode=DetectorMode.ABSOLUTE, peak_window=2, refractory=6), [12]),
        (control(mode=DetectorMode.ABSOLUTE, peak_window=5, refractory=5), [20]),
    ],
    ids=["two_peaks", "at_the_end_of_dead_time", "within_dead_time", "larger_within_window"],
)
def test_golden_matches_worked_example_of_peak_picking(settings, expected):
    samples = np.zeros((30, 1), dtype=int)
    samples[[9, 10, 11, 15], 0] = [20, 60, 50, 70]
    settings = DetectorControl(**{**vars(settings), "adaptive": False, "warm_up": 0})

    found = spike_detector(samples, SpikeDetectorConfig(channels=1), settings, 10)

    assert np.flatnonzero(found.spikes).tolist() == expected


def test_mean_with_20_fraction_bits_does_not_drift():
    """A constant level of 5 is a mean of 5 after any time, where 8 bits would fall to zero."""
    config = SpikeDetectorConfig(channels=1)
    settings = control(mode=DetectorMode.ABSOLUTE, mean_shift=14, warm_up=0)
    model = SpikeDetectorModel(config, settings, 16)

    model.process(np.full((400_000, 1), 5))

    # The floor takes at most one unit of 2**-20 a step, and stops 2**14 units below: 1/64.
    assert 5 - 2**-6 <= model.mean[0] <= 5


def test_quiet_mean_forgets_no_noise_and_sees_no_spikes():
    """Spikes of a thousand times the level, one frame in 50, double the quiet mean at most."""
    config = SpikeDetectorConfig(channels=1)
    settings = control(mode=DetectorMode.ABSOLUTE, mean_shift=10, warm_up=32)
    model = SpikeDetectorModel(config, settings, 16)
    samples = np.full((60_000, 1), 4)
    samples[1_000::50] = 4_000

    model.process(samples)

    # Each spike adds what is clipped, 2 q + 16 - q: q (1 - 1/50) = 4 (49/50) + 16/50 at rest.
    assert model.quiet_mean[0] == pytest.approx((4 * 49 + 16) / 48, rel=0.1)
    assert model.mean[0] > 80


def test_quiet_mean_leaves_zero_when_a_dead_channel_comes_alive():
    config = SpikeDetectorConfig(channels=1)
    settings = control(mode=DetectorMode.ABSOLUTE, mean_shift=8, warm_up=32)
    model = SpikeDetectorModel(config, settings, 16)

    model.process(np.zeros((1_000, 1), dtype=int))
    model.process(np.full((10_000, 1), 500))

    assert model.quiet_mean[0] == pytest.approx(500, rel=0.01)


def test_latency_and_throughput_are_as_declared():
    beat = {"sample": 1, "channel": 0, "restart": 1}

    assert first_output_delay_cycles(SpikeDetector(CONFIG), beat) == SpikeDetector.latency
    assert cycles_per_payload(SpikeDetector(CONFIG), [beat] * 50) == 1.0


@pytest.mark.parametrize("mode", list(DetectorMode))
@pytest.mark.parametrize("lag", [1, 4])
def test_peak_delay_port_is_the_delay_of_the_golden_model(mode, lag):
    dut = SpikeDetector(CONFIG)
    settings = control(mode=mode, lag=lag)
    seen = []

    async def before(ctx):
        await set_up(dut, settings, [16] * 3, [1] * 3)(ctx)
        seen.append(ctx.get(dut.peak_delay))

    transfer(dut, beats(np.zeros((1, 3), dtype=int)), rng=np.random.default_rng(0), before=before)

    assert seen == [settings.peak_delay(CONFIG.smoothing_samples)]


@pytest.mark.parametrize("mode", list(DetectorMode))
def test_a_symmetric_spike_is_timed_at_its_peak(mode):
    samples = np.zeros((60, 1), dtype=int)
    samples[27:34, 0] = [-20, -90, -170, -200, -170, -90, -20]
    settings = control(mode=mode, adaptive=False, warm_up=0, refractory=30)
    config = SpikeDetectorConfig(channels=1)

    found = spike_detector(samples, config, settings, 100)

    reported = np.flatnonzero(found.spikes[:, 0])
    assert (reported - settings.peak_delay(config.smoothing_samples)).tolist() == [30]


def test_state_is_carried_from_block_to_block(case):
    config, settings, threshold = case
    samples = spiky_samples(config, frames=300, rng=np.random.default_rng(23))
    model = SpikeDetectorModel(config, settings, threshold)
    cuts = [(0, 1), (1, 1), (1, 7), (7, 150), (150, 300)]

    in_blocks = [model.process(samples[a:b]).spikes for a, b in cuts]

    whole = spike_detector(samples, config, settings, threshold)
    np.testing.assert_array_equal(np.concatenate(in_blocks), whole.spikes)


def test_the_largest_energy_is_held():
    config = SpikeDetectorConfig(channels=1, sample_width=4, smoothing_samples=2)
    settings = control(mode=DetectorMode.NEO, adaptive=False, warm_up=0, peak_window=1)
    samples = np.array([[7, -8, -8, 0, 0, 0]]).T
    largest = 8 * 8 + 7 * 8

    for threshold, spikes in ((largest - 1, [3]), (largest, [])):
        dut = SpikeDetector(config)
        before = set_up(dut, settings, [threshold], [True])

        received = transfer(dut, beats(samples), rng=np.random.default_rng(0), before=before)

        assert np.flatnonzero(received["spike"]).tolist() == spikes


@pytest.mark.parametrize("thresholds", [-1, [1 << 31, 2, 3]])
def test_golden_rejects_thresholds_that_no_register_holds(thresholds):
    message = r"^thresholds must be in 0\.\.2147483647, not (-1\.\.-1|2\.\.2147483648)$"

    with pytest.raises(ValueError, match=message):
        SpikeDetectorModel(CONFIG, control(), thresholds)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 1025}, r"channels must be in 1\.\.1024, not 1025"),
        ({"sample_width": 1}, r"sample_width must be in 2\.\.16, not 1"),
        ({"smoothing_samples": 1}, r"smoothing_samples must be in 2\.\.8, not 1"),
        ({"mean_fraction_bits": 8}, r"mean_fraction_bits must be in 16\.\.24, not 8"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        SpikeDetectorConfig(**fields)
