"""Bit-exact model of :class:`rtl.lfp_decimator.LfpDecimator`."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.lfp_decimator_config import LfpDecimatorConfig

__all__ = ["LfpDecimatorModel", "lfp_decimator"]


def lfp_decimator(codes: npt.ArrayLike, config: LfpDecimatorConfig) -> npt.NDArray[np.int16]:
    """Return ``codes`` at the low rate, as the hardware filters them.

    Written from the definition: two weighted sums, each over a window that ends with the last
    sample of its period, each rounded to nearest, ties upward.

    Parameters
    ----------
    codes : array_like of int, shape (frames, channels)
        Samples, each within ``config.sample_width`` bits; zeros are thought before them.
    config : LfpDecimatorConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of int16, shape (frames // config.decimation, channels)
        Filtered samples; full scale is that of ``config.output_width`` bits.

    Examples
    --------
    >>> config = LfpDecimatorConfig(channels=1)
    >>> lfp_decimator(np.full((24 * 8, 1), 100), config).ravel().tolist()  # a step, in 1/8 LSB
    [6, -6, 2, 621, 845, 789, 802, 803]
    """
    return LfpDecimatorModel(config).process(np.asarray(codes))


class LfpDecimatorModel:
    """The same model with its state kept from one block of frames to the next.

    Parameters
    ----------
    config : LfpDecimatorConfig
        The configuration of the hardware.
    """

    def __init__(self, config: LfpDecimatorConfig) -> None:
        self.config = config
        self._kernel = config.comb_kernel[::-1].copy()
        self._taps = np.array(config.taps[::-1], dtype=np.int64)
        # What windows that are not complete yet have so far; before the first sample, zeros.
        reach = len(self._kernel) - config.comb_decimation
        self._codes = np.zeros((reach, config.channels), dtype=np.int64)
        self._values = np.zeros((len(self._taps) - 2, config.channels), dtype=np.int64)

    def process(self, codes: npt.NDArray[np.integer]) -> npt.NDArray[np.int16]:
        """Return the outputs that the next frames complete; see :func:`lfp_decimator`."""
        config = self.config
        if codes.ndim != 2 or codes.shape[1] != config.channels:
            raise ValueError(
                f"codes must have shape (frames, {config.channels}), not {codes.shape!r}"
            )
        limit = 1 << (config.sample_width - 1)
        if codes.size and not (-limit <= codes.min() and codes.max() < limit):
            raise ValueError(
                f"codes must be in {-limit}..{limit - 1}, not {codes.min()}..{codes.max()}"
            )
        step = config.comb_decimation
        codes = np.concatenate((self._codes, codes), dtype=np.int64)
        values = _weighed(codes, self._kernel, step, config.comb_shift)
        self._codes = codes[len(values) * step :]
        values = np.concatenate((self._values, values))
        outputs = _weighed(values, self._taps, 2, config.tap_shift)
        self._values = values[2 * len(outputs) :]
        return np.clip(outputs, config.output_min, config.output_max).astype(np.int16)


@compiled
def _weighed(
    samples: npt.NDArray[np.int64], weights: npt.NDArray[np.int64], step: int, shift: int
) -> npt.NDArray[np.int64]:
    """Return the rounded weighted sum of every whole window, one each ``step`` samples."""
    length, channels = samples.shape
    sums = np.zeros((max(0, (length - len(weights)) // step + 1), channels), dtype=np.int64)
    half = (1 << shift) >> 1
    for n in range(len(sums)):
        for k in range(len(weights)):
            for c in range(channels):
                sums[n, c] += weights[k] * samples[n * step + k, c]
        for c in range(channels):
            sums[n, c] = (sums[n, c] + half) >> shift
    return sums
