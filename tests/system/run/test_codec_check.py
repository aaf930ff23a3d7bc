import dataclasses
from typing import Any

import numpy as np
import pytest

from rtl.ap_codec_config import ApCodecConfig
from rtl.packet_settings import PacketSettings, settings_layout
from rtl.streams import sample_layout
from system.design import Design, RtlSimulation
from system.engines.codec import CodecEngine, CodecOutput
from system.errors import UserError
from system.run import codec_check
from system.run.codec_check import CodecCheck
from verification.codec_chain import packets_of_groups
from verification.golden.ap_codec import ApCodecModel
from verification.golden.lfp_codec import LfpCodecModel
from verification.payloads import pack, unpack

CHANNELS = 2
MODES = ["all samples", "all samples, 2 bits coarser", "field potentials, 1000 S/s"]


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
        assert stream == "i"
        self._config = config
        self._frames = ports["packet_frames"]
        fields = unpack(settings_layout(), [ports["settings"]])[0]
        self._settings = PacketSettings(
            order=int(fields["order"]), adaptive=True, shift=int(fields["shift"])
        )

    def process(self, words):
        config = self._config
        is_ap = isinstance(config, ApCodecConfig)
        beats = unpack(sample_layout(10, config.channels), list(words))
        codes = beats["sample"].reshape(-1, config.channels)
        model_of = ApCodecModel if is_ap else LfpCodecModel
        model = model_of(config, self._settings, packet_frames=self._frames)
        groups = packets_of_groups(model.process(codes) + model.finish())
        packets = [packet for each in groups.values() for packet in each]
        return CodecOutput(self.fault(packets), codes.size, 10 * codes.size, 0.5)


@pytest.fixture
def engine(monkeypatch):
    """Make the circuits of the next check models, with a fault or without."""

    def install(fault=lambda packets: packets, refused=()):
        made = type("Installed", (ModelAsEngine,), {"fault": staticmethod(fault)})
        made.refused = refused
        monkeypatch.setattr(codec_check, "CodecEngine", made)

    return install


def checked(design, codes, *, engine: Any = "cxxrtl", block=700):
    check = CodecCheck(design, engine)
    for start in range(0, len(codes), block):
        check.add(codes[start : start + block])
    check.finish()
    return check


def test_codecs_without_fault_agree_in_every_byte(engine):
    engine()

    check = checked(a_design(), some_codes(3_000))

    assert [counts.mode for counts in check.counts] == MODES
    assert [counts.mismatches for counts in check.counts] == [0, 0, 0]
    assert [counts.samples for counts in check.counts] == [3_000 * CHANNELS] * 3
    exact, coarse, slow = (counts.compared for counts in check.counts)
    assert exact > coarse > slow > 100
    assert check.note is None


def test_only_the_start_that_the_design_asks_for_is_coded(engine):
    engine()

    check = checked(a_design(channels=12, codec_samples=2_400), some_codes(3_000, 12))

    assert [(counts.channels, counts.frames) for counts in check.counts] == [
        (12, 200),
        (12, 200),
        (8, 300),
    ]


def test_no_ring_decides_where_a_packet_ends(engine):
    engine()

    design = a_design(coding={"packet_frames": 65_535})
    exact, _, slow = checked(design, some_codes(900)).counts
    config = design.ap_coding.codec(CHANNELS, 10, snippet_samples=64)

    longest_bits = exact.packet_frames * config.golomb.longest_code
    assert longest_bits < 8 * (config.closing_body_bytes - 8)
    assert exact.packet_frames > 500
    assert slow.packet_frames > 250


def flipped(packets):
    broken = bytearray(packets[0])
    broken[20] ^= 1
    return [bytes(broken), *packets[1:]]


def test_a_broken_codec_is_a_mismatch_that_is_named(engine):
    engine(flipped)

    check = checked(a_design(), some_codes(3_000))

    assert [counts.mismatches for counts in check.counts] == [1, 1, 1]
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
    assert [(counts.frames, counts.mismatches) for counts in found] == [(60, 0)] * 3

    def with_another_order(name, config, *, stream, ports):
        (word,) = pack(settings_layout(), [PacketSettings(order=2, adaptive=True).fields])
        return CodecEngine(name, config, stream=stream, ports={**ports, "settings": word})

    monkeypatch.setattr(codec_check, "CodecEngine", with_another_order)
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
