"""Bit-exact model of :class:`rtl.band_pass.BandPass`."""

import numba
import numpy as np
import numpy.typing as npt

from rtl.band_pass import BandPassConfig
from verification.aligned import aligned_rows

__all__ = ["BandPassModel", "band_pass"]

SLOTS = 3  # of history: frame n, which is computed, and the two before it


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
        # Input and section outputs, each of the last three frames: frame n is in slot n % 3.
        history = np.zeros((len(config.sections) + 1, SLOTS, config.channels))
        self._history = aligned_rows(history)
        self._frame = 0

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
            self._history,
            self._frame % SLOTS,
            2.0**config.guard_bits,
            2.0 ** (config.output_fraction_bits - config.guard_bits),
            float(config.output_min),
            float(config.output_max),
        )
        self._frame += len(codes)
        return filtered

    def section_outputs(self, section: int) -> npt.NDArray[np.float64]:
        """Return the last two outputs of ``section``, guard bits included, newest first."""
        newest = (self._frame - 1) % SLOTS
        return self._history[section + 1, [newest, newest - 1], : self.config.channels]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _filter(
    codes: npt.NDArray[np.int16],
    filtered: npt.NDArray[np.int16],
    coefficients: npt.NDArray[np.float64],
    history: npt.NDArray[np.float64],
    slot: int,
    in_scale: float,
    out_scale: float,
    low: float,
    high: float,
) -> None:
    frames, channels = codes.shape
    sections = len(coefficients)
    n, n1, n2 = slot, (slot + 2) % SLOTS, (slot + 1) % SLOTS
    for frame in range(frames):
        for c in range(channels):
            history[0, n, c] = codes[frame, c] * in_scale
        for y in range(1, sections + 1):
            x = y - 1
            gain, zero = coefficients[x, 0], coefficients[x, 1]
            a1, a2 = coefficients[x, 2], coefficients[x, 3]
            for c in range(channels):
                exact = gain * (history[x, n, c] + zero * history[x, n1, c] + history[x, n2, c])
                exact -= a1 * history[y, n1, c] + a2 * history[y, n2, c]
                history[y, n, c] = np.floor(exact + 0.5)
        for c in range(channels):
            rounded = np.floor(history[sections, n, c] * out_scale + 0.5)
            filtered[frame, c] = np.int16(min(max(rounded, low), high))
        n, n1, n2 = n2, n, n1
