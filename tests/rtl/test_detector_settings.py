import math
import re

import pytest

from rtl.detector_settings import DetectorControl, DetectorMode, DetectorSettings


@pytest.mark.parametrize(
    ("sampling_rate_hz", "lag", "mean_shift"),
    [
        (8_000.0, 1, 13),
        (24_000.0, 1, 15),
        (44_100.0, 2, 16),
        (96_000.0, 4, 16),  # 4 samples are 1/24000 s; 1.4 s would be 2**17 frames
        (140_000.0, 4, 16),
    ],
)
def test_a_lag_and_a_mean_time_that_are_not_set_fit_every_sampling_rate(
    sampling_rate_hz, lag, mean_shift
):
    control = DetectorSettings().control(sampling_rate_hz)

    assert (control.lag, control.mean_shift) == (lag, mean_shift)


def test_times_that_are_set_become_the_nearest_frames_and_at_least_one():
    settings = DetectorSettings(
        lag_s=3.4e-3,
        mean_time_s=0.09,
        peak_window_s=1e-9,
        refractory_s=0.1266,
        warm_up_s=0.4e-3,
    )

    control = settings.control(1_000.0)

    assert control.lag == 3
    assert control.mean_shift == 6  # 64 frames are nearer to 90 than 128 are, by their logarithm
    assert control.peak_window == 1
    assert control.refractory == 127
    assert control.warm_up == 0


@pytest.mark.parametrize(
    ("fields", "most_s", "most", "possible_hz"),
    [
        ({"lag_s": 0.01}, "0.0001667", 4, 400),
        ({"mean_time_s": 3.0}, "2.731", 65_536, 21_845),
        ({"peak_window_s": 0.01, "refractory_s": 0.02}, "0.005292", 127, 12_700),
        ({"refractory_s": 127.5 / 24_000}, "0.005292", 127, 23_905),
        ({"warm_up_s": 1e308}, "43.69", 1_048_575, 0),
    ],
    ids=["lag", "mean_time", "peak_window", "refractory_to_be_rounded_up", "warm_up"],
)
def test_a_time_that_its_register_cannot_hold_is_refused_in_seconds(
    fields, most_s, most, possible_hz
):
    name, value_s = next(iter(fields.items()))
    message = (
        f"{name} must be at most {most_s} ({most} frames at 24000 Hz), not {value_s!r} "
        f"(possible up to {possible_hz} Hz)"
    )

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        DetectorSettings(**fields).control(24_000.0)


@pytest.mark.parametrize("name", ["lag_s", "mean_time_s", "peak_window_s", "refractory_s"])
@pytest.mark.parametrize("value_s", [0.0, -1e-3, math.inf, math.nan])
def test_times_must_be_positive(name, value_s):
    with pytest.raises(ValueError, match=f"^{name} must be positive, not {value_s!r}$"):
        DetectorSettings(**{name: value_s})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lag": 5}, r"lag must be in 1\.\.4, not 5"),
        ({"mean_shift": 17}, r"mean_shift must be in 0\.\.16, not 17"),
        ({"peak_window": 0}, r"peak_window must be in 1\.\.127, not 0"),
        ({"refractory": 4}, r"refractory must be in 5\.\.127, not 4"),
    ],
)
def test_register_values_for_which_the_detector_is_not_made_are_refused(fields, message):
    usual = {
        "mode": DetectorMode.NEO,
        "lag": 1,
        "adaptive": True,
        "floor": 0,
        "mean_shift": 6,
        "peak_window": 5,
        "refractory": 8,
        "warm_up": 20,
    }

    with pytest.raises(ValueError, match=f"^{message}$"):
        DetectorControl(**{**usual, **fields})
