"""Bit-exact model of :class:`rtl.arithmetic_encoder.ArithmeticEncoder`."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.arithmetic_encoder_config import ArithmeticEncoderConfig
from rtl.coding_streams import BYTE_WIDTH, CONTEXT_WIDTH, Kind, coded_byte_layout
from verification.arithmetic_coding import (
    FRESH_ENCODER,
    encode_bits,
    encode_value,
    finish_coding,
    symbol_of,
)
from verification.payloads import payload_dtype

__all__ = ["arithmetic_encoder"]

_RAW, _SAMPLE = Kind.RAW.value, Kind.SAMPLE.value


def arithmetic_encoder(
    beats: npt.NDArray[np.void], tables: npt.ArrayLike, config: ArithmeticEncoderConfig
) -> npt.NDArray[np.void]:
    """Return the bytes of packets' bodies for some residuals and bytes.

    Parameters
    ----------
    beats : ndarray of records
        Fields as in :func:`rtl.coding_streams.symbol_layout`.
    tables : array_like of int, shape (2, contexts, symbols + 1)
        Cumulative frequencies of both banks, descending.
    config : ArithmeticEncoderConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of records
        Bytes in the order in which they leave, fields as in
        :func:`rtl.coding_streams.coded_byte_layout`.

    Examples
    --------
    >>> from rtl.coding_streams import symbol_layout
    >>> config = ArithmeticEncoderConfig(channels=1, sample_width=2, alphabet_width=2, contexts=1)
    >>> beats = np.zeros(2, dtype=payload_dtype(symbol_layout(2, 1)))
    >>> beats["kind"], beats["value"] = [2, 0], [1, 165]
    >>> tables = 2 * [[[16383, 16000, 8000, 4000, 0]]]  # the last symbol is in the first quarter
    >>> arithmetic_encoder(beats, tables, config)["byte"].tolist()  # 00, a one and zeros; as it is
    [32, 165]
    """
    out = _encode_beats(
        beats["kind"].astype(np.int64),
        beats["value"].astype(np.int64),
        beats["bank"].astype(np.int64),
        beats["last"].astype(np.int64),
        beats["channel"] // config.packet_channels,
        np.array([config.table_of(n) for n in range(1 << CONTEXT_WIDTH)])[beats["context"]],
        np.asarray(tables, dtype=np.int32),
        config.groups,
        config.symbol_width,
        config.sample_width,
    )
    leaving = np.empty(len(out), dtype=payload_dtype(coded_byte_layout(config.groups)))
    leaving["byte"], leaving["group"], leaving["last"] = out.T
    return leaving


@compiled
def _encode_beats(
    kinds: npt.NDArray[np.int64],
    values: npt.NDArray[np.int64],
    banks: npt.NDArray[np.int64],
    lasts: npt.NDArray[np.int64],
    groups: npt.NDArray[np.int64],
    contexts: npt.NDArray[np.int64],
    tables: npt.NDArray[np.int32],
    group_count: int,
    symbol_width: int,
    width: int,
) -> npt.NDArray[np.int64]:
    """Return (byte, group, last) of everything that leaves."""
    leaving = np.empty((len(kinds) * BYTE_WIDTH, 3), dtype=np.int64)
    written = 0
    states = [FRESH_ENCODER for _ in range(group_count)]
    at_work = np.zeros(group_count, dtype=np.bool_)
    for n in range(len(kinds)):
        group, value = groups[n], values[n]
        state = states[group]
        if kinds[n] == _SAMPLE:
            symbol = symbol_of(value, symbol_width, width)
            table = tables[banks[n], contexts[n]]
            state = encode_value(
                state, symbol, table[symbol + 1], table[symbol], value, symbol_width, width
            )
        elif kinds[n] == _RAW:
            state = encode_bits(state, value & 0xFF, BYTE_WIDTH)
        else:
            if at_work[group]:
                state = finish_coding(state)
            low, high, pending, bits, count = state
            state = low, high, pending, (bits << BYTE_WIDTH) | value, count + BYTE_WIDTH
        at_work[group] = kinds[n] == _SAMPLE or kinds[n] == _RAW
        low, high, pending, bits, count = state
        while count >= BYTE_WIDTH:
            count -= BYTE_WIDTH
            leaving[written, 0] = (bits >> count) & 0xFF
            leaving[written, 1] = group
            leaving[written, 2] = lasts[n] and count == 0
            written += 1
        states[group] = low, high, pending, bits, count
    return leaving[:written].copy()
