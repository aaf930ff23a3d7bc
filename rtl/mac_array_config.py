"""MAC array configuration: its size, what it does, what it refuses, and its port to memory."""

from dataclasses import dataclass
from enum import IntEnum

from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.processor_map import DATA_BASE

__all__ = [
    "FACTOR_WIDTH",
    "SHIFT_WIDTH",
    "SIZE_WIDTH",
    "MacArrayConfig",
    "MacError",
    "MacOperation",
    "OutputWidth",
    "job_layout",
    "wide_port",
]

LANES = (8, 16, 32)
ADDRESS_WIDTH = 32
FACTOR_WIDTH = 16
"""Bits of the widest weight and of the widest element of a vector."""
SIZE_WIDTH = 16
"""Bits of the numbers of rows and columns."""
SHIFT_WIDTH = 6
"""Bits of the shift."""


class MacOperation(IntEnum):
    """What a job does.

    Attributes
    ----------
    PRODUCTS
        Row by row, the sum of the products of weights and vector.
    SQUARES
        Row by row, the sum of the squares of their differences.
    MAGNITUDES
        Row by row, the sum of the magnitudes of their differences.
    UPDATE
        Add to each weight the product of the row's constant and the vector's element.
    """

    PRODUCTS = 0
    SQUARES = 1
    MAGNITUDES = 2
    UPDATE = 3


class OutputWidth(IntEnum):
    """How wide a result is stored, two's complement.

    Attributes
    ----------
    BITS_8, BITS_16, BITS_32
        As they say.
    """

    BITS_8 = 0
    BITS_16 = 1
    BITS_32 = 2


class MacError(IntEnum):
    """Why a job was refused; of several reasons, the one with the lowest number is told.

    Attributes
    ----------
    NONE
        It was not.
    SHAPE
        No rows, no columns, or more columns than the buffer holds.
    WIDTH
        A reserved width of results, or differences of numbers of unlike widths.
    ALIGNMENT
        An address or the stride is no multiple of a beat's bytes.
    RANGE
        Something lies, or ends, outside of memory.
    OVERLAP
        What is written would change what is yet to be read.
    MEMORY
        Memory refused a beat, which it does not if it is as large as configured; what was written
        before stays.
    """

    NONE = 0
    SHAPE = 1
    WIDTH = 2
    ALIGNMENT = 3
    RANGE = 4
    OVERLAP = 5
    MEMORY = 6


@dataclass(frozen=True, kw_only=True)
class MacArrayConfig:
    """Size of a :class:`~rtl.mac_array.MacArray`.

    Parameters
    ----------
    lanes : int
        Multipliers of 8 by 8 bits, and bytes of a beat of memory: 8, 16 or 32.
    vector_beats : int
        Beats that the buffer of the vector holds, a power of two in 2..256.
    memory_base : int
        Address of the memory of data; a multiple of ``memory_bytes``.
    memory_bytes : int
        Its size, a power of two in 1024..``lanes`` * 2**16.
    """

    lanes: int = 16
    vector_beats: int = 32
    memory_base: int = DATA_BASE
    memory_bytes: int = 1 << 16

    def __post_init__(self) -> None:
        if self.lanes not in LANES:
            raise ValueError(f"lanes must be one of {', '.join(map(str, LANES))}, not {self.lanes}")
        largest = self.lanes << FACTOR_WIDTH  # a stride, in beats, is a factor
        check_ranges(self, vector_beats=(2, 256), memory_bytes=(1 << 10, largest))
        for name in ("vector_beats", "memory_bytes"):
            value = getattr(self, name)
            if value & (value - 1):
                raise ValueError(f"{name} must be a power of two, not {value}")
        if self.memory_base % self.memory_bytes or not 0 <= self.memory_base < 1 << ADDRESS_WIDTH:
            raise ValueError(
                "memory_base must be a multiple of memory_bytes in 0..2**32, "
                f"not {self.memory_base:#x}"
            )

    @property
    def beat_bits(self) -> int:
        """Bits of a beat of memory."""
        return 8 * self.lanes

    @property
    def longest_vector(self) -> int:
        """Elements of 8 bits that the buffer holds."""
        return self.lanes * self.vector_beats

    @property
    def accumulator_width(self) -> int:
        """Bits that hold the sum of the largest squares of 16 bits and a bias."""
        return 2 * FACTOR_WIDTH + (self.longest_vector // 2).bit_length() + 1

    @property
    def memory_beats(self) -> int:
        """Beats of the memory."""
        return self.memory_bytes // self.lanes


def job_layout() -> data.StructLayout:
    """Return the layout of what the registers say of a job."""
    addresses = ("weights", "stride", "vector", "constants", "output")
    return data.StructLayout(
        {
            "operation": 2,
            "weight_width": 1,
            "vector_width": 1,
            "output_width": 2,
            "relu": 1,
            "bias": 1,
            "rows": SIZE_WIDTH,
            "columns": SIZE_WIDTH,
            "shift": SHIFT_WIDTH,
            **dict.fromkeys(addresses, ADDRESS_WIDTH),
        }
    )


def wide_port(beat_bytes: int) -> wiring.Signature:
    """Return the signature of a port that reads and writes whole beats of memory.

    Members, seen from the array: ``valid`` asks for the beat at ``address`` (a multiple of its
    bytes) to be read, or, with ``write``, written where ``mask`` has a bit for the byte, and holds
    until ``ready``; ``fault``, with ``ready``, refuses it. ``read_data`` is there in the cycle
    after. A read has all bits of the mask.

    Parameters
    ----------
    beat_bytes : int
        Bytes of a beat.
    """
    return wiring.Signature(
        {
            "valid": Out(1),
            "ready": In(1),
            "fault": In(1),
            "address": Out(ADDRESS_WIDTH),
            "write": Out(1),
            "mask": Out(beat_bytes),
            "write_data": Out(8 * beat_bytes),
            "read_data": In(8 * beat_bytes),
        }
    )
