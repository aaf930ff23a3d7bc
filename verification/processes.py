"""Run programs that must come to an end."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["COMPILER_LIMIT_S", "SIMULATION_LIMIT_S", "Outcome", "TimeLimitError", "run_program"]

COMPILER_LIMIT_S = 600.0  # the slowest, Verilator's library, takes 7 s of an idle machine
SIMULATION_LIMIT_S = 900.0  # the longest bench takes a minute of it
GRACE_S = 5.0
OUTPUT_SHOWN = 4000


class TimeLimitError(RuntimeError):
    """A program did not end in time; the message has the end of what it said."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A program that ended.

    Parameters
    ----------
    status : int
        Its exit status; minus the signal that ended it.
    output : str
        What it wrote, errors among it.
    """

    status: int
    output: str


def run_program(
    command: Sequence[str | Path],
    *,
    limit_s: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Outcome:
    """Run a program; end it, and all that it has started, if it takes too long.

    Interrupts of the terminal reach it through this process alone, which ends it then.

    Parameters
    ----------
    command : sequence of str or Path
        The program and its arguments.
    limit_s : float
        After how many seconds to end it.
    folder : Path, optional
        Where it runs; by default here.
    environment : mapping from str to str, optional
        Its environment; by default that of this process.
    log : Path, optional
        Where what it writes is kept, from the moment it is written.

    Returns
    -------
    Outcome
        Exit status and output.

    Raises
    ------
    TimeLimitError
        If it did not end in time.
    """
    # A file and no pipe: of a pipe the end is not seen while a grandchild holds it.
    with tempfile.TemporaryFile("w+b") if log is None else log.open("w+b") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(limit_s)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            if process.returncode is None:
                _end(process)
        output.seek(0)
        said = output.read().decode(errors="replace")
    if status is None:
        raise TimeLimitError(
            f"{Path(command[0]).name} must end within {limit_s:g} s, but did not; "
            f"what it said ends with\n{said[-OUTPUT_SHOWN:]}"
        )
    return Outcome(status=status, output=said)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its group; first ask, since it may have others to end."""
    os.killpg(process.pid, signal.SIGTERM)
    deadline_s = time.monotonic() + GRACE_S
    while process.poll() is None and time.monotonic() < deadline_s:
        time.sleep(0.05)
    with suppress(ProcessLookupError):  # nobody is left
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
