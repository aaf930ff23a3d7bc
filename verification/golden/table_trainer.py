"""Bit-exact model of :class:`rtl.table_trainer.TableTrainer`, and of the tables it sends."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtl.arithmetic_encoder_config import TOTAL, ArithmeticEncoderConfig
from rtl.coding_streams import CONTEXT_WIDTH, Kind
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, VERSION, Engine, Mode
from rtl.table_trainer_config import COUNT_DIGITS, TableTrainerConfig

__all__ = [
    "TrainedTables",
    "count_codes",
    "counts_of",
    "cumulative_tables",
    "pack_tables",
    "symbol_counts",
    "table_trainer",
    "trained_tables",
    "unpack_tables",
]

WITH_ONE_PLACE = 1 << (COUNT_DIGITS - 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedTables:
    """What a training gives.

    Parameters
    ----------
    codes : ndarray of uint8, shape (contexts, symbols)
        Rounded counts, as they are sent.
    cumulative : ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies, descending.
    body : bytes
        The body of the packet that tells a decoder.
    """

    codes: npt.NDArray[np.uint8]
    cumulative: npt.NDArray[np.int32]
    body: bytes


def table_trainer(
    beats: npt.NDArray[np.void], config: TableTrainerConfig, *, version: int
) -> TrainedTables:
    """Return the tables that fit some residuals.

    Parameters
    ----------
    beats : ndarray of records
        All that the encoder takes from one training to the next, fields as in
        :func:`rtl.coding_streams.symbol_layout`.
    config : TableTrainerConfig
        The configuration of the hardware.
    version : int
        Of the new tables, in 0..255.

    Returns
    -------
    TrainedTables
        The tables.

    Examples
    --------
    >>> from rtl.coding_streams import symbol_layout
    >>> from verification.payloads import payload_dtype
    >>> coder = ArithmeticEncoderConfig(sample_width=2, alphabet_width=2, contexts=1)
    >>> beats = np.zeros(4, dtype=payload_dtype(symbol_layout(2, 1)))
    >>> beats["kind"], beats["value"] = 2, [-2, -1, -1, 0]
    >>> table_trainer(beats, TableTrainerConfig(coder=coder), version=1).cumulative.tolist()
    [[16383, 12288, 4098, 1, 0]]
    """
    return trained_tables(symbol_counts(beats, config), version=version)


def trained_tables(counts: npt.NDArray[np.int64], *, version: int) -> TrainedTables:
    """Return the tables that fit some counts.

    Parameters
    ----------
    counts : ndarray of int64, shape (contexts, symbols)
        How often each symbol came.
    version : int
        Of the new tables, in 0..255.

    Returns
    -------
    TrainedTables
        The tables.
    """
    codes = count_codes(counts)
    return TrainedTables(
        codes=codes, cumulative=cumulative_tables(codes), body=_body(codes, version)
    )


def symbol_counts(beats: npt.NDArray[np.void], config: TableTrainerConfig) -> npt.NDArray[np.int64]:
    """Return how often each symbol comes in each context, until one of the context is full.

    Parameters
    ----------
    beats : ndarray of records
        What the encoder takes.
    config : TableTrainerConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of int64, shape (contexts, symbols)
        Counts.
    """
    coder = config.coder
    beats = beats[beats["kind"] == Kind.SAMPLE.value]
    tables = np.array([coder.table_of(n) for n in range(1 << CONTEXT_WIDTH)])[beats["context"]]
    symbols = beats["value"] + coder.symbols // 2
    symbols[(symbols < 0) | (symbols >= coder.symbols)] = 0
    full = (1 << config.counter_width) - 1
    counts = np.zeros((coder.contexts, coder.symbols), dtype=np.int64)
    for table in range(coder.contexts):
        own = symbols[tables == table]
        counts[table] = np.bincount(own, minlength=coder.symbols)
        if counts[table].max() > full:
            ends = (
                np.flatnonzero(own == s)[full - 1] for s in np.flatnonzero(counts[table] > full)
            )
            counts[table] = np.bincount(own[: min(ends) + 1], minlength=coder.symbols)
    return counts


def count_codes(counts: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Return counts rounded to four significant bits, half upward, as a byte each.

    A code is the count itself up to 15. Then it has the upper three bits below the first one, and
    above them one more than the bits that were dropped.

    Parameters
    ----------
    counts : array_like of int
        Counts, below 2**31.

    Returns
    -------
    ndarray of uint8
        Codes.

    Examples
    --------
    >>> count_codes([0, 15, 16, 17, 31, 1000]).tolist()
    [0, 15, 16, 17, 24, 64]
    >>> counts_of([0, 15, 16, 17, 24, 64]).tolist()
    [0, 15, 16, 18, 32, 1024]
    """
    exact = np.asarray(counts, dtype=np.int64)
    dropped = np.maximum(np.frexp(exact)[1] - COUNT_DIGITS, 0)
    rounded = (exact + ((1 << dropped) >> 1)) >> dropped
    return (dropped * WITH_ONE_PLACE + rounded).astype(np.uint8)


