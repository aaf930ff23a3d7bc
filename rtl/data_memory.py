"""Data memory: four banks, a word each for whoever needs one, or all of them at once."""

from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In

from rtl.mac_array_config import wide_port
from rtl.processor_config import data_port

__all__ = ["DataMemory"]

BANKS, WORD, WORD_BYTES = 4, 32, 4
WIDE_BYTES = BANKS * WORD_BYTES


class DataMemory(wiring.Component):
    """Words in turn in four banks of 32 bits, each of which serves one port in a cycle.

    Streams of events come first, then the core or the host, then the MAC array, whose beat needs
    every bank of which it touches a byte. Ports that need different banks do not wait for each
    other. Of an address only the bits that count in this memory are looked at: what lies outside
    must be refused before.

    Latency is :attr:`latency` cycle, throughput one access of each port a cycle.

    Parameters
    ----------
    size_bytes : int
        A power of two, at least 32.
    image : bytes
        What it holds after reset, from its beginning; the rest is zero.

    Members
    -------
    events : ``In(data_port())``
        Of the rings; first.
    data : ``In(data_port())``
        Of the core and the host.
    wide : ``In(wide_port(16))``
        Of the MAC array; last.
    """

    latency = 1
    throughput = "16 bytes/cycle"

    events: Any
    data: Any
    wide: Any

    def __init__(self, size_bytes: int, image: bytes = b"") -> None:
        self.size_bytes = size_bytes
        self.image = image
        super().__init__(
            {"events": In(data_port()), "data": In(data_port()), "wide": In(wide_port(WIDE_BYTES))}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        events, data, wide = self.events, self.data, self.wide
        collides, waits = Signal(BANKS), Signal(BANKS)
        m.d.comb += [
            events.ready.eq(1),
            data.ready.eq(~collides.any()),
            wide.ready.eq(wide.valid & ~waits.any()),
        ]
        outputs = []
        for bank in range(BANKS):
            by_events, by_data = (
                each.valid & (each.address[2:4] == bank) for each in (events, data)
            )
            mask = wide.mask.word_select(bank, WORD_BYTES)
            by_wide = wide.valid & wide.ready & mask.any()
            m.d.comb += [
                collides[bank].eq(by_events & by_data),
                waits[bank].eq(mask.any() & (by_events | by_data)),
            ]
            request = _Request(
                wide.address, wide.write, mask, wide.write_data.word_select(bank, WORD)
            )
            for port, asks in ((data, by_data), (events, by_events)):
                own = _Request(port.address, port.write, port.mask, port.write_data)
                request = own.if_else(asks, request)
            used = by_events | by_data | by_wide
            outputs.append(self._bank(m, bank, request, used))

        for port in (events, data):
            latest = Signal(2)
            with m.If(port.valid):
                m.d.sync += latest.eq(port.address[2:4])
            m.d.comb += [port.read_data.eq(Array(outputs)[latest]), port.fault.eq(0)]
        # The MAC array sees nothing move but what it asked for.
        asked = Signal()
        m.d.sync += asked.eq(wide.valid & wide.ready & ~wide.write)
        m.d.comb += [wide.read_data.eq(Mux(asked, Cat(*outputs), 0)), wide.fault.eq(0)]
        return m

    def _bank(self, m: Module, bank: int, request: "_Request", used: Value) -> Value:
        """Add a bank and return its output."""
        rows = self.size_bytes // WIDE_BYTES
        init = _words(self.image, bank)
        m.submodules[f"bank_{bank}"] = words = memory.Memory(shape=WORD, depth=rows, init=init)
        read, write = words.read_port(), words.write_port(granularity=8)
        row = request.address[4 : 4 + (rows - 1).bit_length()]
        m.d.comb += [
            read.addr.eq(row),
            read.en.eq(used & ~request.write),
            write.addr.eq(row),
            write.data.eq(request.data),
            write.en.eq(Mux(used & request.write, request.mask, 0)),
        ]
        return read.data


class _Request:
    """What a bank is asked."""

    def __init__(self, address: Value, write: Value, mask: Value, data: Value) -> None:
        self.address, self.write, self.mask, self.data = address, write, mask, data

    def if_else(self, condition: Value, other: "_Request") -> "_Request":
        return _Request(
            Mux(condition, self.address, other.address),
            Mux(condition, self.write, other.write),
            Mux(condition, self.mask, other.mask),
            Mux(condition, self.data, other.data),
        )


def _words(image: bytes, bank: int) -> list[int]:
    """Return the words of an image that lie in a bank."""
    padded = image + bytes(-len(image) % WIDE_BYTES)
    return [
        int.from_bytes(padded[start : start + WORD_BYTES], "little")
        for start in range(bank * WORD_BYTES, len(padded), WIDE_BYTES)
    ]
