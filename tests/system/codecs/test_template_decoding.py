import numpy as np
import pytest

from rtl.ap_codec_config import ApCodecConfig
from rtl.packet_settings import PacketSettings
from system.codecs.stream_decoder import EventDecoder
from system.codecs.stream_format import StreamFormat
from system.codecs.template_rows import TemplateRows, rows_packet
from tests.system.codecs.mutations import mutated
from tests.system.codecs.packing import packet
from verification.codec_stimuli import random_events
from verification.golden.ap_codec import ApCodecModel
from verification.golden.packet_marker import coarse
from verification.golden.template_encoder import rebuilt_snippets, snippet_coefficients
from verification.packet_checks import packets_of
from verification.template_stimuli import random_rows

CONFIG = ApCodecConfig(
    channels=3, snippet_samples=12, templates=4, components=5, step_shift=8, training=True
)
STREAM = StreamFormat.of(CONFIG)
ROWS = random_rows(CONFIG.template_encoder, rng=np.random.default_rng(1))
EVENTS = random_events(CONFIG, 90, rng=np.random.default_rng(2))


def encoded(*, table=5, shift=0, rows=ROWS, packet_snippets=5):
    settings = PacketSettings(order=2, adaptive=True, table=table, shift=shift)
    model = ApCodecModel(
        CONFIG, settings, packet_snippets=packet_snippets, max_age=60_000, rows=rows
    )
    stream = model.process_events(EVENTS) + model.finish()
    return [each.data for each in packets_of(stream)]


def decoded(packets, versions=None):
    rows = TemplateRows(CONFIG.template_encoder, {5: ROWS[1]} if versions is None else versions)
    decoder = EventDecoder(STREAM, {}, rows=rows)
    parts = [*decoder.feed(b"".join(packets)), *decoder.finish()]
    return np.concatenate([EVENTS[:0], *parts]), decoder.tally


def expected(shift, rows=ROWS[1]):
    """What the golden model rebuilds of each event."""
    events = EVENTS.copy()
    for event in events:
        own = rows[event["channel"]]
        kept = coarse(event["snippet"], shift) << shift
        found = snippet_coefficients([kept], own, CONFIG.template_encoder, coarser=shift)
        rebuilt = rebuilt_snippets(*found, own, CONFIG.template_encoder, coarser=shift)
        event["snippet"] = rebuilt[0]
    return events


def check(got, wanted):
    for channel in range(3):
        own = wanted[wanted["channel"] == channel]
        np.testing.assert_array_equal(got[got["channel"] == channel], own)


@pytest.mark.parametrize("shift", [0, 1, 7])
def test_what_comes_out_is_what_the_golden_model_rebuilds(shift):
    got, tally = decoded(encoded(shift=shift))

    assert tally.is_whole
    check(got, expected(shift))


def test_rows_that_come_in_the_stream_hold_from_there_on():
    """A version is replaced while packets of it follow; tables of another coder do not matter."""
    told = [
        [rows_packet(each, channel=n, version=5) for n, each in enumerate(bank)] for bank in ROWS
    ]
    tables = ApCodecModel(CONFIG, PacketSettings()).train()

    first, tally_1 = decoded([*told[0], tables, *encoded(rows=ROWS[[0, 0]])], {})
    second, tally_2 = decoded([*told[0], *told[1], *encoded()], {})

    assert tally_1.is_whole
    assert tally_2.is_whole
    check(first, expected(0, ROWS[0]))
    check(second, expected(0))


def test_packets_whose_rows_were_lost_are_refused_by_name():
    told = [rows_packet(each, channel=n, version=5) for n, each in enumerate(ROWS[1]) if n != 1]
    other = rows_packet(ROWS[1, 1], channel=1, version=4)

    got, tally = decoded([*told, other, *encoded()], {})

    said = {str(each).split(": ")[1] for each in tally.damage}
    assert said == {"table must be one whose rows are known of its channel (4), not 5"}
    wanted = expected(0)
    check(got, wanted[wanted["channel"] != 1])


def test_rows_of_an_earlier_round_are_forgotten():
    newer = [rows_packet(ROWS[0, n], channel=n, version=134) for n in range(3)]

    got, tally = decoded([*newer, *encoded()])

    assert len(got) == 0
    assert tally.damaged == len(encoded())


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            packet(encoded()[0][3:-6] + bytes([200, 0])),
            "payload must hold codes of 200 snippets in ",
        ),
        (packet(encoded()[0][3:-6] + bytes(2)), "count must be in 1..65535, not 0"),
        (
            packet(encoded()[0][3:-6] + bytes(1) + encoded()[0][-6:-4]),
            "payload must have the ",
        ),
        (
            packet(b"\x06" + encoded()[0][4:-4]),
            "engine must be 0 in packets of templates, not 1",
        ),
        (packet(b"\x02\x10\x03" + encoded()[0][6:-4]), "group must be in 0..2, not 3"),
        (packet(b"\x01" + encoded()[0][4:-4]), "mode must be 2, not 1"),
        (
            packet(rows_packet(ROWS[0, 0], channel=0, version=5)[3:-7] + b"\x0a\0"),
            "payload must hold rows, but: rows must have 240 bytes, not 239",
        ),
        (
            packet(rows_packet(0 * ROWS[0, 0] + 256, channel=0, version=5)[3:-4]),
            "payload must hold rows, but: rows 5 of channel 0 must be in -256..255, not 256",
        ),
    ],
    ids=("more", "none", "longer", "engine", "group", "mode", "short_rows", "wide_rows"),
)
def test_what_is_wrong_is_named_and_costs_itself_alone(made, said):
    got, tally = decoded([*encoded(), made])

    assert len(tally.damage) == 1
    assert str(tally.damage[0]).split(": ", 1)[1].startswith(said)
    check(got, expected(0))


def test_flipped_bits_lose_their_packet_alone():
    packets, rng = encoded(), np.random.default_rng(5)
    wanted = {event.tobytes() for event in decoded(packets)[0]}
    for number, whole in enumerate(packets):
        bits = np.unpackbits(np.frombuffer(whole, dtype=np.uint8))
        bits[rng.integers(bits.size, size=rng.integers(1, 4))] ^= 1
        broken = [*packets[:number], np.packbits(bits).tobytes(), *packets[number + 1 :]]

        got, tally = decoded(broken)

        assert tally.damaged
        assert {event.tobytes() for event in got} <= wanted
        assert len(got) >= len(wanted) - 5


def test_damaged_packets_never_stop_the_decoder():
    """Whatever they say, with right checksums or wrong ones, nothing is out of bounds."""
    packets = encoded(packet_snippets=2)
    packets.append(rows_packet(ROWS[0, 0], channel=0, version=5))
    broken = mutated(packets, np.random.default_rng(6), 2000)

    got, tally = decoded(broken)

    assert tally.damaged > 500
    assert len(got) > 50
    assert got["channel"].max() < 3
    assert got["snippet"].min() >= -256
    assert got["snippet"].max() < 256


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (StreamFormat(channels=2), "channels of templates must be the stream's 2, not 3"),
        (
            StreamFormat(channels=3, snippet_samples=12, sample_width=10),
            "sample_width of templates must be the stream's 10, not 9",
        ),
        (StreamFormat(channels=3), "snippet_samples of templates must be the stream's 64, not 12"),
    ],
)
def test_rows_for_another_stream_are_refused(stream, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        EventDecoder(stream, {}, rows=TemplateRows(CONFIG.template_encoder))
