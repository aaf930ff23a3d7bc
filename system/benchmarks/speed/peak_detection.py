"""SpikeInterface's peak detection behind its own band-pass filter, as its users would call it."""

import multiprocessing
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from spikeinterface.core import BinaryRecordingExtractor, get_noise_levels
from spikeinterface.preprocessing import bandpass_filter
from spikeinterface.sortingcomponents.peak_detection import detect_peaks

__all__ = ["METHODS", "PeakDetection"]

METHODS = ("by_channel", "locally_exclusive")
PITCH_UM = 25.0  # of the column of electrodes


class PeakDetection:
    """A recording on disk, and ways to find its peaks.

    Everything is SpikeInterface's default (300 to 6000 Hz, fifth order, forward and backward;
    threshold of 5 median absolute deviations; chunks of a second) but for two things: peaks of
    both signs are searched, and filtered samples are float32. The noise levels are measured here,
    so that no call spends time on them.

    Parameters
    ----------
    codes : numpy.ndarray
        Converter codes, int16, shape (frames, channels).
    sampling_rate_hz : float
        Frames per second.
    folder : Path
        Existing folder for the samples, which worker processes read too.
    """

    def __init__(
        self, codes: npt.NDArray[np.int16], *, sampling_rate_hz: float, folder: Path
    ) -> None:
        path = folder / "codes.raw"
        codes.tofile(path)
        channels = codes.shape[1]
        recording = BinaryRecordingExtractor(
            path, sampling_rate_hz, dtype="int16", num_channels=channels
        )
        place_um = np.column_stack((np.zeros(channels), PITCH_UM * np.arange(channels)))
        recording.set_dummy_probe_from_locations(place_um)
        self._recording = bandpass_filter(recording, dtype="float32")
        self._noise_levels = get_noise_levels(
            self._recording,
            return_in_uV=False,
            random_slices_kwargs={"seed": 0},
            progress_bar=False,
        )

    def contenders(self, method: str, *, processes: bool = True) -> dict[str, Callable[[], int]]:
        """Return the same detection in one job, in two threads and in two processes.

        Parameters
        ----------
        method : str
            One of :data:`METHODS`.
        processes : bool
            Whether to offer processes, where the system can fork.

        Returns
        -------
        dict of str to callable
            By name; each returns the number of peaks.
        """
        jobs: dict[str, dict[str, Any]] = {
            "one job": {"n_jobs": 1},
            "two threads": {"n_jobs": 2, "pool_engine": "thread"},
        }
        if processes and "fork" in multiprocessing.get_all_start_methods():
            jobs["two processes"] = {"n_jobs": 2, "pool_engine": "process", "mp_context": "fork"}

        def contender(job: dict[str, Any]) -> Callable[[], int]:
            return lambda: self._count_peaks(method, job)

        return {f"detect_peaks {method}, {name}": contender(job) for name, job in jobs.items()}

    def _count_peaks(self, method: str, job: dict[str, Any]) -> int:
        with warnings.catch_warnings():
            # Newer Pythons warn of forks beside threads; those of the golden chain are idle.
            warnings.simplefilter("ignore", DeprecationWarning)
            peaks: Any = detect_peaks(
                self._recording,
                method=method,
                method_kwargs={"peak_sign": "both", "noise_levels": self._noise_levels},
                job_kwargs={"chunk_duration": "1s", "progress_bar": False, **job},
            )
        return len(peaks)
