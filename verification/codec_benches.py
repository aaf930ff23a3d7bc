"""On which components the benches of the codecs and their parts are run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rtl.dpcm_predictor import DpcmPredictor, DpcmPredictorConfig
from rtl.golomb_encoder import GolombEncoder, GolombEncoderConfig
from rtl.lfp_decimator import LfpDecimator, LfpDecimatorConfig
from rtl.packet_marker import PacketMarker, PacketMarkerConfig
from rtl.residual_context import ResidualContext, ResidualContextConfig

__all__ = ["CODEC_COMPONENTS"]

CODEC_COMPONENTS: Mapping[str, Mapping[str, Callable[[], Any]]] = MappingProxyType(
    {
        "dpcm_predictor": {
            "three_channels": lambda: DpcmPredictor(DpcmPredictorConfig(channels=3)),
            "groups_of_four": lambda: DpcmPredictor(
                DpcmPredictorConfig(channels=6, sample_width=4, packet_channels=4, cross_eighths=3)
            ),
        },
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
        "residual_context": {
            "three_channels": lambda: ResidualContext(ResidualContextConfig(channels=3)),
            "one_channel_short": lambda: ResidualContext(
                ResidualContextConfig(channels=1, sample_width=16, window_shift=1)
            ),
        },
    }
)
"""Block, variant, component."""
