import ctypes

import numpy as np
import pytest
from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from rtl.back_end import to_cxxrtl
from system.engines.circuit_steps import read_circuit
from system.engines.library import compile_library, without_debugging
from system.engines.quiet_parts import Part, plan_parts
from system.engines.single_clock import with_fast_cycle

PARTS = (Part("keeper", modules=("keeper",)),)
HARNESS = """
extern "C" __attribute__((visibility("default")))
void run(const uint32_t *inputs, uint32_t *outputs, int64_t count) {
    cxxrtl_design::p_sample top;
    auto look = [&] {
        *outputs++ = top.p_kept.get<uint32_t>();
        *outputs++ = top.p_mixed.get<uint32_t>();
    };
    top.p_clk.set<uint32_t>(1u);
    for (; count--; inputs += 3) {
        top.p_a.set<uint32_t>(inputs[0]);
        top.p_b.set<uint32_t>(inputs[1]);
        top.p_write.set<uint32_t>(inputs[2]);
        RUN
    }
}
"""
PLAIN = "top.prev_p_clk.set<uint32_t>(0u); top.eval(); look(); top.commit();"
FAST = "top.cycle(look);"


class Keeper(wiring.Component):
    """Keeps words, and counts those it was given; it has a state, and answers at once."""

    word: Signal
    write: Signal
    kept: Signal
    sum: Signal

    def __init__(self) -> None:
        super().__init__({"word": In(32), "write": In(1), "kept": Out(32), "sum": Out(32)})

    def elaborate(self, platform):
        del platform
        m = Module()
        m.submodules.words = words = memory.Memory(shape=32, depth=8, init=[])
        read, write = words.read_port(domain="comb"), words.write_port()
        count = Signal(32)
        total = Signal(32)
        m.d.comb += [
            read.addr.eq(count - 1),
            write.addr.eq(count),
            write.data.eq(self.word ^ total),
            write.en.eq(self.write),
            self.kept.eq(read.data + count),
            self.sum.eq(total),
        ]
        with m.If(self.write):
            m.d.sync += [count.eq(count + 1), total.eq(total + self.word)]
        return m


class Sample(wiring.Component):
    """A part, and every operation on numbers of many widths."""

    a: Signal
    b: Signal
    write: Signal
    kept: Signal
    mixed: Signal

    def __init__(self) -> None:
        super().__init__(
            {"a": In(32), "b": In(32), "write": In(1), "kept": Out(32), "mixed": Out(32)}
        )

    def elaborate(self, platform):
        del platform
        m = Module()
        m.submodules.keeper = keeper = Keeper()
        state = Signal(150, init=1)
        mixed = Signal(32)
        parts = []
        for width in (7, 33, 65, 140):
            for signed in (False, True):
                x, y = (value[:width] for value in (state, Cat(self.b, state[3:])))
                if signed:
                    x, y = x.as_signed(), y.as_signed()
                parts += [x + y, x - y, x * y, x < y, x <= y, x > y, x >= y, x == y, x != y]
                parts += [x >> self.a[:7], x << self.a[:5], Mux(self.write, x, -y)]
        total = Signal(32)
        for part in parts:
            m.d.comb += (folded := Signal(256)).eq(part)
            total = total ^ (folded ^ folded >> 32 ^ folded >> 64 ^ folded >> 96)[:32]
        m.d.comb += [
            mixed.eq(total),
            self.mixed.eq(mixed ^ keeper.sum),
            keeper.word.eq(Mux(self.write, self.a, 0)),
            keeper.write.eq(self.write),
            self.kept.eq(keeper.kept),
        ]
        m.d.sync += state.eq(Cat(self.a ^ mixed, self.b, state))
        return m


@pytest.fixture(scope="module")
def source() -> str:
    return without_debugging(to_cxxrtl(Sample(), name="sample"))


def test_a_fast_cycle_does_what_cxxrtl_does(source, tmp_path):
    rng = np.random.default_rng(seed=61)
    inputs = rng.integers(1 << 32, size=(1500, 3), dtype=np.uint32)
    inputs[:, 2] = rng.random(1500) < 0.1  # the part is quiet most of the time
    fast = with_fast_cycle(source, top="p_sample", parts=PARTS)

    plain_outputs = _outputs(source + HARNESS.replace("RUN", PLAIN), inputs, tmp_path)
    fast_outputs = _outputs(fast + HARNESS.replace("RUN", FAST), inputs, tmp_path)

    np.testing.assert_array_equal(fast_outputs, plain_outputs)
    assert len(np.unique(plain_outputs[:, 0])) > 100  # it was not for want of anything to keep


def test_a_part_depends_on_what_it_is_given(source):
    plan = plan_parts(read_circuit(source, top="p_sample"), PARTS)

    part = plan.parts["keeper"]
    assert set(part.registers) == {"p_keeper_2e_count", "p_keeper_2e_total"}
    assert part.memories == ("memory_p_keeper_2e_words",)
    assert part.settling
    assert "p_b" not in part.inputs


def test_what_reads_a_restless_signal_belongs_to_no_part(source):
    circuit = read_circuit(source, top="p_sample")

    plan = plan_parts(circuit, PARTS, restless=("keeper.count",))

    part = plan.parts["keeper"]
    assert "p_keeper_2e_count" not in part.registers
    assert part.registers == ("p_keeper_2e_total",)


def test_every_step_is_taken_once(source):
    circuit = read_circuit(source, top="p_sample")

    plan = plan_parts(circuit, PARTS)

    part = plan.parts["keeper"]
    taken = [step.text for step in (*plan.always, *part.settling, *part.updating)]
    assert sorted(taken) == sorted(step.text for step in circuit.steps)


def test_a_circuit_with_feedback_is_refused(source):
    broken = source.replace("\treturn converged;", "\tconverged = false;\n\treturn converged;")

    with pytest.raises(RuntimeError) as error:
        with_fast_cycle(broken, top="p_sample")

    assert str(error.value) == "p_sample must settle in one evaluation, but has feedback"


def _outputs(source, inputs, folder):
    library = compile_library(source, name="sample", optimisation=("-O0",), cache=folder)
    outputs = np.empty((len(inputs), 2), dtype=np.uint32)
    run = ctypes.CDLL(str(library)).run
    run.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    run(inputs.ctypes.data, outputs.ctypes.data, len(inputs))
    return outputs
