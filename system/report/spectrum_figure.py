"""The spectrum of the codes under a test tone: channel and converter, harmonics, noise floor."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from system.report.plots import Figure, axis, packed
from system.report.units import quantity, significant

__all__ = ["spectrum_figure"]

TONE_BINS = 4  # to each side: what a windowed tone spreads over
HARMONICS = range(2, 6)
HARMONIC_PROMINENCE_DB = 15.0  # the loudest of a few thousand noise bins stands 10 dB out
RESOLUTION_DB = 0.01


@dataclass(frozen=True)
class _Lines:
    """Bins above zero frequency, which has no place on a logarithmic axis."""

    frequency_khz: npt.NDArray[np.float64]
    power_dbfs: npt.NDArray[np.float64]
    tone_khz: float | None

    @classmethod
    def of(cls, spectrum: dict[str, Any] | None) -> "_Lines | None":
        """Return the lines of that part of a report; None if it has fewer than two."""
        if not spectrum:
            return None
        frequency_hz = np.asarray(spectrum["frequency_hz"], dtype=np.float64)
        power_dbfs = np.asarray(spectrum["power_dbfs"], dtype=np.float64)
        inside = (frequency_hz > 0) & np.isfinite(power_dbfs)
        if np.count_nonzero(inside) < 2:
            return None
        tone_hz = spectrum["tone_hz"]
        tone_khz = None if tone_hz is None else tone_hz / 1e3
        return cls(frequency_hz[inside] / 1e3, power_dbfs[inside], tone_khz)

    def nearest(self, frequency_khz: float) -> int:
        """Return the bin at ``frequency_khz``."""
        return int(np.argmin(np.abs(self.frequency_khz - frequency_khz)))

    @property
    def floor_dbfs(self) -> float:
        """Median power of the bins without the tone."""
        index = np.arange(len(self.frequency_khz))
        quiet = np.ones(len(index), dtype=bool)
        if self.tone_khz is not None:
            quiet = np.abs(index - self.nearest(self.tone_khz)) > TONE_BINS
        return float(np.median(self.power_dbfs[quiet] if quiet.any() else self.power_dbfs))

    def curve(self, name: str, colour: str) -> Figure:
        """Return the spectrum as a line."""
        steps = np.diff(self.frequency_khz)
        if np.allclose(steps, steps[0], rtol=1e-3):
            span = self.frequency_khz[-1] - self.frequency_khz[0]
            place = {"x0": float(self.frequency_khz[0]), "dx": float(span / len(steps))}
        else:
            place = {"x": np.round(self.frequency_khz, 7).tolist()}
        return {
            **place,
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "y": packed(self.power_dbfs, RESOLUTION_DB),
            "line": {"width": 1, "color": colour},
            "hovertemplate": "%{x:.4g} kHz: %{y:.1f} dBFS<extra></extra>",
        }

    def floor(self) -> Figure:
        """Return the noise floor as a dashed line."""
        return {
            "type": "scatter",
            "mode": "lines",
            "name": f"median floor, {significant(self.floor_dbfs)} dBFS per bin",
            "x": [float(self.frequency_khz[0]), float(self.frequency_khz[-1])],
            "y": [round(self.floor_dbfs, 2)] * 2,
            "line": {"width": 1.8, "dash": "dash", "color": "@ink"},
            "hoverinfo": "skip",
        }

    def tone(self) -> list[Figure]:
        """Return the mark of the test tone, if it is known."""
        if self.tone_khz is None:
            return []
        place = self.nearest(self.tone_khz)
        power = f"{significant(round(float(self.power_dbfs[place]), 1), 2)} dBFS"
        return [
            {
                "type": "scatter",
                "mode": "markers+text",
                "name": "test tone",
                "x": [float(self.frequency_khz[place])],
                "y": [round(float(self.power_dbfs[place]), 2)],
                "text": [f"{quantity(1e3 * self.tone_khz, 'Hz', 4)}, {power}"],
                "textposition": "top center",
                "marker": {"symbol": "diamond", "size": 9, "color": "@alarm"},
                "hoverinfo": "skip",
            }
        ]

    def harmonics(self) -> list[Figure]:
        """Return labels of the harmonics that stand out of the floor, aliased ones too."""
        if self.tone_khz is None:
            return []
        nyquist_khz = float(self.frequency_khz[-1])
        found: dict[int, str] = {}
        for order in HARMONICS:
            alias_khz = order * self.tone_khz % (2 * nyquist_khz)
            place = self.nearest(min(alias_khz, 2 * nyquist_khz - alias_khz))
            aside = abs(place - self.nearest(self.tone_khz)) > TONE_BINS
            if aside and self.power_dbfs[place] > self.floor_dbfs + HARMONIC_PROMINENCE_DB:
                found[place] = f"HD{order}"
        return [
            {
                "type": "scatter",
                "mode": "text",
                "showlegend": False,
                "x": [float(self.frequency_khz[place]) for place in found],
                "y": [round(float(self.power_dbfs[place]), 2) for place in found],
                "text": list(found.values()),
                "textposition": "top center",
                "textfont": {"size": 11, "color": "@muted"},
                "hoverinfo": "skip",
            }
        ]


def spectrum_figure(report: dict[str, Any]) -> Figure | None:
    """Return the spectrum of a channel, before that of a converter alone where it was measured.

    Parameters
    ----------
    report : dict
        A checked report.

    Returns
    -------
    dict or None
        The figure, with tone, harmonics and noise floor of the channel; None without a spectrum.
    """
    frontend = report["frontend"]
    lines = _Lines.of(frontend["spectrum"])
    if lines is None:
        return None
    shown = [lines]
    data: list[Figure] = []
    for item in frontend.get("converters", [])[:1]:
        if (alone := _Lines.of(item["spectrum"])) is not None:
            shown.append(alone)
            floor = f"floor {significant(alone.floor_dbfs)} dBFS"
            data.append(alone.curve(f"converter {item['converter']} alone, {floor}", "@signal"))
    channel = frontend["spectrum"]["channel"]
    name = "codes" if channel is None else f"channel {channel}"
    data += [lines.curve(name, "@detected"), lines.floor(), *lines.tone(), *lines.harmonics()]
    bottom = min(float(np.percentile(item.power_dbfs, 2)) for item in shown) - 8
    ends = np.log10([lines.frequency_khz[0], lines.frequency_khz[-1]])
    layout = {
        "height": 400,
        "xaxis": axis(
            "frequency (kHz)",
            type="log",
            range=ends.round(4).tolist(),
            dtick="D2",
            tickformat="~g",
        ),
        "yaxis": axis("power (dBFS per bin)", range=[round(bottom), 14], zeroline=False),
    }
    return {"data": data, "layout": layout}
