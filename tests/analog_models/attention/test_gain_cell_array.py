import math
from dataclasses import replace

import numpy as np
import pytest

from analog_models.attention.cell_law import PUBLISHED_CUBIC
from analog_models.attention.charge_to_pulse import SCORE_CONVERTER
from analog_models.attention.gain_cell import GainCellConfig
from analog_models.attention.gain_cell_array import GainCellArray, GainCellArrayConfig
from analog_models.attention.pulse_width import PulseWidthConfig

SIGNED = replace(SCORE_CONVERTER, signed=True)
IDEAL = GainCellArrayConfig(
    rows=24,
    columns=40,
    cell=GainCellConfig(
        threshold_mismatch_v=0.0, gain_mismatch=0.0, bitline_ohm=0.0, temperature_k=0.0
    ),
    drivers=PulseWidthConfig(skew_s=0.0, jitter_s=0.0),
    converter=replace(SIGNED, gain_mismatch=0.0, offset_mismatch=0.0, noise=0.0),
)
REAL = GainCellArrayConfig(rows=24, columns=40, converter=SIGNED)


def written(config, seed=0):
    array = GainCellArray(config, mismatch_rng=np.random.default_rng(seed))
    codes = np.random.default_rng(1).integers(0, 8, (config.columns, config.rows))
    array.write(codes, noise_rng=np.random.default_rng(2))
    return array, codes


def some_queries(count=50, rows=24):
    return np.random.default_rng(3).integers(0, 16, (count, rows)).astype(np.int8)


def each_alone(array, queries, **settings):
    return np.array([array.multiply(query, **settings) for query in queries])


@pytest.mark.parametrize("age", [0, 700])
def test_an_ideal_array_is_the_product(age):
    array, codes = written(IDEAL)
    array.age(age)

    left_v = 0.45 + (codes * 0.9 / 7 - 0.45) * math.exp(-1.6e-4 * age)
    product = some_queries() / 15 @ PUBLISHED_CUBIC.current_a(left_v).T / 80e-6

    assert product.min() < -0.1  # both signs
    np.testing.assert_allclose(array.multiply(some_queries()), product, atol=1e-6)  # single
    # A current is off by up to half of 1/8191 of 10 uA, a pulse of 1/4095: sums of 24 over 80 uA.
    np.testing.assert_allclose(each_alone(array, some_queries()), product, atol=5e-4)


def test_one_and_many_agree_on_a_real_die():
    array, _ = written(REAL)

    many = array.multiply(some_queries())

    np.testing.assert_allclose(each_alone(array, some_queries()), many, atol=5e-4)
    assert abs(many - written(IDEAL)[0].multiply(some_queries())).max() > 5e-3


def test_noise_is_that_of_the_converters():
    array, _ = written(replace(REAL, converter=replace(SIGNED, noise=0.01)))
    query, rng = some_queries(1)[0], np.random.default_rng(4)

    quiet = array.multiply(query)
    alone = np.array([array.multiply(query, noise_rng=rng) for _ in range(500)])
    batch = array.multiply(np.tile(query, (500, 1)), noise_rng=rng)

    for noisy in (alone, batch):
        # 20,000 draws know a deviation to 0.5 %; jitter adds to it by far less.
        assert np.std(noisy - quiet) == pytest.approx(0.01, rel=0.03)
        assert np.mean(noisy - quiet) == pytest.approx(0.0, abs=4e-4)


def test_a_hard_sigmoid_converter_limits_on_both_sides():
    array, _ = written(replace(IDEAL, converter=replace(IDEAL.converter, signed=False)))

    product = array.multiply(some_queries())

    assert product.min() == 0.0
    np.testing.assert_allclose(
        product, np.clip(written(IDEAL)[0].multiply(some_queries()), 0, 1), atol=1e-7
    )


def test_a_clocked_converter_ends_at_a_step():
    array, _ = written(replace(IDEAL, converter=replace(IDEAL.converter, steps=20)))

    for product in (array.multiply(some_queries()), each_alone(array, some_queries())):
        np.testing.assert_allclose(product * 20, np.rint(product * 20), atol=1e-5)


def test_the_bitline_takes_off_what_its_load_says():
    loaded = replace(IDEAL, cell=replace(IDEAL.cell, bitline_ohm=2000.0))
    load = loaded.cell.bitline_load(80e-6)

    plain, less = (written(each)[0].multiply(some_queries()) for each in (IDEAL, loaded))

    np.testing.assert_allclose(less, plain / (1 + load * abs(plain)), atol=1e-6)


def test_one_die_repeats_and_two_differ():
    first, again, other = (written(REAL, seed)[0].multiply(some_queries()) for seed in (0, 0, 1))

    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_long_rows_do_not_overflow():
    config = replace(IDEAL, rows=1000, converter=replace(IDEAL.converter, saturation_c=2e-10))
    array = GainCellArray(config, mismatch_rng=np.random.default_rng(0))
    array.write(np.full((40, 1000), 7), noise_rng=np.random.default_rng(0))

    product = array.multiply(np.full(1000, 15, dtype=np.int8))

    # 1000 cells of 10.313 uA over 200 pC / 15 ns.
    np.testing.assert_allclose(product, 1000 * 10.313e-6 * 15e-9 / 2e-10, rtol=1e-3)


def test_bad_input_is_refused():
    array, _ = written(REAL)
    empty = GainCellArray(REAL, mismatch_rng=np.random.default_rng(0))
    rng = np.random.default_rng(0)

    with pytest.raises(ValueError, match=r"^query codes must be in 0\.\.15, not 16\.\.16$"):
        array.multiply(np.full(24, 16, dtype=np.int8))
    with pytest.raises(ValueError, match=r"^query codes must be in 0\.\.15, not -1\.\.-1$"):
        array.multiply(np.full((2, 24), -1))
    with pytest.raises(
        ValueError,
        match=r"^query codes must have the shape \[24\] or \[vectors, 24\], not \(23,\)$",
    ):
        array.multiply(np.zeros(23, dtype=np.int8))
    with pytest.raises(TypeError, match=r"^query codes must be whole numbers, not float64$"):
        array.multiply(np.full(24, np.nan))
    with pytest.raises(
        ValueError, match=r"^stored codes must have the shape \(40, 24\), not \(24, 40\)$"
    ):
        empty.write(np.zeros((24, 40), dtype=int), noise_rng=rng)
    with pytest.raises(ValueError, match=r"^stored codes must be in 0\.\.7, not 0\.\.8$"):
        empty.write(np.eye(40, 24, dtype=int) * 8, noise_rng=rng)
    with pytest.raises(ValueError, match=r"^array must be written before it ages$"):
        empty.age(3)
    with pytest.raises(ValueError, match=r"^array age must be in 0\.\.2147483648, not -1$"):
        array.age(-1)
    with pytest.raises(ValueError, match=r"^array rows must be in 1\.\.1048576, not 0$"):
        GainCellArrayConfig(rows=0)
