import re

import numpy as np
import pytest

from analog_models.spice import cards
from analog_models.spice.cards import CARDS, cards_digest, model_lines, threshold_sigma_v
from analog_models.spice.session import open_session


def drain_a(card, gate_v, drain_v):
    """Drain current of a transistor of 1 um by 0.1 um, magnitudes throughout."""
    sign = -1 if CARDS[card].kind == "pmos" else 1
    session = open_session()
    session.load(
        card,
        "\n".join(
            [
                "one transistor",
                *model_lines(),
                ".options gmin=1e-20 abstol=1e-18",
                f"vgate gate 0 {sign * gate_v}",
                f"vdrain drain 0 {sign * drain_v}",
                f"m1 drain gate 0 0 {card} w=1u l=0.1u",
                ".end",
            ]
        ),
    )
    return float(-sign * session.run("op")["vdrain#branch"][0])


def test_every_card_says_that_it_is_ours_and_what_it_is_held_against():
    assert [name for name, card in CARDS.items() if "invented" not in card.source] == []
    assert all(re.search(r"\(.+\d{4}\)", card.source) for card in CARDS.values())


@pytest.mark.parametrize("card", CARDS)
def test_every_card_is_a_transistor(card):
    """On at least 1000 times off; below threshold 60 mV a decade or more: the thermal limit."""
    on_a = drain_a(card, 0.9, 0.9)
    off_a = drain_a(card, 0.0, 0.9)
    below_v = CARDS[card].threshold_v - 0.25
    low_a, high_a = (drain_a(card, below_v + turn_v, 0.9) for turn_v in (0.0, 0.03))
    per_decade_v = 0.03 / np.log10(high_a / low_a)

    assert on_a > 1e3 * off_a > 0
    # ln(10) kT/q at 27 degrees is 59.6 mV, times at most 1.7 with the slope factors of the cards.
    assert 0.0596 < per_decade_v < 0.101


@pytest.mark.parametrize("length_m", [40e-9, 1e-6])
@pytest.mark.parametrize("card", [name for name in CARDS if name != "oxide_n"])
def test_the_threshold_is_that_of_the_card_at_any_length(card, length_m):
    """The gate voltage at 100 nA a square, the usual criterion, less half a decade either way."""
    sign = -1 if CARDS[card].kind == "pmos" else 1
    session = open_session()
    session.load(
        card,
        "\n".join(
            [
                "one transistor",
                *model_lines(),
                "vgate gate 0 0",
                f"vdrain drain 0 {sign * 0.05}",
                f"m1 drain gate 0 0 {card} w=1u l={length_m}",
                ".end",
            ]
        ),
    )
    plot = session.run(f"dc vgate 0 {sign * 0.9} {sign * 0.01}")
    per_square_a = -sign * plot["vdrain#branch"] * length_m / 1e-6

    found_v = np.interp(np.log(1e-7), np.log(per_square_a), sign * plot["v-sweep"])

    # Half a decade is 45 mV; the longest and shortest gates differ by their barrier lowering.
    assert found_v == pytest.approx(CARDS[card].threshold_v, abs=0.07)


def test_a_thicker_oxide_matches_worse_and_a_larger_gate_better():
    small_v = threshold_sigma_v("core_n", 0.1e-6, 0.1e-6)

    assert threshold_sigma_v("read_n", 0.1e-6, 0.1e-6) == pytest.approx(small_v * 2.8 / 1.8)
    assert threshold_sigma_v("core_n", 0.4e-6, 0.1e-6) == pytest.approx(small_v / 2)


def test_the_digest_tells_sets_of_cards_apart(monkeypatch):
    before = cards_digest()
    monkeypatch.setitem(
        CARDS,
        "core_n",
        cards.Card(
            kind="nmos",
            threshold_v=0.3,
            oxide_m=1.8e-9,
            mobility_m2_per_vs=0.03,
            saturation_m_per_s=1e5,
            others=(),
            source="invented",
        ),
    )

    assert re.fullmatch(r"[0-9a-f]{64}", before)
    assert cards_digest() != before
