"""``axocell firmware``: programs for the processor."""

import argparse
import codecs
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from rtl.processor_map import ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from system.atomic import atomic_file
from system.cli.firmware_tests import run_tests
from system.cli.terminal import progress_bar, show_table, write
from system.errors import UserError
from system.firmware.build import build_images, build_program
from system.firmware.events import read_event_words
from system.firmware.machine import Observer, Outcome, Row
from system.firmware.profile import by_function
from system.firmware.program import Program
from system.firmware.runner import LIMITS, machine_for, open_program
from system.firmware.tracing import located, trace_line

__all__ = ["execute"]

FOLDER = Path("build/firmware")
FUNCTIONS_SHOWN = 20
LARGEST_INPUT = 1 << 24  # bytes
KEPT_CONTROLS = "\n\t"
SIZES = {  # what configurations call them
    "text_bytes": "--text-bytes",
    "data_bytes": "--data-bytes",
    "memory_bytes": "--data-bytes",
}


def execute(arguments: argparse.Namespace) -> int:
    """Build or run programs, or run the public tests.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``action`` and what belongs to it.

    Returns
    -------
    int
        Exit status: 0, or 1 if the program ended with another exit code than 0, or a test failed.

    Raises
    ------
    UserError
        The program cannot be read, run or built, or did not end.
    """
    return {"build": _build, "run": _run, "test": run_tests}[arguments.action](arguments)


def _build(arguments: argparse.Namespace) -> int:
    memory_map = _memory_map(arguments)
    with progress_bar() as progress:
        if arguments.sources:
            output = arguments.output or FOLDER / f"{arguments.sources[0].stem}.elf"
            progress("building", -1.0)
            build_program(
                arguments.sources,
                output,
                options=["-Wall", *arguments.option],
                folders=arguments.include,
                port=arguments.port,
                config=ProcessorSystemConfig(processor_map=memory_map),
            )
            made = [output]
        else:
            for what, given in (
                ("compiler options", arguments.option),
                ("folders of headers", map(str, arguments.include)),
                ("a port", [arguments.port or ""]),
            ):
                if words := " ".join(given):
                    raise UserError(f"{what} must come with a source, but {words} has none")
            if memory_map != ProcessorMap():
                raise UserError(
                    "sizes of memories must come with a source, "
                    f"but {memory_map.text_bytes} and {memory_map.data_bytes} bytes have none"
                )
            folder = arguments.output or FOLDER
            build_images(folder, lambda text: progress(text, -1.0))
            made = sorted(folder.iterdir())
    show_table(["file", "bytes>"], [(str(each), f"{each.stat().st_size}") for each in made])
    return 0


def _run(arguments: argparse.Namespace) -> int:
    memory_map = _memory_map(arguments)
    program = open_program(arguments.program, memory_map)
    given = _input_of(arguments.input)
    events = read_event_words(arguments.events) if arguments.events else np.empty((0, 1), np.uint32)
    limit = arguments.limit or LIMITS[arguments.on]
    counts = np.zeros(memory_map.text_bytes // 2, dtype=np.int64) if arguments.profile else None
    with progress_bar() as progress:
        if arguments.on == "rtl":
            progress("compiling the circuit", -1.0)
        machine = machine_for(
            arguments.on, program, memory_map=memory_map, console_input=given, events=events
        )
    console = _Console()
    with ExitStack() as stack:
        observer = Observer(console=console.show, profile=counts)
        if arguments.trace:
            temporary = stack.enter_context(atomic_file(arguments.trace))
            log = stack.enter_context(temporary.open("w", encoding="utf-8"))

            def keep(row: Row) -> None:
                log.write(f"{trace_line(row)}\n")

            observer.trace = keep
        outcome = machine.run(limit, observer)
    console.end()
    if counts is not None:
        unit = "instructions>" if outcome.cycles is None else "cycles>"
        show_table(
            ["function", unit, "share>"],
            [
                (each.name or "(no name)", f"{each.count}", f"{100 * each.share:.1f} %")
                for each in by_function(program, counts)[:FUNCTIONS_SHOWN]
            ],
        )
    if arguments.events:
        write(f"{outcome.event_words // events.shape[1]} of {len(events)} events taken")
    _tell(program, outcome, limit)
    return 0 if outcome.exit_code == 0 else 1


def _memory_map(arguments: argparse.Namespace) -> ProcessorMap:
    """Return sizes of memories with which there can be a processor."""
    try:
        sizes = ProcessorMap(text_bytes=arguments.text_bytes, data_bytes=arguments.data_bytes)
        return ProcessorSystemConfig(processor_map=sizes).processor_map
    except ValueError as error:
        name, rule = str(error).split(" ", 1)
        raise UserError(f"{SIZES.get(name, name)} {rule}") from None


def _input_of(path: Path | None) -> bytes:
    if path is None:
        return b""
    if not path.is_file():
        raise UserError(f"{path}: must be a file to be read by the program, but is not")
    if path.stat().st_size > LARGEST_INPUT:
        raise UserError(f"{path}: must have at most {LARGEST_INPUT} bytes, but has more, not fewer")
    return path.read_bytes()


def _tell(program: Program, outcome: Outcome, limit: int) -> None:
    done = f"{outcome.instructions} instructions"
    if outcome.cycles is not None:
        done += f", {outcome.cycles} cycles"
        if outcome.instructions:
            done += f", {outcome.cycles / outcome.instructions:.3f} cycles per instruction"
    if outcome.exit_code is not None:
        write(f"{program.name}: exit code {outcome.exit_code} after {done}")
        return
    for row in outcome.tail:
        write(located(program, row))
    if outcome.sleeping:
        raise UserError(f"{program.name}: must end, but after {done} sleeps and is not woken up")
    raise UserError(f"{program.name}: must end within the limit of {limit}, but has not: {done}")


class _Console:
    """Bytes of a program on standard output, controls spelled out."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._in_line = False

    def show(self, written: bytes) -> None:
        self._put(self._decoder.decode(written))

    def end(self) -> None:
        """Begin a new line, unless one has just begun."""
        self._put(self._decoder.decode(b"", final=True))
        if self._in_line:
            self._put("\n")

    def _put(self, text: str) -> None:
        if text:
            shown = "".join(
                letter if letter.isprintable() or letter in KEPT_CONTROLS else ascii(letter)[1:-1]
                for letter in text
            )
            sys.stdout.write(shown)
            self._in_line = not text.endswith("\n")
