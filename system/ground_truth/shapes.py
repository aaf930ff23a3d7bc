"""Spike waveforms as sums of lobes, and the four sets of three units made of them.

The waveforms are drawn by hand after the features of extracellular spikes: a sharp sodium trough
(here 0.2-0.45 ms wide at half its depth), a slower potassium after-lobe and, at some positions, a
capacitive lobe before (Gold, Henze, Koch and Buzsaki, J. Neurophysiol. 95, 2006). No recording
went into them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

__all__ = ["SHAPE_SETS", "Lobe", "SpikeShape", "similarity"]

_SEARCH_STEP_S = 1e-6  # how finely the peak of a waveform is located
_TAIL = 1e-3  # a waveform ends where it stays below this part of its peak


@dataclass(frozen=True)
class Lobe:
    """A Gaussian bump whose two flanks may differ in width.

    Parameters
    ----------
    amplitude : float
        Height, signed, in any unit: a shape is scaled to a peak of 1.
    centre_s : float
        Time of the top, seconds.
    rise_s : float
        Standard deviation of the flank before the top, seconds.
    fall_s : float
        Standard deviation of the flank after the top, seconds.
    """

    amplitude: float
    centre_s: float
    rise_s: float
    fall_s: float

    def __post_init__(self) -> None:
        for name in ("rise_s", "fall_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"lobe {name} must be positive, not {getattr(self, name)!r}")

    def evaluate(self, time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the bump at any times.

        Parameters
        ----------
        time_s : numpy.ndarray
            Times, seconds.

        Returns
        -------
        numpy.ndarray
            Values in the unit of ``amplitude``, of the same shape.
        """
        from_top_s = time_s - self.centre_s
        width_s = np.where(from_top_s < 0, self.rise_s, self.fall_s)
        return self.amplitude * np.exp(-0.5 * (from_top_s / width_s) ** 2)


