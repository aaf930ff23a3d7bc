"""QEMU's opinion of the instructions: an oracle that none of us wrote.

Straight programs of every instruction that needs no privilege, on corners and on noise. In user
mode nothing traps, so what remains are values: of all registers, and of what was stored.
"""

import shutil

import numpy as np
import pytest

from rtl.processor_config import ProcessorCoreConfig
from tests.system.firmware.elf_writer import HEADER, SEGMENT, elf, segment
from verification.golden.processor_core import Memories, ProcessorModel
from verification.golden.riscv.compressed import ILLEGAL, expanded
from verification.processes import run_program
from verification.processor_programs import CORNERS
from verification.riscv_assembler import (
    BRANCHES,
    LOADS,
    OPERATIONS,
    SHIFTS,
    STORES,
    WITH_IMMEDIATE,
    branch,
    i_type,
    load_constant,
    r_type,
    store,
    u_type,
)

BASE, SCRATCH, SCRATCH_BYTES = 0x10000, 0x18000, 0x1000
ENTRY = BASE + HEADER.size + SEGMENT.size  # as far into its page as into the file: it is mapped
LOAD, OP_IMM, LUI, AUIPC, ECALL = 0x03, 0x13, 0x37, 0x17, 0x00000073
POINTER, NEAR = 2, 8  # where memory is, also for compressed instructions
KEPT = (POINTER, NEAR)
DUMP = 1024  # bytes into the scratch memory, behind what programs touch
WRITE, EXIT = 64, 93  # calls of Linux
LIMIT_S = 60.0


def words_of(words):
    return b"".join(word.to_bytes(4, "little") for word in words)


def any_register(rng, *, written=False):
    register = int(rng.integers(32))
    return 0 if written and register in KEPT else register


def compressed(rng):
    """Return arithmetic of 16 bits that spares the pointers."""
    while True:
        half = int(rng.integers(1 << 16))
        quadrant, function = half & 3, half >> 13
        arithmetic = (quadrant == 1 and function in (0, 2, 3, 4)) or (
            quadrant == 2 and function in (0, 4)
        )
        word = expanded(half)
        jumps = word & 0x7F in (0x67, 0x6F, 0x73)
        if arithmetic and word != ILLEGAL and not jumps and word >> 7 & 31 not in KEPT:
            return half.to_bytes(2, "little")


def piece(rng):
    """Return an instruction, or a branch and what it may skip."""
    rd, rs1, rs2 = any_register(rng, written=True), any_register(rng), any_register(rng)
    kind = rng.random()
    if kind < 0.35:
        return words_of([r_type(str(rng.choice(list(OPERATIONS))), rd, rs1, rs2)])
    if kind < 0.5:
        function = WITH_IMMEDIATE[str(rng.choice(list(WITH_IMMEDIATE)))]
        return words_of([i_type(OP_IMM, function, rd, rs1, int(rng.integers(-2048, 2048)))])
    if kind < 0.55:
        function, high = SHIFTS[str(rng.choice(list(SHIFTS)))]
        return words_of([i_type(OP_IMM, function, rd, rs1, high << 5 | int(rng.integers(32)))])
    if kind < 0.6:
        opcode = LUI if rng.random() < 0.5 else AUIPC
        return words_of([u_type(opcode, rd, int(rng.integers(1 << 20)))])
    if kind < 0.7:
        return words_of(load_constant(rd, int(rng.choice(CORNERS)))) if rd else compressed(rng)
    if kind < 0.78:
        name = str(rng.choice(list(LOADS)))
        return words_of([i_type(LOAD, LOADS[name], rd, POINTER, offset(rng, LOADS[name] & 3))])
    if kind < 0.86:
        name = str(rng.choice(list(STORES)))
        return words_of([store(name, rs2, POINTER, offset(rng, STORES[name]))])
    if kind < 0.92:
        name = str(rng.choice(list(BRANCHES)))
        skipped = r_type("add", rd, rs1, rs1)
        return words_of([branch(name, rs1, rs2, 8), skipped])
    return compressed(rng)


def offset(rng, size):
    return int(rng.integers(DUMP >> size)) << size


def program(rng, length):
    setup = [word for n in range(1, 32) for word in load_constant(n, int(rng.choice(CORNERS)))]
    setup += [word for pointer in KEPT for word in load_constant(pointer, SCRATCH)]
    end = [store("sw", n, POINTER, DUMP + 4 * n) for n in range(32)]
    for register, value in ((10, 1), (11, SCRATCH), (12, SCRATCH_BYTES), (17, WRITE)):
        end += load_constant(register, value)
    end += [ECALL, *load_constant(10, 0), *load_constant(17, EXIT), ECALL]
    body = b"".join(piece(rng) for _ in range(length))
    return words_of(setup) + body + words_of(end)


def on_the_model(code):
    memories = Memories(text_base=BASE, text_bytes=0x10000, data_base=0x10000000, data_bytes=4)
    model = ProcessorModel(ProcessorCoreConfig(reset_address=ENTRY), memories)
    model.load(ENTRY, code)
    while not (model.step() or {})["trap"]:
        pass
    start = SCRATCH - BASE
    return model.text.view(np.uint8)[start : start + SCRATCH_BYTES].tobytes()


def on_qemu(code, folder):
    qemu = shutil.which("qemu-riscv32")
    assert qemu, "the oracle must be there: apt-get install qemu-user"
    path, log = folder / "program.elf", folder / "said"
    whole = segment(ENTRY, code, memory_bytes=SCRATCH + SCRATCH_BYTES - ENTRY, flags=7)
    path.write_bytes(elf([whole], entry=ENTRY))
    path.chmod(0o755)
    done = run_program([qemu, path], limit_s=LIMIT_S, log=log)
    assert done.status == 0, done.output
    return log.read_bytes()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_qemu_leaves_what_the_model_leaves(tmp_path, seed):
    code = program(np.random.default_rng(seed), 1500)

    assert on_the_model(code) == on_qemu(code, tmp_path)
