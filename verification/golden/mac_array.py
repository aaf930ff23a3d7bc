"""Bit-exact model of :class:`rtl.mac_array.MacArray`: what a job does, and how long it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rtl.mac_array_config import MacArrayConfig, MacError, MacOperation, OutputWidth
from rtl.mac_array_registers import mac_array_registers
from verification.golden.register_bank import RegisterBankModel, Response

__all__ = ["MacArrayModel", "MacJobValues", "MacResult", "mac_array"]

Memory = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
BIAS_BYTES = 4
UPDATE_OVERHEAD = 2  # cycles to read and to write a beat


@dataclass(frozen=True, kw_only=True)
class MacJobValues:
    """A job, as the registers say it.

    Parameters
    ----------
    rows, columns : int
        Size of the matrix.
    weights, vector, constants, output : int
        Addresses, bytes.
    stride : int
        Bytes from row to row.
    operation : MacOperation
        The job.
    weight_width, vector_width : int
        0 for 8 bits, 1 for 16.
    output_width : int
        An OutputWidth, or 3, which is reserved.
    relu : bool
        Negative outputs become zero.
    bias : bool
        Sums begin with the row's constant.
    shift : int
        Logarithm of what outputs and updates are divided by.
    """

    rows: int
    columns: int
    weights: int
    vector: int
    constants: int = 0
    output: int = 0
    stride: int
    operation: MacOperation = MacOperation.PRODUCTS
    weight_width: int = 0
    vector_width: int = 0
    output_width: int = OutputWidth.BITS_8
    relu: bool = False
    bias: bool = False
    shift: int = 0

    @property
    def updates(self) -> bool:
        """The job changes the matrix."""
        return self.operation is MacOperation.UPDATE

    @property
    def uses_constants(self) -> bool:
        """Each row has a constant."""
        return self.updates or self.bias

    @property
    def constant_bytes(self) -> int:
        """Bytes of a constant."""
        return 1 << self.weight_width if self.updates else BIAS_BYTES

    def spans(self) -> dict[str, tuple[int, int]]:
        """Return the first address, and the one after the last, of all that the job touches.

        Returns
        -------
        dict of str to tuple of int
            By the names of the addresses.
        """
        row_bytes = self.columns << self.weight_width
        lengths = {
            "weights": (self.rows - 1) * self.stride + row_bytes,
            "vector": self.columns << self.vector_width,
        }
        if self.uses_constants:
            lengths["constants"] = self.rows * self.constant_bytes
        if not self.updates:
            lengths["output"] = self.rows << self.output_width
        return {
            name: (getattr(self, name), getattr(self, name) + length)
            for name, length in lengths.items()
        }


@dataclass(frozen=True)
class MacResult:
    """What became of a job.

    Parameters
    ----------
    error : MacError
        Why it was refused.
    cycles : int
        How long it takes while nobody else uses memory.
    """

    error: MacError
    cycles: int


def mac_array(memory: Memory, job: MacJobValues, config: MacArrayConfig) -> MacResult:
    """Do a job.

    Parameters
    ----------
    memory : ndarray of uint8, shape (config.memory_bytes,)
        The memory of data; changed.
    job : MacJobValues
        The job.
    config : MacArrayConfig
        Size of the array.

    Returns
    -------
    MacResult
        What became of it.

    Examples
    --------
    >>> config = MacArrayConfig()
    >>> memory = np.zeros(config.memory_bytes, dtype=np.uint8)
    >>> memory[:3], memory[16:19] = [1, 2, 3], [10, 20, 10]
    >>> base = config.memory_base
    >>> job = MacJobValues(
    ...     rows=1, columns=3, weights=base, vector=base + 16, output=base + 32, stride=0
    ... )
    >>> mac_array(memory, job, config), int(memory[32])
    (MacResult(error=<MacError.NONE: 0>, cycles=7), 80)
    """
    error = _error(job, config)
    if error is not MacError.NONE:
        return MacResult(error, 1)
    place = {name: start - config.memory_base for name, (start, _) in job.spans().items()}
    vector = _numbers(memory, place["vector"], job.columns, 1 << job.vector_width)
    constants = np.zeros(job.rows, dtype=np.int64)
    if job.uses_constants:
        constants = _numbers(memory, place["constants"], job.rows, job.constant_bytes)
    outputs = np.zeros(job.rows, dtype=np.int64)
    size = 1 << job.weight_width
    for row in range(job.rows):
        start = place["weights"] + row * job.stride
        weights = _numbers(memory, start, job.columns, size)
        if job.updates:
            new = weights + _scaled(constants[row] * vector, job.shift)
            memory[start : start + size * job.columns] = _bytes(new, size)
        else:
            outputs[row] = constants[row] + _SUMS[job.operation](weights, vector)
    if not job.updates:
        scaled = _scaled(outputs, job.shift)
        scaled = np.maximum(scaled, 0) if job.relu else scaled
        size = 1 << job.output_width
        memory[place["output"] : place["output"] + size * job.rows] = _bytes(scaled, size)
    return MacResult(MacError.NONE, _cycles(job, config))


def _numbers(memory: Memory, start: int, count: int, size: int) -> Numbers:
    """Return signed numbers of ``size`` bytes, little end first."""
    return memory[start : start + count * size].view(f"<i{size}").astype(np.int64)


def _bytes(numbers: Numbers, size: int) -> Memory:
    """Return the closest numbers of ``size`` bytes."""
    limit = 1 << (8 * size - 1)
    return np.clip(numbers, -limit, limit - 1).astype(f"<i{size}").view(np.uint8)


def _scaled(numbers: Numbers, shift: int) -> Numbers:
    """Return numbers over a power of two, rounded, halves up."""
    return (numbers + (1 << shift >> 1)) >> shift


_SUMS: dict[MacOperation, Callable[[Numbers, Numbers], Any]] = {
    MacOperation.PRODUCTS: lambda weights, vector: weights @ vector,
    MacOperation.SQUARES: lambda weights, vector: ((weights - vector) ** 2).sum(),
    MacOperation.MAGNITUDES: lambda weights, vector: np.abs(weights - vector).sum(),
}


def _error(job: MacJobValues, config: MacArrayConfig) -> MacError:
    """Return the first reason to refuse a job."""
    spans = job.spans()
    too_long = job.columns << job.vector_width > config.longest_vector
    if job.rows < 1 or job.columns < 1 or too_long:
        return MacError.SHAPE
    differs = job.operation in (MacOperation.SQUARES, MacOperation.MAGNITUDES)
    reserved = not job.updates and job.output_width > OutputWidth.BITS_32
    if reserved or (differs and job.weight_width != job.vector_width):
        return MacError.WIDTH
    if any(start % config.lanes for start, _ in spans.values()) or job.stride % config.lanes:
        return MacError.ALIGNMENT
    memory_end = config.memory_base + config.memory_bytes
    inside = all(config.memory_base <= start <= end <= memory_end for start, end in spans.values())
    if not inside or job.stride >= config.memory_bytes:
        return MacError.RANGE
    written = "weights" if job.updates else "output"
    for read in ("constants",) if job.updates else ("weights", "constants"):
        if read in spans and _share_a_beat(spans[written], spans[read], config.lanes):
            return MacError.OVERLAP
    return MacError.NONE


def _share_a_beat(one: tuple[int, int], other: tuple[int, int], beat_bytes: int) -> bool:
    """Return whether two spans that begin with a beat have a beat in common."""
    return one[0] < _up(other[1], beat_bytes) and other[0] < _up(one[1], beat_bytes)


def _up(value: int, step: int) -> int:
    return -(-value // step) * step


def _cycles(job: MacJobValues, config: MacArrayConfig) -> int:
    """Return how long a job takes, from the cycle after its start to its last.

    A cycle checks it; a pass takes a cycle, and so does a beat of vector, constants or outputs.
    After the last request three cycles remain, with which a sum, a rounding and a write end.
    """

    def beats(length: int) -> int:
        return -(-length // config.lanes)

    wide = job.weight_width + job.vector_width
    elements = config.lanes // 4 if job.updates else config.lanes >> wide
    passes = -(-job.columns // elements)
    vector_beats = beats(job.columns << job.vector_width)
    settles = int(vector_beats == 1)  # it is in its buffer a cycle after it could be needed
    constant_beats = beats(job.rows * job.constant_bytes) if job.uses_constants else 0
    start = 1 + vector_beats + settles + constant_beats
    if job.updates:
        row_beats = beats(job.columns << job.weight_width)
        return start + job.rows * (passes + UPDATE_OVERHEAD * row_beats)
    in_a_beat = config.lanes >> job.output_width
    writes = -(-job.rows // in_a_beat) - 1  # but for the last
    if job.rows % in_a_beat == 1 and passes + job.bias <= 2:
        writes = max(0, writes - 1)  # is done while the last row is under way
    if job.bias and job.vector_width and passes > 1:
        each = 0  # is done while a beat has its second pass
    else:
        each = 2 if passes == 1 and not job.bias else 1
    return start + job.rows * passes + writes * each + 3


class MacArrayModel:
    """The array as software sees it: a job is over as soon as it has been started.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array.
    memory : ndarray of uint8, shape (config.memory_bytes,)
        The memory of data, which jobs change.
    """

    def __init__(self, config: MacArrayConfig, memory: Memory) -> None:
        self.config = config
        self._memory = memory
        self._bank = RegisterBankModel(mac_array_registers(config))

    @property
    def interrupt(self) -> bool:
        """The line is high."""
        enabled = self._bank.value("control", "interrupt_enable")
        return bool(enabled and self._bank.value("status", "done"))

    def job(self) -> MacJobValues:
        """Return the job that a start would start.

        Returns
        -------
        MacJobValues
            What the registers say.
        """
        value = self._bank.value
        return MacJobValues(
            rows=value("shape", "rows"),
            columns=value("shape", "columns"),
            weights=value("weights", "address"),
            vector=value("vector", "address"),
            constants=value("constants", "address"),
            output=value("output", "address"),
            stride=value("stride", "bytes"),
            operation=MacOperation(value("control", "operation")),
            weight_width=value("control", "weight_width"),
            vector_width=value("control", "vector_width"),
            output_width=value("control", "output_width"),
            relu=bool(value("control", "relu")),
            bias=bool(value("control", "bias")),
            shift=value("shift", "bits"),
        )

    def read(self, address: int) -> Response:
        """Return the answer to a read.

        Parameters
        ----------
        address : int
            Byte address.

        Returns
        -------
        Response
            The answer.
        """
        return self._bank.read(address)

    def write(self, address: int, word: int) -> Response:
        """Write a word, and do the job that it starts, if it does.

        Parameters
        ----------
        address : int
            Byte address.
        word : int
            What is written.

        Returns
        -------
        Response
            The answer.
        """
        response = self._bank.write(address, word)
        if address != self._bank.config.address_of("command"):
            return response
        starts = self._bank.value("command", "start")
        if starts or self._bank.value("command", "acknowledge"):
            result = mac_array(self._memory, self.job(), self.config) if starts else None
            self._bank.set_value("status", "done", int(starts))
            self._bank.set_value("status", "error", result.error if result else MacError.NONE)
            if result:
                self._bank.set_value("cycles", "count", result.cycles)
        for field in ("start", "acknowledge"):
            self._bank.set_value("command", field, 0)
        return response
