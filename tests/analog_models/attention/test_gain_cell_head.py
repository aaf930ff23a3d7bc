import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

from analog_models.attention.cell_law import PUBLISHED_CUBIC, PUBLISHED_LINEAR, TableLaw
from analog_models.attention.charge_to_pulse import OUTPUT_CONVERTER, SCORE_CONVERTER
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.gain_cell import GainCellConfig
from analog_models.attention.gain_cell_head import (
    GainCellHead,
    GainCellHeadConfig,
    GainCellLayer,
)
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.head_physics import expected_tiles
from analog_models.attention.leakage import ExponentialLeakage, TableLeakage
from analog_models.attention.published import published_attention

SMALL = HeadGeometry(head_dim=24, window_tokens=48, tile_tokens=8)
LEVEL_V = AttentionCoding().level_v
LAWS = {
    "cubic": PUBLISHED_CUBIC,
    "linear": PUBLISHED_LINEAR,
    "table": TableLaw(
        LEVEL_V, PUBLISHED_CUBIC.current_a(LEVEL_V), PUBLISHED_CUBIC.slope_a_per_v(LEVEL_V)
    ),
}
LEAKAGES = {
    "published": ExponentialLeakage(1.6e-4),
    "none": ExponentialLeakage(0.0),
    "strong": ExponentialLeakage(0.1, rest_v=0.3),
    "table": TableLeakage(
        [0.0, 0.3, 0.9], [1e-5, 1e-3], [[0.01, 0.1], [0.3, 0.29], [0.89, 0.7]], token_s=1e-5
    ),
}


def small_config(**settings):
    return GainCellHeadConfig(
        geometry=SMALL,
        cell=GainCellConfig(**settings),
        score_converter=replace(SCORE_CONVERTER, saturation_c=30e-6 * 15e-9),
        output_converter=replace(OUTPUT_CONVERTER, saturation_c=10e-6 * 15e-9),
    )


def random_codes(tokens, shape, seed=0):
    rng = np.random.default_rng(seed)
    queries = rng.integers(0, 16, (tokens, *shape))
    keys, values = np.clip(np.rint(rng.normal(3.5, 2, (2, tokens, *shape))), 0, 7)
    return [each.astype(np.int8) for each in (queries, keys, values)]


def run(layer, codes, seed=1):
    noise_rng = np.random.default_rng(seed)
    return np.stack([layer.step(*each, noise_rng=noise_rng) for each in zip(*codes, strict=True)])


def layer_of(config, heads=2, seed=3):
    return GainCellLayer(config, heads=heads, mismatch_rng=np.random.default_rng(seed))


@pytest.mark.parametrize("leakage", LEAKAGES.values(), ids=list(LEAKAGES))
@pytest.mark.parametrize("law", LAWS.values(), ids=list(LAWS))
def test_the_ideal_limit_is_the_published_attention(law, leakage):
    coding = AttentionCoding()
    codes = random_codes(110, (2, 24))  # the ring comes round twice
    config = small_config(law=law, leakage=leakage).without_imperfections()

    sums = run(layer_of(config), codes)

    query, key_v, value_v = (
        np.moveaxis(each, 0, 1)
        for each in (codes[0] / 15, coding.stored_v(codes[1]), coding.stored_v(codes[2]))
    )
    published = published_attention(
        query,
        key_v,
        value_v,
        geometry=SMALL,
        law=law,
        leakage=leakage,
        score_saturation_a=30e-6,
        output_saturation_a=10e-6,
    )
    assert published.std() > 1 / 16
    np.testing.assert_array_equal(np.moveaxis(sums, 0, 1) / 16, published)


def test_a_head_of_the_published_size_equals_the_published_attention():
    coding = AttentionCoding()
    codes = random_codes(100, (1, 64))

    sums = run(layer_of(GainCellHeadConfig().without_imperfections(), heads=1), codes)

    query, key_v, value_v = (
        np.moveaxis(each, 0, 1)
        for each in (codes[0] / 15, coding.stored_v(codes[1]), coding.stored_v(codes[2]))
    )
    published = published_attention(query, key_v, value_v, geometry=HeadGeometry())
    np.testing.assert_array_equal(np.moveaxis(sums, 0, 1) / 16, published)


