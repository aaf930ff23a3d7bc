"""Field-potential codec configuration: its sizes, and those of its parts."""

from dataclasses import dataclass, field

from rtl.coding_streams import BYTE_WIDTH
from rtl.dpcm_predictor import DpcmPredictorConfig
from rtl.golomb_encoder import GolombEncoderConfig
from rtl.lfp_decimator_config import LfpDecimatorConfig
from rtl.lms_predictor import LmsPredictorConfig
from rtl.nlms_predictor import NlmsPredictorConfig
from rtl.packet_format import TRAILER_BYTES
from rtl.packet_framer import PacketFramerConfig
from rtl.packet_marker import PacketMarkerConfig
from rtl.residual_context import ResidualContextConfig

__all__ = ["LfpCodecConfig"]

IN_FLIGHT = 8  # samples behind the marker whose bytes have not come to the framer, at most


@dataclass(frozen=True, kw_only=True)
class LfpCodecConfig:
    """Sizes of an :class:`~rtl.lfp_codec.LfpCodec`.

    Parameters
    ----------
    decimator : LfpDecimatorConfig
        Rates, filter and widths; its channels are those of the codec.
    packet_channels : int
        Channels that share a packet: a power of two.
    taps, step_shift : int
        Of the first adaptive predictor: see :class:`~rtl.nlms_predictor.NlmsPredictorConfig`.
    sign_taps : int
        Of the second one: see :class:`~rtl.lms_predictor.LmsPredictorConfig`.
    window_shift : int
        Logarithm of the residuals over which magnitudes are averaged, in 1..7.
    ring_bytes : int
        Bytes that may wait for the output, of each group: a power of two, in 64..65536.
    """

    decimator: LfpDecimatorConfig = field(default_factory=LfpDecimatorConfig)
    packet_channels: int = 8
    taps: int = 32
    step_shift: int = 10
    sign_taps: int = 8
    window_shift: int = 4
    ring_bytes: int = 16384

    def __post_init__(self) -> None:
        # Each part checks what it is given, by the same names.
        _ = self.predictor, self.nlms, self.context, self.framer
        if self.sign_taps.bit_count() != 1 or not 2 <= self.sign_taps <= 32:
            raise ValueError(f"sign_taps must be a power of two in 2..32, not {self.sign_taps!r}")

    @property
    def channels(self) -> int:
        """Channels."""
        return self.decimator.channels

    @property
    def sample_width(self) -> int:
        """Width of what is coded, bits."""
        return self.decimator.output_width

    @property
    def groups(self) -> int:
        """Groups of channels, each with its own packets."""
        return self.marker.groups

    @property
    def margin_bytes(self) -> int:
        """The most that may still come of a packet that is to end, bytes.

        The frame that has begun, samples on their way to the framer, the trailer.
        """
        longest = -(-self.golomb.longest_code // BYTE_WIDTH)
        return (self.packet_channels + IN_FLIGHT) * longest + TRAILER_BYTES

    @property
    def marker(self) -> PacketMarkerConfig:
        """The packet marker's."""
        return PacketMarkerConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            packet_channels=self.packet_channels,
            lfp=True,
        )

    @property
    def predictor(self) -> DpcmPredictorConfig:
        """The predictor's."""
        return DpcmPredictorConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            packet_channels=self.packet_channels,
        )

    @property
    def nlms(self) -> NlmsPredictorConfig:
        """The first adaptive predictor's."""
        return NlmsPredictorConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            taps=self.taps,
            step_shift=self.step_shift,
        )

    @property
    def lms(self) -> LmsPredictorConfig:
        """The second adaptive predictor's."""
        return LmsPredictorConfig(
            channels=self.channels, sample_width=self.sample_width, taps=self.sign_taps
        )

    @property
    def context(self) -> ResidualContextConfig:
        """The context model's."""
        return ResidualContextConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            window_shift=self.window_shift,
        )

    @property
    def golomb(self) -> GolombEncoderConfig:
        """The Golomb encoder's."""
        return GolombEncoderConfig(
            channels=self.channels,
            packet_channels=self.packet_channels,
            sample_width=self.sample_width,
        )

    @property
    def framer(self) -> PacketFramerConfig:
        """The packet framer's."""
        return PacketFramerConfig(
            groups=self.groups, ring_bytes=self.ring_bytes, margin_bytes=self.margin_bytes
        )
