"""Tables that entropy coders are tried with, and how they get into a circuit."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rtl.arithmetic_encoder_config import TOTAL, TOTAL_BITS, ArithmeticEncoderConfig
from rtl.coding_streams import Kind, symbol_layout
from rtl.interval_shift import END_WIDTH
from verification.arithmetic_coding import FRESH_ENCODER, encode_value
from verification.payloads import payload_dtype

__all__ = ["random_tables", "table_writes", "undecided_packet"]


def random_tables(
    config: ArithmeticEncoderConfig, *, rng: np.random.Generator
) -> npt.NDArray[np.int32]:
    """Return cumulative frequencies that are nearly even, uneven, or nearly all of one symbol.

    Parameters
    ----------
    config : ArithmeticEncoderConfig
        The coder's configuration.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of int32, shape (2, contexts, symbols + 1)
        Descending, of both banks.
    """
    tables = np.zeros((2, config.contexts, config.symbols + 1), dtype=np.int32)
    for table in tables.reshape(-1, config.symbols + 1):
        weights = rng.random(config.symbols) ** rng.choice([0, 4, 300])
        spare = TOTAL - config.symbols
        frequencies = 1 + np.floor(spare * weights / weights.sum()).astype(np.int32)
        frequencies[np.argmax(weights)] += TOTAL - frequencies.sum()
        table[:-1] = np.cumsum(frequencies[::-1])[::-1]
    return tables


def undecided_packet(
    table: npt.NDArray[np.int32], samples: int, config: ArithmeticEncoderConfig
) -> npt.NDArray[np.void]:
    """Return the beats of a packet whose coder never knows a bit, as long as it may.

    Each residual is the one whose part of the interval holds the middle of all.

    Parameters
    ----------
    table : ndarray of int32, shape (symbols + 1,)
        Cumulative frequencies of the first table of bank 0.
    samples : int
        Residuals in the packet.
    config : ArithmeticEncoderConfig
        The coder's configuration.

    Returns
    -------
    ndarray of records
        Fields as in :func:`rtl.coding_streams.symbol_layout`.
    """
    layout = symbol_layout(config.sample_width, config.channels)
    beats = np.zeros(samples + 2, dtype=payload_dtype(layout))
    beats["kind"][1:-1], beats["last"][-1] = Kind.SAMPLE.value, 1
    state, largest = FRESH_ENCODER, config.symbols // 2 - 1
    for beat in beats[1:-1]:
        low, high, pending, *_ = state
        span, middle = high - low + 1, 1 << (END_WIDTH - 1)
        starts = low + (span * table.astype(np.int64) >> TOTAL_BITS)
        symbol = int(np.clip(np.argmax(starts < middle) - 1, config.escapes, 2 * largest + 1))
        beat["value"] = symbol - largest - 1
        ends = int(table[symbol + 1]), int(table[symbol])
        state = encode_value((low, high, pending, 0, 0), symbol, *ends, 0, 2, 2)
    return beats


def table_writes(tables: npt.NDArray[np.int32]) -> Iterator[dict[str, int]]:
    """Yield what is to be on the table port of the coder, a cycle each.

    Parameters
    ----------
    tables : ndarray of int32, shape (2, contexts, symbols + 1)
        Cumulative frequencies of both banks.

    Yields
    ------
    dict from str to int
        Members of :func:`rtl.arithmetic_encoder_config.table_write_signature`; the last is idle.
    """
    for bank, context, symbol in np.ndindex(*tables[..., :-1].shape):
        yield {
            "valid": 1,
            "bank": bank,
            "context": context,
            "symbol": symbol,
            "cumulative": int(tables[bank, context, symbol]),
        }
    yield {"valid": 0}
