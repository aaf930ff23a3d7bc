"""Event DMA: streams of events are written into rings in the memory of data."""

from dataclasses import dataclass, field
from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.dma_registers import dma_registers
from rtl.processor_config import data_port
from rtl.processor_map import DATA_BASE, ProcessorMap
from rtl.register_bank import RegisterBank
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature
from rtl.registers import RegisterMap

__all__ = ["EventDma", "EventDmaConfig"]

WORD, WORD_BYTES, LEAST_BYTES, ALL_BYTES = 32, 4, 8, 0b1111


@dataclass(frozen=True, kw_only=True)
class EventDmaConfig:
    """Sizes of an :class:`EventDma`.

    Parameters
    ----------
    streams : int
        Streams, each with its ring, in 1..8.
    processor_map : ProcessorMap
        How large the memory of data is.
    """

    streams: int = 1
    processor_map: ProcessorMap = field(default_factory=ProcessorMap)

    def __post_init__(self) -> None:
        check_ranges(self, streams=(1, 8))

    @property
    def registers(self) -> RegisterMap:
        """The register map."""
        return dma_registers(self.streams, self.processor_map)


class EventDma(wiring.Component):
    """A word of a stream goes to its ring in the cycle in which it comes, the first stream first.

    A ring has an offset at which it writes and one at which the program reads; where they are the
    same, it is empty, and one word always stays free. A word that comes to a full ring is lost and
    counted, so that no stream ever waits for a program; or it waits, if the ring is told so, which
    is for streams whose words belong together and whose source itself loses what finds no room. A
    ring that is off, or on with settings that no ring has, takes nothing and writes nothing.

    Latency is :attr:`latency` cycles from a stream to the memory, throughput one word a cycle.

    The bit-exact model is :class:`verification.golden.devices.rings.RingsModel`.

    Parameters
    ----------
    config : EventDmaConfig
        Sizes.

    Members
    -------
    bus : ``In(RegisterBusSignature(...))``
        Registers.
    events : ``In(stream.Signature(32)).array(config.streams)``
        The streams.
    memory : ``Out(data_port())``
        To the memory of data, which never makes it wait.
    interrupt : ``Out(1)``
        A ring is as full as its threshold says, or has an error.
    rings_on : ``Out(config.streams)``
        Rings that the program has switched on; one that is off forgets where it wrote.
    """

    latency = 0
    throughput = "1 word/cycle"

    bus: RegisterBusInterface
    events: Any
    memory: Any
    interrupt: Signal
    rings_on: Signal

    def __init__(self, config: EventDmaConfig | None = None) -> None:
        self.config = config = config or EventDmaConfig()
        registers = config.registers
        bus = RegisterBusSignature(
            address_width=registers.address_width, data_width=registers.data_width
        )
        super().__init__(
            {
                "bus": In(bus),
                "events": In(stream.Signature(WORD)).array(config.streams),
                "memory": Out(data_port()),
                "interrupt": Out(1),
                "rings_on": Out(config.streams),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.bank = bank = RegisterBank(self.config.registers)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)
        m.d.comb += [self.memory.write.eq(1), self.memory.mask.eq(ALL_BYTES)]
        earlier = Signal(self.config.streams)  # a stream before this one has a word
        interrupts = []
        for index, events in enumerate(self.events):
            works, full, address, interrupt = self._ring(m, bank, index, events)
            held = full & bank.field(f"ring_{index}_control", "waits")
            interrupts.append(interrupt)
            busy = earlier[:index].any() if index else Value.cast(0)
            m.d.comb += events.ready.eq(works & ~busy & ~held)
            taken = events.valid & events.ready
            m.d.comb += [
                earlier[index].eq(taken),
                self.rings_on[index].eq(bank.field(f"ring_{index}_control", "enable")),
                bank.field(f"ring_{index}_overruns", "count").eq(taken & full),
            ]
            with m.If(taken & ~full):
                m.d.comb += [
                    self.memory.valid.eq(1),
                    self.memory.address.eq(address),
                    self.memory.write_data.eq(events.payload),
                ]
        m.d.comb += self.interrupt.eq(sum(interrupts[1:], start=interrupts[0]) != 0)
        return m

    def _ring(
        self, m: Module, bank: RegisterBank, index: int, events: Any
    ) -> tuple[Value, Value, Value, Value]:
        """Add a ring; return whether it works and is full, where it writes, if it interrupts."""
        data_bytes = self.config.processor_map.data_bytes
        width = data_bytes.bit_length()

        def setting(register: str, name: str) -> Signal:
            return bank.field(f"ring_{index}_{register}", name)

        enable, base = setting("control", "enable"), setting("base", "address")
        size, read = setting("size", "bytes"), setting("read", "offset")
        threshold = setting("threshold", "bytes")
        wrong, works, full = Signal(), Signal(), Signal()
        write, following, level = Signal(width), Signal(width), Signal(width)
        base_offset = base[: width - 1]
        m.d.comb += [
            wrong.eq(
                (base[width - 1 :] != DATA_BASE >> (width - 1))
                | base[:2].any()
                | size[:2].any()
                | read[:2].any()
                | (size < LEAST_BYTES)
                | (base_offset + size > data_bytes)
                | (read >= size)
                | (write >= size)
                | (threshold >= size)
            ),
            works.eq(enable & ~wrong),
            following.eq(Mux(write + WORD_BYTES == size, 0, write + WORD_BYTES)),
            full.eq(following == read),
            level.eq(Mux(write >= read, write - read, write + size - read)),
            setting("write", "offset").eq(write),
            setting("status", "error").eq(enable & wrong),
        ]
        with m.If(~enable):
            m.d.sync += write.eq(0)
        with m.Elif(events.valid & events.ready & ~full):
            m.d.sync += write.eq(following)
        reached = works & (threshold != 0) & (level >= threshold)
        return works, full, base + write, reached | (enable & wrong)
