"""What a run of the processor core has met: instructions, operands, hazards, interrupts, traps."""

from collections.abc import Mapping

from rtl.dot_instructions import DOT_INSTRUCTIONS, DOT_OPCODE
from rtl.processor_config import ProcessorCoreConfig
from verification.golden.riscv.compressed import expanded
from verification.riscv_assembler import (
    BRANCHES,
    LOADS,
    OPERATIONS,
    REGISTER_ACCESSES,
    SHIFTS,
    STORES,
    WITH_IMMEDIATE,
)

__all__ = ["ProcessorCoverage", "instruction_name"]

OPERANDS = {0: "zero", 1: "one", 0xFFFFFFFF: "minus_one", 0x7FFFFFFF: "most", 0x80000000: "least"}
ENVIRONMENT = {0x73: "ecall", 0x100073: "ebreak", 0x30200073: "mret", 0x10500073: "wfi"}
OTHERS = {0x37: "lui", 0x17: "auipc", 0x6F: "jal", 0x67: "jalr"}
FENCES = ("fence", "fence.i")
CAUSES = ("fetch_fault", "illegal", "breakpoint", "load_misaligned", "load_fault")
CAUSES += ("store_misaligned", "store_fault", "call")
CAUSE_NUMBERS = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 11: 7}
LINES = (3, 7, 11, *range(16, 32))
COMPRESSED = ("0.0", "0.2", "0.6", *(f"1.{n}" for n in range(8)), "2.0", "2.2", "2.4", "2.6")
NEITHER_LOADS_NOR_WRITES = {*STORES, *BRANCHES, *ENVIRONMENT.values(), *FENCES}

_OPERATIONS = {code: name for name, code in OPERATIONS.items()}
_SHIFTS = {code: name for name, code in SHIFTS.items()}
_BY_FUNCTION = {
    0x13: WITH_IMMEDIATE,
    0x03: LOADS,
    0x23: STORES,
    0x63: BRANCHES,
    0x73: REGISTER_ACCESSES,
}
_NAMES = {
    opcode: {function: name for name, function in table.items()}
    for opcode, table in _BY_FUNCTION.items()
}


def instruction_name(insn: int) -> str | None:
    """Return the name of an instruction, compressed ones by what they stand for.

    Parameters
    ----------
    insn : int
        Its 16 or 32 bits.

    Returns
    -------
    str or None
        As assemblers call it; None if it is not one.

    Examples
    --------
    >>> instruction_name(0x4501), instruction_name(0x00100073), instruction_name(0)
    ('addi', 'ebreak', None)
    """
    word = insn if insn & 3 == 3 else expanded(insn & 0xFFFF)
    opcode, function, high = word & 0x7F, word >> 12 & 7, word >> 25
    if opcode == 0x33:
        return _OPERATIONS.get((function, high))
    if opcode == 0x13 and function in (1, 5):
        return _SHIFTS.get((function, high))
    if opcode == DOT_OPCODE:
        return DOT_INSTRUCTIONS[function].name if function < len(DOT_INSTRUCTIONS) else None
    if opcode == 0x0F:
        return FENCES[function] if function < len(FENCES) else None
    if word in ENVIRONMENT:
        return ENVIRONMENT[word]
    return _NAMES.get(opcode, {}).get(function) or OTHERS.get(opcode)


class ProcessorCoverage:
    """Collect what instructions do, one after the other, into named bins.

    A bin is an instruction with an operand at a corner (``sub.rs1=least``), an instruction whose
    operand the one before wrote (``add.rs2<-load``), an instruction that an interrupt came before
    (``div.interrupted``), a cause of a trap, an interrupt line, or a compressed encoding.

    Parameters
    ----------
    config : ProcessorCoreConfig
        Of the core.

    Attributes
    ----------
    bins : dict of str to int
        How often each was met.
    """

    def __init__(self, config: ProcessorCoreConfig) -> None:
        operations = [*OPERATIONS, *WITH_IMMEDIATE, *SHIFTS, *BRANCHES]
        readers = [*operations, *LOADS, *STORES, "jalr", "csrrw", "csrrs", "csrrc"]
        two = [*OPERATIONS, *BRANCHES, *STORES]
        if config.dot:
            names = [each.name for each in DOT_INSTRUCTIONS]
            readers += names
            two += names
        everything = [*readers, "lui", "auipc", "jal", "csrrwi", "csrrsi", "csrrci", *FENCES]
        corners = [*OPERANDS.values(), "other"]
        names = [f"{name}.rs1={corner}" for name in operations for corner in corners]
        names += [f"{name}.rs2={corner}" for name in two for corner in corners]
        names += [f"{name}.rs1<-{by}" for name in readers for by in ("result", "load")]
        names += [f"{name}.rs2<-{by}" for name in two for by in ("result", "load")]
        # Where mret is executed interrupts are off, but for programs that are lost.
        interrupted = {*everything, *ENVIRONMENT.values()} - {"mret"}
        names += [f"{name}.interrupted" for name in sorted(interrupted)]
        names += [f"trap.{cause}" for cause in CAUSES]
        names += [f"line.{line}" for line in LINES]
        names += [f"compressed.{code}" for code in COMPRESSED if config.compressed]
        self.bins = dict.fromkeys(names, 0)
        self._wrote: tuple[int, str] = (0, "")
        self._resumes: int | None = None
        self._successor = 0

    def add(self, told: Mapping[str, int], cause: int) -> None:
        """Count an instruction.

        Parameters
        ----------
        told : mapping of str to int
            What the trace port says of it.
        cause : int
            mcause, after it.
        """
        if told["intr"]:
            self._resumes = self._successor
            self._wrote = (0, "")
        self._successor = told["pc_wdata"]
        if told["trap"]:
            if cause in CAUSE_NUMBERS:
                self._count(f"trap.{CAUSES[CAUSE_NUMBERS[cause]]}")
            self._wrote = (0, "")
        name = instruction_name(told["insn"])
        if name is None:
            return
        if told["pc_rdata"] == self._resumes:
            self._count(f"{name}.interrupted")
            self._resumes = None
        if told["trap"]:
            return
        if told["insn"] & 3 != 3:
            self._count(f"compressed.{told['insn'] & 3}.{told['insn'] >> 13 & 7}")
        register, by = self._wrote
        for operand in ("rs1", "rs2"):
            value = told[f"{operand}_rdata"]
            self._count(f"{name}.{operand}={OPERANDS.get(value, 'other')}")
            if register and told[f"{operand}_addr"] == register:
                self._count(f"{name}.{operand}<-{by}")
        loaded = name in LOADS
        self._wrote = (told["rd_addr"], "load" if loaded else "result")

    def interrupt(self, cause: int) -> None:
        """Count an interrupt.

        Parameters
        ----------
        cause : int
            Its line.
        """
        self._count(f"line.{cause}")

    def _count(self, name: str) -> None:
        if name in self.bins:
            self.bins[name] += 1

    def missing(self) -> list[str]:
        """Return the bins that were never met.

        Returns
        -------
        list of str
            Their names.
        """
        return [name for name, count in self.bins.items() if not count]
