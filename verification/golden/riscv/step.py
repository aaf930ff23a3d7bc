"""One instruction of RV32IMC after the other: fetch, decode, execute, retire or trap."""

from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled_in_place
from rtl.dot_instructions import ACCUMULATORS, DOT_OPCODE
from rtl.processor_config import CountedEvent
from verification.golden.riscv.arithmetic import MASK, divided, dotted, multiplied, operated, taken
from verification.golden.riscv.compressed import ILLEGAL, expanded
from verification.golden.riscv.control import (
    NO_REGISTER,
    enter_trap,
    pending_cause,
    read_register,
    wrapped,
    write_register,
)
from verification.golden.riscv.state import STATE, TRACE

__all__ = [
    "ANSWERED",
    "ASKED",
    "BUS",
    "NO_ACCESS",
    "REFUSED",
    "RETIRED",
    "TRAPPED",
    "WAITING",
    "run",
    "step",
]

Words = npt.NDArray[Any]
Memory = npt.NDArray[Any]

RETIRED, TRAPPED, BUS, WAITING = 0, 1, 2, 3
NO_ACCESS, ASKED, ANSWERED, REFUSED = 0, 1, 2, 3

FETCH_MISALIGNED, FETCH_FAULT, ILLEGAL_INSTRUCTION, BREAKPOINT = 0, 1, 2, 3
LOAD_MISALIGNED, LOAD_FAULT, STORE_MISALIGNED, STORE_FAULT, CALL = 4, 5, 6, 7, 11
INHIBIT_CYCLES, INHIBIT_RETIRED = 1, 4
CYCLES, INSTRUCTIONS = 0xB00, 0xB02  # their counters

EVENTS = STATE["event_3"] - 3
TAKEN, MULTIPLICATION = int(CountedEvent.TAKEN), int(CountedEvent.MULTIPLICATION)
DOT, SUMS = STATE["dot"], STATE["sum_0"]
PC, COMPRESSED, ORDER = STATE["pc"], STATE["compressed"], STATE["order"]
MIE_BIT, MPIE_BIT, MEPC = STATE["mie_bit"], STATE["mpie_bit"], STATE["mepc"]
MIE, LINES, IS_WAITING = STATE["mie"], STATE["lines"], STATE["waiting"]
MCYCLE, MINSTRET, INHIBIT = STATE["mcycle"], STATE["minstret"], STATE["mcountinhibit"]
TEXT_BASE, TEXT_BYTES = STATE["text_base"], STATE["text_bytes"]
DATA_BASE, DATA_BYTES = STATE["data_base"], STATE["data_bytes"]
EXECUTABLE = STATE["executable_bytes"]
BUS_STATE, BUS_ADDRESS = STATE["bus_state"], STATE["bus_address"]
BUS_MASK, BUS_WRITE, BUS_DATA = STATE["bus_mask"], STATE["bus_write"], STATE["bus_data"]

T_ORDER, T_INSN, T_TRAP, T_INTR = (TRACE.index(n) for n in ("order", "insn", "trap", "intr"))
T_RS1, T_RS2, T_RD = (TRACE.index(n) for n in ("rs1_addr", "rs2_addr", "rd_addr"))
T_RS1_DATA, T_RS2_DATA = TRACE.index("rs1_rdata"), TRACE.index("rs2_rdata")
T_RD_DATA, T_PC, T_NEXT = (TRACE.index(n) for n in ("rd_wdata", "pc_rdata", "pc_wdata"))
T_ADDRESS, T_RMASK, T_WMASK = (TRACE.index(n) for n in ("mem_addr", "mem_rmask", "mem_wmask"))
T_RDATA, T_WDATA, T_MODE = (TRACE.index(n) for n in ("mem_rdata", "mem_wdata", "mode"))
T_IXL = TRACE.index("ixl")


@compiled_in_place
def _half_at(state: Words, text: Memory, data: Memory, address: int) -> int:
    """Return the 16 bits at an address, or -1 where there are no instructions."""
    shift = 8 * (address & 2)
    offset = (address - state[TEXT_BASE]) & MASK
    if offset < state[TEXT_BYTES]:
        return int(text[offset >> 2]) >> shift & 0xFFFF
    offset = (address - state[DATA_BASE]) & MASK
    if offset < state[EXECUTABLE]:  # with `and` here everything takes twice as long
        return int(data[offset >> 2]) >> shift & 0xFFFF
    return -1


