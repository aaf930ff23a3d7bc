"""Which spikes of a scene are truth: those that are loud enough on a channel."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from .scene import OVERSAMPLING, Scene
from .truth import ROWS, GroundTruth

__all__ = ["Audibility", "AudibleSpikes"]

SPIKES_AT_ONCE = 1 << 16  # whose peaks are put in order together


@dataclass(frozen=True, kw_only=True)
class Audibility:
    """Which spikes of a channel belong to its truth, by peak height over noise.

    With many units around, every spike reaches every electrode, and most are far below the
    noise and make part of it. Demanding them would measure the generator, not the detector;
    calling their detection a false alarm would punish the better detector. Hence two bounds:
    from ``demanded`` up a spike must be found, below ``heard`` it is noise, and in between it
    is neutral.

    Parameters
    ----------
    demanded : float
        Peak over noise standard deviation from which a spike counts. At 2.5, the default, a
        unit counts on its own channel up to a noise level of 0.40.
    heard : float
        Peak over noise standard deviation from which a spike is at least neutral.
    """

    demanded: float = 2.5
    heard: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.heard <= self.demanded < np.inf:
            raise ValueError(
                "audibility must have 0 <= heard <= demanded,"
                f" not heard {self.heard!r} and demanded {self.demanded!r}"
            )


class AudibleSpikes:
    """The true spikes of a scene, made when they are asked for.

    An hour of 68 channels has some sixteen million: all of them take 400 MB, those of one channel
    a few.

    Parameters
    ----------
    scene : Scene
        All spikes.
    frames : int
        Length of the recording; peaks beyond it are not in it.
    noise_v : numpy.ndarray
        Standard deviation of each channel's noise, volts.
    noise_level : numpy.ndarray
        The same over the spike peak.
    audibility : Audibility or None
        Which spikes count; ``None`` for all.

    Attributes
    ----------
    noise_level : numpy.ndarray
        As above.
    """

    def __init__(
        self,
        scene: Scene,
        *,
        frames: int,
        noise_v: npt.NDArray[np.float64],
        noise_level: npt.NDArray[np.float64],
        audibility: Audibility | None,
    ) -> None:
        self.noise_level = noise_level
        self._scene = scene
        self._end_step = frames * OVERSAMPLING
        bounds = audibility or Audibility(demanded=0.0, heard=0.0)
        peak_v, noise_there_v = scene.footprints.peak_v, noise_v[scene.footprints.channel]
        self._heard = np.flatnonzero(peak_v >= bounds.heard * noise_there_v)
        self._neutral = peak_v < bounds.demanded * noise_there_v

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.noise_level.size

    def of_channel(self, channel: int) -> GroundTruth:
        """Return the spikes of one channel.

        Parameters
        ----------
        channel : int
            Which channel.

        Returns
        -------
        GroundTruth
            One row per spike.
        """
        prints, trains = self._scene.footprints, self._scene.trains
        here = self._heard[prints.channel[self._heard] == channel]
        row_of_unit = np.full(len(self._scene.shapes), -1, dtype=np.int32)
        row_of_unit[prints.unit[here]] = here
        row = row_of_unit[trains.unit]
        heard = row >= 0
        row = row[heard]
        step = trains.step[heard] + self._scene.footprints.delay_steps[row]
        recorded = step < self._end_step
        return GroundTruth(
            **self._columns(step[recorded], row[recorded]), noise_level=self.noise_level
        )

    def on_all_channels(self) -> GroundTruth:
        """Return the spikes of all channels.

        Returns
        -------
        GroundTruth
            One row per spike and channel.
        """
        trains = self._scene.trains
        channels_of_unit = np.bincount(
            self._scene.footprints.unit[self._heard], minlength=len(self._scene.shapes)
        )
        most = int(channels_of_unit[trains.unit].sum())
        # Filled piece by piece: where there is room for the truth, there may not be for it twice.
        rows: dict[str, Any] = {name: np.empty(most, dtype=kind) for name, kind in ROWS.items()}
        end = 0
        for step, row in self._peaks():
            piece = slice(end, end + step.size)
            for name, values in self._columns(step, row).items():
                rows[name][piece] = values
            end = piece.stop
        return GroundTruth(
            **{name: values[:end] for name, values in rows.items()}, noise_level=self.noise_level
        )

    def _peaks(self) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Yield piece by piece the step of every peak, rising, and its row of ``footprints``.

        Peaks of one step are in the order of their channels, then units.
        """
        prints, trains, heard = self._scene.footprints, self._scene.trains, self._heard
        first = np.searchsorted(prints.unit[heard], np.arange(len(self._scene.shapes) + 1))
        by_place = heard[np.lexsort((prints.unit[heard], prints.channel[heard]))]
        place = np.empty(prints.unit.size, dtype=np.int64)
        place[by_place] = np.arange(heard.size)
        latest = int(prints.delay_steps.max(initial=0))
        borders = trains.step[SPIKES_AT_ONCE::SPIKES_AT_ONCE]
        for start, stop in pairwise([0, *borders[borders < self._end_step], self._end_step]):
            near = slice(*np.searchsorted(trains.step, (start - latest, stop)))
            unit = trains.unit[near]
            # Each spike is listed once per row of its unit that is heard.
            copies = np.diff(first)[unit]
            nth = np.arange(copies.sum()) - np.repeat(np.cumsum(copies) - copies, copies)
            row = heard[np.repeat(first[unit], copies) + nth]
            step = np.repeat(trains.step[near], copies) + prints.delay_steps[row]
            here = (step >= start) & (step < stop)
            in_order = np.sort(step[here] * heard.size + place[row[here]])
            step, nth_place = np.divmod(in_order, max(heard.size, 1))
            yield step, by_place[nth_place]

    def _columns(self, step: npt.NDArray[np.int64], row: npt.NDArray[np.integer]) -> dict[str, Any]:
        prints = self._scene.footprints
        return {
            "frame": step / OVERSAMPLING,
            "channel": prints.channel[row],
            "unit": prints.unit[row],
            "amplitude_v": prints.peak_v[row],
            "neutral": self._neutral[row],
        }
