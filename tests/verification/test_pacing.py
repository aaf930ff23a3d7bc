from itertools import islice

import numpy as np
import pytest

from verification.pacing import PACES, Pace, willingness


def test_willingness_has_the_asked_share_and_repeats_with_its_seed():
    first, again = (
        list(islice(willingness(0.3, rng=np.random.default_rng(5)), 10_000)) for _ in range(2)
    )

    assert first == again
    assert np.mean(first) == pytest.approx(0.3, abs=0.02)  # 4 standard deviations


def test_bursts_keep_their_mind_for_several_cycles():
    decisions = list(islice(willingness(0.5, burst_cycles=40, rng=np.random.default_rng(5)), 2000))

    changes = np.count_nonzero(np.diff(decisions))

    assert 20 < changes < 200  # every second draw of 20.5 cycles on average


def test_the_named_paces_pause_on_each_side_and_on_both():
    pauses = {(pace.valid_probability < 1, pace.ready_probability < 1) for pace in PACES.values()}

    assert pauses == {(False, False), (True, False), (False, True), (True, True)}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("valid_probability", 0, r"^valid_probability must be in \(0, 1\], not 0$"),
        ("ready_probability", 1.5, r"^ready_probability must be in \(0, 1\], not 1\.5$"),
        ("burst_cycles", 0, r"^burst_cycles must be at least 1, not 0$"),
    ],
)
def test_pace_rejects(field, value, message):
    with pytest.raises(ValueError, match=message):
        Pace(**{field: value})
