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
    def build_cycles(self) -> int:
        """Cycles from the command to the first byte, if no packet uses the bank.

        A context is read, begun, and all its symbols but one are divided.
        """
        symbols = self.coder.symbols
        divided = (symbols - 1) * (TOTAL_BITS + 3)
        return self.coder.contexts * (symbols + 1 + divided) + 2
