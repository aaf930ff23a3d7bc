"""Bit-exact model of :class:`rtl.band_pass.BandPass`."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.band_pass import BandPassConfig
from verification.aligned import aligned_rows

__all__ = ["BandPassModel", "band_pass"]


def band_pass(codes: npt.ArrayLike, config: BandPassConfig) -> npt.NDArray[np.int16]:
    """Return ``codes`` filtered as the hardware filters them.

    Written from the difference equation, transposed: each section rounds its exact weighted sum to
    the nearest multiple of ``2**-guard_bits`` LSB, ties upward, and a section that carries gives
    what the rounding took away to its next sum. Computed in float64, which holds every number
    exactly (all are below 2**53 of their units, by the limits of the configuration).

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
            [[s.gain / one, s.zero, s.a1 / one, s.a2 / one, s.carries] for s in config.sections]
        )
        # What the samples so far give to the sums of the next sample and of the one after it.
        ahead = np.zeros((len(config.sections), config.channels))
        self._first = aligned_rows(ahead)
        self._second = aligned_rows(ahead)

    def process(self, codes: npt.NDArray[np.integer]) -> npt.NDArray[np.int16]:
        """Return the next frames filtered; see :func:`band_pass`."""
        config = self.config
        if codes.ndim != 2 or codes.shape[1] != config.channels:
            raise ValueError(
                f"codes must have shape (frames, {config.channels}), not {codes.shape!r}"
            )
        codes = np.ascontiguousarray(codes)
        limit = 1 << (config.sample_width - 1)
        if codes.size and not (-limit <= codes.min() and codes.max() < limit):
            raise ValueError(
                f"codes must be in {-limit}..{limit - 1}, not {codes.min()}..{codes.max()}"
            )
        filtered = np.empty(codes.shape, dtype=np.int16)
        _filter(
            codes.astype(np.int16, copy=False),
            filtered,
            self._coefficients,
            self._first,
            self._second,
            2.0**config.guard_bits,
            2.0 ** (config.output_fraction_bits - config.guard_bits),
            float(config.output_min),
            float(config.output_max),
        )
        return filtered


@compiled
def _filter(
    codes: npt.NDArray[np.int16],
    filtered: npt.NDArray[np.int16],
    coefficients: npt.NDArray[np.float64],
    first: npt.NDArray[np.float64],
    second: npt.NDArray[np.float64],
    in_scale: float,
    out_scale: float,
    low: float,
    high: float,
) -> None:
    frames, channels = codes.shape
    value = np.zeros_like(first[0])  # on its way from section to section, padded as they are
    for frame in range(frames):
        for c in range(channels):
            value[c] = codes[frame, c] * in_scale
        for s in range(len(coefficients)):
            gain, zero = coefficients[s, 0], coefficients[s, 1]
            a1, a2, carried = coefficients[s, 2], coefficients[s, 3], coefficients[s, 4]
            for c in range(len(value)):
                x = gain * value[c]
                exact = x + first[s, c]
                y = np.floor(exact + 0.5)
                first[s, c] = zero * x - a1 * y + carried * (exact - y) + second[s, c]
                second[s, c] = x - a2 * y
                value[c] = y
        for c in range(channels):
            rounded = np.floor(value[c] * out_scale + 0.5)
            filtered[frame, c] = np.int16(min(max(rounded, low), high))
