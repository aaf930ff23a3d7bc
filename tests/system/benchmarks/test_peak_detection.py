import numpy as np
import pytest

from system.benchmarks.speed.peak_detection import METHODS, PeakDetection

RATE_HZ = 24e3
SPIKES = 20


@pytest.fixture(scope="module")
def codes():
    """Spikes of either sign in turn, each on one channel of four, in a little noise."""
    rng = np.random.default_rng(31)
    codes = rng.normal(0, 3, (48_000, 4))
    for n in range(SPIKES):
        frame = 1_000 + 2_300 * n
        shape = (-1) ** n * 200 * np.hanning(16)
        codes[frame : frame + 16, n % 4] += shape
    return np.rint(codes).astype(np.int16)


@pytest.mark.parametrize("method", METHODS)
def test_every_contender_of_a_method_finds_the_same_peaks(codes, method, tmp_path):
    detection = PeakDetection(codes, sampling_rate_hz=RATE_HZ, folder=tmp_path)

    contenders = detection.contenders(method, processes=False)

    assert list(contenders) == [
        f"detect_peaks {method}, one job",
        f"detect_peaks {method}, two threads",
    ]
    found = {contender() for contender in contenders.values()}
    assert len(found) == 1
    assert SPIKES <= found.pop() <= 3 * SPIKES  # the filter rings: a spike has peaks of both signs


def test_processes_are_offered_where_the_system_can_fork(codes, tmp_path, monkeypatch):
    detection = PeakDetection(codes, sampling_rate_hz=RATE_HZ, folder=tmp_path)
    offered = {}
    for can in (["fork", "spawn"], ["spawn"]):
        monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda can=can: can)
        offered[can[0]] = list(detection.contenders("by_channel"))

    assert "detect_peaks by_channel, two processes" in offered["fork"]
    assert len(offered["fork"]) == 1 + len(offered["spawn"])
