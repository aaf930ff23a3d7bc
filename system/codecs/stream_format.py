"""What a decoder must know of a stream beforehand: sizes, and settings that no packet tells."""

from dataclasses import dataclass, fields

from rtl.ap_codec_config import ApCodecConfig
from rtl.checks import check_ranges
from rtl.packet_format import Mode
from system.codecs.channel_groups import ChannelGroups
from system.codecs.payloads import PayloadFormat

__all__ = ["StreamFormat"]

MOST_COUNTED = (1 << 16) - 1  # by a trailer
LARGEST_RING_BYTES = 1 << 17  # half of it is as long as the length of a packet can say


@dataclass(frozen=True, kw_only=True)
class StreamFormat(ChannelGroups):
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
        Of the Golomb encoder: context from which on divisors grow.
    alphabet_width : int
        Of the arithmetic encoder: residuals of this width have a symbol each.
    contexts : int
        Of the arithmetic encoder: tables of a bank.
    table_base : int
        Of the arithmetic encoder: highest context that has the first table.
    taps, weight_fraction_bits : int
        Of the adaptive predictor.
    """

    channels: int = 16
    sample_width: int = 9
    packet_channels: int = 1
    most_counted: int = MOST_COUNTED
    snippet_samples: int = 64
    cross_eighths: int = 4
    window_shift: int = 3
    unary_limit: int = 16
    golomb_base: int = 2
    alphabet_width: int = 7
    contexts: int = 10
    table_base: int = 3
    taps: int = 8
    weight_fraction_bits: int = 9

    def __post_init__(self) -> None:
        check_ranges(self, most_counted=(1, MOST_COUNTED))
        _ = self.codec  # which checks all others, by the same names

    @property
    def codec(self) -> ApCodecConfig:
        """Configuration of an encoder, as long packets as can be made allowed."""
        return ApCodecConfig(
            channels=self.channels,
            sample_width=self.sample_width,
            packet_channels=self.packet_channels,
            snippets=False,
            snippet_samples=self.snippet_samples,
            cross_eighths=self.cross_eighths,
            window_shift=self.window_shift,
            unary_limit=self.unary_limit,
            golomb_base=self.golomb_base,
            alphabet_width=self.alphabet_width,
            contexts=self.contexts,
            table_base=self.table_base,
            taps=self.taps,
            weight_fraction_bits=self.weight_fraction_bits,
            ring_bytes=LARGEST_RING_BYTES,
        )

    @classmethod
    def of(cls, codec: ApCodecConfig, most_counted: int = MOST_COUNTED) -> "StreamFormat":
        """Return the format of what an encoder sends.

        Parameters
        ----------
        codec : ApCodecConfig
            Its configuration.
        most_counted : int
            Most frames, or snippets, of a packet.

        Returns
        -------
        StreamFormat
            Its format.
        """
        names = {each.name for each in fields(cls)} & {each.name for each in fields(codec)}
        return cls(**{name: getattr(codec, name) for name in names}, most_counted=most_counted)

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
        codec = self.codec
        return PayloadFormat(
            channels=self.channels,
            packet_channels=self.packet_channels,
            snippet_samples=self.snippet_samples if mode is Mode.SNIPPETS else 0,
            width=self.sample_width,
            cross_eighths=self.cross_eighths,
            window_shift=self.window_shift,
            start_activity=codec.context.start_activity,
            restart_context=codec.context.restart_context,
            unary_limit=self.unary_limit,
            golomb_base=self.golomb_base,
            contexts=self.contexts,
            table_base=self.table_base,
            symbol_width=codec.arithmetic.symbol_width,
            taps=self.taps,
            weight_fraction_bits=self.weight_fraction_bits,
        )
