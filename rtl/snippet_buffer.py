"""Snippet buffer: keeps the latest samples of every channel and sends out those around spikes."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import data, fifo, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.streams import TIME_WIDTH, channel_shape, detection_layout, packet_layout

__all__ = ["SnippetBuffer", "SnippetBufferConfig"]

SHOWN = 1  # a buffered FIFO holds one word fewer while the first is on its way to the output
READ_MARGIN_FRAMES = 2  # frames by which a read must be ahead of the write that follows it
PACKET_GAP = 5  # cycles from the last word of a packet to the first of the next that waits
MARK_CYCLES = 3  # from a mark to the first read, if nothing waits before it


@dataclass(frozen=True, kw_only=True)
class SnippetBufferConfig:
    """Sizes of a :class:`SnippetBuffer`.

    Parameters
    ----------
    channels : int
        Number of channels, in 1..1024.
    sample_width : int
        Sample width, bits, in 2..16.
    snippet_samples : int
        Samples of a snippet, in 2..256.
    pre_trigger : int
        Samples of a snippet that precede the peak; less than ``snippet_samples``.
    history_frames : int
        Samples kept of each channel: a power of two, at least twice ``snippet_samples``.
    queue_events : int
        Events that may wait for their snippet, in 1..4096; one more is lost, and counted.
    """

    channels: int = 68
    sample_width: int = 13
    snippet_samples: int = 64
    pre_trigger: int = 20
    history_frames: int = 128
    queue_events: int = 128

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 1024),
            sample_width=(2, 16),
            snippet_samples=(2, 256),
            pre_trigger=(0, self.snippet_samples - 1),
            history_frames=(2 * self.snippet_samples, 1 << 16),
            queue_events=(1, 4096),
        )
        if self.history_frames.bit_count() != 1:
            raise ValueError(f"history_frames must be a power of two, not {self.history_frames!r}")

    def events_at_once(self, *, peak_delay: int, cycles_per_sample: int = 1) -> int:
        """Return how many events may be reported in one frame without losing one of them.

        Packets are read out one after the other, before the oldest sample of the last is
        overwritten. That holds if the reader takes a word in every cycle and no earlier event
        waits. More than the :attr:`channels` can never come.

        Parameters
        ----------
        peak_delay : int
            Frames from a peak to its report.
        cycles_per_sample : int
            Clock cycles from sample to sample, at least 1.

        Returns
        -------
        int
            Events, on any channels.
        """
        begins = max(peak_delay + self.pre_trigger, self.snippet_samples)
        spare_frames = self.history_frames - READ_MARGIN_FRAMES - begins
        spare_cycles = spare_frames * self.channels * cycles_per_sample - MARK_CYCLES
        in_time = 1 + spare_cycles // (self.snippet_samples + PACKET_GAP)
        return max(0, min(in_time, self.channels, self.queue_events))


class SnippetBuffer(wiring.Component):
    """Turn marked samples into event packets, one snippet each.

    Beats arrive frame by frame, channel 0 first; ``i`` is always ready. A beat with ``spike`` set
    says that its channel peaked ``peak_delay`` frames earlier. The event waits in a queue until
    its last sample has arrived, then its snippet leaves as one packet, a word a cycle. Packets
    leave in the order of their marks. Once a packet has begun its samples are safe: the output
    buffer holds the whole of it, and the next begins when the last word has left.

    No back-pressure reaches ``i``: neural samples do not wait. An event is lost, and ``lost``
    counts it, when the queue is full, when its samples were overwritten while it waited for the
    output, or when its snippet would begin before the first sample.
    :meth:`SnippetBufferConfig.events_at_once` says how many may come together.

    Latency is :attr:`latency` cycles from the beat that ends the frame of the last sample to the
    first word, if nothing waits before it. Throughput is one sample a cycle in; out, a packet of N
    words every N + :attr:`packet_gap` cycles.

    The bit-exact model is :func:`verification.golden.snippet_buffer.snippet_buffer`.

    Parameters
    ----------
    config : SnippetBufferConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(detection_layout(config.sample_width, config.channels)))``
        Samples with the detector's verdict.
    o : ``Out(stream.Signature(packet_layout(config.sample_width, config.channels)))``
        Event packets.
    peak_delay : ``In(8)``
        Frames from a peak to the beat that reports it.
    detected : ``Out(1)``
        High for one cycle for each event marked.
    lost : ``Out(2)``
        Events lost in this cycle, 0 to 2.
    """

    latency = 5
    packet_gap = PACKET_GAP
    throughput = "1 sample/cycle in, 1 word/cycle out"

    i: stream.Interface
    o: stream.Interface
    peak_delay: Signal
    detected: Signal
    lost: Signal

    def __init__(self, config: SnippetBufferConfig | None = None) -> None:
        self.config = config = config or SnippetBufferConfig()
        super().__init__(
            {
                "i": In(stream.Signature(detection_layout(config.sample_width, config.channels))),
                "o": Out(stream.Signature(packet_layout(config.sample_width, config.channels))),
                "peak_delay": In(8),
                "detected": Out(1),
                "lost": Out(2),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        slot_width = config.history_frames.bit_length() - 1
        time = unsigned(TIME_WIDTH)

        m.submodules.history = history = memory.Memory(
            shape=self.i.payload.sample.shape(),
            depth=config.channels * config.history_frames,
            init=[],
        )
        write = history.write_port()
        read = history.read_port()

        frame = Signal(time)  # of the beats now arriving; all earlier frames are complete
        beat = self.i.payload
        m.d.comb += [
            self.i.ready.eq(1),
            write.addr.eq(Cat(frame[:slot_width], beat.channel)),
            write.data.eq(beat.sample),
            write.en.eq(self.i.valid),
        ]
        with m.If(self.i.valid & (beat.channel == config.channels - 1)):
            m.d.sync += frame.eq(frame + 1)

        event_layout = data.StructLayout({"first": time, "channel": channel_shape(config.channels)})
        m.submodules.queue = queue = fifo.SyncFIFOBuffered(
            width=event_layout.size, depth=config.queue_events + SHOWN
        )
        marked = Signal(event_layout)
        lead = self.peak_delay + config.pre_trigger
        # Once there were more frames than any lead, there always are: even when ``frame`` wraps.
        beyond_lead = ((1 << len(self.peak_delay)) - 1 + config.pre_trigger).bit_length()
        enough = Signal()
        with m.If(frame[beyond_lead]):
            m.d.sync += enough.eq(1)
        too_early = Signal()
        queue_full = Signal()
        m.d.comb += [
            marked.first.eq(frame - lead),
            marked.channel.eq(beat.channel),
            queue.w_data.eq(marked),
            self.detected.eq(self.i.valid & beat.spike),
            too_early.eq(self.detected & ~enough & (frame[: beyond_lead + 1] < lead)),
            queue.w_en.eq(self.detected & ~too_early),
            queue_full.eq(queue.w_en & ~queue.w_rdy),
        ]

        # One packet at a time: its channel and time stay in ``event`` until its last word left.
        word_layout = data.StructLayout({"sample": write.data.shape(), "first": 1, "last": 1})
        m.submodules.words = words = fifo.SyncFIFOBuffered(
            width=word_layout.size, depth=config.snippet_samples + SHOWN
        )
        event = Signal(event_layout)
        index = Signal(range(config.snippet_samples + 1))
        age = Signal(time)
        overwritten = Signal()
        reading = Signal()
        m.d.comb += age.eq(frame - event.first)
        with m.FSM():
            with m.State("idle"):
                m.d.comb += queue.r_en.eq(1)
                m.d.sync += [event.eq(queue.r_data), index.eq(0)]
                with m.If(queue.r_rdy):
                    m.next = "wait"
            with m.State("wait"):
                with m.If(age > config.history_frames - READ_MARGIN_FRAMES):
                    m.d.comb += overwritten.eq(1)
                    m.next = "idle"
                with m.Elif(age >= config.snippet_samples):
                    m.next = "read"
            with m.State("read"):
                m.d.comb += reading.eq(1)
                m.d.sync += index.eq(index + 1)
                with m.If(index == config.snippet_samples - 1):
                    m.next = "send"
            with m.State("send"), m.If(self.o.valid & self.o.ready & self.o.payload.last):
                m.next = "idle"
        m.d.comb += self.lost.eq(queue_full + too_early + overwritten)

        word = Signal(word_layout)
        word_valid = Signal()
        sent = data.View(word_layout, words.r_data)
        slot = Signal(slot_width)
        m.d.comb += [
            slot.eq(event.first + index),
            read.addr.eq(Cat(slot, event.channel)),
            words.w_data.eq(Cat(read.data, word.first, word.last)),
            words.w_en.eq(word_valid),
        ]
        m.d.sync += [
            word_valid.eq(reading),
            word.first.eq(index == 0),
            word.last.eq(index == config.snippet_samples - 1),
        ]

        m.d.comb += [
            self.o.payload.sample.eq(sent.sample),
            self.o.payload.channel.eq(event.channel),
            self.o.payload.time.eq(event.first + config.pre_trigger),
            self.o.payload.first.eq(sent.first),
            self.o.payload.last.eq(sent.last),
            self.o.valid.eq(words.r_rdy),
            words.r_en.eq(self.o.ready),
        ]
        return m
