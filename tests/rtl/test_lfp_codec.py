from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.lfp_codec import LfpCodec, LfpCodecConfig
from rtl.lfp_decimator_config import LfpDecimatorConfig
from rtl.packet_settings import PacketSettings
from verification.codec_chain import packets_of_groups
from verification.golden.dpcm_predictor import dpcm_predictor
from verification.golden.golomb_encoder import golomb_encoder
from verification.golden.lfp_codec import LfpCodecModel, coded_frames, lfp_codec
from verification.golden.lfp_decimator import lfp_decimator
from verification.golden.lms_predictor import lms_predictor
from verification.golden.nlms_predictor import nlms_predictor
from verification.golden.packet_framer import packet_framer
from verification.golden.packet_marker import packet_marker
from verification.golden.residual_context import residual_context
from verification.lfp_decoding import decoded_frames
from verification.simulating import run_to_end
from verification.stimuli import sample_records
from verification.stream_drivers import produce
from verification.streams import first_output_delay_cycles

FAST = LfpDecimatorConfig(channels=3, sampling_rate_hz=4e3, decimation=4)
CONFIGS = {
    "one_group": LfpCodecConfig(
        decimator=FAST, packet_channels=4, taps=4, step_shift=7, sign_taps=2, ring_bytes=1024
    ),
    "two_groups": LfpCodecConfig(
        decimator=replace(FAST, sample_width=12),
        packet_channels=2,
        taps=8,
        step_shift=8,
        sign_taps=4,
        ring_bytes=512,
    ),
}
ADAPTIVE = PacketSettings(order=1, adaptive=True)
MOST_CYCLES = 100_000  # several times what the recordings here take
SETTINGS = {
    "adaptive": ADAPTIVE,
    "plain": PacketSettings(order=2),
    "crossed": PacketSettings(order=3, cross=True, adaptive=True),
}


def field_potential(config, frames, *, rng):
    """Return slow noise of a tenth of full scale, a rhythm, and some noise, at the high rate."""
    limit = 1 << (config.decimator.sample_width - 1)
    shape = frames, config.channels
    slow = np.cumsum(rng.normal(size=shape), axis=0)
    slow *= 0.1 * limit / np.std(slow)
    rhythm = np.sin(2 * np.pi * np.arange(frames)[:, None] / rng.uniform(100, 300, shape[1]))
    noise = rng.normal(size=shape)
    return np.clip(np.rint(slow + 0.1 * limit * rhythm + noise), -limit, limit - 1).astype(int)


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


@pytest.mark.parametrize("shift", [0, 3])
def test_matches_golden(config, shift):
    codes = field_potential(config, 4 * 60 + 3, rng=np.random.default_rng(91))
    settings = replace(ADAPTIVE, shift=shift)

    stream, lost = simulated(config, codes, settings, packet_frames=25)

    expected = lfp_codec(codes, config, settings, packet_frames=25)
    assert packets_of_groups(stream) == packets_of_groups(expected)
    assert lost == 0


def simulated(config, codes, settings, *, packet_frames):
    """Return all bytes that the circuit sends, and the frames that it lost."""
    dut = LfpCodec(config)
    sent, lost = bytearray(), 0
    fed = silence = cycles = 0

    async def feed(ctx):
        nonlocal fed
        ctx.set(dut.settings, settings.fields)
        ctx.set(dut.packet_frames, packet_frames)
        records = sample_records(codes, width=config.decimator.sample_width)
        await produce(ctx, dut.i, records, rng=np.random.default_rng(92))
        for _ in range(300):  # until the last sample has come to the marker
            await ctx.tick()
        ctx.set(dut.flush, 1)
        for _ in range(MOST_CYCLES):
            await ctx.tick()
            if ctx.get(dut.flushed):
                break
        fed = 1

    async def drain(ctx):
        nonlocal lost, silence, cycles
        ctx.set(dut.o.ready, 1)
        while silence < 300:
            _, _, valid, word, out, full = await ctx.tick().sample(
                dut.o.valid, dut.o.payload.byte, dut.lost, dut.dropped
            )
            silence = 0 if valid or not fed else silence + 1
            cycles += 1
            if cycles == MOST_CYCLES:
                pytest.fail(f"{len(sent)} bytes came in {MOST_CYCLES} cycles, and no end")
            if valid:
                sent.append(word)
            lost += out + full

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(feed)
    simulator.add_testbench(drain)
    run_to_end(simulator)
    return bytes(sent), lost


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_the_model_takes_a_recording_in_pieces(config, pieces):
    codes = field_potential(config, 4 * 200, rng=np.random.default_rng(96))
    model = LfpCodecModel(config, ADAPTIVE, packet_frames=30)

    stream = b"".join(model.process(part) for part in np.array_split(codes, pieces))

    expected = lfp_codec(codes, config, ADAPTIVE, packet_frames=30)
    assert expected.startswith(stream)
    assert stream + model.finish() == expected


