import pytest
from amaranth.hdl import ClockDomain, ClockSignal, Module, ResetSignal, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from rtl.register_file import RegisterFile
from system.costs.gate_area import count_gates

NAND, XOR, FLIP_FLOP, LATCH = 1.0, 56 / 24, 4.0, 56 / 24


class _Circuit(wiring.Component):
    """A circuit of eight bits: what ``build`` makes of its inputs."""

    def __init__(self, build, **members):
        self._build = build
        super().__init__({"a": In(8), "b": In(8), "o": Out(8), **members})

    def elaborate(self, _platform):
        m = Module()
        self._build(m, self)
        return m


def _nands(m, c):
    m.d.comb += c.o.eq(~(c.a & c.b))


def _registered_sum_of_bits(m, c):
    m.d.sync += c.o.eq(c.a ^ c.b)


def _memory(m, c):
    m.submodules.words = words = memory.Memory(shape=8, depth=256, init=[])
    write, read = words.write_port(), words.read_port()
    m.d.comb += [write.addr.eq(c.a), write.data.eq(c.b), write.en.eq(1)]
    m.d.comb += [read.addr.eq(c.a), read.en.eq(1), c.o.eq(read.data)]


def test_a_nand_of_two_inputs_is_the_unit():
    count = count_gates(_Circuit(_nands))

    assert count.equivalents == 8 * NAND
    assert count.flip_flops == 0


def test_flip_flops_count_and_so_does_what_is_before_them():
    count = count_gates(_Circuit(_registered_sum_of_bits))

    assert count.flip_flops == 8
    assert count.storage_equivalents == 8 * FLIP_FLOP
    # A bit is 0 in reset: an XOR and a NOR with the reset, or better.
    assert 8 * XOR < count.equivalents - count.storage_equivalents <= 8 * (XOR + 2)


def test_memories_are_left_out_unless_asked_for():
    left_out = count_gates(_Circuit(_memory))
    counted = count_gates(RegisterFile(), memories=True)

    assert left_out.memories == 1
    assert left_out.flip_flops <= 8  # what is read may be kept outside the memory
    assert counted.memories == 0
    assert counted.flip_flops == 31 * 32


def test_latches_are_less_than_flip_flops():
    latches = count_gates(RegisterFile("latches"))
    flip_flops = count_gates(RegisterFile(), memories=True)

    assert latches.latches == 31 * 32
    assert latches.storage_equivalents == pytest.approx(31 * 32 * LATCH)
    assert latches.equivalents < 0.6 * flip_flops.equivalents


def test_a_cell_without_an_area_is_an_error():
    def asynchronous(m, c):
        m.domains.other = ClockDomain(async_reset=True)
        m.d.comb += [ClockSignal("other").eq(c.b[0]), ResetSignal("other").eq(c.b[1])]
        kept = Signal(8)
        m.d.other += kept.eq(c.a)
        m.d.comb += c.o.eq(kept)

    with pytest.raises(RuntimeError, match=r"\$_DFF_PP0_|cannot be legalized"):
        count_gates(_Circuit(asynchronous))
