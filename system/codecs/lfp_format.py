"""What a decoder of field potentials must know of a stream beforehand."""

from dataclasses import dataclass

from rtl.checks import check_ranges
from rtl.golomb_encoder import GolombEncoderConfig
from rtl.lfp_codec_config import LfpCodecConfig
from rtl.lms_predictor import LmsPredictorConfig
from rtl.nlms_predictor import NlmsPredictorConfig
from rtl.packet_marker import PacketMarkerConfig
from rtl.residual_context import ResidualContextConfig
from system.codecs.channel_groups import ChannelGroups
from system.codecs.lfp_payloads import LfpPayloadFormat
from system.codecs.stream_format import MOST_COUNTED

__all__ = ["LfpFormat"]


@dataclass(frozen=True, kw_only=True)
class LfpFormat(ChannelGroups):
    """Sizes and settings of a field-potential codec; sizes that it cannot have are refused.

    Parameters
    ----------
    channels : int
        Channels.
    packet_channels : int
        Channels that share a packet.
    most_counted : int
        Most frames of a packet, in 1..65535.
    cross_eighths : int
        Weight of the cross-channel term, eighths, in 0..7.
    nlms : NlmsPredictorConfig
        The first adaptive predictor.
    lms : LmsPredictorConfig
        The second one.
    context : ResidualContextConfig
        The context model.
    golomb : GolombEncoderConfig
        The entropy coder.
    """

    channels: int
    packet_channels: int
    most_counted: int = MOST_COUNTED
    cross_eighths: int = 4
    nlms: NlmsPredictorConfig
    lms: LmsPredictorConfig
    context: ResidualContextConfig
    golomb: GolombEncoderConfig

    def __post_init__(self) -> None:
        check_ranges(self, most_counted=(1, MOST_COUNTED), cross_eighths=(0, 7))
        PacketMarkerConfig(channels=self.channels, packet_channels=self.packet_channels)

    @property
    def sample_width(self) -> int:
        """Width of a sample, bits."""
        return self.nlms.sample_width

    @classmethod
    def of(cls, codec: LfpCodecConfig, most_counted: int = MOST_COUNTED) -> "LfpFormat":
        """Return the format of what a codec sends.

        Parameters
        ----------
        codec : LfpCodecConfig
            Its configuration.
        most_counted : int
            Most frames of a packet.

        Returns
        -------
        LfpFormat
            Its format.
        """
        return cls(
            channels=codec.channels,
            packet_channels=codec.packet_channels,
            most_counted=most_counted,
            cross_eighths=codec.predictor.cross_eighths,
            nlms=codec.nlms,
            lms=codec.lms,
            context=codec.context,
            golomb=codec.golomb,
        )

    @property
    def payload(self) -> LfpPayloadFormat:
        """The same for compiled code."""
        return LfpPayloadFormat(
            channels=self.channels,
            packet_channels=self.packet_channels,
            width=self.sample_width,
            cross_eighths=self.cross_eighths,
            window_shift=self.context.window_shift,
            start_activity=self.context.start_activity,
            restart_context=self.context.restart_context,
            unary_limit=self.golomb.unary_limit,
            golomb_base=self.golomb.context_base,
            taps=self.nlms.taps,
            step_shift=self.nlms.step_shift,
            weight_fraction_bits=self.nlms.weight_fraction_bits,
            sign_taps=self.lms.taps,
            sign_weight_fraction_bits=self.lms.weight_fraction_bits,
        )
