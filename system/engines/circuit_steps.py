"""What CXXRTL writes for a flat circuit with one clock, taken apart into steps."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Circuit", "Step", "mangled", "read_circuit"]

NAMES = re.compile(r"\b(?:memory_p|p|i)_\w+")
DECLARATION = re.compile(r"\t(?:/\*\w+\*/ )?(value|wire)<(\d+)> (\w+)[;{]")
MEMORY = re.compile(r"\tmemory<(\d+)> (\w+)")
ASSIGNMENT = re.compile(r"\t+((?:p|i)_[^=]*?) = (.*)", re.DOTALL)
WRITE = re.compile(r"\b(memory_p_\w+)\.update\(")
CLOCKED = "\tif (posedge_p_clk) {"
OUTLINE = re.compile(r"\t/\*outline\*/ [^\n]*\n")
NOISE = ("\tbool converged = true;", "\treturn converged;")


@dataclass(frozen=True)
class Step:
    """What eval does at a time.

    Parameters
    ----------
    text : str
        Statements, or a block of them.
    writes, reads : frozenset of str
        Values, registers and memories.
    clocked : bool
        It happens at the clock's edge.
    """

    text: str
    writes: frozenset[str]
    reads: frozenset[str]
    clocked: bool


@dataclass(frozen=True)
class Circuit:
    """A circuit's C++ around its eval, and the steps of that in their order.

    Parameters
    ----------
    head, tail : str
        What comes before eval, and after it.
    local_widths : mapping of str to int
        Bits of the values that eval declares.
    widths : mapping of str to int
        Bits of all values and registers.
    registers : frozenset of str
        Registers.
    memories : mapping of str to int
        Bits of a row of each memory.
    steps : tuple of Step
        The steps.
    """

    head: str
    tail: str
    local_widths: Mapping[str, int]
    widths: Mapping[str, int]
    registers: frozenset[str]
    memories: Mapping[str, int]
    steps: tuple[Step, ...]


def mangled(name: str) -> str:
    """Return the name in C++ of a signal, ``core.pc`` in the hierarchy.

    Parameters
    ----------
    name : str
        Names of submodules and of the signal, with dots between them.

    Returns
    -------
    str
        What CXXRTL calls it.

    Examples
    --------
    >>> mangled("switch.read_data")
    'p_switch_2e_read__data'
    """
    return "p_" + name.replace("_", "__").replace(".", "_2e_").replace("$", "_24_")


def read_circuit(source: str, *, top: str) -> Circuit:
    """Take the C++ of a circuit apart.

    Parameters
    ----------
    source : str
        As CXXRTL writes it, without debugging.
    top : str
        Class of the circuit.

    Returns
    -------
    Circuit
        Its parts.

    Raises
    ------
    RuntimeError
        Its signals do not settle in one evaluation.
    """
    head, rest = source.split(f"bool {top}::eval(performer *performer) {{\n", 1)
    body, tail = rest.split("\n}\n", 1)
    if "converged = false" in body:
        raise RuntimeError(f"{top} must settle in one evaluation, but has feedback")
    steps, local_widths = [], {}
    for statement in _statements(body):
        declared = DECLARATION.fullmatch(statement)
        if declared:
            local_widths[declared[3]] = int(declared[2])
        elif statement not in NOISE and "posedge_p_clk =" not in statement:
            steps.append(_step(statement))
    found = DECLARATION.findall(head)
    return Circuit(
        head=OUTLINE.sub("", head),
        tail=tail,
        local_widths=local_widths,
        widths={name: int(width) for _, width, name in found} | local_widths,
        registers=frozenset(name for kind, _, name in found if kind == "wire"),
        memories={name: int(width) for width, name in MEMORY.findall(head)},
        steps=tuple(steps),
    )


def _statements(body: str) -> Iterator[str]:
    """Yield statements and blocks; what chooses a row of memory belongs to the block after it."""
    pending: list[str] = []
    for line in body.splitlines():
        if not line.strip() or line.lstrip().startswith("//"):
            continue
        pending.append(line)
        first = pending[0]
        is_block = first.startswith("\tauto tmp_") or first.endswith("{")
        if line == "\t}" if is_block else line.endswith(";"):
            yield "\n".join(pending)
            pending = []


def _step(text: str) -> Step:
    clocked = text.startswith(CLOCKED)
    if clocked:
        text = "\t{" + text.removeprefix(CLOCKED)
    writes: set[str] = set()
    reads: set[str] = set()
    pieces = [text] if text.count(" = ") == 1 and not text.startswith("\t{") else text.splitlines()
    for piece in pieces:
        assigned = ASSIGNMENT.match(piece)
        written = WRITE.findall(piece)
        if assigned:
            writes.update(NAMES.findall(assigned[1]))
            reads.update(NAMES.findall(assigned[2]))
        else:
            writes.update(written)
            reads.update(name for name in NAMES.findall(piece) if name not in written)
    return Step(text, frozenset(writes), frozenset(reads), clocked)
