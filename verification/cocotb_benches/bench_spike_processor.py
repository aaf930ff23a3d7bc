"""Bench for the exported Verilog of :class:`rtl.spike_processor.SpikeProcessor`."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import cocotb
import numpy as np
import numpy.typing as npt
from amaranth.hdl import signed
from cocotb.triggers import ClockCycles, RisingEdge, Timer

from rtl.spi_registers import spi_registers
from rtl.spike_processor_config import SpikeProcessorConfig
from verification.cocotb_benches.setup import (
    CLOCK_PERIOD_NS,
    bench_setup,
    scaled,
    seeded_rng,
    start,
)
from verification.cocotb_benches.streams import StreamPort, accept, drive
from verification.golden.detection_chain import detection_chain
from verification.golden.event_packer import event_packer
from verification.golden.spike_processor import SpikeProcessorModel
from verification.pacing import Pace
from verification.spi_host import SpiLevels, host_sends, host_writes
from verification.spike_programs import TOLD, event_reporter, level_settings

SPIKES = 8
LONG = 40_000  # instructions; more than the model needs
QUIET_CYCLES = 600  # without a byte from the program, after which no event waits
HALF_PERIOD_CYCLES = 5  # of the host's clock
SHAPE = np.array([-0.3, -0.9, -0.9, -0.3, 0.35, 0.35])
SLOWLY = Pace(valid_probability=0.15)


class Answer(NamedTuple):
    """What a program says of some samples."""

    words: npt.NDArray[np.uint32]  # a row for each event
    counts: dict[str, int]


def codes_of(config: SpikeProcessorConfig, *, spikes: int, apart: int) -> npt.NDArray[np.int64]:
    """Return noise with spikes, so many frames apart, on channels in turn."""
    chain = config.chain
    high = (1 << (chain.sample_width - 1)) - 1
    margin = 2 * chain.snippet_buffer.snippet_samples
    frames = apart * spikes + 2 * margin
    codes = seeded_rng().normal(0, 1, size=(frames, chain.channels))
    for n, frame in enumerate(range(margin, frames - margin, apart)):
        codes[frame : frame + len(SHAPE), n % chain.channels] += high * SHAPE
    return codes.round().astype(np.int64)


def answer_of(config: SpikeProcessorConfig, said: bytes) -> Answer:
    """Return what the bytes mean that a program said to its end."""
    words = np.frombuffer(said, dtype="<u4")
    events, told = words[: -len(TOLD)], words[-len(TOLD) :].tolist()
    assert len(events) % config.packer.words == 0, "events must be whole"
    return Answer(events.reshape(-1, config.packer.words), dict(zip(TOLD, told, strict=True)))


def model_says(config: SpikeProcessorConfig, codes: npt.NDArray[np.int64]) -> bytes:
    """Return what the program says on the model."""
    model = SpikeProcessorModel(config)
    model.load(0, event_reporter(config, level_settings(config)))
    model.run(LONG // 10)
    assert model.send(codes)
    model.run(LONG)
    assert model.processor.mailbox.send(0)
    model.run(LONG)
    assert model.processor.exit_code == 0
    return bytes(model.processor.mailbox.console)


class Host:
    """Gives samples and takes bytes."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.config: SpikeProcessorConfig = bench_setup().config
        self.said = bytearray()
        self.silence = 0

    async def begin(self, *, output_ready: float = 1.0) -> None:
        """Reset, and be there for what the program says from now on."""
        dut = self.dut
        await start(dut)
        dut.spi_select.value = 1
        output = StreamPort.find(dut, "output", 8)
        cocotb.start_soon(
            accept(output, rng=seeded_rng(), pace=Pace(ready_probability=output_ready))
        )
        cocotb.start_soon(self._listen())

    async def _listen(self) -> None:
        valid, ready = self.dut.output__valid, self.dut.output__ready
        edge = RisingEdge(self.dut.clk)
        while True:
            await edge
            self.silence += 1
            if valid.value == 1:
                self.silence = 0
                if ready.value == 1:
                    self.said.append(int(self.dut.output__payload.value))

    async def gives(self, codes: npt.NDArray[np.int64], pace: Pace = SLOWLY) -> None:
        """Offer frames."""
        samples = StreamPort.find(self.dut, "i", signed(self.config.chain.sample_width))
        await drive(samples, codes.ravel(), rng=seeded_rng(), pace=pace)

    async def ends(self) -> bytes:
        """Wait until no event waits, let the program end, and return what it said."""
        dut = self.dut
        while self.silence < QUIET_CYCLES:
            await RisingEdge(dut.clk)
        await drive(StreamPort.find(dut, "input", 8), [0], rng=seeded_rng())
        while not dut.finished.value or self.silence < QUIET_CYCLES:
            await RisingEdge(dut.clk)
        assert not int(dut.exit_code.value)
        return bytes(self.said)

    async def lets_the_core_run(self, runs: int) -> None:
        """Take the core back, or start it."""
        dut, registers = self.dut, spi_registers(runs=True)
        address = self.config.processor.processor_map.base_of("spi")
        for level in levels_of(host_writes(address + registers.address_of("control"), [runs])):
            dut.spi_clock.value, dut.spi_select.value = level.clock, level.select
            dut.spi_receive.value = level.send
            await Timer(HALF_PERIOD_CYCLES * CLOCK_PERIOD_NS, unit="ns")
        await RisingEdge(dut.clk)  # in step with it again
        self.silence = 0


