"""Detection: how many spikes of known records the whole default chain finds, and with what errors.

The twenty records of :func:`system.ground_truth.benchmark_records` are the twenty channels of one
recording that passes the recording frontend (its noise, its mismatch, its converter), the golden
band-pass filter and the golden spike detector, all with the defaults of a design, the gain chosen
as a design chooses it. Nothing is set from one record to the next.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from rtl.detector_settings import DetectorSettings
from system.benchmarks import BenchmarkRow
from system.benchmarks.detection.trial import Trial, detect, side_by_side
from system.design import Design
from system.exploration import Digitised, digitise
from system.ground_truth import BENCHMARK_LEVELS, EQUAL_RATES_HZ, benchmark_records

__all__ = ["measure"]

SEED, OTHER_SEED = 2004, 2005
GOAL = 0.976  # mean F1 over the records

NO_SPIKES_HZ = (0.0, 0.0, 0.0)
LOW_RATES_HZ = (1.0, 1.0, 1.0)
HIGH_RATES_HZ = (50.0, 50.0, 50.0)

# Other detectors, one event a millisecond as is usual, each with its usual threshold or, where none
# is, the one that is best for it on the records of a third seed.
USUAL = DetectorSettings(quiet_floor=0.0, peak_window_s=1e-3, refractory_s=1e-3)
PUBLISHED_NEO = replace(USUAL, mode="smoothed_neo", threshold=6.0)
PUBLISHED_SMOOTHING = 4  # samples of each of two moving sums
PLAIN_NEO = replace(USUAL, mode="neo", threshold=7.0)
ABSOLUTE = replace(USUAL, mode="absolute", threshold=4.0)

figure = partial(BenchmarkRow, unit="", goal=None, better="higher")
alarms = partial(BenchmarkRow, unit="1/s", goal=None, better="lower")


def measure(report: Callable[[str], None], *, seconds: float = 60.0) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.
    seconds : float
        Length of every record, seconds.

    Yields
    ------
    BenchmarkRow
        Each row once.
    """
    report("detection: the default chain on twenty records")
    digitised = _digitised(SEED, seconds)
    yield from _rows_of_default(detect(digitised))

    report("detection: other detectors on the same samples")
    for name, trial in _others(digitised).items():
        yield figure(name=f"detection.f1.{name}", value=float(trial.f1.mean()))

    report("detection: an ideal frontend")
    ideal = digitised.design.recording_frontend.without_imperfections()
    design = replace(digitised.design, recording_frontend=ideal)
    trial = detect(_digitised(SEED, seconds, design=design))
    yield figure(name="detection.f1.ideal_frontend", value=float(trial.f1.mean()))

    report("detection: twenty other records")
    trial = detect(_digitised(OTHER_SEED, seconds))
    yield figure(name="detection.f1.other_seed", value=float(trial.f1.mean()), goal=GOAL)

    for name, rates_hz in (("low_rates", LOW_RATES_HZ), ("high_rates", HIGH_RATES_HZ)):
        report(f"detection: {rates_hz[0]:g} spikes per second and unit")
        trial = detect(_digitised(SEED, seconds, rates_hz=rates_hz))
        yield figure(name=f"detection.f1.{name}", value=float(trial.f1.mean()))

    report("detection: records without a spike")
    silent = _digitised(SEED, seconds, rates_hz=NO_SPIKES_HZ)
    name = "detection.false_alarms.no_spikes"
    yield alarms(name=name, value=detect(silent).false_alarms_per_s)
    for other, trial in _others(silent).items():
        yield alarms(name=f"{name}.{other}", value=trial.false_alarms_per_s)


def _digitised(
    seed: int,
    seconds: float,
    *,
    rates_hz: tuple[float, ...] = EQUAL_RATES_HZ,
    design: Design | None = None,
) -> Digitised:
    records = benchmark_records(seed=seed, seconds=seconds, rates_hz=rates_hz)
    return digitise(side_by_side(records), design)


def _others(digitised: Digitised) -> dict[str, Trial]:
    design = digitised.design
    smoothing = replace(design.spike_detector, smoothing_samples=PUBLISHED_SMOOTHING)
    designs = {
        "published_smoothed_neo": replace(
            design, spike_detector=smoothing, detector_settings=PUBLISHED_NEO
        ),
        "plain_neo": replace(design, detector_settings=PLAIN_NEO),
        "absolute_threshold": replace(design, detector_settings=ABSOLUTE),
    }
    return {name: detect(replace(digitised, design=other)) for name, other in designs.items()}


def _rows_of_default(trial: Trial) -> Iterator[BenchmarkRow]:
    yield figure(name="detection.f1", value=float(trial.f1.mean()), goal=GOAL)
    yield figure(name="detection.f1.worst_record", value=float(trial.f1.min()))
    yield figure(name="detection.precision", value=trial.precision)
    yield figure(name="detection.recall", value=trial.recall)
    yield alarms(name="detection.false_alarms", value=trial.false_alarms_per_s)
    for shape_set, f1 in _by_shape_set(trial.f1).items():
        yield figure(name=f"detection.f1.{shape_set}", value=float(f1.mean()))
    error_s = trial.score.timing_error_s.median
    if error_s is not None:
        yield BenchmarkRow(
            name="detection.timing_error", value=error_s, unit="s", goal=None, better="lower"
        )


def _by_shape_set(values: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    stops = np.cumsum([len(levels) for levels in BENCHMARK_LEVELS.values()])
    return dict(zip(BENCHMARK_LEVELS, np.split(values, stops[:-1]), strict=True))
