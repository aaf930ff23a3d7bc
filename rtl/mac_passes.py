"""MAC passes: cuts rows into passes, as many elements at a time as there are multipliers for."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.mac_array_config import SIZE_WIDTH, MacOperation, job_layout

__all__ = ["MacPasses"]


class MacPasses(wiring.Component):
    """Count the passes of a job. The first of a beat is in the cycle in which the beat arrives.

    Parameters
    ----------
    lanes : int
        Of the array.

    Members
    -------
    job : ``In(job_layout())``
        The job.
    start : ``In(1)``
        It begins.
    stop : ``In(1)``
        It ends at once.
    arrives : ``In(1)``
        A beat of weights is there.
    passes : ``Out(1)``
        Something is multiplied.
    first, last : ``Out(1)``
        The pass is the first, or the last, of its row.
    again : ``Out(1)``
        Another pass of the same beat follows.
    place : ``Out(2)``
        Which pass of the beat it is.
    count : ``Out(range(lanes + 1))``
        Elements of the pass.
    weight_share, vector_share : ``Out(2)``
        How often the beat of weights, or of the vector, is halved for a pass.
    position, next_position : ``Out(16)``
        Passes of the row before this pass, and before that of the next cycle.
    line : ``Out(range(lanes))``
        Row, as far as constants depend on it.
    """

    latency = 0

    job: data.View
    start: Signal
    stop: Signal
    arrives: Signal
    passes: Signal
    first: Signal
    last: Signal
    again: Signal
    place: Signal
    count: Signal
    weight_share: Signal
    vector_share: Signal
    position: Signal
    next_position: Signal
    line: Signal

    def __init__(self, lanes: int) -> None:
        self._lanes = lanes
        super().__init__(
            {
                "job": In(job_layout()),
                "start": In(1),
                "stop": In(1),
                "arrives": In(1),
                "passes": Out(1),
                "first": Out(1),
                "last": Out(1),
                "again": Out(1),
                "place": Out(2),
                "count": Out(range(lanes + 1)),
                "weight_share": Out(2),
                "vector_share": Out(2),
                "position": Out(SIZE_WIDTH),
                "next_position": Out(SIZE_WIDTH),
                "line": Out(range(lanes)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        job = self.job
        left = Signal(SIZE_WIDTH)  # elements of the row that are not yet multiplied
        rest = Signal()  # the pass has what is left of the beat before
        elements = Signal(range(self._lanes + 1))
        halvings = Signal(2)  # of the number of elements, for want of multipliers
        both = job.weight_width & job.vector_width
        either = job.weight_width | job.vector_width
        last_place = Signal(2)
        m.d.comb += [
            halvings.eq(Mux((job.operation == MacOperation.UPDATE) | both, 2, either)),
            self.weight_share.eq(halvings - job.weight_width),
            self.vector_share.eq(halvings - job.vector_width),
            elements.eq(self._lanes >> halvings),
            last_place.eq((1 << self.weight_share) - 1),
            self.passes.eq(self.arrives | rest),
            self.last.eq(left <= elements),
            self.again.eq(self.passes & ~self.last & (self.place != last_place)),
            self.count.eq(Mux(self.last, left, elements)),
            self.next_position.eq(self.position),
        ]
        m.d.sync += rest.eq(self.again & ~self.stop)
        with m.If(self.passes):
            m.d.comb += self.next_position.eq(Mux(self.last, 0, self.position + 1))
            m.d.sync += [
                self.position.eq(self.next_position),
                self.place.eq(Mux(self.again, self.place + 1, 0)),
                left.eq(Mux(self.last, job.columns, left - elements)),
                self.first.eq(self.last),
                self.line.eq(self.line + self.last),
            ]
        with m.If(self.start):
            m.d.sync += [
                left.eq(job.columns),
                self.place.eq(0),
                self.position.eq(0),
                self.first.eq(1),
                self.line.eq(0),
            ]
        return m