def levels_of(data: bytes) -> Iterator[SpiLevels]:
    """Yield the levels of a transfer whose answer is of no interest."""
    levels = host_sends(data)
    with suppress(StopIteration):
        yield next(levels)
        while True:
            yield levels.send(0)


def check_in_order(received: npt.NDArray[np.uint32], possible: npt.NDArray[np.uint32]) -> None:
    """Demand that the rows are some of the possible ones, whole, and in their order."""
    rows = iter(possible.tolist())
    for n, row in enumerate(received.tolist()):
        assert row in rows, f"event {n} should not have come here: {row}"


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def says_what_the_model_says(dut: Any) -> None:
    """Let it keep up with the spikes."""
    host = Host(dut)
    codes = codes_of(host.config, spikes=scaled(SPIKES), apart=80)
    expected = model_says(host.config, codes)

    await host.begin()
    await host.gives(codes)
    said = await host.ends()

    assert said == expected
    assert len(answer_of(host.config, said).words) == scaled(SPIKES)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def counts_every_event_that_it_loses(dut: Any) -> None:
    """Let spikes come faster than the program takes them: ring and queue are full, then some go."""
    host = Host(dut)
    config = host.config
    codes = codes_of(config, spikes=3 * SPIKES, apart=8)
    possible = answer_of(config, model_says(config, codes))

    await host.begin(output_ready=0.3)
    await host.gives(codes, Pace())
    answer = answer_of(config, await host.ends())

    check_in_order(answer.words, possible.words)
    lost = len(possible.words) - len(answer.words)
    assert answer.counts == {**possible.counts, "events_lost": lost}
    assert lost > 0
    assert len(answer.words)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def begins_anew_with_a_whole_event(dut: Any) -> None:
    """Take the core back between two words of an event, while others wait."""
    host = Host(dut)
    config = host.config
    codes = codes_of(config, spikes=SPIKES, apart=12)
    chain = detection_chain(codes, config.chain, level_settings(config))
    possible = event_packer(chain.events, config.packer)

    await host.begin(output_ready=0.3)
    given = cocotb.start_soon(host.gives(codes, Pace(valid_probability=0.5)))
    while len(host.said) < 4 * config.packer.words + 6:
        await RisingEdge(dut.clk)
    await host.lets_the_core_run(0)
    await ClockCycles(dut.clk, 20)
    host.said.clear()
    await host.lets_the_core_run(1)
    await given
    answer = answer_of(config, await host.ends())

    check_in_order(answer.words, possible)
    assert len(answer.words)
    assert answer.counts["events_detected"] == len(possible)
    assert answer.counts["frames"] == len(codes)
