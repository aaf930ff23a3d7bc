"""Draw the figures of the pages of docs into docs/images, or into a folder that is given."""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from analog_models.attention.cell_law import PUBLISHED_CUBIC, TableLaw
from analog_models.attention.cell_tables import load_cell_table
from rtl.band_pass import BandPassConfig
from rtl.detector_settings import DetectorSettings
from rtl.lfp_decimator_config import LfpDecimatorConfig
from rtl.spike_detector import SpikeDetectorConfig
from system.exploration import digitise
from system.ground_truth import quiroga_style_record
from verification.golden.band_pass import band_pass
from verification.golden.spike_detector import SpikeDetectorModel

FOLDER = Path(__file__).parents[1] / "docs" / "images"


def band_pass_gain() -> Figure:
    """Return the gain of the default filter."""
    config = BandPassConfig()
    frequency_hz = np.geomspace(20, config.sampling_rate_hz / 2 * 0.95, 400)
    figure = Figure(figsize=(7, 3), layout="constrained")
    axis = figure.subplots()
    gain_db = 20 * np.log10(np.abs(config.response(frequency_hz)))
    axis.semilogx(frequency_hz, gain_db, color="#1b6ca8")
    for corner_hz in (config.high_pass_hz, config.low_pass_hz):
        axis.axvline(corner_hz, color="0.6", lw=0.8, ls="--")
    axis.axhline(-3.01, color="0.6", lw=0.8, ls="--")
    axis.set(xlabel="frequency (Hz)", ylabel="gain (dB)", ylim=(-60, 3), xlim=(20, 12e3))
    ticks = (30, 100, 300, 1000, 3000, 10000)
    axis.set_xticks(ticks, [f"{each}" for each in ticks])
    axis.minorticks_off()
    axis.grid(alpha=0.25)
    return figure


def lfp_decimator_gain() -> Figure:
    """Return the gain of the default decimator, and that of its pass band enlarged."""
    config = LfpDecimatorConfig()
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 1))
    frequency_hz = np.linspace(0, 5_000, 1_001)
    gain_db = 20 * np.log10(np.maximum(config.response(frequency_hz), 1e-6))
    left.plot(frequency_hz, gain_db, color="#1b6ca8")
    for multiple_hz in range(1_000, 5_001, 1_000):
        left.axvspan(multiple_hz - config.pass_hz, multiple_hz + config.pass_hz, color="0.9", lw=0)
    left.axhline(-config.alias_db, color="0.6", lw=0.8, ls="--")
    left.set(xlabel="frequency (Hz)", ylabel="gain (dB)", ylim=(-120, 5), xlim=(0, 5_000))
    pass_hz = np.linspace(0, config.pass_hz, 251)
    right.plot(pass_hz, 20 * np.log10(config.response(pass_hz)), color="#1b6ca8")
    right.set(xlabel="frequency (Hz)", ylim=(-0.12, 0.12), xlim=(0, config.pass_hz))
    for limit_db in (-config.ripple_db, config.ripple_db):
        right.axhline(limit_db, color="0.6", lw=0.8, ls="--")
    for axis in (left, right):
        axis.grid(alpha=0.25)
    return figure


def detection_signals() -> Figure:
    """Return the stages of the smoothed detector on noise of 0.2 of the spike peak."""
    record = digitise(
        quiroga_style_record("easy1", 0.2, seconds=2.0, rng=np.random.default_rng(11))
    )
    config, settings, rate_hz = SpikeDetectorConfig(channels=1), DetectorSettings(), 24e3
    filtered = band_pass(record.codes, record.design.band_pass)
    model = SpikeDetectorModel.from_settings(config, settings, rate_hz)
    found = model.process(filtered)
    control = settings.control(rate_hz)
    frames = np.arange(24_100, 24_100 + 960)
    ms = (frames - frames[0]) / rate_hz * 1e3
    unit_uv = record.lsb_v * 1e6 / 4
    scale = unit_uv**2 / config.smoothing_samples**2
    peaks = np.flatnonzero(found.spikes[:, 0]) - control.peak_delay(config.smoothing_samples)
    peaks = peaks[np.isin(peaks, frames)]

    figure = Figure(figsize=(7, 4), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True)
    top.plot(ms, filtered[frames, 0] * unit_uv, color="0.2", lw=0.9)
    peak_uv = filtered[peaks, 0] * unit_uv
    top.plot((peaks - frames[0]) / rate_hz * 1e3, peak_uv, "o", mfc="none", color="#c0392b")
    top.set_ylabel("filtered (uV)")
    level = found.level[frames, 0] * scale
    bottom.plot(ms, level, color="#1b6ca8", lw=0.9, label="smoothed energy")
    for multiple, mean, style, name in (
        (settings.threshold, model.mean[0], "--", "running mean"),
        (settings.quiet_floor, model.quiet_mean[0], ":", "quiet mean"),
    ):
        bottom.axhline(
            multiple * mean * scale, color="#c0392b", lw=1, ls=style, label=f"{multiple:g} x {name}"
        )
    reported = peaks + control.peak_delay(config.smoothing_samples)
    bottom.plot(
        (reported - frames[0]) / rate_hz * 1e3,
        0 * reported,
        "^",
        color="#1b9e77",
        ms=5,
        label="report",
    )
    bottom.set(xlabel="time (ms)", ylabel="level (uV$^2$)")
    bottom.legend(fontsize=8, ncols=2, frameon=False)
    return figure


def gain_cells() -> Figure:
    """Return the calibrated tables: current against stored voltage, and stored voltage by age."""
    figure = Figure(figsize=(7, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    table = load_cell_table("cmos")
    law = TableLaw(table.level_v, table.current_a, table.slope_a_per_v)
    stored_v = np.linspace(0.0, 0.9, 200)
    left.plot(stored_v, law.current_a(stored_v) * 1e6, color="#1b6ca8", label="table")
    left.plot(table.level_v, table.current_a * 1e6, "o", color="#1b6ca8", ms=4)
    published_a = PUBLISHED_CUBIC.current_a(stored_v)
    left.plot(stored_v, published_a * 1e6, color="0.5", ls="--", lw=1, label="published cubic")
    left.set(xlabel="stored voltage (V)", ylabel="cell current (uA)")
    left.legend(fontsize=8, frameon=False)
    for name, color in (("cmos", "#c0392b"), ("oxide", "#1b9e77")):
        table = load_cell_table(name)
        for level, aged_v in enumerate(table.stored_v):
            label = name if level == 0 else None
            right.semilogx(table.age_s[1:], aged_v[1:], color=color, lw=1, label=label)
    right.axvline(1023 * 12 * 65e-9, color="0.6", lw=0.8, ls="--")
    right.set(xlabel="age (s)", ylabel="stored voltage (V)")
    right.legend(fontsize=8, frameon=False, loc="center left")
    return figure


FIGURES = {
    "band_pass_gain": band_pass_gain,
    "detection_signals": detection_signals,
    "gain_cells": gain_cells,
    "lfp_decimator_gain": lfp_decimator_gain,
}


def draw(folder: Path) -> None:
    """Write every figure into ``folder``."""
    with mpl.rc_context(
        {
            "svg.hashsalt": "axocell",  # the same figure is the same file
            "svg.fonttype": "none",
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    ):
        for name, figure in FIGURES.items():
            figure().savefig(
                folder / f"{name}.svg",
                metadata={"Date": None, "Description": "Drawn by tools/draw_figures.py"},
            )


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
