import pytest

from rtl.dot_instructions import DOT_INSTRUCTIONS
from rtl.processor_config import ProcessorCoreConfig
from verification.golden.processor_core import ProcessorModel
from verification.golden.riscv.state import TRACE
from verification.processor_coverage import ProcessorCoverage, instruction_name
from verification.processor_harness import MEMORIES
from verification.processor_hazards import hazard_program
from verification.riscv_assembler import branch, i_type, jump, r_type, store, u_type

CONFIG = ProcessorCoreConfig(dot=True)
SILENT = dict.fromkeys(TRACE, 0)


@pytest.mark.parametrize(
    ("insn", "name"),
    [
        (r_type("mulhsu", 1, 2, 3), "mulhsu"),
        (i_type(0x13, 5, 1, 2, 0x20 << 5), "srai"),
        (i_type(0x03, 5, 1, 2, 0), "lhu"),
        (store("sh", 1, 2, 0), "sh"),
        (branch("bgeu", 1, 2, 4), "bgeu"),
        (jump(1, 4), "jal"),
        (u_type(0x17, 1, 0), "auipc"),
        (i_type(0x73, 6, 1, 2, 0x340), "csrrsi"),
        (DOT_INSTRUCTIONS[3].encoded(0, 1, 1, 2), "dot16.load"),
        (0x10500073, "wfi"),
        (0x0000100F, "fence.i"),
        (0x8082, "jalr"),  # c.jr ra
        (0xFFFFFFFF, None),
    ],
)
def test_instructions_have_names(insn, name):
    assert instruction_name(insn) == name


def test_an_operand_that_was_just_loaded_is_a_bin():
    coverage = ProcessorCoverage(CONFIG)
    load, add = i_type(0x03, 2, 5, 0, 0), r_type("add", 6, 5, 7)

    coverage.add(SILENT | {"insn": load, "rd_addr": 5}, 0)
    coverage.add(SILENT | {"insn": add, "rs1_addr": 5, "rs1_rdata": 0x80000000}, 0)

    met = {name for name, count in coverage.bins.items() if count}
    assert met == {"add.rs1<-load", "add.rs1=least", "add.rs2=zero"}


def test_an_instruction_that_comes_after_an_interrupt_is_a_bin():
    coverage = ProcessorCoverage(CONFIG)
    fence = 0x0FF0000F

    coverage.add(SILENT | {"insn": fence, "pc_rdata": 4, "pc_wdata": 8}, 0)
    coverage.add(SILENT | {"insn": 0x30200073, "intr": 1, "pc_rdata": 64, "pc_wdata": 8}, 0)
    coverage.interrupt(7)
    coverage.add(SILENT | {"insn": 0x10500073, "pc_rdata": 8, "pc_wdata": 12}, 0)

    met = {name for name, count in coverage.bins.items() if count}
    assert met == {"line.7", "wfi.interrupted"}


def test_the_program_of_hazards_has_them_all():
    model = ProcessorModel(CONFIG, MEMORIES)
    model.load(
        0, hazard_program(CONFIG, text_bytes=MEMORIES.text_bytes, data_base=MEMORIES.data_base)
    )
    coverage = ProcessorCoverage(CONFIG)

    for _ in range(2000):
        model.wake()
        coverage.add(model.step() or {}, model.state()["mcause"])

    assert [name for name in coverage.missing() if "<-" in name] == []
