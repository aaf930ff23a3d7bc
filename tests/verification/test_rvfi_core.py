"""What public checks expect of registers of machine mode, here of a program that uses them."""

import re
from typing import Any

import pytest
from amaranth.back import verilog
from amaranth.sim import Simulator

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from verification.riscv_assembler import i_type, store
from verification.rvfi_core import COUNTERS, REGISTERS, RvfiCore
from verification.simulating import run_to_end

LOAD, OP_IMM, SYSTEM = 0x03, 0x13, 0x73
MSCRATCH, MINSTRETH, MVENDORID = 0x340, 0xB82, 0xF11
MSTATUS, MINSTRET = 0x300, 0xB02
MRET = 0x30200073
ALL = 0xFFFFFFFF


def told(program, ports, refused=()):
    """Return what ports say of each instruction of a program in a memory that refuses data."""
    dut: Any = RvfiCore(ProcessorCore(ProcessorCoreConfig(trace=True)))
    seen = []

    async def fetch(ctx):
        ctx.set(dut.fetch.ready, 1)
        while len(seen) < len(program):
            if ctx.get(dut.rvfi_valid):
                seen.append([ctx.get(getattr(dut, f"rvfi_{name}")) for name in ports])
            address = ctx.get(dut.fetch.address)
            ctx.set(dut.data.ready, 1)
            ctx.set(dut.data.fault, ctx.get(dut.data.address) in refused)
            await ctx.tick()
            ctx.set(dut.fetch.data, program[address // 4] if address // 4 < len(program) else 0)
            ctx.set(dut.fetch.fault, 3 if address in refused else 0)

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(fetch)
    run_to_end(simulator)
    return seen


def access(function, rd, register, operand):
    return i_type(SYSTEM, function, rd, operand, register)


def test_ports_have_the_names_that_public_checks_know():
    text = verilog.convert(RvfiCore(ProcessorCore(ProcessorCoreConfig(trace=True))), name="core")
    declared = set(re.findall(r"output .*?\b(rvfi_\w+);", text))

    names = ["valid", "order", "insn", "trap", "halt", "intr", "mode", "ixl", "pc_rdata"]
    names += ["pc_wdata", "rs1_addr", "rs2_addr", "rs1_rdata", "rs2_rdata", "rd_addr", "rd_wdata"]
    names += ["mem_addr", "mem_rmask", "mem_wmask", "mem_rdata", "mem_wdata"]
    names += ["mem_fault", "mem_fault_rmask", "mem_fault_wmask"]
    for register in [*REGISTERS, *COUNTERS]:
        names += [f"csr_{register}_{field}" for field in ("rmask", "wmask", "rdata", "wdata")]
    assert declared == {f"rvfi_{name}" for name in names}


@pytest.mark.parametrize(
    ("function", "operand", "wmask", "wdata"),
    [
        (1, 5, ALL, 0x705),  # csrrw
        (2, 5, ALL, 0x707),  # csrrs
        (3, 5, ALL, 0x002),  # csrrc
        (2, 0, 0, None),  # nothing is written without an operand
        (5, 9, ALL, 0x009),  # csrrwi
        (6, 9, ALL, 0x70F),
        (7, 6, ALL, 0x701),
    ],
)
def test_an_access_is_told(function, operand, wmask, wdata):
    program = [
        i_type(OP_IMM, 0, 5, 0, 0x707),
        access(1, 0, MSCRATCH, 5),
        i_type(OP_IMM, 0, 5, 0, 0x705),
        access(function, 6, MSCRATCH, operand),
    ]
    ports = [f"csr_mscratch_{field}" for field in ("rmask", "wmask", "rdata", "wdata")]

    rows = told(program, [*ports, "rd_wdata", "csr_mie_wmask"])

    assert [row[:2] for row in rows[:3]] == [[ALL, 0], [ALL, ALL], [ALL, 0]]
    assert rows[3][:3] == [ALL, wmask, 0x707]
    assert wdata is None or rows[3][3] == wdata
    assert rows[3][4:] == [0x707, 0]


def test_a_counter_has_two_halves():
    program = [
        i_type(OP_IMM, 0, 5, 0, 0x123),
        access(1, 6, MINSTRETH, 5),
        access(1, 6, MINSTRET, 5),
    ]
    ports = [f"csr_minstret_{field}" for field in ("rmask", "wmask", "rdata", "wdata")]

    rows = told(program, ports)

    assert rows == [
        [ALL << 32 | ALL, 0, 0, 0],
        [ALL << 32 | ALL, ALL << 32, 1, 0x123 << 32 | 1],
        [ALL << 32 | ALL, ALL, 0x123 << 32 | 1, 0x123 << 32 | 0x123],
    ]


def test_a_counter_is_told_by_either_of_its_numbers():
    counts = 3
    program = [access(2, 6, number + counts, 0) for number in (0xB00, 0xC80)]

    rows = told(program, ["csr_mhpmcounter7_rmask", "csr_mhpmcounter3_rmask"])
    others = told([access(2, 6, 0xC80 + 7, 0)], ["csr_mhpmcounter7_rmask"])

    assert rows == [[0, ALL << 32 | ALL]] * 2
    assert others == [[ALL << 32]]


def test_a_write_to_what_is_read_only_is_a_trap():
    program = [access(1, 6, MVENDORID, 5)]
    ports = ["trap", "csr_mvendorid_rmask", "csr_mvendorid_wmask", "csr_mcause_wdata"]

    assert told(program, ports) == [[1, 0, 0, 2]]


@pytest.mark.parametrize(
    ("instruction", "refused", "cause", "reads", "writes", "address"),
    [
        (i_type(LOAD, 1, 6, 0, 0x42), 0x40, 5, 0b1100, 0, 0x40),
        (store("sb", 6, 0, 0x41), 0x40, 7, 0, 0b0010, 0x40),
        (i_type(LOAD, 2, 6, 0, 0x40), 8, 1, 0, 0, 0),
        (i_type(LOAD, 2, 6, 0, 0x42), None, 4, None, None, 0),
        (0x00000073, None, 11, None, None, 0),
    ],
)
def test_traps_write_registers(instruction, refused, cause, reads, writes, address):
    program = [i_type(OP_IMM, 0, 5, 0, 8), access(1, 0, MSTATUS, 5), instruction]
    ports = ["trap", "mem_fault", "mem_fault_rmask", "mem_fault_wmask", "mem_addr", "mem_rmask"]
    registers = ["mcause", "mepc", "mtval", "mstatus"]
    masks = [f"csr_{name}_wmask" for name in registers]
    values = [f"csr_{name}_wdata" for name in registers]

    row = told(program, [*ports, *masks, *values, "csr_mstatus_rdata"], [refused])[2]

    fault = reads is not None
    assert row[:6] == [1, fault, reads or 0, writes or 0, address, 0]
    assert row[6:10] == [ALL] * 4
    of_place = {1: 8, 4: 0x42, 5: 0x42, 7: 0x41, 11: 0}[cause]
    assert row[10:] == [cause, 8, of_place, 0x1880, 0x1808]


def test_a_return_writes_the_status():
    program = [i_type(OP_IMM, 0, 5, 0, 0x80), access(1, 0, MSTATUS, 5), MRET]

    rows = told(program, ["csr_mstatus_wmask", "csr_mstatus_rdata", "csr_mstatus_wdata"])

    assert [row[0] for row in rows] == [0, ALL, ALL]
    assert rows[2][1:] == [0x1880, 0x1888]


def test_extensions_are_told_with_every_instruction():
    rows = told([i_type(OP_IMM, 0, 5, 0, 1)], ["csr_misa_rmask", "csr_misa_rdata"])

    assert rows == [[ALL, 1 << 30 | 1 << 12 | 1 << 8 | 1 << 2]]
