"""Samples of any type as integers of at most 16 bits, and back to what they were."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FEWEST_BITS", "MOST_BITS", "SampleCode", "fewest_bits", "rounded"]

FEWEST_BITS, MOST_BITS = 2, 16  # of a sample in the codecs


@dataclass(frozen=True, kw_only=True)
class SampleCode:
    """How stored samples become codes: ``stored = (code + offset) * step``, in their own type.

    Parameters
    ----------
    dtype : str
        NumPy type of a stored sample.
    width : int
        Bits of a code, two's complement, in 2..16.
    offset : int
        What is added to a code.
    step : float
        What one code is worth, in units of a stored sample.
    exact : bool
        Whether every stored sample comes back as it was.
    """

    dtype: str
    width: int
    offset: int = 0
    step: float = 1.0
    exact: bool = True

    def __post_init__(self) -> None:
        if np.dtype(self.dtype).kind not in "iuf":
            raise ValueError(f"dtype must be of integers or floats, not {self.dtype!r}")
        if not FEWEST_BITS <= self.width <= MOST_BITS:
            raise ValueError(f"width must be in {FEWEST_BITS}..{MOST_BITS}, not {self.width}")
        if not isinstance(self.offset, int):
            raise TypeError(f"offset must be a whole number, not {self.offset!r}")
        if not (self.step > 0 and math.isfinite(self.step)):
            raise ValueError(f"step must be positive and finite, not {self.step}")

    def encode(self, stored: npt.NDArray) -> npt.NDArray[np.int16]:
        """Return the codes of stored samples.

        Parameters
        ----------
        stored : ndarray
            Samples, any shape.

        Returns
        -------
        ndarray of int16
            Codes, the same shape.

        Raises
        ------
        ValueError
            A sample has no code.
        """
        codes = stored
        if self.step != 1 or stored.dtype.kind == "f":
            codes = rounded(stored, self.step)
        if self.offset:
            codes = codes.astype(np.int64, copy=False) - self.offset
        half = 1 << (self.width - 1)
        if codes.size and not (-half <= codes.min() and codes.max() < half):
            bad = codes[(codes < -half) | (codes >= half)][0]
            raise ValueError(f"samples must be codes of {self.width} bits, not {bad}")
        return codes.astype(np.int16)

    def decode(self, codes: npt.NDArray[np.int16]) -> npt.NDArray:
        """Return the stored samples of some codes.

        Parameters
        ----------
        codes : ndarray of int16
            Codes, any shape.

        Returns
        -------
        ndarray
            Samples of type ``dtype``, the same shape.
        """
        dtype = np.dtype(self.dtype)
        if self.step == 1:
            whole = codes.astype(np.int64) + self.offset if self.offset else codes
            return whole.astype(dtype)
        stored = (codes.astype(np.float64) + self.offset) * self.step
        if dtype.kind == "f":
            return np.clip(stored, np.finfo(dtype).min, np.finfo(dtype).max).astype(dtype)
        # The step nearest to an extreme sample may lie beyond what the type holds.
        limits = np.iinfo(dtype)
        return np.clip(np.rint(stored), limits.min, limits.max).astype(dtype)


def fewest_bits(lowest: int, highest: int) -> tuple[int, int]:
    """Return the width of the narrowest codes for some numbers, and their offset.

    The offset is 0 unless it saves bits.

    Parameters
    ----------
    lowest, highest : int
        The numbers' range.

    Returns
    -------
    tuple of int
        Bits, which may be more than 16, and offset.

    Examples
    --------
    >>> fewest_bits(-200, 255), fewest_bits(0, 4095), fewest_bits(0, 65535)
    ((9, 0), (12, 2048), (16, 32768))
    """
    plain = max(lowest.bit_length() if lowest >= 0 else (~lowest).bit_length(), 0)
    plain = max(plain, highest.bit_length() if highest >= 0 else (~highest).bit_length()) + 1
    centred = max((highest - lowest).bit_length(), FEWEST_BITS)
    if centred < plain:
        return centred, lowest + (1 << (centred - 1))
    return max(plain, FEWEST_BITS), 0


def rounded(stored: npt.NDArray, step: float) -> npt.NDArray[np.int64]:
    """Return the nearest multiples of ``step``, as whole numbers.

    Parameters
    ----------
    stored : ndarray
        Finite samples.
    step : float
        What one is worth.

    Returns
    -------
    ndarray of int64
        The same shape; what lies beyond 52 bits is the largest such number.
    """
    largest = 2.0**52
    return np.rint(np.clip(stored / np.float64(step), -largest, largest)).astype(np.int64)
