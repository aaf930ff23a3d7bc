"""Action-potential codec configuration: its sizes, and those of its parts."""

from dataclasses import dataclass

from rtl.arithmetic_encoder_config import ArithmeticEncoderConfig
from rtl.checks import check_ranges
from rtl.coding_streams import BYTE_WIDTH
from rtl.dpcm_predictor import DpcmPredictorConfig
from rtl.golomb_encoder import GolombEncoderConfig
from rtl.lms_predictor import LmsPredictorConfig
from rtl.packet_format import LENGTH_BYTES, TRAILER_BYTES, Engine
from rtl.packet_framer import SMALLEST_SHARE, PacketFramerConfig
from rtl.packet_marker import PacketMarkerConfig
from rtl.residual_context import ResidualContextConfig
from rtl.snippet_marker import SnippetMarkerConfig
from rtl.table_trainer_config import TableTrainerConfig
from rtl.template_encoder_config import TemplateEncoderConfig

__all__ = ["ApCodecConfig"]

RAW_BYTES = 2  # before a snippet
IN_FLIGHT = 16  # samples behind the marker whose bytes have not come to the framer, at most


@dataclass(frozen=True, kw_only=True)
class ApCodecConfig:
    """Sizes of an :class:`~rtl.ap_codec.ApCodec`.

    Parameters
    ----------
    channels : int
        Channels, in 1..256.
    sample_width : int
        Sample width, bits, in 2..16.
    packet_channels : int
        Channels that share a packet: a power of two. Snippets need 1.
    engines : tuple of Engine
        The entropy coders that are built, in any order; at least one.
    snippets : bool
        Whether snippets can be coded as well, instead of all samples.
    snippet_samples : int
        Samples of a snippet, in 1..1024.
    delivery_frames : int
        Frames from a peak until its snippet has come at the latest, in 1..65535.
    cross_eighths : int
        Weight of the channel before in the cross-channel term, eighths, in 1..7.
    adaptive : bool
        Whether an adaptive predictor is built, which new packets may use or not.
    taps, weight_fraction_bits : int
        Of the adaptive predictor: differences from which one is predicted, a power of two in
        2..32; fraction bits of their weights, in 4..14.
    window_shift : int
        Logarithm of the residuals over which magnitudes are averaged, in 1..7.
    unary_limit : int
        Of the Golomb encoder: zeros that say that a residual follows as it is, in 2..24.
    golomb_base : int
        Of the Golomb encoder: context from which on divisors grow, in 0..31.
    alphabet_width : int
        Of the arithmetic encoder: residuals of this width have a symbol each, in 2..10.
    contexts : int
        Of the arithmetic encoder: tables of a bank, in 1..32.
    table_base : int
        Of the arithmetic encoder: highest context that has the first table, in 0..31.
    templates : int
        Templates of each channel, a power of two: snippets can be coded by them as well, by the
        Golomb encoder. 0 builds no template encoder.
    components, step_shift : int
        Of the template encoder: vectors of a channel's basis, in 1..64; logarithm of how much a
        projection must be for a coefficient of 1, in 4..24.
    training : bool
        Whether tables are made on chip of what was coded; needs the arithmetic encoder.
    counter_width : int
        Of the table trainer: width of a counter, bits, in 4..24.
    ring_bytes : int
        Bytes that may wait for the output, of each group: a power of two, in 64..131072. Half of
        them must hold the longest frame or snippet. The hardware has rings of 65536 at most; a
        model on its own makes longer packets than they allow.
    """

    channels: int = 16
    sample_width: int = 9
    packet_channels: int = 1
    engines: tuple[Engine, ...] = (Engine.GOLOMB, Engine.ARITHMETIC)
    snippets: bool = True
    snippet_samples: int = 64
    delivery_frames: int = 256
    cross_eighths: int = 4
    adaptive: bool = True
    taps: int = 8
    weight_fraction_bits: int = 9
    window_shift: int = 3
    unary_limit: int = 16
    golomb_base: int = 2
    alphabet_width: int = 7
    contexts: int = 10
    table_base: int = 3
    templates: int = 0
    components: int = 14
    step_shift: int = 12
    training: bool = False
    counter_width: int = 20
    ring_bytes: int = 4096

    def __post_init__(self) -> None:
        check_ranges(self, snippet_samples=(1, 1024), ring_bytes=(64, 1 << 17))
        if not self.engines or len(set(self.engines)) < len(self.engines):
            raise ValueError(f"engines must be one or two different ones, not {self.engines!r}")
        if self.snippets and self.packet_channels != 1:
            raise ValueError(
                f"packet_channels must be 1 where snippets are coded, not {self.packet_channels!r}"
            )
        if self.ring_bytes.bit_count() != 1:
            raise ValueError(f"ring_bytes must be a power of two, not {self.ring_bytes!r}")
        if self.margin_bytes > self.ring_bytes // 2 - SMALLEST_SHARE:
            raise ValueError(
                f"ring_bytes must be at least {2 * (self.margin_bytes + SMALLEST_SHARE)}, "
                f"not {self.ring_bytes!r}"
            )
        if self.snippets:
            _ = self.snippet_marker
        if self.templates:
            if not self.snippets or Engine.GOLOMB not in self.engines:
                raise ValueError(
                    "templates must be 0 unless snippets are coded and engines include the Golomb "
                    f"one, not {self.templates!r}"
                )
            _ = self.template_encoder
        if self.training:
            if Engine.ARITHMETIC not in self.engines:
                raise ValueError(
                    "engines must include the arithmetic one where its tables are trained, "
                    f"not {self.engines!r}"
                )
            _ = self.trainer
        # Each part checks what it is given, by the same names.
        _ = self.marker, self.predictor, self.lms, self.context, self.golomb, self.arithmetic

    @property
    def groups(self) -> int:
        """Groups of channels, each with its own packets."""
        return self.marker.groups

    @property
    def margin_bytes(self) -> int:
        """The most that may still come of a packet that is to end, bytes.

        The frame or snippet that has begun, samples on their way to the framer, the trailer.
        """
        # Templates are coded when the next snippet has begun: two of time and all coefficients.
        coefficients = 2 * (RAW_BYTES + self.components + 1) if self.templates else 0
        samples = max(self.packet_channels, self.snippet_samples * self.snippets, coefficients)
        longest = max(
            -(-self.golomb.longest_code // BYTE_WIDTH) * (Engine.GOLOMB in self.engines),
            self.arithmetic.longest_sample_bytes * (Engine.ARITHMETIC in self.engines),
        )
        return (samples + IN_FLIGHT) * longest + TRAILER_BYTES

    @property
    def closing_body_bytes(self) -> int:
        """Bytes of an open packet's body from which on it ends with the next frame or snippet."""
        return self.ring_bytes // 2 - self.margin_bytes - LENGTH_BYTES

    @property
    def marker(self) -> PacketMarkerConfig:
        """The packet marker's."""
        return PacketMarkerConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            packet_channels=self.packet_channels,
        )

    @property
    def snippet_marker(self) -> SnippetMarkerConfig:
        """The snippet marker's."""
        return SnippetMarkerConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            delivery_frames=self.delivery_frames,
        )

    @property
    def predictor(self) -> DpcmPredictorConfig:
        """The predictor's."""
        return DpcmPredictorConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            packet_channels=self.packet_channels,
            cross_eighths=self.cross_eighths,
        )

    @property
    def lms(self) -> LmsPredictorConfig:
        """The adaptive predictor's."""
        return LmsPredictorConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            taps=self.taps,
            weight_fraction_bits=self.weight_fraction_bits,
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
            unary_limit=self.unary_limit,
            context_base=self.golomb_base,
        )

    @property
    def arithmetic(self) -> ArithmeticEncoderConfig:
        """The arithmetic encoder's."""
        return ArithmeticEncoderConfig(
            channels=self.channels,
            packet_channels=self.packet_channels,
            sample_width=self.sample_width,
            alphabet_width=self.alphabet_width,
            contexts=self.contexts,
            context_base=self.table_base,
        )

    @property
    def template_encoder(self) -> TemplateEncoderConfig:
        """The template encoder's."""
        return TemplateEncoderConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            snippet_samples=self.snippet_samples,
            templates=self.templates,
            components=self.components,
            step_shift=self.step_shift,
        )

    @property
    def trainer(self) -> TableTrainerConfig:
        """The table trainer's."""
        return TableTrainerConfig(coder=self.arithmetic, counter_width=self.counter_width)

    @property
    def framer(self) -> PacketFramerConfig:
        """The packet framer's."""
        return PacketFramerConfig(
            groups=self.groups,
            ring_bytes=self.ring_bytes,
            margin_bytes=self.margin_bytes,
            direct=self.training or self.templates > 0,
        )
