"""Programs of others that are public: where the package has them that carries them.

Nothing of them is part of the kit. ``pythondata-cpu-ibex`` is lowRISC's Ibex as a Python package.
In its folder ``vendor`` are EEMBC's CoreMark, riscv-tests and riscv-arch-test, with their licences.
"""

import importlib.util
from importlib.metadata import version
from pathlib import Path

from system.errors import UserError

__all__ = ["PACKAGE", "find_public_sources", "public_version"]

PACKAGE = "pythondata-cpu-ibex"


def find_public_sources() -> Path:
    """Return the folder that has a folder of each public program.

    Returns
    -------
    Path
        With ``eembc_coremark``, ``riscv-tests``, ``riscv-test-env`` and ``riscv-arch-tests``.

    Raises
    ------
    UserError
        The package is not installed.
    """
    found = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if found is None or found.origin is None:
        raise UserError(
            f"the Python package {PACKAGE} must be installed, which carries the public programs, "
            'but is not: pip install "axocell[public_tests]"'
        )
    return Path(found.origin).parent / "system_verilog" / "vendor"


def public_version() -> str:
    """Return the version of the package.

    Returns
    -------
    str
        As the registry has it.
    """
    return version(PACKAGE)
