"""How few bits the records take, headers, checksums and tables included."""

from collections.abc import Callable, Iterator
from functools import partial
from statistics import fmean

import numpy as np
import numpy.typing as npt

from rtl.packet_format import Engine
from rtl.table_trainer_config import TableTrainerConfig
from system.benchmarks import BenchmarkRow
from system.benchmarks.codecs.coding import (
    PACKET_FRAMES,
    WAYS,
    Way,
    codec_config,
    decode,
    encode,
    plain,
    symbols,
)
from system.codecs.static_tables import static_tables
from verification.golden.packet_framer import packet_framer
from verification.golden.table_trainer import TrainedTables, table_trainer

__all__ = ["entropy_bits", "rows", "trained_tables"]

BITS = 8
STATIC_GOAL, TRAINED_GOAL = 0.60, 0.66
ENTROPY_GOALS = {Engine.ARITHMETIC: 1.01, Engine.GOLOMB: 1.04}

saving = partial(BenchmarkRow, unit="", better="higher")
Codes = npt.NDArray[np.int16]


def rows(codes: Codes, name: str, report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows of some records at one full scale.

    Parameters
    ----------
    codes : ndarray of int16, shape (frames, records)
        A record a channel.
    name : str
        With which their names begin.
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Space saving, code over entropy, and samples that came back wrong.
    """
    static = static_tables()
    records = codes.shape[1]
    raw_bits = len(codes) * codec_config(1).sample_width
    wrong = 0
    for key, way in WAYS.items():
        report(f"codecs: {key}, {name.rpartition('.')[2]}")
        beats = [symbols(codes[:, record], way) for record in range(records)]
        coded = [encode(codes[:, [record]], way, static) for record in range(records)]
        wrong += sum(_wrong(codes[:, [n]], coded[n], static) for n in range(records))
        bits = [BITS * len(packets) for packets in coded]
        kept = key
        if way.engine is Engine.ARITHMETIC:
            yield saving(
                name=f"{name}.saving.{key}.static",
                value=1 - fmean(bits) / raw_bits,
                goal=STATIC_GOAL if way.adaptive else None,
            )
            live = [encode(codes[:, [n]], way, static, training=True) for n in range(records)]
            wrong += sum(_wrong(codes[:, [n]], live[n], static) for n in range(records))
            yield saving(
                name=f"{name}.saving.{key}.self_trained",
                value=1 - fmean(BITS * len(packets) for packets in live) / raw_bits,
                goal=None,
            )
            kept = f"{key}.trained"
            trained = [trained_tables(each) for each in beats]
            own = [encode(codes[:, [n]], way, trained[n].cumulative) for n in range(records)]
            wrong += sum(
                _wrong(codes[:, [n]], own[n], trained[n].cumulative) for n in range(records)
            )
            bits = [
                BITS * (len(packets) + len(packet_framer(tables.body)))
                for packets, tables in zip(own, trained, strict=True)
            ]
        goal = TRAINED_GOAL if way.engine is Engine.ARITHMETIC and way.adaptive else None
        yield saving(name=f"{name}.saving.{kept}", value=1 - fmean(bits) / raw_bits, goal=goal)
        yield _over_entropy(f"{name}.over_entropy.{kept}", way, beats, bits)
    yield BenchmarkRow(name=f"{name}.wrong", value=wrong, unit="", goal=0, better="lower")


def trained_tables(beats: npt.NDArray[np.void]) -> TrainedTables:
    """Return the tables that the trainer on chip makes of what the engine is given.

    Parameters
    ----------
    beats : ndarray of records
        From :func:`~system.benchmarks.codecs.coding.symbols`.

    Returns
    -------
    TrainedTables
        The tables, and the packet that tells a decoder.
    """
    config = TableTrainerConfig(coder=codec_config(1).arithmetic)
    return table_trainer(beats, config, version=0)


def entropy_bits(values: npt.NDArray[np.int16]) -> float:
    """Return the zero-order entropy of all values together: each is as likely as it is frequent.

    Parameters
    ----------
    values : ndarray of int16
        Values.

    Returns
    -------
    float
        Bits.

    Examples
    --------
    >>> entropy_bits(np.array([0, 1, 0, 1, 2, 3, 2, 3], dtype=np.int16))
    16.0
    """
    counts = np.unique(values, return_counts=True)[1]
    return float(-(counts * np.log2(counts / len(values))).sum())


def _over_entropy(
    name: str, way: Way, beats: list[npt.NDArray[np.void]], bits: list[int]
) -> BenchmarkRow:
    width = codec_config(1).sample_width
    left = [plain(each["value"].astype(np.int16), width, PACKET_FRAMES) for each in beats]
    ratios = [each / entropy_bits(values) for each, values in zip(bits, left, strict=True)]
    return BenchmarkRow(
        name=name, value=fmean(ratios), unit="", goal=ENTROPY_GOALS[way.engine], better="lower"
    )


def _wrong(codes: Codes, packets: bytes, table: npt.NDArray[np.int32]) -> int:
    came = decode(packets, codes.shape[1], table)
    return codes.size if came.shape != codes.shape else int(np.count_nonzero(came != codes))
