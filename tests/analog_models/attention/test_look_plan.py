import numpy as np
import pytest

from analog_models.attention.cell_law import (
    PUBLISHED_CUBIC,
    PUBLISHED_LINEAR,
    CellLaw,
    PolynomialLaw,
    TableLaw,
)
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.leakage import (
    PUBLISHED_LEAKAGE,
    ExponentialLeakage,
    Leakage,
    TableLeakage,
)
from analog_models.attention.look_plan import law_pieces, leakage_pieces, plan_looks

LEVEL_V = AttentionCoding().level_v


def plan(tolerance_a, law: CellLaw = PUBLISHED_CUBIC, leakage: Leakage = PUBLISHED_LEAKAGE):
    return plan_looks(law, leakage, LEVEL_V, window_tokens=1024, tolerance_a=tolerance_a)


@pytest.mark.parametrize("tolerance_a", [1e-9, 1e-8, 4e-8])
def test_no_current_is_further_off_than_promised(tolerance_a):
    found = plan(tolerance_a)

    def current_a(age):
        return PUBLISHED_CUBIC.current_a(PUBLISHED_LEAKAGE.voltage_v(LEVEL_V[:, None], age))

    ages = np.arange(found.ahead_tokens, 1024 - found.ahead_tokens)
    worst_a = max(
        abs(current_a(ages) * (1 - found.fade * n) - current_a(ages + n)).max()
        for n in range(-found.ahead_tokens, found.ahead_tokens + 1)
    )
    assert 0.5 * tolerance_a < worst_a <= tolerance_a


def test_a_smaller_tolerance_is_a_shorter_cycle():
    assert [plan(each).cycle_tokens for each in (0.0, 1e-9, 1e-8)] == [1, 4, 40]


def test_cells_that_do_not_leak_need_no_second_look():
    assert plan(0.0, leakage=ExponentialLeakage(0.0)).cycle_tokens == 1024


def test_a_line_fades_alike_at_every_level():
    """Left is the bend of the exponential: 8.7 uA (1.6e-4 9)^2 / 2 is 9 pA."""
    assert plan(10e-12, law=PUBLISHED_LINEAR).cycle_tokens == 18
    assert plan(1e-9, law=PUBLISHED_LINEAR).fade == pytest.approx(1.6e-4, rel=1e-3)


LAWS = {
    "cubic": PUBLISHED_CUBIC,
    "line": PUBLISHED_LINEAR,
    "table": TableLaw(
        LEVEL_V, PUBLISHED_CUBIC.current_a(LEVEL_V), PUBLISHED_CUBIC.slope_a_per_v(LEVEL_V)
    ),
}


@pytest.mark.parametrize("law", LAWS.values(), ids=list(LAWS))
def test_pieces_are_the_law(law):
    stored_v = np.linspace(-0.3, 1.2, 301)
    pieces = law_pieces(law, 0.45)

    y = stored_v - 0.45
    current_a = np.polynomial.Polynomial(pieces[0])(y)
    for knot, square, cube, _ in pieces[1:]:
        beyond = np.maximum(y - knot, 0)
        current_a += beyond**2 * (square + cube * beyond)

    np.testing.assert_allclose(current_a, law.current_a(stored_v), atol=1e-15)


LEAKAGES = {
    "exponential": ExponentialLeakage(1e-2, rest_v=0.3),
    "table": TableLeakage(
        [0.0, 0.4, 0.9], [1e-5, 1e-3], [[0.01, 0.1], [0.4, 0.38], [0.89, 0.7]], token_s=1e-5
    ),
}


@pytest.mark.parametrize("leakage", LEAKAGES.values(), ids=list(LEAKAGES))
def test_pieces_are_the_leakage(leakage):
    stored_v, ages = np.linspace(-0.1, 1.0, 56), np.arange(64)
    pieces = leakage_pieces(leakage, 0.45, 64)

    y = stored_v[:, None] - 0.45
    left_v = 0.45 + pieces[1:, 0] + pieces[1:, 1] * y
    for knot, bend in zip(pieces[0, 2:], pieces[1:, 2:].T, strict=True):
        left_v += bend * np.maximum(y - knot, 0)

    np.testing.assert_allclose(left_v, leakage.voltage_v(stored_v[:, None], ages), atol=1e-12)


class FlatLeakage:
    """Keeps every voltage."""

    def voltage_v(self, stored_v, age_tokens):
        return np.broadcast_arrays(stored_v, age_tokens)[0]


def test_what_has_no_pieces_is_refused():
    with pytest.raises(TypeError, match=r"^cell law must be a table or a polynomial up to a cubic"):
        law_pieces(PolynomialLaw([0, 0, 0, 0, 1.0], 0.45), 0.45)
    with pytest.raises(TypeError, match=r"^leakage must be a table or an exponential, not "):
        leakage_pieces(FlatLeakage(), 0.45, 4)
