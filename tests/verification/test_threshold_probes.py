from dataclasses import replace

import numpy as np
import pytest

from rtl.detector_settings import DetectorControl, DetectorMode
from rtl.spike_detector import SpikeDetectorConfig
from verification.golden.spike_detector import spike_detector
from verification.threshold_probes import threshold_probes

CONFIG = SpikeDetectorConfig(channels=3, sample_width=11)
CONTROL = DetectorControl(
    mode=DetectorMode.ABSOLUTE,
    lag=1,
    adaptive=True,
    floor=0,
    mean_shift=8,
    peak_window=1,
    refractory=1,
    warm_up=32,
)


def probes(control):
    return threshold_probes(
        CONFIG, control, 256, frames=600, apart=30, rng=np.random.default_rng(5)
    )


@pytest.mark.parametrize("control", [CONTROL, replace(CONTROL, floor=255)], ids=["mean", "quiet"])
def test_a_multiple_one_sixteenth_away_gives_other_verdicts(control):
    samples = probes(control)
    spikes = spike_detector(samples, CONFIG, control, 256).spikes

    near = {
        change: spike_detector(samples, CONFIG, replace(control, floor=floor), 256 + change).spikes
        for change, floor in ((-1, max(0, control.floor - 1)), (1, control.floor))
    }

    assert spikes.any(axis=0).all()
    assert (near[-1] & ~spikes).any()
    assert control.floor or (spikes & ~near[1]).any()


def test_only_what_comes_before_the_first_verdict_is_loud():
    samples = np.abs(probes(CONTROL))

    assert (samples[: CONTROL.settle] == 255).all()
    assert 0 < (samples[CONTROL.settle : CONTROL.warm_up] == 255).mean() < 0.5


def test_other_detectors_are_refused():
    with pytest.raises(
        ValueError, match=r"^control must be of an adaptive absolute threshold, not"
    ):
        probes(replace(CONTROL, mode=DetectorMode.NEO))
