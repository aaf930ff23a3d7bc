"""What software sees of a :class:`rtl.register_bank.RegisterBank`, cycle by cycle."""

from collections.abc import Mapping
from dataclasses import dataclass

from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["FieldValues", "RegisterBankModel", "Response"]

FieldValues = Mapping[tuple[str, str], int]
"""Numbers by register name and field name."""


@dataclass(frozen=True)
class Response:
    """The answer to one request.

    Parameters
    ----------
    read_data : int
        The word; zero if nothing was read.
    error : bool
        The read, or the write, was refused.
    """

    read_data: int
    error: bool


class RegisterBankModel:
    """The words of a register map, in a table by address.

    Array registers are in the model, too, as the memory that the block has for them.

    Parameters
    ----------
    config : RegisterMap
        The registers.

    Examples
    --------
    >>> lost = Field(name="lost", width=4, access=Access.COUNTER, doc="Events lost.")
    >>> events = Register(name="events", doc="Events.", fields=(lost,))
    >>> model = RegisterBankModel(RegisterMap(name="chip", doc="Chip.", registers=(events,)))
    >>> for _ in range(20):
    ...     _ = model.cycle(increments={("events", "lost"): 1})
    >>> model.read(0x0)
    Response(read_data=15, error=False)
    >>> model.cycle(0x0, write_data=1, read=True, increments={("events", "lost"): 1})
    Response(read_data=15, error=False)
    >>> model.read(0x0), model.read(0x4)
    (Response(read_data=1, error=False), Response(read_data=0, error=True))
    """

    def __init__(self, config: RegisterMap) -> None:
        self.config = config
        self._words: dict[int, tuple[Register, int]] = {}
        self._values: dict[str, list[dict[str, int]]] = {}
        for register in config.registers:
            for index in range(register.words):
                self._words[config.address_of(register.name, index)] = register, index
            self._values[register.name] = [
                {field.name: field.reset for field in register.fields}
                for _ in range(register.words)
            ]

    def value(self, register: str, field: str, index: int = 0) -> int:
        """Return the value of a field now, as the hardware sees it.

        Parameters
        ----------
        register, field : str
            Names.
        index : int
            Which word of an array.

        Returns
        -------
        int
            The value.
        """
        return self._values[register][index][field]

    def set_value(self, register: str, field: str, value: int, index: int = 0) -> None:
        """Set the value of a field as the hardware would, read-only fields among them.

        Parameters
        ----------
        register, field : str
            Names.
        value : int
            The value.
        index : int
            Which word of an array.

        Raises
        ------
        ValueError
            If the value does not fit the field.
        """
        self._values[register][index][field] = (
            self.config.register(register).field(field).value_of(value)
        )

    def cycle(
        self,
        address: int = 0,
        *,
        write_data: int | None = None,
        read: bool = False,
        increments: FieldValues | None = None,
    ) -> Response:
        """Let one clock cycle pass and return the answer to the request made in it.

        Parameters
        ----------
        address : int
            Byte address of the request.
        write_data : int | None
            The word to write, or ``None`` for no write.
        read : bool
            Whether to read.
        increments : FieldValues | None
            What the hardware adds to counters, zero where it is not mentioned.

        Returns
        -------
        Response
            The answer, which the hardware gives in the next cycle.
        """
        register, index = self._words.get(address, (None, 0))
        read_data, error = 0, False
        if read:
            error |= register is None
            read_data = 0 if register is None else self._word(register, index)
        cleared: set[tuple[str, str]] = set()
        if write_data is not None:
            error |= register is None or not register.writable
            if register is not None:
                cleared = self._write(register, index, write_data)
        if cleared or increments:
            self._count(cleared, increments or {})
        return Response(read_data, error)

    def write(self, address: int, write_data: int) -> Response:
        """Return the answer to a cycle with a write and nothing else.

        Parameters
        ----------
        address : int
            Byte address.
        write_data : int
            The word to write.

        Returns
        -------
        Response
            The answer.
        """
        return self.cycle(address, write_data=write_data)

    def read(self, address: int) -> Response:
        """Return the answer to a cycle with a read and nothing else.

        Parameters
        ----------
        address : int
            Byte address.

        Returns
        -------
        Response
            The answer.
        """
        return self.cycle(address, read=True)

    def _word(self, register: Register, index: int) -> int:
        values = self._values[register.name][index]
        return sum(values[field.name] * 2**lsb for lsb, field in register.placed())

    def _write(self, register: Register, index: int, word: int) -> set[tuple[str, str]]:
        """Write a word and return the counters that it clears."""
        cleared = set()
        for lsb, field in register.placed():
            written = word // 2**lsb % 2**field.width
            if field.access is Access.READ_WRITE:
                self._values[register.name][index][field.name] = written
            elif field.access is Access.COUNTER and written:
                cleared.add((register.name, field.name))
        return cleared

    def _count(self, cleared: set[tuple[str, str]], increments: FieldValues) -> None:
        for register, field in self._counters():
            key = register.name, field.name
            [values] = self._values[register.name]
            before = 0 if key in cleared else values[field.name]
            values[field.name] = min(before + increments.get(key, 0), 2**field.width - 1)

    def _counters(self) -> list[tuple[Register, Field]]:
        return [
            (register, field)
            for register in self.config.registers
            for field in register.fields
            if field.access is Access.COUNTER
        ]
