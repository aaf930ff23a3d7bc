import pytest

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from verification.formal import ProofFailure, prove
from verification.processor_proofs import PROCESSOR_PROOFS, TraceHarness, small_core


class LyingCore(ProcessorCore):
    """Tells of every result that it is zero."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.trace.rd_wdata.eq(0)
        return m


@pytest.mark.long
@pytest.mark.parametrize("name", PROCESSOR_PROOFS)
def test_proof_holds(name, tmp_path):
    proof = PROCESSOR_PROOFS[name]

    prove(small_core(), tmp_path, mode=proof.mode, depth=proof.depth, timeout_s=1800)


@pytest.mark.long
def test_a_lie_about_results_is_found(tmp_path):
    core = LyingCore(ProcessorCoreConfig(trace=True, multiplier="serial"))

    with pytest.raises(ProofFailure, match="with its result"):
        prove(TraceHarness(core), tmp_path, mode="bounded", depth=4)
