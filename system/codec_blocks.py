"""The codecs and their parts among the blocks of the kit."""

from rtl.ap_codec import ApCodec, ApCodecConfig
from rtl.arithmetic_encoder import ArithmeticEncoder
from rtl.arithmetic_encoder_config import ArithmeticEncoderConfig
from rtl.dpcm_predictor import DpcmPredictor, DpcmPredictorConfig
from rtl.golomb_encoder import GolombEncoder
from rtl.lfp_codec import LfpCodec
from rtl.lfp_decimator import LfpDecimator
from rtl.lms_predictor import LmsPredictor, LmsPredictorConfig
from rtl.nlms_predictor import NlmsPredictor
from rtl.packet_framer import PacketFramer
from rtl.packet_marker import PacketMarker, PacketMarkerConfig
from rtl.residual_context import ResidualContext, ResidualContextConfig
from rtl.snippet_marker import SnippetMarker, SnippetMarkerConfig
from rtl.table_trainer import TableTrainer
from rtl.table_trainer_config import TableTrainerConfig
from system.block import Block

__all__ = ["CODEC_BLOCKS"]

CODEC_BLOCKS: tuple[Block, ...] = (
    Block(
        name="ap_codec",
        component=ApCodec,
        make=lambda _design: ApCodec(ApCodecConfig()),
    ),
    Block(
        name="dpcm_predictor",
        component=DpcmPredictor,
        make=lambda design: DpcmPredictor(DpcmPredictorConfig(channels=design.band_pass.channels)),
    ),
    Block(
        name="nlms_predictor",
        component=NlmsPredictor,
        make=lambda _design: NlmsPredictor(),
    ),
    Block(
        name="lms_predictor",
        component=LmsPredictor,
        make=lambda design: LmsPredictor(LmsPredictorConfig(channels=design.band_pass.channels)),
    ),
    Block(
        name="residual_context",
        component=ResidualContext,
        make=lambda design: ResidualContext(
            ResidualContextConfig(channels=design.band_pass.channels)
        ),
    ),
    Block(
        name="golomb_encoder",
        component=GolombEncoder,
        make=lambda _design: GolombEncoder(),
    ),
    Block(
        name="arithmetic_encoder",
        component=ArithmeticEncoder,
        make=lambda design: ArithmeticEncoder(
            ArithmeticEncoderConfig(channels=design.band_pass.channels)
        ),
    ),
    Block(
        name="snippet_marker",
        component=SnippetMarker,
        make=lambda design: SnippetMarker(SnippetMarkerConfig(channels=design.band_pass.channels)),
    ),
    Block(
        name="packet_framer",
        component=PacketFramer,
        make=lambda _design: PacketFramer(),
    ),
    Block(
        name="table_trainer",
        component=TableTrainer,
        make=lambda design: TableTrainer(
            TableTrainerConfig(coder=ArithmeticEncoderConfig(channels=design.band_pass.channels))
        ),
    ),
    Block(
        name="packet_marker",
        component=PacketMarker,
        make=lambda design: PacketMarker(PacketMarkerConfig(channels=design.band_pass.channels)),
    ),
    Block(
        name="lfp_codec",
        component=LfpCodec,
        make=lambda _design: LfpCodec(),
    ),
    Block(
        name="lfp_decimator",
        component=LfpDecimator,
        make=lambda _design: LfpDecimator(),
    ),
)
