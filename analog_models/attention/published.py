"""Gain-cell attention from the published equations, in double precision: the oracle."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from analog_models.attention.cell_law import PUBLISHED_CUBIC, CellLaw
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.leakage import PUBLISHED_LEAKAGE, Leakage
from analog_models.validation import check_positive

__all__ = [
    "OUTPUT_SATURATION_A",
    "SCORE_SATURATION_A",
    "head_inputs",
    "published_attention",
    "published_tile_outputs",
]

Reals = npt.NDArray[np.float64]

SCORE_SATURATION_A = 80e-6  # published code: phi(S) = clamp(S/80, 0, 1), S in uA
OUTPUT_SATURATION_A = 40e-6  # published code: outputs are scaled by 1/40 and clamped to +-1


def published_attention(
    query: npt.ArrayLike,
    key_v: npt.ArrayLike,
    value_v: npt.ArrayLike,
    *,
    geometry: HeadGeometry,
    coding: AttentionCoding | None = None,
    law: CellLaw = PUBLISHED_CUBIC,
    leakage: Leakage = PUBLISHED_LEAKAGE,
    score_saturation_a: float = SCORE_SATURATION_A,
    output_saturation_a: float = OUTPUT_SATURATION_A,
) -> Reals:
    """Return the outputs of heads for all tokens of a sequence, as the equations define them.

    Token ``i`` sees the tokens ``i - window + 1 .. i``, itself included. With ``I`` the law, ``L``
    the leakage, all of them quantised first::

        S[i, j] = sum_r q[i, r] I(L(k[j, r], i - j))
        phi = clamp(S / score_saturation, 0, 1)
        out[i, r] = sum over tiles of Q(clamp(A / output_saturation, -1, 1)),
            A = sum over the tile's tokens j of phi[i, j] I(L(v[j, r], i - j))

    A token is in the tile of its column, ``(j mod window) // tile_tokens``. Tokens out of sight
    and columns not yet written contribute nothing.

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
    law : CellLaw
        Current of a cell.
    leakage : Leakage
        Retention of a cell.
    score_saturation_a, output_saturation_a : float
        Mean currents over the longest pulse that saturate the two conversions, amps.

    Returns
    -------
    numpy.ndarray
        Sums over the tiles of the quantised outputs ``[heads, tokens, head_dim]``: multiples of
        the output LSB.

    Raises
    ------
    ValueError
        Arrays that do not fit the heads or each other, or hold a value that is not finite.

    Examples
    --------
    >>> geometry = HeadGeometry(head_dim=1, window_tokens=1, tile_tokens=1)
    >>> published_attention([[[1.0]]], [[[0.9]]], [[[0.9]]], geometry=geometry)
    array([[[0.0625]]])
    """
    coding = coding or AttentionCoding()
    outputs = np.empty(np.shape(query))
    for head, token, tile_outputs in published_tile_outputs(
        query,
        key_v,
        value_v,
        geometry=geometry,
        coding=coding,
        law=law,
        leakage=leakage,
        score_saturation_a=score_saturation_a,
        output_saturation_a=output_saturation_a,
    ):
        codes = coding.output_codes(tile_outputs).sum(axis=0)
        outputs[head, token] = codes * coding.output_lsb
    return outputs


def published_tile_outputs(
    query: npt.ArrayLike,
    key_v: npt.ArrayLike,
    value_v: npt.ArrayLike,
    *,
    geometry: HeadGeometry,
    coding: AttentionCoding | None = None,
    law: CellLaw = PUBLISHED_CUBIC,
    leakage: Leakage = PUBLISHED_LEAKAGE,
    score_saturation_a: float = SCORE_SATURATION_A,
    output_saturation_a: float = OUTPUT_SATURATION_A,
) -> Iterator[tuple[int, int, Reals]]:
    """Yield what each tile puts out before it is limited and quantised.

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
    law : CellLaw
        Current of a cell.
    leakage : Leakage
        Retention of a cell.
    score_saturation_a, output_saturation_a : float
        Mean currents over the longest pulse that saturate the two conversions, amps.

    Yields
    ------
    tuple of int, int and numpy.ndarray
        Head, token, and the outputs ``[tiles, head_dim]`` over the saturation.
    """
    coding = coding or AttentionCoding()
    check_positive("score_saturation_a", score_saturation_a)
    check_positive("output_saturation_a", output_saturation_a)
    q, k, v = head_inputs(query, key_v, value_v, geometry=geometry, coding=coding)
    heads, tokens, head_dim = q.shape
    window = geometry.window_tokens
    longest = min(window, tokens)
    # Current of every level at every age: only stored levels occur.
    current_a = law.current_a(
        leakage.voltage_v(coding.level_v[None, :], np.arange(longest)[:, None])
    )
    for head in range(heads):
        for token in range(tokens):
            seen = np.arange(max(0, token - window + 1), token + 1)
            age = (token - seen)[:, None]
            pulse = q[head, token] / coding.query_max
            score_a = current_a[age, k[head, seen]] @ pulse
            weight = np.clip(score_a / score_saturation_a, 0.0, 1.0)
            columns_a = np.zeros((window, head_dim))
            columns_a[seen % window] = weight[:, None] * current_a[age, v[head, seen]]
            tiles_a = columns_a.reshape(geometry.tiles, geometry.tile_tokens, head_dim).sum(axis=1)
            yield head, token, tiles_a / output_saturation_a


def head_inputs(
    query: npt.ArrayLike,
    key_v: npt.ArrayLike,
    value_v: npt.ArrayLike,
    *,
    geometry: HeadGeometry,
    coding: AttentionCoding,
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Return the codes of a sequence for heads of a geometry, or say what does not fit.

    Parameters
    ----------
    query : array_like
        Queries ``[heads, tokens, head_dim]``, in ``[0, 1]``.
    key_v, value_v : array_like
        Keys and values, of the same shape, volts.
    geometry : HeadGeometry
        Sizes of a head.
    coding : AttentionCoding
        The quantisers.

    Returns
    -------
    tuple of numpy.ndarray
        Codes of queries, keys and values.

    Raises
    ------
    ValueError
        Arrays that do not fit the heads or each other, or hold a value that is not finite.
    """
    shape = np.shape(query)
    if len(shape) != 3 or shape[2] != geometry.head_dim:
        raise ValueError(
            f"queries must have the shape [heads, tokens, {geometry.head_dim}], not {shape}"
        )
    for name, values in (("keys", key_v), ("values", value_v)):
        if np.shape(values) != shape:
            raise ValueError(
                f"{name} must have the shape of the queries {shape}, not {np.shape(values)}"
            )
    return coding.query_codes(query), coding.stored_codes(key_v), coding.stored_codes(value_v)
