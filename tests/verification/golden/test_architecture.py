"""Programs as architecture tests have them: results are stored, and held to the definition.

The definitions here are of whole numbers, and share nothing with the model's.
"""

import itertools

import pytest

from rtl.processor_config import ProcessorCoreConfig
from verification.golden.processor_core import Memories, ProcessorModel
from verification.riscv_assembler import branch, i_type, jump, load_constant, r_type, store, u_type

OP_IMM, LOAD, JALR, SYSTEM, LUI = 0x13, 0x03, 0x67, 0x73, 0x37
TOP, LEAST = (1 << 32) - 1, 1 << 31
SIGNATURE, POINTER = 0x10000000, 31
NO_MEMORY = 0x80000000
VALUES = (0, 1, 2, 3, 5, 31, 32, 0x7FF, 0x800, 0xFFFF, 0x33333333, 0x66666667, 0x7FFFFFFF)
VALUES += (LEAST, LEAST + 1, 0xAAAAAAAA, 0xFFFF8000, TOP - 1, TOP)
ECALL, EBREAK = 0x00000073, 0x00100073


def of(word):
    return word - (1 << 32) if word & LEAST else word


def quotient(a, b):
    size = abs(a) // abs(b)
    return size if (a < 0) == (b < 0) else -size


DEFINITIONS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "sll": lambda a, b: a << b % 32,
    "slt": lambda a, b: of(a) < of(b),
    "sltu": lambda a, b: a < b,
    "xor": lambda a, b: a ^ b,
    "srl": lambda a, b: a >> b % 32,
    "sra": lambda a, b: of(a) >> b % 32,
    "or": lambda a, b: a | b,
    "and": lambda a, b: a & b,
    "mul": lambda a, b: a * b,
    "mulh": lambda a, b: of(a) * of(b) >> 32,
    "mulhsu": lambda a, b: of(a) * b >> 32,
    "mulhu": lambda a, b: a * b >> 32,
    "div": lambda a, b: quotient(of(a), of(b)) if b else -1,
    "divu": lambda a, b: a // b if b else -1,
    "rem": lambda a, b: of(a) - of(b) * quotient(of(a), of(b)) if b else a,
    "remu": lambda a, b: a % b if b else a,
}
BRANCHES = {
    "beq": lambda a, b: a == b,
    "bne": lambda a, b: a != b,
    "blt": lambda a, b: of(a) < of(b),
    "bge": lambda a, b: of(a) >= of(b),
    "bltu": lambda a, b: a < b,
    "bgeu": lambda a, b: a >= b,
}


def image(words):
    return b"".join(word.to_bytes(4, "little") for word in words)


def signature(pieces):
    """Return what register 7 holds after each piece of a program, as it is stored."""
    words = load_constant(POINTER, SIGNATURE)
    for piece in pieces:
        words += [*piece, store("sw", 7, POINTER, 0), i_type(OP_IMM, 0, POINTER, POINTER, 4)]
    model = ProcessorModel(
        ProcessorCoreConfig(), Memories(text_bytes=1 << 16, data_bytes=4 * len(pieces))
    )
    model.load(0, image([*words, ECALL]))
    while not (model.step() or {})["trap"]:
        pass
    assert model.state()["mcause"] == 11
    return model.data.tolist()


@pytest.mark.parametrize("name", DEFINITIONS)
def test_an_operation_is_what_its_definition_says(name):
    pairs = list(itertools.product(VALUES, repeat=2))
    pieces = [[*load_constant(5, a), *load_constant(6, b), r_type(name, 7, 5, 6)] for a, b in pairs]

    assert signature(pieces) == [DEFINITIONS[name](a, b) & TOP for a, b in pairs]


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_register_may_be_operands_and_result_at_once(name):
    pieces = [[*load_constant(7, a), r_type(name, 7, 7, 7)] for a in VALUES]

    assert signature(pieces) == [DEFINITIONS[name](a, a) & TOP for a in VALUES]


@pytest.mark.parametrize("name", BRANCHES)
def test_a_branch_is_taken_if_its_definition_says(name):
    pairs = list(itertools.product((*VALUES[::3], TOP), repeat=2))
    pieces = [
        [
            *load_constant(5, a),
            *load_constant(6, b),
            i_type(OP_IMM, 0, 7, 0, 1),
            branch(name, 5, 6, 8),
            i_type(OP_IMM, 0, 7, 0, 0),
        ]
        for a, b in pairs
    ]

    assert signature(pieces) == [BRANCHES[name](a, b) for a, b in pairs]


