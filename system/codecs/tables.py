"""Tables of the arithmetic coder: checked, and laid out for decoding."""

import zlib
from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt

from rtl.arithmetic_encoder_config import TOTAL, TOTAL_BITS
from system.codecs.stream_format import StreamFormat
from system.errors import UserError

__all__ = ["MOST_VERSION", "DecodingTables", "check_table", "packed_table", "unpacked_table"]

MOST_VERSION = 255
VERSIONS_AHEAD = 127  # of one that came: they are of an earlier round of all versions
NO_SYMBOL = -1


def check_table(version: int, table: npt.ArrayLike, stream: StreamFormat) -> npt.NDArray[np.int32]:
    """Return a table if it is one.

    Parameters
    ----------
    version : int
        Its version.
    table : array_like of int, shape (contexts, symbols + 1)
        Cumulative frequencies of each context, descending.
    stream : StreamFormat
        What it is for.

    Returns
    -------
    ndarray of int32
        The table.

    Raises
    ------
    UserError
        It has another shape, another sum, or a symbol without a frequency.
    """
    if not 0 <= version <= MOST_VERSION:
        raise UserError(f"version of a table must be in 0..{MOST_VERSION}, not {version}")
    rows = np.asarray(table)
    shape = stream.contexts, stream.codec.arithmetic.symbols + 1
    if rows.shape != shape or rows.dtype.kind not in "iu":
        raise UserError(
            f"table {version} must be integers of shape {shape}, not {rows.dtype} of {rows.shape}"
        )
    for context, row in enumerate(rows.astype(np.int64)):
        if row[0] != TOTAL or row[-1] != 0:
            raise UserError(
                f"table {version}: frequencies of context {context} must sum to {TOTAL},"
                f" not to {row[0] - row[-1]} from {row[-1]}"
            )
        frequencies = row[:-1] - row[1:]
        if frequencies.min() < 1:
            symbol = int(frequencies.argmin())
            raise UserError(
                f"table {version}: every symbol must have a frequency of at least 1,"
                f" but symbol {symbol} of context {context} has {frequencies[symbol]}"
            )
    return rows.astype(np.int32)


def packed_table(table: npt.NDArray[np.int32]) -> bytes:
    """Return a table in few bytes.

    Parameters
    ----------
    table : ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies, descending.

    Returns
    -------
    bytes
        Of each context, the difference of each frequency to the one before, modulo 2**16; first
        the low bytes of all of them, then the high ones; as zlib compresses them.
    """
    frequencies = -np.diff(table, axis=1)
    steps = np.diff(frequencies, axis=1, prepend=0).astype("<u2")
    halves = steps.view(np.uint8).reshape(-1, 2).T
    return zlib.compress(halves.tobytes(), 9)


def unpacked_table(packed: bytes, stream: StreamFormat) -> npt.NDArray[np.int64]:
    """Return the table that :func:`packed_table` packed.

    Parameters
    ----------
    packed : bytes
        Any bytes.
    stream : StreamFormat
        What the table is for.

    Returns
    -------
    ndarray of int64, shape (contexts, symbols + 1)
        For :func:`check_table`.

    Raises
    ------
    ValueError
        It has another size.
    zlib.error
        The bytes are none of zlib's.
    """
    symbols = stream.codec.arithmetic.symbols
    size = 2 * stream.contexts * symbols
    halves = zlib.decompressobj().decompress(packed, size + 1)
    if len(halves) != size:
        raise ValueError(f"frequencies must be {size} bytes, not {len(halves)}")
    steps = np.frombuffer(halves, dtype=np.uint8).reshape(2, -1).T.copy().view("<u2")
    frequencies = np.cumsum(steps.reshape(-1, symbols), axis=1, dtype=np.uint16)
    ends = np.cumsum(frequencies[:, ::-1].astype(np.int64), axis=1)[:, ::-1]
    return np.pad(ends, ((0, 0), (0, 1)))


class DecodingTables:
    """All tables that packets of a stream may name, those that came in the stream among them.

    Parameters
    ----------
    tables : mapping of int to array_like
        Cumulative frequencies by version.
    stream : StreamFormat
        What they are for.

    Raises
    ------
    UserError
        One of them is no table.
    """

    def __init__(self, tables: Mapping[int, npt.ArrayLike], stream: StreamFormat) -> None:
        self._stream = stream
        self._first: dict[int, int] = {}  # row of the first context
        self._known: set[int] = set()
        self._cumulative = np.empty((0, stream.codec.arithmetic.symbols + 1), dtype=np.int32)
        self._symbols = np.empty((0, 1 << TOTAL_BITS), dtype=np.int16)
        for version, table in tables.items():
            self.put(version, table)

    @property
    def versions(self) -> Collection[int]:
        """Versions that are known."""
        return self._known

    @property
    def cumulative(self) -> npt.NDArray[np.int32]:
        """Cumulative frequencies, descending, [tables, symbols + 1]: context by context."""
        return self._cumulative

    @property
    def symbols(self) -> npt.NDArray[np.int16]:
        """The symbol of each cumulative frequency, [tables, 2**14]; negative where is none."""
        return self._symbols

    def first_rows(self) -> npt.NDArray[np.int64]:
        """Return the row of the first context of each of 256 versions; 0 for unknown ones."""
        rows = np.zeros(MOST_VERSION + 1, dtype=np.int64)
        rows[list(self._first)] = list(self._first.values())
        return rows

    def put(self, version: int, table: npt.ArrayLike) -> None:
        """Add a table, or put it in the place of the one of the same version.

        Parameters
        ----------
        version : int
            Its version.
        table : array_like of int, shape (contexts, symbols + 1)
            Cumulative frequencies.

        Raises
        ------
        UserError
            It is no table.
        """
        rows = check_table(version, table, self._stream)
        self._known.add(version)
        first = self._first.setdefault(version, len(self._first) * len(rows))
        needed = len(self._first) * len(rows)
        if needed > len(self._cumulative):
            room = max(needed, 2 * len(self._cumulative)) - len(self._cumulative)
            self._cumulative = np.pad(self._cumulative, ((0, room), (0, 0)))
            self._symbols = np.pad(self._symbols, ((0, room), (0, 0)), constant_values=NO_SYMBOL)
        self._cumulative[first : first + len(rows)] = rows
        names = np.arange(rows.shape[1] - 1)[::-1]
        for row, ends in zip(self._symbols[first:], rows, strict=False):
            row[:TOTAL] = np.repeat(names, -np.diff(ends)[::-1])

    def renew(self, version: int, table: npt.ArrayLike) -> None:
        """Take over a table that came in the stream, and forget those of an earlier round.

        Versions are counted up and are a byte. So the next ones after it, half of all, are not to
        be used should the packets be lost that bring them anew.

        Parameters
        ----------
        version : int
            Its version.
        table : array_like of int, shape (contexts, symbols + 1)
            Cumulative frequencies.

        Raises
        ------
        UserError
            It is no table.
        """
        self.put(version, table)
        rounds = MOST_VERSION + 1
        self._known -= {(version + n) % rounds for n in range(1, VERSIONS_AHEAD + 1)}
