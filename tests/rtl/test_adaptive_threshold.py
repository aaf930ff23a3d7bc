import numpy as np
import pytest

from rtl.detector_settings import DetectorControl, DetectorMode
from rtl.spike_detector import SpikeDetector, SpikeDetectorConfig
from verification.golden.spike_detector import spike_detector
from verification.stimuli import sample_records
from verification.streams import transfer
from verification.threshold_probes import threshold_probes

CONFIGS = {
    "two_channels": SpikeDetectorConfig(channels=2, sample_width=11),
    "fewest_bits": SpikeDetectorConfig(channels=1, sample_width=11, mean_fraction_bits=16),
}


def control(**changes):
    values = {
        "mode": DetectorMode.ABSOLUTE,
        "lag": 1,
        "adaptive": True,
        "floor": 0,
        "mean_shift": 10,
        "peak_window": 1,
        "refractory": 1,
        "warm_up": 32,
    }
    return DetectorControl(**{**values, **changes})


CASES = {
    "mean": (control(), 256),
    "mean_of_all_frames": (control(warm_up=0), 256),
    "mean_of_few_frames": (control(mean_shift=3), 256),
    "quiet_mean": (control(floor=255), 1),
    "quiet_mean_of_all_frames": (control(floor=255, warm_up=0), 1),
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
@pytest.mark.parametrize(("settings", "multiple"), CASES.values(), ids=list(CASES))
def test_samples_at_the_very_threshold_are_judged_as_golden_judges_them(config, settings, multiple):
    samples = threshold_probes(
        config, settings, multiple, frames=900, apart=30, rng=np.random.default_rng(31)
    )
    dut = SpikeDetector(config)

    async def set_up(ctx):
        for name, value in vars(settings).items():
            ctx.set(dut.control[name], int(value))
        for channel in range(config.channels):
            ctx.set(dut.table.index, channel)
            ctx.set(dut.table.write_data, {"enable": 1, "threshold": multiple})
            ctx.set(dut.table.write_valid, 1)
            await ctx.tick()
        ctx.set(dut.table.write_valid, 0)

    received = transfer(
        dut,
        sample_records(samples, width=config.sample_width),
        rng=np.random.default_rng(0),
        before=set_up,
    )

    expected = spike_detector(samples, config, settings, multiple).spikes
    np.testing.assert_array_equal(received["spike"].reshape(expected.shape), expected)
    assert expected.sum() >= 5
