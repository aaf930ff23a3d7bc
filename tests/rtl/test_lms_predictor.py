import numpy as np
import pytest

from rtl.coding_streams import Kind, coding_layout
from rtl.lms_predictor import LmsPredictor, LmsPredictorConfig
from verification.coding_stimuli import coding_packets
from verification.golden.dpcm_predictor import header_predictions, wrapped
from verification.golden.lms_predictor import lms_adapt, lms_prediction, lms_predictor
from verification.lms_stimuli import growing_differences
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIGS = {
    "three_channels": LmsPredictorConfig(channels=3, taps=4, weight_fraction_bits=4),
    "one_channel": LmsPredictorConfig(channels=1, taps=2, weight_fraction_bits=5),
    "widest": LmsPredictorConfig(channels=2, sample_width=16, weight_fraction_bits=14),
    "narrowest": LmsPredictorConfig(channels=3, sample_width=2, taps=2, weight_fraction_bits=4),
}
ADAPTIVE = 8  # in the second byte of a header


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


def stimuli(config, packets=6):
    sizes = config.sample_width, config.channels, 1
    return coding_packets(*sizes, packets, rng=np.random.default_rng(71))


def one_packet(config, differences, *, said=ADAPTIVE):
    """Return the beats of a packet of channel 0: a header, zero, and ``differences``."""
    layout = coding_layout(config.sample_width, config.channels)
    beats = np.zeros(9 + len(differences), dtype=payload_dtype(layout))
    beats["value"][1] = said
    beats["kind"][8:] = Kind.SAMPLE.value
    beats["restart"][8] = beats["fresh"][8] = 1
    beats["value"][9:] = differences
    return beats


def residuals(config, differences):
    return lms_predictor(one_packet(config, differences), config)["value"][9:]


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    beats = stimuli(config)

    received = transfer(LmsPredictor(config), beats, rng=np.random.default_rng(72), pace=pace)

    np.testing.assert_array_equal(received, lms_predictor(beats, config))


@pytest.mark.parametrize(("alternating", "lowest"), [(False, 0), (True, -32)])
def test_weights_saturate(alternating, lowest):
    config = LmsPredictorConfig(channels=1, taps=2, weight_fraction_bits=4)
    differences, extremes = growing_differences(config, alternating=alternating, count=80)
    beats = one_packet(config, differences)

    received = transfer(LmsPredictor(config), beats, rng=np.random.default_rng(73))

    assert extremes.tolist() == [lowest, 31]
    np.testing.assert_array_equal(received, lms_predictor(beats, config))


def test_golden_equals_the_algorithm_in_exact_fractions():
    """Without state from call to call, without a multiple of anything: w and x as they are."""
    config = LmsPredictorConfig(channels=1)
    rng = np.random.default_rng(74)
    differences = np.rint(np.convolve(rng.normal(0, 9, 600), [1, 0.8, 0.3])).astype(np.int64)

    found = residuals(config, differences)

    weights = np.zeros(8)
    for n, difference in enumerate(differences):
        before = np.append(np.zeros(8), differences[:n])[:-9:-1] if n else np.zeros(8)
        residual = difference - np.floor(weights @ before + 0.5)
        assert found[n] == residual
        weights += np.sign(residual) * np.sign(before) / 512


def test_what_is_learnt_makes_residuals_small():
    """Coloured noise of 18 LSB: near the standard deviation of what cannot be known, 10 LSB."""
    config = LmsPredictorConfig(channels=1, sample_width=12)
    rng = np.random.default_rng(75)
    unknown = rng.normal(0, 10, 30_000)
    differences = np.zeros(len(unknown))
    for n in range(2, len(unknown)):
        differences[n] = 1.2 * differences[n - 1] - 0.6 * differences[n - 2] + unknown[n]
    coded = residuals(config, np.rint(differences).astype(np.int64))

    assert np.std(differences) > 1.6 * np.std(unknown)
    assert np.std(coded[5000:]) < 1.05 * np.std(unknown)


def test_golden_can_be_inverted_step_by_step(config):
    beats = stimuli(config, packets=20)
    said = header_predictions(beats)
    coded = lms_predictor(beats, config)
    weights = np.zeros((config.channels, config.taps), dtype=np.int32)
    history = np.zeros_like(weights)
    adaptive = {}
    decoded = coded.copy()

    for n in np.flatnonzero(beats["kind"] == Kind.SAMPLE.value):
        channel, residual = int(coded["channel"][n]), int(coded["value"][n])
        if coded["fresh"][n]:
            adaptive[channel] = bool(said[n] & ADAPTIVE)
            weights[channel] = 0
        if coded["restart"][n]:
            history[channel] = 0
        elif adaptive[channel]:
            bits = config.weight_fraction_bits
            expected = lms_prediction(weights, history, channel, bits)
            difference = wrapped(residual + expected, config.sample_width)
            lms_adapt(weights, history, channel, difference, residual, bits)
            decoded["value"][n] = difference

    np.testing.assert_array_equal(decoded, beats)
    assert (coded["value"] != beats["value"]).any()


def test_packets_that_do_not_ask_for_it_pass_as_they_are(config):
    beats = one_packet(config, np.arange(40) % 2, said=255 - ADAPTIVE)
    dut = LmsPredictor(config)

    received = transfer(dut, beats, rng=np.random.default_rng(76))

    np.testing.assert_array_equal(received, beats)
    assert cycles_per_payload(LmsPredictor(config), beats) == 1.0


def test_latency_is_as_declared():
    beats = one_packet(LmsPredictorConfig(), [1])
    names = beats.dtype.names or ()
    sample = beats[-1]

    async def header(ctx):
        for beat in beats[:9]:
            ctx.set(dut.i.payload, {name: int(beat[name]) for name in names})
            ctx.set(dut.i.valid, 1)
            ctx.set(dut.o.ready, 1)
            while True:
                _, _, ready = await ctx.tick().sample(dut.i.ready)
                if ready:
                    break
        ctx.set(dut.i.valid, 0)
        while not ctx.get(dut.o.valid):
            await ctx.tick()
        await ctx.tick()

    dut = LmsPredictor()
    assert first_output_delay_cycles(dut, sample, before=header) == LmsPredictor.latency


def test_an_adaptive_sample_takes_a_cycle_a_tap_and_one_more(config):
    short, long = (one_packet(config, np.zeros(count, dtype=np.int64)) for count in (10, 60))

    cycles = [
        cycles_per_payload(LmsPredictor(config), beats) * len(beats) for beats in (short, long)
    ]

    assert cycles[1] - cycles[0] == 50 * (config.taps + 1)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"sample_width": 17}, r"sample_width must be in 2\.\.16, not 17"),
        ({"taps": 64}, r"taps must be in 2\.\.32, not 64"),
        ({"taps": 12}, "taps must be a power of two, not 12"),
        ({"weight_fraction_bits": 15}, r"weight_fraction_bits must be in 4\.\.14, not 15"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        LmsPredictorConfig(**fields)
