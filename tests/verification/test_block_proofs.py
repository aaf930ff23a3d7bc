import pytest

from rtl.snippet_buffer import SnippetBuffer
from verification.block_proofs import BLOCK_PROOFS, TINY_BUFFER, packets_are_whole
from verification.formal import ProofFailure, prove
from verification.stream_properties import StreamHarness


class CarelessBuffer(SnippetBuffer):
    """Does not count what it loses."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.lost.eq(0)
        return m


@pytest.mark.parametrize("name", BLOCK_PROOFS)
def test_proof_holds(name, tmp_path):
    proof = BLOCK_PROOFS[name]

    prove(proof.make(), tmp_path, mode=proof.mode, depth=proof.depth)


def test_an_event_that_disappears_is_found(tmp_path):
    harness = StreamHarness(CarelessBuffer(TINY_BUFFER), packets_are_whole)

    with pytest.raises(ProofFailure, match="nothing disappears uncounted"):
        prove(harness, tmp_path, mode="bounded", depth=16)
