"""On which components the benches of the codecs and their parts are run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rtl.golomb_encoder import GolombEncoder, GolombEncoderConfig
from rtl.lfp_decimator import LfpDecimator, LfpDecimatorConfig
from rtl.packet_marker import PacketMarker, PacketMarkerConfig

__all__ = ["CODEC_COMPONENTS"]

CODEC_COMPONENTS: Mapping[str, Mapping[str, Callable[[], Any]]] = MappingProxyType(
    {
        "golomb_encoder": {
            "shared_packets": lambda: GolombEncoder(
                GolombEncoderConfig(channels=6, packet_channels=2)
            ),
            "wide": lambda: GolombEncoder(
                GolombEncoderConfig(channels=3, sample_width=14, unary_limit=11, context_base=2)
            ),
        },
        "lfp_decimator": {
            "three_channels": lambda: LfpDecimator(LfpDecimatorConfig(channels=3)),
            "one_channel_by_four": lambda: LfpDecimator(
                LfpDecimatorConfig(
                    channels=1,
                    sample_width=9,
                    output_width=9,
                    sampling_rate_hz=4e3,
                    decimation=4,
                )
            ),
        },
        "packet_marker": {
            "pairs": lambda: PacketMarker(PacketMarkerConfig(channels=5, packet_channels=2)),
            "three_channels": lambda: PacketMarker(PacketMarkerConfig(channels=3, sample_width=12)),
            "one_channel": lambda: PacketMarker(PacketMarkerConfig(channels=1, sample_width=2)),
        },
    }
)
"""Block, variant, component."""
