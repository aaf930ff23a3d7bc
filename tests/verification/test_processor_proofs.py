import pytest
from amaranth.hdl import Signal

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from verification.formal import ProofFailure, prove
from verification.processor_proofs import PROCESSOR_PROOFS, TraceHarness, small_core


class ForgetfulCore(ProcessorCore):
    """Tells of every store that it was one of whole words."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.trace.mem_wmask.eq(Signal(4, init=15))
        return m


@pytest.mark.long
@pytest.mark.parametrize("name", PROCESSOR_PROOFS)
def test_proof_holds(name, tmp_path):
    proof = PROCESSOR_PROOFS[name]

    prove(small_core(), tmp_path, mode=proof.mode, depth=proof.depth, timeout_s=1800)


@pytest.mark.long
def test_a_lie_about_stores_is_found(tmp_path):
    core = ForgetfulCore(ProcessorCoreConfig(trace=True, multiplier="serial"))

    with pytest.raises(ProofFailure, match="every access is told"):
        prove(TraceHarness(core), tmp_path, mode="bounded", depth=4)
