import re
from typing import Any

import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.mac_array import MacArray
from rtl.mac_array_config import MacArrayConfig, MacError, MacOperation
from rtl.mac_array_registers import mac_array_registers
from verification.golden.mac_array import MacArrayModel, MacJobValues, MacResult, mac_array
from verification.mac_array_harness import PORT, READY, WideMemory
from verification.mac_array_stimuli import KINDS, extreme_jobs, job_words, random_jobs, refused_jobs
from verification.register_access import read_register, write_register
from verification.simulating import run_to_end

SMALL = MacArrayConfig(lanes=8, vector_beats=2, memory_base=0, memory_bytes=1 << 11)
DEFAULT = MacArrayConfig()
PATIENCE = 5_000  # cycles of a job


def simulate(config, jobs, *, ready_probability=1.0):
    """Run jobs, each on a memory of its own; return the memories and what the registers say."""
    dut = MacArray(config)
    rng = np.random.default_rng(5)
    memory = WideMemory(config, ready_probability, rng)
    results = []

    async def remember(ctx):
        port = dut.memory
        while True:
            ctx.set(port.ready, memory.ready)
            ctx.set(port.fault, memory.fault(ctx.get(port.address)))
            asked = {name: ctx.get(getattr(port, name)) for name in PORT}
            await ctx.tick()
            ctx.set(port.read_data, memory.cycle(asked))

    async def use(ctx):
        async def read(register):
            word = await read_register(ctx, dut.bus, dut.registers.address_of(register))
            return dut.registers.register(register).unpack(word)

        for before, job in jobs:
            memory.words[:] = before
            for address, word in job_words(job, dut.registers):
                await write_register(ctx, dut.bus, address, word)
            for _ in range(PATIENCE):
                if not ctx.get(dut.busy):
                    break
                await ctx.tick()
            assert ctx.get(dut.interrupts), "the job does not end"
            status, cycles = await read("status"), await read("cycles")
            told = MacResult(MacError(status["error"]), cycles["count"])
            results.append((memory.words.copy(), told))

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(use)
    simulator.add_testbench(remember, background=True)
    run_to_end(simulator)
    return results


def with_noise(config, jobs, *, rng):
    return [(rng.integers(0, 256, config.memory_bytes).astype(np.uint8), job) for job in jobs]


@pytest.mark.parametrize("pace", READY)
def test_matches_golden(pace):
    rng = np.random.default_rng(61)
    jobs = with_noise(SMALL, random_jobs(SMALL, rng, 14), rng=rng)

    results = simulate(SMALL, jobs, ready_probability=READY[pace])

    for (before, job), (after, told) in zip(jobs, results, strict=True):
        result = mac_array(before, job, SMALL)
        np.testing.assert_array_equal(after, before, err_msg=repr(job))
        assert told.error is result.error
        assert told == result or (pace != "at_once" and told.cycles > result.cycles), job


def test_sums_hold_the_largest_numbers():
    jobs = list(extreme_jobs(SMALL, np.random.default_rng(62)))[::5]

    results = simulate(SMALL, [(before.copy(), job) for before, job in jobs])

    for (before, job), (after, told) in zip(jobs, results, strict=True):
        assert told == mac_array(before, job, SMALL)
        np.testing.assert_array_equal(after, before, err_msg=repr(job))


def test_refuses_what_cannot_be_and_writes_nothing():
    jobs = refused_jobs(SMALL)
    before = np.arange(SMALL.memory_bytes).astype(np.uint8)

    results = simulate(SMALL, [(before, job) for job in jobs.values()])

    for wrong, (after, told) in zip(jobs, results, strict=True):
        np.testing.assert_array_equal(after, before, err_msg=wrong)
        assert told == mac_array(before.copy(), jobs[wrong], SMALL), wrong
        assert told.error is not MacError.NONE, wrong


def square_product(*, bias=True, width=0):
    """Return the product of a matrix of 64 by 64 with a vector, both of 8 bits."""
    base = DEFAULT.memory_base
    return MacJobValues(
        rows=64,
        columns=64,
        weights=base,
        stride=64,
        vector=base + 4096,
        constants=base + 4352,
        output=base + 4608,
        output_width=width,
        bias=bias,
        shift=8,
    )


