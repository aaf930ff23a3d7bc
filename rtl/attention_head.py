"""Attention head: the digital half of in-memory attention, from tokens to weighted sums."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.attention_head_config import AttentionHeadConfig, arrays_signature, token_layout
from rtl.attention_schedule import AttentionSchedule
from rtl.gain_cell_tile import GainCellTile, tile_declaration
from rtl.head_scaler import HeadScaler
from rtl.pulse_counter import PulseCounter
from rtl.query_pulse_driver import QueryPulseDriver
from rtl.register_bank import RegisterBank
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature
from rtl.tile_accumulator import TileAccumulator
from rtl.write_controller import WriteController

__all__ = ["AttentionHead", "AttentionHeadConfig"]


class AttentionHead(wiring.Component):
    """Attend: each token's outputs are the values of the window, weighted by its query.

    Query, key and value are scaled and become codes. Key and value are written over the oldest
    token of the window, whose columns are spread over tiles of gain cells; the query's pulses
    drive all tiles at once, and what each tile gives back is counted, added over the tiles and
    scaled. Gains and offsets are registers, and must not change while a token is on its way.

    Latency is :attr:`latency` cycles, by default, from the cycle in which a token is offered to a
    head at rest (it is accepted in the next) to that in which its outputs are offered;
    ``config.schedule`` has those of other sizes. Throughput is one token every
    ``config.schedule.interval_cycles``. Back-pressure on ``o`` stalls ``i``; what has begun is
    finished, and nothing is lost.

    The bit-exact model is :func:`verification.golden.attention_head.attention_head`.

    Parameters
    ----------
    config : AttentionHeadConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(token_layout(config)))``
        Tokens.
    o : ``Out(stream.Signature(data.ArrayLayout(signed(config.output_width), config.head_dim)))``
        Outputs of each token.
    bus : ``In(RegisterBusSignature(...))``
        Access to the registers, ``config.registers``: gains and offsets, status, tokens.
    arrays : ``Out(arrays_signature(config))``
        Wires to the tiles; a port only where ``config.tiles_outside`` is set.
    """

    latency = AttentionHeadConfig().schedule.latency_cycles
    throughput = f"1 token/{AttentionHeadConfig().schedule.interval_cycles} cycles"

    i: stream.Interface
    o: stream.Interface
    bus: RegisterBusInterface
    arrays: Any

    def __init__(self, config: AttentionHeadConfig | None = None) -> None:
        self.config = config = config or AttentionHeadConfig()
        outputs = data.ArrayLayout(signed(config.output_width), config.head_dim)
        arrays = arrays_signature(config)
        registers = config.registers
        bus = RegisterBusSignature(
            address_width=registers.address_width, data_width=registers.data_width
        )
        super().__init__(
            {
                "i": In(stream.Signature(token_layout(config))),
                "o": Out(stream.Signature(outputs)),
                "bus": In(bus),
                **({"arrays": Out(arrays)} if config.tiles_outside else {}),
            }
        )
        if not config.tiles_outside:
            self.arrays = arrays.create(path=("arrays",))
        self.latency = config.schedule.latency_cycles
        self.throughput = f"1 token/{config.schedule.interval_cycles} cycles"

    @property
    def black_boxes(self) -> tuple[str, ...]:
        """Verilog declarations of the macros that the netlist asks for."""
        return () if self.config.tiles_outside else (tile_declaration(self.config.tile),)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, arrays = self.config, self.arrays
        m.submodules.schedule = schedule = AttentionSchedule(config.schedule)
        m.submodules.registers = bank = RegisterBank(config.registers)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)
        m.d.comb += [
            schedule.offered.eq(self.i.valid),
            self.i.ready.eq(schedule.accept),
            schedule.left.eq(self.o.valid & self.o.ready),
            bank.field("status", "in_flight").eq(schedule.in_flight),
            bank.field("tokens", "count").eq(schedule.left),
        ]
        for phase in ("integrate", "drive", "count", "reset_scores", "reset_sums"):
            m.d.comb += getattr(arrays, phase).eq(getattr(schedule, phase))
        self._add_query(m, schedule, _scaling(bank, "query"))
        self._add_writes(m, schedule, _scaling(bank, "key"), _scaling(bank, "value"))
        self._add_outputs(m, _scaling(bank, "output"))
        if not config.tiles_outside:
            self._add_tiles(m)
        return m

    def _add_query(self, m: Module, schedule: AttentionSchedule, scaling: Value) -> None:
        m.submodules.query_scaler = scaler = HeadScaler(self.config.query_scaler)
        m.submodules.query_driver = driver = QueryPulseDriver(self.config.query_driver)
        wiring.connect(m, scaler.o, driver.i)
        m.d.comb += [
            scaler.i.payload["values"].eq(self.i.payload.query),
            scaler.i.payload.scaling.eq(scaling),
            scaler.i.valid.eq(schedule.load),
            driver.start.eq(schedule.start_query),
            self.arrays.rows.eq(driver.rows),
        ]

    def _add_writes(
        self, m: Module, schedule: AttentionSchedule, of_keys: Value, of_values: Value
    ) -> None:
        """Add what writes keys and values: one scaler, whose output holds what is written."""
        m.submodules.stored_scaler = scaler = HeadScaler(self.config.stored_scaler)
        m.submodules.writer = writer = WriteController(self.config.writer)
        wiring.connect(m, scaler.o, writer.i)
        token, key = self.i.payload, schedule.load
        m.d.comb += [
            scaler.i.payload["values"].eq(Mux(key, token.key.as_value(), token.value.as_value())),
            scaler.i.payload.scaling.eq(Mux(key, of_keys, of_values)),
            scaler.i.valid.eq(schedule.load | schedule.accept),
            writer.start_key.eq(schedule.start_key),
            writer.start_value.eq(schedule.start_value),
        ]
        for wire in ("codes", "column", "write_key", "write_value", "valid"):
            m.d.comb += getattr(self.arrays, wire).eq(getattr(writer, wire))

    def _add_outputs(self, m: Module, scaling: Value) -> None:
        """Add counters, tree and scaler; the schedule lets no more in than they can hold."""
        config, arrays = self.config, self.arrays
        m.submodules.accumulator = accumulator = TileAccumulator(config.accumulator)
        m.submodules.output_scaler = scaler = HeadScaler(config.output_scaler)
        m.submodules.counter = counter = PulseCounter(config.counter)
        m.d.comb += [
            counter.count.eq(arrays.count),
            counter.pulses.eq(arrays.pulses),
            counter.signs.eq(arrays.signs),
            accumulator.i.payload.eq(counter.counts.as_value()),
            accumulator.i.valid.eq(counter.done),
        ]
        m.d.comb += [
            scaler.i.payload["values"].eq(accumulator.o.payload.as_value()),
            scaler.i.payload.scaling.eq(scaling),
            scaler.i.valid.eq(accumulator.o.valid),
            accumulator.o.ready.eq(scaler.i.ready),
        ]
        wiring.connect(m, scaler.o, wiring.flipped(self.o))

    def _add_tiles(self, m: Module) -> None:
        config, arrays = self.config, self.arrays
        for tile in range(config.tiles):
            m.submodules[f"tile_{tile}"] = macro = GainCellTile(config.tile)
            for name, member in macro.signature.members.items():
                shared, own = getattr(arrays, name), getattr(macro, name)
                width = len(own)
                # What each tile has of its own is as many times as wide.
                wires = shared[tile * width : (tile + 1) * width]
                wires = shared if len(shared) == width else wires
                m.d.comb += own.eq(wires) if member.flow is In else wires.eq(own)


def _scaling(bank: RegisterBank, register: str) -> Value:
    """Return gain and offset as the scalers take them."""
    return Cat(bank.field(register, "gain"), bank.field(register, "offset"))
