"""Bit-exact model of :class:`rtl.head_scaler.HeadScaler`."""

import numpy as np
import numpy.typing as npt

from rtl.head_scaler import HeadScalerConfig

__all__ = ["head_scaler"]


def head_scaler(
    values: npt.ArrayLike, gain: npt.ArrayLike, offset: npt.ArrayLike, config: HeadScalerConfig
) -> npt.NDArray[np.int64]:
    """Return the codes of ``gain * values + offset``.

    Written from the definition: divide, round to even, limit. Exact while the sum has at most 53
    bits, as every configuration's has.

    Parameters
    ----------
    values : array_like of int
        Values, any shape.
    gain, offset : array_like of int
        With ``config.fraction_bits`` fraction bits; of a shape that broadcasts.
    config : HeadScalerConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of int64
        Codes, of the shape of all together.

    Examples
    --------
    >>> head_scaler([-3, 1, 3, 99], 512, 0, HeadScalerConfig()).tolist()  # a gain of one half
    [0, 0, 2, 15]
    """
    exact = np.asarray(values, dtype=np.int64) * np.asarray(gain) + np.asarray(offset)
    codes = np.rint(exact / 2.0**config.fraction_bits)
    return np.clip(codes, config.code_min, config.code_max).astype(np.int64)
