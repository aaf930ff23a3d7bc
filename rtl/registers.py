"""Register maps: described once, then built, documented and exported from that description."""

from collections.abc import Iterator
from dataclasses import dataclass

from rtl.register_fields import Access, EnumValue, Field
from rtl.register_rules import check_name, check_sentence, check_unique
from rtl.register_words import Register

__all__ = ["Access", "EnumValue", "Field", "Register", "RegisterMap"]

# Each is an attribute of every bank, or of every interface, that a port would hide.
_BANK_ATTRIBUTES = frozenset(
    {"array", "bus", "config", "elaborate", "latency", "metadata", "signature", "throughput"}
)


@dataclass(frozen=True, kw_only=True)
class RegisterMap:
    """Registers at ascending addresses on a bus.

    Parameters
    ----------
    name : str
        What the block is called, in lowercase words joined by underscores.
    doc : str
        What the block is, as a sentence.
    registers : tuple[Register, ...]
        The registers, by ascending address.
    data_width : int
        Bits of a word: 8, 16, 32 or 64.

    Raises
    ------
    ValueError
        If a parameter breaks its rule.

    Examples
    --------
    >>> gain = Field(name="gain", width=4, reset=3, access=Access.READ_WRITE, doc="Gain code.")
    >>> control = Register(name="control", doc="Frontend control.", fields=(gain,))
    >>> registers = RegisterMap(name="frontend", doc="A frontend.", registers=(control,))
    >>> registers.address_of("control"), control.reset_word, control.pack({"gain": 9})
    (0, 3, 9)
    """

    name: str
    doc: str
    registers: tuple[Register, ...]
    data_width: int = 32

    def __post_init__(self) -> None:
        check_name("register map", self.name)
        check_sentence(f"register map {self.name!r}", self.doc)
        if self.data_width not in (8, 16, 32, 64):
            raise ValueError(
                f"data width of register map {self.name!r} must be 8, 16, 32 or 64, "
                f"not {self.data_width}"
            )
        if not self.registers:
            raise ValueError(f"register map {self.name!r} must have a register, not none")
        check_unique(f"registers of map {self.name!r}", (each.name for each in self.registers))
        for register in self.registers:
            if register.name in _BANK_ATTRIBUTES:
                raise ValueError(
                    f"register name must not be an attribute of the bank, as {register.name!r} is"
                )
            if register.width > self.data_width:
                raise ValueError(
                    f"fields of register {register.name!r} must fit {self.data_width} bits, "
                    f"not take {register.width}"
                )
        self._check_addresses()

    def _check_addresses(self) -> None:
        end = 0
        for address, register in self.placed():
            if address % self.word_bytes:
                raise ValueError(
                    f"address of register {register.name!r} must be a multiple of "
                    f"{self.word_bytes}, not {address:#x}"
                )
            if address < end:
                raise ValueError(
                    f"address of register {register.name!r} must be at least {end:#x}, "
                    f"where the register before it ends, not {address:#x}"
                )
            end = address + register.words * self.word_bytes

    @property
    def word_bytes(self) -> int:
        """Bytes of a word, and so the step of the addresses."""
        return self.data_width // 8

    @property
    def size_bytes(self) -> int:
        """Bytes from address 0 to the end of the last register."""
        address, register = list(self.placed())[-1]
        return address + register.words * self.word_bytes

    @property
    def address_width(self) -> int:
        """Bits of a byte address; at least one more than select a byte in a word."""
        return max(self.word_bytes.bit_length(), (self.size_bytes - 1).bit_length())

    def placed(self) -> Iterator[tuple[int, Register]]:
        """Yield the address of (the first word of) each register, bytes, and the register."""
        address = 0
        for register in self.registers:
            address = address if register.address is None else register.address
            yield address, register
            address += register.words * self.word_bytes

    def register(self, name: str) -> Register:
        """Return the register of this name.

        Parameters
        ----------
        name : str
            Name of the register.

        Returns
        -------
        Register
            The register.

        Raises
        ------
        KeyError
            If there is none.
        """
        for register in self.registers:
            if register.name == name:
                return register
        raise KeyError(f"register map {self.name!r} has no register {name!r}")

    def address_of(self, name: str, index: int = 0) -> int:
        """Return the address of a word, bytes.

        Parameters
        ----------
        name : str
            Name of the register.
        index : int
            Which word of an array.

        Returns
        -------
        int
            The address.

        Raises
        ------
        KeyError
            If no register has this name.
        IndexError
            If the register has fewer words.
        """
        words = self.register(name).words
        if not 0 <= index < words:
            raise IndexError(f"index of register {name!r} must be in 0..{words - 1}, not {index}")
        base = next(address for address, register in self.placed() if register.name == name)
        return base + index * self.word_bytes
