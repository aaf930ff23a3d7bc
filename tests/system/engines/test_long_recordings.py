import numpy as np

from rtl.band_pass import BandPassConfig
from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import MAX_WARM_UP, DetectorSettings
from system.engines import open_engine
from verification.golden.detection_chain import DetectionChainModel

FURTHER_FRAMES = 6_000  # beyond the frame in which the warm-up counter stops


def test_events_go_on_when_the_warm_up_counter_and_half_words_of_time_are_full():
    config, settings = DetectionChainConfig.fitted(BandPassConfig(channels=1)), DetectorSettings()
    frames = MAX_WARM_UP + FURTHER_FRAMES
    codes = np.random.default_rng(46).normal(0, 12, (frames, 1))
    codes[2_000 :: FURTHER_FRAMES // 4] += 400
    codes = np.clip(np.rint(codes), -512, 511).astype(np.int16)
    golden = DetectionChainModel(config, settings).process(codes)

    with open_engine("cxxrtl", config, settings) as engine:
        circuit = engine.process(codes)
        lost = engine.read("events_lost")

    np.testing.assert_array_equal(circuit.filtered, golden.filtered)
    np.testing.assert_array_equal(circuit.events, golden.events)
    assert lost == 0
    for counter_is_full in (1 << 16, MAX_WARM_UP):
        assert (circuit.events["time"] > counter_is_full).sum() >= 3