def test_a_product_of_64_by_64_takes_less_than_a_cycle_for_14_products():
    rng = np.random.default_rng(63)
    jobs = with_noise(DEFAULT, [square_product()], rng=rng)

    [(after, told)] = simulate(DEFAULT, jobs)

    expected = jobs[0][0].copy()
    assert told == mac_array(expected, square_product(), DEFAULT)
    np.testing.assert_array_equal(after, expected)
    assert 64 * 64 / told.cycles >= 14


def test_the_least_of_jobs_takes_the_latency():
    base = DEFAULT.memory_base
    job = MacJobValues(
        rows=1, columns=1, weights=base, vector=base + 16, output=base + 32, stride=0
    )
    memory = np.zeros(DEFAULT.memory_bytes, dtype=np.uint8)

    assert mac_array(memory, job, DEFAULT).cycles == MacArray.latency


def test_golden_matches_worked_examples():
    """Rows (1, -2) and (100, 100), vector (3, 4)."""
    base = DEFAULT.memory_base
    memory = np.zeros(DEFAULT.memory_bytes, dtype=np.uint8)
    memory[:2], memory[16:18], memory[32:34] = [1, 254], [100, 100], [3, 4]
    memory[48:56] = np.array([7, -7], dtype="<i4").view(np.uint8)
    job: dict[str, Any] = {
        "rows": 2,
        "columns": 2,
        "weights": base,
        "stride": 16,
        "vector": base + 32,
        "constants": base + 48,
        "output": base + 64,
    }

    def outputs(size=1, **settings):
        after = memory.copy()
        mac_array(after, MacJobValues(**job, **settings), DEFAULT)
        return after[64 : 64 + 2 * size].view(f"<i{size}").tolist()

    assert outputs() == [-5, 127]
    assert outputs(2, output_width=1) == [-5, 700]
    assert outputs(2, output_width=1, bias=True) == [2, 693]
    assert outputs(2, output_width=1, shift=1) == [-2, 350]
    assert outputs(2, output_width=1, relu=True) == [0, 700]
    assert outputs(4, output_width=2, operation=MacOperation.SQUARES) == [40, 97**2 + 96**2]
    assert outputs(2, output_width=1, operation=MacOperation.MAGNITUDES) == [8, 193]
    update = MacJobValues(**job, operation=MacOperation.UPDATE, shift=1)
    mac_array(memory, update, DEFAULT)
    assert memory[:2].view(np.int8).tolist() == [1 + 11, -2 + 14]  # constant 7: 21/2, 28/2
    assert memory[16:18].tolist() == [100, 100]  # constant 0, the second byte of the first bias


def test_every_kind_of_job_is_among_the_random_ones():
    jobs = list(random_jobs(SMALL, np.random.default_rng(64), 200))

    assert {(job.operation, job.weight_width, job.vector_width) for job in jobs} == set(KINDS)


def test_software_sees_the_model_as_it_sees_the_circuit():
    memory = np.random.default_rng(65).integers(0, 256, SMALL.memory_bytes).astype(np.uint8)
    [job] = random_jobs(SMALL, np.random.default_rng(66), 1)
    model, expected = MacArrayModel(SMALL, memory), memory.copy()
    registers = mac_array_registers(SMALL)

    for address, word in job_words(job, registers):
        assert not model.write(address, word).error

    result = mac_array(expected, job, SMALL)
    status = registers.register("status").unpack(
        model.read(registers.address_of("status")).read_data
    )
    assert status == {"busy": 0, "done": 1, "error": result.error}
    assert model.read(registers.address_of("cycles")).read_data == result.cycles
    np.testing.assert_array_equal(memory, expected)
    assert model.interrupt
    model.write(
        registers.address_of("command"), registers.register("command").pack({"acknowledge": 1})
    )
    assert not model.interrupt
    assert model.read(0x100).error


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lanes": 12}, "lanes must be one of 8, 16, 32, not 12"),
        ({"vector_beats": 1}, "vector_beats must be in 2..256, not 1"),
        ({"vector_beats": 24}, "vector_beats must be a power of two, not 24"),
        ({"memory_bytes": 512}, "memory_bytes must be in 1024..1048576, not 512"),
        ({"memory_bytes": 1025}, "memory_bytes must be a power of two, not 1025"),
        (
            {"memory_base": 4096},
            "memory_base must be a multiple of memory_bytes in 0..2**32, not 0x1000",
        ),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        MacArrayConfig(**fields)
