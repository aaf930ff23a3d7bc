"""Tables of the arithmetic coder: of a recording, or of what noise of each size looks like."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from analog_models.compiled import compiled
from rtl.arithmetic_encoder_config import TOTAL
from rtl.coding_streams import CONTEXT_WIDTH
from rtl.residual_context import ACTIVITY_FRACTION_BITS
from system.codecs.measuring import frames_per_block, read_stored
from system.codecs.sample_codes import SampleCode
from system.codecs.stream_format import StreamFormat
from system.recordings.recording import Recording
from verification.golden.residual_context import context_of
from verification.residual_kernels import CodingFormat, residuals

__all__ = ["ChosenTables", "choose_tables", "count_values", "expected_table", "fitted_table"]

CONTEXTS = 1 << CONTEXT_WIDTH
NARROWEST, WIDEST = 4, 10  # widths of a symbol that are tried
USUAL = 8
MOST_COUNTED_SAMPLES = 1 << 24  # beyond it, blocks are left out
# How far the mean of a few magnitudes is from that of many, as a natural logarithm: of eight
# magnitudes of a normal distribution, a quarter; and what is recorded is not stationary.
SPREAD = 0.4
SPREADS = np.linspace(-2.5, 2.5, 21)  # standard deviations
MEAN_MAGNITUDE = np.sqrt(2 / np.pi)  # of a normal distribution, over its standard deviation
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
    progress : callable
        Told which part has been read.

    Returns
    -------
    ChosenTables
        Those of the width of a symbol that costs fewest bits.
    """
    stream = replace(stream, contexts=CONTEXTS, table_base=0)
    if recording is None:
        stream = replace(stream, alphabet_width=min(USUAL, WIDEST))
        return ChosenTables(stream=stream, table=expected_table(stream))
    counts = count_values(recording, code, stream, order=order, progress=progress)
    choices = []
    for width in range(NARROWEST, WIDEST + 1):
        candidate = replace(stream, alphabet_width=width)
        table = fitted_table(counts, candidate)
        choices.append((_bits(counts, table, candidate), width, table))
    _, width, table = min(choices, key=lambda choice: choice[0])
    return ChosenTables(stream=replace(stream, alphabet_width=width), table=table)


def count_values(
    recording: Recording,
    code: SampleCode,
    stream: StreamFormat,
    *,
    order: int,
    progress: Callable[[float], None] = lambda _: None,
) -> npt.NDArray[np.int64]:
    """Return how often each value was coded in each context.

    Parameters
    ----------
    recording : Recording
        The recording; of a long one, blocks from all over it.
    code : SampleCode
        Its codes.
    stream : StreamFormat
        Format of its packets.
    order : int
        Order of the difference.
    progress : callable
        Told which part has been read.

    Returns
    -------
    ndarray of int64, shape (contexts, 2**sample_width)
        Counts; the lowest value first.
    """
    width, config = stream.sample_width, stream.codec.context
    form = CodingFormat(
        width=width,
        shift=0,
        order=order,
        cross_eighths=0,
        window_shift=stream.window_shift,
        start_activity=config.start_activity,
        restart_context=config.restart_context,
        unary_limit=stream.unary_limit,
        symbol_width=stream.codec.arithmetic.symbol_width,
        taps=0,
        weight_fraction_bits=stream.weight_fraction_bits,
    )
    levels = np.arange(1 << (width + ACTIVITY_FRACTION_BITS))
    context_of_level = np.array([context_of(int(n), 0) for n in levels], dtype=np.uint8)
    counts = np.zeros((CONTEXTS, 1 << width), dtype=np.int64)
    block_frames = frames_per_block(recording.channels)
    starts = np.arange(0, recording.frames, block_frames)
    wanted = max(1, MOST_COUNTED_SAMPLES // (block_frames * recording.channels))
    if len(starts) > wanted:
        starts = starts[np.linspace(0, len(starts) - 1, wanted).astype(int)]
    for number, start in enumerate(starts.tolist()):
        stop = min(start + block_frames, recording.frames)
        codes = code.encode(read_stored(recording, start, stop))
        for first in range(0, len(codes), stream.most_counted):
            part = codes[first : first + stream.most_counted]
            value, context = np.empty(part.size, np.int16), np.empty(part.size, np.uint8)
            residuals(
                np.ascontiguousarray(part),
                len(part),
                form,
                context_of_level,
                value,
                context,
                np.zeros(len(part), dtype=np.int16),
            )
            _count(value, context, counts)
        progress((number + 1) / len(starts))
    return counts


@compiled
def _count(
    value: npt.NDArray[np.int16],
    context: npt.NDArray[np.uint8],
    counts: npt.NDArray[np.int64],
) -> None:
    half = counts.shape[1] // 2
    for n in range(len(value)):
        counts[context[n], value[n] + half] += 1


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
        From :func:`count_values`.
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
    return inner


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
    return bits
