import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from system.metrics import estimate_offset, match_spikes

WORKED = {
    # what happens: (detected, truth, detection of each true spike), tolerance 12
    "nothing at all": ([], [], []),
    "no detection": ([], [100.0], [-1]),
    "no spike": ([100.0], [], []),
    "exact": ([100.0], [100.0], [0]),
    "the limit is allowed": ([112.0], [100.0], [0]),
    "beyond the limit": ([112.01], [100.0], [-1]),
    "late double detection": ([101.0, 108.0], [100.0], [0]),
    "early double detection": ([92.0, 99.0], [100.0], [1]),
    "tie of two detections": ([95.0, 105.0], [100.0], [0]),
    "tie of two spikes": ([100.0], [95.0, 105.0], [0, -1]),
    "one between two spikes": ([103.0], [95.0, 105.0], [-1, 0]),
    "the nearest would cost a pair": ([95.0, 104.0], [103.0, 115.0], [0, 1]),
    "a chain shifted by one": ([10.0, 20.0, 30.0], [0.0, 10.0, 20.0, 30.0], [-1, 0, 1, 2]),
    "a chain that must shift": ([10.0, 20.0, 30.0, 41.0], [0.0, 10.0, 20.0, 30.0], [0, 1, 2, 3]),
    "simultaneous spikes": ([100.0, 100.0], [100.0, 100.0], [0, 1]),
    "a gap between groups": ([5.0, 500.0], [500.0, 900.0], [1, -1]),
}


@pytest.mark.parametrize(("detected", "truth", "expected"), WORKED.values(), ids=list(WORKED))
def test_worked_example(detected, truth, expected):
    assert match_spikes(detected, truth, tolerance=12.0).tolist() == expected


def times(limit):
    # Half units, so that ties and pairs at the very limit occur.
    return st.lists(st.integers(0, 2 * limit), max_size=9).map(lambda t: np.sort(t) / 2)


@settings(max_examples=300, deadline=None)
@given(detected=times(60), truth=times(60), tolerance=st.sampled_from([0.5, 3.0, 12.0, 80.0]))
def test_no_pairing_has_more_pairs_or_is_closer(detected, truth, tolerance):
    match = match_spikes(detected, truth, tolerance=tolerance)

    found = match >= 0
    distance = np.abs(np.subtract.outer(truth, detected))
    allowed = distance <= tolerance
    assert len(set(match[found].tolist())) == np.count_nonzero(found)
    assert all(allowed[i, match[i]] for i in np.flatnonzero(found))
    largest = np.count_nonzero(
        maximum_bipartite_matching(csr_array(allowed.astype(np.int8)), perm_type="column") >= 0
    )
    assert np.count_nonzero(found) == largest
    # The same by the assignment problem: a pair that is not allowed costs more than all others.
    cost = np.where(allowed, distance, 1e4)
    rows, columns = linear_sum_assignment(cost)
    chosen = cost[rows, columns]
    assert distance[found, match[found]].sum() == pytest.approx(chosen[chosen < 1e4].sum())


def test_a_dense_recording_is_matched_in_time():
    rng = np.random.default_rng(1)
    truth = np.sort(rng.uniform(0, 1.44e6, 3600))
    every_frame = np.arange(1_440_000.0)
    match_spikes(every_frame[:10], truth[:10], tolerance=12.0)
    start_s = time.process_time()

    match = match_spikes(every_frame, truth, tolerance=12.0)

    assert time.process_time() - start_s < 1.0
    assert np.count_nonzero(match >= 0) == 3600


@pytest.mark.parametrize(
    ("detected", "truth", "tolerance", "message"),
    [
        ([1.0], [1.0], 0.0, "tolerance must be positive, not 0.0"),
        ([2.0, 1.0], [1.0], 1.0, "detected times must be one rising sequence"),
        ([1.0], [[1.0]], 1.0, "truth times must be one rising sequence"),
    ],
)
def test_wrong_times_are_refused(detected, truth, tolerance, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        match_spikes(detected, truth, tolerance=tolerance)


def test_the_offset_is_the_peak_of_the_correlogram():
    rng = np.random.default_rng(2)
    truth = np.sort(rng.uniform(0, 1.44e6, 1000))
    detected = np.sort(
        np.concatenate((truth + 17.3 + rng.normal(0, 1, 1000), rng.uniform(0, 1.44e6, 3000)))
    )

    assert estimate_offset(detected, truth, search=48.0, width=24.0) == pytest.approx(17.3, abs=0.2)


def test_the_offset_of_nothing_is_zero():
    assert estimate_offset([], [1.0], search=48.0, width=24.0) == 0.0
    assert estimate_offset([100.0], [1.0], search=48.0, width=24.0) == 0.0
