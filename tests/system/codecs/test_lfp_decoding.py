from dataclasses import replace

import numpy as np
import pytest

from rtl.lfp_codec_config import LfpCodecConfig
from rtl.lfp_decimator_config import LfpDecimatorConfig
from rtl.packet_settings import PacketSettings
from system.codecs.lfp_format import LfpFormat
from system.codecs.packets import PIECE_BYTES
from system.codecs.stream_decoder import SampleDecoder
from system.codecs.stream_format import StreamFormat
from system.codecs.timeline import Loss
from tests.system.codecs.mutations import mutated
from tests.system.codecs.packing import packet
from tests.system.codecs.reference_encoder import encode_samples
from verification.golden.lfp_codec import coded_frames

CODEC = LfpCodecConfig(
    decimator=LfpDecimatorConfig(channels=3, sampling_rate_hz=4e3, decimation=4),
    packet_channels=2,
    taps=8,
    step_shift=8,
    sign_taps=4,
)
STREAM = LfpFormat.of(CODEC, most_counted=50)
SETTINGS = PacketSettings(order=1, adaptive=True)
HALF = 1 << (CODEC.sample_width - 1)
FRAMES = 200


def field_potential(rng):
    """Rhythms and noise, and once each end of the range."""
    number = np.arange(FRAMES)[:, np.newaxis] + rng.uniform(0, 100, 3)
    samples = 900 * np.sin(0.3 * number) + 400 * np.sin(number) + rng.normal(0, 20, number.shape)
    samples[70:72] = [[HALF - 1], [-HALF]]
    return np.rint(samples).astype(np.int16)


SAMPLES = field_potential(np.random.default_rng(1))


def coded(settings=SETTINGS, samples=SAMPLES, codec=CODEC):
    """The packets of a recording, one by one."""
    stream, packets = coded_frames(samples, codec, settings, packet_frames=50), []
    while stream:
        length = 7 + int.from_bytes(stream[1:3], "little")
        packets.append(stream[:length])
        stream = stream[length:]
    return packets


CODED = coded()


def decode(stream, chunk_bytes=1000, **options):
    decoder = SampleDecoder(STREAM, {}, **options)
    chunks = [stream[at : at + chunk_bytes] for at in range(0, len(stream), chunk_bytes)]
    blocks = [block for chunk in chunks for block in decoder.feed(chunk)]
    blocks += decoder.finish()
    return np.concatenate([block.samples for block in blocks]), decoder.tally


@pytest.mark.parametrize("chunk_bytes", [1, 7, 100, PIECE_BYTES])
def test_a_whole_stream_gives_every_frame(chunk_bytes):
    back, tally = decode(b"".join(CODED), chunk_bytes)

    np.testing.assert_array_equal(back, SAMPLES)
    assert tally.is_whole
    assert tally.packets == len(CODED)


@pytest.mark.parametrize(
    "settings",
    [
        PacketSettings(order=0),
        PacketSettings(order=2, cross=True),
        PacketSettings(order=3, adaptive=True, cross=True),
    ],
)
def test_every_prediction_is_inverted(settings):
    back, tally = decode(b"".join(coded(settings)))

    np.testing.assert_array_equal(back, SAMPLES)
    assert tally.is_whole


@pytest.mark.parametrize("shift", range(1, 8))
def test_coarse_samples_are_never_further_off_than_half_their_unit(shift):
    back, tally = decode(b"".join(coded(replace(SETTINGS, shift=shift))))

    error = back.astype(int) - SAMPLES
    assert np.max(np.abs(error)) == 1 << (shift - 1)
    assert tally.is_whole


@pytest.mark.parametrize("number", range(len(CODED)))
def test_a_lost_packet_costs_itself_alone(number):
    back, tally = decode(b"".join(CODED[:number] + CODED[number + 1 :]), frames=FRAMES)

    (loss,) = tally.losses
    wrong = back != SAMPLES
    assert not back[wrong].any()
    first, lost = loss.group * CODEC.packet_channels, np.zeros_like(wrong)
    lost[loss.frame : loss.frame + loss.frames, first : first + CODEC.packet_channels] = True
    assert not (wrong & ~lost).any()
    assert tally.lost_samples == lost.sum()


@pytest.mark.parametrize("number", range(len(CODED)))
def test_a_damaged_byte_costs_no_more_than_its_packet(number):
    rng = np.random.default_rng(number)
    damaged = bytearray(CODED[number])
    damaged[int(rng.integers(len(damaged)))] ^= 1 << int(rng.integers(8))

    back, tally = decode(b"".join([*CODED[:number], damaged, *CODED[number + 1 :]]), frames=FRAMES)

    assert tally.damaged == 1
    assert len(tally.losses) == 1
    assert (back != SAMPLES).sum() <= tally.lost_samples <= 2 * 50


