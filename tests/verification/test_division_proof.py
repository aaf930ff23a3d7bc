import pytest

from rtl.divider import Divider
from verification.division_proof import DivisionHarness
from verification.formal import ProofFailure, prove

WIDTH, NARROW = 32, 6
LIMIT_S = 1800


class Forgetful(Divider):
    """Loses its remainder in one step."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        with m.If(self.steps == NARROW - 2):
            m.d.sync += self.remainder.eq(0)
        return m


class Hasty(Divider):
    """Answers a step too early."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.done.eq(self.steps == NARROW)
        return m


class Restless(Divider):
    """Changes a bit that it has found already, unless it divides by zero."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        with m.If((self.steps == NARROW - 1) & (self.b != 0)):
            m.d.sync += self.quotient[2].eq(~self.quotient[1])
        return m


class Positive(Divider):
    """Knows no negative quotient."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        with m.If(self.done & ~self.wants_remainder):
            m.d.comb += self.result.eq(self.quotient)
        return m


@pytest.mark.long
def test_quotients_of_words_are_right_forever(tmp_path):
    harness = DivisionHarness(Divider(WIDTH))

    prove(harness, tmp_path, mode="induction", depth=2, timeout_s=LIMIT_S)


@pytest.mark.long
def test_an_answer_is_reached(tmp_path):
    prove(DivisionHarness(Divider(NARROW)), tmp_path, mode="cover", depth=NARROW + 4)


@pytest.mark.long
@pytest.mark.parametrize(
    ("divider", "said"),
    [
        (Forgetful, "all that is divided is there"),
        (Restless, "what was found stays"),
        (Hasty, "all bits are divided"),
        (Positive, "negative if one of them is"),
    ],
)
def test_a_wrong_step_is_found(divider, said, tmp_path):
    with pytest.raises(ProofFailure, match=said):
        prove(DivisionHarness(divider(NARROW)), tmp_path, mode="bounded", depth=NARROW + 4)