HERE = 8  # the address of what traps, after a constant
TRAPS = {
    "ecall": (0, ECALL, 11, 0),
    "ebreak": (0, EBREAK, 3, HERE),
    "c.ebreak": (0, 0x9002, 3, HERE),
    "zeros": (0, 0, 2, 0),
    "ones": (0, TOP, 2, TOP),
    "c.addi4spn 0": (0, 0x0004, 2, 0x0004),
    "c.addi16sp 0": (0, 0x6101, 2, 0x6101),
    "c.lui 0": (0, 0x6281, 2, 0x6281),
    "c.lwsp x0": (0, 0x4002, 2, 0x4002),
    "c.jr x0": (0, 0x8002, 2, 0x8002),
    "c.slli 32": (0, 0x1282, 2, 0x1282),
    "c.srli 32": (0, 0x9001, 2, 0x9001),
    "slli 32": (0, 0x02029293, 2, 0x02029293),
    "sret": (0, 0x10200073, 2, 0x10200073),
    "ecall with a register": (0, 0x000000F3, 2, 0x000000F3),
    "a write of mvendorid": (0, i_type(SYSTEM, 1, 0, 0, 0xF11), 2, i_type(SYSTEM, 1, 0, 0, 0xF11)),
    "a bit set in mhartid": (0, i_type(SYSTEM, 6, 0, 1, 0xF14), 2, i_type(SYSTEM, 6, 0, 1, 0xF14)),
    "a write of cycle": (0, i_type(SYSTEM, 2, 0, 5, 0xC00), 2, i_type(SYSTEM, 2, 0, 5, 0xC00)),
    "mcounteren": (0, i_type(SYSTEM, 2, 7, 0, 0x306), 2, i_type(SYSTEM, 2, 7, 0, 0x306)),
    "medeleg": (0, i_type(SYSTEM, 2, 7, 0, 0x302), 2, i_type(SYSTEM, 2, 7, 0, 0x302)),
    "sstatus": (0, i_type(SYSTEM, 2, 7, 0, 0x100), 2, i_type(SYSTEM, 2, 7, 0, 0x100)),
    "lh": (SIGNATURE, i_type(LOAD, 1, 7, 5, 1), 4, SIGNATURE + 1),
    "lhu": (SIGNATURE, i_type(LOAD, 5, 7, 5, 3), 4, SIGNATURE + 3),
    "lw": (SIGNATURE, i_type(LOAD, 2, 7, 5, 2), 4, SIGNATURE + 2),
    "lw to x0": (NO_MEMORY, i_type(LOAD, 2, 0, 5, 0), 5, NO_MEMORY),
    "lb": (NO_MEMORY, i_type(LOAD, 0, 7, 5, 3), 5, NO_MEMORY + 3),
    "lw, misaligned and nowhere": (NO_MEMORY, i_type(LOAD, 2, 7, 5, 1), 4, NO_MEMORY + 1),
    "sh": (SIGNATURE, store("sh", 5, 5, 1), 6, SIGNATURE + 1),
    "sw": (SIGNATURE, store("sw", 5, 5, 2), 6, SIGNATURE + 2),
    "sb": (NO_MEMORY, store("sb", 5, 5, 3), 7, NO_MEMORY + 3),
}
WITHOUT_COMPRESSED = {
    "jal": (0, jump(1, 6), 0, HERE + 6),
    "jalr": (0x102, i_type(JALR, 0, 1, 5, 1), 0, 0x102),
    "a branch": (0, branch("beq", 5, 0, 10), 0, HERE + 10),
    "16 bits": (0, 0xABCD4501, 2, 0xABCD4501),
}


@pytest.mark.parametrize(
    ("compressed", "start", "word", "cause", "value"),
    [(True, *row) for row in TRAPS.values()]
    + [(False, *row) for row in WITHOUT_COMPRESSED.values()],
    ids=[*TRAPS, *WITHOUT_COMPRESSED],
)
def test_what_traps_says_why_and_changes_nothing(compressed, start, word, cause, value):
    model = ProcessorModel(ProcessorCoreConfig(compressed=compressed), Memories())
    model.load(0, image([*load_constant(5, start), word]))
    model.run(2)
    before = model.registers.tolist()

    told = model.step() or {}

    state = model.state()
    assert told["trap"] == 1
    assert (state["mcause"], state["mtval"], state["mepc"]) == (cause, value, HERE)
    assert model.registers.tolist() == before


def test_a_jump_to_nowhere_is_made_and_the_fetch_traps():
    model = ProcessorModel(ProcessorCoreConfig(), Memories())
    model.load(0, image([u_type(LUI, 5, NO_MEMORY >> 12), i_type(JALR, 0, 1, 5, 3)]))

    told = [model.step() or {} for _ in range(3)]

    state = model.state()
    assert [each["trap"] for each in told] == [0, 0, 1]
    assert model.registers[1] == 8
    assert (state["mcause"], state["mtval"], state["mepc"]) == (1, NO_MEMORY + 2, NO_MEMORY + 2)


def test_half_an_instruction_at_the_end_of_memory_says_which_half_is_missing():
    memories = Memories(text_bytes=8)
    model = ProcessorModel(ProcessorCoreConfig(), memories)
    half = (0x0013).to_bytes(2, "little")  # the lower half of addi
    model.load(0, jump(0, 6).to_bytes(4, "little") + bytes(2) + half)

    told = [model.step() or {} for _ in range(2)]

    state = model.state()
    assert [each["trap"] for each in told] == [0, 1]
    assert (state["mcause"], state["mtval"], state["mepc"]) == (1, 8, 6)
