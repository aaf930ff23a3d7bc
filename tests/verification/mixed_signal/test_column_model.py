from dataclasses import replace

import numpy as np
import pytest

from analog_models.attention.cell_tables import load_cell_table
from verification.mixed_signal.column_model import column_widths_s, steps_from_count


@pytest.fixture
def table():
    """Cells of 1 to 8 uA, a converter of 20 uA over 15 ns, nothing else."""
    shipped = load_cell_table("cmos")
    ideal = {
        kind: replace(
            figures,
            saturation_charge_c=0.3e-12,
            gain=1.0,
            offset_s=0.0,
            crossover_s=0.0,
            input_resistance_ohm=0.0,
        )
        for kind, figures in shipped.converters.items()
    }
    return replace(
        shipped,
        pulsed_current_a=np.arange(1.0, 9.0) * 1e-6,
        edge_charge_c=np.zeros(8),
        converters=ideal,
    )


def test_an_ideal_column_is_a_sum_of_products(table):
    """10 ns of 8 uA and 5 ns of 4 uA are 100 fC, a third of the saturation charge."""
    widths_s = column_widths_s(table, "signed", [7, 3], [[10, 5], [0, 0], [15, 15]])

    assert widths_s == pytest.approx([5e-9, 0.0, 9e-9])


def test_a_converter_is_limited_and_an_unsigned_one_at_zero(table):
    negative = replace(table, pulsed_current_a=-table.pulsed_current_a)
    queries = [[15, 15, 15], [1, 0, 0]]

    signed_s, unsigned_s, positive_s = (
        column_widths_s(cells, kind, [7, 7, 7], queries)
        for cells, kind in ((negative, "signed"), (negative, "unsigned"), (table, "unsigned"))
    )

    assert signed_s == pytest.approx([-15e-9, -0.4e-9])
    assert unsigned_s == pytest.approx([0.0, 0.0])
    assert positive_s == pytest.approx([15e-9, 0.4e-9])


def test_edges_belong_to_the_rows_that_are_driven(table):
    """Two edges of 3 fC are 6 fC: a fiftieth of saturation."""
    edges = replace(table, edge_charge_c=np.full(8, 3e-15))

    with_edges_s = column_widths_s(edges, "signed", [7, 3, 0], [[10, 5, 0]])

    assert with_edges_s == pytest.approx([5e-9 + 0.3e-9])


def test_a_bitline_that_moves_takes_charge_off(table):
    """1 uS of two cells at 100 kOhm: a sixth less while both are on, an eleventh while one is."""
    figures = replace(table.converters["signed"], input_resistance_ohm=1e5)
    loaded = replace(
        table,
        output_conductance_a_per_v=np.full(8, 1e-6),
        converters={**table.converters, "signed": figures},
    )

    (width_s,) = column_widths_s(loaded, "signed", [7, 3], [[10, 5]])

    assert width_s == pytest.approx((5 * 12 / 1.2 + 5 * 8 / 1.1) / 300 * 15e-9)


@pytest.mark.parametrize(
    ("width", "count", "steps"),
    [
        (2.6, 3, 0.0),  # ends at 3.6: the samples at 1, 2 and 3 see it
        (2.6, 2, 0.6),
        (2.6, 5, 1.4),
        (-2.6, -3, 0.0),
        (-2.6, 3, 4.6),
        (0.4, 0, 0.4),
        (-0.4, 0, 0.4),
        (-1.0, 0, 1.0),
        (14.9, 4, 0.0),
        (2.0, 4, 1.0),
    ],
)
def test_a_count_is_met_by_the_pulses_that_end_in_its_step(width, count, steps):
    found = steps_from_count(width * 1e-9, count, delay_s=1e-9, longest=4)

    assert found == pytest.approx(steps)
