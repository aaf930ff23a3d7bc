"""What every bench begins with: its setup, a clock, a reset."""

import pickle
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles

from verification.bench_results import SETUP_ARGUMENT, BenchSetup

__all__ = ["CLOCK_PERIOD_NS", "bench_setup", "scaled", "seeded_rng", "start"]

CLOCK_PERIOD_NS = 40  # 25 MHz, as in the chip
RESET_CYCLES = 2


def bench_setup() -> BenchSetup:
    """Return what the caller of the bench told it.

    Returns
    -------
    BenchSetup
        The component's configuration, its inputs and further parameters.
    """
    path = Path(str(cocotb.plusargs[SETUP_ARGUMENT]))
    return pickle.loads(path.read_bytes())


def seeded_rng() -> np.random.Generator:
    """Return a fresh generator of the run's seed, which cocotb's log shows.

    Returns
    -------
    numpy.random.Generator
        The same at every call.
    """
    return np.random.default_rng(cocotb.RANDOM_SEED)


def scaled(count: int) -> int:
    """Return how many of ``count`` samples to draw: fewer where the simulator is slow.

    Parameters
    ----------
    count : int
        How many Verilator gets.

    Returns
    -------
    int
        As many, or a quarter for an interpreting simulator.
    """
    return count if "verilator" in cocotb.SIM_NAME.lower() else count // 4


async def start(dut: Any) -> None:
    """Tie all inputs low, start the clock and reset; return when the reset is over.

    Parameters
    ----------
    dut : handle
        The top module. Its streams and buses are idle while its inputs are low.
    """
    for name in bench_setup().inputs:
        getattr(dut, name).value = 0
    if hasattr(dut, "clk"):  # a component without registers has none
        dut.rst.value = 1
        Clock(dut.clk, CLOCK_PERIOD_NS, unit="ns").start()
        await ClockCycles(dut.clk, RESET_CYCLES)
        dut.rst.value = 0
