"""What is proven of each block for every input, on the smallest component that has it all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from amaranth.hdl import Assert, Assume, Cover, Module, Mux, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.detector_settings import MAX_WINDOW
from rtl.frame_tagger import FrameTagger, FrameTaggerConfig
from rtl.peak_picker import PeakPicker
from rtl.snippet_buffer import SnippetBuffer, SnippetBufferConfig
from rtl.spike_detector import SpikeDetector, SpikeDetectorConfig
from rtl.streams import per_channel_stage, sample_layout
from verification.formal import Mode
from verification.stream_properties import StreamHarness

__all__ = ["BLOCK_PROOFS", "BlockProof"]

TINY_BUFFER = SnippetBufferConfig(
    channels=1, sample_width=2, snippet_samples=2, pre_trigger=1, history_frames=4, queue_events=1
)


@dataclass(frozen=True, kw_only=True)
class BlockProof:
    """One property of one block.

    Parameters
    ----------
    block : str
        The block.
    make : callable
        Makes the component with its properties.
    mode : str
        As :func:`verification.formal.prove` takes it.
    depth : int
        Cycles.
    """

    block: str
    make: Callable[[], StreamHarness]
    mode: Mode
    depth: int


class ShownStage(wiring.Component):
    """The stage of which the per-channel blocks are made, with all that it holds at its output.

    What a block computes from beat and state cannot change unless one of them does. So what is
    proven here holds for every block made of the stage, whose multipliers no solver must face.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, *, channels: int, width: int) -> None:
        self.channels = channels
        self.width = width
        i_layout = sample_layout(width, channels)
        o_layout = data.StructLayout({"beat": i_layout, "state": width})
        super().__init__(
            {"i": In(stream.Signature(i_layout)), "o": Out(stream.Signature(o_layout))}
        )

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        beat, state, next_state = per_channel_stage(
            m,
            i=self.i,
            o=self.o,
            state_layout=data.StructLayout({"sum": self.width}),
            channels=self.channels,
        )
        m.d.comb += [
            next_state.sum.eq(state.sum + beat.sample),
            self.o.payload.beat.eq(beat),
            self.o.payload.state.eq(state.sum),
        ]
        return m


class PickerLoop(wiring.Component):
    """The peak picker of one channel, with its state kept from sample to sample."""

    level: Signal
    above: Signal
    peak_window: Signal
    refractory: Signal
    state: Any
    next_state: Any

    def __init__(self) -> None:
        self._picker = picker = PeakPicker(level_width=2)
        members = dict(picker.signature.members.items())
        inputs = {name: members[name] for name in ("level", "above", "peak_window", "refractory")}
        state = Out(members["state"].shape)
        super().__init__({**inputs, "state": state, "next_state": state})

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        m.submodules.picker = picker = self._picker
        for name in ("level", "above", "peak_window", "refractory"):
            m.d.comb += getattr(picker, name).eq(getattr(self, name))
        m.d.comb += [picker.state.eq(self.state), self.next_state.eq(picker.next_state)]
        m.d.sync += self.state.eq(self.next_state)
        return m


def tiny_spike_detector() -> SpikeDetector:
    """Return a detector of two channels."""
    return SpikeDetector(
        SpikeDetectorConfig(channels=2, sample_width=2, smoothing_samples=2, mean_fraction_bits=16)
    )


def settings_hold_while_stalled(m: Module, harness: Any, _dut: Any) -> None:
    """Assume what the spike detector asks for: no new settings while a sample is on its way."""
    control = harness.control.as_value()
    port = harness.o
    before, stalled = Signal.like(control), Signal()
    m.d.sync += [before.eq(control), stalled.eq(port.valid & ~port.ready)]
    m.d.comb += Assume(~stalled | (control == before), "settings hold while stalled")


def stage_remembers(m: Module, harness: Any, dut: Any) -> None:
    """Demand of a channel, which the solver picks, that its state is the sum of its samples."""
    pick, first = harness.pick, Signal(init=1)
    picked = Signal.like(pick)
    expected, before = Signal(dut.width), Signal(dut.width)
    shown = dut.o.payload
    m.d.sync += [first.eq(0), picked.eq(pick)]
    m.d.comb += [
        Assume(first | (pick == picked), "always the same channel"),
        before.eq(Mux(shown.beat.restart, 0, expected)),
    ]
    with m.If(dut.o.valid & (shown.beat.channel == pick)):
        m.d.comb += Assert(shown.state == before, "the state is of the channel's last beat")
        with m.If(dut.o.ready):
            m.d.sync += expected.eq(before + shown.beat.sample)
    m.d.comb += Assume(dut.i.payload.channel < dut.channels, "there are no other channels")