def test_every_packet_says_that_it_is_of_field_potentials(config):
    stream = coded_frames(np.zeros((90, 3), dtype=int), config, ADAPTIVE, packet_frames=30)

    packets = packets_of_groups(stream)
    assert len(packets) == config.groups
    assert all(packet[3] & 0x80 for packets in packets.values() for packet in packets)


def packets_of_blocks(frames, config, settings, *, packet_frames):
    """Return the packets that the models of the blocks make, one after the other."""
    beats = packet_marker(frames, config.marker, settings, packet_frames=packet_frames)
    differences = dpcm_predictor(beats, config.predictor)
    residuals = lms_predictor(nlms_predictor(differences, config.nlms), config.lms)
    coded = golomb_encoder(residual_context(residuals, config.context), config.golomb)
    packets = {}
    for group in range(config.groups):
        of_group = coded[coded["group"] == group]
        bodies = np.split(of_group["byte"].astype(np.uint8), np.flatnonzero(of_group["last"]) + 1)
        packets[group] = [packet_framer(body.tobytes()) for body in bodies[:-1]]
    return packets


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=list(SETTINGS))
def test_fast_model_equals_the_models_of_the_blocks(config, settings):
    rng = np.random.default_rng(93)
    frames = np.concatenate(
        (
            lfp_decimator(field_potential(config, 4 * 500, rng=rng), config.decimator),
            rng.integers(-4096, 4096, (50, 3)),
        )
    )

    stream = coded_frames(frames, config, settings, packet_frames=300)

    expected = packets_of_blocks(frames, config, settings, packet_frames=300)
    assert packets_of_groups(stream) == expected


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=list(SETTINGS))
def test_what_is_sent_is_what_was_decimated(config, settings):
    codes = field_potential(config, 4 * 1_000, rng=np.random.default_rng(93))

    stream = lfp_codec(codes, config, settings, packet_frames=300)

    np.testing.assert_array_equal(
        decoded_frames(stream, config), lfp_decimator(codes, config.decimator)
    )


@pytest.mark.parametrize("shift", range(1, 8))
def test_coarse_samples_are_never_further_off_than_half_their_unit(shift):
    config = CONFIGS["one_group"]
    frames = np.random.default_rng(94).integers(-4096, 4096, (400, 3))
    frames[:2] = [[4095], [-4096]]

    stream = coded_frames(frames, config, replace(ADAPTIVE, shift=shift), packet_frames=150)

    error = decoded_frames(stream, config) - frames
    assert np.max(np.abs(error)) == 1 << (shift - 1)


def test_prediction_saves_more_than_a_bit():
    """Against second differences, headers included, in packets of a second."""
    config = LfpCodecConfig()
    rng = np.random.default_rng(95)
    number = np.arange(4_000)[:, np.newaxis] + rng.uniform(0, 100, 8)
    slow = 300 * np.cumsum(np.cumsum(rng.normal(0, 0.01, (4_000, 8)), axis=0) % 0.2, axis=0) % 1
    rhythms = 500 * np.sin(0.8 * number) + 300 * np.sin(1.9 * number)
    frames = np.rint(rhythms + slow + rng.normal(0, 4, (4_000, 8))).astype(int)

    bits = {
        settings: 8 * len(coded_frames(frames, config, settings, packet_frames=1_000)) / frames.size
        for settings in (ADAPTIVE, PacketSettings(order=2))
    }

    assert bits[ADAPTIVE] < bits[PacketSettings(order=2)] - 1


def test_a_damaged_packet_is_noticed():
    config = CONFIGS["one_group"]
    stream = bytearray(coded_frames(np.zeros((9, 3), int), config, ADAPTIVE, packet_frames=9))
    stream[12] ^= 1

    with pytest.raises(
        ValueError, match=r"^packet at byte 0 must have its checksum, but it has another$"
    ):
        decoded_frames(bytes(stream), config)


def test_latency_is_as_declared():
    """Of a packet of one sample, by the predictors of default size."""
    one = replace(LfpDecimatorConfig(), channels=1)
    dut = LfpCodec(LfpCodecConfig(decimator=one, packet_channels=1))

    async def all_but_the_last(ctx):
        ctx.set(dut.settings, ADAPTIVE.fields)
        ctx.set(dut.packet_frames, 1)
        records = sample_records(np.zeros((one.decimation - 1, 1), dtype=int), width=10)
        await produce(ctx, dut.i, records, rng=np.random.default_rng(0))
        for _ in range(50):  # until nothing is at work
            await ctx.tick()

    delay = first_output_delay_cycles(
        dut, {"sample": 0, "channel": 0, "restart": 0}, before=all_but_the_last
    )

    assert delay == LfpCodec.latency


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"taps": 5}, r"taps must be a power of two, not 5"),
        ({"sign_taps": 64}, r"sign_taps must be a power of two in 2\.\.32, not 64"),
        ({"packet_channels": 3}, r"packet_channels must be a power of two, not 3"),
        ({"ring_bytes": 64}, r"margin_bytes must be in 1\.\.16, not \d+"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        LfpCodecConfig(**fields)
