import pytest

from rtl.attention_head import AttentionHead
from verification.attention_proofs import ATTENTION_PROOFS, TINY_HEAD, arrays_are_safe
from verification.formal import ProofFailure, prove
from verification.stream_properties import StreamHarness


class HastyHead(AttentionHead):
    """Never discharges the converters of its scores."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.arrays.reset_scores.eq(0)
        return m


@pytest.mark.parametrize("name", ATTENTION_PROOFS)
def test_proof_holds(name, tmp_path):
    proof = ATTENTION_PROOFS[name]

    prove(proof.make(), tmp_path, mode=proof.mode, depth=proof.depth)


def test_charge_that_is_left_in_is_found(tmp_path):
    harness = StreamHarness(HastyHead(TINY_HEAD), arrays_are_safe)

    with pytest.raises(ProofFailure, match="a converter is discharged first"):
        prove(harness, tmp_path, mode="bounded", depth=10)
