import numpy as np
import pytest

from analog_models.attention.cell_law import PUBLISHED_CUBIC, TableLaw
from analog_models.attention.cell_tables import load_cell_table
from analog_models.attention.gain_cell_head import GainCellHead
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.presets import PRESETS, head_preset
from analog_models.attention.published import published_attention

SMALL = HeadGeometry(head_dim=64, window_tokens=32, tile_tokens=16)


def test_the_published_preset_has_the_published_cell():
    assert head_preset("published").cell.law == PUBLISHED_CUBIC


@pytest.mark.parametrize("name", ["cmos", "oxide", "tenth"])
def test_a_calibrated_preset_is_its_table(name):
    config, table = head_preset(name), load_cell_table(name)

    np.testing.assert_allclose(
        config.cell.law.current_a(table.level_v), table.current_a, rtol=1e-12
    )
    at_10_us = config.cell.leakage.voltage_v(table.level_v, 10e-6 / 780e-9)
    assert (abs(at_10_us - table.level_v) < 0.05).all()
    assert config.cell.gain_mismatch == table.gain_sigma
    assert config.cell.storage_cap_f == table.storage_cap_f
    assert config.output_converter.offset == table.converters["signed"].offset_s / 15e-9


def test_oxide_keeps_better_than_cmos():
    level_v = load_cell_table("cmos").level_v
    drift_v = [
        abs(head_preset(name).cell.leakage.voltage_v(level_v, 1023) - level_v).max()
        for name in ("cmos", "oxide")
    ]

    assert drift_v[1] < 0.2 * drift_v[0]


def as_published(name):
    """The cell's law, its current that for which the published converters are made."""
    if name != "tenth":
        return head_preset(name).cell.law
    table = load_cell_table(name)
    return TableLaw(table.level_v, 10 * table.current_a, 10 * table.slope_a_per_v)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_runs_and_its_ideal_limit_is_its_equations(name):
    config = head_preset(name, geometry=SMALL)
    rng = np.random.default_rng(0)
    query, key, value = rng.integers(0, [[[16]], [[8]], [[8]]], (3, 50, 64)).astype(np.int8)
    coding = config.coding
    dies = [
        GainCellHead(each, mismatch_rng=np.random.default_rng(1))
        for each in (config, config.without_imperfections())
    ]

    real, ideal = (
        np.array([die.step(*token, noise_rng=rng) for token in zip(query, key, value, strict=True)])
        for die in dies
    )

    published = published_attention(
        query[None] / 15,
        coding.stored_v(key)[None],
        coding.stored_v(value)[None],
        geometry=SMALL,
        law=as_published(name),
        leakage=config.cell.leakage,
    )
    np.testing.assert_array_equal(ideal / 16, published[0])
    # Two tiles; offsets of 1 to 3 % and mismatch of the cells move an output by about a code.
    assert 0 < np.std(real - ideal) < 4


def test_bad_presets_are_refused():
    with pytest.raises(ValueError, match=r"^cell table must be one of cmos, oxide, tenth or"):
        head_preset("vacuum")
    with pytest.raises(ValueError, match=r"^cell table cmos must reach the age of a window, 0.102"):
        head_preset("cmos", token_s=1e-4)
