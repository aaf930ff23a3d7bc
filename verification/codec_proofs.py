"""What is proven of the parts of the codecs for every input, each as small as can be."""

from collections.abc import Mapping
from types import MappingProxyType

from rtl.dpcm_predictor import DpcmPredictor, DpcmPredictorConfig
from rtl.lms_predictor import LmsPredictor, LmsPredictorConfig
from rtl.residual_context import ResidualContext, ResidualContextConfig
from verification.block_proofs import BlockProof
from verification.stream_properties import StreamHarness

__all__ = ["CODEC_PROOFS"]

CODEC_PROOFS: Mapping[str, BlockProof] = MappingProxyType(
    {
        "dpcm_predictor_keeps_the_stream_rules": BlockProof(
            block="dpcm_predictor",
            make=lambda: StreamHarness(
                DpcmPredictor(DpcmPredictorConfig(channels=2, sample_width=2, packet_channels=2))
            ),
            mode="induction",
            depth=3,
        ),
        "residual_context_keeps_the_stream_rules": BlockProof(
            block="residual_context",
            make=lambda: StreamHarness(
                ResidualContext(ResidualContextConfig(channels=2, sample_width=2))
            ),
            mode="induction",
            depth=3,
        ),
        "lms_predictor_keeps_the_stream_rules": BlockProof(
            block="lms_predictor",
            make=lambda: StreamHarness(
                LmsPredictor(
                    LmsPredictorConfig(channels=2, sample_width=2, taps=2, weight_fraction_bits=4)
                )
            ),
            mode="induction",
            depth=3,
        ),
    }
)
"""By what they say."""
