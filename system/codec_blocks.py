"""The codecs and their parts among the blocks of the kit."""

from rtl.golomb_encoder import GolombEncoder
from rtl.packet_marker import PacketMarker, PacketMarkerConfig
from system.block import Block

__all__ = ["CODEC_BLOCKS"]

CODEC_BLOCKS: tuple[Block, ...] = (
    Block(
        name="golomb_encoder",
        component=GolombEncoder,
        make=lambda _design: GolombEncoder(),
    ),
    Block(
        name="packet_marker",
        component=PacketMarker,
        make=lambda design: PacketMarker(PacketMarkerConfig(channels=design.band_pass.channels)),
    ),
)