def counts_of(codes: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the counts that codes stand for: the inverse of :func:`count_codes`, but for rounding.

    Parameters
    ----------
    codes : array_like of int
        Codes, any bytes.

    Returns
    -------
    ndarray of int64
        Counts, below 2**34.
    """
    code = np.asarray(codes, dtype=np.int64)
    dropped = np.maximum(code // WITH_ONE_PLACE - 1, 0)
    return (code - dropped * WITH_ONE_PLACE) << dropped


def cumulative_tables(codes: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Return the tables of rounded counts, by whole numbers alone.

    A symbol with a share p of its context gets ceil(p (16383 - symbols)) of 16383, but at least 1;
    residual 0 gets all that is left.

    Parameters
    ----------
    codes : array_like of int, shape (contexts, symbols)
        Rounded counts; any bytes give tables.

    Returns
    -------
    ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies, descending.
    """
    counts = counts_of(codes)
    symbols = counts.shape[1]
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    frequencies = np.maximum(-(-counts * (TOTAL - symbols) // totals), 1)
    middle = symbols // 2
    frequencies[:, middle] = 0
    frequencies[:, middle] = TOTAL - frequencies.sum(axis=1)
    cumulative = np.zeros((len(counts), symbols + 1), dtype=np.int32)
    cumulative[:, :-1] = np.cumsum(frequencies[:, ::-1], axis=1)[:, ::-1]
    return cumulative


def pack_tables(codes: npt.NDArray[np.uint8]) -> bytes:
    """Return the payload of a packet that tells a decoder the tables.

    For each context: the code of symbol 0, the first and the last of the others that came, and the
    codes of these and of all between them. If none came, the first is 1 and the last is 0.

    Parameters
    ----------
    codes : ndarray of uint8, shape (contexts, symbols)
        Rounded counts.

    Returns
    -------
    bytes
        The payload.

    Examples
    --------
    >>> pack_tables(np.array([[9, 0, 7, 5], [0, 0, 0, 0]], dtype=np.uint8)).hex(" ")
    '09 02 03 07 05 00 01 00'
    """
    payload = bytearray()
    for row in codes:
        came = 1 + np.flatnonzero(row[1:])
        first, last = (int(came[0]), int(came[-1])) if len(came) else (1, 0)
        payload += bytes([int(row[0]), first, last]) + row[first : last + 1].tobytes()
    return bytes(payload)


def unpack_tables(payload: bytes, config: ArithmeticEncoderConfig) -> npt.NDArray[np.uint8]:
    """Return the rounded counts of a payload.

    Parameters
    ----------
    payload : bytes
        From :func:`pack_tables`.
    config : ArithmeticEncoderConfig
        Sizes of the tables.

    Returns
    -------
    ndarray of uint8, shape (contexts, symbols)
        Rounded counts, for :func:`cumulative_tables`.

    Raises
    ------
    ValueError
        It is too short or too long, or names symbols that there are not; the message says where.
    """
    codes = np.zeros((config.contexts, config.symbols), dtype=np.uint8)
    place = 0
    for context in range(config.contexts):
        head = payload[place : place + 3]
        if len(head) < 3:
            raise ValueError(
                f"table of context {context} must have 3 bytes or more, not {len(head)}"
            )
        codes[context, 0], first, last = head
        if (first, last) != (1, 0) and not 1 <= first <= last < config.symbols:
            raise ValueError(
                f"table of context {context} must be of symbols in 1..{config.symbols - 1}, "
                f"not {first}..{last}"
            )
        row = payload[place + 3 : place + 4 + last - first]
        if len(row) < 1 + last - first:
            raise ValueError(
                f"table of context {context} must have {1 + last - first} counts, not {len(row)}"
            )
        codes[context, first : last + 1] = np.frombuffer(row, dtype=np.uint8)
        place += 3 + len(row)
    if place < len(payload):
        raise ValueError(f"tables must have {place} bytes, not {len(payload)}")
    return codes


def _body(codes: npt.NDArray[np.uint8], version: int) -> bytes:
    """Return the body of a packet: header, payload, and the number of contexts."""
    flags = Mode.TABLE.value | Engine.ARITHMETIC.value << 2
    header = bytes([flags, VERSION << 4, 0, version]).ljust(HEADER_BYTES, b"\0")
    return header + pack_tables(codes) + len(codes).to_bytes(TRAILER_BYTES, "little")
