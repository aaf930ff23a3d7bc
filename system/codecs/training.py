"""Tables of the arithmetic coder: of a recording, or of what noise of each size looks like."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from rtl.arithmetic_encoder_config import TOTAL
from rtl.residual_context import ACTIVITY_FRACTION_BITS
from system.codecs.sample_codes import SampleCode
from system.codecs.stream_format import StreamFormat
from system.codecs.symbol_counts import CONTEXTS, count_values
from system.codecs.tables import packed_table
from system.recordings.recording import Recording

__all__ = [
    "ChosenTables",
    "choose_tables",
    "contexts_of",
    "expected_table",
    "fit_tables",
    "fitted_table",
]

NARROWEST, WIDEST = 4, 10  # widths of a symbol that are tried
USUAL = 8
# How far the mean of a few magnitudes is from that of many, as a natural logarithm: of eight
# magnitudes of a normal distribution, a quarter; and what is recorded is not stationary.
SPREAD = 0.4
SPREADS = np.linspace(-2.5, 2.5, 21)  # standard deviations
MEAN_MAGNITUDE = np.sqrt(2 / np.pi)  # of a normal distribution, over its standard deviation
TABLE_BITS_PER_BYTE = 64 / 3  # in a file: twice, as base64
LEAST_WEIGHT = 8.0  # counts that the expected table is worth where few were counted


@dataclass(frozen=True, kw_only=True, eq=False)
class ChosenTables:
    """Tables, and the format of the stream whose encoder they are for.

    Parameters
    ----------
    stream : StreamFormat
        With the sizes of the table.
    table : ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies, descending.
    """

    stream: StreamFormat
    table: npt.NDArray[np.int32]


def choose_tables(
    recording: Recording | None,
    code: SampleCode,
    stream: StreamFormat,
    *,
    order: int,
    adaptive: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> ChosenTables:
    """Return the tables with which a recording is coded.

    Parameters
    ----------
    recording : Recording or None
        The recording, of which at most 16 million samples are read; None for tables that fit none
        in particular.
    code : SampleCode
        Its codes.
    stream : StreamFormat
        Format of its packets, apart from the tables' sizes.
    order : int
        Order of the difference.
    adaptive : bool
        Whether the adaptive predictor follows.
    progress : callable
        Told which part has been read.

    Returns
    -------
    ChosenTables
        Those of the width of a symbol that costs fewest bits.
    """
    stream = replace(stream, contexts=contexts_of(stream.sample_width), table_base=0)
    if recording is None:
        stream = replace(stream, alphabet_width=min(USUAL, WIDEST))
        return ChosenTables(stream=stream, table=expected_table(stream))
    counts = count_values(
        recording, code, stream, order=order, adaptive=adaptive, progress=progress
    )
    return fit_tables(counts, stream)


def contexts_of(width: int) -> int:
    """Return how many contexts have a table of their own.

    Parameters
    ----------
    width : int
        Width of a sample, bits.

    Returns
    -------
    int
        As many as residuals of this width can have, the largest two together.
    """
    return min(2 * width + 2, CONTEXTS)


def fit_tables(counts: npt.NDArray[np.int64], stream: StreamFormat) -> ChosenTables:
    """Return the tables that take fewest bits for some counts.

    Parameters
    ----------
    counts : ndarray of int64, shape (contexts, 2**sample_width)
        From :func:`~system.codecs.symbol_counts.count_codes`.
    stream : StreamFormat
        Format of the packets, apart from the width of a symbol.

    Returns
    -------
    ChosenTables
        Those of the best width of a symbol; what is expected anyway where that is as good.
    """
    candidates = [replace(stream, alphabet_width=n) for n in range(NARROWEST, WIDEST + 1)]
    choices = [
        ChosenTables(stream=candidate, table=table)
        for candidate in candidates
        for table in (expected_table(candidate), fitted_table(counts, candidate))
    ]
    return min(choices, key=lambda choice: _bits(counts, choice.table, choice.stream))


def expected_table(stream: StreamFormat) -> npt.NDArray[np.int32]:
    """Return the table for normal noise of the size that each context stands for.

    Parameters
    ----------
    stream : StreamFormat
        Sizes.

    Returns
    -------
    ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies, descending.
    """
    return _cumulative(np.stack([_chances(n, stream) for n in range(stream.contexts)]))


def _chances(context: int, stream: StreamFormat) -> npt.NDArray[np.float64]:
    """Return how likely each symbol is, all of them together at most 1."""
    level = context if context < 2 else (2 + context % 2 + 0.5) * 2.0 ** (context // 2 - 1)
    mean = max(level, 0.5) / (1 << ACTIVITY_FRACTION_BITS)
    deviations = mean / MEAN_MAGNITUDE * np.exp(SPREAD * SPREADS)
    weights = np.exp(-(SPREADS**2) / 2)
    symbols = stream.codec.arithmetic.symbols
    borders = np.arange(symbols + 1) - symbols // 2 - 0.5
    below = weights @ ndtr(borders / deviations[:, None]) / weights.sum()
    chances = np.diff(below)
    if stream.codec.arithmetic.escapes:
        chances[0] = below[1] + 1 - below[-1]
    return chances


def fitted_table(counts: npt.NDArray[np.int64], stream: StreamFormat) -> npt.NDArray[np.int32]:
    """Return the table that fits some counts; where there are few, what is expected counts too.

    Parameters
    ----------
    counts : ndarray of int64, shape (contexts, 2**sample_width)
        From :func:`~system.codecs.symbol_counts.count_codes`.
    stream : StreamFormat
        Sizes.

    Returns
    -------
    ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies, descending.
    """
    expected = np.stack([_chances(n, stream) for n in range(stream.contexts)])
    return _cumulative(_symbol_counts(counts, stream) + LEAST_WEIGHT * expected)


def _symbol_counts(counts: npt.NDArray[np.int64], stream: StreamFormat) -> npt.NDArray[np.int64]:
    """Return counts of symbols, what is escaped added up in the first."""
    config = stream.codec.arithmetic
    middle, half = counts.shape[1] // 2, config.symbols // 2
    inner = counts[:, middle - half : middle + half].copy()
    if config.escapes:
        inner[:, 0] += counts.sum(axis=1) - inner.sum(axis=1)
    inner[stream.contexts - 1] += inner[stream.contexts :].sum(axis=0)
    return inner[: stream.contexts]


def _cumulative(weights: npt.NDArray) -> npt.NDArray[np.int32]:
    """Return tables whose frequencies are nearest to the weights, none of them zero."""
    contexts, symbols = weights.shape
    shares = weights / weights.sum(axis=1, keepdims=True) * (TOTAL - symbols)
    frequencies = np.floor(shares).astype(np.int64)
    rest = TOTAL - symbols - frequencies.sum(axis=1)
    order = np.argsort(frequencies - shares, axis=1)
    for context in range(contexts):
        frequencies[context, order[context, : rest[context]]] += 1
    ends = np.cumsum(frequencies[:, ::-1] + 1, axis=1)[:, ::-1]
    return np.pad(ends, ((0, 0), (0, 1))).astype(np.int32)


def _bits(
    counts: npt.NDArray[np.int64], table: npt.NDArray[np.int32], stream: StreamFormat
) -> float:
    """Return how many bits the counted values and the table itself take."""
    inner = _symbol_counts(counts, stream)
    frequencies = -np.diff(table, axis=1)
    bits = float((inner * -np.log2(frequencies / TOTAL)).sum())
    if stream.codec.arithmetic.escapes:
        bits += stream.sample_width * float(inner[:, 0].sum())
    bits += TABLE_BITS_PER_BYTE * len(packed_table(table))
    return bits
