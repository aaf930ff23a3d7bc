import numpy as np

from rtl.coding_streams import Kind, symbol_layout
from rtl.residual_context import ACTIVITY_FRACTION_BITS
from rtl.table_trainer_config import TableTrainerConfig
from system.codecs.static_tables import (
    PAYLOAD,
    STATIC_CONFIG,
    fitted_static_codes,
    static_tables,
)
from verification.golden.table_trainer import pack_tables, symbol_counts, table_trainer
from verification.payloads import payload_dtype


def test_the_tables_are_those_of_the_recordings():
    """Rounded to four significant bits, so that no platform's last bit shows."""
    assert pack_tables(fitted_static_codes()).hex() == PAYLOAD


def test_the_tables_are_tables():
    tables = static_tables()

    assert tables.shape == (STATIC_CONFIG.contexts, STATIC_CONFIG.symbols + 1)
    assert (tables[:, 0] == 16383).all()
    assert (tables[:, -1] == 0).all()
    assert (np.diff(tables) < 0).all()
    spreads = -np.diff(tables) @ (np.arange(128) - 64) ** 2
    assert (np.diff(spreads) > 0).all()  # each context is of larger residuals


def normal_beats(rng, count):
    """Residuals of a normal distribution at contexts that fit them."""
    contexts = rng.integers(3, 12, count)
    level = 2.0 ** (contexts / 2) * np.where(contexts % 2, 1.06, 1.25)  # about the middle of each
    deviation = level / (1 << ACTIVITY_FRACTION_BITS) * np.sqrt(np.pi / 2)
    beats = np.zeros(count, dtype=payload_dtype(symbol_layout(9, 1)))
    beats["kind"], beats["context"] = Kind.SAMPLE.value, contexts
    beats["value"] = np.clip(np.rint(rng.normal(0, deviation)), -256, 255)
    return beats


def bits_of(tables, counts):
    return -(counts * np.log2(-np.diff(tables) / 16384)).sum() + 9 * counts[:, 0].sum()


def test_tables_are_within_a_hundredth_of_the_entropy_when_trained():
    """Their rounding to 14 bits, the symbols that never come, and their own bytes included."""
    rng = np.random.default_rng(97)
    config = TableTrainerConfig(coder=STATIC_CONFIG)
    beats = normal_beats(rng, 400_000)
    counts = symbol_counts(beats, config)

    trained = table_trainer(beats, config, version=1)

    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    entropy_bits = -(counts * np.log2(np.where(counts, shares, 1))).sum() + 9 * counts[:, 0].sum()
    assert entropy_bits < bits_of(trained.cumulative, counts) + 8 * len(trained.body)
    assert bits_of(trained.cumulative, counts) + 8 * len(trained.body) <= 1.01 * entropy_bits
    assert bits_of(static_tables(), counts) <= 1.08 * entropy_bits
