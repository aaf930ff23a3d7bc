"""Flip-flops and memory bits are counted as a reader of the circuit would."""

from amaranth import Instance, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from rtl.frame_tagger import FrameTagger, FrameTaggerConfig
from system.costs.netlist import take_inventory


class Counter5(wiring.Component):
    """Five bits that count."""

    count: Signal

    def __init__(self):
        super().__init__({"count": Out(5)})

    def elaborate(self, platform):
        del platform
        m = Module()
        m.d.sync += self.count.eq(self.count + 1)
        return m


class Pair(wiring.Component):
    """Two counters, three bits of its own, a memory of 12 words of 7, and two boxes."""

    count: Signal
    step: Signal

    def __init__(self):
        super().__init__({"count": Out(5), "step": In(1)})

    def elaborate(self, _platform):
        m = Module()
        m.submodules.one, m.submodules.two = one, two = Counter5(), Counter5()
        own = Signal(3)
        m.d.sync += own.eq(own + self.step)
        m.submodules.memory = memory = Memory(shape=7, depth=12, init=[])
        write, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.comb += [write.addr.eq(own), write.data.eq(one.count), write.en.eq(1)]
        m.d.comb += [read.addr.eq(own), self.count.eq(two.count ^ read.data ^ own)]
        for index in range(2):
            m.submodules[f"box_{index}"] = Instance("tile", i_x=self.count)
        return m


def test_registers_memories_and_boxes_of_all_modules_are_counted():
    inventory = take_inventory(Pair())

    assert inventory.registers == {"": 3, "one": 5, "two": 5}
    assert inventory.flip_flops == 5 + 5 + 3
    assert inventory.flip_flops_below("t") == 5
    assert inventory.memory_bits == 7 * 12
    assert inventory.black_boxes == {"tile": 2}


def test_a_block_that_only_counts_channels_and_frames_has_as_many_bits():
    config = FrameTaggerConfig(channels=68, sample_width=10)

    assert take_inventory(FrameTagger(config)).flip_flops >= 7
    assert take_inventory(FrameTagger(config)).memory_bits == 0
