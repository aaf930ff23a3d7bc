from dataclasses import replace
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from rtl.lfp_decimator import LfpDecimator, LfpDecimatorConfig
from verification.golden.lfp_decimator import LfpDecimatorModel, lfp_decimator
from verification.pacing import PACES
from verification.stimuli import corner_codes, sample_records
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIGS = {
    "default": LfpDecimatorConfig(channels=3),
    "one_channel_by_four": LfpDecimatorConfig(
        channels=1, sample_width=9, output_width=9, sampling_rate_hz=4e3, decimation=4
    ),
    "twelve_bits_by_twenty": LfpDecimatorConfig(
        channels=2, sample_width=12, sampling_rate_hz=20e3, decimation=20
    ),
}


def recording(config, periods=6):
    """Return every corner, one after the other."""
    corners = corner_codes(
        channels=config.channels,
        width=config.sample_width,
        frames=periods * config.decimation,
        rng=np.random.default_rng(41),
    )
    return np.concatenate(list(corners.values()))


def driven_furthest(config):
    """Return the codes that make the last output as large as any can, and their sum exactly."""
    limit = 1 << (config.sample_width - 1)
    reversed_response = config.impulse_response[::-1]
    reversed_response = np.pad(reversed_response, (-len(reversed_response) % config.decimation, 0))
    codes = np.where(reversed_response > 0, limit - 1, -limit)
    return codes, int(codes @ reversed_response)


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden_in_every_corner(config, pace):
    codes = recording(config, periods=2)

    received = transfer(
        LfpDecimator(config),
        sample_records(codes, width=config.sample_width),
        rng=np.random.default_rng(42),
        pace=pace,
    )

    expected = sample_records(
        lfp_decimator(codes, config).astype(np.int64), width=config.output_width
    )
    np.testing.assert_array_equal(received, expected)


def test_a_restart_forgets_the_channel_in_the_middle_of_a_period():
    config = CONFIGS["one_channel_by_four"]
    codes = np.random.default_rng(43).integers(-256, 256, (31, 1))
    records = sample_records(codes, width=9)

    received = transfer(
        LfpDecimator(config), np.concatenate((records, records)), rng=np.random.default_rng(0)
    )

    assert np.flatnonzero(received["restart"]).tolist() == [0, 7]
    np.testing.assert_array_equal(received["sample"][7:], received["sample"][:7])


def test_latency_is_as_declared(config):
    first = np.zeros((config.decimation - 1, config.channels))
    records = sample_records(first.astype(int), width=config.sample_width)
    dut = LfpDecimator(config)

    async def all_but_the_last(ctx):
        for record in records[records["channel"] == 0]:
            ctx.set(dut.i.payload, {name: int(record[name]) for name in record.dtype.names})
            ctx.set(dut.i.valid, 1)
            await ctx.tick()
            while not ctx.get(dut.i.ready):
                await ctx.tick()
        ctx.set(dut.i.valid, 0)
        for _ in config.taps:  # until the multiplier is free
            await ctx.tick()

    delay = first_output_delay_cycles(
        dut, {"sample": 0, "channel": 0, "restart": 0}, before=all_but_the_last
    )

    assert delay == LfpDecimator.latency


def test_the_multiplier_is_what_is_waited_for():
    config = LfpDecimatorConfig()
    codes = np.zeros((96, config.channels), dtype=int)
    in_a_period = config.comb_decimation * config.channels

    cycles = cycles_per_payload(LfpDecimator(config), sample_records(codes, width=10))

    # The values of a frame come together: all but the last wait for the one before.
    occupied = len(config.taps) // 2 + 1
    waited = (config.channels - 1) * (occupied - 1)
    assert cycles == pytest.approx(1 + waited / in_a_period, abs=8 / len(codes.ravel()))
    assert occupied == 7
    assert config.comb_decimation == 12


