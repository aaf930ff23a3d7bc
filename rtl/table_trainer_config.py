"""Sizes of the table trainer."""

from dataclasses import dataclass, field

from rtl.arithmetic_encoder_config import TOTAL_BITS, ArithmeticEncoderConfig
from rtl.checks import check_ranges
from rtl.coding_streams import BYTE_WIDTH

__all__ = ["COUNT_DIGITS", "TableTrainerConfig"]

COUNT_DIGITS = 4  # significant bits of a count in a table


@dataclass(frozen=True, kw_only=True)
class TableTrainerConfig:
    """Sizes of a :class:`~rtl.table_trainer.TableTrainer`.

    Parameters
    ----------
    coder : ArithmeticEncoderConfig
        The encoder whose tables it makes; symbols of at most 8 bits.
    counter_width : int
        Width of a counter, bits, in 4..24: a context whose commonest symbol has been counted
        ``2**counter_width - 1`` times is counted no further.
    """

    coder: ArithmeticEncoderConfig = field(default_factory=ArithmeticEncoderConfig)
    counter_width: int = 20

    def __post_init__(self) -> None:
        check_ranges(self, counter_width=(COUNT_DIGITS, 24))
        if self.coder.symbol_width > BYTE_WIDTH:
            raise ValueError(
                f"coder must have symbols of at most {BYTE_WIDTH} bits, "
                f"not {self.coder.symbol_width}"
            )

    @property
    def share(self) -> int:
        """What all frequencies of a table share: each symbol has one besides."""
        return (1 << TOTAL_BITS) - 1 - self.coder.symbols

    @property
    def most_build_cycles(self) -> int:
        """Most cycles from the command to the first byte, if no packet uses the bank."""
        symbols = self.coder.symbols
        collected, divided = symbols + 2, (symbols - 1) * (TOTAL_BITS + 3) + 1
        return self.coder.contexts * (collected + divided) + 2
