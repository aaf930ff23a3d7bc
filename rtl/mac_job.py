"""MAC job: how much a job reads and writes, and whether that is possible."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.mac_array_config import (
    SIZE_WIDTH,
    MacArrayConfig,
    MacError,
    MacOperation,
    OutputWidth,
    job_layout,
)

__all__ = ["MacJob"]

LENGTH = SIZE_WIDTH + 2  # bits of a number of bytes, four for each row


class MacJob(wiring.Component):
    """Measure a job in beats, and find what is wrong with it. Combinational.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array.

    Members
    -------
    job : ``In(job_layout())``
        The job.
    last_row : ``In(32)``
        Beats from the first row to the last.
    vector_beats, row_beats : ``Out(range(...))``
        Of the vector; of a row.
    uses_constants : ``Out(1)``
        Each row has one.
    error : ``Out(3)``
        A :class:`~rtl.mac_array_config.MacError`.
    """

    job: data.View
    last_row: Signal
    vector_beats: Signal
    row_beats: Signal
    uses_constants: Signal
    error: Signal

    def __init__(self, config: MacArrayConfig) -> None:
        self.config = config
        super().__init__(
            {
                "job": In(job_layout()),
                "last_row": In(32),
                "vector_beats": Out(LENGTH),
                "row_beats": Out(LENGTH),
                "uses_constants": Out(1),
                "error": Out(3),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        job = self.job
        is_update = job.operation == MacOperation.UPDATE
        is_difference = (job.operation == MacOperation.SQUARES) | (
            job.operation == MacOperation.MAGNITUDES
        )
        constant_shift = Mux(is_update, job.weight_width, 2)
        m.d.comb += [
            self.vector_beats.eq(self._beats(job.columns << job.vector_width)),
            self.row_beats.eq(self._beats(job.columns << job.weight_width)),
            self.uses_constants.eq(is_update | job.bias),
        ]
        ends = {}
        for name, beats in {
            "weights": self.last_row + self.row_beats,
            "vector": self.vector_beats,
            "constants": self._beats(job.rows << constant_shift),
            "output": self._beats(job.rows << job.output_width),
        }.items():
            ends[name] = Signal(34, name=f"{name}_end")
            m.d.comb += ends[name].eq(self._first(name) + beats)

        used = {"weights": 1, "vector": 1, "constants": self.uses_constants, "output": ~is_update}
        outside = job.stride >= self.config.memory_bytes
        unaligned = self._unaligned("stride")
        for name, is_used in used.items():
            begins_outside = job[name] // self.config.memory_bytes != (
                self.config.memory_base // self.config.memory_bytes
            )
            ends_outside = ends[name] > self.config.memory_beats
            outside |= is_used & (begins_outside | ends_outside)
            unaligned |= is_used & self._unaligned(name)

        def overlap(one: str, other: str) -> Value:
            return (self._first(one) < ends[other]) & (self._first(other) < ends[one])

        overlaps = Mux(
            is_update,
            overlap("weights", "constants"),
            overlap("output", "weights") | (job.bias & overlap("output", "constants")),
        )
        reserved = ~is_update & (job.output_width > OutputWidth.BITS_32)
        unlike = is_difference & (job.weight_width != job.vector_width)
        too_long = self.vector_beats > self.config.vector_beats
        for error, found in (
            (MacError.OVERLAP, overlaps),
            (MacError.RANGE, outside),
            (MacError.ALIGNMENT, unaligned),
            (MacError.WIDTH, reserved | unlike),
            (MacError.SHAPE, (job.rows == 0) | (job.columns == 0) | too_long),
        ):
            with m.If(found):
                m.d.comb += self.error.eq(error)
        return m

    def _beats(self, length: Value) -> Value:
        """Return how many beats so many bytes take."""
        return (length + (self.config.lanes - 1)) // self.config.lanes

    def _first(self, name: str) -> Value:
        """Return the beat of memory at an address."""
        return self.job[name] % self.config.memory_bytes // self.config.lanes

    def _unaligned(self, name: str) -> Value:
        return self.job[name] % self.config.lanes != 0
