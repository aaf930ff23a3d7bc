"""From words to a command: exit statuses, one-line errors, no command imported unless used."""

import importlib
import logging
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from system.cli import INTERRUPTED
from system.cli.parser import COMMANDS, build_parser
from system.errors import UserError
from system.names import displayable

__all__ = ["dispatch"]

DISTRIBUTION = "axocell"
EXTRA = {  # what a command needs beyond the distribution
    "verify": f"{DISTRIBUTION}[verify]",
    "attention": f"{DISTRIBUTION}[attention]",
    "calibrate": f"{DISTRIBUTION}[spice]",
}
OK = 0
USER_ERROR = 2
INTERNAL_ERROR = 70  # EX_SOFTWARE of BSD's sysexits.h
PIPE_CLOSED = 141  # 128 + SIGPIPE


@contextmanager
def _every_stream() -> Iterator[None]:
    """Send nowhere what somebody does not want: with ``>&-``, there is no standard output."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, ExitStack() as stack:
        if sys.stdout is None:
            stack.enter_context(redirect_stdout(nowhere))
        if sys.stderr is None:
            stack.enter_context(redirect_stderr(nowhere))
        yield


@_every_stream()
def dispatch(argv: Sequence[str] | None) -> int:
    """Run a command and return its exit status.

    Parameters
    ----------
    argv : sequence of str or None
        Arguments after the program's name; those of the process if None.

    Returns
    -------
    int
        As :func:`system.cli.main` has it.

    Raises
    ------
    SystemExit
        The arguments are wrong (status 2), or ask for help (status 0).
    """
    parser = build_parser()
    arguments = parser.parse_args(argv)
    words = sys.argv[1:] if argv is None else argv
    arguments.words = ["axocell", *map(displayable, words)]
    if arguments.version:
        sys.stdout.write(
            f"axocell {importlib.import_module('importlib.metadata').version(DISTRIBUTION)}\n"
        )
        return OK
    if arguments.command is None:
        parser.error(f"a command is missing; one of {', '.join(COMMANDS)}")
    try:
        with _terminable(), _quiet(arguments.debug):
            status: int = importlib.import_module(COMMANDS[arguments.command]).execute(arguments)
            sys.stdout.flush()
            return status
    except KeyboardInterrupt as interruption:
        kept = str(interruption) or "nothing was kept"
        return _failed(f"interrupted: {kept}", INTERRUPTED, debug=arguments.debug)
    except UserError as error:
        return _failed(str(error), USER_ERROR, debug=arguments.debug)
    except ModuleNotFoundError as error:
        wanted = EXTRA.get(arguments.command, DISTRIBUTION)
        message = f"{error.name} must be installed, but is not: pip install '{wanted}'"
        return _failed(message, USER_ERROR, debug=arguments.debug)
    except BrokenPipeError:  # the reader of our output left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except OSError as error:  # a full disk, a folder that vanished
        subject = "the system" if error.filename is None else error.filename
        message = f"{subject}: {error.strerror or error}"
        return _failed(message, USER_ERROR, debug=arguments.debug)
    except MemoryError as error:
        message = f"not enough memory: {str(error) or 'less of the recording may fit'}"
        return _failed(message, USER_ERROR, debug=arguments.debug)
    except Exception as error:
        message = f"unexpected {type(error).__name__}: {error} (--debug shows where)"
        return _failed(message, INTERNAL_ERROR, debug=arguments.debug)


def _failed(message: str, status: int, *, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    line = " ".join(message.split())
    line = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in line)
    sys.stderr.write(f"axocell: {line}\n")
    return status


@contextmanager
def _quiet(debug: bool) -> Iterator[None]:
    """Keep what libraries tell their developers from the user, unless it is to be debugged."""
    if debug:
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable()
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a polite request to terminate end like Ctrl-C: what was kept is said."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
