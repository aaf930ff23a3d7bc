"""Arithmetic coding and decoding of one residual at a time, for loops that compile it.

As :class:`rtl.arithmetic_encoder.ArithmeticEncoder` does it. A coder's state is a tuple, because
calls that hand on arrays cost several times what the steps do:

- of an encoder (low, high, pending, bits, count): the interval, both ends included, how many bits
  are open, and the last ``count`` bits written, to which those above do not belong; it begins as
  ``FRESH_ENCODER``. The caller takes whole bytes away after each residual: while ``count >= 8``,
  ``count -= 8`` and a byte is ``(bits >> count) & 0xFF``.
- of a decoder (low, high, pending, offset, bits, count, broken): the same, the place of the code in
  the interval, ``count`` bits that were read ahead, and whether no encoder has written this. The
  caller adds bytes before each residual: while ``count < DECODER_BITS``,
  ``bits = (bits << 8) | byte`` and ``count += 8``. Zeros follow the last byte.
"""

import numpy as np

from analog_models.compiled import compiled
from rtl.arithmetic_encoder_config import TOTAL_BITS
from rtl.coding_streams import BYTE_WIDTH
from rtl.interval_shift import END_WIDTH, MAX_PENDING

__all__ = [
    "DECODER_BITS",
    "FRESH_ENCODER",
    "Decoder",
    "Encoder",
    "coded_bytes",
    "decode_bits",
    "decode_value",
    "encode_bits",
    "encode_value",
    "finish_coding",
    "start_decoding",
    "symbol_of",
    "target_of",
]

Encoder = tuple[int, int, int, int, int]
Decoder = tuple[int, int, int, int, int, int, int]

HALF, TOP = 1 << (END_WIDTH - 1), (1 << END_WIDTH) - 1
MASK = TOP >> 1
FRESH_ENCODER: Encoder = (0, TOP, 0, 0, 0)
"""State of an encoder where a packet begins."""
DECODER_BITS = 40
"""Bits that the longest residual needs: its symbol shifts by 16, what is escaped by 20 more."""

_LEADING_ZEROS = np.array([BYTE_WIDTH - n.bit_length() for n in range(256)], dtype=np.uint8)


@compiled
def _leading_zeros(number: int) -> int:
    """Return how many zeros the 16 bits of ``number`` begin with."""
    if number > 255:
        return int(_LEADING_ZEROS[number >> 8])
    return 8 + int(_LEADING_ZEROS[number])


@compiled
def _shifts(low: int, high: int) -> tuple[int, int]:
    """Return how many first bits both ends have in common, and how many shifts normalise them.

    The further shifts take away second bits, as long as that of ``low`` is 1 and of ``high`` 0.
    """
    same = _leading_zeros(low ^ high)
    further = (low & ~high) << (same + 1)
    return same, same + _leading_zeros(~further & TOP)


@compiled
def _encode(state: Encoder, lower: int, upper: int) -> Encoder:
    """Narrow the interval to the part of ``lower`` to ``upper`` and write what is certain."""
    low, high, pending, bits, count = state
    span = high - low + 1
    high = low + (span * upper >> TOTAL_BITS) - 1
    low += span * lower >> TOTAL_BITS
    same, shift = _shifts(low, high)
    if same:
        # The first bit, the open ones, which are its opposite, and the others.
        opposite = ((1 << pending) - 1) << (same - 1)
        bits = (bits << (same + pending)) + (low >> (END_WIDTH - same)) + opposite
        count += same + pending
        pending = 0
    pending += shift - same
    low = (low << shift) & MASK
    high = HALF | (high << shift) & MASK | ((1 << shift) - 1)
    if pending > MAX_PENDING:
        # Too many are open: the half that holds more than a quarter shall decide.
        first = high >> (END_WIDTH - 2) & 1
        bits = (bits << (pending + 1)) + (1 << pending) - 1 + first
        count += pending + 1
        pending = 0
        low, high = (0, 2 * (high - HALF) + 1) if first else (2 * low, TOP)
    return low, high, pending, bits, count


@compiled
def encode_bits(state: Encoder, number: int, width: int) -> Encoder:
    """Encode bits as they are, without a table: a raw byte has eight.

    Parameters
    ----------
    state : tuple of int
        The encoder's.
    number, width : int
        The bits as a number, and how many they are, in 1..8.

    Returns
    -------
    tuple of int
        Its next state.
    """
    unit = TOTAL_BITS - width
    return _encode(state, number << unit, (number + 1) << unit)


@compiled
def symbol_of(value: int, symbol_width: int, width: int) -> int:
    """Return the symbol of a residual, 0 where it is escaped.

    Parameters
    ----------
    value : int
        The residual, signed, of ``width`` bits.
    symbol_width, width : int
        As in the configuration, ``width`` its ``sample_width``.

    Returns
    -------
    int
        The symbol, in 0..2**symbol_width - 1.

    Examples
    --------
    >>> [symbol_of(value, 7, 9) for value in (-64, -63, 0, 63, 64)]
    [0, 1, 64, 127, 0]
    """
    symbol = value + (1 << (symbol_width - 1))
    if symbol_width < width and (symbol < 0 or symbol >> symbol_width):
        return 0
    return symbol


