"""The generated processor through CXXRTL: compiled C++, many cycles a call."""

import ctypes
import functools
from importlib import resources
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from rtl.back_end import to_cxxrtl
from rtl.mailbox_registers import SCRATCH_WORDS
from rtl.processor import Processor
from rtl.processor_system_config import ProcessorSystemConfig
from system.engines.library import compile_library, without_debugging
from system.engines.quiet_parts import Part
from system.engines.single_clock import with_fast_cycle
from verification.golden.riscv.state import TRACE

__all__ = ["COLUMNS", "ProcessorEngine", "compile_processor"]

COLUMNS: tuple[str, ...] = (*TRACE, "lines")
"""What a row of the trace holds, 32 bits each."""
OUTPUT_BYTES = 4096
# Quiet while the core computes. The timer never is.
PARTS = (
    Part("devices", modules=("mailbox", "interrupts", "dma", "gpio", "spi")),
    Part("mac_array", modules=("mac_array",)),
)
RESTLESS = ("core.pc", "switch.read_data", "switch.ready", "switch.fault")
# Inlined as far as -O2 does in small functions: beyond its limits for large ones a processor runs
# 0.75 times as fast and compiles three times as long, and with loops unrolled twice as long.
OPTIMISATION = (
    "-O2",
    "-fno-tree-vectorize",
    *("--param", "large-function-insns=1000000"),
    *("--param", "large-function-growth=100000"),
    *("--param", "large-stack-frame-growth=10000"),
    *("--param", "inline-unit-growth=2000"),
)


class Run(ctypes.Structure):
    """What a run is given, and what it leaves; as in ``processor.cc``."""

    cycle_limit: int
    input_taken: int
    event_taken: int
    output_count: int
    row_count: int
    retired: int
    finished: int
    exit_code: int
    sleeping: int

    _fields_ = (
        ("cycle_limit", ctypes.c_int64),
        ("input", ctypes.c_void_p),
        ("input_count", ctypes.c_int64),
        ("input_taken", ctypes.c_int64),
        ("events", ctypes.c_void_p),
        ("event_count", ctypes.c_int64),
        ("event_taken", ctypes.c_int64),
        ("output", ctypes.c_void_p),
        ("output_capacity", ctypes.c_int64),
        ("output_count", ctypes.c_int64),
        ("rows", ctypes.c_void_p),
        ("row_capacity", ctypes.c_int64),
        ("row_count", ctypes.c_int64),
        ("profile", ctypes.c_void_p),
        ("profile_size", ctypes.c_int64),
        ("retired", ctypes.c_int64),
        ("finished", ctypes.c_uint32),
        ("exit_code", ctypes.c_uint32),
        ("sleeping", ctypes.c_uint32),
    )


@functools.cache
def compile_processor(
    config: ProcessorSystemConfig,
    *,
    optimisation: tuple[str, ...] = OPTIMISATION,
    cache: Path | None = None,
) -> Path:
    """Generate a processor's C++, compile it with the harness, and return the shared library.

    Parameters
    ----------
    config : ProcessorSystemConfig
        Which processor.
    optimisation : tuple of str
        Options of g++: they decide how long compiling takes, and how long running.
    cache : Path, optional
        Where to keep libraries instead of the user's cache folder.

    Returns
    -------
    Path
        The shared library.

    Raises
    ------
    RuntimeError
        If there is no C++ compiler, or it fails; or the circuit does not settle in one evaluation.
    """
    harness = resources.files("system.engines").joinpath("processor.cc").read_text("utf-8")
    columns = [
        f"row[{index}] = word(top.p_trace____{name.replace('_', '__')});"
        for index, name in enumerate(COLUMNS)
    ]
    head = f"#define COLUMNS {len(COLUMNS)}\n#define TRACE_ROW {' '.join(columns)}\n"
    if config.core.trace:
        head = f"#define TRACED\n{head}"
    generated = without_debugging(to_cxxrtl(Processor(config), name="processor"))
    circuit = with_fast_cycle(generated, top="p_processor", parts=PARTS, restless=RESTLESS)
    source = circuit + head + harness
    return compile_library(source, name="processor", optimisation=optimisation, cache=cache)


