"""On which components the benches of the codecs and their parts are run."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rtl.ap_codec import ApCodec, ApCodecConfig
from rtl.arithmetic_encoder import ArithmeticEncoder
from rtl.arithmetic_encoder_config import ArithmeticEncoderConfig
from rtl.dpcm_predictor import DpcmPredictor, DpcmPredictorConfig
from rtl.golomb_encoder import GolombEncoder, GolombEncoderConfig
from rtl.lfp_codec import LfpCodec, LfpCodecConfig
from rtl.lfp_decimator import LfpDecimator, LfpDecimatorConfig
from rtl.lms_predictor import LmsPredictor, LmsPredictorConfig
from rtl.nlms_predictor import NlmsPredictor, NlmsPredictorConfig
from rtl.packet_format import Engine
from rtl.packet_framer import PacketFramer, PacketFramerConfig
from rtl.packet_marker import PacketMarker, PacketMarkerConfig
from rtl.residual_context import ResidualContext, ResidualContextConfig
from rtl.snippet_marker import SnippetMarker, SnippetMarkerConfig
from rtl.table_trainer import TableTrainer
from rtl.table_trainer_config import TableTrainerConfig
from rtl.template_encoder import TemplateEncoder
from rtl.template_encoder_config import TemplateEncoderConfig

__all__ = ["CODEC_COMPONENTS"]

CODEC_COMPONENTS: Mapping[str, Mapping[str, Callable[[], Any]]] = MappingProxyType(
    {
        "ap_codec": {
            "both_engines": lambda: ApCodec(
                ApCodecConfig(
                    channels=3,
                    snippet_samples=8,
                    alphabet_width=6,
                    contexts=4,
                    table_base=6,
                    ring_bytes=1024,
                )
            ),
            "trained": lambda: ApCodec(
                ApCodecConfig(
                    channels=2,
                    snippet_samples=8,
                    adaptive=False,
                    alphabet_width=4,
                    contexts=2,
                    table_base=9,
                    templates=4,
                    components=4,
                    step_shift=8,
                    training=True,
                    ring_bytes=1024,
                )
            ),
            "golomb_alone": lambda: ApCodec(
                ApCodecConfig(
                    channels=5,
                    sample_width=12,
                    packet_channels=4,
                    engines=(Engine.GOLOMB,),
                    snippets=False,
                    adaptive=False,
                    ring_bytes=2048,
                )
            ),
        },
        "arithmetic_encoder": {
            "shared_packets": lambda: ArithmeticEncoder(
                ArithmeticEncoderConfig(
                    channels=6, packet_channels=2, alphabet_width=4, contexts=3, context_base=9
                )
            ),
            "wide": lambda: ArithmeticEncoder(
                ArithmeticEncoderConfig(
                    channels=3, sample_width=14, alphabet_width=5, contexts=2, context_base=5
                )
            ),
            "nothing_escaped": lambda: ArithmeticEncoder(
                ArithmeticEncoderConfig(channels=1, sample_width=5, contexts=1)
            ),
        },
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
        "lfp_codec": {
            "three_channels": lambda: LfpCodec(
                LfpCodecConfig(
                    decimator=LfpDecimatorConfig(channels=3, sampling_rate_hz=4e3, decimation=4),
                    packet_channels=4,
                    taps=4,
                    step_shift=7,
                    sign_taps=2,
                    ring_bytes=1024,
                )
            ),
            "two_groups": lambda: LfpCodec(
                LfpCodecConfig(
                    decimator=LfpDecimatorConfig(
                        channels=3, sample_width=12, sampling_rate_hz=6e3, decimation=6
                    ),
                    packet_channels=2,
                    taps=8,
                    step_shift=8,
                    sign_taps=4,
                    ring_bytes=512,
                )
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
        "snippet_marker": {
            "three_channels": lambda: SnippetMarker(
                SnippetMarkerConfig(channels=3, sample_width=12, delivery_frames=40)
            ),
            "one_channel": lambda: SnippetMarker(
                SnippetMarkerConfig(channels=1, sample_width=2, delivery_frames=1)
            ),
        },
        "packet_framer": {
            "three_groups": lambda: PacketFramer(
                PacketFramerConfig(groups=3, ring_bytes=128, margin_bytes=8, direct=True)
            ),
            "one_group": lambda: PacketFramer(
                PacketFramerConfig(groups=1, ring_bytes=512, margin_bytes=200)
            ),
        },
        "lms_predictor": {
            "three_channels": lambda: LmsPredictor(
                LmsPredictorConfig(channels=3, taps=4, weight_fraction_bits=4)
            ),
            "one_channel": lambda: LmsPredictor(
                LmsPredictorConfig(channels=1, sample_width=6, taps=2, weight_fraction_bits=5)
            ),
        },
        "template_encoder": {
            "three_channels": lambda: TemplateEncoder(
                TemplateEncoderConfig(
                    channels=3, snippet_samples=8, templates=4, components=5, step_shift=9
                )
            ),
            "wide": lambda: TemplateEncoder(
                TemplateEncoderConfig(
                    channels=2,
                    sample_width=14,
                    snippet_samples=12,
                    templates=8,
                    components=7,
                    step_shift=18,
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
        "nlms_predictor": {
            "three_channels": lambda: NlmsPredictor(
                NlmsPredictorConfig(channels=3, taps=4, step_shift=6)
            ),
            "one_channel": lambda: NlmsPredictor(
                NlmsPredictorConfig(channels=1, sample_width=9, taps=2, step_shift=4)
            ),
        },
        "table_trainer": {
            "small": lambda: TableTrainer(
                TableTrainerConfig(
                    coder=ArithmeticEncoderConfig(
                        channels=3, alphabet_width=5, contexts=3, context_base=6
                    ),
                    counter_width=12,
                )
            ),
            "soon_full": lambda: TableTrainer(
                TableTrainerConfig(
                    coder=ArithmeticEncoderConfig(
                        channels=4, packet_channels=2, sample_width=3, contexts=2, context_base=9
                    ),
                    counter_width=5,
                )
            ),
        },
    }
)
"""Block, variant, component."""
