"""Register maps as Markdown tables, and the document that they are kept in."""

import re
from collections.abc import Iterable, Iterator

from rtl.register_export.origin import origin_lines
from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["refresh_document", "to_markdown"]

_ACCESS = {
    Access.READ_WRITE: "read, write",
    Access.READ_ONLY: "read",
    Access.COUNTER: "read, write ones to clear",
    Access.CONSTANT: "constant",
}


def to_markdown(config: RegisterMap, *, generator: str) -> str:
    """Return the map as a table of registers and, for each, a table of fields.

    Parameters
    ----------
    config : RegisterMap
        The registers.
    generator : str
        The command that makes the text, said in its head.

    Returns
    -------
    str
        Text of the file, whose headings begin at the second level.

    Raises
    ------
    ValueError
        If ``generator`` is not a line that fits a comment.
    """
    lines = [f"<!-- {line} -->" for line in origin_lines(config, generator)[1:]]
    lines += [
        "",
        f"## `{config.name}`",
        "",
        config.doc,
        "",
        f"{config.size_bytes} bytes, in words of {config.data_width} bits. Addresses in bytes.",
        "",
        "| address | register | words | meaning |",
        "|---|---|---|---|",
    ]
    for address, register in config.placed():
        lines.append(
            f"| {_addresses(config, address, register)} | `{register.name}` "
            f"| {register.words} | {_cell(register.doc)} |"
        )
    for _, register in config.placed():
        lines += ["", *_register(register)]
    return "\n".join(lines) + "\n"


def refresh_document(document: str, configs: Iterable[RegisterMap], *, generator: str) -> str:
    """Return a document with its tables made anew.

    The tables of each map stand between ``<!-- registers NAME: begin -->`` and
    ``<!-- registers NAME: end -->``, each on a line of its own; everything else stays as it is.

    Parameters
    ----------
    document : str
        Text of the document.
    configs : Iterable[RegisterMap]
        The maps that are in it.
    generator : str
        The command that refreshes the document.

    Returns
    -------
    str
        The new text.

    Raises
    ------
    ValueError
        If the document does not have the pair of markers of each map exactly once.
    """
    for config in configs:
        begin = f"<!-- registers {config.name}: begin -->\n"
        end = f"<!-- registers {config.name}: end -->\n"
        pattern = re.compile(f"^{re.escape(begin)}.*?^{re.escape(end)}", re.DOTALL | re.MULTILINE)
        tables = begin + to_markdown(config, generator=generator) + end
        pieces = pattern.split(document)
        if len(pieces) != 2:
            raise ValueError(
                f"document must have the markers of register map {config.name!r} once, "
                f"not {len(pieces) - 1} times"
            )
        document = tables.join(pieces)
    return document


def _register(register: Register) -> Iterator[str]:
    yield f"### `{register.name}`"
    yield ""
    if register.count is not None:
        yield f"{register.doc} One word for each index from 0 to {register.count - 1}."
    else:
        yield register.doc
    yield ""
    yield "| bits | field | access | reset | meaning |"
    yield "|---|---|---|---|---|"
    for lsb, field in register.placed():
        bits = f"{lsb}" if field.width == 1 else f"{lsb + field.width - 1}:{lsb}"
        reset = "" if field.access is Access.READ_ONLY else f"{field.reset:#x}"
        yield f"| {bits} | `{field.name}` | {_ACCESS[field.access]} | {reset} | {_meaning(field)} |"


def _meaning(field: Field) -> str:
    values = (f"{each.value} `{each.name}`: {_cell(each.doc)}" for each in field.enum)
    return "<br>".join((_cell(field.doc), *values))


def _addresses(config: RegisterMap, address: int, register: Register) -> str:
    if register.count is None:
        return f"{address:#x}"
    return f"{address:#x} + {config.word_bytes} * index"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
