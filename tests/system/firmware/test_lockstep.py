"""All firmware on the generated circuit, every instruction held against the model's."""

from pathlib import Path

import numpy as np
import pytest

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_system_config import ProcessorSystemConfig
from system.engines.processor import COLUMNS, ProcessorEngine, compile_processor
from system.firmware.build import KIT_PROGRAMS
from system.firmware.circuit import CircuitMachine
from system.firmware.lockstep import Lockstep, LockstepError
from system.firmware.machine import Observer
from system.firmware.runner import open_program
from tests.system.firmware.programs import GIVEN, SAYS, echo, for_ever, program_of
from verification.riscv_assembler import i_type, jump

# The MAC array makes a compilation five times as long.
CORE = ProcessorCoreConfig(dot=True, trace=True)
CONFIG = ProcessorSystemConfig(core=CORE, mac_array=False)
WHOLE = ProcessorSystemConfig(core=CORE)
NEEDS_ARRAY = "matrix_vector_array"
LOAD_FAULT = 5

# One compilation is enough: whoever has it keeps it.
pytestmark = pytest.mark.xdist_group("processor_circuit")


@pytest.fixture(scope="module")
def library():
    return compile_processor(CONFIG)


def run(library, program, limit=5_000_000, *, console_input=b"", **watching):
    written = bytearray()
    machine = CircuitMachine(CONFIG, program, console_input=console_input, library=library)
    with machine.engine:
        outcome = machine.run(limit, Observer(console=written.extend, **watching))
    return outcome, bytes(written)


@pytest.mark.parametrize("name", [name for name in KIT_PROGRAMS if name != NEEDS_ARRAY])
def test_circuit_and_model_agree_on_every_instruction_of_the_kit(library, name):
    with ProcessorEngine(CONFIG, library, console_input=GIVEN.get(name, b"")) as engine:
        outcome, written = Lockstep(CONFIG, open_program(Path(name)), engine).run(5_000_000)

    assert (outcome.exit_code, written) == (0, SAYS[name])


@pytest.mark.long
def test_circuit_and_model_agree_with_a_mac_array_beside_the_core():
    whole = compile_processor(WHOLE)

    for name in KIT_PROGRAMS:
        with ProcessorEngine(WHOLE, whole, console_input=GIVEN.get(name, b"")) as engine:
            outcome, written = Lockstep(WHOLE, open_program(Path(name)), engine).run(5_000_000)

        assert (outcome.exit_code, written) == (0, SAYS[name])


def test_a_program_reads_what_it_is_given(library):
    outcome, written = run(library, echo(), console_input=b"all that there is to say.")

    assert outcome.exit_code == ord(".")
    assert written == b"all that there is to say."


def test_nothing_is_around_the_processor_on_the_circuit_either(library):
    """The program of the kit is asked for the counters of a chain that is not there."""
    program = open_program(Path("spike_counter"))

    outcome, said = run(library, program, console_input=b"s")

    assert outcome.exit_code == 128 + LOAD_FAULT
    assert said.startswith(b"unexpected exception 5 at ")


@pytest.mark.parametrize("traced", [False, True])
def test_a_program_that_never_ends_is_told_with_its_last_instructions(library, traced):
    trace = (lambda _: None) if traced else None

    outcome, _ = run(library, for_ever(), 10_000, trace=trace)

    assert (outcome.exit_code, outcome.cycles) == (None, 10_000)
    assert outcome.instructions == 9_998  # the first fetch, and the register before the trace port
    assert [row["order"] for row in outcome.tail] == list(range(9_982, 9_998))


def test_the_profile_has_every_cycle_up_to_the_last_instruction(library):
    counts = np.zeros(1 << 15, dtype=np.int64)
    dividing = program_of([i_type(0x13, 0, 10, 0, 7), 0x02A5C5B3, jump(0, -4)])

    outcome, _ = run(library, dividing, 1_000, profile=counts)

    assert outcome.cycles == 1_000
    assert 960 < counts.sum() <= 1_000
    jumps = counts[4]
    assert counts[2] == pytest.approx(34 * jumps, abs=34)  # div takes 34 cycles, a jump one


@pytest.mark.parametrize("column", ["rd_wdata", "pc_wdata", "mem_wdata"])
def test_a_wrong_bit_is_found_and_told(library, monkeypatch, column):
    """As if the circuit had it: in a row that it tells of."""

    def broken(engine, cycles, *, rows, profile=None):
        written = original(engine, cycles, rows=rows, profile=profile)
        rows[300, COLUMNS.index(column)] ^= 1 << 7
        return written

    original = ProcessorEngine.run
    monkeypatch.setattr(ProcessorEngine, "run", broken)

    with (
        ProcessorEngine(CONFIG, library) as engine,
        pytest.raises(LockstepError, match=rf", number 300: {column} must be 0x") as error,
    ):
        Lockstep(CONFIG, open_program(Path("hello")), engine).run(5_000)

    assert str(error.value).startswith("core   0: 3 0x00000")


def test_memories_that_are_too_small_are_told(library):
    with (
        ProcessorEngine(CONFIG, library) as engine,
        pytest.raises(ValueError, match=r"^text must fit its memory, but has 16385 words$"),
    ):
        engine.load(text=np.zeros(16385, np.uint32), data=np.zeros(1, np.uint32))