@compiled_in_place
def _access(
    state: Words, text: Memory, data: Memory, address: int, mask: int, write: bool, value: int
) -> tuple[int, int]:
    """Access the word that holds ``address``; return (state of the access, word read)."""
    offset = (address - state[TEXT_BASE]) & MASK
    if offset < state[TEXT_BYTES]:
        word = int(text[offset >> 2])
        if write:
            text[offset >> 2] = np.uint32(_merged(word, value, mask))
        return ANSWERED, word
    offset = (address - state[DATA_BASE]) & MASK
    if offset < state[DATA_BYTES]:
        word = int(data[offset >> 2])
        if write:
            data[offset >> 2] = np.uint32(_merged(word, value, mask))
        return ANSWERED, word
    answer = state[BUS_STATE]
    if answer in (ANSWERED, REFUSED):
        state[BUS_STATE] = NO_ACCESS
        return answer, state[BUS_DATA]
    state[BUS_STATE] = ASKED
    state[BUS_ADDRESS], state[BUS_MASK] = address & ~3, mask
    state[BUS_WRITE], state[BUS_DATA] = write, value
    return ASKED, 0


@compiled_in_place
def _merged(word: int, value: int, mask: int) -> int:
    """Return ``word`` with the bytes of ``value`` where ``mask`` is set."""
    bits = (mask & 1) * 0xFF | (mask & 2) * 0x7F80 | (mask & 4) * 0x3FC000 | (mask & 8) * 0x1FE00000
    return word & ~bits | value & bits


@compiled_in_place
def _trap(state: Words, trace: Words, cause: int, value: int) -> int:
    enter_trap(state, cause, value)
    trace[T_TRAP], trace[T_RD], trace[T_RD_DATA] = 1, 0, 0
    trace[T_RMASK], trace[T_WMASK] = 0, 0
    trace[T_NEXT] = state[PC]
    trace[T_ORDER] = state[ORDER]
    state[ORDER] += 1
    if not state[INHIBIT] & INHIBIT_CYCLES:
        state[MCYCLE] += 1
    return TRAPPED


