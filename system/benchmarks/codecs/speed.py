"""How fast golden encoder and decoder are on one core, beside the audio codecs."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from system.benchmarks import BenchmarkRow, NotMeasured
from system.benchmarks.codecs.coding import WAYS, Way, decode, encode
from system.benchmarks.codecs.rivals import RIVALS, Coder
from system.benchmarks.speed.contest import best_times
from system.codecs.static_tables import static_tables

__all__ = ["Speed", "measured_speeds", "rows", "times_as_fast"]

BITS = 8
REAL_TIME_GOAL = 20.0
OURS = "axocell"

Codes = npt.NDArray[np.int16]


@dataclass(frozen=True, kw_only=True)
class Speed:
    """What a codec takes with one setting.

    Parameters
    ----------
    bits_per_sample : float
        Everything counted.
    encoding_s, decoding_s : float
        Processor time.
    """

    bits_per_sample: float
    encoding_s: float
    decoding_s: float


def rows(
    codes: Codes, seconds: float, report: Callable[[str], None], *, repetitions: int
) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    codes : ndarray of int16, shape (frames, channels)
        Samples.
    seconds : float
        How long they took to record.
    report : callable
        Told in a line of text what is being measured, and what cannot be.
    repetitions : int
        Times that every contender works; the shortest counts.

    Yields
    ------
    BenchmarkRow
        Speeds and sizes of all settings, then how many times as fast as each rival this kit is.
    """
    coders = {OURS: {name: _own(way, codes.shape[1]) for name, way in WAYS.items()}}
    for rival, found in RIVALS.items():
        try:
            coders[rival] = dict(found())
        except NotMeasured as error:
            report(f"codecs: {rival} is not measured: {error}")
    speeds = measured_speeds(coders, codes, report, repetitions=repetitions)
    for codec, settings in speeds.items():
        for name, speed in settings.items():
            yield from _of_setting(f"codecs.speed.{codec}.{name}", codec, speed, seconds)
    for rival in list(speeds)[1:]:
        for what in ("encoding", "decoding"):
            ratio = times_as_fast(speeds[OURS], speeds[rival], f"{what}_s")
            yield BenchmarkRow(
                name=f"codecs.speed.over_{rival}.{what}",
                value=ratio,
                unit="",
                goal=1.0,
                better="higher",
            )


def measured_speeds(
    coders: Mapping[str, Mapping[str, Coder]],
    codes: Codes,
    report: Callable[[str], None],
    *,
    repetitions: int,
) -> dict[str, dict[str, Speed]]:
    """Return what every codec takes with every setting, all of which work in turn.

    Parameters
    ----------
    coders : mapping of str to mapping of str to Coder
        Codecs, and their settings.
    codes : ndarray of int16, shape (frames, channels)
        Samples.
    report : callable
        Told in a line of text what is being timed.
    repetitions : int
        Rounds.

    Returns
    -------
    dict of str to dict of str to Speed
        In the same order.

    Raises
    ------
    RuntimeError
        What a codec decoded is not what it had encoded.
    """
    contenders: dict[str, Callable[[], object]] = {}
    size: dict[str, int] = {}
    for codec, settings in coders.items():
        for name, coder in settings.items():
            report(f"codecs: preparing {codec} {name}")
            coded = coder.encode(codes)  # which compiles and loads, as decoding does
            if not np.array_equal(coder.decode(coded), codes):
                raise RuntimeError(f"{codec} {name} must give back what it encoded, but did not")
            key = f"{codec} {name}"
            size[key] = sum(map(len, coded))
            contenders[f"{key}, encoding"] = partial(coder.encode, codes)
            contenders[f"{key}, decoding"] = partial(coder.decode, coded)
    best_s = best_times(
        contenders,
        repetitions=repetitions,
        report=report,
        benchmark="codecs",
        clock=time.process_time,
    )
    return {
        codec: {
            name: Speed(
                bits_per_sample=BITS * size[f"{codec} {name}"] / codes.size,
                encoding_s=best_s[f"{codec} {name}, encoding"],
                decoding_s=best_s[f"{codec} {name}, decoding"],
            )
            for name in settings
        }
        for codec, settings in coders.items()
    }


def times_as_fast(ours: Mapping[str, Speed], theirs: Mapping[str, Speed], what: str) -> float:
    """Return how many times as fast as a rival one is, at its worst, with as few bytes.

    Against each setting of the rival stands the fastest own one that takes no more bytes than it;
    the setting against which that gains least counts.

    Parameters
    ----------
    ours, theirs : mapping of str to Speed
        Settings.
    what : {"encoding_s", "decoding_s"}
        Which time.

    Returns
    -------
    float
        The ratio; 0 where a setting of the rival takes fewer bytes than any own one.

    Examples
    --------
    >>> quick = Speed(bits_per_sample=4.0, encoding_s=1.0, decoding_s=1.0)
    >>> dense = Speed(bits_per_sample=3.0, encoding_s=3.0, decoding_s=1.0)
    >>> other = Speed(bits_per_sample=3.5, encoding_s=6.0, decoding_s=1.0)
    >>> times_as_fast({"quick": quick, "dense": dense}, {"other": other}, "encoding_s")
    2.0
    """
    ratios = []
    for rival in theirs.values():
        taken_s = [
            getattr(own, what)
            for own in ours.values()
            if own.bits_per_sample <= rival.bits_per_sample
        ]
        ratios.append(getattr(rival, what) / min(taken_s) if taken_s else 0.0)
    return min(ratios)


def _own(way: Way, channels: int) -> Coder:
    table = static_tables()
    return Coder(
        encode=lambda codes: [encode(codes, way, table)],
        decode=lambda packets: decode(packets[0], channels, table),
    )


def _of_setting(name: str, codec: str, speed: Speed, seconds: float) -> Iterator[BenchmarkRow]:
    yield BenchmarkRow(
        name=f"{name}.bits_per_sample",
        value=speed.bits_per_sample,
        unit="bit",
        goal=None,
        better="lower",
    )
    for what, taken_s in (("encoding", speed.encoding_s), ("decoding", speed.decoding_s)):
        yield BenchmarkRow(
            name=f"{name}.{what}",
            value=seconds / taken_s,
            unit="x real time",
            goal=REAL_TIME_GOAL if codec == OURS else None,
            better="higher",
        )
