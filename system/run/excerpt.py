"""A short stretch of every channel, kept to be shown."""

import numpy as np
import numpy.typing as npt

__all__ = ["Excerpt"]


class Excerpt:
    """The filtered samples of one stretch of the recording.

    Parameters
    ----------
    start : int
        First frame of the stretch.
    stop : int
        Frame after its last.

    Examples
    --------
    >>> excerpt = Excerpt(3, 6)
    >>> excerpt.add(np.arange(5).reshape(-1, 1))
    >>> excerpt.add(np.arange(5, 10).reshape(-1, 1))
    >>> excerpt.samples().ravel()
    array([3, 4, 5], dtype=int16)
    """

    def __init__(self, start: int, stop: int) -> None:
        self.start = start
        self.stop = stop
        self._seen = 0
        self._kept: list[npt.NDArray[np.int16]] = []

    def add(self, filtered: npt.NDArray[np.integer]) -> None:
        """Keep what the stretch needs of the next frames.

        Parameters
        ----------
        filtered : numpy.ndarray
            Shape (frames, channels).
        """
        first, last = self.start - self._seen, self.stop - self._seen
        if last > 0 and first < len(filtered):
            self._kept.append(filtered[max(first, 0) : last].astype(np.int16))
        self._seen += len(filtered)

    def samples(self) -> npt.NDArray[np.int16]:
        """Return the stretch, shorter where the recording ended before it.

        Returns
        -------
        numpy.ndarray
            Shape (frames, channels); no frame if it was never reached.
        """
        return np.concatenate(self._kept) if self._kept else np.empty((0, 0), dtype=np.int16)
