import dataclasses

import numpy as np
import pytest

from system.design import Design
from system.run.coded_streams import CodedStream, CodedStreams
from verification.golden.snippet_buffer import event_dtype

RATE_HZ = 24_000.0


def design(channels, **coding):
    made = Design.default(channels=channels, sampling_rate_hz=RATE_HZ)
    return dataclasses.replace(made, ap_coding=dataclasses.replace(made.ap_coding, **coding))


def noise(frames, channels, *, seed=5):
    rng = np.random.default_rng(seed)
    return rng.normal(0, 20, (frames, channels)).round().clip(-512, 511).astype(np.int16)


def events_in(frames, channels, *, every):
    time = np.arange(every, frames, every)
    events = np.zeros(len(time), dtype=event_dtype(64))
    events["time"], events["channel"] = time, np.arange(len(time)) % channels
    events["snippet"] = noise(len(time), 64, seed=6)
    return events


def coded(design, codes, events, *, block):
    streams = CodedStreams(design)
    for start in range(0, len(codes), block):
        inside = (events["time"] >= start) & (events["time"] < start + block)
        streams.add(codes[start : start + block], events[inside])
    streams.finish()
    return {stream.mode: stream for stream in streams.streams}


@pytest.mark.parametrize("block", [999, 30_000])
def test_everything_comes_back_and_is_counted(block):
    codes, events = noise(30_000, 3), events_in(30_000, 3, every=700)

    streams = coded(design(3), codes, events, block=block)

    exact, coarse, snippets, slow = streams.values()
    assert list(streams) == [
        "all samples",
        "all samples, 2 bits coarser",
        "snippets of 64 filtered samples of 13 bit",
        "field potentials, 1000 S/s",
    ]
    assert (exact.wrong, snippets.wrong, slow.wrong) == (0, 0, 0)
    assert (slow.word_bits, slow.sent) == (13, 3 * 30_000 // 24)
    assert (exact.sent, snippets.sent) == (codes.size, len(events))
    assert exact.raw_bits == 10 * codes.size
    assert exact.sndr_db is None
    assert coarse.largest_error == 2
    assert coarse.wrong > 0
    assert 20 < (coarse.sndr_db or 0) < 30  # 20 codes of noise over 4 / sqrt(12)
    savings = [stream.space_saving or 0 for stream in (exact, coarse, snippets)]
    assert 0.3 < savings[0] < savings[1] < savings[2] < 1
    for stream in streams.values():
        assert sum(stream.bytes_per_bin) == stream.coded_bytes
        assert len(stream.bytes_per_bin) == 3  # of half a second


def test_bytes_are_counted_in_the_time_of_their_packets():
    """Steady noise makes a steady rate, however long the blocks are in which it comes."""
    made = design(3, packet_frames=256)

    streams = coded(made, noise(60_000, 3), events_in(60_000, 3, every=700), block=50_000)

    steady = streams["all samples"].bytes_per_bin[:-1]  # the last has what was open, too
    assert len(steady) == 4
    assert max(steady) < 1.1 * min(steady)


def test_only_the_first_channels_are_coded():
    codes = noise(5000, 5)
    events = events_in(5000, 5, every=100)

    streams = coded(design(5, coded_channels=2), codes, events, block=5000)

    assert streams["all samples"].sent == 2 * 5000
    assert streams["snippets of 64 filtered samples of 13 bit"].sent == np.count_nonzero(
        events["channel"] < 2
    )


def test_a_design_may_code_nothing():
    streams = CodedStreams(design(3, coded_channels=0))

    streams.add(noise(10, 3), events_in(0, 1, every=1))
    streams.finish()

    assert streams.streams == []


def test_what_changes_on_the_way_is_counted():
    stream = CodedStream("all samples", 10, 1)
    sent = np.array([[100], [-100]], dtype=np.int16)

    stream.compare(sent, sent + np.array([[0], [3]], dtype=np.int16))

    assert (stream.wrong, stream.largest_error) == (1, 3)
    assert stream.sndr_db == pytest.approx(10 * np.log10(20_000 / 9))


def test_nothing_at_all_saves_nothing():
    assert CodedStream("all samples", 10, 1).space_saving is None


def test_a_rate_that_no_filter_suits_is_said():
    slow = Design.default(channels=1, sampling_rate_hz=RATE_HZ)
    band_pass = dataclasses.replace(
        slow.band_pass, sampling_rate_hz=700.0, low_pass_hz=300.0, high_pass_hz=30.0
    )

    streams = CodedStreams(dataclasses.replace(slow, band_pass=band_pass))

    assert len(streams.streams) == 3
    assert streams.notes[0].startswith("Field potentials are not coded: ")
