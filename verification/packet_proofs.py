"""What is proven of the blocks that begin packets, on the smallest that have it all."""

from collections.abc import Mapping
from types import MappingProxyType

from rtl.packet_marker import PacketMarker, PacketMarkerConfig
from rtl.snippet_marker import SnippetMarker, SnippetMarkerConfig
from verification.block_proofs import BlockProof
from verification.stream_properties import StreamHarness

__all__ = ["PACKET_PROOFS"]

PACKET_PROOFS: Mapping[str, BlockProof] = MappingProxyType(
    {
        "packet_marker_keeps_the_stream_rules": BlockProof(
            block="packet_marker",
            make=lambda: StreamHarness(
                PacketMarker(PacketMarkerConfig(channels=2, sample_width=2))
            ),
            mode="bounded",
            depth=20,
        ),
        "snippet_marker_keeps_the_stream_rules": BlockProof(
            block="snippet_marker",
            make=lambda: StreamHarness(
                SnippetMarker(SnippetMarkerConfig(channels=1, sample_width=2))
            ),
            mode="bounded",
            depth=18,
        ),
    }
)
"""By what they say."""
