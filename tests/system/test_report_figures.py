import base64

import numpy as np
import plotly.graph_objects as go
import pytest

from system.report.figures import build_figures
from system.report.palette import DARK, LIGHT, TEXT_INKS
from system.report.plots import GAP, packed
from system.report.schema import validate_report
from system.report.spectrum_figure import spectrum_figure
from system.report.trace_figures import MAX_TRACE_SAMPLES, trace_rows
from tests.system.fake_report import fake_report, quiet_report

PALETTES = {"light": LIGHT, "dark": DARK}


@pytest.fixture(scope="module")
def clean():
    return validate_report(fake_report(channels=12))


def unpacked(value):
    steps = np.frombuffer(base64.b64decode(value["packed"]), dtype="<i2")
    return np.where(steps == GAP, np.nan, steps * value["scale"])


def expanded(value, palette):
    """Return ``value`` with arrays unpacked and colours looked up, as the page does."""
    if isinstance(value, dict):
        if "packed" in value:
            return unpacked(value)
        return {key: expanded(item, palette) for key, item in value.items()}
    if isinstance(value, list):
        return [expanded(item, palette) for item in value]
    if isinstance(value, str) and value.startswith("@"):
        return palette[value[1:]]
    return value


def named(figure_data, name):
    return next(trace for trace in figure_data if trace["name"] == name)


