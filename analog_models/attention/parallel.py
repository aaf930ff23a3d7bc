"""Gain-cell attention of a whole sequence by matrix products, in single precision.

Decay is separable: with the leakage of the published cell, the distance ``y`` of a stored voltage
from its rest, ``age`` tokens after it was written, is ``y exp(-l age)``, and for a query at ``i``
and a key at ``j`` ::

    I(y exp(-l (i - j))) = sum_n A_n y^n exp(n l (j - o)) exp(-n l (i - o))

so that all scores are one product of inner dimension ``3 d + 1``: what depends on ``j`` goes into
the keys, what depends on ``i`` into the queries. The origin ``o`` moves along, so that no factor
leaves the range of the numbers.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analog_models.attention.cell_law import PUBLISHED_CUBIC, PolynomialLaw
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.leakage import PUBLISHED_LEAKAGE, ExponentialLeakage
from analog_models.attention.parallel_kernels import fill_operand, quantise_tile, weigh_scores
from analog_models.attention.published import (
    OUTPUT_SATURATION_A,
    SCORE_SATURATION_A,
    head_inputs,
)
from analog_models.validation import check_positive

__all__ = ["parallel_attention"]

Singles = npt.NDArray[np.float32]
Codes = npt.NDArray[np.int8]

BLOCK_TOKENS = 128  # queries at a time: larger ones compute more scores that are masked
LARGEST_EXPONENT = 20.0  # of a factor of a query; those of old keys end at exp(-40), as nothing


def parallel_attention(
    query: npt.ArrayLike,
    key_v: npt.ArrayLike,
    value_v: npt.ArrayLike,
    *,
    geometry: HeadGeometry,
    coding: AttentionCoding | None = None,
    law: PolynomialLaw = PUBLISHED_CUBIC,
    leakage: ExponentialLeakage = PUBLISHED_LEAKAGE,
    score_saturation_a: float = SCORE_SATURATION_A,
    output_saturation_a: float = OUTPUT_SATURATION_A,
) -> npt.NDArray[np.float64]:
    """Return what :func:`~analog_models.attention.published.published_attention` returns.

    Equal to it but where a tile's output lies within single-precision rounding of a tie between
    two codes: there one LSB off.

    Parameters
    ----------
    query : array_like
        Queries ``[heads, tokens, head_dim]``, in ``[0, 1]``.
    key_v, value_v : array_like
        Keys and values, of the same shape, volts.
    geometry : HeadGeometry
        Sizes of a head.
    coding : AttentionCoding
        The quantisers; the published ones unless given.
    law : PolynomialLaw
        Current of a cell: a polynomial, which decay is separable of.
    leakage : ExponentialLeakage
        Retention of a cell.
    score_saturation_a, output_saturation_a : float
        Mean currents over the longest pulse that saturate the two conversions, amps.

    Returns
    -------
    numpy.ndarray
        Sums over the tiles of the quantised outputs ``[heads, tokens, head_dim]``.

    Raises
    ------
    TypeError
        The law is not a polynomial, or the leakage not an exponential.
    ValueError
        Arrays that do not fit the heads or each other, or hold a value that is not finite.

    Examples
    --------
    >>> geometry = HeadGeometry(head_dim=1, window_tokens=1, tile_tokens=1)
    >>> parallel_attention([[[1.0]]], [[[0.9]]], [[[0.9]]], geometry=geometry)
    array([[[0.0625]]])
    """
    if not isinstance(law, PolynomialLaw):
        raise TypeError(f"parallel attention must have a polynomial law, not {law!r}")
    if not isinstance(leakage, ExponentialLeakage):
        raise TypeError(f"parallel attention must have an exponential leakage, not {leakage!r}")
    check_positive("score_saturation_a", score_saturation_a)
    check_positive("output_saturation_a", output_saturation_a)
    coding = coding or AttentionCoding()
    q, k, v = head_inputs(query, key_v, value_v, geometry=geometry, coding=coding)
    head = _Head(
        geometry=geometry,
        coding=coding,
        coefficients=law.about(leakage.rest_v),
        distance_v=coding.level_v - leakage.rest_v,
        rate=leakage.rate_per_token,
        score_unit_a=score_saturation_a * coding.query_max,
        output_unit_a=output_saturation_a * coding.output_lsb,
    )
    codes = np.zeros(q.shape, dtype=np.float32)
    for head_codes, head_q, head_k, head_v in zip(codes, q, k, v, strict=True):
        for first in range(0, q.shape[1], head.epoch_tokens):
            head.run_epoch(first, head_q, head_k, head_v, head_codes)
    return codes.astype(np.float64) * coding.output_lsb


@dataclass(frozen=True, kw_only=True)
class _Head:
    """The equations of one head, scaled: scores saturate at 1, outputs are in codes."""

    geometry: HeadGeometry
    coding: AttentionCoding
    coefficients: tuple[float, ...]
    distance_v: npt.NDArray[np.float64]
    rate: float
    score_unit_a: float
    output_unit_a: float

    @property
    def epoch_tokens(self) -> int:
        """Tokens that share an origin: a window, or as long as the factors stay in range."""
        steepest = (len(self.coefficients) - 1) * self.rate
        longest = LARGEST_EXPONENT / steepest if steepest > 0 else math.inf
        return max(1, int(min(longest, self.geometry.window_tokens)))

    def run_epoch(self, first: int, q: Codes, k: Codes, v: Codes, codes: Singles) -> None:
        """Add the output codes of the queries from ``first`` on."""
        window, tile = self.geometry.window_tokens, self.geometry.tile_tokens
        last = min(first + self.epoch_tokens, len(q))
        oldest = max(0, first - window + 1) // tile * tile
        falling = self._factors(np.arange(first, last) - first, sign=-1)
        rising = self._factors(np.arange(oldest, last) - first, sign=1)
        queries = self._query_operand(falling, q[first:last])
        keys, values = (
            self._stored_operand(unit_a, rising, stored[oldest:last])
            for unit_a, stored in ((self.score_unit_a, k), (self.output_unit_a, v))
        )
        scratch = np.empty(BLOCK_TOKENS * len(keys), dtype=np.float32)
        for start in range(first, last, BLOCK_TOKENS):
            stop = min(start + BLOCK_TOKENS, last)
            seen = max(0, start - window + 1) // tile * tile
            weights = scratch[: (stop - start) * (stop - seen)].reshape(stop - start, stop - seen)
            np.matmul(
                queries[start - first : stop - first],
                keys[seen - oldest : stop - oldest].T,
                out=weights,
            )
            weigh_scores(weights, start - seen, window)
            self._add_tiles(
                weights,
                values[seen - oldest : stop - oldest],
                falling[:, start - first : stop - first],
                codes[start:stop],
            )

    def _add_tiles(
        self, weights: Singles, values: Singles, falling: Singles, codes: Singles
    ) -> None:
        """Add up the tiles; one that the ring has come back to is in two places."""
        size = self.geometry.tile_tokens
        places = -(-values.shape[0] // size)
        parts = [slice(each * size, (each + 1) * size) for each in range(places)]
        for place in range(min(places, self.geometry.tiles)):
            sums = weights[:, parts[place]] @ values[parts[place]]
            for again in parts[place + self.geometry.tiles :: self.geometry.tiles]:
                sums += weights[:, again] @ values[again]
            quantise_tile(sums, falling, float(self.coding.output_max), codes)

    def _factors(self, distance: npt.NDArray[np.int64], *, sign: int) -> Singles:
        """Return ``exp(sign n rate distance)`` of every power, from 1 on, and distance."""
        powers = np.arange(1, len(self.coefficients))[:, None]
        exponent = sign * powers * self.rate * distance
        return np.exp(np.maximum(exponent, -2 * LARGEST_EXPONENT)).astype(np.float32)

    def _stored_operand(self, unit_a: float, rising: Singles, stored: Codes) -> Singles:
        powers = np.arange(1, len(self.coefficients))[:, None]
        terms = np.array(self.coefficients[1:])[:, None] * self.distance_v**powers / unit_a
        constant = np.full(len(stored), self.coefficients[0] / unit_a, dtype=np.float32)
        return fill_operand(stored, terms.astype(np.float32), rising, constant)

    def _query_operand(self, falling: Singles, query: Codes) -> Singles:
        terms = np.tile(np.arange(self.coding.query_levels, dtype=np.float32), (len(falling), 1))
        return fill_operand(query, terms, falling, query.sum(axis=1, dtype=np.float32))
