"""What compiled loops cannot say in Python: memory by its address, and sums of whole vectors."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array
from numba.np.numpy_support import carray

from analog_models.compiled import compiled

__all__ = ["LINES", "LINE_CELLS", "array_at", "multiply_lines"]

LINES = 16
"""Lines that :func:`multiply_lines` takes at a time."""

LINE_CELLS = 64
"""Cells in each of them."""

Untyped = Any  # what numba and llvmlite do not annotate
HALF = LINE_CELLS // 2  # of a line: what a vector of 512 bits holds
INT16, INT32, INT64 = (ir.IntType(bits) for bits in (16, 32, 64))


def _pointer_of(_typing: object, address: Untyped) -> tuple[Any, Callable[..., object]]:
    def generate(
        _context: object, builder: Untyped, _signature: object, arguments: Sequence[Untyped]
    ) -> object:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return numba.types.voidptr(address), generate


_pointer = cast("Callable[[int], Any]", intrinsic(_pointer_of))


@compiled
def array_at(address: int, shape: tuple[int, ...], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """Return the array whose memory begins at an address, for compiled code.

    An argument that is an array costs each call 50 ns; twenty of them cost as much as a product
    with a window of 1,024 tokens. Whoever passes an address instead must keep the array.

    Parameters
    ----------
    address : int
        Of its first byte.
    shape : tuple of int
        Of an array in C order.
    dtype : type
        Of NumPy, known when the code is compiled.

    Returns
    -------
    numpy.ndarray
        Without an owner.
    """
    return carray(_pointer(address), shape, dtype)


def _every_other(builder: Untyped, first: Untyped, second: Untyped, odd: int) -> Untyped:
    """Return sixteen of the numbers of two vectors, one behind the other."""
    places = ir.Constant(ir.VectorType(INT32, 16), [2 * place + odd for place in range(16)])
    return builder.shuffle_vector(first, second, places)


def _add_neighbours(builder: Untyped, first: Untyped, second: Untyped) -> Untyped:
    """Return the sums of neighbours in two vectors, one behind the other."""
    return builder.add(*(_every_other(builder, first, second, odd) for odd in (0, 1)))


def _no_lines(*_of_the_compiler: object) -> object:
    return ir.Constant(INT64, 0)


def _multiply_lines_of(
    _typing: object,
    lines: Untyped,
    first: Untyped,
    drive: Untyped,
    charges: Untyped,
) -> tuple[Any, Callable[..., object]]:
    fits = [each.dtype.name for each in (lines, drive, charges)] == ["int16", "int16", "int32"]
    if not fits or any(each.layout != "C" for each in (lines, drive, charges)):
        return numba.types.int64(lines, first, drive, charges), _no_lines

    def generate(
        context: Untyped, builder: Untyped, signature: Untyped, arguments: Sequence[Untyped]
    ) -> object:
        def memory(place: int) -> Untyped:
            return make_array(signature.args[place])(context, builder, arguments[place]).data

        start, drive_of = arguments[1], memory(2)
        cells_of, charges_of = memory(0), memory(3)
        wide = ir.VectorType(INT32, HALF)

        def load(pointer: Untyped, index: Untyped) -> Untyped:
            vector = ir.VectorType(INT16, HALF).as_pointer()
            cells = builder.bitcast(builder.gep(pointer, [index]), vector)
            return builder.sext(builder.load(cells, align=2), wide)

        halves = (0, HALF)
        pulses = [load(drive_of, ir.Constant(INT64, half)) for half in halves]
        begin = builder.mul(start, ir.Constant(INT64, LINE_CELLS))
        sums = []
        for line in range(LINES):
            products = [
                builder.mul(
                    load(
                        cells_of, builder.add(begin, ir.Constant(INT64, LINE_CELLS * line + half))
                    ),
                    pulse,
                )
                for half, pulse in zip(halves, pulses, strict=True)
            ]
            none = ir.Constant(wide, ir.Undefined)
            sums.append(builder.add(*(_add_neighbours(builder, each, none) for each in products)))
        while len(sums) > 1:
            pairs = zip(sums[::2], sums[1::2], strict=True)
            sums = [_add_neighbours(builder, *pair) for pair in pairs]
        result = builder.gep(charges_of, [start])
        vector = ir.VectorType(INT32, LINES).as_pointer()
        builder.store(sums[0], builder.bitcast(result, vector), align=4)
        return ir.Constant(INT64, LINES)

    return numba.types.int64(lines, first, drive, charges), generate


multiply_lines = cast("Callable[..., int]", intrinsic(_multiply_lines_of))
"""Multiply :data:`LINES` lines of :data:`LINE_CELLS` cells with one vector, in compiled code.

Takes the lines, the first of them, the vector and the result, and returns how many lines it did:
none unless lines and vector are int16, the result int32, and all in C order. A compiler adds up
along a line, and then across the vector that it did so with, line by line; here all lines are added
up across together.
"""
