"""One word of fields, or an array of such words: where each bit is, and what a value packs to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rtl.register_fields import Access, Field
from rtl.register_rules import check_name, check_sentence, check_unique

__all__ = ["Register"]


@dataclass(frozen=True, kw_only=True)
class Register:
    """One word of fields, or an array of such words.

    A single word is kept in the register bank. The words of an array (one per channel, say) are
    kept in a memory of the block that uses them, and the bank forwards accesses to it.

    Parameters
    ----------
    name : str
        What the register is called, in lowercase words joined by underscores.
    doc : str
        What it is for, as a sentence.
    fields : tuple[Field, ...]
        The fields, from bit 0 up, without gaps.
    count : int | None
        ``None`` for a single word, else the number of words in the array. An array of one word
        is still an array, so that a block has the same ports for any number of channels.
    address : int | None
        Address of the (first) word, bytes; ``None`` for right after the register before.

    Raises
    ------
    ValueError
        If a parameter breaks its rule.
    """

    name: str
    doc: str
    fields: tuple[Field, ...]
    count: int | None = None
    address: int | None = None

    def __post_init__(self) -> None:
        check_name("register", self.name)
        check_sentence(f"register {self.name!r}", self.doc)
        if not self.fields:
            raise ValueError(f"register {self.name!r} must have a field, not none")
        check_unique(f"fields of register {self.name!r}", (field.name for field in self.fields))
        for field in self.fields:
            if field.name == "signature":
                raise ValueError(f"field of register {self.name!r} must not be called 'signature'")
        if self.count is None:
            return
        if self.count < 1:
            raise ValueError(
                f"count of register {self.name!r} must be at least 1, not {self.count}"
            )
        for field in self.fields:
            if field.access not in (Access.READ_WRITE, Access.READ_ONLY):
                raise ValueError(
                    f"fields of array register {self.name!r} must be read_write or read_only, "
                    f"not {field.access} as {field.name!r} is"
                )

    @property
    def width(self) -> int:
        """Bits that the fields take up."""
        return sum(field.width for field in self.fields)

    @property
    def words(self) -> int:
        """Words that the register takes up."""
        return 1 if self.count is None else self.count

    @property
    def writable(self) -> bool:
        """Whether a write by software has an effect on any field."""
        return any(field.writable for field in self.fields)

    @property
    def reset_word(self) -> int:
        """The word after reset, as software reads it while the hardware drives zeros."""
        return self.pack({})

    def placed(self) -> Iterator[tuple[int, Field]]:
        """Yield the number of the lowest bit of each field, and the field."""
        lsb = 0
        for field in self.fields:
            yield lsb, field
            lsb += field.width

    def field(self, name: str) -> Field:
        """Return the field of this name.

        Parameters
        ----------
        name : str
            Name of the field.

        Returns
        -------
        Field
            The field.

        Raises
        ------
        KeyError
            If there is none.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(f"register {self.name!r} has no field {name!r}")

    def pack(self, values: Mapping[str, int | str]) -> int:
        """Return the word that holds these values.

        Parameters
        ----------
        values : Mapping[str, int | str]
            Values by field name, as numbers or names of enumerated values; fields that are not
            mentioned get their reset value.

        Returns
        -------
        int
            The word.

        Raises
        ------
        KeyError
            If there is no such field.
        ValueError
            If a value does not fit its field.
        """
        for name in values:
            self.field(name)
        return sum(
            field.value_of(values.get(field.name, field.reset)) << lsb
            for lsb, field in self.placed()
        )

    def unpack(self, word: int) -> dict[str, int]:
        """Return the values of the fields of a word, by name.

        Parameters
        ----------
        word : int
            The word; bits above the last field are ignored.

        Returns
        -------
        dict[str, int]
            The values.
        """
        return {field.name: (word >> lsb) & field.max_value for lsb, field in self.placed()}
