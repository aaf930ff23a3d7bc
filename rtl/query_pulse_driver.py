"""Query pulse driver: turns a vector of query codes into pulses of as many cycles, on all rows."""

from dataclasses import dataclass

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges

__all__ = ["QueryPulseDriver", "QueryPulseDriverConfig"]


@dataclass(frozen=True, kw_only=True)
class QueryPulseDriverConfig:
    """Sizes of a :class:`QueryPulseDriver`.

    Parameters
    ----------
    rows : int
        Rows of the array, in 1..4096.
    code_width : int
        Bits of a query code, in 1..8.
    """

    rows: int = 64
    code_width: int = 4

    def __post_init__(self) -> None:
        check_ranges(self, rows=(1, 4096), code_width=(1, 8))

    @property
    def longest(self) -> int:
        """Cycles of the longest pulse: the highest code."""
        return (1 << self.code_width) - 1


class QueryPulseDriver(wiring.Component):
    """Pulse all rows at once, each for as many cycles as its code says: 0 cycles to the longest.

    All pulses begin in the cycle after ``start``. They come straight from flip-flops: a spike on a
    row would be charge in every cell of it. The codes must be offered at ``i`` from ``start`` on;
    they are accepted in the last cycle of the longest possible pulse, whatever they are. A start
    before that has no effect.

    Latency is :attr:`latency` cycle from ``start`` to the first cycle of the pulses; throughput,
    one vector in as many cycles as the longest pulse has.

    The bit-exact model is :func:`verification.golden.query_pulse_driver.query_pulse_driver`.

    Parameters
    ----------
    config : QueryPulseDriverConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(data.ArrayLayout(config.code_width, config.rows)))``
        Query codes.
    start : ``In(1)``
        Begin the pulses with the next cycle.
    rows : ``Out(config.rows)``
        The pulses.
    """

    latency = 1
    throughput = "1 vector/15 cycles"

    i: stream.Interface
    start: Signal
    rows: Signal

    def __init__(self, config: QueryPulseDriverConfig | None = None) -> None:
        self.config = config = config or QueryPulseDriverConfig()
        codes = data.ArrayLayout(unsigned(config.code_width), config.rows)
        super().__init__(
            {"i": In(stream.Signature(codes)), "start": In(1), "rows": Out(config.rows)}
        )
        self.throughput = f"1 vector/{config.longest} cycles"

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        passed = Signal(range(config.longest + 1))  # cycles of the pulses, this one included
        m.d.comb += self.i.ready.eq(passed == config.longest)
        with m.If(self.start | (passed != 0)):
            m.d.sync += passed.eq(passed + 1)  # and back to 0 after the longest
            m.d.sync += [
                self.rows[row].eq(self.i.payload[row] > passed) for row in range(config.rows)
            ]
        return m
