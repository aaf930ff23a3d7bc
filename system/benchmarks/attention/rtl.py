"""The head's circuit: its schedule as measured, and its outputs with Python arrays on its wires.

The exported Verilog runs in Verilator; a model of the arrays measures its pulse wires.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from rtl.attention_head import AttentionHead
from rtl.attention_head_config import AttentionHeadConfig
from system.benchmarks import BenchmarkRow, NotMeasured
from verification.attention_stimuli import attention_scaling
from verification.benches import bench_of
from verification.cosim import BenchFailure, Simulation, build_simulation
from verification.golden.attention_head import attention_head
from verification.simulators import MissingToolError, check_simulator

__all__ = ["measure"]

LATENCY_GOAL_CYCLES = 65
INTERVAL_GOAL_CYCLES = 35
SECONDS_GOAL = 30
FURTHER_TOKENS = 100  # after the window has been filled
PUBLISHED_SIZE = AttentionHeadConfig(tiles_outside=True)


def measure(
    report: Callable[[str], None], *, config: AttentionHeadConfig = PUBLISHED_SIZE
) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.
    config : AttentionHeadConfig
        The head, its tiles outside.

    Yields
    ------
    BenchmarkRow
        Cycles of the schedule, seconds of the run, outputs that differ from the golden model's.

    Raises
    ------
    NotMeasured
        There is no Verilator.
    """
    try:
        check_simulator("verilator")
    except MissingToolError as error:
        raise NotMeasured(str(error)) from error
    tokens = config.window_tokens + FURTHER_TOKENS
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        report("attention: compiling the head's circuit")
        began_s = time.perf_counter()
        simulation = build_simulation(AttentionHead(config), folder)
        compiled_s = time.perf_counter() - began_s

        report("attention: the schedule of the circuit")
        _run(simulation, folder, "keeps_the_schedule", tokens)
        latency, *intervals = np.load(folder / "cycles.npy").tolist()

        report(f"attention: {tokens} tokens through the circuit")
        seconds = _run(simulation, folder, "attends.*streaming", tokens)
        sent, received = (np.load(folder / f"{name}.npy") for name in ("tokens", "outputs"))

    expected = attention_head(sent, attention_scaling(config), config)
    for what, value, unit, goal in (
        ("latency", latency, "cycles", LATENCY_GOAL_CYCLES),
        ("interval", max(intervals), "cycles", INTERVAL_GOAL_CYCLES),
        ("window_filled", seconds, "s", SECONDS_GOAL),
        ("window_filled.compiling", compiled_s, "s", None),
        ("mismatches", np.count_nonzero(received != expected), "", 0),
    ):
        yield BenchmarkRow(
            name=f"attention.rtl.{what}", value=float(value), unit=unit, goal=goal, better="lower"
        )


def _run(simulation: Simulation, folder: Path, tests: str, tokens: int) -> float:
    """Run some tests of the bench, which leave what they saw in ``folder``; return the seconds."""
    began_s = time.perf_counter()
    with suppress(BenchFailure):  # the rows tell
        simulation.run(
            bench_of("attention_head"),
            parameters={"tokens": tokens, "seen": folder},
            test_filter=tests,
        )
    return time.perf_counter() - began_s
