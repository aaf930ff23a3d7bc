"""The ``axocell`` command: little is imported here, so that Ctrl-C finds somebody to obey it."""

import importlib
import sys
from collections.abc import Sequence

__all__ = ["INTERRUPTED", "main"]

INTERRUPTED = 130  # 128 + SIGINT, as shells report it


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
    try:
        return importlib.import_module("system.cli.dispatch").dispatch(argv)
    except KeyboardInterrupt:  # before there was a command, or while its failure was told
        sys.stderr.write("axocell: interrupted: nothing was kept\n")
        return INTERRUPTED
