import pytest

from rtl.golomb_encoder import GolombEncoder, GolombEncoderConfig
from rtl.packet_framer import PacketFramer, PacketFramerConfig
from verification.engine_proofs import ENGINE_PROOFS, engine_properties, framer_properties
from verification.formal import ProofFailure, prove
from verification.stream_properties import StreamHarness


class EndlessEncoder(GolombEncoder):
    """Says of every byte that it ends a body."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.o.payload.last.eq(1)
        return m


class EndlessFramer(PacketFramer):
    """Never says that a packet ends."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.sync += self.o.payload.last.eq(0)
        return m


@pytest.mark.parametrize("name", ENGINE_PROOFS)
def test_proof_holds(name, tmp_path):
    proof = ENGINE_PROOFS[name]

    prove(proof.make(), tmp_path, mode=proof.mode, depth=proof.depth)


@pytest.mark.long
@pytest.mark.parametrize("name", ENGINE_PROOFS)
def test_what_is_proven_is_possible(name, tmp_path):
    prove(ENGINE_PROOFS[name].make(), tmp_path, mode="cover", depth=17)


def test_a_body_that_ends_too_often_is_found(tmp_path):
    encoder = EndlessEncoder(GolombEncoderConfig(channels=1, sample_width=2))

    with pytest.raises(ProofFailure, match="a body ends only where one does"):
        prove(StreamHarness(encoder, engine_properties), tmp_path, mode="bounded", depth=8)


def test_a_packet_that_does_not_end_is_found_within_the_depth_of_the_proof(tmp_path):
    framer = EndlessFramer(PacketFramerConfig(groups=1, ring_bytes=64, margin_bytes=8))
    top = StreamHarness(framer, framer_properties, free={"pick": 1})
    depth = ENGINE_PROOFS["packet_framer_makes_packets_of_bodies"].depth

    with pytest.raises(ProofFailure, match="last is on the last byte"):
        prove(top, tmp_path, mode="bounded", depth=depth)
