import dataclasses
from typing import Any

import numpy as np
import pytest

from rtl.ap_codec_config import ApCodecConfig
from rtl.packet_settings import PacketSettings, settings_layout
from rtl.streams import packet_layout, sample_layout
from system.design import Design, RtlSimulation
from system.engines.codec import CodecEngine, CodecOutput
from system.errors import UserError
from system.run import codec_ways
from system.run.codec_check import CodecCheck
from verification.codec_chain import packets_of_groups
from verification.event_words import random_events
from verification.golden.ap_codec import ApCodecModel
from verification.golden.lfp_codec import LfpCodecModel
from verification.golden.snippet_buffer import event_dtype
from verification.payloads import pack, unpack

CHANNELS = 2
SNIPPETS = "snippets of 64 filtered samples of 13 bit"
MODES = ["all samples", "all samples, 2 bits coarser", SNIPPETS, "field potentials, 1000 S/s"]


def a_design(*, channels=CHANNELS, coding=None, **simulation):
    made = Design.default(channels=channels)
    return dataclasses.replace(
        made,
        ap_coding=dataclasses.replace(made.ap_coding, **(coding or {})),
        rtl_simulation=RtlSimulation(**simulation),
    )


def some_codes(frames, channels=CHANNELS):
    rng = np.random.default_rng(8)
    return rng.normal(0, 40, (frames, channels)).round().clip(-512, 511).astype(np.int16)


class ModelAsEngine:
    """A codec's circuit without fault, or with one."""

    fault = staticmethod(lambda packets: packets)
    refused: tuple[str, ...] = ()

    def __init__(self, name, config, *, stream, ports):
        if name in self.refused:
            raise RuntimeError("g++ failed on the generated circuit:\nno such header")
        self._config = config
        self._stream = stream
        self._ports = ports
        fields = unpack(settings_layout(), [ports["settings"]])[0]
        self._settings = PacketSettings(
            order=int(fields["order"]), adaptive=True, shift=int(fields["shift"])
        )

    def process(self, words):
        coded = self._of_events(words) if self._stream == "events" else self._of_samples(words)
        packets = [packet for each in packets_of_groups(coded).values() for packet in each]
        return CodecOutput(self.fault(packets), len(words), 10 * len(words), 0.5)

    def _of_samples(self, words):
        config = self._config
        beats = unpack(sample_layout(10, config.channels), list(words))
        codes = beats["sample"].reshape(-1, config.channels)
        model_of: Any = ApCodecModel if isinstance(config, ApCodecConfig) else LfpCodecModel
        model = model_of(config, self._settings, packet_frames=self._ports["packet_frames"])
        return model.process(codes) + model.finish()

    def _of_events(self, words):
        config, ports = self._config, self._ports
        assert ports["snippets"] == 1
        beats = unpack(packet_layout(13, config.channels), list(words))
        beats = beats.reshape(-1, config.snippet_samples)
        events = np.empty(len(beats), dtype=event_dtype(config.snippet_samples))
        events["time"], events["channel"] = beats["time"][:, 0], beats["channel"][:, 0]
        events["snippet"] = beats["sample"]
        model = ApCodecModel(
            config,
            self._settings,
            packet_snippets=ports["packet_snippets"],
            max_age=ports["max_age"],
        )
        return model.process_events(events) + model.finish()


@pytest.fixture
def engine(monkeypatch):
    """Make the circuits of the next check models, with a fault or without."""

    def install(fault=lambda packets: packets, refused=()):
        made = type("Installed", (ModelAsEngine,), {"fault": staticmethod(fault)})
        made.refused = refused
        monkeypatch.setattr(codec_ways, "CodecEngine", made)

    return install


