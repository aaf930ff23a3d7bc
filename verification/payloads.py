"""Stream payloads as arrays and as the integers on the wires."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from amaranth.hdl import Shape, ShapeLike
from amaranth.lib import data

__all__ = ["Payloads", "pack", "payload_dtype", "unpack"]

Payloads = npt.NDArray[Any] | Sequence[Any]

WORD_BITS = 63  # widest payload that int64 arithmetic holds without touching the sign


def payload_dtype(shape: ShapeLike) -> np.dtype[Any]:
    """Return the type of one payload: ``int64``, or a record with the fields of the layout.

    Parameters
    ----------
    shape : ShapeLike
        Shape of the payload: an integer of at most 63 bits, or a layout of such integers,
        nested at will. A one-bit unsigned field is an integer too.

    Returns
    -------
    numpy.dtype
        The type.

    Raises
    ------
    ValueError
        If a field is wider than 63 bits.

    Examples
    --------
    >>> payload_dtype(data.StructLayout({"sample": 10, "last": 1})).names
    ('sample', 'last')
    """
    layout = _layout_of(shape)
    if layout is None:
        width = Shape.cast(shape).width
        if width > WORD_BITS:
            raise ValueError(f"payload field must be at most {WORD_BITS} bits, not {width}")
        return np.dtype(np.int64)
    if isinstance(layout, data.ArrayLayout):
        return np.dtype((payload_dtype(layout.elem_shape), (layout.length,)))
    return np.dtype([(str(key), payload_dtype(field.shape)) for key, field in layout])


def pack(shape: ShapeLike, payloads: Payloads) -> list[int]:
    """Return ``payloads`` as the unsigned integers that appear on the wires.

    Parameters
    ----------
    shape : ShapeLike
        Shape of the payload.
    payloads : ndarray, sequence of int, or sequence of mappings
        Integers, records of :func:`payload_dtype`, or mappings from field to value.

    Returns
    -------
    list of int
        One integer a payload; bit 0 is the first bit of the first field.

    Raises
    ------
    ValueError
        If a value does not fit in its field.

    Examples
    --------
    >>> pack(data.StructLayout({"sample": 4, "last": 1}), [{"sample": 3, "last": 1}])
    [19]
    """
    if not isinstance(payloads, np.ndarray):
        records = [_as_tuple(shape, payload) for payload in payloads]
        # An array's elements have dimensions of their own, which numpy would add once more.
        payloads = np.array(records, dtype=_element_dtype(payload_dtype(shape)))
    return _pack(shape, payloads, "payload").tolist()


def unpack(shape: ShapeLike, words: Sequence[int]) -> npt.NDArray[Any]:
    """Return what :func:`pack` packed: an array of :func:`payload_dtype`.

    Parameters
    ----------
    shape : ShapeLike
        Shape of the payload.
    words : sequence of int
        Unsigned integers seen on the wires.

    Returns
    -------
    numpy.ndarray
        One element a payload.

    Examples
    --------
    >>> unpack(data.StructLayout({"sample": 4, "last": 1}), [19])["sample"]
    array([3])
    """
    payloads = np.zeros(len(words), dtype=payload_dtype(shape))
    narrow = Shape.cast(shape).width <= WORD_BITS
    _unpack(shape, np.array(words, dtype=np.int64 if narrow else object), payloads)
    return payloads


def _element_dtype(dtype: np.dtype) -> np.dtype:
    """Return the type of what an array of arrays has inside."""
    return _element_dtype(dtype.base) if dtype.subdtype else dtype


def _layout_of(shape: ShapeLike) -> data.Layout | None:
    """Return the layout behind ``shape``, or None where it is a plain integer."""
    try:
        return data.Layout.cast(cast("Any", shape))
    except TypeError:
        return None


def _as_tuple(shape: ShapeLike, payload: Any) -> Any:
    """Return a mapping as the nested tuple of which numpy makes a record."""
    layout = _layout_of(shape)
    if layout is None or isinstance(payload, np.void):
        return payload
    if isinstance(layout, data.ArrayLayout):
        return [_as_tuple(layout.elem_shape, element) for element in payload]
    return tuple(_as_tuple(field.shape, payload[key]) for key, field in layout)


def _pack(shape: ShapeLike, payloads: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    layout = _layout_of(shape)
    if layout is None:
        return _pack_field(Shape.cast(shape), payloads, name)
    narrow = Shape.cast(shape).width <= WORD_BITS
    words = np.zeros(payloads.shape[0], dtype=np.int64 if narrow else object)
    for key, field in layout:
        column = payloads[:, key] if isinstance(key, int) else payloads[key]
        part = _pack(field.shape, column, f"{name}.{key}")
        words |= part.astype(words.dtype) << field.offset
    return words


def _pack_field(
    shape: Shape, values: npt.NDArray[np.integer], name: str
) -> npt.NDArray[np.integer]:
    low = -(1 << (shape.width - 1)) if shape.signed else 0
    high = low + (1 << shape.width) - 1
    values = values.astype(np.int64)
    wrong = values[(values < low) | (values > high)]
    if wrong.size:
        raise ValueError(f"{name} must be in {low}..{high}, not {wrong[0]}")
    return values & ((1 << shape.width) - 1)


def _unpack(shape: ShapeLike, words: npt.NDArray[Any], payloads: npt.NDArray[Any]) -> None:
    layout = _layout_of(shape)
    if layout is None:
        plain = Shape.cast(shape)
        values = (words & ((1 << plain.width) - 1)).astype(np.int64)
        payloads[...] = values
        if plain.signed:
            payloads[values >> (plain.width - 1) != 0] -= 1 << plain.width
        return
    for key, field in layout:
        column = payloads[:, key] if isinstance(key, int) else payloads[key]
        _unpack(field.shape, words >> field.offset, column)
