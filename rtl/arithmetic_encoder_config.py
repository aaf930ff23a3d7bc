"""Sizes of the arithmetic encoder, and how its tables are written."""

from dataclasses import dataclass

from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from rtl.checks import check_ranges
from rtl.coding_streams import BYTE_WIDTH, CONTEXT_WIDTH
from rtl.interval_shift import END_WIDTH, LONGEST_STRING, MAX_PENDING
from rtl.streams import channel_shape

__all__ = ["TOTAL", "TOTAL_BITS", "ArithmeticEncoderConfig", "table_write_signature"]

TOTAL_BITS = 14
TOTAL = (1 << TOTAL_BITS) - 1  # of all frequencies of a table: the first of its cumulative ones


@dataclass(frozen=True, kw_only=True)
class ArithmeticEncoderConfig:
    """Sizes of an :class:`~rtl.arithmetic_encoder.ArithmeticEncoder`.

    Parameters
    ----------
    channels : int
        Channels, in 1..1024.
    packet_channels : int
        Channels that share a packet: a power of two, at most 1024.
    sample_width : int
        Width of a residual, bits, in 2..16.
    alphabet_width : int
        Residuals of this width have a symbol each, in 2..10. One that needs more, or is the most
        negative of these, is escaped: the symbol of the latter, and the residual as it is.
    contexts : int
        Tables of a bank, in 1..32.
    context_base : int
        Highest context that has the first table, in 0..31; each further one has the next.
    """

    channels: int = 16
    packet_channels: int = 1
    sample_width: int = 9
    alphabet_width: int = 7
    contexts: int = 10
    context_base: int = 3

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 1024),
            packet_channels=(1, 1024),
            sample_width=(2, 16),
            alphabet_width=(2, 10),
            contexts=(1, 1 << CONTEXT_WIDTH),
            context_base=(0, (1 << CONTEXT_WIDTH) - 1),
        )
        if self.packet_channels.bit_count() != 1:
            raise ValueError(
                f"packet_channels must be a power of two, not {self.packet_channels!r}"
            )

    @property
    def groups(self) -> int:
        """Groups of channels that share a packet."""
        return -(-self.channels // self.packet_channels)

    @property
    def symbol_width(self) -> int:
        """Width of a symbol: of a residual, where none is escaped."""
        return min(self.alphabet_width, self.sample_width)

    @property
    def symbols(self) -> int:
        """Symbols of a table."""
        return 1 << self.symbol_width

    @property
    def escapes(self) -> bool:
        """Whether the lowest symbol is the escape."""
        return self.symbol_width < self.sample_width

    @property
    def longest_sample_bytes(self) -> int:
        """Most bytes that leave for one residual.

        A symbol shifts the interval by its 16 bits at most, and n bits that are coded as they are
        by n + 2; what waits of a byte, and bits that were open, leave as well.
        """
        escaped = self.sample_width + 2 * -(-self.sample_width // BYTE_WIDTH)
        bits = BYTE_WIDTH - 1 + MAX_PENDING + END_WIDTH + self.escapes * escaped
        return bits // BYTE_WIDTH

    @property
    def most_cycles(self) -> int:
        """Most cycles that one residual takes while bytes are taken: its symbols wait for others.

        As many as the bytes of the longest string of bits, which a symbol makes.
        """
        parts = 1 + self.escapes * -(-self.sample_width // BYTE_WIDTH)
        return parts * -(-LONGEST_STRING // BYTE_WIDTH)

    def table_of(self, context: int) -> int:
        """Return the number of the table that residuals of a context have in their bank.

        Parameters
        ----------
        context : int
            The context.

        Returns
        -------
        int
            The number, below ``contexts``.

        Examples
        --------
        >>> [ArithmeticEncoderConfig().table_of(context) for context in (0, 3, 4, 31)]
        [0, 0, 1, 9]
        """
        return min(max(context - self.context_base, 0), self.contexts - 1)


def table_write_signature(contexts: int, symbol_width: int) -> wiring.Signature:
    """Return the signature of writes into the tables of an arithmetic encoder.

    While ``valid``, entry ``symbol``, of ``symbol_width`` bits, of table ``context``, below
    ``contexts``, of bank ``bank`` becomes ``cumulative``: the sum of the frequencies of this symbol
    and of all above it. That of symbol 0 is :data:`TOTAL`.
    """
    return wiring.Signature(
        {
            "valid": Out(1),
            "bank": Out(1),
            "context": Out(channel_shape(contexts)),
            "symbol": Out(symbol_width),
            "cumulative": Out(TOTAL_BITS),
        }
    )
