"""Attention schedule: says when each part of an attention head does what, token by token."""

from dataclasses import dataclass

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges

__all__ = ["AttentionSchedule", "AttentionScheduleConfig"]

SCALE_CYCLES = 2  # from an offer to its key's codes
START_AND_HOLD_CYCLES = 2  # of a write: the cycle before its pulse, and the one after
SAMPLE_CYCLES = 1  # from the end of the count to the final counts


@dataclass(frozen=True, kw_only=True)
class AttentionScheduleConfig:
    """Phases of a token, in cycles; at 1 GHz a cycle is the 1 ns step of the pulses.

    Parameters
    ----------
    write_cycles : int
        Write pulse of a key or value, in 1..1024.
    integrate_cycles : int
        The query's pulses and a cycle for their last edge, in ``write_cycles + 2``..4096: a
        value is written meanwhile.
    drive_cycles : int
        The scores' pulses and a cycle for their last edge, in 1..4096.
    count_cycles : int
        The longest output pulse that is counted, in 1..4096.
    reset_cycles : int
        Least discharge of a charge-to-pulse converter before it integrates again, in 1..1024.
    digital_cycles : int
        From the final counts to the output, in 1..64.
    """

    write_cycles: int = 10
    integrate_cycles: int = 16
    drive_cycles: int = 16
    count_cycles: int = 16
    reset_cycles: int = 2
    digital_cycles: int = 4

    def __post_init__(self) -> None:
        check_ranges(
            self,
            write_cycles=(1, 1024),
            integrate_cycles=(self.write_cycles + START_AND_HOLD_CYCLES, 4096),
            drive_cycles=(1, 4096),
            count_cycles=(1, 4096),
            reset_cycles=(1, 1024),
            digital_cycles=(1, 64),
        )

    @property
    def load_cycles(self) -> int:
        """From an offer to the first cycle in which its query is integrated."""
        return SCALE_CYCLES + self.write_cycles

    @property
    def latency_cycles(self) -> int:
        """From the cycle in which a token is first offered to that in which its outputs are."""
        analog = self.integrate_cycles + self.drive_cycles + self.count_cycles
        return self.load_cycles + analog + SAMPLE_CYCLES + self.digital_cycles

    @property
    def interval_cycles(self) -> int:
        """From a token to the next, at best: what the busiest part of the head needs.

        One of: key array, with writing; converters of the scores; converters of the outputs.
        """
        return max(
            self.load_cycles + self.integrate_cycles,
            self.integrate_cycles + self.drive_cycles + self.reset_cycles,
            self.drive_cycles + self.count_cycles + self.reset_cycles,
        )

    @property
    def tokens_in_flight(self) -> int:
        """Tokens that may be on their way at a time without the outputs' running over."""
        return -(-self.latency_cycles // self.interval_cycles)


class AttentionSchedule(wiring.Component):
    """Start every phase of every token, in time and never too early.

    A token is begun when one is offered, the interval since the last has passed, and there is room
    for its outputs: at most ``config.tokens_in_flight`` have not left. From then on nothing waits:
    charge cannot. Phases of successive tokens overlap; what each strobe says is in
    :class:`~rtl.gain_cell_tile.GainCellTile`. Strobes to the arrays come straight from flip-flops.
    Converters that have nothing to hold are kept discharged, also from a reset on.

    Latency is :attr:`latency` cycles from the offer of a token to its outputs, by default; one
    token every ``config.interval_cycles``.

    The bit-exact model is :func:`verification.golden.attention_schedule.attention_schedule`.

    Parameters
    ----------
    config : AttentionScheduleConfig
        Phases.

    Members
    -------
    offered : ``In(1)``
        There is a token.
    load : ``Out(1)``
        It is begun: its key and query are scaled.
    accept : ``Out(1)``
        The cycle after: its value is scaled, and the token accepted.
    start_key, start_query, start_value : ``Out(1)``
        Writes and query pulses begin with the next cycle.
    integrate, drive, count : ``Out(1)``
        Phases of the arrays.
    reset_scores, reset_sums : ``Out(1)``
        Discharge of the converters behind the first and the second array.
    left : ``In(1)``
        The outputs of a token have been accepted.
    in_flight : ``Out(range(config.tokens_in_flight + 1))``
        Tokens begun whose outputs have not left.
    """

    latency = AttentionScheduleConfig().latency_cycles
    throughput = f"1 token/{AttentionScheduleConfig().interval_cycles} cycles"

    offered: Signal
    load: Signal
    accept: Signal
    start_key: Signal
    start_query: Signal
    start_value: Signal
    integrate: Signal
    drive: Signal
    count: Signal
    reset_scores: Signal
    reset_sums: Signal
    left: Signal
    in_flight: Signal

    def __init__(self, config: AttentionScheduleConfig | None = None) -> None:
        self.config = config = config or AttentionScheduleConfig()
        strobes = "load accept start_key start_query start_value integrate drive count"
        resets = "reset_scores reset_sums"
        super().__init__(
            {
                "offered": In(1),
                **{name: Out(1) for name in f"{strobes} {resets}".split()},
                "left": In(1),
                "in_flight": Out(range(config.tokens_in_flight + 1)),
            }
        )
        self.latency = config.latency_cycles
        self.throughput = f"1 token/{config.interval_cycles} cycles"

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        loaded = config.load_cycles
        integrated = loaded + config.integrate_cycles

        wait = Signal(range(config.interval_cycles))  # until the next token may begin
        m.d.comb += self.load.eq(
            self.offered & (wait == 0) & (self.in_flight != config.tokens_in_flight)
        )
        m.d.sync += self.in_flight.eq(self.in_flight + self.load - self.left)
        with m.If(self.load):
            m.d.sync += wait.eq(config.interval_cycles - 1)
        with m.Elif(wait != 0):
            m.d.sync += wait.eq(wait - 1)

        reset_scores, reset_sums = Signal(init=1), Signal(init=1)
        m.d.comb += [self.reset_scores.eq(reset_scores), self.reset_sums.eq(reset_sums)]
        # Three phases that overlap with those of other tokens, each with a counter of its own.
        front = Signal(range(integrated))  # cycles since the offer
        m.d.comb += [
            self.accept.eq(front == 1),
            self.start_key.eq(front == 1),
            self.start_query.eq(front == loaded - 1),
            self.start_value.eq(front == loaded),
        ]
        with m.If(self.load | (front != 0)):
            m.d.sync += front.eq(front + 1)
        with m.If(self.start_query):
            m.d.sync += [self.integrate.eq(1), reset_scores.eq(0)]
        driven, counted = Signal(range(config.drive_cycles)), Signal(range(config.count_cycles))
        with m.If(front == integrated - 1):
            m.d.sync += [front.eq(0), self.integrate.eq(0), self.drive.eq(1), driven.eq(0)]
            m.d.sync += reset_sums.eq(0)
        with m.If(self.drive):
            m.d.sync += driven.eq(driven + 1)
            with m.If(driven == config.drive_cycles - 1):
                m.d.sync += [self.drive.eq(0), reset_scores.eq(1)]
                m.d.sync += [self.count.eq(1), counted.eq(0)]
        with m.If(self.count):
            m.d.sync += counted.eq(counted + 1)
            with m.If(counted == config.count_cycles - 1):
                m.d.sync += [self.count.eq(0), reset_sums.eq(1)]
        return m
