from importlib import util

import numpy as np
import pytest

from analog_models.attention.cell_tables import load_cell_table
from analog_models.spice.cell_bench import LEVEL_V
from analog_models.spice.cell_circuit import CELLS, CellDesign
from analog_models.spice.converter_circuit import CONVERTERS
from verification.mixed_signal.column_bench import LONGEST, MixedSignalFailure, run_column
from verification.mixed_signal.column_model import column_widths_s, steps_from_count
from verification.simulators import MissingToolError

# Of a step of 1 ns: 0.1 is what the gates between comparator and counter take, which the delay of
# the converter does not hold; 0.03 the crookedness of its line; the rest, under 1 % of the longest
# pulse, edges of rows that end while others go on, which the table has one at a time.
TOLERANCE_STEPS = 0.25
LEVELS = [7, 6, 5, 0, 1, 7, 2, 4]
CORNERS = [
    [0, 0, 0, 0, 0, 0, 0, 0],
    [15, 0, 0, 0, 0, 0, 0, 0],  # one cell
    [15, 15, 15, 0, 0, 15, 0, 15],  # every positive cell: three quarters of saturation
    [0, 0, 0, 15, 15, 0, 15, 0],  # every negative one
    [1, 1, 1, 1, 1, 1, 1, 1],  # edges
]


def steps_off(cell, kind, levels, queries, folder):
    counts = run_column(CELLS[cell], CONVERTERS[kind], LEVEL_V[levels].tolist(), queries, folder)
    widths_s = column_widths_s(load_cell_table(cell), kind, levels, queries)
    delay_s = CONVERTERS[kind].pulse_delay_s
    return steps_from_count(widths_s, counts, delay_s=delay_s, longest=LONGEST)


def test_circuits_and_transistors_count_what_the_tables_say(tmp_path):
    counts = run_column(
        CELLS["cmos"], CONVERTERS["signed"], LEVEL_V[LEVELS].tolist(), CORNERS, tmp_path
    )

    table, delay_s = load_cell_table("cmos"), CONVERTERS["signed"].pulse_delay_s
    widths_s = column_widths_s(table, "signed", LEVELS, CORNERS)
    off = steps_from_count(widths_s, counts, delay_s=delay_s, longest=LONGEST)
    other_s = column_widths_s(table, "signed", LEVELS[::-1], CORNERS)
    far_off = steps_from_count(other_s, counts, delay_s=delay_s, longest=LONGEST)

    assert counts.min() < -5
    assert counts.max() > 10
    assert off.max() < TOLERANCE_STEPS
    assert far_off.max() > 10 * TOLERANCE_STEPS  # cells in the wrong rows are seen


@pytest.mark.long
@pytest.mark.parametrize(
    ("cell", "kind", "levels"),
    [
        ("cmos", "signed", [7, 0, 6, 1, 5, 2, 4, 3]),
        ("oxide", "signed", [0, 0, 1, 3, 4, 6, 7, 7]),
        ("cmos", "unsigned", [7, 7, 6, 5, 4, 3, 2, 1]),
        ("oxide", "unsigned", [7] * 12),  # beyond saturation
    ],
)
def test_random_queries_count_what_the_tables_say(cell, kind, levels, tmp_path):
    queries = np.random.default_rng(seed=3).integers(0, 16, (20, len(levels)))
    queries[0] = 15

    assert steps_off(cell, kind, levels, queries, tmp_path).max() < TOLERANCE_STEPS


def test_a_circuit_that_does_not_run_is_an_error_with_what_was_said(tmp_path):
    short = CellDesign(write="transmission_gate", read_n_length_m=-1e-6)

    with pytest.raises(MixedSignalFailure) as failure:
        run_column(short, CONVERTERS["signed"], [0.1], [[3]], tmp_path)

    assert str(failure.value).startswith("column must count 1 conversions, but counted 0: ")


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([[1, 2, 3]], "column queries must have a code for each of 2 cells, not (1, 3)"),
        ([1, 2], "column queries must have a code for each of 2 cells, not (2,)"),
        (np.zeros((0, 2)), "column queries must have a code for each of 2 cells, not (0, 2)"),
        ([[0, 16]], "column queries must be in 0..15, not 0..16"),
    ],
)
def test_queries_that_do_not_fit_are_refused(queries, message, tmp_path):
    with pytest.raises(ValueError, match="column queries") as failure:
        run_column(CELLS["cmos"], CONVERTERS["signed"], [0.1, 0.2], queries, tmp_path)

    assert str(failure.value) == message


def test_a_missing_plugin_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("verification.mixed_signal.column_bench.find_spec", lambda _: None)

    with pytest.raises(MissingToolError) as failure:
        run_column(CELLS["cmos"], CONVERTERS["signed"], [0.1], [[3]], tmp_path)

    assert str(failure.value) == (
        "spicebind must be installed, but is not: pip install spicebind, with the Debian package "
        "libngspice0-dev"
    )
    assert util.find_spec("spicebind") is not None