@pytest.mark.parametrize("leakage", LEAKAGES.values(), ids=list(LEAKAGES))
@pytest.mark.parametrize("law", LAWS.values(), ids=list(LAWS))
def test_a_die_without_noise_is_what_its_physics_says(law, leakage):
    config = small_config(law=law, leakage=leakage).without_noise()
    config = replace(config, score_converter=replace(config.score_converter, steps=15))
    layer, codes = layer_of(config), random_codes(110, (2, 24))
    coding = config.coding

    for token in zip(*codes, strict=True):
        sums = layer.step(*token, noise_rng=np.random.default_rng(0))

        expected = coding.output_codes(expected_tiles(layer, token[0])).sum(axis=1)
        np.testing.assert_array_equal(sums, expected)


IMPERFECTIONS = {
    "threshold_mismatch_v": 0.015,
    "gain_mismatch": 0.05,
    "bitline_ohm": 5000.0,
    "storage_cap_f": 0.05e-15,
}


@pytest.mark.parametrize("name", IMPERFECTIONS)
def test_every_imperfection_of_a_cell_matters_alone(name):
    ideal = small_config().without_imperfections()
    noisy = name == "storage_cap_f"
    changes = {name: IMPERFECTIONS[name], "temperature_k": 300.0 if noisy else 0.0}
    config = replace(ideal, cell=replace(ideal.cell, **changes))
    codes = random_codes(60, (2, 24))

    change = run(layer_of(config), codes) - run(layer_of(ideal), codes)

    assert (change != 0).any()


CONVERTERS = {"gain_mismatch": 0.05, "offset_mismatch": 0.05, "noise": 0.02}


@pytest.mark.parametrize("part", ["score_converter", "output_converter"])
@pytest.mark.parametrize("name", CONVERTERS)
def test_every_imperfection_of_a_converter_matters_alone(part, name):
    ideal = small_config().without_imperfections()
    config = replace(ideal, **{part: replace(getattr(ideal, part), **{name: CONVERTERS[name]})})
    codes = random_codes(60, (2, 24))

    change = run(layer_of(config), codes) - run(layer_of(ideal), codes)

    assert (change != 0).any()


@pytest.mark.parametrize("name", ["skew_s", "jitter_s"])
def test_every_imperfection_of_the_drivers_matters_alone(name):
    ideal = small_config().without_imperfections()
    config = replace(ideal, drivers=replace(ideal.drivers, **{name: 0.5e-9}))
    codes = random_codes(60, (2, 24))

    change = run(layer_of(config), codes) - run(layer_of(ideal), codes)

    assert (change != 0).any()


def test_one_die_repeats_and_two_differ():
    codes = random_codes(60, (2, 24))

    first, again, other = (
        run(layer_of(small_config().without_noise(), seed=seed), codes) for seed in (3, 3, 4)
    )

    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_noise_repeats_with_its_seed_and_after_a_reset():
    codes = random_codes(60, (2, 24))
    layer = layer_of(small_config())

    first = run(layer, codes)
    layer.reset()
    again = run(layer, codes)
    layer.reset()
    other = run(layer, codes, seed=2)

    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_head_is_a_layer_of_one():
    codes = random_codes(30, (24,))
    head = GainCellHead(small_config(), mismatch_rng=np.random.default_rng(3))
    layer = layer_of(small_config(), heads=1)

    np.testing.assert_array_equal(
        run(head, codes), run(layer, [each[:, None] for each in codes])[:, 0]
    )


def test_codes_may_be_of_any_whole_type_and_order():
    codes = random_codes(30, (2, 24))
    others = [np.asfortranarray(each.astype(np.int64)) for each in codes]

    np.testing.assert_array_equal(
        run(layer_of(small_config()), codes), run(layer_of(small_config()), others)
    )


