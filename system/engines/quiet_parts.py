"""Which steps of a circuit need not be taken while one of its parts is quiet."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from system.engines.circuit_steps import Circuit, Step, mangled

__all__ = ["Part", "PartSteps", "Plan", "plan_parts"]


@dataclass(frozen=True)
class Part:
    """Modules that are mostly quiet, all at a time.

    Parameters
    ----------
    name : str
        Of the part, an identifier.
    modules : tuple of str
        Submodules of the circuit.
    """

    name: str
    modules: tuple[str, ...]


@dataclass(frozen=True)
class PartSteps:
    """What a part does.

    Parameters
    ----------
    settling : tuple of Step
        What follows from the part's state alone.
    updating : tuple of Step
        What its next state follows from, and nothing outside.
    inputs : tuple of str
        What else that depends on.
    registers, memories : tuple of str
        Its state, as far as the steps of updating change it.
    """

    settling: tuple[Step, ...]
    updating: tuple[Step, ...]
    inputs: tuple[str, ...]
    registers: tuple[str, ...]
    memories: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Every step of a circuit, once, in its order.

    Parameters
    ----------
    always : tuple of Step
        To be taken in every cycle.
    parts : dict of str to PartSteps
        To be taken unless the part is quiet.
    """

    always: tuple[Step, ...]
    parts: dict[str, PartSteps]


def plan_parts(circuit: Circuit, parts: Sequence[Part], *, restless: Sequence[str] = ()) -> Plan:
    """Find what depends on nothing but the state of a part, and what only that state depends on.

    A part whose inputs and state are as they were when its next state was last computed, and was
    equal to the state, stays as it is: its steps need not be taken.

    Parameters
    ----------
    circuit : Circuit
        The circuit.
    parts : sequence of Part
        Its parts; modules of none are always at work.
    restless : sequence of str
        Signals that change in most cycles. What reads them belongs to no part.

    Returns
    -------
    Plan
        Where each step belongs.
    """
    sorting = _Sorting(circuit, parts, frozenset(map(mangled, restless)))
    places = sorting.places()
    steps = circuit.steps
    return Plan(
        always=tuple(step for step, place in zip(steps, places, strict=True) if place is None),
        parts={part.name: sorting.steps_of(part.name, places) for part in parts},
    )


class _Sorting:
    """Owners of steps, by their numbers; None for what is outside of all parts."""

    def __init__(self, circuit: Circuit, parts: Sequence[Part], restless: frozenset[str]) -> None:
        self.circuit, self.steps = circuit, circuit.steps
        self.writers: dict[str, list[int]] = defaultdict(list)
        self.readers: dict[str, list[int]] = defaultdict(list)
        for number, step in enumerate(self.steps):
            for name in step.writes:
                self.writers[name].append(number)
            for name in step.reads:
                self.readers[name].append(number)
        patterns = {part.name: _pattern(part) for part in parts}
        self.left = [bool(step.reads & restless) for step in self.steps]
        self.owners: list[str | None] = [
            None if left else _owner(step, patterns)
            for step, left in zip(self.steps, self.left, strict=True)
        ]
        self._leave_memories()
        self._adopt()
        self.state_of = {
            name: self.owners[number]
            for number, step in enumerate(self.steps)
            if step.clocked
            for name in step.writes
        }
        self.settles = self._settling()

    def places(self) -> list[tuple[str, bool] | None]:
        """Return for each step the part it belongs to, and whether it only settles; or None."""
        needed = self._needed_outside()
        return [
            (owner, self.settles[number]) if owner and number not in needed else None
            for number, owner in enumerate(self.owners)
        ]

    def steps_of(self, part: str, places: Sequence[tuple[str, bool] | None]) -> PartSteps:
        """Return what belongs to a part."""
        chosen = list(zip(self.steps, places, strict=True))
        settling = tuple(step for step, place in chosen if place == (part, True))
        updating = tuple(step for step, place in chosen if place == (part, False))
        inside = {name for step in (*settling, *updating) for name in step.writes}
        inputs = {name: None for step in updating for name in sorted(step.reads - inside)}
        state = {name: None for step in updating if step.clocked for name in sorted(step.writes)}
        return PartSteps(
            settling=settling,
            updating=updating,
            inputs=tuple(inputs),
            registers=tuple(name for name in state if name in self.circuit.registers),
            memories=tuple(name for name in state if name in self.circuit.memories),
        )

    def _is_state(self, name: str) -> bool:
        return name in self.circuit.registers or name in self.circuit.memories

    def _leave_memories(self) -> None:
        """Leave outside what looks into a memory of somebody else."""
        for number, step in enumerate(self.steps):
            for name in step.reads & self.circuit.memories.keys():
                if any(self.owners[writer] != self.owners[number] for writer in self.writers[name]):
                    self.owners[number] = None

    def _adopt(self) -> None:
        """Give steps without a module's name to the part that alone reads what they write."""
        for number in reversed(range(len(self.steps))):
            step = self.steps[number]
            if step.clocked or self.left[number]:
                continue
            if not all(name.startswith("i_") for name in step.writes):
                continue
            owners = {
                self.owners[reader]
                for name in step.writes
                for reader in self.readers[name]
                if reader != number
            }
            if self.owners[number] is None and len(owners) == 1:
                self.owners[number] = owners.pop()
        for writers in self.writers.values():
            if len({self.owners[number] for number in writers}) > 1:
                for number in writers:
                    self.owners[number] = None

    def _settling(self) -> list[bool]:
        """Return which steps follow from the state of their own part alone."""
        settles = [
            bool(owner) and not step.clocked
            for owner, step in zip(self.owners, self.steps, strict=True)
        ]

        def follows(name: str, owner: str | None) -> bool:
            if self._is_state(name):
                return self.state_of.get(name) == owner
            writers = self.writers.get(name, [])
            return bool(writers) and all(
                settles[writer] and self.owners[writer] == owner for writer in writers
            )

        changed = True
        while changed:
            changed = False
            for number, step in enumerate(self.steps):
                names = step.reads | step.writes
                if settles[number] and not all(follows(n, self.owners[number]) for n in names):
                    settles[number], changed = False, True
        return settles

    def _needed_outside(self) -> set[int]:
        """Return the steps whose values something outside of their part waits for."""
        needed: set[int] = set()
        waiting = list(range(len(self.steps)))
        while waiting:
            reader = waiting.pop()
            for name in self.steps[reader].reads:
                if self._is_state(name):
                    continue
                for writer in self.writers.get(name, []):
                    owner = self.owners[writer]
                    if owner is None or self.settles[writer] or writer in needed:
                        continue
                    if owner != self.owners[reader] or reader in needed:
                        needed.add(writer)
                        waiting.append(writer)
        return needed


def _pattern(part: Part) -> re.Pattern[str]:
    """Return what names of the part's modules begin with; Amaranth may add a number."""
    modules = "|".join(mangled(module).removeprefix("p_") for module in part.modules)
    return re.compile(rf"(?:memory_)?(?:p_|i_flatten_5c_)(?:{modules})(?:_24_\d+)?_2e_")


def _owner(step: Step, patterns: dict[str, re.Pattern[str]]) -> str | None:
    for part, pattern in patterns.items():
        if any(pattern.match(name) for name in step.writes):
            return part
    return None
