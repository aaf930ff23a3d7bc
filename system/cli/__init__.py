"""The ``axocell`` command: exit statuses, one-line errors, and nothing imported before its use."""

import importlib
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from system.cli.parser import COMMANDS, build_parser
from system.errors import UserError

__all__ = ["main"]

DISTRIBUTION = "axocell"
EXTRA = {"verify": f"{DISTRIBUTION}[verify]"}  # what a command needs beyond the distribution
OK = 0
USER_ERROR = 2
INTERNAL_ERROR = 70  # EX_SOFTWARE of BSD's sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as shells report it
PIPE_CLOSED = 141  # 128 + SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the program's name; those of the process unless told.

    Returns
    -------
    int
        0 done; 1 a check found disagreement; 2 the user asked for what cannot be done; 70 the
        program failed; 130 interrupted. Every failure is one line on stderr.

    Raises
    ------
    SystemExit
        The arguments are wrong (status 2), or ask for help (status 0).
    """
    parser = build_parser()
    arguments = parser.parse_args(argv)
    arguments.words = ["axocell", *(sys.argv[1:] if argv is None else argv)]
    if arguments.version:
        sys.stdout.write(
            f"axocell {importlib.import_module('importlib.metadata').version(DISTRIBUTION)}\n"
        )
        return OK
    if arguments.command is None:
        parser.error(f"a command is missing; one of {', '.join(COMMANDS)}")
    try:
        with _terminable(), warnings.catch_warnings():
            if not arguments.debug:
                warnings.simplefilter("ignore")  # libraries talking to their developers
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