def test_codes_may_be_read_only():
    codes = random_codes(30, (2, 24))
    locked = [each.copy() for each in codes]
    for each in locked:
        each.flags.writeable = False

    np.testing.assert_array_equal(
        run(layer_of(small_config()), codes), run(layer_of(small_config()), locked)
    )


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))],
    ids=["deepcopy", "pickle"],
)
def test_a_copy_has_its_own_memory(copied):
    codes = random_codes(60, (2, 24))
    early, late = [each[:30] for each in codes], [each[30:] for each in codes]
    whole = run(layer_of(small_config().without_noise()), codes)
    layer = layer_of(small_config().without_noise())
    run(layer, early)

    other = copied(layer)
    run(layer, late)
    del layer

    np.testing.assert_array_equal(run(other, late), whole[30:])


def full_window(config):
    """Return output codes of the published size with a full window, of one die and one noise."""
    return run(layer_of(config, heads=1), random_codes(1300, (1, 64)))[1024:].astype(float)


def test_the_fast_form_differs_from_the_exact_one_by_less_than_the_noise():
    """Die and draws are the same, so that only the approximations differ.

    They are 13 bits of current, 12 of pulse, and currents that are taken to fade alike for up to
    20 tokens, to 0.1 % of the largest. Measured: half as large as the noise, and apart from it, so
    that an output spreads 2 % more than by noise alone.
    """
    config = GainCellHeadConfig()
    exact, fast = (full_window(replace(config, exact=each)) for each in (True, False))
    noiseless = full_window(config.without_noise())

    assert abs(fast - exact).max() <= 3  # sums of 16 tiles
    assert abs(np.mean(fast - exact)) < 0.05  # of 256 either way
    noise = np.std(exact - noiseless)
    assert noise > 0.4
    assert np.std(fast - noiseless) < 1.05 * noise


def test_the_fast_form_looks_more_often_for_a_smaller_tolerance():
    config = replace(GainCellHeadConfig(), current_tolerance=1e-6)
    layer = layer_of(config, heads=1)
    exact = full_window(replace(config, exact=True))

    assert layer.units.plan.cycle_tokens == 1
    # Left are the counts: 1e-4 of a current and of a pulse a tile; sums of 16 are compared.
    assert np.mean(full_window(config) != exact) < 0.02


@pytest.mark.parametrize("name", ["query", "key", "value"])
def test_codes_out_of_range_are_refused_and_nothing_is_written(name):
    layer, codes = layer_of(small_config()), random_codes(1, (2, 24))
    highest = 15 if name == "query" else 7
    token = {each: codes[k][0] for k, each in enumerate(("query", "key", "value"))}

    for wrong, found in ((highest + 1, rf"\d\.\.{highest + 1}"), (-1, r"-1\.\.\d+")):
        bad = token[name].copy()
        bad[1, 5] = wrong
        with pytest.raises(
            ValueError, match=rf"^{name} codes must be in 0\.\.{highest}, not {found}$"
        ):
            layer.step(**{**token, name: bad}, noise_rng=np.random.default_rng(0))
        with pytest.raises(
            ValueError, match=rf"^{name} codes must be in 0\.\.{highest}, not {found}$"
        ):
            layer.step(**{**token, name: bad.astype(int)}, noise_rng=np.random.default_rng(0))

    assert layer.tokens == 0
    assert not layer.written.any()


def test_codes_that_do_not_fit_are_refused():
    layer = layer_of(small_config())
    query, key, value = (each[0] for each in random_codes(1, (2, 24)))
    rng = np.random.default_rng(0)

    with pytest.raises(ValueError, match=r"^key codes must have the shape \(2, 24\), not \(24,\)$"):
        layer.step(query, key[0], value, noise_rng=rng)
    with pytest.raises(TypeError, match=r"^query codes must be whole numbers, not float64$"):
        layer.step(query / 15, key, value, noise_rng=rng)
    with pytest.raises(ValueError, match=r"^layer heads must be in 1\.\.4096, not 0$"):
        layer_of(small_config(), heads=0)


def test_a_die_without_tokens_has_nothing_to_say():
    with pytest.raises(ValueError, match=r"^layer must hold a token to be read, and holds 0$"):
        expected_tiles(layer_of(small_config()), np.zeros((2, 24)))
