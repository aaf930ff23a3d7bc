import pytest

from rtl.compressed_decoder import CompressedDecoder
from rtl.machine_registers import MachineRegisters
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from rtl.processor_dot import ProcessorDot
from verification.alternative_arithmetic import alternative_dot
from verification.alternative_core import AlternativeCore
from verification.formal import ProofFailure, prove
from verification.processor_proofs import PROCESSOR_PROOFS, followed_core
from verification.trace_harness import TraceHarness
from verification.unit_proofs import UNIT_PROOFS, UnitHarness

LIMIT_S = 1800
COUNTING = ProcessorCoreConfig(trace=True, event_counters=True)
DOTTED = ProcessorCoreConfig(trace=True, dot=True)


class LyingCore(AlternativeCore):
    """Tells of every result that it is zero."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.trace.rd_wdata.eq(0)
        return m


def of(core):
    return core(ProcessorCoreConfig(trace=True))


@pytest.mark.long
@pytest.mark.parametrize("name", PROCESSOR_PROOFS)
def test_proof_holds(name, tmp_path):
    proof = PROCESSOR_PROOFS[name]
    harness = followed_core(proof.demands, proof.config)

    prove(harness, tmp_path, mode=proof.mode, depth=proof.depth, timeout_s=LIMIT_S)


@pytest.mark.long
@pytest.mark.parametrize("name", UNIT_PROOFS)
@pytest.mark.parametrize("mode", ["bounded", "cover"])
def test_a_unit_computes_what_the_definition_says(name, mode, tmp_path):
    proof = UNIT_PROOFS[name]

    prove(
        UnitHarness(proof.unit(), proof.longest),
        tmp_path,
        mode=mode,
        depth=proof.depth,
        timeout_s=LIMIT_S,
    )


@pytest.mark.long
@pytest.mark.parametrize("core", [LyingCore, ProcessorCore])
def test_a_wrong_result_is_found(core, tmp_path):
    with pytest.raises(ProofFailure, match=r"with its result|what it holds"):
        prove(TraceHarness(of(core), "instructions"), tmp_path, mode="bounded", depth=3)


@pytest.mark.long
@pytest.mark.parametrize(
    ("half", "word", "said"),
    [
        (0x4002, 0x00012003, "it traps exactly if it must"),  # c.lwsp x0, 0
        (0x9002, 0x00000013, "it traps exactly if it must"),  # c.ebreak
        (0x1101, 0xFE410113, "with its result"),  # c.addi sp, -32
        (0x852E, 0x00C00533, "it reads its second register"),  # c.mv a0, a1
    ],
)
def test_a_wrong_expansion_is_found(half, word, said, tmp_path, monkeypatch):
    class WrongDecoder(CompressedDecoder):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            with m.If(self.i[:16] == half):
                m.d.comb += self.o.eq(word)
            return m

    monkeypatch.setattr("rtl.processor_core.CompressedDecoder", WrongDecoder)

    with pytest.raises(ProofFailure, match=said):
        prove(followed_core("instructions"), tmp_path, mode="bounded", depth=3)


def wrong_registers(fault):
    """Return registers of machine mode in which a fault, given them and a module, is added."""

    class WrongRegisters(MachineRegisters):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            fault(self, m)
            return m

    return WrongRegisters


def external_lines_last(registers, m):
    with m.If(registers.lines[3] & registers.state.mie[3]):
        m.d.comb += registers.pending_cause.eq(3)


def traps_to_vectors(registers, m):
    with m.If(registers.state.mtvec[0] & (registers.trap_cause == 11)):
        base = registers.state.mtvec & 0xFFFFFFFC
        m.d.comb += registers.handler.eq(base + (registers.trap_cause << 2))


def one_vector(registers, m):
    m.d.comb += registers.handler.eq(registers.state.mtvec & 0xFFFFFFFC)


def never_disabled(registers, m):
    m.d.comb += registers.pending.eq(registers.wakes)


def never_pending(registers, m):
    m.d.comb += registers.pending.eq(0)


def wakes_unasked(registers, m):
    m.d.comb += registers.wakes.eq(1)


def returns_behind(registers, m):
    m.d.comb += registers.return_address.eq(registers.state.mepc + 2)


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (external_lines_last, "is kept"),
        (traps_to_vectors, "a trap leads to the handler"),
        (one_vector, "an interrupt leads to its vector"),
        (never_disabled, "is kept"),
        (never_pending, "is kept|instead of an instruction"),
        (wakes_unasked, "it wakes when it is asked to"),
        (returns_behind, "from where it came"),
    ],
)
def test_a_wrong_interrupt_or_return_is_found(fault, said, tmp_path, monkeypatch):
    monkeypatch.setattr("rtl.processor_core.MachineRegisters", wrong_registers(fault))

    with pytest.raises(ProofFailure, match=said):
        prove(followed_core("machine"), tmp_path, mode="bounded", depth=7)


class CountsEverything(MachineRegisters):
    """Counts as a jump whatever retires."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        with m.If(self.retires):
            m.d.comb += self.state.events[2].eq(self.state.minstret)
        return m


@pytest.mark.long
def test_a_wrong_count_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("rtl.processor_core.MachineRegisters", CountsEverything)

    with pytest.raises(ProofFailure, match="is kept"):
        prove(followed_core("machine", COUNTING), tmp_path, mode="bounded", depth=5)


class MixedSums(ProcessorDot):
    """Shows one sum in the place of another."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.sums[1].eq(self.sums[2])
        return m


class HalvesAreBytes(ProcessorDot):
    """Takes halves for bytes."""

    def _dotted(self, a, b, width):
        return alternative_dot(a, b, min(width, 8))


@pytest.mark.long
@pytest.mark.parametrize("wrong", [MixedSums, HalvesAreBytes])
def test_a_wrong_sum_is_found(wrong, tmp_path, monkeypatch):
    monkeypatch.setattr("verification.alternative_core._AlternativeDot", wrong)

    with pytest.raises(ProofFailure, match="a sum is kept"):
        prove(followed_core("machine", DOTTED), tmp_path, mode="bounded", depth=5)
