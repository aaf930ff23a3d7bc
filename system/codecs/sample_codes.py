"""Samples of any type as integers of at most 16 bits, and back to what they were."""

import base64
import math
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

__all__ = ["FEWEST_BITS", "MOST_BITS", "SampleCode", "fewest_bits", "packed_ulps", "rounded"]

FEWEST_BITS, MOST_BITS = 2, 16  # of a sample in the codecs
LARGEST_WHOLE = 1 << 52  # up to which a float counts, with half to spare


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
    signed_zero : bool
        Whether floats have a zero of each sign: ``code + offset`` is -1 for -0.0, and one less than
        otherwise for all that is below.
    ulps : str
        How many floats away from zero the one meant is, for each code, the lowest first: bytes,
        two's complement, compressed by zlib, as base64. Empty where there is none to mend.
    """

    dtype: str
    width: int
    offset: int = 0
    step: float = 1.0
    exact: bool = True
    signed_zero: bool = False
    ulps: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.dtype, str) or np.dtype(self.dtype).kind not in "iuf":
            raise ValueError(f"dtype must be of integers or floats, not {self.dtype!r}")
        if not FEWEST_BITS <= self.width <= MOST_BITS:
            raise ValueError(f"width must be in {FEWEST_BITS}..{MOST_BITS}, not {self.width}")
        if not (self.step > 0 and math.isfinite(self.step)):
            raise ValueError(f"step must be positive and finite, not {self.step}")
        dtype = np.dtype(self.dtype)
        lowest, highest = -LARGEST_WHOLE, LARGEST_WHOLE
        for name in ("signed_zero", "ulps"):
            if getattr(self, name) and dtype.kind != "f":
                raise ValueError(f"{name} must be of floats, not of {dtype}")
        if len(self._ulps) not in {0, 1 << self.width}:
            raise ValueError(f"ulps must be of {1 << self.width} codes, not {len(self._ulps)}")
        if dtype.kind != "f" and self.step == 1:
            limits = np.iinfo(dtype)
            lowest, highest = int(limits.min), int(limits.max)
            if self.width > limits.bits:
                raise ValueError(
                    f"width must be at most the {limits.bits} of {dtype}, not {self.width}"
                )
        if not (isinstance(self.offset, int) and lowest <= self.offset <= highest):
            raise ValueError(
                f"offset must be a whole number in {lowest}..{highest}, not {self.offset!r}"
            )

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
        whole = stored
        if self.step != 1 or stored.dtype.kind == "f":
            whole = rounded(stored, self.step)
        if self.signed_zero:
            whole = whole - np.signbit(stored)
        if whole.size:
            half = 1 << (self.width - 1)
            for extreme in (int(whole.min()), int(whole.max())):
                if not -half <= extreme - self.offset < half:
                    raise ValueError(
                        f"samples must be codes of {self.width} bits, not {extreme - self.offset}"
                    )
        # Modulo 2**16, as no type holds both the least and the largest of all.
        return (whole.astype(np.uint16) - np.uint16(self.offset & 0xFFFF)).view(np.int16)

    def decode(self, codes: npt.NDArray[np.int16]) -> npt.NDArray:
        """Return the stored samples of some codes.

        Parameters
        ----------
        codes : ndarray of int16
            Codes, any shape.

        Returns
        -------
        ndarray
            Samples of type ``dtype``, the same shape; what it does not hold is its nearest.
        """
        dtype = np.dtype(self.dtype)
        if dtype.kind != "f" and self.step == 1:
            limits, half = np.iinfo(dtype), 1 << (self.width - 1)
            lowest, highest = int(limits.min) - self.offset, int(limits.max) - self.offset
            if lowest > -half or highest < half - 1:
                codes = codes.clip(max(lowest, -half), min(highest, half - 1))
            if self.offset == 0:
                return codes.astype(dtype)
            return (codes.astype(dtype) + dtype.type(self.offset)).astype(dtype, copy=False)
        whole = codes.astype(np.int64) + self.offset
        with np.errstate(over="ignore"):
            stored = whole * self.step
            if self.signed_zero:
                stored = np.where(whole < 0, -(~whole * self.step), stored)
        if dtype.kind == "f":
            stored = np.clip(stored, np.finfo(dtype).min, np.finfo(dtype).max).astype(dtype)
            return self._mended(stored, codes) if self.ulps else stored
        # The step nearest to an extreme sample may lie beyond what the type holds.
        limits = np.iinfo(dtype)
        return np.clip(np.rint(stored), limits.min, limits.max).astype(dtype)

    @cached_property
    def _ulps(self) -> npt.NDArray[np.int8]:
        if not self.ulps:
            return np.empty(0, dtype=np.int8)
        packed = base64.b64decode(self.ulps, validate=True)
        largest = 1 << MOST_BITS
        return np.frombuffer(zlib.decompressobj().decompress(packed, largest + 1), dtype=np.int8)

    def _mended(self, stored: npt.NDArray, codes: npt.NDArray[np.int16]) -> npt.NDArray:
        """Return the floats beside some, whose bits are integers in order of magnitude."""
        half = 1 << (self.width - 1)
        native = np.ascontiguousarray(stored, dtype=stored.dtype.newbyteorder("="))
        bits = native.view(f"i{native.dtype.itemsize}")
        bits += self._ulps[np.clip(codes, -half, half - 1).astype(np.int64) + half]
        return native.astype(stored.dtype, copy=False)


def packed_ulps(codes: npt.NDArray[np.int64], ulps: npt.NDArray[np.int64], width: int) -> str:
    """Return what mends floats, as :class:`SampleCode` takes it.

    Parameters
    ----------
    codes : ndarray of int64
        Codes.
    ulps : ndarray of int64
        For each, how many floats away from zero the one meant is, at most 127.
    width : int
        Bits of a code.

    Returns
    -------
    str
        Text.
    """
    table = np.zeros(1 << width, dtype=np.int8)
    table[codes + (1 << (width - 1))] = ulps
    return base64.b64encode(zlib.compress(table.tobytes(), 9)).decode()


def fewest_bits(lowest: int, highest: int) -> tuple[int, int]:
    """Return the width of the narrowest codes for some numbers, and their offset.

    The offset is 0 unless it saves bits, and then the middle of the numbers.

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
        return centred, (lowest + highest + 1) // 2
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
    quotient = np.clip(stored / np.float64(step), -LARGEST_WHOLE, LARGEST_WHOLE)
    return np.rint(quotient).astype(np.int64)
