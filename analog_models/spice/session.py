"""One ngspice in this process: circuits are loaded, altered and analysed in place."""

import ctypes
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache

import numpy as np
import numpy.typing as npt
from PySpice.Spice.NgSpice.Shared import NgSpiceCircuitError, NgSpiceCommandError, NgSpiceShared

__all__ = ["NgspiceSession", "SpiceError", "find_library", "open_session"]

LIBRARIES = ("libngspice.so.0", "libngspice.so", "libngspice.0.dylib", "libngspice.dylib")
PACKAGE = "libngspice0"  # of Debian and Ubuntu
FAILURE = re.compile(r"\berror\b|aborted|can't find model|timestep too small", re.IGNORECASE)


class SpiceError(RuntimeError):
    """Ngspice is not there, or did not finish what it was asked; the message is one line."""


def find_library(
    names: Sequence[str] = LIBRARIES, *, opens: Callable[[str], object] = ctypes.CDLL
) -> str:
    """Return the name by which the shared library of ngspice can be opened.

    Parameters
    ----------
    names : sequence of str
        Names to try, best first: without the development package there is only the versioned one.
    opens : callable
        Opens a library by its name, or raises OSError.

    Returns
    -------
    str
        The first that opens.

    Raises
    ------
    SpiceError
        None does.
    """
    for name in names:
        try:
            opens(name)
        except OSError:
            continue
        return name
    raise SpiceError(
        f"ngspice library must be installed, but none of {', '.join(names)} opens: "
        f"sudo apt-get install {PACKAGE}"
    )


class NgspiceSession:
    """Ngspice, which a process has one of: see :func:`open_session`.

    Parameters
    ----------
    library : str
        Name or path of the shared library.
    """

    def __init__(self, library: str) -> None:
        # PySpice warns of every ngspice later than itself, and logs as an error what is a note.
        logging.getLogger("PySpice.Spice.NgSpice").setLevel(logging.CRITICAL)
        NgSpiceShared.LIBRARY_PATH = library
        self._ngspice = NgSpiceShared.new_instance()
        self._subject = ""
        self.version = f"ngspice {self._ngspice.ngspice_version}"
        self._execute("set num_threads=1")  # more would only wait for each other: 20 times slower

    def load(self, subject: str, netlist: str) -> None:
        """Take a circuit in the place of the one before.

        Parameters
        ----------
        subject : str
            What it is, for messages.
        netlist : str
            Lines of SPICE; the first is the title and the last ``.end``.

        Raises
        ------
        SpiceError
            Ngspice does not understand the netlist.
        """
        if self._subject:
            self._execute("remcirc")
        self._subject = subject
        with suppress(NgSpiceCircuitError):
            self._ngspice.load_circuit(netlist)
        self._check("understand the netlist")

    def alter(self, device: str, values: Mapping[str, float | Sequence[float]]) -> None:
        """Change parameters of a device of the circuit, without parsing it again.

        Parameters
        ----------
        device : str
            Its name; ``m.xcell.mn`` is the device ``mn`` of the subcircuit ``xcell``.
        values : mapping
            Values by the name of the parameter; several for the vector of a source.
        """
        for name, value in values.items():
            if isinstance(value, Sequence):
                text = f"[ {' '.join(f'{each:.12g}' for each in value)} ]"
            else:
                text = f"{value:.12g}"
            self._execute(f"alter @{device}[{name}] = {text}")
            self._check(f"set {name} of {device} to {text}")

    def run(self, analysis: str) -> dict[str, npt.NDArray[np.float64]]:
        """Analyse the circuit.

        Parameters
        ----------
        analysis : str
            The analysis as a line of SPICE without its dot: ``dc vs 0 0.9 0.1``.

        Returns
        -------
        dict of str to numpy.ndarray
            Node voltages by the node's name, currents of sources as ``NAME#branch``, and the
            swept quantity.

        Raises
        ------
        SpiceError
            Ngspice did not converge, or found nothing to analyse.
        """
        self._execute("destroy all")
        self._execute(analysis)
        self._check(f"converge on '{analysis}'")
        plot = self._ngspice.plot(None, self._ngspice.last_plot)
        return {name: np.array(vector._data) for name, vector in plot.items()}

    def _execute(self, command: str) -> None:
        """Do as told; PySpice raises for every note on stderr, so the lines decide: ``_check``."""
        with suppress(NgSpiceCommandError):
            self._ngspice.exec_command(command)

    def _check(self, task: str) -> None:
        for line in (*self._ngspice.stdout.splitlines(), *self._ngspice.stderr.splitlines()):
            if FAILURE.search(line):
                said = " ".join(line.split()).rstrip(".")
                raise SpiceError(f"{self._subject}: ngspice must {task}, but says: {said}")


@cache
def open_session() -> NgspiceSession:
    """Return the ngspice of this process.

    Returns
    -------
    NgspiceSession
        The same at every call: the library keeps its state in global variables.

    Raises
    ------
    SpiceError
        The shared library is not installed.
    """
    return NgspiceSession(find_library())