def luminance(colour):
    parts = np.array([int(colour[index : index + 2], 16) for index in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def contrast(one, other):
    """Return the contrast ratio of two colours, WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", PALETTES.values(), ids=list(PALETTES))
def test_plotly_accepts_every_figure(clean, palette):
    figures = build_figures(clean)

    assert sorted(figures) == [
        "channels", "coded-rate", "data-rate", "dies", "events",
        "noise", "spectrum", "speed", "waveforms",
    ]  # fmt: skip
    for figure in figures.values():
        go.Figure(expanded(figure, palette))
    for row in trace_rows(clean):
        go.Figure(expanded(row["data"], palette), {"yaxis": row["yaxis"]})


def test_every_outer_axis_says_what_it_shows(clean):
    bare = [
        (name, key)
        for name, figure in build_figures(clean).items()
        for key, axis in figure["layout"].items()
        if key in ("xaxis", "yaxis") and not axis.get("title", {}).get("text")
    ]

    # The first panel shares its time axis with the one below; the others' ticks are words.
    assert bare == [("waveforms", "xaxis"), ("data-rate", "yaxis"), ("speed", "yaxis")]


@pytest.mark.parametrize("palette", PALETTES.values(), ids=list(PALETTES))
def test_inks_stand_out_from_the_page(palette):
    marks = set(palette) - {"page", "surface", "rule", "grid"}

    assert min(contrast(palette[name], palette["surface"]) for name in marks) >= 3.0
    for ground in ("page", "surface"):
        assert min(contrast(palette[name], palette[ground]) for name in TEXT_INKS) >= 4.5


def test_packing_keeps_values_within_half_a_step_and_gaps():
    values = np.append(np.random.default_rng(1).normal(0, 1e-4, 1000), [np.nan, 0.0])

    back = unpacked(packed(values))

    assert np.isnan(back[-2])
    assert back[-1] == 0.0
    np.testing.assert_allclose(back, values, rtol=0, atol=np.nanmax(np.abs(values)) / 65000)


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [None]], ids=["empty", "flat", "unknown"])
def test_packing_has_no_least_case(values):
    np.testing.assert_array_equal(unpacked(packed(values)), np.array(values, dtype=float))


def test_marks_tell_found_missed_and_false_apart(clean):
    report = validate_report(clean)
    report["detection"]["tolerance_s"] = 5e-4
    report["detection"]["timing_error_s"]["offset"] = 1e-3
    report["traces"] = [
        report["traces"][0] | {"start_s": 0.0, "truth_s": [0.1, 0.2], "spike_s": [0.1012, 0.3]}
    ]

    (row,) = trace_rows(report)

    assert named(row["data"], "detected")["x"] == [0.1012]
    assert named(row["data"], "detected, no true spike")["x"] == [0.3]
    assert named(row["data"], "true spike")["x"] == [0.1]
    assert named(row["data"], "true spike, missed")["x"] == [0.2]


def test_a_faint_spike_is_neither_missed_nor_false(clean):
    report = validate_report(clean)
    report["detection"]["timing_error_s"]["offset"] = None
    spikes = {"truth_s": [0.1], "neutral_s": [0.2, 0.3], "spike_s": [0.1, 0.2]}
    report["traces"] = [report["traces"][0] | {"start_s": 0.0} | spikes]

    (row,) = trace_rows(report)

    assert named(row["data"], "detected")["x"] == [0.1, 0.2]
    assert named(row["data"], "detected, no true spike")["x"] == []
    assert named(row["data"], "true spike, missed")["x"] == []
    assert named(row["data"], "faint spike, not asked for")["x"] == [0.2, 0.3]


def test_waveforms_say_how_many_of_the_events_they_are(clean):
    report = validate_report(clean)
    report["events"]["per_channel"][0] = 1_234

    notes = build_figures(report)["waveforms"]["layout"]["annotations"]

    assert notes[0]["text"] == "channel 0, 60 of 1\u202f234"


def test_the_dash_is_the_rate_of_the_spikes_asked_for(clean):
    report = validate_report(clean)
    report["detection"]["per_channel"][1]["truth"] = 300  # in a minute

    dashes = named(build_figures(report)["events"]["data"], "asked for")

    assert dashes["y"][1] == 5.0


def test_a_noise_level_for_each_channel_makes_points_without_lines(clean):
    report = validate_report(clean)
    (level, *_) = report["detection"]["per_noise_level"]
    report["detection"]["per_noise_level"] = [
        level | {"noise_level": 0.01 * index, "channels": 1} for index in range(1, 31)
    ]

    figure = build_figures(report)["noise"]

    assert figure["data"][0]["x"] == []
    assert {trace["mode"] for trace in figure["data"]} == {"markers"}


def test_without_truth_every_detection_is_only_a_detection():
    report = validate_report(fake_report(channels=1, truth=False))
    (row,) = trace_rows(report)

    assert [trace["name"] for trace in row["data"]] == ["filtered", "detected"]
    assert len(row["data"][1]["x"]) == len(report["traces"][0]["spike_s"])


def test_a_threshold_is_drawn_on_both_sides(clean):
    report = validate_report(clean)
    report["traces"] = [report["traces"][0] | {"threshold_v": 4e-5}]

    (row,) = trace_rows(report)

    levels = [level for level in named(row["data"], "threshold")["y"] if level is not None]
    assert levels == pytest.approx([40, 40, -40, -40])  # µV


@pytest.mark.parametrize("volts", [[], [0.0, 0.0], [None, None]], ids=["empty", "flat", "unknown"])
def test_a_trace_without_signal_is_drawn(clean, volts):
    report = validate_report(clean)
    report["traces"] = [report["traces"][0] | {"filtered_v": volts}]

    (row,) = trace_rows(report)

    assert np.all(np.isfinite(row["yaxis"]["range"]))
    assert row["stop"] > row["start"]


def test_the_page_takes_no_more_trace_than_it_can_carry(clean):
    report = validate_report(clean)
    long = report["traces"][0] | {"filtered_v": [0.0] * (MAX_TRACE_SAMPLES - 10)}
    report["traces"] = [long, report["traces"][1]]

    assert [row["channel"] for row in trace_rows(report)] == [0]


def spectrum_names(tone_khz, loud_khz):
    """Return the names and the harmonics of a spectrum of 10 Hz bins up to 10 kHz."""
    frequency_hz = np.arange(1, 1001) * 10.0
    power_dbfs = np.full(1000, -90.0)
    for loud in (tone_khz, *loud_khz):
        power_dbfs[round(100 * loud) - 1] = -1.0 if loud == tone_khz else -60.0
    report = fake_report(channels=1)
    report["frontend"]["converters"] = []
    report["frontend"]["spectrum"] = {
        "frequency_hz": frequency_hz,
        "power_dbfs": power_dbfs,
        "tone_hz": 1e3 * tone_khz,
        "channel": 0,
    }
    figure = spectrum_figure(validate_report(report))
    assert figure is not None
    harmonics = figure["data"][-1]
    names = [trace["name"] for trace in figure["data"][:-1]]
    return names, dict(zip(harmonics["x"], harmonics["text"], strict=True))


def test_floor_and_folded_harmonics_are_found():
    names, harmonics = spectrum_names(tone_khz=3.0, loud_khz=(9.0, 8.0, 1.0))

    assert names == ["channel 0", "median floor, \N{MINUS SIGN}90.0 dBFS per bin", "test tone"]
    assert harmonics == {9.0: "HD3", 8.0: "HD4"}  # 12 kHz folds at 10 kHz


def test_a_harmonic_that_folds_onto_the_tone_is_not_labelled():
    _, harmonics = spectrum_names(tone_khz=4.0, loud_khz=())  # 16 kHz folds to 4 kHz

    assert harmonics == {}


def test_what_has_nothing_to_show_is_left_out():
    report = validate_report(quiet_report(channels=4))

    assert sorted(build_figures(report)) == ["coded-rate", "data-rate"]


def test_a_lone_channel_needs_no_plot_over_channels():
    report = validate_report(fake_report(channels=1))

    assert not {"noise", "channels", "events", "dies"} & set(build_figures(report))


def test_dies_that_are_all_alike_make_one_bar(clean):
    report = validate_report(clean)
    for item in report["frontend"]["channels"]:
        item |= {"enob_bits": 9.0, "nef": None}

    figure = build_figures(report)["dies"]

    assert figure["data"][0]["y"] == [12]
    assert figure["data"][3]["y"] == [0]