def test_golden_equals_the_definition_in_rational_numbers(config):
    codes = recording(config, periods=3)[:, :1]
    config = replace(config, channels=1)
    kernel, taps = config.comb_kernel.tolist(), config.taps
    period = config.comb_decimation

    def rounded(exact):
        return floor(exact + Fraction(1, 2))

    def at(sequence, n):
        return int(sequence[n]) if n >= 0 else 0

    values = [
        rounded(
            sum(
                Fraction(weight * at(codes[:, 0], last - age), 1 << config.comb_shift)
                for age, weight in enumerate(kernel)
            )
        )
        for last in range(period - 1, len(codes), period)
    ]
    exact = [
        rounded(
            sum(
                Fraction(tap * at(values, last - age), 1 << config.tap_shift)
                for age, tap in enumerate(taps)
            )
        )
        for last in range(1, len(values), 2)
    ]

    expected = np.clip(exact, config.output_min, config.output_max)
    np.testing.assert_array_equal(lfp_decimator(codes, config)[:, 0], expected)


def test_a_tone_of_the_pass_band_is_kept_and_what_folds_onto_it_is_not():
    config = LfpDecimatorConfig(channels=1, sample_width=12, output_width=16)
    seconds = np.arange(24_000) / config.sampling_rate_hz
    # 200 Hz, and the frequencies that fold onto it: the multiples of 1 kHz less or more 200 Hz.
    for tone_hz, low, high in (
        (200, 0.99, 1.01),
        (800, 0, 1e-3),
        (1_200, 0, 1e-3),
        (2_200, 0, 1e-3),
    ):
        codes = np.rint(2_000 * np.sin(2 * np.pi * tone_hz * seconds)).astype(int)

        settled = lfp_decimator(codes[:, np.newaxis], config)[100:, 0] / 16

        # Rounding to codes, in and out, adds less than 0.02 of 2000.
        assert low - 1e-4 <= np.std(settled) * 2**0.5 / 2_000 <= high + 1e-4


def test_full_scale_stays_full_scale():
    config = LfpDecimatorConfig(channels=2)
    steps = np.tile([-512, 511], (24 * 20, 1))

    settled = lfp_decimator(steps, config)[-5:]

    # The gain at 0 Hz is one but for the ripple: 0.1 dB of 4096 are 47.
    np.testing.assert_allclose(settled, np.tile([-4096, 4088], (5, 1)), atol=47)


def test_no_input_can_overflow_a_sum(config):
    """The sum of the taps holds the worst of all inputs, with less than two bits to spare."""
    _, exact = driven_furthest(config)
    limit = 1 << (config.sum_width - 1)

    reached = exact / 2**config.comb_shift

    assert limit / 4 < reached < limit - (1 << config.tap_shift >> 1)


def test_the_worst_of_all_inputs_saturates(config):
    codes, exact = driven_furthest(config)
    codes = np.tile(codes[:, np.newaxis], config.channels)

    received = transfer(
        LfpDecimator(config),
        sample_records(codes, width=config.sample_width),
        rng=np.random.default_rng(0),
    )

    assert exact / 2.0 ** (config.comb_shift + config.tap_shift) > config.output_max
    assert received["sample"][-1] == config.output_max


def test_state_is_carried_from_block_to_block(config):
    codes = recording(config)
    model = LfpDecimatorModel(config)

    in_blocks = [model.process(codes[a:b]) for a, b in ((0, 1), (1, 1), (1, 100), (100, None))]

    np.testing.assert_array_equal(np.concatenate(in_blocks), lfp_decimator(codes, config))


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.zeros((4, 2)), r"codes must have shape \(frames, 3\), not \(4, 2\)"),
        (np.full((4, 3), 512), r"codes must be in -512\.\.511, not 512\.\.512"),
    ],
)
def test_golden_rejects_what_the_hardware_could_not_receive(codes, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        lfp_decimator(codes, CONFIGS["default"])
