"""Differences that drive the weights of an LMS predictor to their limits."""

import numpy as np
import numpy.typing as npt

from rtl.lms_predictor import LmsPredictorConfig
from verification.golden.dpcm_predictor import wrapped
from verification.golden.lms_predictor import lms_adapt, lms_prediction

__all__ = ["growing_differences"]


def growing_differences(
    config: LmsPredictorConfig, *, alternating: bool, count: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return differences that are larger than expected, each time: weights must grow.

    Where every residual has the sign of its difference, the weights of equal signs rise and those
    of opposite ones fall. Where the range does not allow that, the residual has the other sign.

    Parameters
    ----------
    config : LmsPredictorConfig
        The configuration of the hardware.
    alternating : bool
        Whether the signs of the differences alternate: then every other weight falls.
    count : int
        Number of differences.

    Returns
    -------
    tuple of (differences, extremes)
        What follows a fresh sample, and the lowest and the highest value of any weight.
    """
    width, bits = config.sample_width, config.weight_fraction_bits
    weights = np.zeros((1, config.taps), dtype=np.int32)
    history = np.zeros_like(weights)
    lowest = highest = 0
    differences = []
    for n in range(count):
        sign = -1 if alternating and n % 2 else 1
        expected = lms_prediction(weights, history, 0, bits)
        choice = (sign * size for size in range(1, 1 << (width - 1)))
        fitting = (each for each in choice if sign * wrapped(each - expected, width) > 0)
        difference = next(fitting, sign)
        lms_adapt(weights, history, 0, difference, wrapped(difference - expected, width), bits)
        lowest, highest = min(lowest, weights.min()), max(highest, weights.max())
        differences.append(difference)
    return np.array(differences), np.array([lowest, highest])
