"""What every figure of the report shares: axes, packed arrays and colour names.

A figure is the dict that plotly.js draws, with two shorthands that the page expands. A colour
written ``@name`` is looked up in the light or dark palette, and ``{"packed": base64, "scale": s}``
is an array of 16-bit integers, little-endian, times ``s``: a waveform takes 2.7 characters a sample
instead of eight.
"""

import base64
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["GAP", "Figure", "axis", "grid_domains", "packed"]

Figure = dict[str, Any]

GAP = -32768  # stands for "no value": the line breaks there
LARGEST = 32767


def packed(values: npt.ArrayLike, scale: float | None = None) -> dict[str, Any]:
    """Return ``values`` as 16-bit integers in base64.

    Parameters
    ----------
    values : array_like
        Numbers; None and not-a-number become gaps.
    scale : float, optional
        What one step is worth; by default the finest that holds the largest value, which errs by
        at most 1/65534 of it.

    Returns
    -------
    dict
        Keys ``packed`` (str) and ``scale`` (float).

    Examples
    --------
    >>> packed([0.0, 1.5, None, -1.5], scale=0.5)
    {'packed': 'AAADAACA/f8=', 'scale': 0.5}
    """
    numbers = np.asarray(values, dtype=np.float64)
    known = np.isfinite(numbers)
    if scale is None:
        largest = float(np.max(np.abs(numbers), initial=0.0, where=known))
        scale = float(f"{largest / LARGEST * 1.000001:.6g}") or 1.0
    steps = np.clip(np.rint(np.nan_to_num(numbers) / scale), -LARGEST, LARGEST)
    codes = np.where(known, steps, GAP).astype("<i2")
    return {"packed": base64.b64encode(codes.tobytes()).decode(), "scale": scale}


def axis(title: str, **settings: object) -> dict[str, Any]:
    """Return an axis called ``title``.

    Parameters
    ----------
    title : str
        Quantity and unit, for example "time (s)".
    **settings : object
        Attributes of a plotly axis.

    Returns
    -------
    dict
        The axis.
    """
    return {"title": {"text": title}, **settings}


def grid_domains(count: int, gap: float) -> list[list[float]]:
    """Return ``count`` equal intervals of 0..1 in ascending order.

    Parameters
    ----------
    count : int
        Number of intervals.
    gap : float
        Distance between neighbours.

    Returns
    -------
    list of [float, float]
        The intervals.

    Examples
    --------
    >>> grid_domains(2, 0.5)
    [[0.0, 0.25], [0.75, 1.0]]
    """
    size = (1 - gap * (count - 1)) / count
    starts = [index * (size + gap) for index in range(count)]
    return [[round(start, 4), round(min(1.0, start + size), 4)] for start in starts]
