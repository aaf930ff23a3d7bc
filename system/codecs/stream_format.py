"""What a decoder must know of a stream beforehand: sizes, and settings that no packet tells."""

from dataclasses import dataclass

from rtl.arithmetic_encoder import ArithmeticEncoderConfig
from rtl.checks import check_ranges
from rtl.dpcm_predictor import DpcmPredictorConfig
from rtl.golomb_encoder import GolombEncoderConfig
from rtl.packet_format import Mode
from rtl.residual_context import ResidualContextConfig
from system.codecs.payloads import PayloadFormat

__all__ = ["StreamFormat"]

MOST_GROUPS = 256  # whose numbers are a byte
MOST_COUNTED = (1 << 16) - 1  # by a trailer


@dataclass(frozen=True, kw_only=True)
class StreamFormat:
    """Sizes and settings of a codec.

    Parameters
    ----------
    channels : int
        Channels, in 1..1024.
    sample_width : int
        Sample width, bits, in 2..16.
    packet_channels : int
        Channels that share a packet: a power of two.
    most_counted : int
        Most frames, or snippets, of a packet.
    snippet_samples : int
        Samples of a snippet.
    cross_eighths : int
        Weight of the cross-channel term, eighths.
    window_shift : int
        Logarithm of the residuals over which magnitudes are averaged.
    unary_limit : int
        Of the Golomb encoder: zeros that say that a residual follows as it is.
    golomb_base : int
        Of the Golomb encoder: highest context with the smallest divisor.
    alphabet_width : int
        Of the arithmetic encoder: residuals of this width have a symbol each.
    contexts : int
        Of the arithmetic encoder: tables of a bank.
    table_base : int
        Of the arithmetic encoder: highest context that has the first table.
    """

    channels: int = 16
    sample_width: int = 9
    packet_channels: int = 1
    most_counted: int = MOST_COUNTED
    snippet_samples: int = 64
    cross_eighths: int = 4
    window_shift: int = 3
    unary_limit: int = 16
    golomb_base: int = 0
    alphabet_width: int = 7
    contexts: int = 8
    table_base: int = 0

    def __post_init__(self) -> None:
        check_ranges(self, most_counted=(1, MOST_COUNTED), snippet_samples=(1, 1024))
        # Each of them checks its part.
        if max(self.dpcm.channels, self.context.channels, self.golomb.groups) > 0:
            groups = self.arithmetic.groups
            if groups > MOST_GROUPS:
                raise ValueError(
                    f"packet_channels must leave at most {MOST_GROUPS} groups of {self.channels}"
                    f" channels, not {groups}"
                )

    @property
    def groups(self) -> int:
        """Groups of channels that share a packet."""
        return -(-self.channels // self.packet_channels)

    def inside(self, group: int) -> int:
        """Return how many channels a group has; the last may have fewer than others.

        Parameters
        ----------
        group : int
            Number of the group.

        Returns
        -------
        int
            Channels.
        """
        return min(self.packet_channels, self.channels - group * self.packet_channels)

    @property
    def dpcm(self) -> DpcmPredictorConfig:
        """Configuration of the predictor."""
        return DpcmPredictorConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            packet_channels=self.packet_channels,
            cross_eighths=self.cross_eighths,
        )

    @property
    def context(self) -> ResidualContextConfig:
        """Configuration of the contexts."""
        return ResidualContextConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            window_shift=self.window_shift,
        )

    @property
    def golomb(self) -> GolombEncoderConfig:
        """Configuration of the Golomb encoder."""
        return GolombEncoderConfig(
            channels=self.channels,
            packet_channels=self.packet_channels,
            sample_width=self.sample_width,
            unary_limit=self.unary_limit,
            context_base=self.golomb_base,
        )

    @property
    def arithmetic(self) -> ArithmeticEncoderConfig:
        """Configuration of the arithmetic encoder."""
        return ArithmeticEncoderConfig(
            channels=self.channels,
            packet_channels=self.packet_channels,
            sample_width=self.sample_width,
            alphabet_width=self.alphabet_width,
            contexts=self.contexts,
            context_base=self.table_base,
        )

    def payload(self, mode: Mode) -> PayloadFormat:
        """Return the same for compiled code.

        Parameters
        ----------
        mode : Mode
            What packets hold.

        Returns
        -------
        PayloadFormat
            Numbers.
        """
        return PayloadFormat(
            channels=self.channels,
            packet_channels=self.packet_channels,
            snippet_samples=self.snippet_samples if mode is Mode.SNIPPETS else 0,
            width=self.sample_width,
            cross_eighths=self.cross_eighths,
            window_shift=self.window_shift,
            start_activity=self.context.start_activity,
            restart_context=self.context.restart_context,
            unary_limit=self.unary_limit,
            golomb_base=self.golomb_base,
            contexts=self.contexts,
            table_base=self.table_base,
            symbol_width=self.arithmetic.symbol_width,
        )
