"""Run a program by its file or its name, on the model or on the circuit."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy.typing as npt

from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_map import ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from system.engines.library import find_compiler
from system.errors import UserError
from system.firmware.build import KIT_PROGRAMS, image_path
from system.firmware.circuit import CircuitMachine
from system.firmware.elf import read_elf
from system.firmware.golden import GoldenMachine
from system.firmware.machine import Machine
from system.firmware.program import Program

__all__ = ["LIMITS", "PlaceName", "machine_for", "open_program"]

PlaceName = Literal["golden", "rtl"]
LIMITS: dict[PlaceName, int] = {"golden": 100_000_000, "rtl": 20_000_000}
"""Instructions on the model and cycles on the circuit after which to give up: about 10 s."""


def open_program(name: Path, memory_map: ProcessorMap | None = None) -> Program:
    """Return the program of a file, or that of the kit which has this name.

    Parameters
    ----------
    name : Path
        An ELF file, or the name of a program of the kit.
    memory_map : ProcessorMap, optional
        Sizes of the memories that it must fit.

    Returns
    -------
    Program
        The program.

    Raises
    ------
    UserError
        There is no such file, or it is no program for this processor.
    """
    if str(name) in KIT_PROGRAMS and not name.exists():
        program = replace(read_elf(image_path(str(name))), name=str(name))
    else:
        program = read_elf(name)
    program.check_fits(memory_map or ProcessorMap())
    return program


def machine_for(
    place: PlaceName,
    program: Program,
    *,
    memory_map: ProcessorMap | None = None,
    console_input: bytes = b"",
    events: npt.ArrayLike = (),
    mac_array: bool = True,
) -> Machine:
    """Return what runs a program.

    Parameters
    ----------
    place : {"golden", "rtl"}
        The model, or the generated circuit, which is compiled unless it has been before.
    program : Program
        The program; the processor's reset address is its entry.
    memory_map : ProcessorMap, optional
        Sizes of the memories.
    console_input : bytes
        What the program reads, once all events have been taken.
    events : array_like of uint32
        Words of events for the first ring; see :func:`system.firmware.events.read_event_words`.
    mac_array : bool
        The processor has its MAC array.

    Returns
    -------
    Machine
        With the program loaded.

    Raises
    ------
    UserError
        The circuit is asked for, but there is no C++ compiler.
    """
    config = ProcessorSystemConfig(
        core=ProcessorCoreConfig(
            reset_address=program.entry, dot=True, trace=True, trace_state=False
        ),
        processor_map=memory_map or ProcessorMap(),
        mac_array=mac_array,
    )
    if place == "golden":
        return GoldenMachine(config, program, console_input=console_input, events=events)
    if find_compiler() is None:
        raise UserError("a C++ compiler must be there to run the circuit, but there is none")
    return CircuitMachine(config, program, console_input=console_input, events=events)
