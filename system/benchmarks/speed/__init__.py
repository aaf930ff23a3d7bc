"""Speed: how much faster than the recording each part of the kit works, and SpikeInterface too.

All contenders work in turn, several times over, and the shortest time of each counts: whatever
else the machine does meanwhile, it does to all of them. Compare them with each other and with
real time, not with figures of another machine.
"""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analog_models.frontend import RecordingFrontend
from system.benchmarks import BenchmarkRow
from system.benchmarks.speed.circuit import CircuitRun, samples_per_clock_when_silent
from system.benchmarks.speed.contest import best_times
from system.benchmarks.speed.peak_detection import METHODS, PeakDetection
from system.design import Design
from system.engines import available_engine, open_engine
from system.exploration import digitise
from system.ground_truth import SyntheticRecording, shared_unit_recording
from verification.golden.detection_chain import DetectionChainModel

__all__ = ["measure"]

CHANNELS = 68
SEED = 68
THREADS = 2
BLOCK_SAMPLES = 1 << 20  # of all channels together, as in `axocell run`
SHORT_PART = 0.2  # of the recording, for what is slow
SHORTEST_PART = 1e-3  # for the circuit where there is no compiler

x_real_time = partial(BenchmarkRow, unit="x real time", goal=None, better="higher")
plain = partial(BenchmarkRow, unit="", goal=None, better="higher")


def measure(
    report: Callable[[str], None],
    *,
    seconds: float = 10.0,
    repetitions: int = 5,
    processes: bool = True,
) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.
    seconds : float
        Length of the recording, seconds.
    repetitions : int
        Times that every contender works; the shortest counts.
    processes : bool
        Whether SpikeInterface may use worker processes too.

    Yields
    ------
    BenchmarkRow
        Each row once.
    """
    report("speed: making a recording")
    digitised = digitise(_recording(seconds))
    design, codes = digitised.design, digitised.codes
    rate_hz = design.chain.sampling_rate_hz
    short_s = SHORT_PART * seconds
    voltage_v = _recording(short_s).voltage_v

    report("speed: compiling the circuit")
    engine_name = available_engine()
    circuit_s = short_s if engine_name == "cxxrtl" else SHORTEST_PART * seconds
    engine = open_engine(engine_name, design.chain, design.detector_settings)
    with engine, tempfile.TemporaryDirectory() as folder:
        silent = samples_per_clock_when_silent(engine, CHANNELS)
        circuit = CircuitRun(engine=engine, codes=codes[: round(circuit_s * rate_hz)])
        theirs = PeakDetection(codes, sampling_rate_hz=rate_hz, folder=Path(folder))
        calls = {method: theirs.contenders(method, processes=processes) for method in METHODS}
        contenders: dict[str, Callable[[], object]] = {
            "golden chain": lambda: _detect(design, codes),
            **calls["by_channel"],
            **calls["locally_exclusive"],
            "recording frontend": lambda: _digitise(design, voltage_v),
            "ground truth generator": lambda: _recording(short_s).voltage_v,
            "circuit": circuit,
        }
        report("speed: compiling the models")
        for work in contenders.values():
            work()
        best_s = best_times(contenders, repetitions=repetitions, report=report)

    golden = seconds / best_s["golden chain"]
    peaks = {method: seconds / min(best_s[name] for name in calls[method]) for method in METHODS}
    yield x_real_time(name="speed.golden_chain", value=golden, goal=100.0)
    for method, speed in peaks.items():
        yield x_real_time(name=f"speed.spikeinterface.{method}", value=speed)
    name = "speed.golden_chain_over_spikeinterface"
    yield plain(name=name, value=golden / peaks["by_channel"], goal=10.0)
    yield plain(name=f"{name}.locally_exclusive", value=golden / peaks["locally_exclusive"])
    for part, goal in (("recording_frontend", 10.0), ("ground_truth_generator", None)):
        speed = short_s / best_s[part.replace("_", " ")]
        yield x_real_time(name=f"speed.{part}", value=speed, goal=goal)
    circuit_speed = circuit_s / best_s["circuit"]
    yield x_real_time(name="speed.circuit", value=circuit_speed, goal=4.0)
    yield x_real_time(name="speed.circuit.at_least", value=circuit_speed, goal=1.0)
    yield BenchmarkRow(
        name="speed.circuit.cycles",
        value=circuit.cycles / best_s["circuit"],
        unit="cycles/s",
        goal=None,
        better="higher",
    )
    yield plain(name="speed.circuit.samples_per_clock", value=silent, goal=1.0)
    yield plain(name="speed.circuit.samples_per_clock.events", value=circuit.samples_per_clock)


def _recording(seconds: float) -> SyntheticRecording:
    return shared_unit_recording(CHANNELS, seconds=seconds, rng=np.random.default_rng(SEED))


def _detect(design: Design, codes: npt.NDArray[np.int16]) -> None:
    model = DetectionChainModel(design.chain, design.detector_settings, threads=THREADS)
    step = BLOCK_SAMPLES // CHANNELS
    for first in range(0, len(codes), step):
        model.process(codes[first : first + step])


def _digitise(design: Design, voltage_v: npt.NDArray[np.float32]) -> None:
    frontend = RecordingFrontend(
        design.recording_frontend,
        channels=CHANNELS,
        sampling_rate_hz=design.chain.sampling_rate_hz,
        mismatch_rng=np.random.default_rng(design.seeds.die),
    )
    frontend.process(voltage_v, noise_rng=np.random.default_rng(design.seeds.noise))
