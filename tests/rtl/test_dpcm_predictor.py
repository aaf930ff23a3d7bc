import numpy as np
import pytest

from rtl.coding_streams import Kind, coding_layout
from rtl.dpcm_predictor import DpcmPredictor, DpcmPredictorConfig
from verification.coding_stimuli import coding_packets
from verification.golden.dpcm_predictor import (
    cross_term,
    dpcm_predictor,
    header_predictions,
    prediction,
    wrapped,
)
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIGS = {
    "three_channels": DpcmPredictorConfig(channels=3),
    "pairs": DpcmPredictorConfig(channels=5, packet_channels=2, sample_width=12, cross_eighths=3),
    "one_group": DpcmPredictorConfig(channels=3, packet_channels=4, cross_eighths=7),
    "widest": DpcmPredictorConfig(channels=1, sample_width=16),
    "narrowest": DpcmPredictorConfig(channels=2, packet_channels=2, sample_width=2),
}


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


def stimuli(config, packets=7):
    sizes = config.sample_width, config.channels, config.packet_channels
    return coding_packets(*sizes, packets, rng=np.random.default_rng(51))


def one_packet(config, samples, *, order, cross=False):
    """Return the beats of a packet: a header, and one row of ``samples`` for each channel."""
    frames, channels = np.shape(samples)
    beats = np.zeros(8 + frames * channels, payload_dtype(coding_layout(config.sample_width, 4)))
    beats["value"][1] = order + 4 * cross
    payload = beats[8:]
    payload["kind"] = Kind.SAMPLE.value
    payload["value"] = np.ravel(samples)
    payload["channel"] = np.tile(np.arange(channels), frames)
    payload["restart"][:channels] = payload["fresh"][:channels] = 1
    return beats


def residuals(config, samples, **settings):
    beats = dpcm_predictor(one_packet(config, samples, **settings), config)
    return beats["value"][8:].reshape(np.shape(samples))


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    beats = stimuli(config)

    received = transfer(DpcmPredictor(config), beats, rng=np.random.default_rng(52), pace=pace)

    np.testing.assert_array_equal(received, dpcm_predictor(beats, config))


@pytest.mark.parametrize("order", range(4))
def test_golden_is_the_finite_difference(order):
    """From the sample on that has as many before it; modulo the width, wherever it is taken."""
    config = DpcmPredictorConfig(channels=1)
    samples = np.random.default_rng(53).integers(-256, 256, (300, 1))

    found = residuals(config, samples, order=order)

    expected = (np.diff(samples, n=order, axis=0) + 256) % 512 - 256
    np.testing.assert_array_equal(found[order:], expected)
    np.testing.assert_array_equal(found[:order], residuals(config, samples[:order], order=3))


def test_golden_matches_worked_example():
    """A parabola, whose third difference is zero; and a jump over the end of the range."""
    config = DpcmPredictorConfig(channels=1, sample_width=4)
    samples = np.array([[0], [1], [4], [7], [-8]])

    found = [residuals(config, samples, order=order).ravel().tolist() for order in range(4)]

    assert found == [[0, 1, 4, 7, -8], [0, 1, 3, 3, 1], [0, 1, 2, 0, -2], [0, 1, 2, -2, -2]]


def test_golden_subtracts_a_part_of_the_channel_before():
    """Three eighths of its difference, rounded; channels 0 and 2 begin a group."""
    config = DpcmPredictorConfig(channels=4, packet_channels=2, cross_eighths=3)
    samples = [[8, 9, 10, 11], [12, 9, 10, 19]]

    found = residuals(config, samples, order=1, cross=True)

    assert found.tolist() == [[8, 9 - 3, 10, 11 - 4], [4, 0 - 2, 0, 8 - 0]]


def test_golden_can_be_inverted_step_by_step(config):
    beats = stimuli(config, packets=30)
    said = header_predictions(beats)
    coded = dpcm_predictor(beats, config)
    samples = {}
    settings = {}
    before = 0
    decoded = coded.copy()

    for n in np.flatnonzero(beats["kind"] == Kind.SAMPLE.value):
        channel = int(coded["channel"][n])
        if coded["fresh"][n]:
            settings[channel] = int(said[n]) & 3, int(said[n]) & 4
        if coded["restart"][n]:
            samples[channel] = []
        order, cross = settings[channel]
        seen = samples[channel]
        difference = int(coded["value"][n])
        if cross and channel % config.packet_channels:
            difference = wrapped(
                difference + cross_term(before, config.cross_eighths), config.sample_width
            )
        before = difference
        expected = prediction(order, len(seen), *[*seen[::-1], 0, 0, 0][:3])
        value = wrapped(difference + expected, config.sample_width)
        seen.append(value)
        decoded["value"][n] = value

    np.testing.assert_array_equal(decoded, beats)


def test_the_last_verbatim_byte_of_a_packet_is_no_header():
    config = DpcmPredictorConfig(channels=1)
    packet = one_packet(config, [[5], [7]], order=1)
    trailer = packet[:2].copy()
    trailer["value"], trailer["last"] = 3, [0, 1]
    beats = np.concatenate([packet, trailer, packet[8:]])

    received = transfer(DpcmPredictor(config), beats, rng=np.random.default_rng(54))

    assert received["value"][-2:].tolist() == [5, 2]
    np.testing.assert_array_equal(received, dpcm_predictor(beats, config))


def test_latency_is_as_declared(config):
    beat = one_packet(config, [[5]], order=1)[-1]

    assert first_output_delay_cycles(DpcmPredictor(config), beat) == DpcmPredictor.latency


def test_throughput_is_one_beat_a_cycle(config):
    assert cycles_per_payload(DpcmPredictor(config), stimuli(config, 3)) == 1.0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"sample_width": 17}, r"sample_width must be in 2\.\.16, not 17"),
        ({"packet_channels": 3}, "packet_channels must be a power of two, not 3"),
        ({"cross_eighths": 8}, r"cross_eighths must be in 1\.\.7, not 8"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        DpcmPredictorConfig(**fields)
