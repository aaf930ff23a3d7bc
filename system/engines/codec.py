"""Run a generated codec on a stretch of a recording: what goes in comes out as packets."""

import ctypes
import functools
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from amaranth.hdl import Value
from amaranth.sim import Simulator
from amaranth.sim._async import SimulatorContext  # amaranth-stubs 0.5 do not re-export it

from rtl.ap_codec import ApCodec, ApCodecConfig
from rtl.back_end import to_cxxrtl
from rtl.lfp_codec import LfpCodec, LfpCodecConfig
from system.engines.library import compile_library, without_debugging

__all__ = ["CodecConfig", "CodecEngine", "CodecOutput"]

CodecConfig = ApCodecConfig | LfpCodecConfig
"""Of the codecs that run here."""

CLOCK_PERIOD_S = 1 / 25e6  # the recording chip's; only the simulator's clock reads it
# Nothing moves meanwhile: samples have passed the predictors, some ten cycles each and no more than
# one a channel; and packets have ended, some twenty cycles a group.
IDLE_CYCLES = 512
IDLE_CYCLES_OF_CHANNEL = 32
BYTES_OF_WORD = 8  # more than any word makes; a circuit that sends more is stopped
PACKET_ENDS = 0x100
# Without the inlining of the detection chain: a short stretch is all that runs.
OPTIMISATION = ("-O2",)


@dataclass(frozen=True)
class CodecOutput:
    """What came out of a codec.

    Parameters
    ----------
    packets : list of bytes
        Packets, as the circuit marks their ends; the last may be unfinished.
    taken : int
        Words that the circuit took.
    cycles : int
        Clock cycles simulated.
    seconds : float
        Time that took.
    """

    packets: list[bytes]
    taken: int
    cycles: int
    seconds: float


class CodecEngine:
    """One generated codec, with its settings.

    Parameters
    ----------
    name : {"cxxrtl", "pysim"}
        What runs it: compiled C++, or Amaranth's own simulator, a hundred times slower.
    config : CodecConfig
        The codec.
    stream : {"i", "events"}
        Which of its streams takes words; nothing arrives on the other, if it has one.
    ports : mapping of str to int
        Ports that are not 0, and their values.
    cache : Path, optional
        Where to keep libraries instead of the user's cache folder.

    Raises
    ------
    RuntimeError
        If there is no C++ compiler, or it fails.
    """

    def __init__(
        self,
        name: Literal["cxxrtl", "pysim"],
        config: CodecConfig,
        *,
        stream: Literal["i", "events"],
        ports: Mapping[str, int],
        cache: Path | None = None,
    ) -> None:
        self.config = config
        self._stream = stream
        self._ports = dict(ports)
        self._idle_cycles = IDLE_CYCLES + IDLE_CYCLES_OF_CHANNEL * config.channels
        self._library = None
        if name == "cxxrtl":
            self._library = _load(_compiled(config, tuple(ports), cache))

    def process(self, words: Iterable[int]) -> CodecOutput:
        """Return what the codec makes of words after a reset, all packets ended behind them.

        Parameters
        ----------
        words : iterable of int
            Payloads of the stream.

        Returns
        -------
        CodecOutput
            What came.

        Raises
        ------
        RuntimeError
            The circuit is not a synchronous one.
        """
        offered = np.fromiter(words, dtype=np.uint64)
        started_s = time.perf_counter()
        run = self._simulate if self._library is None else self._execute
        came, taken, cycles = run(offered)
        seconds = time.perf_counter() - started_s
        ends = np.flatnonzero(came & PACKET_ENDS) + 1
        parts = [part.astype(np.uint8).tobytes() for part in np.split(came, ends)]
        return CodecOutput([part for part in parts if part], taken, cycles, seconds)

    def _execute(self, words: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint16], int, int]:
        library: Any = self._library
        values = (ctypes.c_uint32 * len(self._ports))(*self._ports.values())
        came = np.empty(self._most_bytes(words), dtype=np.uint16)
        counts = (ctypes.c_int64 * 3)()
        handle = ctypes.c_void_p(library.codec_new(values))
        try:
            broken = library.codec_run(
                handle,
                _streams(self.config).index(self._stream),
                words.ctypes.data,
                len(words),
                came.ctypes.data,
                len(came),
                self._idle_cycles,
                counts,
            )
        finally:
            library.codec_delete(handle)
        if broken:
            raise RuntimeError("the codec does not settle within a clock cycle")
        taken, given, cycles = counts
        return came[:given].copy(), taken, cycles

    def _simulate(self, words: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.uint16], int, int]:
        dut = _circuit(self.config)
        offered = getattr(dut, self._stream)
        came: list[int] = []
        taken = cycles = 0

        async def serve(ctx: SimulatorContext) -> None:
            nonlocal taken, cycles
            for name, value in self._ports.items():
                ctx.set(Value.cast(getattr(dut, name)), value)
            ctx.set(dut.o.ready, 1)
            idle = 0
            flush = False
            while len(came) < self._most_bytes(words):
                offer = taken < len(words) and not flush
                ctx.set(offered.valid, offer)
                if offer:
                    ctx.set(Value.cast(offered.payload), int(words[taken]))
                ctx.set(dut.flush, flush)
                _, _, ready, valid, byte = await ctx.tick().sample(
                    offered.ready, dut.o.valid, Value.cast(dut.o.payload)
                )
                cycles += 1
                moved = (offer and ready) or valid
                idle = 0 if moved else idle + 1
                taken += int(offer and ready)
                if valid:
                    came.append(byte)
                if idle == self._idle_cycles:
                    if flush:
                        return
                    flush, idle = True, 0

        simulator = Simulator(dut)
        simulator.add_clock(CLOCK_PERIOD_S)
        simulator.add_testbench(serve)
        simulator.run()
        return np.array(came, dtype=np.uint16), taken, cycles

    def _most_bytes(self, words: npt.NDArray[np.uint64]) -> int:
        return BYTES_OF_WORD * (len(words) + self._idle_cycles)


def _circuit(config: CodecConfig) -> ApCodec | LfpCodec:
    return ApCodec(config) if isinstance(config, ApCodecConfig) else LfpCodec(config)


def _streams(config: CodecConfig) -> tuple[str, ...]:
    """Return the streams that take words."""
    return ("i", "events") if isinstance(config, ApCodecConfig) and config.snippets else ("i",)


@functools.cache
def _compiled(config: CodecConfig, ports: tuple[str, ...], cache: Path | None) -> Path:
    """Generate the codec's C++, compile it with the harness, and return the shared library."""
    harness = resources.files("system.engines").joinpath("codec.cc").read_text(encoding="utf-8")
    settings = [
        f"top.p_{name.replace('_', '__')}.set<uint32_t>(values[{index}]);"
        for index, name in enumerate(ports)
    ]
    circuit = without_debugging(to_cxxrtl(_circuit(config), name="codec"))
    streams = [f"DO({index}, {name})" for index, name in enumerate(_streams(config))]
    head = f"#define STREAMS(DO) {' '.join(streams)}\n#define SET_UP {' '.join(settings)}\n"
    return compile_library(
        circuit + head + harness, name="codec", optimisation=OPTIMISATION, cache=cache
    )


def _load(path: Path) -> ctypes.CDLL:
    library = ctypes.CDLL(str(path))
    pointer, count = ctypes.c_void_p, ctypes.c_int64
    for name, result, arguments in (
        ("codec_new", pointer, [pointer]),
        ("codec_delete", None, [pointer]),
        (
            "codec_run",
            ctypes.c_int,
            [pointer, ctypes.c_int, pointer, count, pointer, count, count, pointer],
        ),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
