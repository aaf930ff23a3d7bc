import json
from dataclasses import replace

import numpy as np
import pytest

from analog_models.attention.cell_law import TableLaw
from analog_models.attention.cell_tables import (
    SHIPPED_TABLES,
    cell_table_json,
    load_cell_table,
)
from analog_models.attention.leakage import TableLeakage


@pytest.mark.parametrize("name", SHIPPED_TABLES)
def test_a_shipped_table_makes_a_law_and_a_leakage(name):
    table = load_cell_table(name)

    law = TableLaw(table.level_v, table.current_a, table.slope_a_per_v)
    leakage = TableLeakage(table.level_v, table.age_s, table.stored_v, token_s=780e-9)

    np.testing.assert_allclose(law.current_a(table.level_v), table.current_a)
    # Tables are written to the nanovolt.
    np.testing.assert_allclose(leakage.voltage_v(table.level_v, 0), table.level_v, atol=1e-9)
    assert leakage.voltage_v(table.level_v, 1023).shape == (8,)


@pytest.mark.parametrize("name", SHIPPED_TABLES)
def test_a_shipped_table_is_within_half_a_percent_where_it_was_not_fitted(name):
    checks = load_cell_table(name).checks

    assert checks["held_out_of_full_scale"] < 0.005
    assert checks["aged_held_out_of_full_scale"] < 0.005


@pytest.mark.parametrize("name", SHIPPED_TABLES)
def test_a_shipped_table_says_what_made_it(name):
    provenance = load_cell_table(name).provenance

    assert provenance["command"] == "axocell calibrate"
    assert provenance["cards"].startswith("invented")
    assert provenance["monte_carlo_cells"] == 100


def test_cells_retain_as_published():
    """5 ms in CMOS; three orders of magnitude longer with an oxide transistor, within a half."""
    cmos, oxide = (load_cell_table(name).checks["retention_s"] for name in ("cmos", "oxide"))

    assert cmos == pytest.approx(5e-3, rel=0.05)
    assert oxide / cmos == pytest.approx(1000, rel=0.5)


def test_the_cell_of_our_design_takes_a_tenth():
    cmos, tenth = (load_cell_table(name) for name in ("cmos", "tenth"))

    # Adjusted at both rails; a longer channel is another curve between them.
    np.testing.assert_allclose(10 * tenth.current_a[[0, -1]], cmos.current_a[[0, -1]], rtol=0.02)
    assert abs(tenth.current_a).mean() == pytest.approx(abs(cmos.current_a).mean() / 10, rel=0.06)
    assert tenth.checks["retention_s"] > 5e-3
    for kind, figures in tenth.converters.items():
        made_for_more = cmos.converters[kind]
        assert figures.saturation_charge_c == pytest.approx(made_for_more.saturation_charge_c / 10)
        assert figures.energy_j < made_for_more.energy_j / 10
        assert figures.energy_of_none_j < figures.energy_j < figures.energy_of_saturation_j


@pytest.mark.parametrize("name", SHIPPED_TABLES)
def test_a_table_is_the_same_after_it_was_read_and_written(name, tmp_path):
    table = load_cell_table(name)
    path = tmp_path / "copy.json"
    path.write_text(cell_table_json(table), encoding="utf-8")

    assert cell_table_json(load_cell_table(path)) == cell_table_json(table)


def refusal(tmp_path, change):
    values = json.loads(cell_table_json(load_cell_table("cmos")))
    path = tmp_path / "table.json"
    path.write_text(json.dumps(change(values)), encoding="utf-8")
    with pytest.raises(ValueError, match="as axocell calibrate writes it, but has: ") as failure:
        load_cell_table(path)
    return str(failure.value).partition(" but has: ")[2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda values: {**values, "current_a": values["current_a"][:7]},
            "cell table current_a must have the shape (8,), not (7,)",
        ),
        (
            lambda values: {**values, "age_s": values["age_s"][:-1]},
            (
                "cell table stored_v must have a voltage of each level at each age, (8, 48), "
                "not (8, 49)"
            ),
        ),
        (
            lambda values: {**values, "slope_a_per_v": [float("inf")] * 8},
            "cell table slope_a_per_v must be finite, not inf",
        ),
        (
            lambda values: {**values, "gain_sigma": float("nan")},
            "cell table gain_sigma must be finite, not nan",
        ),
        (
            lambda values: {**values, "level_v": [0.0] * 8},
            f"cell table level_v must rise, not {[0.0] * 8}",
        ),
        (
            lambda values: {**values, "converters": {"signed": values["converters"]["signed"]}},
            "cell table converters must be signed and unsigned, not signed",
        ),
        (
            lambda values: values["converters"]["signed"].update(gain=float("nan")) or values,
            "converter gain must be finite, not nan",
        ),
    ],
    ids=["shape", "ages", "infinite", "nan", "levels", "converters", "converter"],
)
def test_a_table_that_is_none_is_refused(tmp_path, change, message):
    assert refusal(tmp_path, change) == message


@pytest.mark.parametrize(
    "change",
    [
        lambda _values: [],
        lambda _values: {},
        lambda values: {**values, "colour": "blue"},
        lambda values: {**values, "converters": 3},
        lambda values: {**values, "level_v": [["a"]]},
    ],
    ids=["list", "empty", "unknown", "number", "text"],
)
def test_a_file_of_something_else_is_refused(tmp_path, change):
    assert refusal(tmp_path, change)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="cell table") as failure:
        load_cell_table(tmp_path / "igzo.json")

    assert str(failure.value) == (
        "cell table must be one of cmos, oxide, tenth or a file, but "
        f"{tmp_path / 'igzo.json'} cannot be read: No such file or directory"
    )


def test_a_table_is_checked_however_it_is_made():
    with pytest.raises(ValueError, match="cell table read_kick_v must be finite, not nan"):
        replace(load_cell_table("cmos"), read_kick_v=float("nan"))