@dataclass(frozen=True)
class SpikeShape:
    """A spike waveform: its extremum is 1 or -1 and lies at time zero.

    Parameters
    ----------
    lobes : tuple of Lobe
        The bumps whose sum it is, before shifting and scaling.
    """

    lobes: tuple[Lobe, ...]

    def __post_init__(self) -> None:
        if not any(lobe.amplitude for lobe in self.lobes):
            raise ValueError("spike shape must have a lobe with an amplitude other than zero")

    @cached_property
    def _peak(self) -> tuple[float, float]:
        """Time and height of the extremum of the unscaled sum."""
        time_s = np.arange(*self._reach_s, _SEARCH_STEP_S)
        sum_of_lobes = self._sum(time_s)
        highest = int(np.argmax(np.abs(sum_of_lobes)))
        return float(time_s[highest]), float(abs(sum_of_lobes[highest]))

    @property
    def _reach_s(self) -> tuple[float, float]:
        return (
            min(lobe.centre_s - 5 * lobe.rise_s for lobe in self.lobes),
            max(lobe.centre_s + 5 * lobe.fall_s for lobe in self.lobes),
        )

    def _sum(self, time_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.sum([lobe.evaluate(time_s) for lobe in self.lobes], axis=0)

    @cached_property
    def support_s(self) -> tuple[float, float]:
        """First and last time at which the waveform exceeds a thousandth of its peak, seconds."""
        time_s = np.arange(*self._reach_s, 10 * _SEARCH_STEP_S) - self._peak[0]
        loud = np.flatnonzero(np.abs(self.evaluate(time_s)) > _TAIL)
        return float(time_s[loud[0]]), float(time_s[loud[-1]])

    def evaluate(self, time_s: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the waveform at any times, seconds from its extremum; dimensionless.

        Parameters
        ----------
        time_s : array_like
            Times, seconds.

        Returns
        -------
        numpy.ndarray
            Values between -1 and 1, of the same shape.
        """
        peak_s, height = self._peak
        return self._sum(np.asarray(time_s, dtype=np.float64) + peak_s) / height

    def stretched(self, factor: float) -> "SpikeShape":
        """Return the same waveform ``factor`` times as long.

        Parameters
        ----------
        factor : float
            Above 1 slows the spike down, below 1 speeds it up.

        Returns
        -------
        SpikeShape
            The stretched waveform, peak still at time zero.
        """
        return SpikeShape(
            tuple(
                Lobe(
                    lobe.amplitude,
                    lobe.centre_s * factor,
                    lobe.rise_s * factor,
                    lobe.fall_s * factor,
                )
                for lobe in self.lobes
            )
        )


def similarity(first: SpikeShape, second: SpikeShape) -> float:
    """Return how alike two waveforms are: their largest normalised cross-correlation.

    Parameters
    ----------
    first : SpikeShape
        One waveform.
    second : SpikeShape
        The other one.

    Returns
    -------
    float
        1 if one is a shifted copy of the other, times a positive number; less otherwise.

    Examples
    --------
    >>> narrow, broad, _ = SHAPE_SETS["easy1"]
    >>> round(similarity(narrow, narrow), 6)
    1.0
    >>> similarity(narrow, broad) < 0.9
    True
    """
    time_s = np.arange(-4e-3, 6e-3, 1 / 96e3)
    a, b = first.evaluate(time_s), second.evaluate(time_s)
    return float(np.correlate(a, b, mode="full").max() / np.sqrt((a @ a) * (b @ b)))


# Each lobe: amplitude, centre, rise, fall (milliseconds here, to be readable).
_MILLISECOND_TABLE = {
    "easy1": (
        ((-1.0, 0.0, 0.09, 0.10), (0.42, 0.30, 0.13, 0.22)),  # fast-spiking interneuron
        ((0.10, -0.40, 0.13, 0.13), (-1.0, 0.0, 0.14, 0.16), (0.28, 0.64, 0.21, 0.36)),  # broad
        ((0.45, -0.29, 0.12, 0.10), (-1.0, 0.0, 0.10, 0.11), (0.32, 0.34, 0.12, 0.24)),  # triphasic
    ),
    "easy2": (
        ((1.0, 0.0, 0.10, 0.11), (-0.55, 0.32, 0.13, 0.24)),  # positive first, as near an axon
        ((-1.0, 0.0, 0.11, 0.15), (0.40, 0.53, 0.18, 0.32)),
        ((0.22, -0.34, 0.12, 0.12), (-1.0, 0.0, 0.15, 0.24), (0.12, 0.88, 0.24, 0.36)),
    ),
    "difficult1": (
        ((-1.0, 0.0, 0.10, 0.11), (0.34, 0.38, 0.15, 0.24)),
        ((-1.0, 0.0, 0.11, 0.14), (0.34, 0.48, 0.17, 0.29)),
        ((0.16, -0.32, 0.11, 0.11), (-1.0, 0.0, 0.10, 0.12), (0.20, 0.43, 0.16, 0.29)),
    ),
    "difficult2": (
        ((0.22, -0.32, 0.12, 0.11), (-1.0, 0.0, 0.12, 0.12), (0.38, 0.42, 0.15, 0.26)),
        ((0.34, -0.34, 0.12, 0.11), (-1.0, 0.0, 0.13, 0.14), (0.30, 0.50, 0.17, 0.30)),
        ((0.18, -0.34, 0.12, 0.11), (-1.0, 0.0, 0.13, 0.14), (0.20, 0.46, 0.16, 0.29)),
    ),
}

SHAPE_SETS: Mapping[str, tuple[SpikeShape, ...]] = MappingProxyType(
    {
        name: tuple(
            SpikeShape(
                tuple(
                    Lobe(amplitude, centre * 1e-3, rise * 1e-3, fall * 1e-3)
                    for amplitude, centre, rise, fall in lobes
                )
            )
            for lobes in units
        )
        for name, units in _MILLISECOND_TABLE.items()
    }
)
"""Three units each; those of the difficult sets are alike (:func:`similarity` above 0.95)."""
