"""Bit-exact model of :class:`rtl.frame_tagger.FrameTagger`."""

import numpy as np
import numpy.typing as npt

from rtl.frame_tagger import FrameTaggerConfig

__all__ = ["frame_tagger"]


def frame_tagger(samples: npt.ArrayLike, config: FrameTaggerConfig) -> npt.NDArray[np.int64]:
    """Return (sample, channel, restart) of each of ``samples``, one row a sample.

    Parameters
    ----------
    samples : array_like of int
        Samples, frame by frame, channel 0 first.
    config : FrameTaggerConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of int64, shape (samples, 3)
        The rows.

    Examples
    --------
    >>> frame_tagger([5, 6, 7], FrameTaggerConfig(channels=2)).tolist()
    [[5, 0, 1], [6, 1, 1], [7, 0, 0]]
    """
    sample = np.asarray(samples, dtype=np.int64).ravel()
    frame, channel = np.divmod(np.arange(len(sample)), config.channels)
    return np.column_stack((sample, channel, frame == 0))