def ages_fit(m: Module, _harness: Any, dut: Any) -> None:
    """Demand of a peak picker, at any settings, that no age wraps while something depends on it."""
    needed = dut.next_state.pending | dut.next_state.dead
    begins = dut.next_state.pending & (~dut.state.pending | (dut.level > dut.state.best))
    grown = dut.next_state.age == dut.state.age + 1  # in as many bits as that takes
    m.d.comb += [
        Assert(~needed | begins | grown, "an age that counts does not wrap"),
        # Where induction begins: an older candidate has been reported.
        Assert(~dut.state.pending | (dut.state.age < MAX_WINDOW), "no candidate is too old"),
    ]


def packets_are_whole(m: Module, _harness: Any, dut: Any) -> None:
    """Demand packets of the right length, and that every event is sent, lost or still inside."""
    config: SnippetBufferConfig = dut.config
    m.d.comb += Assume(dut.peak_delay == 0, "the reports come at once")
    word, last_place = dut.o.payload, config.snippet_samples - 1
    place = Signal(range(config.snippet_samples))
    time = Signal.like(word.time)
    passes = dut.o.valid & dut.o.ready
    with m.If(passes):
        m.d.sync += [place.eq(place + 1), time.eq(word.time)]
        with m.If(place == last_place):
            m.d.sync += place.eq(0)
    with m.If(dut.o.valid):
        m.d.comb += [
            Assert(word.first == (place == 0), "a packet begins with its first word"),
            Assert(word.last == (place == last_place), "a packet has all its words"),
            Assert((place == 0) | (word.time == time), "a packet is of one event"),
        ]

    inside = Signal(8)
    sent = passes & word.last
    m.d.sync += inside.eq(inside + dut.detected - dut.lost - sent)
    # One waits in the queue, one for its turn, and two may be in the output buffer.
    m.d.comb += [
        Assert(inside + dut.detected >= dut.lost + sent, "nothing is sent or lost twice"),
        Assert(inside <= config.queue_events + 3, "nothing disappears uncounted"),
        Cover(sent, "a packet leaves"),
        Cover(dut.lost == 1, "an event is lost"),
    ]


BLOCK_PROOFS: Mapping[str, BlockProof] = MappingProxyType(
    {
        "frame_tagger_keeps_the_stream_rules": BlockProof(
            block="frame_tagger",
            make=lambda: StreamHarness(FrameTagger(FrameTaggerConfig(channels=3, sample_width=2))),
            mode="induction",
            depth=3,
        ),
        "per_channel_stage_keeps_the_stream_rules": BlockProof(
            block="band_pass",
            make=lambda: StreamHarness(ShownStage(channels=3, width=2)),
            mode="induction",
            depth=3,
        ),
        "per_channel_stage_remembers_each_channel": BlockProof(
            block="band_pass",
            make=lambda: StreamHarness(
                ShownStage(channels=3, width=2), stage_remembers, free={"pick": 2}
            ),
            mode="bounded",
            depth=10,
        ),
        "spike_detector_keeps_the_stream_rules": BlockProof(
            block="spike_detector",
            make=lambda: StreamHarness(tiny_spike_detector(), settings_hold_while_stalled),
            mode="induction",
            depth=3,
        ),
        "peak_picker_ages_never_wrap": BlockProof(
            block="spike_detector",
            make=lambda: StreamHarness(PickerLoop(), ages_fit),
            mode="induction",
            depth=2,
        ),
        "snippet_buffer_sends_whole_packets": BlockProof(
            block="snippet_buffer",
            make=lambda: StreamHarness(SnippetBuffer(TINY_BUFFER), packets_are_whole),
            mode="bounded",
            depth=16,
        ),
        "snippet_buffer_sends_and_loses": BlockProof(
            block="snippet_buffer",
            make=lambda: StreamHarness(SnippetBuffer(TINY_BUFFER), packets_are_whole),
            mode="cover",
            depth=16,
        ),
    }
)
"""By what they say."""
