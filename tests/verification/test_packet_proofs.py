import pytest

from rtl.packet_marker import PacketMarker, PacketMarkerConfig
from verification.formal import ProofFailure, prove
from verification.packet_proofs import PACKET_PROOFS
from verification.stream_properties import StreamHarness


class HastyMarker(PacketMarker):
    """Offers what is not there, and changes its mind."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.o.valid.eq(~self.discard[0])
        return m


@pytest.mark.parametrize("name", PACKET_PROOFS)
def test_proof_holds(name, tmp_path):
    proof = PACKET_PROOFS[name]

    prove(proof.make(), tmp_path, mode=proof.mode, depth=proof.depth)


def test_an_offer_that_does_not_stand_is_found(tmp_path):
    marker = HastyMarker(PacketMarkerConfig(channels=1, sample_width=2))

    with pytest.raises(ProofFailure, match=r"valid holds|payload is stable"):
        prove(StreamHarness(marker), tmp_path, mode="bounded", depth=4)
