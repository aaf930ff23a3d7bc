"""Bench for the exported Verilog of :class:`rtl.mac_array.MacArray`."""

from collections.abc import Iterable
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, RisingEdge

from rtl.mac_array_config import MacArrayConfig, MacError
from rtl.mac_array_registers import mac_array_registers
from verification.cocotb_benches.registers import RegisterPort
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.golden.mac_array import MacJobValues, MacResult, mac_array
from verification.mac_array_harness import PORT, READY, WideMemory
from verification.mac_array_stimuli import (
    extreme_jobs,
    job_words,
    random_jobs,
    refused_jobs,
    shaped_jobs,
)

PATIENCE = 20_000  # cycles of a job


class Bench:
    """An array, its memory and its registers."""

    def __init__(self, dut: Any, ready_probability: float) -> None:
        self.dut = dut
        self.alone = ready_probability == 1.0  # nobody else uses memory
        self.config: MacArrayConfig = bench_setup().config
        self.registers = mac_array_registers(self.config)
        self.rng = seeded_rng()
        self.memory = WideMemory(self.config, ready_probability, self.rng)
        self.bus = RegisterPort.find(dut, "bus")

    async def begin(self) -> None:
        await start(self.dut)
        cocotb.start_soon(self._remember())

    async def _remember(self) -> None:
        dut = self.dut
        falling, rising = FallingEdge(dut.clk), RisingEdge(dut.clk)
        while True:
            await falling
            dut.memory__fault.value = self.memory.fault(int(dut.memory__address.value))
            await rising
            asked = {name: int(getattr(dut, f"memory__{name}").value) for name in PORT}
            assert dut.busy.value or not asked["valid"], "asks for memory though no job runs"
            dut.memory__read_data.value = self.memory.cycle(asked)
            dut.memory__ready.value = self.memory.ready

    async def read(self, register: str) -> dict[str, int]:
        response = await self.bus.access(self.registers.address_of(register), read=True)
        return self.registers.register(register).unpack(response.read_data)

    async def run(self, job: MacJobValues) -> MacResult:
        """Run a job and return what the registers say of it."""
        dut = self.dut
        for address, word in job_words(job, self.registers):
            assert not (await self.bus.access(address, write_data=word)).error
        rising = RisingEdge(dut.clk)
        for _ in range(PATIENCE):
            if not dut.busy.value:
                break
            await rising
        assert not dut.busy.value, f"hangs in {job}"
        assert dut.interrupts.value
        status = await self.read("status")
        assert (status["busy"], status["done"]) == (0, 1)
        acknowledge = self.registers.register("command").pack({"acknowledge": 1})
        await self.bus.access(self.registers.address_of("command"), write_data=acknowledge)
        assert not dut.interrupts.value
        cycles = await self.read("cycles")
        return MacResult(MacError(status["error"]), cycles["count"])


async def does_as_the_model_does(bench: Bench, jobs: Iterable[MacJobValues]) -> None:
    for job in jobs:
        bench.memory.words[:] = bench.rng.integers(0, 256, bench.config.memory_bytes)
        expected = bench.memory.words.copy()
        result = mac_array(expected, job, bench.config)
        told = await bench.run(job)

        np.testing.assert_array_equal(bench.memory.words, expected, err_msg=repr(job))
        assert told.error is result.error, job
        if bench.alone:
            assert told.cycles == result.cycles, job


@cocotb.test(timeout_time=50, timeout_unit="ms")
@cocotb.parametrize(pace=list(READY))
async def does_jobs_of_every_shape(dut: Any, pace: str) -> None:
    bench = Bench(dut, READY[pace])
    await bench.begin()

    jobs = list(shaped_jobs(bench.config, bench.rng))
    await does_as_the_model_does(bench, jobs if bench.alone else jobs[::3])


