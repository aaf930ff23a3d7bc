"""Control and status registers of machine mode, traps and interrupts."""

from typing import Any

import numpy.typing as npt

from analog_models.compiled import compiled_in_place
from rtl.dot_instructions import ACCUMULATOR_WIDTH, HIGH_REGISTERS, LOW_REGISTERS
from verification.golden.riscv.state import STATE

__all__ = [
    "NO_REGISTER",
    "enter_trap",
    "pending_cause",
    "read_register",
    "wrapped",
    "write_register",
]

State = npt.NDArray[Any]
NO_REGISTER = -1
INTERRUPTS = 0xFFFF0888  # software, timer, external, and 16 of the platform
MACHINE_MODE = 3 << 11
MISA = 1 << 30 | 1 << 12 | 1 << 8
MASK = 0xFFFFFFFF
INTERRUPT = 1 << 31
CAUSE_BITS = INTERRUPT | 31
OWN = 23  # bit of misa: extensions that no standard has
SIGN = 1 << 31
FIRST_EVENT = 3  # of counters and selectors; those after the last count nothing
LAST_EVENT = 6
SELECTORS, COUNTERS, COUNTERS_OF_USERS = 0x19, 0x58, 0x60  # numbers of registers without 5 bits

PC, MIE_BIT, MPIE_BIT = STATE["pc"], STATE["mie_bit"], STATE["mpie_bit"]
MIE, MTVEC, MSCRATCH, MEPC = STATE["mie"], STATE["mtvec"], STATE["mscratch"], STATE["mepc"]
MCAUSE, MTVAL, LINES = STATE["mcause"], STATE["mtval"], STATE["lines"]
MCYCLE, MINSTRET, INHIBIT = STATE["mcycle"], STATE["minstret"], STATE["mcountinhibit"]
COMPRESSED, HART = STATE["compressed"], STATE["hart"]
DOT, SUMS = STATE["dot"], STATE["sum_0"]
EVENT_COUNTERS, EVENTS = STATE["event_counters"], STATE["event_3"] - 3
VENDOR, ARCHITECTURE = STATE["vendor"], STATE["architecture"]
IMPLEMENTATION = STATE["implementation"]


@compiled_in_place
def read_register(state: State, address: int) -> int:
    """Return the value of a register.

    Parameters
    ----------
    state : ndarray of int64
        State of the hart.
    address : int
        12 bits.

    Returns
    -------
    int
        A word, or ``NO_REGISTER``.
    """
    if address == 0x300:
        return MACHINE_MODE | state[MPIE_BIT] << 7 | state[MIE_BIT] << 3
    if address == 0x301:
        return MISA | state[COMPRESSED] << 2 | state[DOT] << OWN
    if address == 0x304:
        return state[MIE]
    if address == 0x305:
        return state[MTVEC]
    if address == 0x320:
        return state[INHIBIT]
    if address == 0x340:
        return state[MSCRATCH]
    if address == 0x341:
        return state[MEPC]
    if address == 0x342:
        return state[MCAUSE]
    if address == 0x343:
        return state[MTVAL]
    if address == 0x344:
        return state[LINES] & INTERRUPTS
    if address in (0xB00, 0xC00):
        return state[MCYCLE] & MASK
    if address in (0xB80, 0xC80):
        return (state[MCYCLE] >> 32) & MASK
    if address in (0xB02, 0xC02):
        return state[MINSTRET] & MASK
    if address in (0xB82, 0xC82):
        return (state[MINSTRET] >> 32) & MASK
    if address == 0xF11:
        return state[VENDOR]
    if address == 0xF12:
        return state[ARCHITECTURE]
    if address == 0xF13:
        return state[IMPLEMENTATION]
    if address == 0xF14:
        return state[HART]
    if state[EVENT_COUNTERS] and FIRST_EVENT <= address & 31 <= LAST_EVENT:
        if address >> 5 == SELECTORS:
            return address & 31
        if address >> 5 in (COUNTERS, COUNTERS_OF_USERS):
            return state[EVENTS + (address & 31)]
    if state[DOT] and address & ~3 == LOW_REGISTERS:
        return state[SUMS + (address & 3)] & MASK
    if state[DOT] and address & ~3 == HIGH_REGISTERS:
        return (state[SUMS + (address & 3)] >> 32) & MASK
    if address in (0x310, 0xF15) or _counts_nothing(address):
        return 0
    return NO_REGISTER


