"""Run the detection chain on Amaranth's own simulator: slow, but needs no compiler."""

import time
from types import TracebackType

import numpy as np
import numpy.typing as npt
from amaranth.sim import Simulator
from amaranth.sim._async import SimulatorContext  # amaranth-stubs 0.5 do not re-export it

from rtl.detection_chain import DetectionChain, DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from rtl.snippet_buffer import SnippetBuffer
from verification.golden.detection_chain import ChainOutput
from verification.golden.snippet_buffer import event_dtype
from verification.register_access import read_register, write_register

__all__ = ["PysimEngine"]

CLOCK_PERIOD_S = 1 / 25e6  # the recording chip's; only the simulator's clock reads it
IDLE_CYCLES = 64  # without any movement, after which nothing more will come


class PysimEngine:
    """The same as :class:`~system.engines.cxxrtl.CxxrtlEngine`, a few hundred times slower.

    Parameters
    ----------
    config : DetectionChainConfig
        The chain.
    settings : DetectorSettings
        What its registers are set to.
    """

    name = "pysim"

    def __init__(self, config: DetectionChainConfig, settings: DetectorSettings) -> None:
        self.config = config
        self.cycles = 0
        self.seconds = 0.0
        self._writes = config.register_writes(settings)
        self._dut = DetectionChain(config)
        self._codes: npt.NDArray[np.int64] | None = None
        self._wanted: int | None = None
        self._word = 0
        self._filtered: list[int] = []
        self._events: list[tuple[int, int, list[int]]] = []
        self._simulator = Simulator(self._dut)
        self._simulator.add_clock(CLOCK_PERIOD_S)
        self._simulator.add_testbench(self._serve)

    def __enter__(self) -> "PysimEngine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, register: str) -> int:
        """Return the word that the bus reads at ``register``."""
        self._wanted = self.config.registers.address_of(register)
        while self._wanted is not None:
            self._simulator.advance()
        return self._word

    def process(self, codes: npt.NDArray[np.integer]) -> ChainOutput:
        """Return what the hardware makes of the next frames of ``codes``.

        All packets whose last sample is among them are waited for.
        """
        start_s = time.perf_counter()
        self._filtered, self._events = [], []
        self._codes = np.asarray(codes, dtype=np.int64).ravel()
        while self._codes is not None:
            self._simulator.advance()
        self.seconds += time.perf_counter() - start_s
        if len(self._filtered) != codes.size:
            raise RuntimeError(f"the chain gave {len(self._filtered)} of {codes.size} samples")
        filtered = np.array(self._filtered, dtype=np.int16).reshape(codes.shape)
        dtype = event_dtype(self.config.snippet_buffer.snippet_samples)
        return ChainOutput(filtered, np.array(self._events, dtype=dtype))

    def close(self) -> None:
        """Nothing to free; for symmetry."""

    async def _serve(self, ctx: SimulatorContext) -> None:
        """Set the chain up, then do for ever what the caller asks for."""
        for address, word in self._writes:
            await write_register(ctx, self._dut.bus, address, word)
        while True:
            if self._codes is not None:
                await self._stream(ctx, self._codes)
                self._codes = None
            elif self._wanted is not None:
                self._word = await read_register(ctx, self._dut.bus, self._wanted)
                self._wanted = None
            else:
                await ctx.tick()

    async def _stream(self, ctx: SimulatorContext, codes: npt.NDArray[np.int64]) -> None:
        dut = self._dut
        ctx.set(dut.o.ready, 1)
        taken = idle = 0
        hold = 0
        snippet: list[int] = []
        while idle < IDLE_CYCLES:
            offer = taken < len(codes) and not hold
            ctx.set(dut.i.valid, offer)
            if offer:
                ctx.set(dut.i.payload, int(codes[taken]))
            _, _, ready, tap_valid, tap, sending, word = await ctx.tick().sample(
                dut.i.ready,
                dut.filtered.valid,
                dut.filtered.payload,
                dut.o.valid,
                dut.o.payload,
            )
            self.cycles += 1
            moved = (offer and ready) or tap_valid or sending
            idle = 0 if moved else idle + 1
            taken += int(offer and ready)
            if tap_valid:
                self._filtered.append(tap.sample)
            hold = SnippetBuffer.packet_gap + 1 if sending else max(0, hold - 1)
            if sending:
                snippet = [word.sample] if word.first else [*snippet, word.sample]
                if word.last:
                    self._events.append((word.time, word.channel, snippet))
        ctx.set(dut.i.valid, 0)