@cocotb.test(timeout_time=50, timeout_unit="ms")
@cocotb.parametrize(pace=list(READY))
async def does_jobs_of_every_length(dut: Any, pace: str) -> None:
    bench = Bench(dut, READY[pace])
    await bench.begin()

    await does_as_the_model_does(bench, random_jobs(bench.config, bench.rng, scaled(40)))


@cocotb.test(timeout_time=50, timeout_unit="ms")
async def computes_with_the_largest_numbers(dut: Any) -> None:
    bench = Bench(dut, 1.0)
    await bench.begin()

    for before, job in extreme_jobs(bench.config, bench.rng):
        bench.memory.words[:] = before
        result = mac_array(before, job, bench.config)
        assert await bench.run(job) == result, job
        np.testing.assert_array_equal(bench.memory.words, before, err_msg=repr(job))


@cocotb.test(timeout_time=50, timeout_unit="ms")
async def refuses_what_cannot_be(dut: Any) -> None:
    bench = Bench(dut, READY["often"])
    await bench.begin()

    for wrong, job in refused_jobs(bench.config).items():
        before = bench.memory.words.copy()
        result = mac_array(before.copy(), job, bench.config)
        assert result.error is not MacError.NONE, wrong
        assert await bench.run(job) == result, wrong
        np.testing.assert_array_equal(bench.memory.words, before, err_msg=wrong)


@cocotb.test(timeout_time=50, timeout_unit="ms")
async def survives_a_memory_that_refuses(dut: Any) -> None:
    """See a job end with an error, and the next one as if nothing had happened."""
    bench = Bench(dut, READY["often"])
    await bench.begin()

    config = bench.config
    end = bench.memory.refuses_from
    base, lanes = config.memory_base, config.lanes
    with_second_pass = MacJobValues(  # of a beat, in the cycle after the write that is refused
        rows=5 * lanes // 4,
        columns=lanes,
        vector=base,
        constants=base + 2 * lanes,
        output=base + 16 * lanes,
        weights=base + 32 * lanes,
        stride=lanes,
        vector_width=1,
        output_width=2,
        bias=True,
    )
    for job in [with_second_pass, *random_jobs(config, bench.rng, scaled(40))]:
        first = min(start for start, _ in job.spans().values())
        last = max(end - 1 for _, end in job.spans().values()) // config.lanes * config.lanes
        written = first if job.updates else job.output
        anywhere = int(bench.rng.integers(first, last + 1))
        bench.memory.refuses_from = int(bench.rng.choice([written, anywhere]))
        if job is with_second_pass:
            bench.memory.refuses_from, bench.memory.refuses_to = job.output, job.weights
        told = await bench.run(job)
        assert told.error is MacError.MEMORY, job
        bench.memory.refuses_from, bench.memory.refuses_to = end, 1 << 32
        await does_as_the_model_does(bench, [job])


@cocotb.test(timeout_time=50, timeout_unit="ms")
async def refuses_every_write_while_it_runs(dut: Any) -> None:
    bench = Bench(dut, READY["seldom"])
    await bench.begin()

    job = max(random_jobs(bench.config, bench.rng, 9), key=lambda job: job.rows * job.columns)
    bench.memory.words[:] = bench.rng.integers(0, 256, bench.config.memory_bytes)
    expected = bench.memory.words.copy()
    result = mac_array(expected, job, bench.config)
    words = job_words(job, bench.registers)
    for address, word in words:
        await bench.bus.access(address, write_data=word)
    tried = 0
    for address, word in words:
        running = bool(dut.busy.value)
        response = await bench.bus.access(address, write_data=word ^ 1)
        assert response.error == running
        tried += running
        running = int(dut.busy.value)
        started = (await bench.read("command"))["start"]
        if running == int(dut.busy.value):
            assert started == running
    while dut.busy.value:
        await RisingEdge(dut.clk)

    assert tried > 2
    assert (await bench.read("status"))["error"] == result.error
    np.testing.assert_array_equal(bench.memory.words, expected)
