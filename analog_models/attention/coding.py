"""Codes at the edges of a head: query pulses, stored voltages, counted outputs."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from analog_models.validation import check_integer, check_positive

__all__ = ["AttentionCoding"]

PUBLISHED = "Leroux et al., Nat. Comput. Sci. 5, 2025"


@dataclass(frozen=True, kw_only=True)
class AttentionCoding:
    """Quantisers of a head; all round to the nearest code, ties to even, and limit.

    Parameters
    ----------
    query_levels : int
        Pulse widths of a query, which is in ``[0, 1]``: codes ``0 .. query_levels - 1``.
    stored_levels : int
        Voltages of a key or value: codes ``0 .. stored_levels - 1``. An even number of levels
        straddles the middle, so that no code stands for zero weight.
    output_levels : int
        Steps over the output's range ``[-1, 1]`` of one tile; even. One code is
        ``2 / output_levels``.
    stored_full_scale_v : float
        Voltage of the highest stored code; the lowest is 0 V.
    output_codes_are : str
        ``"rounded"``, as the published equations round: ``output_levels + 1`` codes, 33 from "32
        levels", -16 to 16. Or ``"counted"``, as a counter of 4 bits and a sign can hold them:
        the same steps, limited one code earlier on each side, -15 to 15.
    """

    query_levels: int = field(default=16, metadata={"source": PUBLISHED})
    stored_levels: int = field(default=8, metadata={"source": PUBLISHED})
    output_levels: int = field(default=32, metadata={"source": PUBLISHED})
    stored_full_scale_v: float = field(default=0.9, metadata={"source": PUBLISHED})
    output_codes_are: Literal["rounded", "counted"] = field(
        default="rounded",
        metadata={"source": "the published code rounds, which gives 33 codes"},
    )

    def __post_init__(self) -> None:
        check_integer("coding query_levels", self.query_levels, low=2, high=128)
        check_integer("coding stored_levels", self.stored_levels, low=2, high=128)
        check_integer("coding output_levels", self.output_levels, low=2, high=254)
        if self.output_levels % 2:
            raise ValueError(f"coding output_levels must be even, not {self.output_levels}")
        check_positive("coding stored_full_scale_v", self.stored_full_scale_v)
        if self.output_codes_are not in ("rounded", "counted"):
            raise ValueError(
                "coding output_codes_are must be 'rounded' or 'counted', "
                f"not {self.output_codes_are!r}"
            )

    @property
    def query_max(self) -> int:
        """Highest query code: the longest pulse."""
        return self.query_levels - 1

    @property
    def stored_max(self) -> int:
        """Highest stored code."""
        return self.stored_levels - 1

    @property
    def output_lsb(self) -> float:
        """Size of one output code on the scale of a tile's output."""
        return 2.0 / self.output_levels

    @property
    def output_max(self) -> int:
        """Highest output code of one tile; the lowest is its negative."""
        return self.output_levels // 2 - (self.output_codes_are == "counted")

    @property
    def level_v(self) -> npt.NDArray[np.float64]:
        """Voltage of each stored code, volts."""
        return self.stored_v(np.arange(self.stored_levels))

    def query_codes(self, query: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Return the pulse widths of queries.

        Parameters
        ----------
        query : array_like
            Queries, any shape; those outside ``[0, 1]`` are limited.

        Returns
        -------
        numpy.ndarray
            Codes ``0 .. query_max``.

        Raises
        ------
        ValueError
            A query is not a finite number.

        Examples
        --------
        >>> AttentionCoding().query_codes([-0.2, 0.5, 1.0]).tolist()
        [0, 8, 15]
        """
        return _rounded("query", query, self.query_max, 0, self.query_max).astype(np.int8)

    def stored_codes(self, stored_v: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Return the codes of voltages to store.

        Parameters
        ----------
        stored_v : array_like
            Keys or values, any shape, volts; those beyond the range are limited.

        Returns
        -------
        numpy.ndarray
            Codes ``0 .. stored_max``.

        Raises
        ------
        ValueError
            A voltage is not finite.

        Examples
        --------
        >>> AttentionCoding().stored_codes([-0.2, 0.45, 0.52, 0.9]).tolist()
        [0, 4, 4, 7]
        """
        codes_per_v = self.stored_max / self.stored_full_scale_v
        return _rounded("stored", stored_v, codes_per_v, 0, self.stored_max).astype(np.int8)

    def stored_v(self, codes: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the voltage that each stored code is written as.

        Parameters
        ----------
        codes : array_like
            Stored codes, any shape.

        Returns
        -------
        numpy.ndarray
            Voltages, volts.

        Examples
        --------
        >>> AttentionCoding().stored_v([0, 7]).tolist()
        [0.0, 0.9]
        """
        return np.asarray(codes) * self.stored_full_scale_v / self.stored_max

    def output_codes(self, output: npt.ArrayLike) -> npt.NDArray[np.int16]:
        """Return the codes of one tile's outputs.

        Parameters
        ----------
        output : array_like
            Outputs before the quantiser, any shape; those outside ``[-1, 1]`` are limited.

        Returns
        -------
        numpy.ndarray
            Codes ``-output_max .. output_max``.

        Raises
        ------
        ValueError
            An output is not a finite number.

        Examples
        --------
        >>> AttentionCoding().output_codes([-2.0, 0.03, 0.1]).tolist()
        [-16, 0, 2]
        """
        codes_per_one = self.output_levels / 2
        codes = _rounded("output", output, codes_per_one, -self.output_max, self.output_max)
        return codes.astype(np.int16)


def _rounded(
    subject: str, values: npt.ArrayLike, scale: float, lowest: int, highest: int
) -> npt.NDArray[np.float64]:
    array = np.array(values, dtype=np.float64)
    if not np.isfinite(array).all():
        value = array[~np.isfinite(array)].flat[0]
        raise ValueError(f"{subject} values must be finite, not {value}")
    array *= scale
    np.rint(array, out=array)
    return np.clip(array, lowest, highest, out=array)
