from pathlib import Path

import numpy as np
import pytest

from rtl.processor_system_config import ProcessorSystemConfig
from system.errors import UserError
from system.firmware.build import KIT_PROGRAMS
from system.firmware.elf import parse_elf
from system.firmware.golden import GoldenMachine
from system.firmware.machine import Observer
from system.firmware.profile import by_function
from system.firmware.runner import machine_for, open_program
from system.firmware.tracing import trace_line
from tests.system.firmware.elf_writer import elf, segment
from tests.system.firmware.programs import GIVEN, SAYS, echo, for_ever, lost


def of_kit(name):
    return open_program(Path(name))


def run(program, limit=1_000_000, *, console_input=b"", **watching):
    written = bytearray()
    observer = Observer(console=written.extend, **watching)
    machine = GoldenMachine(ProcessorSystemConfig(), program, console_input=console_input)
    return machine.run(limit, observer), bytes(written)


@pytest.mark.parametrize("name", KIT_PROGRAMS)
def test_every_program_of_the_kit_says_what_it_should_and_ends_well(name):
    program = of_kit(name)
    written = bytearray()

    machine = machine_for("golden", program, console_input=GIVEN.get(name, b""))
    outcome = machine.run(5_000_000, Observer(console=written.extend))

    assert (outcome.exit_code, bytes(written)) == (0, SAYS[name])
    assert program.name == name
    assert outcome.cycles is None


def test_three_ways_to_multiply_give_the_product_that_numpy_gives():
    """By its checksum: 31 times the sum so far, plus the next, modulo 2**32."""
    state, numbers = 1, []
    for _ in range(64 * 64 + 64):
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        numbers.append(state & 0xFF)
    operands = np.array(numbers, dtype=np.uint8).view(np.int8).astype(np.int64)
    product = operands[:4096].reshape(64, 64) @ operands[4096:]
    checksum = 0
    for element in product.tolist():
        checksum = (checksum * 31 + element) % 2**32

    said = {name: SAYS[name] for name in SAYS if name.startswith("matrix_vector")}

    assert len(said) == 3
    assert all(f"checksum {checksum:08x}".encode() in text for text in said.values())


def test_a_program_reads_what_it_is_given():
    outcome, written = run(echo(), console_input=b"more than the queue of the mailbox holds.")

    assert outcome.exit_code == ord(".")
    assert written == b"more than the queue of the mailbox holds."


def test_a_program_that_never_ends_is_told_with_its_last_instructions():
    outcome, _ = run(for_ever(), 1000)

    assert outcome.exit_code is None
    assert outcome.instructions == 1000
    assert [row["order"] for row in outcome.tail] == list(range(984, 1000))
    assert trace_line(outcome.tail[-1]) == "core   0: 3 0x00000004 (0xffdff06f)"


def test_a_program_that_sleeps_for_ever_is_not_waited_for():
    outcome, _ = run(echo(), 10**12)

    assert outcome.exit_code is None
    assert outcome.sleeping
    assert outcome.instructions < 100


def test_a_program_without_handlers_that_traps_reaches_its_limit():
    outcome, _ = run(lost(), 500)

    assert outcome.exit_code is None
    trapped = [trace_line(row) for row in outcome.tail if row["trap"]]
    assert len(trapped) == 5  # of sixteen, a third
    assert trapped[0] == "core   0: 3 0x00000008 (0x00052503) trap"


def test_the_trace_has_every_instruction_and_changes_nothing():
    rows = []
    program = of_kit("interrupts")

    traced, written = run(program, trace=rows.append)

    plain, _ = run(program)
    assert written == SAYS["interrupts"]
    assert (traced.exit_code, traced.instructions) == (plain.exit_code, plain.instructions)
    assert [row["order"] for row in rows] == list(range(traced.instructions))
    assert sum(row["intr"] for row in rows) == 6
    assert trace_line(rows[1]).startswith("core   0: 3 0x00000084 (0x")


@pytest.mark.parametrize("traced", [False, True])
def test_the_profile_counts_every_instruction_once(traced):
    counts = np.zeros(1 << 15, dtype=np.int64)
    program = of_kit("matrix_vector_dot")
    trace = (lambda _: None) if traced else None

    outcome, _ = run(program, 50_000, profile=counts, trace=trace)

    shares = by_function(program, counts)
    assert counts.sum() == outcome.instructions
    assert sum(each.count for each in shares) == outcome.instructions
    assert shares[0].name == "main"
    assert shares[0].share > 0.85


def test_a_program_begins_at_its_entry():
    code = bytes(8) + for_ever().segments[0].content
    program = parse_elf(elf([segment(0, code)], entry=8), name="a.elf")

    outcome = machine_for("golden", program).run(10, Observer())

    assert outcome.tail[0]["pc_rdata"] == 8


def test_a_program_that_begins_outside_of_text_memory_is_refused(tmp_path):
    path = tmp_path / "a.elf"
    path.write_bytes(elf([segment(0x10000000, bytes(8))], entry=0x10000000))

    with pytest.raises(UserError) as error:
        open_program(path)

    assert str(error.value) == (
        f"{path}: entry must lie in text memory, from which instructions come, not at 0x10000000"
    )
