"""Tables of the arithmetic coder: of a recording, or of what noise of each size looks like."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from rtl.arithmetic_encoder_config import TOTAL
from rtl.packet_format import Engine
from rtl.residual_context import ACTIVITY_FRACTION_BITS
from system.codecs.sample_codes import SampleCode
from system.codecs.static_tables import STATIC_CONFIG, static_tables
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
MOST_TRAINED, MOST_TRIED = 1 << 24, 1 << 20  # samples that are read for it
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
    recording: Recording,
    code: SampleCode,
    stream: StreamFormat,
    *,
    order: int,
    adaptive: bool = False,
    trained: bool = False,
    engine: Engine | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> ChosenTables | None:
    """Return the tables with which a recording takes fewest bits, their own included.

    Parameters
    ----------
    recording : Recording
        The recording, of which at most 16 million samples are read; a million if the tables are
        not trained.
    code : SampleCode
        Its codes.
    stream : StreamFormat
        Format of its packets, apart from the tables' sizes.
    order : int
        Order of the difference.
    adaptive : bool
        Whether the adaptive predictor follows.
    trained : bool
        Whether tables may be fitted to the recording. Others are those of normal noise, and those
        with which the arithmetic encoder begins.
    engine : Engine or None
        The entropy coder; None for the one that takes fewer bits.
    progress : callable
        Told which part has been read.

    Returns
    -------
    ChosenTables or None
        The best; None for the Golomb code, which needs none.
    """
    if engine is Engine.GOLOMB:
        return None
    stream = replace(stream, contexts=contexts_of(stream.sample_width), table_base=0)
    most = MOST_TRAINED if trained else MOST_TRIED
    counts = count_values(
        recording, code, stream, order=order, adaptive=adaptive, most=most, progress=progress
    )
    weight = recording.frames * recording.channels / counts.sum()
    choices = _untrained(stream) + (_trained(counts, stream) if trained else [])
    bits = [_bits(counts, choice, weight) for choice in choices]
    best = int(np.argmin(bits))
    if engine is None and weight * _golomb_bits(counts, stream) < bits[best]:
        return None
    return choices[best]


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
    choices = _of_noise(stream) + _trained(counts, stream)
    return min(choices, key=lambda choice: _bits(counts, choice))


def _widths(stream: StreamFormat) -> list[StreamFormat]:
    return [replace(stream, alphabet_width=n) for n in range(NARROWEST, WIDEST + 1)]


def _of_noise(stream: StreamFormat) -> list[ChosenTables]:
    return [ChosenTables(stream=each, table=expected_table(each)) for each in _widths(stream)]


def _trained(counts: npt.NDArray[np.int64], stream: StreamFormat) -> list[ChosenTables]:
    return [ChosenTables(stream=each, table=fitted_table(counts, each)) for each in _widths(stream)]


def _untrained(stream: StreamFormat) -> list[ChosenTables]:
    static = replace(
        stream,
        alphabet_width=STATIC_CONFIG.alphabet_width,
        contexts=STATIC_CONFIG.contexts,
        table_base=STATIC_CONFIG.context_base,
    )
    has_symbols = stream.sample_width >= STATIC_CONFIG.alphabet_width
    known = [ChosenTables(stream=static, table=static_tables())] if has_symbols else []
    return _of_noise(stream) + known


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
    """Return counts of symbols in each table, what is escaped added up in the first symbol."""
    config = stream.codec.arithmetic
    middle, half = counts.shape[1] // 2, config.symbols // 2
    inner = counts[:, middle - half : middle + half].copy()
    if config.escapes:
        inner[:, 0] += counts.sum(axis=1) - inner.sum(axis=1)
    rows = np.clip(np.arange(len(counts)) - stream.table_base, 0, stream.contexts - 1)
    tables = np.zeros((stream.contexts, config.symbols), dtype=np.int64)
    np.add.at(tables, rows, inner)
    return tables


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


def _bits(counts: npt.NDArray[np.int64], choice: ChosenTables, weight: float = 1.0) -> float:
    """Return how many bits so many times the counted values, and the table itself, take."""
    inner = _symbol_counts(counts, choice.stream)
    frequencies = -np.diff(choice.table, axis=1)
    bits = float((inner * -np.log2(frequencies / TOTAL)).sum())
    if choice.stream.codec.arithmetic.escapes:
        bits += choice.stream.sample_width * float(inner[:, 0].sum())
    return weight * bits + TABLE_BITS_PER_BYTE * len(packed_table(choice.table))


def _golomb_bits(counts: npt.NDArray[np.int64], stream: StreamFormat) -> float:
    """Return how many bits the counted values take without tables."""
    config = stream.codec.golomb
    values = np.arange(counts.shape[1]) - counts.shape[1] // 2
    folded = np.where(values < 0, -2 * values - 1, 2 * values)
    bits = 0.0
    for context in np.flatnonzero(counts.any(axis=1)).tolist():
        low = min(max(context - config.context_base, 0) // 2, stream.sample_width - 1)
        zeros = folded >> low
        escaped = zeros >= config.unary_limit
        length = np.where(escaped, config.unary_limit + stream.sample_width, zeros + 1 + low)
        bits += float((counts[context] * length).sum())
    return bits