@compiled_in_place
def step(
    state: Words,
    registers: Words,
    text: Memory,
    data: Memory,
    trace: Words,
) -> int:
    """Execute one instruction, after an interrupt that is due.

    Parameters
    ----------
    state : ndarray of int64
        State of the hart; changed.
    registers : ndarray of int64, shape (32,)
        Integer registers, unsigned; changed.
    text, data : ndarray of uint32
        The two memories; changed.
    trace : ndarray of int64, shape (len(TRACE),)
        Told what happened.

    Returns
    -------
    int
        ``RETIRED``, ``TRAPPED``, ``BUS`` if a device must answer before the same instruction is
        tried again, or ``WAITING`` for an interrupt.
    """
    if state[IS_WAITING]:
        if not state[MIE] & state[LINES]:
            return WAITING
        state[IS_WAITING] = 0
    interrupted = 0
    if state[BUS_STATE] == NO_ACCESS:
        cause = pending_cause(state)
        if cause:
            enter_trap(state, cause, 0)
            interrupted = 1
    pc = state[PC]
    trace[:] = 0
    trace[T_INTR], trace[T_MODE], trace[T_IXL], trace[T_PC] = interrupted, 3, 1, pc

    word = _half_at(state, text, data, pc)
    if word < 0:
        return _trap(state, trace, FETCH_FAULT, pc)
    length = 2
    insn = word
    if word & 3 == 3 or not state[COMPRESSED]:
        high = _half_at(state, text, data, (pc + 2) & MASK)
        if high < 0:
            return _trap(state, trace, FETCH_FAULT, (pc + 2) & MASK)
        insn = word | high << 16
        word = insn if word & 3 == 3 else ILLEGAL
        length = 4
    else:
        word = expanded(word)
    trace[T_INSN] = insn

    opcode, rd, function = word & 0x7F, word >> 7 & 31, word >> 12 & 7
    rs1, rs2, funct7 = word >> 15 & 31, word >> 20 & 31, word >> 25
    a, b = registers[rs1], registers[rs2]
    i_immediate = (word >> 20 ^ 0x800) - 0x800
    following = (pc + length) & MASK
    next_pc = following
    result = 0
    reads_1, reads_2, writes = True, False, True
    legal = True
    inhibited = state[INHIBIT]  # an instruction that changes it is still counted as before
    written = 0
    goes_to_sleep = False
    event = 0

    if opcode == 0x13:  # OP-IMM
        legal = function != 1 or funct7 == 0
        if function == 5:
            legal = funct7 in (0, 0x20)
        alternative = function == 5 and funct7 == 0x20
        result = operated(function, alternative, a, i_immediate & MASK)
    elif opcode == 0x33:  # OP
        reads_2 = True
        if funct7 == 1:
            result = multiplied(function, a, b) if function < 4 else divided(function, a, b)
            event = MULTIPLICATION if function < 4 else 0
        else:
            legal = funct7 == 0 or (funct7 == 0x20 and function in (0, 5))
            result = operated(function, funct7 == 0x20, a, b)
    elif opcode == 0x03:  # LOAD
        legal = function in (0, 1, 2, 4, 5)
        if legal:
            address = (a + i_immediate) & MASK
            size = 1 << (function & 3)
            trace[T_RS1], trace[T_RS1_DATA] = rs1, a
            if address & (size - 1):
                return _trap(state, trace, LOAD_MISALIGNED, address)
            mask = ((1 << size) - 1) << (address & 3)
            answer, loaded = _access(state, text, data, address, mask, False, 0)
            if answer == ASKED:
                return BUS
            if answer == REFUSED:
                return _trap(state, trace, LOAD_FAULT, address)
            result = loaded >> 8 * (address & 3)
            if size < 4:
                bits = 8 * size
                result &= (1 << bits) - 1
                if function < 4 and result >> (bits - 1):
                    result |= MASK & ~((1 << bits) - 1)
            trace[T_ADDRESS], trace[T_RMASK], trace[T_RDATA] = address & ~3, mask, loaded
    elif opcode == 0x23:  # STORE
        reads_2, writes = True, False
        legal = function < 3
        if legal:
            address = (a + ((funct7 ^ 0x40) - 0x40 << 5 | rd)) & MASK
            size = 1 << function
            trace[T_RS1], trace[T_RS1_DATA], trace[T_RS2], trace[T_RS2_DATA] = rs1, a, rs2, b
            if address & (size - 1):
                return _trap(state, trace, STORE_MISALIGNED, address)
            mask = ((1 << size) - 1) << (address & 3)
            value = (b << 8 * (address & 3)) & MASK
            answer, _ = _access(state, text, data, address, mask, True, value)
            if answer == ASKED:
                return BUS
            if answer == REFUSED:
                return _trap(state, trace, STORE_FAULT, address)
            trace[T_ADDRESS], trace[T_WMASK], trace[T_WDATA] = address & ~3, mask, value
    elif opcode == 0x63:  # BRANCH
        reads_2, writes = True, False
        legal = function not in (2, 3)
        if legal and taken(function, a, b):
            sign = word >> 31
            offset = (rd & 0x1E) | (funct7 & 0x3F) << 5 | (rd & 1) << 11
            next_pc = (pc + offset - (sign << 12)) & MASK
            event = TAKEN
    elif opcode == 0x37:  # LUI
        reads_1 = False
        result = word & 0xFFFFF000
    elif opcode == 0x17:  # AUIPC
        reads_1 = False
        result = (pc + (word & 0xFFFFF000)) & MASK
    elif opcode == 0x6F:  # JAL
        reads_1 = False
        offset = (word >> 21 & 0x3FF) << 1 | (word >> 20 & 1) << 11 | word & 0xFF000
        next_pc = (pc + offset - (word >> 31 << 20)) & MASK
        result = following
        event = TAKEN
    elif opcode == 0x67:  # JALR
        legal = function == 0
        next_pc = (a + i_immediate) & MASK & ~1
        result = following
        event = TAKEN
    elif opcode == 0x0F:  # FENCE, FENCE.I: memory is always in order here
        reads_1, writes = False, False
        legal = function < 2
    elif opcode == DOT_OPCODE and state[DOT]:  # dot products
        reads_2 = True
        number = funct7 & 3
        legal = function < 4 and funct7 < ACCUMULATORS and (function >= 2 or rd == 0)
        factor = a
        if legal and function >= 2:
            trace[T_RS1], trace[T_RS1_DATA], trace[T_RS2], trace[T_RS2_DATA] = rs1, a, rs2, b
            if a & 3:
                return _trap(state, trace, LOAD_MISALIGNED, a)
            answer, factor = _access(state, text, data, a, 15, False, 0)
            if answer == ASKED:
                return BUS
            if answer == REFUSED:
                return _trap(state, trace, LOAD_FAULT, a)
            trace[T_ADDRESS], trace[T_RMASK], trace[T_RDATA] = a, 15, factor
            result = (a + 4) & MASK
        if legal:
            added = dotted(16 if function & 1 else 8, factor, b)
            state[SUMS + number] = wrapped(state[SUMS + number] + added)
    elif opcode == 0x73 and function & 3:  # CSR
        csr = word >> 20
        operand = a if function < 4 else rs1
        reads_1 = function < 4
        old = read_register(state, csr)
        writing = function & 3 == 1 or rs1 != 0
        legal = old != NO_REGISTER and not (writing and csr >> 10 == 3)
        if legal:
            result = old
            if writing:
                new = operand
                if function & 3 == 2:
                    new = old | operand
                elif function & 3 == 3:
                    new = old & ~operand
                write_register(state, csr, new)
                written = csr & ~0x80  # both halves of a counter alike
    elif opcode == 0x73:  # environment
        reads_1, writes = False, False
        if word == 0x00000073:
            return _trap(state, trace, CALL, 0)
        if word == 0x00100073:
            return _trap(state, trace, BREAKPOINT, pc)
        if word == 0x30200073:
            next_pc = state[MEPC]
            state[MIE_BIT], state[MPIE_BIT] = state[MPIE_BIT], 1
        elif word == 0x10500073:
            goes_to_sleep = True
        else:
            legal = False
    else:
        legal = False

    if not legal:
        return _trap(state, trace, ILLEGAL_INSTRUCTION, insn)
    if reads_1:
        trace[T_RS1], trace[T_RS1_DATA] = rs1, a
    if reads_2:
        trace[T_RS2], trace[T_RS2_DATA] = rs2, b
    if next_pc & 2 and not state[COMPRESSED]:
        return _trap(state, trace, FETCH_MISALIGNED, next_pc)
    if writes and rd:
        registers[rd] = result
        trace[T_RD], trace[T_RD_DATA] = rd, result
    if event and not inhibited >> event & 1:
        state[EVENTS + event] = (state[EVENTS + event] + 1) & MASK
    state[PC] = next_pc
    trace[T_NEXT] = next_pc
    trace[T_ORDER] = state[ORDER]
    state[ORDER] += 1
    state[IS_WAITING] = goes_to_sleep
    if not (inhibited & INHIBIT_CYCLES or written == CYCLES):
        state[MCYCLE] += 1
    if not (inhibited & INHIBIT_RETIRED or written == INSTRUCTIONS):
        state[MINSTRET] += 1
    return RETIRED


@compiled_in_place
def run(
    state: Words,
    registers: Words,
    text: Memory,
    data: Memory,
    trace: Words,
    limit: int,
) -> tuple[int, int]:
    """Execute instructions until one needs the outside world.

    Parameters
    ----------
    state, registers, text, data, trace : ndarray
        As :func:`step` takes them.
    limit : int
        Instructions at most.

    Returns
    -------
    tuple of int
        How the last instruction ended, and how many were executed.
    """
    done = 0
    ended = RETIRED
    while done < limit:
        ended = step(state, registers, text, data, trace)
        if ended in (BUS, WAITING):
            break
        done += 1
    return ended, done
