"""Register maps as a C99 header: offsets, masks, enumerated values, and functions to use them."""

from collections.abc import Iterator

from rtl.register_export.origin import origin_lines
from rtl.register_rules import check_unique
from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["to_c_header"]


def to_c_header(config: RegisterMap, *, generator: str) -> str:
    """Return the map as a header without dependencies but ``stdint.h``.

    Each register gets an offset and functions that read and write it, given the address of the
    block; each field a shift, a mask, and functions that take it out of a word and put it in. To
    change a field: read the word, put the value in, write the word. Putting in leaves the other
    fields as they are and zeros in the counters, so that writing the word does not clear them.

    Parameters
    ----------
    config : RegisterMap
        The registers.
    generator : str
        The command that makes the file, said in its head.

    Returns
    -------
    str
        Text of the file.

    Raises
    ------
    ValueError
        If ``generator`` is not a line that fits a comment, or two things would get the same name,
        as field ``b_c`` of register ``a`` and field ``c`` of register ``a_b`` would.
    """
    header = _Header(config)
    lines = [f"/* {_comment(line)} */" for line in origin_lines(config, generator)]
    lines += header.lines()
    check_unique(f"C header of register map {config.name!r}", header.names)
    return "\n".join(lines) + "\n"


class _Header:
    """The lines of the header, and the names that they define."""

    def __init__(self, config: RegisterMap) -> None:
        self.config = config
        self.names: list[str] = []
        self.word = f"uint{config.data_width}_t"
        self.suffix = "ull" if config.data_width > 32 else "u"

    def lines(self) -> Iterator[str]:
        config = self.config
        guard = self._macro_name("registers", "h")
        yield f"#ifndef {guard}"
        yield f"#define {guard}"
        yield ""
        yield "#include <stdint.h>"
        yield ""
        yield self._define(("size",), f"{config.size_bytes:#x}u")
        for address, register in config.placed():
            yield ""
            yield f"/* {register.name}: {_comment(register.doc)} */"
            yield from self._register(address, register)
        yield ""
        yield "#endif"

    def _register(self, address: int, register: Register) -> Iterator[str]:
        offset = f"{address:#x}u"
        if register.count is not None:
            yield self._define((register.name, "count"), f"{register.count}u")
            yield self._define(
                (register.name, "offset"),
                f"({offset} + {self.config.word_bytes}u * (index))",
                "(index)",
            )
        else:
            yield self._define((register.name, "offset"), offset)
        yield self._define((register.name, "reset"), self._literal(register.reset_word))
        for lsb, field in register.placed():
            yield from self._field(register, lsb, field)
        yield from self._access(register)

    def _field(self, register: Register, lsb: int, field: Field) -> Iterator[str]:
        path = register.name, field.name
        mask = field.max_value << lsb
        yield f"/* {register.name}.{field.name} ({field.access}): {_comment(field.doc)} */"
        yield self._define((*path, "shift"), f"{lsb}u")
        yield self._define((*path, "mask"), self._literal(mask))
        for each in field.enum:
            value = self._literal(each.value)
            yield f"{self._define((*path, each.name), value)} /* {_comment(each.doc)} */"
        yield from self._function(
            self.word,
            (*path, "get"),
            f"{self.word} word",
            f"return ({self.word})((word & {self._literal(mask)}) >> {lsb}u);",
        )
        if field.access is Access.READ_WRITE:
            kept = self._literal(_settings_mask(register) & ~mask)
            put = f"((value << {lsb}u) & {self._literal(mask)})"
            yield from self._function(
                self.word,
                (*path, "set"),
                f"{self.word} word, {self.word} value",
                f"return ({self.word})((word & {kept}) | {put});",
            )
        if field.access is Access.COUNTER:
            word, settings = self._literal(mask), _settings_mask(register)
            if settings:
                kept = f"({self._pointer(register, 'const ')} & {self._literal(settings)})"
                word = f"({self.word})({kept} | {word})"
            yield from self._function(
                "void",
                (*path, "clear"),
                "volatile void *block",
                f"{self._pointer(register, '')} = {word};",
            )

    def _access(self, register: Register) -> Iterator[str]:
        index = "" if register.count is None else ", uint32_t index"
        yield from self._function(
            self.word,
            (register.name, "read"),
            f"const volatile void *block{index}",
            f"return {self._pointer(register, 'const ')};",
        )
        if register.writable:
            yield from self._function(
                "void",
                (register.name, "write"),
                f"volatile void *block{index}, {self.word} word",
                f"{self._pointer(register, '')} = word;",
            )

    def _pointer(self, register: Register, const: str) -> str:
        offset = "_".join((self.config.name, register.name, "offset")).upper()
        if register.count is not None:
            offset += "(index)"
        return (
            f"*({const}volatile {self.word} *)(({const}volatile unsigned char *)block + {offset})"
        )

    def _define(self, path: tuple[str, ...], value: str, parameters: str = "") -> str:
        return f"#define {self._macro_name(*path)}{parameters} {value}"

    def _function(
        self, result: str, path: tuple[str, ...], parameters: str, statement: str
    ) -> Iterator[str]:
        name = "_".join((self.config.name, *path))
        self.names.append(name)
        yield f"static inline {result} {name}({parameters})"
        yield "{"
        yield f"    {statement}"
        yield "}"

    def _macro_name(self, *path: str) -> str:
        name = "_".join((self.config.name, *path)).upper()
        self.names.append(name)
        return name

    def _literal(self, value: int) -> str:
        return f"{value:#x}{self.suffix}"


def _settings_mask(register: Register) -> int:
    """Return the bits that software sets; not those of counters, where a one would clear."""
    return sum(
        field.max_value << lsb
        for lsb, field in register.placed()
        if field.access is Access.READ_WRITE
    )


def _comment(text: str) -> str:
    return text.replace("*/", "* /").replace("/*", "/ *")
