"""CoreMark and Dhrystone themselves, on the model; what they say of themselves decides."""

import numpy as np
import pytest

from rtl.processor_map import DATA_BASE
from rtl.processor_system_config import ProcessorSystemConfig
from system.errors import UserError
from system.firmware.golden import GoldenMachine
from system.firmware.machine import Observer
from system.firmware.public_programs import (
    build_coremark,
    build_dhrystone,
    read_coremark,
    read_dhrystone,
)
from system.firmware.public_sources import find_public_sources
from system.firmware.runner import open_program

LIMIT = 5_000_000
RUNS = 500


def run(path):
    written = bytearray()
    program = open_program(path)
    machine = GoldenMachine(ProcessorSystemConfig(), program)
    outcome = machine.run(LIMIT, Observer(console=written.extend))
    assert outcome.exit_code == 0
    return program, machine.model.core.data, bytes(written)


def test_coremark_operates_correctly(tmp_path):
    build_coremark(find_public_sources(), tmp_path / "coremark.elf", iterations=2)

    _, _, written = run(tmp_path / "coremark.elf")

    result = read_coremark(written)
    assert result.iterations == 2
    assert 3 < result.per_megahertz < 5  # as the compiler has it
    lines = written.decode().splitlines()
    assert lines[0] == "2K performance run parameters for coremark."
    assert [line.split()[-1] for line in lines if line.startswith(("seed", "[0]crc"))][:4] == [
        "0xe9f5",
        "0xe714",
        "0x1fd7",
        "0x8e3a",
    ]  # as EEMBC publishes them for these parameters
    assert "Compiler flags   : -O3 -funroll-all-loops -finline-limit=1000" in written.decode()


def test_dhrystone_leaves_the_values_that_its_authors_say(tmp_path):
    build_dhrystone(find_public_sources(), tmp_path / "dhrystone.elf")

    program, data, written = run(tmp_path / "dhrystone.elf")

    def left(name, index=0, size=4):
        start = program.address_of(name) - DATA_BASE + size * index
        return int.from_bytes(data.view(np.uint8)[start : start + size].tobytes(), "little")

    assert left("Int_Glob") == 5
    assert left("Bool_Glob") == 1
    assert left("Ch_1_Glob", size=1) == ord("A")
    assert left("Ch_2_Glob", size=1) == ord("B")
    assert left("Arr_1_Glob", 8) == 7
    assert left("Arr_2_Glob", 8 * 50 + 7) == RUNS + 10
    assert 1 < read_dhrystone(written) < 2


def test_a_run_that_is_not_correct_has_no_figure():
    said = b"Total ticks      : 1\nIterations       : 1\nErrors detected\n"

    with pytest.raises(UserError) as error:
        read_coremark(said)
    with pytest.raises(UserError, match=r"^what the program writes must have 'Dhrystones per S"):
        read_dhrystone(said)

    assert str(error.value) == (
        "what CoreMark writes must have 'Correct operation validated.', but is "
        "'Total ticks      : 1\\nIterations       : 1\\nErrors detected\\n'"
    )
