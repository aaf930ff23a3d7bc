"""Export a component to Verilog and run cocotb benches on it, under either simulator."""

import pickle
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amaranth.lib import wiring

from rtl.back_end import to_verilog
from verification.bench_commands import bench_command, bench_environment
from verification.bench_results import (
    SETUP_ARGUMENT,
    BenchFailure,
    BenchReport,
    BenchSetup,
    read_results,
    tail,
)
from verification.icarus import build_icarus, icarus_verilog
from verification.processes import SIMULATION_LIMIT_S, TimeLimitError, run_program
from verification.simulators import check_simulator
from verification.verilated import build_verilated

__all__ = [
    "DEFAULT_SEED",
    "BenchFailure",
    "BenchReport",
    "Simulation",
    "build_simulation",
    "run_bench",
]

DEFAULT_SEED = 2026
TOP = "dut"


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A component compiled for one simulator; any number of benches can run on it.

    Parameters
    ----------
    simulator : str
        "verilator" or "icarus".
    build_dir : Path
        Folder of the compiled simulation.
    config : object
        The component's configuration.
    inputs : tuple of str
        Its input ports, as Verilog calls them.
    waves : bool
        Whether every run writes its waveforms into its folder.
    """

    simulator: str
    build_dir: Path
    config: Any
    inputs: tuple[str, ...]
    waves: bool = False

    def run(
        self,
        bench: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        seed: int = DEFAULT_SEED,
        test_filter: str | None = None,
        limit_s: float = SIMULATION_LIMIT_S,
    ) -> BenchReport:
        """Run the tests of the cocotb module ``bench``.

        Parameters
        ----------
        bench : str
            Importable name of the module.
        parameters : mapping, optional
            Handed to the bench beside the configuration.
        seed : int
            Seed of everything random.
        test_filter : str, optional
            Regular expression; only the tests it finds are run.
        limit_s : float
            When to end a simulation that does not end by itself.

        Returns
        -------
        BenchReport
            What passed.

        Raises
        ------
        BenchFailure
            If a test failed, if none ran, or if the simulation took too long.
        """
        run_dir = self.build_dir / bench.rpartition(".")[2]
        run_dir.mkdir(exist_ok=True)
        setup = run_dir / "setup.pickle"
        setup.write_bytes(
            pickle.dumps(
                BenchSetup(config=self.config, inputs=self.inputs, parameters=parameters or {})
            )
        )
        log, results = run_dir / "bench.log", run_dir / "results.xml"
        results.unlink(missing_ok=True)  # those of another run tell nothing of this one
        run = f"{bench} under {self.simulator}, seed {seed}, log {log}"
        started_s = time.perf_counter()
        try:
            run_program(
                [
                    *bench_command(self.simulator, TOP, self.build_dir, waves=self.waves),
                    f"+{SETUP_ARGUMENT}={setup.resolve()}",
                ],
                limit_s=limit_s,
                folder=run_dir,
                environment=bench_environment(
                    bench, TOP, results, seed=seed, test_filter=test_filter
                ),
                log=log,
            )  # its status says the same of failing tests and of crashes: the results tell
        except TimeLimitError as error:
            raise BenchFailure(f"{run}: {error}") from error
        wall_s = time.perf_counter() - started_s

        passed, failures = read_results(results)
        if failures or not passed:
            what = "\n".join(failures) or f"no test ran; the log ends with\n{tail(log)}"
            raise BenchFailure(f"{run}: {passed} passed, {len(failures)} failed\n{what}")
        return BenchReport(
            bench=bench, simulator=self.simulator, tests=passed, seed=seed, wall_s=wall_s
        )


def build_simulation(
    dut: Any, build_dir: Path, *, simulator: str = "verilator", waves: bool = False
) -> Simulation:
    """Export ``dut`` to Verilog and compile it.

    Parameters
    ----------
    dut : Component
        Component with a ``config``; the benches are given it.
    build_dir : Path
        Folder for everything made; one simulation each.
    simulator : str
        "verilator" or "icarus".
    waves : bool
        Whether runs write waveforms.

    Returns
    -------
    Simulation
        Ready to run.

    Raises
    ------
    MissingToolError
        If the simulator is not installed; the message names what to install.
    RuntimeError
        If the Verilog does not compile.
    """
    check_simulator(simulator)
    build_dir = build_dir.resolve()
    build_dir.mkdir(parents=True, exist_ok=True)
    source = build_dir / f"{TOP}.v"
    text = to_verilog(dut, name=TOP)
    if simulator == "verilator":
        source.write_text(text)
        build_verilated(source, TOP, build_dir, waves=waves)
    else:
        source.write_text(icarus_verilog(text))
        build_icarus(source, TOP, build_dir, waves=waves)
    return Simulation(
        simulator=simulator,
        build_dir=build_dir,
        config=dut.config,
        inputs=_inputs(dut),
        waves=waves,
    )


def run_bench(
    dut: Any,
    bench: str,
    build_dir: Path,
    *,
    simulator: str = "verilator",
    parameters: Mapping[str, Any] | None = None,
    seed: int = DEFAULT_SEED,
) -> BenchReport:
    """Run cocotb module ``bench`` on the exported Verilog of ``dut``.

    Parameters
    ----------
    dut : Component
        Component with a ``config``.
    bench : str
        Importable name of the module.
    build_dir : Path
        Folder for everything made.
    simulator : str
        "verilator" or "icarus".
    parameters : mapping, optional
        Handed to the bench beside the configuration.
    seed : int
        Seed of everything random.

    Returns
    -------
    BenchReport
        What passed.

    Raises
    ------
    BenchFailure
        If a test failed, or if none ran.
    MissingToolError
        If the simulator is not installed.
    """
    simulation = build_simulation(dut, build_dir, simulator=simulator)
    return simulation.run(bench, parameters=parameters, seed=seed)


def _inputs(dut: wiring.Component) -> tuple[str, ...]:
    return tuple(
        "__".join(str(step) for step in path)
        for path, member, _ in dut.signature.flatten(dut)
        if member.flow is wiring.In
    )
