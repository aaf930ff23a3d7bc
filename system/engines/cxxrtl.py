"""Run the generated detection chain through CXXRTL: compiled C++, whole blocks of frames a call."""

import ctypes
import time
from importlib import resources
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from rtl.back_end import to_cxxrtl
from rtl.detection_chain import DetectionChain, DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from rtl.snippet_buffer import SnippetBuffer
from system.engines.library import compile_library, without_debugging
from verification.golden.detection_chain import ChainOutput
from verification.golden.snippet_buffer import event_dtype

__all__ = ["CxxrtlEngine", "compile_chain"]

EVENT_CAPACITY = 4096
IDLE_CYCLES = 64  # without any movement, after which nothing more will come


def compile_chain(config: DetectionChainConfig, cache: Path | None = None) -> Path:
    """Generate the chain's C++, compile it with the harness, and return the shared library.

    A chain is compiled once; see :func:`system.engines.library.compile_library`.

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
    harness = resources.files("system.engines").joinpath("harness.cc").read_text(encoding="utf-8")
    circuit = without_debugging(to_cxxrtl(DetectionChain(config), name="chain"))
    return compile_library(circuit + _constants(config) + harness, name="chain", cache=cache)


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
