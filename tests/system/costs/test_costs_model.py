"""Costs are sums over quantities that say where they are from."""

from typing import Any, cast

import pytest

from system.costs import CostModel, Quantity, Term


def quantity(name="supply_v", value=1.0, low=0.5, high=2.0):
    return Quantity(
        name=name, value=value, low=low, high=high, origin="chosen", source="of this test"
    )


def model(*terms, quantities=None):
    return CostModel(
        name="test",
        unit="J",
        quantities=quantities or (quantity(), quantity("cap_f", 3.0, 3.0, 3.0)),
        terms=terms,
    )


WIRE = Term(name="wire", formula="C V^2", amount=lambda v: v.cap_f * v.supply_v**2)
LEAK = Term(name="leak", formula="C", amount=lambda v: v.cap_f / 4)


def test_the_total_is_the_sum_of_the_terms():
    assert model(WIRE, LEAK).evaluate() == {"wire": 3.0, "leak": 0.75}
    assert model(WIRE, LEAK).total() == 3.75


def test_a_changed_quantity_changes_only_what_stands_on_it():
    assert model(WIRE, LEAK).evaluate(supply_v=2.0) == {"wire": 12.0, "leak": 0.75}


def test_a_bar_spans_the_quantity_from_low_to_high_and_exact_ones_have_none():
    (bar,) = model(WIRE, LEAK).sensitivity()

    assert bar.quantity.name == "supply_v"
    assert (bar.at_low, bar.at_high, bar.swing) == (1.5, 12.75, 11.25)


def test_the_strongest_bar_is_first():
    both = model(WIRE, quantities=(quantity("cap_f", 1.0, 0.9, 1.0), quantity()))

    assert [bar.quantity.name for bar in both.sensitivity()] == ["supply_v", "cap_f"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"low": 1.5}, "quantity supply_v must have low <= value <= high"),
        ({"high": 0.9}, "quantity supply_v must have low <= value <= high"),
        ({"value": float("nan")}, "quantity supply_v must be finite"),
        ({"high": float("inf")}, "quantity supply_v must be finite"),
        ({"name": "supply v"}, "quantity name must be a Python name, not 'supply v'"),
    ],
)
def test_a_quantity_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        quantity(**changes)


def test_a_quantity_says_who_says_so():
    with pytest.raises(ValueError, match="quantity x must have a source"):
        Quantity.exact("x", 1, origin="chosen", source="")
    with pytest.raises(ValueError, match=r"origin must be one of .*, not 'guessed'"):
        Quantity.exact("x", 1, origin=cast(Any, "guessed"), source="nobody")


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ((LEAK,), "none uses .'supply_v'."),
        ((WIRE, WIRE), "terms must have unique names: .'wire'."),
        (
            (WIRE, Term(name="odd", formula="x", amount=lambda v: v.clock_hz)),
            "term odd needs a quantity that is not there: clock_hz",
        ),
        (
            (WIRE, Term(name="odd", formula="x", amount=lambda v: -v.cap_f)),
            "term odd must be at least 0",
        ),
    ],
)
def test_a_model_that_does_not_hold_together_is_refused(terms, message):
    with pytest.raises(ValueError, match=message):
        model(*terms)


def test_quantities_of_one_name_are_refused():
    with pytest.raises(ValueError, match=r"quantities must have unique names: \['supply_v'\]"):
        model(WIRE, quantities=(quantity(), quantity()))


def test_an_unknown_quantity_cannot_be_changed():
    with pytest.raises(ValueError, match="cost model test has no quantity 'supply'"):
        model(WIRE, LEAK).total(supply=1.0)