@compiled_in_place
def _counts_nothing(address: int) -> bool:
    """Return whether this is mhpmevent, mhpmcounter, mhpmcounterh, or what user mode sees."""
    bank, number = address >> 5, address & 31
    return number >= FIRST_EVENT and bank in (0x19, 0x58, 0x5C, 0x60, 0x64)


@compiled_in_place
def write_register(state: State, address: int, value: int) -> None:
    """Write what is writable of a register that exists and is not read-only.

    Parameters
    ----------
    state : ndarray of int64
        State of the hart.
    address : int
        12 bits.
    value : int
        A word.
    """
    if address == 0x300:
        state[MIE_BIT] = value >> 3 & 1
        state[MPIE_BIT] = value >> 7 & 1
    elif address == 0x304:
        state[MIE] = value & INTERRUPTS
    elif address == 0x305:
        state[MTVEC] = value & ~2
    elif address == 0x320:
        state[INHIBIT] = value & (0x7D if state[EVENT_COUNTERS] else 5)
    elif address == 0x340:
        state[MSCRATCH] = value
    elif address == 0x341:
        state[MEPC] = value & (~1 if state[COMPRESSED] else ~3)
    elif address == 0x342:
        state[MCAUSE] = value & CAUSE_BITS
    elif address == 0x343:
        state[MTVAL] = value
    elif address == 0xB00:
        state[MCYCLE] = state[MCYCLE] & ~MASK | value
    elif address == 0xB80:
        state[MCYCLE] = state[MCYCLE] & MASK | value << 32
    elif address == 0xB02:
        state[MINSTRET] = state[MINSTRET] & ~MASK | value
    elif address == 0xB82:
        state[MINSTRET] = state[MINSTRET] & MASK | value << 32
    elif address >> 5 == COUNTERS and FIRST_EVENT <= address & 31 <= LAST_EVENT:
        state[EVENTS + (address & 31)] = value
    elif address & ~3 == LOW_REGISTERS:
        state[SUMS + (address & 3)] = (value ^ SIGN) - SIGN
    elif address & ~3 == HIGH_REGISTERS:
        low = state[SUMS + (address & 3)] & MASK
        state[SUMS + (address & 3)] = wrapped(value << 32 | low)


@compiled_in_place
def wrapped(value: int) -> int:
    """Return what a sum of dot products keeps of a number.

    Parameters
    ----------
    value : int
        Number.

    Returns
    -------
    int
        Its lowest bits, as two's complement.
    """
    sign = 1 << (ACCUMULATOR_WIDTH - 1)
    return ((value & (2 * sign - 1)) ^ sign) - sign


@compiled_in_place
def enter_trap(state: State, cause: int, value: int) -> None:
    """Go to the trap handler.

    Parameters
    ----------
    state : ndarray of int64
        State of the hart; its program counter is that of the instruction concerned.
    cause : int
        For mcause: an exception, or an interrupt with the highest bit set.
    value : int
        For mtval.
    """
    state[MEPC] = state[PC]
    state[MCAUSE] = cause
    state[MTVAL] = value
    state[MPIE_BIT] = state[MIE_BIT]
    state[MIE_BIT] = 0
    vectored = state[MTVEC] & 1 and cause & INTERRUPT
    state[PC] = ((state[MTVEC] & ~3) + (4 * (cause & 31) if vectored else 0)) & MASK


@compiled_in_place
def pending_cause(state: State) -> int:
    """Return the cause of the interrupt to take now, or 0.

    The platform's come first, the highest number before the others, then external, software,
    timer, in the order of the specification.

    Parameters
    ----------
    state : ndarray of int64
        State of the hart.

    Returns
    -------
    int
        For mcause.
    """
    ready = state[MIE] & state[LINES]
    if not (state[MIE_BIT] and ready):
        return 0
    for cause in range(31, 15, -1):
        if ready >> cause & 1:
            return INTERRUPT | cause
    if ready >> 11 & 1:
        return INTERRUPT | 11
    if ready >> 3 & 1:
        return INTERRUPT | 3
    return INTERRUPT | 7
