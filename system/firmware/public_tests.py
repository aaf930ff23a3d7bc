"""The public tests of the instruction set: which there are, and how each is built.

riscv-tests say themselves whether they pass. Those of riscv-arch-test leave a signature in memory,
a word or more for each case, which is right if it is that of another implementation.
"""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rtl.processor_map import DATA_BASE, TEXT_BASE, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from system.errors import UserError
from system.firmware.build import kit_folder
from system.firmware.headers import generated_files
from system.firmware.toolchain import Toolchain

__all__ = ["ARCHITECTURES", "MEMORIES", "Architecture", "PublicTest", "build_test", "public_tests"]

Architecture = Literal["imc", "im"]

MEMORIES = ProcessorMap(text_bytes=1 << 21)
"""What the longest test needs: one of jumps, as far as they go."""

SELF_CHECKING = ("rv32ui", "rv32um", "rv32uc", "rv32mi")
WITH_SIGNATURE = ("I", "M", "C", "Zifencei", "privilege")
ARCHITECTURES: dict[Architecture, str] = {
    "imc": "RV32IMCZicsr_Zifencei",
    "im": "RV32IMZicsr_Zifencei",
}
"""With and without compressed instructions, as the conditions of riscv-arch-test expect it."""

COMPRESSED = ("rv32uc", "C")  # suites
MISALIGNED = "False"  # accesses are not done by the hardware, but trap
CONDITION = re.compile(r"check\s+ISA:=regex\((?P<isa>[^)]*)\)|check\s+(?P<name>\w+):=(?P<is>\w+)")
TEST_BASE = 0x10000  # as for Spike: one signature depends on the address of the test
RUNS_FROM_DATA = ("fence_i",)  # code that lies among its data
LINKER_SCRIPT = """\
OUTPUT_ARCH(riscv)
ENTRY(_start)
MEMORY
{{
    text : ORIGIN = {text_base:#x}, LENGTH = {text_bytes:#x}
    data : ORIGIN = {data_base:#x}, LENGTH = {data_bytes:#x}
}}
SECTIONS
{{
    .startup : {{ KEEP(*(.text.startup)) }} > text
    .text {test_base:#x} : {{ KEEP(*(.text.init)) KEEP(*(.text .text.*)) }} > text
    .data : {{ . = ALIGN(64); KEEP(*(.data .data.* .rodata* .sdata* .bss*)) }} > {data}
    /DISCARD/ : {{ *(.comment) *(.riscv.attributes) *(.note*) }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class PublicTest:
    """A test that others wrote.

    Parameters
    ----------
    architecture : {"imc", "im"}
        What the core executes.
    suite : str
        What it belongs to.
    source : Path
        Its assembler source.
    folders : tuple of Path
        Where its headers are.
    options : tuple of str
        How it is assembled.
    """

    architecture: Architecture
    suite: str
    source: Path
    folders: tuple[Path, ...]
    options: tuple[str, ...]

    @property
    def name(self) -> str:
        """Suite and name."""
        return f"{self.suite}/{self.source.stem}"

    @property
    def has_signature(self) -> bool:
        """Whether it leaves one, instead of an exit code that says how it went."""
        return self.suite in WITH_SIGNATURE


def public_tests(sources: Path, architecture: Architecture = "imc") -> Iterator[PublicTest]:
    """Yield every test that applies to a core.

    Parameters
    ----------
    sources : Path
        Folder of all sources, of :func:`system.firmware.public_sources.find_public_sources`.
    architecture : {"imc", "im"}
        What the core executes.

    Yields
    ------
    PublicTest
        By suite, then by name.

    Raises
    ------
    UserError
        The sources lack a suite.
    """
    isa = sources / "riscv-tests" / "isa"
    arch_tests = sources / "riscv-arch-tests" / "riscv-test-suite"
    for suite in (*SELF_CHECKING, *WITH_SIGNATURE):
        if suite in COMPRESSED and architecture == "im":
            continue
        if suite in SELF_CHECKING:
            folder = isa / suite
            folders = (isa / "macros" / "scalar", sources / "riscv-test-env")
        else:
            folder = arch_tests / "rv32i_m" / suite / "src"
            folders = (arch_tests / "env",)
        found = sorted(folder.glob("*.S"))
        if not found:
            raise UserError(f"{folder}: must have the tests of {suite}, but has none")
        for source in found:
            text = source.read_text(encoding="utf-8")
            definitions = _definitions(text, ARCHITECTURES[architecture])
            if suite in SELF_CHECKING or definitions:
                yield PublicTest(
                    architecture=architecture,
                    suite=suite,
                    source=source,
                    folders=folders,
                    options=(_letters(suite), *definitions),
                )


def build_test(test: PublicTest, output: Path, toolchain: Toolchain) -> None:
    """Assemble a test for a processor with :data:`MEMORIES`.

    Parameters
    ----------
    test : PublicTest
        The test.
    output : Path
        The ELF file.
    toolchain : Toolchain
        What assembles it.

    Raises
    ------
    UserError
        The assembler refuses.
    """
    ports = kit_folder() / "ports" / "architecture_tests"
    script = LINKER_SCRIPT.format(
        text_base=TEXT_BASE,
        text_bytes=MEMORIES.text_bytes,
        test_base=TEST_BASE,
        data_base=DATA_BASE,
        data_bytes=MEMORIES.data_bytes,
        data="text" if test.source.stem in RUNS_FROM_DATA else "data",
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        headers = generated_files(ProcessorSystemConfig(processor_map=MEMORIES))
        (folder / "memory_map.h").write_text(headers["memory_map.h"], encoding="utf-8")
        (folder / "link.ld").write_text(script, encoding="utf-8")
        objects = []
        for source in (ports / "startup.S", test.source):
            objects.append(folder / f"{len(objects)}.o")
            toolchain.compile(
                source,
                objects[-1],
                folders=(folder, ports, *test.folders),
                options=test.options,
            )
        linking = ("-Wl,--no-warn-rwx-segments",)
        toolchain.link(objects, output, script=folder / "link.ld", options=linking)


def _definitions(text: str, architecture: str) -> tuple[str, ...]:
    """Return what the cases of a test ask to be defined whose conditions the core meets."""
    found: dict[str, str] = {}
    for case in re.findall(r'RVTEST_CASE\(\s*\d+\s*,\s*"([^"]*)"', text):
        if all(_met(condition, architecture) for condition in CONDITION.finditer(case)):
            found |= re.findall(r"def\s+(\w+)\s*=\s*(\w+)", case)
    return tuple(f"-D{name}={value}" for name, value in found.items())


def _met(condition: re.Match[str], architecture: str) -> bool:
    if condition["isa"] is not None:
        return re.match(condition["isa"], architecture) is not None
    return condition["name"] == "hw_data_misaligned_support" and condition["is"] == MISALIGNED


def _letters(suite: str) -> str:
    """Return for what the suite's own makefiles assemble it, as far as the core goes."""
    letters = {"C": "imc", "I": "i", "Zifencei": "i", "privilege": "i"}.get(suite, "im")
    return f"-march=rv32{letters}_zicsr_zifencei"
