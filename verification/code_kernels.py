"""The codes of a packet's residuals in compiled loops that gather the bits of many at once."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_streams import BYTE_WIDTH
from verification.arithmetic_coding import (
    FRESH_ENCODER,
    encode_bits,
    encode_value,
    finish_coding,
    symbol_of,
)
from verification.residual_kernels import CodingFormat

__all__ = ["arithmetic_codes", "count_symbols", "golomb_codes"]

_WORD = 24  # bits that are written at once: with the longest code, 40, they fit in 64


@compiled
def golomb_codes(
    value: npt.NDArray[np.int16],
    context: npt.NDArray[np.uint8],
    raw: npt.NDArray[np.uint8],
    items: int,
    most_bytes: int,
    form: CodingFormat,
    bits_below: npt.NDArray[np.int64],
    out: npt.NDArray[np.uint8],
    position: int,
) -> tuple[int, int]:
    """Write the Golomb codes of a packet's residuals.

    Parameters
    ----------
    value, context : ndarray, shape (residuals,)
        From :func:`verification.residual_kernels.residuals`.
    raw : ndarray of uint8, shape (items, raw bytes)
        Bytes before each item: a frame, or a snippet.
    items : int
        Most items to be written: as many of the same length are in ``value``.
    most_bytes : int
        No further item is begun when so many bytes are complete.
    form : CodingFormat
        Numbers.
    bits_below : ndarray of int64, shape (32,)
        Logarithm of the divisor, by context.
    out : ndarray of uint8
        Where bytes go; there must be enough, 5 a residual.
    position : int
        Where in ``out`` the payload begins.

    Returns
    -------
    tuple of int
        Where the payload ends, and how many items are in it.
    """
    begin = position
    length = len(value) // len(raw)
    word, count = np.uint64(0), 0
    item = 0
    while item < items:
        for n in range(-raw.shape[1], length):
            if n < 0:
                size, code = BYTE_WIDTH, int(raw[item, n])
            else:
                place = item * length + n
                r = int(value[place])
                folded = (r << 1) ^ (r >> 63)
                below = bits_below[context[place]]
                quotient = folded >> below
                size, code = quotient + 1 + below, folded - ((quotient - 1) << below)
                if quotient >= form.unary_limit:
                    size, code = form.unary_limit + form.width, folded
            word = word << np.uint64(size) | np.uint64(code)
            count += size
            while count >= _WORD:
                count -= _WORD
                out[position] = word >> np.uint64(count + 16)
                out[position + 1] = word >> np.uint64(count + 8)
                out[position + 2] = word >> np.uint64(count)
                position += 3
        item += 1
        if position - begin + count // BYTE_WIDTH >= most_bytes:
            break
    word <<= np.uint64(BYTE_WIDTH - 1)  # zeros behind the last bit
    while count > 0:
        out[position] = word >> np.uint64(count - 1)
        position += 1
        count -= BYTE_WIDTH
    return position, item


@compiled
def arithmetic_codes(
    value: npt.NDArray[np.int16],
    context: npt.NDArray[np.uint8],
    raw: npt.NDArray[np.uint8],
    items: int,
    most_bytes: int,
    form: CodingFormat,
    tables: npt.NDArray[np.int32],
    table_of: npt.NDArray[np.int64],
    out: npt.NDArray[np.uint8],
    position: int,
) -> tuple[int, int]:
    """Write the arithmetic code of a packet's residuals.

    Parameters
    ----------
    value, context, raw, items, most_bytes, form
        As for :func:`golomb_codes`.
    tables : ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies of one bank.
    table_of : ndarray of int64, shape (32,)
        Number of the table, by context.
    out : ndarray of uint8
        Where bytes go; there must be enough; see
        :attr:`rtl.arithmetic_encoder.ArithmeticEncoderConfig.longest_sample_bytes`.
    position : int
        Where in ``out`` the payload begins.

    Returns
    -------
    tuple of int
        Where the payload ends, and how many items are in it.
    """
    begin = position
    length = len(value) // len(raw)
    state = FRESH_ENCODER
    item = 0
    while item < items:
        for n in range(-raw.shape[1], length):
            if n < 0:
                state = encode_bits(state, int(raw[item, n]), BYTE_WIDTH)
            else:
                place = item * length + n
                r = int(value[place])
                symbol = symbol_of(r, form.symbol_width, form.width)
                table = table_of[context[place]]
                state = encode_value(
                    state,
                    symbol,
                    int(tables[table, symbol + 1]),
                    int(tables[table, symbol]),
                    r,
                    form.symbol_width,
                    form.width,
                )
            low, high, pending, bits, count = state
            while count >= BYTE_WIDTH:
                count -= BYTE_WIDTH
                out[position] = bits >> count
                position += 1
            state = low, high, pending, bits, count
        item += 1
        if position - begin >= most_bytes:
            break
    _, _, _, bits, count = finish_coding(state)
    while count >= BYTE_WIDTH:
        count -= BYTE_WIDTH
        out[position] = bits >> count
        position += 1
    return position, item


@compiled
def count_symbols(
    value: npt.NDArray[np.int16],
    context: npt.NDArray[np.uint8],
    table_of: npt.NDArray[np.int64],
    form: CodingFormat,
    most_count: int,
    counts: npt.NDArray[np.int64],
) -> None:
    """Count the symbols of some residuals, in each context until one of its counts is full.

    Parameters
    ----------
    value, context : ndarray, shape (residuals,)
        As for :func:`golomb_codes`.
    table_of : ndarray of int64, shape (32,)
        As for :func:`arithmetic_codes`.
    form : CodingFormat
        Numbers.
    most_count : int
        When a count is full.
    counts : ndarray of int64, shape (contexts, symbols + 1)
        Where counts are added up; the last of a context is 1 when one of the others is full.
    """
    full = counts.shape[1] - 1
    for place in range(len(value)):
        own = counts[table_of[context[place]]]
        if not own[full]:
            symbol = symbol_of(int(value[place]), form.symbol_width, form.width)
            own[symbol] += 1
            if own[symbol] == most_count:
                own[full] = 1
