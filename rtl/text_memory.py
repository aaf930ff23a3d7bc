"""Text memory: instructions, 32 bits at any even address in a cycle."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In

from rtl.processor_config import data_port, fetch_port
from rtl.processor_map import TEXT_BASE

__all__ = ["TextMemory"]

HALF, WORD_BYTES = 16, 4


class TextMemory(wiring.Component):
    """Two memories of 16 bits side by side, so that an instruction may begin in either.

    Loads and stores come first, and take the cycle from a fetch. What was fetched stays at the
    port until the next fetch is taken, whatever is loaded in between. A fetch that begins or ends
    outside is refused in its half; an access outside must not come.

    Latency is :attr:`latency` cycle, throughput one fetch or one access a cycle.

    Parameters
    ----------
    size_bytes : int
        A power of two, at least 8.
    image : bytes
        What it holds after reset, from its beginning; the rest is zero.

    Members
    -------
    fetch : ``In(fetch_port())``
        Instructions for the core.
    data : ``In(data_port())``
        Loads and stores.
    """

    latency = 1
    throughput = "1 fetch/cycle"

    fetch: Any
    data: Any

    def __init__(self, size_bytes: int, image: bytes = b"") -> None:
        self.size_bytes = size_bytes
        self.image = image
        super().__init__({"fetch": In(fetch_port()), "data": In(data_port())})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rows = self.size_bytes // WORD_BYTES
        row_bits = range(2, rows.bit_length() + 1)
        row = slice(row_bits.start, row_bits.stop)
        access, address = self.data.valid, self.fetch.address
        m.d.comb += [
            self.data.ready.eq(1),
            self.data.fault.eq(0),
            self.fetch.ready.eq(~access),
        ]
        taken = self.fetch.valid & ~access

        halves = []
        for number, name in enumerate(("low", "high")):
            init = _halves(self.image, number)
            m.submodules[name] = half = memory.Memory(shape=HALF, depth=rows, init=init)
            read, write = half.read_port(), half.write_port(granularity=8)
            # The lower half of a word that begins in the middle of one is in the next row.
            fetched_row = (address + 2)[row] if number == 0 else address[row]
            m.d.comb += [
                read.addr.eq(Mux(access, self.data.address[row], fetched_row)),
                read.en.eq(Mux(access, ~self.data.write, taken)),
                write.addr.eq(self.data.address[row]),
                write.data.eq(self.data.write_data.word_select(number, HALF)),
                write.en.eq(
                    Mux(access & self.data.write, self.data.mask.word_select(number, 2), 0)
                ),
            ]
            halves.append(read.data)
        m.d.comb += self.data.read_data.eq(Cat(*halves))

        crosses, outside = Signal(), Signal(2)
        kept, is_kept = Signal(2 * HALF), Signal()
        with m.If(taken):
            m.d.sync += [
                crosses.eq(address[1]),
                outside.eq(Cat(self._is_outside(address), self._is_outside(address + 2))),
                is_kept.eq(0),
            ]
        with m.Elif(access & ~self.data.write & ~is_kept):
            m.d.sync += [kept.eq(self.fetch.data), is_kept.eq(1)]
        straight = Mux(crosses, Cat(halves[1], halves[0]), Cat(*halves))
        m.d.comb += [
            self.fetch.data.eq(Mux(is_kept, kept, straight)),
            self.fetch.fault.eq(outside),
        ]
        return m

    def _is_outside(self, address: Value) -> Value:
        width = self.size_bytes.bit_length() - 1
        return address[width:32] != TEXT_BASE >> width


def _halves(image: bytes, number: int) -> list[int]:
    """Return the lower or the upper halves of the words of an image."""
    padded = image + bytes(-len(image) % WORD_BYTES)
    return [
        int.from_bytes(padded[start : start + 2], "little")
        for start in range(2 * number, len(padded), WORD_BYTES)
    ]
