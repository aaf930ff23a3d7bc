import shutil
import subprocess

import pytest
from systemrdl.compiler import RDLCompiler
from systemrdl.node import RegNode

from rtl.detection_registers import detection_registers
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.register_export import address_map_files, to_c_header, to_systemrdl
from rtl.timer_registers import timer_registers

GENERATOR = "axocell generate chip"
TIMER, CHAIN = timer_registers(), detection_registers(3)
PLACED = {0x4000_1000: TIMER, 0x4001_0000: CHAIN}


@pytest.fixture
def folder(tmp_path):
    for file, text in address_map_files("chip", PLACED, generator=GENERATOR).items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    for each in PLACED.values():
        for suffix, export in (("rdl", to_systemrdl), ("h", to_c_header)):
            text = export(each, generator=GENERATOR)
            (tmp_path / f"chip_{each.name}.{suffix}").write_text(text, encoding="utf-8")
    return tmp_path


def test_another_tool_finds_every_register_at_its_address(folder):
    compiler = RDLCompiler()
    compiler.compile_file(str(folder / "chip.rdl"))

    found = {
        node.get_path(): node.absolute_address
        for node in compiler.elaborate().top.descendants(unroll=True)
        if isinstance(node, RegNode)
    }

    assert found == {
        f"chip.{each.name}.{register.name}" + ("" if register.count is None else f"[{index}]"): (
            base + each.address_of(register.name, index)
        )
        for base, each in PLACED.items()
        for register in each.registers
        for index in range(register.words)
    }


def test_a_program_uses_the_registers_of_all_maps(folder):
    program = folder / "program.c"
    program.write_text(
        '#include "chip.h"\n#include "chip.h"\n'
        '_Static_assert(CHIP_TIMER == (volatile void *)0x40001000u, "");\n'
        "uint32_t frames(void) { return detection_chain_frames_read(CHIP_DETECTION_CHAIN); }\n",
        encoding="utf-8",
    )
    compiler = shutil.which("gcc")
    if compiler is None:
        raise FileNotFoundError("this test needs gcc: install the Debian package gcc")
    words = [compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-c", "-o", "program.o"]

    subprocess.run([*words, program.name], cwd=folder, check=True)


def test_the_table_has_every_map(folder):
    table = (folder / "chip.md").read_text(encoding="utf-8")

    for base, each in PLACED.items():
        assert f"| `{base:#010x}` | [`{each.name}`](chip_{each.name}.md) |" in table


def test_maps_that_overlap_are_refused():
    registers = ProcessorSystemConfig().registers
    placed = {0x10: registers["mailbox"], 0x20: registers["timer"]}

    with pytest.raises(
        ValueError, match=r"^timer must begin behind mailbox, which ends at 0x34, not at 0x20$"
    ):
        address_map_files("chip", placed, generator=GENERATOR)
