"""The codecs and their parts among the blocks of the kit."""

import dataclasses

from rtl.ap_codec import ApCodec
from rtl.ap_codec_config import ApCodecConfig
from rtl.arithmetic_encoder import ArithmeticEncoder
from rtl.dpcm_predictor import DpcmPredictor
from rtl.golomb_encoder import GolombEncoder
from rtl.lfp_codec import LfpCodec
from rtl.lfp_codec_config import LfpCodecConfig
from rtl.lfp_decimator import LfpDecimator
from rtl.lms_predictor import LmsPredictor
from rtl.nlms_predictor import NlmsPredictor
from rtl.packet_format import Engine
from rtl.packet_framer import PacketFramer
from rtl.packet_marker import PacketMarker
from rtl.residual_context import ResidualContext
from rtl.snippet_marker import SnippetMarker
from rtl.table_trainer import TableTrainer
from rtl.table_trainer_config import TableTrainerConfig
from rtl.template_encoder import TemplateEncoder
from rtl.template_encoder_config import TemplateEncoderConfig
from system.block import Block
from system.design import Design
from system.design.coding import lfp_coding
from system.errors import UserError

__all__ = ["CODEC_BLOCKS"]


def _ap(design: Design) -> ApCodecConfig:
    """Return the codec of action potentials that a design asks for, with both engines."""
    coding = dataclasses.replace(
        design.ap_coding, coded_channels=max(1, design.ap_coding.coded_channels)
    )
    config = coding.codec(
        design.band_pass.channels,
        design.band_pass.sample_width,
        snippet_samples=design.snippet_buffer.snippet_samples,
    )
    return dataclasses.replace(config, engines=tuple(Engine))


def _lfp(design: Design) -> LfpCodecConfig:
    """Return the codec of field potentials for the first channels of a design."""
    shape = design.band_pass
    try:
        return lfp_coding(shape.channels, shape.sample_width, shape.sampling_rate_hz)
    except ValueError as error:
        raise UserError(f"recording, for an lfp_decimator: {error}") from error


def _templates(design: Design) -> TemplateEncoderConfig:
    """Return the encoder of snippets as templates, for the channels that are coded."""
    return TemplateEncoderConfig(channels=_ap(design).channels)


__all__ = ["CODEC_BLOCKS"]

CODEC_BLOCKS: tuple[Block, ...] = (
    Block(
        name="ap_codec",
        component=ApCodec,
        make=lambda design: ApCodec(_ap(design)),
    ),
    Block(
        name="dpcm_predictor",
        component=DpcmPredictor,
        make=lambda design: DpcmPredictor(_ap(design).predictor),
    ),
    Block(
        name="nlms_predictor",
        component=NlmsPredictor,
        make=lambda design: NlmsPredictor(_lfp(design).nlms),
    ),
    Block(
        name="lms_predictor",
        component=LmsPredictor,
        make=lambda design: LmsPredictor(_ap(design).lms),
    ),
    Block(
        name="residual_context",
        component=ResidualContext,
        make=lambda design: ResidualContext(_ap(design).context),
    ),
    Block(
        name="golomb_encoder",
        component=GolombEncoder,
        make=lambda design: GolombEncoder(_ap(design).golomb),
    ),
    Block(
        name="arithmetic_encoder",
        component=ArithmeticEncoder,
        make=lambda design: ArithmeticEncoder(_ap(design).arithmetic),
    ),
    Block(
        name="snippet_marker",
        component=SnippetMarker,
        make=lambda design: SnippetMarker(_ap(design).snippet_marker),
    ),
    Block(
        name="template_encoder",
        component=TemplateEncoder,
        make=lambda design: TemplateEncoder(_templates(design)),
    ),
    Block(
        name="packet_framer",
        component=PacketFramer,
        make=lambda design: PacketFramer(_ap(design).framer),
    ),
    Block(
        name="table_trainer",
        component=TableTrainer,
        make=lambda design: TableTrainer(TableTrainerConfig(coder=_ap(design).arithmetic)),
    ),
    Block(
        name="packet_marker",
        component=PacketMarker,
        make=lambda design: PacketMarker(_ap(design).marker),
    ),
    Block(
        name="lfp_codec",
        component=LfpCodec,
        make=lambda design: LfpCodec(_lfp(design)),
    ),
    Block(
        name="lfp_decimator",
        component=LfpDecimator,
        make=lambda design: LfpDecimator(_lfp(design).decimator),
    ),
)
