"""Processor core configuration: what the core is built of, and its ports."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.dot_instructions import ACCUMULATOR_WIDTH, ACCUMULATORS

__all__ = [
    "CountedEvent",
    "ProcessorCoreConfig",
    "data_port",
    "dot_sums",
    "fetch_port",
    "machine_state",
    "trace_port",
]

WORD = 32


class CountedEvent(IntEnum):
    """What mhpmcounter3 to mhpmcounter6 count, as the mhpmevent of the same number says.

    Attributes
    ----------
    FETCH_WAIT
        Cycles in which the memory of instructions keeps a request waiting.
    DATA_WAIT
        Cycles in which the memory of data, or a device, does.
    TAKEN
        Jumps, and branches that are taken.
    MULTIPLICATION
        Products.
    """

    FETCH_WAIT = 3
    DATA_WAIT = 4
    TAKEN = 5
    MULTIPLICATION = 6


@dataclass(frozen=True, kw_only=True)
class ProcessorCoreConfig:
    """What a :class:`~rtl.processor_core.ProcessorCore` is built of.

    Parameters
    ----------
    reset_address : int
        Where the first instruction is; a multiple of 4.
    compressed : bool
        Instructions of 16 bits are known.
    multiplier : {"one_cycle", "serial"}
        Product in the same cycle, its upper half in four, or a bit of it in each of 32.
    registers : {"flip_flops", "latches"}
        What the integer registers are made of, see :class:`~rtl.register_file.RegisterFile`.
    dot : bool
        Dot-product instructions are known, see :mod:`rtl.dot_instructions`.
    event_counters : bool
        Four counters of 32 bits count :class:`CountedEvent`.
    hart : int
        For mhartid, in 0..2**32 - 1.
    trace : bool
        The ports of the RISC-V formal interface are there.
    trace_state : bool
        Those ports tell in every cycle, too, what registers of machine mode hold, which takes half
        of the speed of a compiled simulation.
    """

    reset_address: int = 0
    compressed: bool = True
    multiplier: Literal["one_cycle", "serial"] = "one_cycle"
    registers: Literal["flip_flops", "latches"] = "flip_flops"
    dot: bool = False
    event_counters: bool = False
    hart: int = 0
    trace: bool = False
    trace_state: bool = True

    def __post_init__(self) -> None:
        top = (1 << WORD) - 1
        check_ranges(self, reset_address=(0, top), hart=(0, top))
        if self.reset_address % 4:
            raise ValueError(f"reset_address must be a multiple of 4, not {self.reset_address:#x}")
        if self.multiplier not in ("one_cycle", "serial"):
            raise ValueError(f"multiplier must be one_cycle or serial, not {self.multiplier!r}")
        if self.registers not in ("flip_flops", "latches"):
            raise ValueError(f"registers must be flip_flops or latches, not {self.registers!r}")

    @property
    def tells_state(self) -> bool:
        """Whether there are ports that tell what registers of machine mode hold."""
        return self.trace and self.trace_state


def fetch_port() -> wiring.Signature:
    """Return the signature of the port that fetches instructions.

    Members, seen from the core: ``valid`` and ``address`` (a multiple of 2) ask for 32 bits,
    ``ready`` takes the request; from the cycle after on ``data`` holds them, until the next
    request is taken. ``fault`` holds as long: the lower or the upper 16 bits are no memory.
    """
    return wiring.Signature(
        {
            "valid": Out(1),
            "ready": In(1),
            "address": Out(WORD),
            "data": In(WORD),
            "fault": In(2),
        }
    )


def data_port() -> wiring.Signature:
    """Return the signature of the port that loads and stores.

    Members, seen from the core: ``valid`` asks for the word at ``address`` (a multiple of 4) to
    be read, or, with ``write``, written where ``mask`` has a bit for the byte, and holds until
    ``ready``; ``fault``, with ``ready``, refuses it. ``read_data`` is there in the cycle after.
    """
    return wiring.Signature(
        {
            "valid": Out(1),
            "ready": In(1),
            "fault": In(1),
            "address": Out(WORD),
            "write": Out(1),
            "mask": Out(4),
            "write_data": Out(WORD),
            "read_data": In(WORD),
        }
    )


def machine_state() -> data.StructLayout:
    """Return the layout of what registers of machine mode hold, each as an instruction reads it.

    Those of two words are whole; ``events`` are :class:`CountedEvent`, the first one lowest.
    """
    words = ("mstatus", "mie", "mtvec", "mscratch", "mepc", "mcause", "mtval", "mcountinhibit")
    return data.StructLayout(
        {
            **dict.fromkeys(words, WORD),
            **dict.fromkeys(("mcycle", "minstret"), 2 * WORD),
            "events": data.ArrayLayout(WORD, len(CountedEvent)),
        }
    )


def dot_sums() -> data.ArrayLayout:
    """Return the layout of the sums of dot products."""
    return data.ArrayLayout(ACCUMULATOR_WIDTH, ACCUMULATORS)


def trace_port(*, state: bool = False) -> wiring.Signature:
    """Return the signature of the RISC-V formal interface for one instruction a cycle.

    Our own are ``lines``, the interrupt lines with which the latest interrupt was taken;
    ``csr_rdata``, what the register of machine mode held that the instruction accesses, if any;
    and, if asked for, in every cycle ``state``, what those registers hold, all instructions done
    that are told, and ``sums`` likewise.

    Parameters
    ----------
    state : bool
        The last two are there.
    """
    own = {"state": Out(machine_state()), "sums": Out(dot_sums())} if state else {}
    words = ("rs1_rdata", "rs2_rdata", "rd_wdata", "pc_rdata", "pc_wdata")
    memory = ("mem_addr", "mem_rdata", "mem_wdata", "csr_rdata")
    flags = ("valid", "trap", "halt", "intr")
    registers = ("rs1_addr", "rs2_addr", "rd_addr")
    return wiring.Signature(
        {
            **{name: Out(1) for name in flags},
            "order": Out(64),
            "insn": Out(WORD),
            "mode": Out(2),
            "ixl": Out(2),
            **{name: Out(5) for name in registers},
            **{name: Out(WORD) for name in (*words, *memory)},
            "mem_rmask": Out(4),
            "mem_wmask": Out(4),
            "lines": Out(WORD),
            **own,
        }
    )
