"""Event packer: event packets become 32-bit words for the rings of a processor."""

from dataclasses import dataclass

from amaranth.hdl import C, Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.streams import packet_layout

__all__ = ["BEAT_SAMPLES", "HEAD_WORDS", "EventPacker", "EventPackerConfig"]

WORD, HALF = 32, 16
HEAD_WORDS = 4
BEAT_SAMPLES = 8  # in 16 bytes, of which the MAC array reads and at which its vectors begin


@dataclass(frozen=True, kw_only=True)
class EventPackerConfig:
    """Sizes of an :class:`EventPacker`.

    Parameters
    ----------
    channels : int
        Number of channels, in 1..1024.
    sample_width : int
        Sample width, bits, in 2..16.
    samples : int
        Samples of each event that are passed on, the first ones: a multiple of 8 in 0..256.
    """

    channels: int = 68
    sample_width: int = 13
    samples: int = 64

    def __post_init__(self) -> None:
        check_ranges(self, channels=(1, 1024), sample_width=(2, HALF), samples=(0, 256))
        if self.samples % BEAT_SAMPLES:
            raise ValueError(f"samples must be a multiple of {BEAT_SAMPLES}, not {self.samples}")

    @property
    def words(self) -> int:
        """Words of each event: the head, and two samples in each of the others."""
        return HEAD_WORDS + self.samples // 2


class EventPacker(wiring.Component):
    """Make of every event packet the same number of words.

    The first four are the time of the peak, the channel (with the number of samples in the upper
    half), and two zeros. Samples follow, sign-extended to 16 bits, two to a word, the earlier one
    in the lower half. What a packet has beyond :attr:`EventPackerConfig.samples` is dropped, what
    it lacks is zero. So each event takes a multiple of 16 bytes, and its samples begin at one.

    Words wait for the output, and packets for the words: nothing is dropped or torn. After a reset
    within a packet the rest of it is dropped, and the next is whole.

    Latency is :attr:`latency` cycles from the first word of a packet to the first of the words,
    which leaves in the cycle in which it is offered; throughput is one sample, or one word of the
    head, a cycle.

    The bit-exact model is :func:`verification.golden.event_packer.event_packer`.

    Parameters
    ----------
    config : EventPackerConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(packet_layout(config.sample_width, config.channels)))``
        Event packets.
    o : ``Out(stream.Signature(32))``
        Words.
    """

    latency = 0
    throughput = "1 sample/cycle"

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: EventPackerConfig | None = None) -> None:
        self.config = config = config or EventPackerConfig()
        super().__init__(
            {
                "i": In(stream.Signature(packet_layout(config.sample_width, config.channels))),
                "o": Out(stream.Signature(WORD)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, beat = self.config, self.i.payload
        place = Signal(range(max(HEAD_WORDS, config.samples)))  # in the head, then of a sample
        earlier, sample = Signal(HALF), Signal(HALF)  # of the two in a word
        ended, ends = Signal(), Signal()  # the packet's last sample has been taken, or is now
        is_there = ended | self.i.valid
        m.d.comb += [sample.eq(Mux(ended, 0, beat.sample)), ends.eq(ended | beat.last)]
        head = [
            beat.time,
            Cat(beat.channel, C(0, HALF - len(beat.channel)), C(config.samples, HALF)),
        ]
        with m.FSM():
            with m.State("head"):
                m.d.comb += [
                    self.o.valid.eq(self.i.valid & beat.first),
                    self.i.ready.eq(self.i.valid & ~beat.first),
                ]
                for number, word in enumerate(head):
                    with m.If(place == number):
                        m.d.comb += self.o.payload.eq(word)
                m.d.sync += ended.eq(0)
                with m.If(self.o.valid & self.o.ready):
                    m.d.sync += place.eq(place + 1)
                    with m.If(place == HEAD_WORDS - 1):
                        m.d.sync += place.eq(0)
                        m.next = "lower" if config.samples else "rest"
            with m.State("lower"):
                m.d.comb += self.i.ready.eq(~ended)
                m.d.sync += earlier.eq(sample)
                with m.If(is_there):
                    m.d.sync += [place.eq(place + 1), ended.eq(ends)]
                    m.next = "upper"
            with m.State("upper"):
                m.d.comb += [
                    self.o.valid.eq(is_there),
                    self.o.payload.eq(Cat(earlier, sample)),
                    self.i.ready.eq(self.o.ready & ~ended),
                ]
                with m.If(is_there & self.o.ready):
                    m.d.sync += [place.eq(place + 1), ended.eq(ends)]
                    m.next = "lower"
                    with m.If(place == config.samples - 1):
                        m.d.sync += place.eq(0)
                        with m.If(ends):
                            m.next = "head"
                        with m.Else():
                            m.next = "rest"
            with m.State("rest"):
                m.d.comb += self.i.ready.eq(1)
                with m.If(self.i.valid & beat.last):
                    m.next = "head"
        return m