@compiled
def encode_value(
    state: Encoder,
    symbol: int,
    lower: int,
    upper: int,
    value: int,
    symbol_width: int,
    width: int,
) -> Encoder:
    """Encode a residual.

    Parameters
    ----------
    state : tuple of int
        The encoder's, with a ``count`` of at most 7.
    symbol : int
        Its symbol, as :func:`symbol_of` gives it.
    lower, upper : int
        Cumulative frequencies of symbols ``symbol + 1`` and ``symbol``, in the table that holds.
    value : int
        The residual, signed, of ``width`` bits.
    symbol_width, width : int
        As in the configuration, ``width`` its ``sample_width``.

    Returns
    -------
    tuple of int
        Its next state.
    """
    state = _encode(state, lower, upper)
    if symbol_width < width and symbol == 0:
        if width > BYTE_WIDTH:
            above = width - BYTE_WIDTH
            state = encode_bits(state, (value >> BYTE_WIDTH) & ((1 << above) - 1), above)
            width = BYTE_WIDTH
        state = encode_bits(state, value & ((1 << width) - 1), width)
    return state


@compiled
def finish_coding(state: Encoder) -> Encoder:
    """Write a one, which names the interval that is left, and zeros up to the end of its byte.

    Parameters
    ----------
    state : tuple of int
        The encoder's.

    Returns
    -------
    tuple of int
        A fresh state, but for the bits, all of which are whole bytes.
    """
    _, _, _, bits, count = state
    zeros = (BYTE_WIDTH - 1 - count) % BYTE_WIDTH
    return 0, TOP, 0, (2 * bits + 1) << zeros, count + 1 + zeros


@compiled
def start_decoding(bits: int, count: int) -> Decoder:
    """Return the state of a decoder where a packet begins.

    Parameters
    ----------
    bits, count : int
        The first bits of the payload as a number, and how many they are, at least 16.

    Returns
    -------
    tuple of int
        The state.
    """
    return 0, TOP, 0, (bits >> (count - END_WIDTH)) & TOP, bits, count - END_WIDTH, 0


@compiled
def target_of(state: Decoder) -> int:
    """Return the cumulative frequency at which the code points.

    Parameters
    ----------
    state : tuple of int
        The decoder's.

    Returns
    -------
    int
        In 0..2**14 - 1: it lies between ``lower`` and ``upper`` of the symbol.
    """
    low, high, _, offset, _, _, _ = state
    # Exact: quotients of such small integers are further from the next one than rounding reaches.
    return int((((offset + 1) << TOTAL_BITS) - 1) / (high - low + 1))


@compiled
def _decode(state: Decoder, lower: int, upper: int) -> Decoder:
    """Narrow the interval as :func:`_encode` did, and read as many bits as it shifted."""
    low, high, pending, offset, bits, count, broken = state
    span = high - low + 1
    high = low + (span * upper >> TOTAL_BITS) - 1
    part = span * lower >> TOTAL_BITS
    low += part
    offset -= part
    same, shift = _shifts(low, high)
    pending = (0 if same else pending) + shift - same
    low = (low << shift) & MASK
    high = HALF | (high << shift) & MASK | ((1 << shift) - 1)
    count -= shift
    offset = (offset << shift) | ((bits >> count) & ((1 << shift) - 1))
    if pending > MAX_PENDING:
        pending = 0
        first = high >> (END_WIDTH - 2) & 1
        offset -= HALF - low if first else 0
        low, high = (0, 2 * (high - HALF) + 1) if first else (2 * low, TOP)
        count -= 1
        offset = 2 * offset + ((bits >> count) & 1)
    if not 0 <= offset <= high - low:
        broken, offset = 1, 0
    return low, high, pending, offset, bits, count, broken


@compiled
def decode_bits(state: Decoder, width: int) -> tuple[int, Decoder]:
    """Decode bits that were encoded as they are.

    Parameters
    ----------
    state : tuple of int
        The decoder's.
    width : int
        How many, in 1..8.

    Returns
    -------
    tuple
        The bits as a number, and the decoder's next state.
    """
    unit = TOTAL_BITS - width
    number = target_of(state) >> unit
    return number, _decode(state, number << unit, (number + 1) << unit)


@compiled
def decode_value(
    state: Decoder, symbol: int, lower: int, upper: int, symbol_width: int, width: int
) -> tuple[int, Decoder]:
    """Decode a residual.

    Any bits give some residual of ``width`` bits; where no encoder can have written them,
    ``broken`` may be set, and stays so.

    Parameters
    ----------
    state : tuple of int
        The decoder's, with a ``count`` of at least :data:`DECODER_BITS`.
    symbol : int
        The symbol at :func:`target_of` the state.
    lower, upper : int
        Cumulative frequencies of symbols ``symbol + 1`` and ``symbol``, in the table that holds.
    symbol_width, width : int
        As in the configuration, ``width`` its ``sample_width``.

    Returns
    -------
    tuple
        The residual, and the decoder's next state.
    """
    state = _decode(state, lower, upper)
    largest = (1 << (symbol_width - 1)) - 1
    if symbol or symbol_width >= width:
        return symbol - largest - 1, state
    above = 0
    if width > BYTE_WIDTH:
        above, state = decode_bits(state, width - BYTE_WIDTH)
    number, state = decode_bits(state, min(width, BYTE_WIDTH))
    number |= above << BYTE_WIDTH
    value = number - ((number >> (width - 1)) << width)
    if -largest <= value <= largest:  # it has a symbol of its own
        low, high, pending, offset, bits, count, _ = state
        state = low, high, pending, offset, bits, count, 1
    return value, state


@compiled
def coded_bytes(state: Decoder, read: int) -> int:
    """Return how many bytes an encoder makes of what was decoded, with that of its end.

    Parameters
    ----------
    state : tuple of int
        The decoder's.
    read : int
        Bytes that were handed to it, zeros that followed the last included.

    Returns
    -------
    int
        Bytes: a payload of another length is damaged.
    """
    return (read * BYTE_WIDTH - END_WIDTH - state[5] - state[2]) // BYTE_WIDTH + 1
