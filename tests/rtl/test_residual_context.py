import numpy as np
import pytest

from rtl.coding_streams import Kind, coding_layout
from rtl.residual_context import ResidualContext, ResidualContextConfig
from verification.coding_stimuli import coding_packets
from verification.golden.residual_context import (
    context_of,
    next_activity,
    next_negative,
    residual_context,
    turned,
)
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIGS = {
    "three_channels": ResidualContextConfig(channels=3),
    "one_channel_short": ResidualContextConfig(channels=1, sample_width=12, window_shift=1),
    "widest": ResidualContextConfig(channels=2, sample_width=16, window_shift=2),
    "longest": ResidualContextConfig(channels=1, sample_width=9, window_shift=7),
    "narrowest": ResidualContextConfig(channels=2, sample_width=2),
}


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


def stimuli(config, packets=7):
    beats = coding_packets(
        config.sample_width, config.channels, 1, packets, rng=np.random.default_rng(61)
    )
    loud = residuals(config, np.full(60, -1 << (config.sample_width - 1)))
    return np.concatenate([beats, loud])


def residuals(config, values, fresh=True):
    layout = coding_layout(config.sample_width, config.channels)
    beats = np.zeros(len(values), dtype=payload_dtype(layout))
    beats["kind"], beats["value"] = Kind.SAMPLE.value, values
    beats["restart"][0] = beats["fresh"][0] = fresh
    return beats


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    beats = stimuli(config)

    received = transfer(ResidualContext(config), beats, rng=np.random.default_rng(62), pace=pace)

    np.testing.assert_array_equal(received, residual_context(beats, config))


def test_every_context_begins_at_its_half_octave():
    levels = np.arange(1, 1 << 17)

    contexts = [context_of(int(level), 0) for level in levels]

    octave = np.floor(np.log2(levels)).astype(int)
    upper_half = (levels >= 1.5 * 2.0**octave) & (levels > 1)
    expected = np.where(levels == 1, 1, 2 * octave + upper_half)
    np.testing.assert_array_equal(contexts, np.minimum(expected, 31))
    assert context_of(0, 0) == 0


@pytest.mark.parametrize("window_shift", [1, 3, 7])
@pytest.mark.parametrize("magnitude", [0, 1, 5, 256])
def test_the_activity_becomes_that_of_a_constant_magnitude(magnitude, window_shift):
    activity = 1 << (window_shift + 9)

    for _ in range(40 << window_shift):
        activity = next_activity(activity, -magnitude, window_shift)

    assert activity >> window_shift == 4 * magnitude


def test_no_residual_overflows_the_activity(config):
    activity, largest = config.start_activity, 1 << (config.sample_width - 1)
    for _ in range(40 << config.window_shift):
        activity = next_activity(activity, -largest, config.window_shift)

    assert activity < 1 << config.activity_width


def test_a_residual_is_turned_by_the_sign_of_the_last_that_was_not_zero():
    config = ResidualContextConfig(channels=1)

    symbols = residual_context(residuals(config, [-9, 4, 3, -2, 0, 5, -256, -256]), config)

    assert symbols["value"].tolist() == [-9, 4, 3, -2, 0, -5, -256, -256]


def test_a_restart_has_a_context_of_its_own_and_is_forgotten():
    config = ResidualContextConfig(channels=1)
    quiet = residuals(config, [0, 1, -1, 1, -2])
    raw = residuals(config, [-200])
    raw["fresh"] = 0
    after = residuals(config, [3], fresh=False)

    with_raw = residual_context(np.concatenate([quiet, raw, after]), config)
    without = residual_context(np.concatenate([quiet, after]), config)

    assert with_raw[-2]["context"] == config.restart_context
    assert with_raw[-2]["value"] == -200
    assert with_raw[-1] == without[-1]


def test_a_fresh_sample_forgets_what_was_before():
    config = ResidualContextConfig(channels=1)
    one, other = residuals(config, [0, -200, -200]), residuals(config, [1, 2, 3, -4])

    symbols = residual_context(np.concatenate([one, other]), config)

    np.testing.assert_array_equal(symbols[3:], residual_context(other, config))


def test_golden_can_be_followed_step_by_step(config):
    beats = stimuli(config, packets=20)
    symbols = residual_context(beats, config)
    width, shift = config.sample_width, config.window_shift
    activity, negative = {}, {}

    for beat, symbol in zip(beats, symbols, strict=True):
        if beat["kind"] != Kind.SAMPLE.value:
            assert symbol["value"] == beat["value"]
            assert symbol["context"] == 0
            continue
        channel = int(beat["channel"])
        if beat["fresh"]:
            activity[channel], negative[channel] = config.start_activity, False
        if beat["restart"]:
            assert symbol["value"] == beat["value"]
            continue
        residual = turned(int(symbol["value"]), negative[channel], width)
        assert residual == beat["value"]
        assert symbol["context"] == context_of(activity[channel], shift)
        activity[channel] = next_activity(activity[channel], residual, shift)
        negative[channel] = next_negative(negative[channel], residual)


def test_latency_is_as_declared(config):
    beat = residuals(config, [1])[0]

    assert first_output_delay_cycles(ResidualContext(config), beat) == ResidualContext.latency


def test_throughput_is_one_beat_a_cycle(config):
    assert cycles_per_payload(ResidualContext(config), stimuli(config, 3)) == 1.0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"sample_width": 1}, r"sample_width must be in 2\.\.16, not 1"),
        ({"window_shift": 8}, r"window_shift must be in 1\.\.7, not 8"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        ResidualContextConfig(**fields)
