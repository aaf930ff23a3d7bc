"""Codecs: what they save of known records, headers and all, and how fast, beside audio codecs.

Records are those of :func:`system.ground_truth.benchmark_records`, rounded to 9 bits of a stated
full scale. Whatever is coded is decoded again and compared.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from system.benchmarks import BenchmarkRow
from system.benchmarks.codecs import cycles, field_potentials, snippets, space, speed, templates
from system.benchmarks.codecs.coding import SAMPLE_WIDTH
from system.ground_truth import BENCHMARK_LEVELS, SyntheticRecording, benchmark_records

__all__ = ["measure"]

SEED = 2004
EASY_RECORDS = len(BENCHMARK_LEVELS["easy1"])
SPEED_CHANNELS = 16  # the eight easy records and eight others
SPEED_PART = 1 / 6  # of the length of a record
FULL_SCALES_V: Mapping[str, float] = {"five_peaks": 500e-6, "four_peaks": 400e-6}  # either way


def measure(
    report: Callable[[str], None],
    *,
    seconds: float = 60.0,
    repetitions: int = 5,
    residuals: int = 2000,
) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.
    seconds : float
        Length of every record, seconds.
    repetitions : int
        Times that every contender for speed works; the shortest counts.
    residuals : int
        How many of them the circuits of the engines are given.

    Yields
    ------
    BenchmarkRow
        Each row once.
    """
    report("codecs: making records")
    records = benchmark_records(seed=SEED, seconds=seconds)
    easy_v = _side_by_side(records[:EASY_RECORDS], seconds)
    for name, full_scale_v in FULL_SCALES_V.items():
        codes = _codes(easy_v, full_scale_v)
        yield from space.rows(codes, f"codecs.{name}", report)
        yield from snippets.rows(codes, f"codecs.{name}", report)
        yield from templates.rows(codes, f"codecs.{name}", report)
    full_scale_v = FULL_SCALES_V["five_peaks"]
    yield from cycles.rows(_codes(easy_v[:residuals, 0], full_scale_v), report)
    del easy_v
    short_s = seconds * SPEED_PART
    voltage_v = _side_by_side(records[:SPEED_CHANNELS], short_s)
    yield from speed.rows(_codes(voltage_v, full_scale_v), short_s, report, repetitions=repetitions)
    yield from field_potentials.rows(seconds, report)


def _side_by_side(
    records: tuple[SyntheticRecording, ...], seconds: float
) -> npt.NDArray[np.float32]:
    """Return the beginnings of one-channel records, a record a channel, volts."""
    frames = round(seconds * records[0].sampling_rate_hz)
    return np.concatenate([next(each.blocks(frames, 0, frames)) for each in records], axis=1)


def _codes(voltage_v: npt.NDArray[np.float32], full_scale_v: float) -> npt.NDArray[np.int16]:
    half = 1 << (SAMPLE_WIDTH - 1)
    return np.rint(voltage_v * (half / full_scale_v)).clip(-half, half - 1).astype(np.int16)
