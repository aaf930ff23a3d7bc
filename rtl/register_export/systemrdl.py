"""Register maps as SystemRDL 2.0, which tools such as PeakRDL turn into anything else."""

from collections.abc import Iterable, Iterator

from rtl.register_export.origin import origin_lines
from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["to_systemrdl"]

# A counter's `onwrite` is the nearest that the language has: software that clears it as documented,
# by writing ones to all of it, sees no difference.
_PROPERTIES = {
    Access.READ_WRITE: ("sw = rw;", "hw = r;"),
    Access.READ_ONLY: ("sw = r;", "hw = w;"),
    Access.CONSTANT: ("sw = r;", "hw = na;"),
    Access.COUNTER: ("sw = rw;", "hw = na;", "onwrite = woclr;", "counter;", "incrsaturate;"),
}
_COUNTER_NOTE = " Stays at all ones; writing ones to it clears it, and a one in any bit is enough."


def to_systemrdl(config: RegisterMap, *, generator: str) -> str:
    """Return the map as an ``addrmap``.

    Constants are fields that neither side writes; read-only fields have no storage; arrays are
    ``external``, as their words are kept outside the bank.

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
        If ``generator`` is not a line that fits a comment.
    """
    body = [
        f"name = {_string(config.name)};",
        f"desc = {_string(config.doc)};",
        f"default regwidth = {config.data_width};",
        f"default accesswidth = {config.data_width};",
    ]
    for address, register in config.placed():
        body += ["", *_register(config, address, register)]
    lines = [f"// {line}" for line in origin_lines(config, generator)]
    lines += ["", f"addrmap {config.name} {{", *_indented(body), "};"]
    return "\n".join(lines) + "\n"


def _register(config: RegisterMap, address: int, register: Register) -> Iterator[str]:
    yield "reg {" if register.count is None else "external reg {"
    yield from _indented([f"desc = {_string(register.doc)};"])
    for lsb, field in register.placed():
        yield from _indented(_field(lsb, field))
    place = f"@ {address:#x}"
    if register.count is not None:
        place = f"[{register.count}] {place} += {config.word_bytes:#x}"
    yield f"}} {register.name}{'' if register.count is not None else ' '}{place};"


def _field(lsb: int, field: Field) -> Iterator[str]:
    yield "field {"
    note = _COUNTER_NOTE if field.access is Access.COUNTER else ""
    body = [f"desc = {_string(field.doc + note)};", *_PROPERTIES[field.access]]
    if field.increment_width > 1:
        body.append(f"incrwidth = {field.increment_width};")
    if field.enum:
        body.append("enum values {")
        body += _indented(
            f"{each.name} = {_number(field, each.value)} {{ desc = {_string(each.doc)}; }};"
            for each in field.enum
        )
        body += ["};", "encode = values;"]
    yield from _indented(body)
    reset = "" if field.access is Access.READ_ONLY else f" = {_number(field, field.reset)}"
    yield f"}} {field.name}[{lsb + field.width - 1}:{lsb}]{reset};"


def _number(field: Field, value: int) -> str:
    return f"{field.width}'h{value:x}"


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]
