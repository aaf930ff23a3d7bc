"""Payloads of packets, from samples to bytes in compiled loops, as fast as one core can.

The same as what the golden models of the blocks give one after the other, which is tested.
"""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from verification.code_kernels import arithmetic_codes, count_symbols, golomb_codes
from verification.residual_kernels import CodingFormat, residuals

__all__ = ["code_packets"]


@compiled
def code_packets(
    samples: npt.NDArray[np.int16],
    raw: npt.NDArray[np.uint8],
    item_rows: int,
    first_items: int,
    most_items: int,
    most_bytes: int,
    ends: bool,
    form: CodingFormat,
    context_of_level: npt.NDArray[np.uint8],
    bits_below: npt.NDArray[np.int64],
    tables: npt.NDArray[np.int32],
    table_of: npt.NDArray[np.int64],
    most_count: int,
    counts: npt.NDArray[np.int64],
    out: npt.NDArray[np.uint8],
    packets: npt.NDArray[np.int64],
) -> int:
    """Write the payloads of successive packets of one group, as many as there are items for.

    Parameters
    ----------
    samples : ndarray of int16, shape (items * item_rows, channels)
        Samples.
    raw : ndarray of uint8, shape (items, raw bytes)
        Bytes before each item.
    item_rows : int
        Rows of an item: 1 where items are frames, the samples of a snippet otherwise.
    first_items, most_items : int
        Items of the first packet, and of the others.
    most_bytes : int
        As for :func:`verification.code_kernels.golomb_codes`.
    ends : bool
        Whether the last packet may be shorter.
    form : CodingFormat
        Numbers.
    context_of_level, bits_below, table_of : ndarray
        As for the functions that are called.
    tables : ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies of one bank; for the Golomb coder, without any rows.
    most_count : int
        Largest count; 0 if nothing is to be counted.
    counts : ndarray of int64, shape (contexts, symbols + 1)
        Where it is added up how often each symbol was coded, and whether a count is the largest.
    out : ndarray of uint8
        Where the payloads go, one after the other.
    packets : ndarray of int64, shape (items, 2)
        Where the number of items of each packet goes, and the end of its payload in ``out``.

    Returns
    -------
    int
        Number of packets.
    """
    channels = samples.shape[1]
    most_rows = max(first_items, most_items) * item_rows
    value = np.empty(most_rows * channels, dtype=np.int16)
    context = np.empty(most_rows * channels, dtype=np.uint8)
    difference = np.empty(most_rows, dtype=np.int16)
    item, position, packet, wanted = 0, 0, 0, first_items
    while item + wanted <= len(raw) or (ends and item < len(raw)):
        items = min(wanted, len(raw) - item)
        rows = samples[item * item_rows : (item + items) * item_rows]
        size = rows.size
        restarts = item_rows if item_rows > 1 else len(rows)
        residuals(rows, restarts, form, context_of_level, value, context, difference)
        coded, bytes_before = (value[:size], context[:size]), raw[item : item + items]
        if len(tables):
            position, items = arithmetic_codes(
                *coded, bytes_before, items, most_bytes, form, tables, table_of, out, position
            )
        else:
            position, items = golomb_codes(
                *coded, bytes_before, items, most_bytes, form, bits_below, out, position
            )
        if most_count:
            length = size // len(bytes_before) * items
            count_symbols(value[:length], context[:length], table_of, form, most_count, counts)
        item += items
        packets[packet] = items, position
        packet += 1
        wanted = most_items
    return packet
