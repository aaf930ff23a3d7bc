import numpy as np
import pytest

from rtl.coding_streams import Kind
from rtl.nlms_predictor import NlmsPredictor, NlmsPredictorConfig
from verification.coding_stimuli import coding_packets
from verification.golden.dpcm_predictor import header_predictions, wrapped
from verification.golden.nlms_predictor import nlms_adapt, nlms_prediction, nlms_predictor
from verification.nlms_stimuli import ADAPTIVE, difference_packet, learning_packets
from verification.pacing import PACES
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIGS = {
    "three_channels": NlmsPredictorConfig(channels=3, taps=4, step_shift=6),
    "one_channel": NlmsPredictorConfig(channels=1, sample_width=9, taps=2, step_shift=4),
    "widest": NlmsPredictorConfig(
        channels=2, sample_width=16, taps=4, step_shift=14, weight_fraction_bits=10
    ),
    "narrowest": NlmsPredictorConfig(channels=2, sample_width=2, taps=2, weight_fraction_bits=16),
}


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


def any_packets(config):
    sizes = config.sample_width, config.channels, 1
    return coding_packets(*sizes, 6, rng=np.random.default_rng(71))


def stimuli(config):
    """Return packets of any samples, then those whose differences can be learnt."""
    learnt = learning_packets(config, rng=np.random.default_rng(73))
    return np.concatenate((any_packets(config), learnt))


def residuals(config, differences):
    """Return the residuals of differences that follow a fresh sample of channel 0."""
    return nlms_predictor(difference_packet(config, differences), config)["value"][9:]


def coloured(count, *, unknown_lsb, rng):
    """Return noise that an autoregression has coloured."""
    unknown = rng.normal(0, unknown_lsb, count)
    differences = np.zeros(count)
    for n in range(2, count):
        differences[n] = 1.2 * differences[n - 1] - 0.6 * differences[n - 2] + unknown[n]
    return np.rint(differences).astype(np.int64)


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    beats = stimuli(config) if pace is PACES["streaming"] else any_packets(config)

    received = transfer(NlmsPredictor(config), beats, rng=np.random.default_rng(72), pace=pace)

    np.testing.assert_array_equal(received, nlms_predictor(beats, config))


def test_golden_equals_the_algorithm_in_floating_point():
    """Steps that are powers of two, as the definition has them; weights with all their bits."""
    config = NlmsPredictorConfig(channels=1, taps=4, weight_fraction_bits=16)
    differences = coloured(600, unknown_lsb=40, rng=np.random.default_rng(74))

    found = residuals(config, differences)

    weights, history, mean = np.zeros(4), np.zeros(4), 0.0
    for n, difference in enumerate(differences.tolist()):
        expected = weights @ history
        residual = difference - int(np.floor(expected + 0.5))
        # What is cut off weights, half a unit a time, adds up to less than one LSB.
        assert abs(found[n] - residual) <= 1
        mean = (
            np.floor(16 * mean + 16 * (abs(difference) - mean) / 2 ** min(int(np.log2(n + 1)), 6))
            / 16
        )
        octave = np.floor(np.log2(max(mean, 1)))
        power = 2 * octave + (mean >= 1.5 * 2**octave)
        size = min(np.floor(np.log2(abs(found[n]))), octave + 1) if found[n] else -np.inf
        haste = max(0, min(3, 8 - int(np.log2(n + 1))))
        weights += np.sign(found[n]) * 2.0 ** (size - power - 10 + haste) * history
        history = np.append(difference, history[:-1])


def test_what_is_learnt_makes_residuals_small():
    """Near the standard deviation of what cannot be known, at any size of it.

    Steps that never end, and rounding, cost less than 8 %: about a ninth of a bit.
    """
    for unknown_lsb in (3, 100):
        differences = coloured(6_000, unknown_lsb=unknown_lsb, rng=np.random.default_rng(75))

        coded = residuals(NlmsPredictorConfig(channels=1), differences)

        assert np.std(differences) > 1.6 * unknown_lsb
        assert np.std(coded[1_000:]) < 1.08 * unknown_lsb


def test_the_first_steps_are_larger():
    differences = coloured(200, unknown_lsb=50, rng=np.random.default_rng(76))
    slow = NlmsPredictorConfig(channels=1, step_shift=13)

    hasty, patient = (
        np.std(residuals(config, differences)[30:])
        for config in (NlmsPredictorConfig(channels=1), slow)
    )

    assert hasty < 0.8 * np.std(differences)
    assert hasty < patient


def test_weights_saturate(config):
    """One step further than the largest weight that there is."""
    weights = np.full((1, config.taps), 2 << config.weight_fraction_bits, dtype=np.int32) - 1
    history = np.ones((1, config.taps), dtype=np.int32)
    progress = np.array([[16, 0]], dtype=np.int32)

    nlms_adapt(weights, history, progress, 0, 1, 1, 4, config.weight_fraction_bits)

    assert weights.max() == (2 << config.weight_fraction_bits) - 1


def test_golden_can_be_inverted_step_by_step(config):
    beats = stimuli(config)
    said = header_predictions(beats)
    coded = nlms_predictor(beats, config)
    width, bits = config.sample_width, config.weight_fraction_bits
    weights = np.zeros((config.channels, config.taps), dtype=np.int32)
    history, progress = np.zeros_like(weights), np.zeros((config.channels, 2), dtype=np.int32)
    adaptive = {}
    decoded = coded.copy()

    for n in np.flatnonzero(beats["kind"] == Kind.SAMPLE.value):
        channel, residual = int(coded["channel"][n]), int(coded["value"][n])
        if coded["fresh"][n]:
            adaptive[channel] = bool(said[n] & ADAPTIVE)
            weights[channel] = progress[channel] = 0
        if coded["restart"][n]:
            history[channel] = 0
        elif adaptive[channel]:
            expected = nlms_prediction(weights, history, channel, bits, width)
            difference = wrapped(residual + expected, width)
            nlms_adapt(
                weights, history, progress, channel, difference, residual, config.step_shift, bits
            )
            decoded["value"][n] = difference

    np.testing.assert_array_equal(decoded, beats)
    assert (coded["value"] != beats["value"]).any()


def test_packets_that_do_not_ask_for_it_pass_as_they_are(config):
    beats = difference_packet(config, np.arange(40) % 2, said=255 - ADAPTIVE)

    received = transfer(NlmsPredictor(config), beats, rng=np.random.default_rng(76))

    np.testing.assert_array_equal(received, beats)
    assert cycles_per_payload(NlmsPredictor(config), beats) == 1.0


def test_latency_is_as_declared():
    first = difference_packet(NlmsPredictorConfig(), [])[0]

    assert first_output_delay_cycles(NlmsPredictor(), first) == NlmsPredictor.latency


def test_an_adaptive_sample_takes_a_cycle_a_tap_and_one_more(config):
    short, long = (difference_packet(config, np.zeros(count, dtype=np.int64)) for count in (10, 60))

    cycles = [
        cycles_per_payload(NlmsPredictor(config), beats) * len(beats) for beats in (short, long)
    ]

    assert cycles[1] - cycles[0] == 50 * (config.taps + 1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"sample_width": 17}, r"sample_width must be in 2\.\.16, not 17"),
        ({"taps": 256}, r"taps must be in 2\.\.128, not 256"),
        ({"taps": 12}, "taps must be a power of two, not 12"),
        ({"step_shift": 3}, r"step_shift must be in 4\.\.14, not 3"),
        ({"weight_fraction_bits": 9}, r"weight_fraction_bits must be in 10\.\.16, not 9"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        NlmsPredictorConfig(**fields)
