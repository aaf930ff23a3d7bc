"""MAC array: matrix-vector products, distances and weight updates, from memory to memory."""

from typing import Any

from amaranth.hdl import C, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.mac_array_config import (
    SIZE_WIDTH,
    MacArrayConfig,
    MacError,
    MacOperation,
    job_layout,
    wide_port,
)
from rtl.mac_array_registers import mac_array_registers
from rtl.mac_feed import MacFeed
from rtl.mac_job import MacJob
from rtl.mac_lanes import MacLanes
from rtl.mac_operands import MacOperands
from rtl.mac_passes import MacPasses
from rtl.mac_reader import MacReader, Part
from rtl.mac_rounder import MacRounder
from rtl.mac_updater import MacUpdater
from rtl.mac_writer import MacWriter
from rtl.register_bank import RegisterBank
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature

__all__ = ["MacArray"]

CONTROL = ("operation", "weight_width", "vector_width", "output_width", "relu", "bias")
ADDRESSES = ("weights", "vector", "constants", "output")


class MacArray(wiring.Component):
    """Run a job on matrix and vector in memory while the core does something else, or sleeps.

    The vector is read once, into a buffer; then a beat of weights is read in every cycle but those
    in which constants are read or outputs written, and multiplied in the cycle after, by elements
    of the vector, all lanes at a time. Two wide factors take four lanes, one takes two: a beat
    then takes two cycles. An update reads a beat, takes a pass for each quarter of its elements
    (of 16 bits: each half), and writes it.

    A job that cannot be is refused before anything is written.

    Latency is :attr:`latency` cycles for the least of jobs, of one row of one beat, without bias.

    The bit-exact model is :class:`verification.golden.mac_array.MacArrayModel`; it also knows
    the cycles that a job takes while nobody else uses memory.

    Parameters
    ----------
    config : MacArrayConfig
        Size.

    Members
    -------
    bus : ``In(RegisterBusSignature(...))``
        Registers, see :func:`rtl.mac_array_registers.mac_array_registers`. While a job runs,
        every write is refused.
    memory : ``Out(wide_port(config.lanes))``
        To the memory of data.
    interrupts : ``Out(1)``
        A job has ended and was not acknowledged, and interrupts are enabled.
    busy : ``Out(1)``
        A job runs: the clock must, too.
    """

    latency = 7
    throughput = "16 MACs of 8 bits/cycle"

    bus: RegisterBusInterface
    memory: Any
    interrupts: Signal
    busy: Signal

    def __init__(self, config: MacArrayConfig | None = None) -> None:
        self.config = config = config or MacArrayConfig()
        self.registers = mac_array_registers(config)
        width = self.registers.address_width
        super().__init__(
            {
                "bus": In(RegisterBusSignature(address_width=width, data_width=32)),
                "memory": Out(wide_port(config.lanes)),
                "interrupts": Out(1),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.measure = measure = MacJob(config)
        m.submodules.reader = reader = MacReader(config)
        m.submodules.writer = writer = MacWriter(config)
        m.submodules.passes = passes = MacPasses(config.lanes)
        job = Signal(job_layout())
        checks = Signal()  # the first cycle of a job
        error = Signal(3)
        refused, last_write, ends = Signal(), Signal(), Signal()
        port = self.memory
        begins = checks & (measure.error == MacError.NONE)
        m.d.sync += checks.eq(self._software(m, job, ends=ends, error=error))
        m.d.comb += [
            refused.eq(port.valid & port.ready & port.fault),
            ends.eq((checks & ~begins) | refused | (port.write & port.ready & last_write)),
            error.eq(Mux(checks, measure.error, Mux(refused, MacError.MEMORY, MacError.NONE))),
        ]

        arrives = Signal(Part)  # what was read in the cycle before
        asked_last = Signal()
        m.d.sync += arrives.eq(Mux(reader.valid & reader.ready & ~refused, reader.part, Part.NONE))
        m.d.comb += [
            measure.job.eq(job),
            passes.job.eq(job),
            passes.start.eq(checks),
            passes.stop.eq(refused),
            passes.arrives.eq(arrives == Part.WEIGHTS),
            asked_last.eq(reader.part == Part.NONE),
            port.write.eq(writer.full & ~reader.held),
            port.valid.eq(port.write | reader.valid),
            port.address.eq(self._address(Mux(port.write, writer.address, reader.address))),
            port.mask.eq(Mux(port.write, writer.mask, (1 << config.lanes) - 1)),
            port.write_data.eq(writer.data),
        ]
        finished = Signal()  # the sum is that of a whole row
        row_ends = passes.passes & passes.last
        is_update = job.operation == MacOperation.UPDATE
        share = config.lanes.bit_length() - 1  # logarithm of the bytes of a beat
        m.d.comb += [
            reader.start.eq(begins),
            reader.stop.eq(refused),
            reader.ready.eq(port.ready),
            reader.rows.eq(job.rows),
            reader.vector_beats.eq(measure.vector_beats),
            reader.row_beats.eq(measure.row_beats),
            reader.uses_constants.eq(measure.uses_constants),
            reader.constants_log.eq(Mux(is_update, share - job.weight_width, share - 2)),
            *(
                getattr(reader, name).eq(job[name] // config.lanes)
                for name in ("vector", "constants", "weights", "stride")
            ),
            # A sum must not be overwritten by a row of one pass while a complete beat waits; a
            # beat's first pass is in the cycle after its request.
            reader.allowed.eq(
                ~writer.full
                & ~passes.again
                & ~(is_update & passes.passes)
                & ~(finished & writer.completes & row_ends)
                & ~((arrives == Part.VECTOR) & (measure.vector_beats == 1))
            ),
        ]

        latest = Signal.like(reader.address)  # beat that was read
        with m.If(reader.valid & reader.ready):
            m.d.sync += latest.eq(reader.address)
        m.d.comb += [
            writer.start.eq(checks | refused),
            writer.output.eq(job.output // config.lanes),
            writer.output_width.eq(job.output_width),
            writer.offered.eq(finished),
            writer.last.eq(asked_last & ~passes.passes),
            writer.updated.eq(passes.passes & is_update),
            writer.wide.eq(job.weight_width),
            writer.place.eq(passes.place),
            writer.count.eq(passes.count),
            writer.final.eq(~passes.again),
            writer.beat.eq(latest),
            writer.ready.eq(port.write & port.ready),
        ]
        m.d.sync += finished.eq(
            ~writer.start & ((row_ends & ~is_update) | (finished & ~writer.taken))
        )
        with m.If(writer.taken):
            m.d.sync += last_write.eq(writer.last)
        with m.Elif(writer.updated):
            m.d.sync += last_write.eq(asked_last)
        self._arithmetic(m, job, checks=checks, arrives=arrives, passes=passes)
        return m

    def _address(self, beat: Value) -> Value:
        """Return the address of a beat of memory, bytes."""
        base = C(self.config.memory_base, len(self.memory.address))
        low = self.config.lanes.bit_length() - 1
        return Cat(C(0, low), beat, base[low + len(beat) :])

    def _software(self, m: Module, job: data.View, *, ends: Signal, error: Signal) -> Value:
        """Keep the registers; return whether a job starts."""
        m.submodules.bank = bank = RegisterBank(self.registers)
        command, bus = bank.array("command"), self.bus
        done, told = Signal(), Signal.like(error)
        cycles = Signal(32)
        reports = Signal()  # that a write was refused
        start = command.write_valid & command.write_data.start
        m.d.comb += [
            bank.bus.address.eq(bus.address),
            bank.bus.write_data.eq(bus.write_data),
            bank.bus.write_valid.eq(bus.write_valid & ~self.busy),
            bank.bus.read_valid.eq(bus.read_valid),
            bus.read_data.eq(bank.bus.read_data),
            bus.error.eq(bank.bus.error | reports),
            *(job[name].eq(bank.field("control", name)) for name in CONTROL),
            *(job[name].eq(bank.field("shape", name)) for name in ("rows", "columns")),
            *(job[name].eq(bank.field(name, "address")) for name in ADDRESSES),
            job.shift.eq(bank.field("shift", "bits")),
            job.stride.eq(bank.field("stride", "bytes")),
            bank.field("status", "busy").eq(self.busy),
            bank.field("status", "done").eq(done),
            bank.field("status", "error").eq(told),
            bank.field("cycles", "count").eq(cycles),
            self.interrupts.eq(done & bank.field("control", "interrupt_enable")),
        ]
        m.d.sync += [
            reports.eq(bus.write_valid & self.busy),
            command.read_data.eq(Mux(command.read_valid, self.busy, 0)),
        ]
        with m.If(self.busy):
            m.d.sync += cycles.eq(cycles + 1)
        with m.If(command.write_valid & (command.write_data.acknowledge | start)):
            m.d.sync += [done.eq(0), told.eq(MacError.NONE)]
        with m.If(start):
            m.d.sync += [self.busy.eq(1), cycles.eq(0)]
        with m.If(ends):
            m.d.sync += [self.busy.eq(0), done.eq(1), told.eq(error)]
        return start

    def _arithmetic(
        self, m: Module, job: data.View, *, checks: Signal, arrives: Any, passes: MacPasses
    ) -> None:
        """Multiply and add what arrives; round sums and updates for the writer."""
        config, measure, writer = self.config, m.submodules.measure, m.submodules.writer
        m.submodules.feed = feed = MacFeed(config)
        m.submodules.operands = operands = MacOperands(config.lanes)
        m.submodules.lanes = lanes = MacLanes(config.lanes)
        m.submodules.rounder = rounder = MacRounder(config.accumulator_width)
        m.submodules.updater = updater = MacUpdater(config.lanes)
        m.d.comb += [
            feed.start.eq(checks),
            feed.arrives.eq(arrives),
            feed.beat.eq(self.memory.read_data),
            feed.weight_share.eq(passes.weight_share),
            feed.vector_share.eq(passes.vector_share),
            feed.position.eq(passes.position),
            feed.next_position.eq(passes.next_position),
            feed.line.eq(passes.line),
            feed.wide.eq(job.weight_width),
            operands.operation.eq(job.operation),
            operands.wide_weights.eq(job.weight_width),
            operands.wide_vector.eq(job.vector_width),
            operands.weights.eq(feed.weights),
            operands.vector.eq(feed.vector),
            operands.count.eq(passes.count),
            operands.constant.eq(feed.factor),
            # In its first cycle, the lanes find out where a job's last row is.
            lanes.a.eq(Mux(checks, (job.rows - 1)[:SIZE_WIDTH], operands.a)),
            lanes.b.eq(Mux(checks, job.stride // config.lanes, operands.b)),
            lanes.wide_a.eq(checks | operands.wide_a),
            lanes.wide_b.eq(checks | operands.wide_b),
            lanes.unsigned.eq(checks | operands.unsigned),
            measure.last_row.eq(lanes.products[0]),
        ]
        total = Signal(signed(config.accumulator_width))
        with m.If(passes.passes):
            before = Mux(passes.first, Mux(job.bias, feed.bias.as_signed(), 0), total)
            m.d.sync += total.eq(before + lanes.total)
        m.d.comb += [
            rounder.i.eq(total),
            rounder.shift.eq(job.shift),
            rounder.relu.eq(job.relu),
            rounder.output_width.eq(job.output_width),
            writer.result.eq(rounder.o),
            updater.weights.eq(feed.weights),
            updater.wide.eq(job.weight_width),
            updater.products.eq(lanes.products),
            updater.shift.eq(job.shift),
            writer.weights.eq(updater.o),
        ]
