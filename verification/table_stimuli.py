"""Tables that entropy coders are tried with, and how they get into a circuit."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rtl.arithmetic_encoder_config import TOTAL, ArithmeticEncoderConfig

__all__ = ["centred_tables", "random_tables", "table_writes"]


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


def centred_tables(config: ArithmeticEncoderConfig) -> npt.NDArray[np.int32]:
    """Return cumulative frequencies by which residual 0 has the third in the middle of all.

    An interval that is narrowed by this again and again keeps the middle of the first one inside:
    not one of its bits is certain.

    Parameters
    ----------
    config : ArithmeticEncoderConfig
        The coder's configuration.

    Returns
    -------
    ndarray of int32, shape (2, contexts, symbols + 1)
        Descending, of both banks.
    """
    middle, third = config.symbols // 2, (TOTAL + 1) // 3
    table = np.zeros(config.symbols + 1, dtype=np.int32)
    table[: middle + 1] = np.linspace(TOTAL, 2 * third + 1, middle + 1)
    table[middle + 1 :] = np.linspace(third, 0, middle)
    return np.tile(table, (2, config.contexts, 1))


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
