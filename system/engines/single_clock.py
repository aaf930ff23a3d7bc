"""A generated circuit with one clock, rewritten so that a cycle of its simulation costs less."""

import re
from collections.abc import Iterator, Sequence, Set
from importlib import resources

from system.engines.circuit_steps import Circuit, Step, read_circuit
from system.engines.quiet_parts import Part, PartSteps, Plan, plan_parts

__all__ = ["with_fast_cycle"]

EVAL = re.compile(r"\tbool eval\(performer \*performer[^\n]*\n")
COMMIT = re.compile(
    r"(\ttemplate<class ObserverT>\n\tbool commit\(ObserverT &observer\) \{\n).*?\n\t\}\n",
    re.DOTALL,
)
WRITE = re.compile(r"\b(memory_p_\w+)\.update\(")
SPACE = "namespace cxxrtl_design {\n"


def with_fast_cycle(
    source: str, *, top: str, parts: Sequence[Part] = (), restless: Sequence[str] = ()
) -> str:
    """Give a circuit the member ``cycle(observe)``: a clock cycle, at less than its price.

    It takes the steps of eval, in its order. Registers are variables until the end of the cycle,
    where CXXRTL compares two copies of each; a memory is touched only when something is written;
    numbers of more than 32 bits are added in one piece; and parts that are quiet are left out.
    ``observe()`` is called when all signals have settled, just before the clock's edge.

    The circuit must have one clock, ``clk``, and settle without feedback. ``eval`` and ``commit``
    do nothing any more.

    Parameters
    ----------
    source : str
        As CXXRTL writes it, without debugging.
    top : str
        Class of the circuit.
    parts : sequence of Part
        What is to be left out while it is quiet.
    restless : sequence of str
        Signals that change in most cycles: what reads them is always at work.

    Returns
    -------
    str
        The rewritten source.

    Raises
    ------
    RuntimeError
        Its signals do not settle in one evaluation.
    """
    circuit = read_circuit(source, top=top)
    plan = plan_parts(circuit, parts, restless=restless)
    settled = {n for part in plan.parts.values() for step in part.settling for n in step.writes}
    members = [f"\tvalue<{circuit.widths[name]}> {name};" for name in _locals(circuit, settled)]
    functions: list[str] = []
    for name, part in plan.parts.items():
        members += _members(circuit, name, part)
        functions += _functions(circuit, name, part, settled, top)
    body = "\n".join([*functions, *_cycle(circuit, plan, settled, top)])
    declared = "\ttemplate <class Observe> void cycle(Observe observe);\n"
    head = EVAL.sub(lambda found: found[0] + declared + "\n".join(members) + "\n", circuit.head)
    head = COMMIT.sub(r"\1\t\treturn false;\n\t}\n", head)
    helpers = resources.files("system.engines").joinpath("cycle.h").read_text("utf-8")
    eval_ = f"bool {top}::eval(performer *) {{ return true; }}\n"
    return head.replace(SPACE, helpers + SPACE, 1) + f"{body}\n\n{eval_}{circuit.tail}"


def _locals(circuit: Circuit, names: Set[str]) -> list[str]:
    return [name for name in circuit.local_widths if name in names]


def _current(circuit: Circuit, name: str) -> str:
    return f"{name}.curr" if name in circuit.registers else name


def _members(circuit: Circuit, name: str, part: PartSteps) -> Iterator[str]:
    yield f"\tbool changed_{name} = true;"
    for each in part.inputs:
        yield f"\tvalue<{circuit.widths[each]}> seen_{name}_{each};"
    for function in ("settle", "update"):
        yield f"\tvoid {function}_{name}();"


def _functions(
    circuit: Circuit, name: str, part: PartSteps, settled: set[str], top: str
) -> Iterator[str]:
    """Yield what is rare, and kept away from what is not."""
    yield f"__attribute__((noinline)) void {top}::settle_{name}() {{"
    yield from (step.text for step in part.settling)
    yield "}\n"
    yield f"__attribute__((noinline)) void {top}::update_{name}() {{"
    own = {each for step in part.updating for each in step.writes} - settled
    yield from (f"\tvalue<{circuit.widths[each]}> {each};" for each in _locals(circuit, own))
    inputs = re.compile(rf"\b({'|'.join(part.inputs) or '(?!)'})\b(\.curr)?")
    for step in part.updating:
        text = inputs.sub(rf"seen_{name}_\1", step.text)
        yield WRITE.sub(r"write_later(\1, ", text)
    yield "\tobserver observer;"
    yield f"\tchanged_{name} = false;"
    for each in (*part.registers, *part.memories):
        yield f"\tchanged_{name} |= {each}.commit(observer);"
    yield "}\n"


def _cycle(circuit: Circuit, plan: Plan, settled: set[str], top: str) -> Iterator[str]:
    rare = {n for part in plan.parts.values() for step in part.updating for n in step.writes}
    written = (name for step in plan.always if step.clocked for name in step.writes)
    registers = list(dict.fromkeys(name for name in written if name in circuit.registers))
    yield "template <class Observe>"
    yield f"void {top}::cycle(Observe observe) {{"
    for name in _locals(circuit, circuit.local_widths.keys() - settled - rare):
        yield f"\tvalue<{circuit.local_widths[name]}> {name};"
    for name in registers:
        yield f"\tvalue<{circuit.widths[name]}> next_{name} = {name}.curr;"
    for name in plan.parts:
        yield f"\tif (changed_{name}) settle_{name}();"
    writes: list[str] = []
    for step in plan.always:
        memory = WRITE.search(step.text)
        if memory:
            variable = f"write_{len(writes)}"
            yield f"\tpending<{circuit.memories[memory[1]]}> {variable};"
            writes.append(f"\t{variable}.commit({memory[1]});")
            yield WRITE.sub(f"{variable}.set(", step.text)
        else:
            yield _registered(step, registers)
    for name, part in plan.parts.items():
        pairs = [(f"seen_{name}_{each}", _current(circuit, each)) for each in part.inputs]
        differs = " || ".join([f"changed_{name}", *(f"{old} != {new}" for old, new in pairs)])
        yield f"\tconst bool works_{name} = {differs};"
        yield f"\tif (works_{name}) {{"
        yield from (f"\t\t{old} = {new};" for old, new in pairs)
        yield "\t}"
    yield "\tobserve();"
    yield from (f"\t{name}.curr = next_{name};" for name in registers)
    yield from writes
    yield from (f"\tif (works_{name}) update_{name}();" for name in plan.parts)
    yield "}"


def _registered(step: Step, registers: Sequence[str]) -> str:
    """Return a step that writes variables instead of registers."""
    text = step.text
    for name in step.writes & set(registers):
        text = text.replace(f"{name}.next = ", f"next_{name} = ")
    return text
