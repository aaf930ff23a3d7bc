"""The tables that the arithmetic encoder begins with, before any training."""

import numpy as np
import numpy.typing as npt

from rtl.arithmetic_encoder_config import ArithmeticEncoderConfig
from system.codecs.stream_format import StreamFormat
from system.codecs.symbol_counts import count_codes
from system.ground_truth import benchmark_records
from verification.golden import table_trainer
from verification.golden.table_trainer import cumulative_tables, unpack_tables

__all__ = ["STATIC_CONFIG", "fitted_static_codes", "static_tables"]

STATIC_CONFIG = ArithmeticEncoderConfig()
"""Sizes of the tables."""

SEED = 1999  # not that of the benchmarks, whose records these tables never saw
EASY_RECORDS = 8  # the first of a set, one shape of spikes at eight noise levels
SECONDS = 10.0
FULL_SCALES_V = (200e-6, 400e-6, 750e-6)
ORDER = 1  # of the difference: the one that takes fewest bits with trained tables

# As packets of mode TABLE hold them. Made by system.codecs.static_tables.fitted_static_codes; a
# test makes them again.
PAYLOAD = (
    "00374b0202030a1f354d647b88806d5945362b21140a01010032530102000302071525344352606d797e7e77"
    "6b5e514439322a221a130c0500000000010032540201030e19232e3844505b656e7479797671685e544a413a"
    "3128232019180d0305010100235b01000000000001000001000505040f1a21293139414850585e656b717579"
    "7a7975716b655e58514c443c37302c2a251e1a1415111109090402002164010000010102040103070e051519"
    "1f22282c32393f444950555a5f62676a6d6f71716f6d6a67625e5a55514b45403c3735312a221f1b17141a15"
    "0b0f0a05070300000001001e6a03000002020305081012161c22252b2e32383a3f42474a4e5155585b5e6164"
    "66696b6c6e6e6e6d6b6a686663615d5a56524f4b494643413b38322e2a282521202122201e1a141108050000"
    "0101001d7b02020203040608070e14151e2127292c3335393b404246494b4e51535558595b5c5e6061626363"
    "63626161605e5c5b59565452504d4b494744413e3a3834302e2c2b282726282723201b141010090308040102"
    "01010000010000000000000101167e020000000104000100010104010f0a10101a1d211f25282a2f3134373a"
    "3d404245484a4c4d505153555759595a5a5b5b5a59595858565554535251504e4c4a494543413e3b39383533"
    "3233313130302f2e2e2d2828211e1b1611110d0906040203010201000000000102127f010000010001000101"
    "02020303050206080709120f11161719191e1e2123212528282b2c2e30323435383a3b3c3f40424445474849"
    "484747454544434241413f3f3e3f3d3a39383634333230302f2f30302e2f30323231312f2b2925211e1e191a"
    "150e110b080607060407020301190b7f010001000000000000010100000101020003000306040407000a0f0a"
    "141314151a192121222525272829292a2e2e2f323438393c3d3e3f3f3f3f3f3e3f3e3e3d3d3d3d3c3c3c3c3b"
    "3c3c3c3c3b3b3b3b3b3b3b3b3b3c3b3b3a383836353533322f2e2b29272824211f1d1a1a18130d0e0c0b0907"
    "01"
)


def static_tables() -> npt.NDArray[np.int32]:
    """Return the tables, for one bank of the encoder.

    Returns
    -------
    ndarray of int32, shape (contexts, symbols + 1)
        Cumulative frequencies, descending.
    """
    return cumulative_tables(unpack_tables(bytes.fromhex(PAYLOAD), STATIC_CONFIG))


def fitted_static_codes() -> npt.NDArray[np.uint8]:
    """Return rounded counts of synthetic recordings, at 9 bits and several full scales.

    Returns
    -------
    ndarray of uint8, shape (contexts, symbols)
        Rounded counts.
    """
    config, stream = STATIC_CONFIG, StreamFormat(sample_width=STATIC_CONFIG.sample_width)
    half = 1 << (config.sample_width - 1)
    values = np.zeros((1 << 5, 2 * half), dtype=np.int64)
    for record in benchmark_records(seed=SEED, seconds=SECONDS)[:EASY_RECORDS]:
        voltage_v = np.asarray(record.voltage_v)
        for full_scale_v in FULL_SCALES_V:
            codes = np.rint(voltage_v * (half / full_scale_v)).clip(-half, half - 1)
            values += count_codes(codes.astype(np.int16), stream, order=ORDER)
    return table_trainer.count_codes(_symbol_counts(values, config))


def _symbol_counts(
    values: npt.NDArray[np.int64], config: ArithmeticEncoderConfig
) -> npt.NDArray[np.int64]:
    """Return how often each symbol comes in each table."""
    symbols = np.arange(values.shape[1]) - values.shape[1] // 2 + config.symbols // 2
    symbols[(symbols < 0) | (symbols >= config.symbols)] = 0
    counts = np.zeros((config.contexts, config.symbols), dtype=np.int64)
    for context, row in enumerate(values):
        np.add.at(counts[config.table_of(context)], symbols, row)
    return counts