def test_packets_may_come_in_any_order_within_a_few_and_twice():
    rng = np.random.default_rng(5)
    order = np.argsort(np.arange(len(CODED)) + rng.uniform(0, 3, len(CODED)))
    assert (np.diff(order) < 0).any()

    back, tally = decode(b"".join(CODED[n] for n in [*order, int(order[-1])]), frames=FRAMES)

    np.testing.assert_array_equal(back, SAMPLES)
    assert [each.field for each in tally.damage] == ["time"]
    assert not tally.lost_samples


def test_the_clock_wraps_around():
    begin = (1 << 32) - 60
    packets = []
    for each in CODED:
        body = bytearray(each[3:-4])
        time = (int.from_bytes(body[4:8], "little") + begin) % (1 << 32)
        body[4:8] = time.to_bytes(4, "little")
        packets.append(packet(body))

    back, tally = decode(b"".join(packets), first_frame=begin)

    np.testing.assert_array_equal(back, SAMPLES)
    assert tally.is_whole


def test_both_codecs_share_a_stream():
    spikes = np.random.default_rng(6).normal(0, 20, (100, 2)).round().astype(np.int16)
    fast = StreamFormat(channels=2, most_counted=25)
    others = encode_samples(spikes, fast, packet_frames=25)
    mixed = [each for pair in zip(CODED, others, strict=False) for each in pair]
    mixed += [*CODED[len(others) :], *others[len(CODED) :]]
    decoder = SampleDecoder(fast, {})

    back, tally = decode(b"".join(mixed))
    blocks = [*decoder.feed(b"".join(mixed)), *decoder.finish()]

    np.testing.assert_array_equal(back, SAMPLES)
    np.testing.assert_array_equal(np.concatenate([block.samples for block in blocks]), spikes)
    assert tally.is_whole
    assert decoder.tally.is_whole


def replaced(number, place, value):
    """The stream with a byte of a packet's body replaced, and its checksum right."""
    body = bytearray(CODED[number][3:-4])
    body[place] = value
    return b"".join([*CODED[:number], packet(body), *CODED[number + 1 :]])


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (0, 0x81, "mode must be 0, not 1"),
        (0, 0x84, "table must be one of those known (none), not 0"),
        (1, 0x29, "version must be 1, not 2"),
        (2, 2, "group must be in 0..1, not 2"),
        (-2, 51, "count must be in 1..50, not 51"),
        (-2, 0, "count must be in 1..50, not 0"),
        (-2, 20, "payload must have the "),
    ],
)
def test_what_a_header_or_trailer_says_wrong_is_named(place, value, said):
    back, tally = decode(replaced(1, place, value), frames=FRAMES)

    (damage,) = map(str, tally.damage)
    assert damage.startswith(f"packet 1 at byte {len(CODED[0])}: {said}")
    assert (back != SAMPLES).sum() <= tally.lost_samples <= 2 * 50


def test_a_payload_that_ends_before_its_samples_is_named():
    short = packet(CODED[0][3:20] + CODED[0][-6:-4])

    _, tally = decode(b"".join([short, *CODED[1:]]), frames=FRAMES)

    (damage,) = map(str, tally.damage)
    assert "payload must hold codes of 25 frames in 9 bytes, but has none after" in damage
    assert tally.losses[0] == Loss(group=1, frame=0, frames=25)


def test_damaged_packets_never_stop_a_decoder():
    """A thousand; whole ones among them are found, and no sample is out of range."""
    rng = np.random.default_rng(7)
    damaged = mutated(CODED, rng, 1000)
    decoder = SampleDecoder(STREAM, {}, frames=4 * FRAMES)
    given = 0

    for each in damaged:
        for block in decoder.feed(each):
            assert block.samples.min() >= -HALF
            assert block.samples.max() < HALF
            given += len(block.samples)
    given += sum(len(block.samples) for block in decoder.finish())

    assert given == 4 * FRAMES
    assert decoder.tally.damaged > 500
    assert decoder.tally.packets > 100


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"most_counted": 0}, r"most_counted must be in 1\.\.65535, not 0"),
        ({"cross_eighths": 8}, r"cross_eighths must be in 0\.\.7, not 8"),
        ({"packet_channels": 3}, r"packet_channels must be a power of two, not 3"),
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
    ],
)
def test_sizes_that_no_codec_has_are_refused(changes, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        replace(STREAM, **changes)
