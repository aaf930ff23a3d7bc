"""What public checks expect of registers of machine mode, here of a program that uses them."""

import re
from typing import Any

import pytest
from amaranth.back import verilog
from amaranth.sim import Simulator

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from verification.riscv_assembler import i_type
from verification.rvfi_core import COUNTERS, REGISTERS, RvfiCore
from verification.simulating import run_to_end

OP_IMM, SYSTEM = 0x13, 0x73
MSCRATCH, MINSTRETH, MVENDORID = 0x340, 0xB82, 0xF11
ALL = 0xFFFFFFFF


def told(program, ports):
    """Return what ports say of each instruction of a program."""
    dut: Any = RvfiCore(ProcessorCore(ProcessorCoreConfig(trace=True)))
    seen = []

    async def fetch(ctx):
        ctx.set(dut.fetch.ready, 1)
        while len(seen) < len(program):
            if ctx.get(dut.rvfi_valid):
                seen.append([ctx.get(getattr(dut, f"rvfi_{name}")) for name in ports])
            address = ctx.get(dut.fetch.address)
            await ctx.tick()
            ctx.set(dut.fetch.data, program[address // 4] if address // 4 < len(program) else 0)

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
    for register in [*REGISTERS, *COUNTERS]:
        names += [f"csr_{register}_{field}" for field in ("rmask", "wmask", "rdata", "wdata")]
    assert declared == {f"rvfi_{name}" for name in names}


@pytest.mark.parametrize(
    ("function", "operand", "rmask", "wmask", "wdata"),
    [
        (1, 5, ALL, ALL, 0x705),  # csrrw
        (2, 5, ALL, ALL, 0x707),  # csrrs
        (3, 5, ALL, ALL, 0x002),  # csrrc
        (2, 0, ALL, 0, None),  # nothing is written without an operand
        (5, 9, ALL, ALL, 0x009),  # csrrwi
        (6, 9, ALL, ALL, 0x70F),
        (7, 6, ALL, ALL, 0x701),
    ],
)
def test_an_access_is_told(function, operand, rmask, wmask, wdata):
    program = [
        i_type(OP_IMM, 0, 5, 0, 0x707),
        access(1, 0, MSCRATCH, 5),
        i_type(OP_IMM, 0, 5, 0, 0x705),
        access(function, 6, MSCRATCH, operand),
    ]
    ports = [f"csr_mscratch_{field}" for field in ("rmask", "wmask", "rdata", "wdata")]

    rows = told(program, [*ports, "rd_wdata", "csr_mtval_rmask"])

    assert [row[:2] for row in rows[:3]] == [[0, 0], [ALL, ALL], [0, 0]]
    assert rows[3][:3] == [rmask, wmask, 0x707]
    assert wdata is None or rows[3][3] == wdata
    assert rows[3][4:] == [0x707, 0]


def test_a_counter_has_two_halves():
    program = [i_type(OP_IMM, 0, 5, 0, 0x123), access(1, 6, MINSTRETH, 5)]
    ports = [f"csr_minstret_{field}" for field in ("rmask", "wmask", "rdata", "wdata")]

    _, (rmask, wmask, rdata, wdata) = told(program, ports)

    assert (rmask, wmask) == (ALL << 32, ALL << 32)
    assert (rdata >> 32, wdata >> 32) == (0, 0x123)


def test_what_traps_accesses_nothing():
    program = [access(1, 6, MVENDORID, 5)]

    assert told(program, ["trap", "csr_mvendorid_rmask", "csr_mvendorid_wmask"]) == [[1, 0, 0]]
