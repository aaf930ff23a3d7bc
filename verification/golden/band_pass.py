"""Bit-exact model of :class:`rtl.band_pass.BandPass`."""

import numba
import numpy as np
import numpy.typing as npt

from rtl.band_pass import BandPassConfig

__all__ = ["BandPassModel", "band_pass"]


def band_pass(codes: npt.ArrayLike, config: BandPassConfig) -> npt.NDArray[np.int16]:
    """Return ``codes`` filtered as the hardware filters them.

    Written from the difference equation: each section divides its exact weighted sum by
    ``2**coefficient_fraction_bits`` and rounds to the nearest multiple of ``2**-guard_bits`` LSB,
    ties upward. Computed in float64, which holds every intermediate integer exactly (all are
    below 2**53 by the limits of the configuration).

    Parameters
    ----------
    codes : array_like of int, shape (frames, channels)
        Samples, each within ``config.sample_width`` bits.
    config : BandPassConfig
        The configuration of the hardware.

    Returns
    -------
    ndarray of int16, shape (frames, channels)
        Filtered samples, unit ``2**-config.output_fraction_bits`` LSB.

    Examples
    --------
    >>> config = BandPassConfig(channels=1, high_pass_order=2, low_pass_order=0)
    >>> (band_pass([[100], [100], [100]], config).ravel() / 4).tolist()  # a step, in LSB
    [94.5, 84.0, 74.25]
    """
    return BandPassModel(config).process(np.asarray(codes))


class BandPassModel:
    """The same model with its state kept from one block of frames to the next.

    Parameters
    ----------
    config : BandPassConfig
        The configuration of the hardware.
    """

    def __init__(self, config: BandPassConfig) -> None:
        self.config = config
        one = float(1 << config.coefficient_fraction_bits)
        self._coefficients = np.array(
            [[s.gain / one, s.zero, s.a1 / one, s.a2 / one] for s in config.sections]
        )
        self._history = np.zeros((len(config.sections) + 1, 2, config.channels))

    def process(self, codes: npt.NDArray[np.integer]) -> npt.NDArray[np.int16]:
        """Return the next frames filtered; see :func:`band_pass`."""
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
        filtered = np.empty(codes.shape, dtype=np.int16)
        _filter(
            np.ascontiguousarray(codes, dtype=np.int16),
            filtered,
            self._coefficients,
            self._history,
            2.0**config.guard_bits,
            2.0 ** (config.output_fraction_bits - config.guard_bits),
            float(config.output_min),
            float(config.output_max),
        )
        return filtered

    def section_outputs(self, section: int) -> npt.NDArray[np.float64]:
        """Return the last two outputs of ``section``, guard bits included, newest first."""
        return self._history[section + 1].copy()


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _filter(
    codes: npt.NDArray[np.int16],
    filtered: npt.NDArray[np.int16],
    coefficients: npt.NDArray[np.float64],
    history: npt.NDArray[np.float64],
    in_scale: float,
    out_scale: float,
    low: float,
    high: float,
) -> None:
    frames, channels = codes.shape
    x = np.empty(channels)
    for frame in range(frames):
        for c in range(channels):
            x[c] = codes[frame, c] * in_scale
        for n in range(coefficients.shape[0]):
            gain, zero, a1, a2 = coefficients[n]
            x1, x2 = history[n, 0], history[n, 1]
            y1, y2 = history[n + 1, 0], history[n + 1, 1]
            for c in range(channels):
                exact = gain * (x[c] + zero * x1[c] + x2[c]) - a1 * y1[c] - a2 * y2[c]
                x2[c] = x1[c]
                x1[c] = x[c]
                x[c] = np.floor(exact + 0.5)
        last1, last2 = history[coefficients.shape[0], 0], history[coefficients.shape[0], 1]
        for c in range(channels):
            last2[c] = last1[c]
            last1[c] = x[c]
            filtered[frame, c] = np.int16(min(max(np.floor(x[c] * out_scale + 0.5), low), high))