def some_events(frames, channels=CHANNELS):
    rng = np.random.default_rng(9)
    sizes = ApCodecConfig(channels=channels, sample_width=13)
    events = random_events(frames // 20, sizes, samples=64, rng=rng)
    events["time"] = np.sort(rng.integers(0, frames, len(events)))
    return events


def checked(design, codes, *, engine: Any = "cxxrtl", block=700, events=None):
    check = CodecCheck(design, engine)
    found = some_events(*codes.shape) if events is None else events
    for start in range(0, len(codes), block):
        part = found[(found["time"] >= start) & (found["time"] < start + block)]
        check.add(codes[start : start + block], part)
    check.finish()
    return check


def test_codecs_without_fault_agree_in_every_byte(engine):
    engine()

    check = checked(a_design(), some_codes(3_000))

    assert [counts.mode for counts in check.counts] == MODES
    assert [counts.mismatches for counts in check.counts] == [0, 0, 0, 0]
    assert [counts.samples for counts in check.counts] == [3_000 * CHANNELS] * 4
    exact, coarse, snippets, slow = (counts.compared for counts in check.counts)
    assert snippets > 150 * 64  # noise in all bits, more than a byte each
    assert exact > coarse > slow > 100
    assert check.note is None


def test_only_the_start_that_the_design_asks_for_is_coded(engine):
    engine()

    events = some_events(3_000, 12)
    codes = some_codes(3_000, 12)
    check = checked(a_design(channels=12, codec_samples=2_400), codes, events=events)

    assert [(counts.channels, counts.frames) for counts in check.counts] == [
        (12, 200),
        (12, 200),
        (12, int(events["time"][37])),  # 37 snippets of 64 samples
        (8, 300),
    ]


def test_no_ring_decides_where_a_packet_ends(engine):
    engine()

    design = a_design(coding={"packet_frames": 65_535})
    exact, _, snippets, slow = checked(design, some_codes(900)).counts
    config = design.ap_coding.codec(CHANNELS, 10, snippet_samples=64)

    longest_bits = exact.packet_items * config.golomb.longest_code
    assert longest_bits < 8 * (config.closing_body_bytes - 8)
    assert exact.packet_items > 500
    assert slow.packet_items > 250
    longest_bits = snippets.packet_items * (64 + 2) * config.golomb.longest_code
    assert longest_bits < 8 * (config.closing_body_bytes - 8)
    assert snippets.packet_items > 5


def flipped(packets):
    broken = bytearray(packets[0])
    broken[20] ^= 1
    return [bytes(broken), *packets[1:]]


def test_a_broken_codec_is_a_mismatch_that_is_named(engine):
    engine(flipped)

    check = checked(a_design(), some_codes(3_000))

    assert [counts.mismatches for counts in check.counts] == [1, 1, 1, 1]
    assert check.counts[1].first_mismatch is not None
    assert check.counts[1].first_mismatch.startswith(
        "all samples, 2 bits coarser: byte 20 of packet 0 of group 1, of frame 0: "
    )


def test_a_codec_that_sends_nothing_is_wrong_in_every_byte(engine):
    engine(lambda _packets: [])

    for counts in checked(a_design(), some_codes(3_000)).counts:
        assert counts.mismatches == counts.compared > 0


def test_the_circuit_itself_agrees_and_with_another_predictor_it_does_not(monkeypatch):
    """On Amaranth's simulator: nothing stands in for the circuit."""
    design = a_design(channels=1, engine="pysim", pysim_samples=64 * 60)
    codes = some_codes(200, channels=1)

    found = checked(design, codes, engine="pysim").counts
    one_snippet = int(some_events(200, channels=1)["time"][1])  # until the next
    frames = [60, 60, one_snippet, 60]
    assert [(counts.frames, counts.mismatches) for counts in found] == [(n, 0) for n in frames]

    def with_another_order(name, config, *, stream, ports):
        (word,) = pack(settings_layout(), [PacketSettings(order=2, adaptive=True).fields])
        return CodecEngine(name, config, stream=stream, ports={**ports, "settings": word})

    monkeypatch.setattr(codec_ways, "CodecEngine", with_another_order)
    assert checked(design, codes, engine="pysim").counts[0].mismatches > 10


@pytest.mark.parametrize(
    ("design", "engine_name"),
    [
        (a_design(engine="none"), "none"),
        (a_design(codec_samples=0), "cxxrtl"),
        (a_design(coding={"coded_channels": 0}), "cxxrtl"),
    ],
    ids=["no_engine", "no_samples", "no_channels"],
)
def test_codecs_can_be_left_out(engine, design, engine_name):
    engine(flipped)

    assert checked(design, some_codes(100), engine=engine_name).counts == []


def test_a_compiler_that_fails_is_as_good_as_none(engine):
    engine(refused=("cxxrtl",))

    check = checked(a_design(), some_codes(3_000))

    assert {counts.engine for counts in check.counts} == {"pysim"}
    assert check.counts[0].frames == 120_000 // 64 // CHANNELS
    assert check.note == (
        "The codecs could not be compiled (no such header). They ran on Amaranth's own "
        "simulator, which is slow."
    )


def test_a_compiler_that_fails_is_an_error_where_the_design_insists(engine):
    engine(refused=("cxxrtl",))

    with pytest.raises(UserError) as error:
        CodecCheck(a_design(engine="cxxrtl"), "cxxrtl")

    assert str(error.value) == "the codecs cannot be run on cxxrtl: no such header"
