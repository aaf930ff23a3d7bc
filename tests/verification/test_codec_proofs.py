import pytest

from rtl.lms_predictor import LmsPredictor, LmsPredictorConfig
from verification.codec_proofs import CODEC_PROOFS
from verification.formal import ProofFailure, prove
from verification.stream_properties import StreamHarness


class HastyPredictor(LmsPredictor):
    """Offers what it has worked out so far."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.o.valid.eq(1)
        return m


@pytest.mark.parametrize("name", CODEC_PROOFS)
def test_proof_holds(name, tmp_path):
    proof = CODEC_PROOFS[name]

    prove(proof.make(), tmp_path, mode=proof.mode, depth=proof.depth)


def test_an_offer_that_changes_is_found(tmp_path):
    config = LmsPredictorConfig(channels=1, sample_width=2, taps=2, weight_fraction_bits=4)

    with pytest.raises(ProofFailure, match="payload is stable while stalled"):
        prove(StreamHarness(HastyPredictor(config)), tmp_path, mode="bounded", depth=8)