class ProcessorEngine:
    """A processor whose memories are loaded before its first cycle.

    Parameters
    ----------
    config : ProcessorSystemConfig
        The processor; rows and profiles need the trace port of its core.
    library : Path
        Compiled from the same configuration.
    console_input : bytes
        What the program reads.
    events : array_like of uint32
        Words of the first stream of events, one offered after the other; what the program reads is
        offered once all of them have been taken.

    Attributes
    ----------
    last : Run
        What the latest run left.
    """

    def __init__(
        self,
        config: ProcessorSystemConfig,
        library: Path,
        *,
        console_input: bytes = b"",
        events: npt.ArrayLike = (),
    ) -> None:
        self.config = config
        self._library = _load(library)
        self._handle = ctypes.c_void_p(self._library.machine_new())
        self._input = np.frombuffer(console_input, dtype=np.uint8)
        self._events = np.ascontiguousarray(events, dtype=np.uint32)
        self._output = np.empty(OUTPUT_BYTES, dtype=np.uint8)
        self.last = Run()

    def __enter__(self) -> "ProcessorEngine":
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
        return int(self._library.machine_cycles(self._handle))

    @property
    def scratch(self) -> tuple[int, ...]:
        """The scratch words of the mailbox."""
        words = range(SCRATCH_WORDS)
        return tuple(self._library.machine_scratch(self._handle, word) for word in words)

    def load(self, *, text: npt.NDArray[np.uint32], data: npt.NDArray[np.uint32]) -> None:
        """Put words into the memories, from their beginnings.

        Parameters
        ----------
        text, data : ndarray of uint32
            The words.

        Raises
        ------
        ValueError
            There are more than the memory has.
        """
        for name, words, load in (
            ("text", text, self._library.machine_load_text),
            ("data", data, self._library.machine_load_data),
        ):
            kept = np.ascontiguousarray(words, dtype=np.uint32)
            if not load(self._handle, kept.ctypes.data, len(kept)):
                raise ValueError(f"{name} must fit its memory, but has {len(kept)} words")

    def data(self) -> npt.NDArray[np.uint32]:
        """Return what the memory of data holds.

        Returns
        -------
        ndarray of uint32
            Its words.
        """
        words = np.empty(self.config.processor_map.data_bytes // 4, dtype=np.uint32)
        self._library.machine_read_data(self._handle, words.ctypes.data, len(words))
        return words

    def run(
        self,
        cycles: int,
        *,
        rows: npt.NDArray[np.uint32] | None = None,
        profile: npt.NDArray[np.int64] | None = None,
    ) -> bytes:
        """Run until the program ends, the cycles have passed, or there is no room to tell more.

        Parameters
        ----------
        cycles : int
            At most.
        rows : ndarray of uint32, shape (n, columns), optional
            Given what retires, by :data:`COLUMNS`; ``last.row_count`` says how much.
        profile : ndarray of int64, optional
            Cycles of each half-word of the memory of instructions; counted up.

        Returns
        -------
        bytes
            What the program wrote.
        """
        run = self.last
        run.cycle_limit = cycles
        run.input, run.input_count = self._input.ctypes.data, len(self._input)
        run.events, run.event_count = self._events.ctypes.data, self._events.size
        run.output, run.output_capacity = self._output.ctypes.data, len(self._output)
        run.rows = None if rows is None else rows.ctypes.data
        run.row_capacity = 0 if rows is None else len(rows)
        run.profile = None if profile is None else profile.ctypes.data
        run.profile_size = 0 if profile is None else len(profile)
        self._library.machine_run(self._handle, ctypes.byref(run))
        return self._output[: run.output_count].tobytes()

    def close(self) -> None:
        """Free the simulation."""
        if self._handle:
            self._library.machine_delete(self._handle)
            self._handle = ctypes.c_void_p()


def _load(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    pointer, word, count = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int64
    for name, result, arguments in (
        ("machine_new", pointer, []),
        ("machine_delete", None, [pointer]),
        ("machine_cycles", count, [pointer]),
        ("machine_load_text", ctypes.c_int, [pointer, pointer, count]),
        ("machine_load_data", ctypes.c_int, [pointer, pointer, count]),
        ("machine_read_data", None, [pointer, pointer, count]),
        ("machine_scratch", word, [pointer, ctypes.c_int]),
        ("machine_run", None, [pointer, pointer]),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
