"""Fields of a register: their width, what the bus may do to them, and what their values mean."""

from dataclasses import dataclass
from enum import StrEnum

from rtl.register_rules import check_name, check_sentence, check_unique

__all__ = ["Access", "EnumValue", "Field"]


class Access(StrEnum):
    """What the bus and the hardware may do to a field."""

    READ_WRITE = "read_write"
    """Software writes it and reads it back; the hardware reads it."""

    READ_ONLY = "read_only"
    """The hardware drives it; a read returns its value in the cycle of the request."""

    COUNTER = "counter"
    """The hardware adds to it, up to all ones; writing a one to any of its bits clears it."""

    CONSTANT = "constant"
    """Its value never changes."""


@dataclass(frozen=True, kw_only=True)
class EnumValue:
    """The meaning of one value of a field.

    Parameters
    ----------
    name : str
        What the value is called, in lowercase words joined by underscores.
    value : int
        The value, not negative.
    doc : str
        What it does, as a sentence.

    Raises
    ------
    ValueError
        If the name, the doc or the value breaks its rule.
    """

    name: str
    value: int
    doc: str

    def __post_init__(self) -> None:
        check_name("enumerated value", self.name)
        check_sentence(f"enumerated value {self.name!r}", self.doc)
        if self.value < 0:
            raise ValueError(
                f"enumerated value {self.name!r} must not be negative, as {self.value} is"
            )


@dataclass(frozen=True, kw_only=True)
class Field:
    """Bits of a register, packed from bit 0 up in the order that the register lists them.

    Parameters
    ----------
    name : str
        What the field is called, in lowercase words joined by underscores.
    width : int
        Bits; at least 1.
    access : Access
        What the bus and the hardware may do to it.
    doc : str
        What it means, as a sentence, with the unit.
    reset : int
        Value after reset; of a constant, its value. Zero for counters, and for read-only fields,
        which have no state of their own.
    enum : tuple[EnumValue, ...]
        Names of values; the reset value must be among them. A write of a value that has no name
        is kept as it is.
    increment_width : int
        Of a counter, the bits of the number that the hardware adds each cycle; at most ``width``.

    Raises
    ------
    ValueError
        If a parameter breaks its rule.
    """

    name: str
    width: int
    access: Access
    doc: str
    reset: int = 0
    enum: tuple[EnumValue, ...] = ()
    increment_width: int = 1

    def __post_init__(self) -> None:
        check_name("field", self.name)
        check_sentence(f"field {self.name!r}", self.doc)
        if self.width < 1:
            raise ValueError(f"width of field {self.name!r} must be at least 1, not {self.width}")
        if not 0 <= self.reset <= self.max_value:
            raise ValueError(
                f"reset of field {self.name!r} must be in 0..{self.max_value}, not {self.reset}"
            )
        if self.reset and self.access in (Access.READ_ONLY, Access.COUNTER):
            raise ValueError(
                f"reset of {self.access} field {self.name!r} must be 0, not {self.reset}"
            )
        if not 1 <= self.increment_width <= self.width:
            raise ValueError(
                f"increment width of field {self.name!r} must be in 1..{self.width}, "
                f"not {self.increment_width}"
            )
        if self.increment_width > 1 and self.access is not Access.COUNTER:
            raise ValueError(f"increment width is for counters, not for field {self.name!r}")
        self._check_enum()

    def _check_enum(self) -> None:
        if not self.enum:
            return
        if self.access is Access.COUNTER:
            raise ValueError(f"counter {self.name!r} must not have enumerated values")
        check_unique(f"enumerated values of field {self.name!r}", (each.name for each in self.enum))
        values = [each.value for each in self.enum]
        for value in values:
            if value > self.max_value:
                raise ValueError(
                    f"enumerated values of field {self.name!r} must be in 0..{self.max_value}, "
                    f"not {value}"
                )
            if values.count(value) > 1:
                raise ValueError(
                    f"enumerated values of field {self.name!r} must differ, not be {value} twice"
                )
        if self.reset not in values:
            raise ValueError(
                f"reset of field {self.name!r} must be an enumerated value, not {self.reset}"
            )

    @property
    def max_value(self) -> int:
        """The largest value that the field holds."""
        return (1 << self.width) - 1

    @property
    def writable(self) -> bool:
        """Whether a write by software has an effect."""
        return self.access in (Access.READ_WRITE, Access.COUNTER)

    def value_of(self, value: int | str) -> int:
        """Return a value of this field as a number.

        Parameters
        ----------
        value : int | str
            The number itself, or the name of an enumerated value.

        Returns
        -------
        int
            The number, which fits the field.

        Raises
        ------
        ValueError
            If no enumerated value has this name, or the number does not fit.
        """
        if isinstance(value, str):
            for each in self.enum:
                if each.name == value:
                    return each.value
            names = ", ".join(each.name for each in self.enum) or "(it has no names)"
            raise ValueError(f"field {self.name!r} must be one of {names}, not {value!r}")
        if not 0 <= value <= self.max_value:
            raise ValueError(f"field {self.name!r} must be in 0..{self.max_value}, not {value}")
        return int(value)
