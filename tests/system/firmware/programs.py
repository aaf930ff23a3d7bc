"""Programs for tests: some of a few instructions, and what those of the kit say."""

from system.firmware.elf import parse_elf
from tests.system.firmware.elf_writer import elf, segment
from verification.riscv_assembler import branch, i_type, jump, load_constant, store

OP_IMM, LOAD, SYSTEM = 0x13, 0x03, 0x73
WFI = 0x10500073
A, B, MAILBOX = 10, 11, 5
OUTPUT, INPUT, EXIT = 0x0, 0x4, 0xC
CHECKSUM = b"checksum e094dfe0"

SAYS = {
    "hello": b"hello, world\ninstructions: 501\n",
    "interrupts": b"interrupts: 5 alarms, 1 request, 1 exception\n",
    "matrix_vector": b"matrix_vector: " + CHECKSUM + b"\n",
    "matrix_vector_dot": b"matrix_vector_dot: " + CHECKSUM + b"\n",
    "matrix_vector_array": b"matrix_vector_array: " + CHECKSUM + b", error 0\n",
    "spike_counter": b"",
    "dhrystone_like": b"dhrystone_like: 200 loops, checksum 00000113\n",
    "coremark_like": b"coremark_like: 4 loops, checksum fd64\n",
}
GIVEN = {"spike_counter": b"e"}  # what programs must be told to come to an end; no spikes come


def program_of(words):
    code = b"".join(word.to_bytes(4, "little") for word in words)
    return parse_elf(elf([segment(0, code)]), name="a.elf")


def for_ever():
    return program_of([i_type(OP_IMM, 0, A, A, 1), jump(0, -4)])


def lost():
    """A load from nowhere; the handler is at address 0, which is the same."""
    return program_of([*load_constant(A, 0x70000000), i_type(LOAD, 2, A, A, 0)])


def echo():
    """Writes what it reads, up to a full stop, which is its exit code; sleeps in between."""
    interrupts = 0x40002000
    enabling = [
        *load_constant(MAILBOX, 1 << 20),
        i_type(SYSTEM, 1, 0, MAILBOX, 0x304),  # mie: the mailbox
        *load_constant(A, interrupts),
        *load_constant(B, 1 << 4),
        store("sw", B, A, 4),
        *load_constant(MAILBOX, 0x40000000),
    ]
    loop = [
        i_type(LOAD, 2, A, MAILBOX, INPUT),
        i_type(OP_IMM, 7, B, A, 0x100),
        branch("bne", B, 0, 12),
        WFI,
        jump(0, -16),
        i_type(OP_IMM, 7, A, A, 0xFF),
        store("sw", A, MAILBOX, OUTPUT),
        i_type(OP_IMM, 0, B, 0, ord(".")),
        branch("bne", A, B, -32),
        store("sw", A, MAILBOX, EXIT),
        WFI,
        jump(0, -4),
    ]
    return program_of([*enabling, *loop])
