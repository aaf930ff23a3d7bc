"""Jobs for MAC arrays: every shape around the number of lanes, the largest numbers, the refused."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt

from rtl.mac_array_config import MacArrayConfig, MacOperation, OutputWidth
from rtl.registers import RegisterMap
from verification.golden.mac_array import MacJobValues

__all__ = ["KINDS", "extreme_jobs", "job_words", "random_jobs", "refused_jobs", "shaped_jobs"]

Memory = npt.NDArray[np.uint8]
Generator = np.random.Generator

WIDTHS = (0, 1)
KINDS = (
    *((MacOperation.PRODUCTS, w, v) for w, v in product(WIDTHS, WIDTHS)),
    *((MacOperation.UPDATE, w, v) for w, v in product(WIDTHS, WIDTHS)),
    *((op, w, w) for op in (MacOperation.SQUARES, MacOperation.MAGNITUDES) for w in WIDTHS),
)
"""Operation, and widths of weights and vector, as far as they go together."""
LARGEST_SHIFT = 63
EXTREMES = ((True, 2, 0), (False, 2, 9), (True, 1, 31), (False, 0, 0))
ADDRESSES = ("weights", "vector", "constants", "output")


def job_words(job: MacJobValues, registers: RegisterMap) -> list[tuple[int, int]]:
    """Return what a program writes to start a job.

    Parameters
    ----------
    job : MacJobValues
        The job.
    registers : RegisterMap
        Of the array.

    Returns
    -------
    list of tuple of int
        Addresses and words, in the order in which to write them.
    """
    settings: dict[str, dict[str, int]] = {
        "control": {
            "operation": job.operation,
            "weight_width": job.weight_width,
            "vector_width": job.vector_width,
            "output_width": job.output_width,
            "relu": job.relu,
            "bias": job.bias,
            "interrupt_enable": 1,
        },
        "shape": {"rows": job.rows, "columns": job.columns},
        "shift": {"bits": job.shift},
        "stride": {"bytes": job.stride},
        **{name: {"address": getattr(job, name)} for name in ADDRESSES},
        "command": {"start": 1},
    }
    return [
        (registers.address_of(name), registers.register(name).pack(values))
        for name, values in settings.items()
    ]


def _placed(config: MacArrayConfig, rng: Generator, job: MacJobValues) -> MacJobValues:
    """Return a job with everything somewhere in memory, in any order, and at its very end."""
    row_bytes = job.columns << job.weight_width
    stride = (-(-row_bytes // config.lanes) + int(rng.integers(2))) * config.lanes
    job = replace(job, stride=stride)
    order = rng.permutation(ADDRESSES).tolist()
    spans = job.spans()
    beats = dict.fromkeys(order, 0) | {
        name: -(-(end - start) // config.lanes) for name, (start, end) in spans.items()
    }
    spare = config.memory_beats - sum(beats.values())
    if spare < 0:
        raise ValueError(f"jobs must fit {config.memory_bytes} bytes, not {job!r}")
    at = int(rng.choice([0, spare, int(rng.integers(spare + 1))]))
    places = {}
    for name in order:
        places[name] = config.memory_base + at * config.lanes
        at += beats[name]
    return replace(job, **places)


def shaped_jobs(config: MacArrayConfig, rng: Generator) -> Iterator[MacJobValues]:
    """Yield a job of each kind for every number of columns up to one more than there are lanes.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array.
    rng : numpy.random.Generator
        Source of everything else: rows in 1..17 among it.

    Yields
    ------
    MacJobValues
        The job.
    """
    for columns in range(1, config.lanes + 2):
        for kind in KINDS:
            yield _random(config, rng, kind, rows=int(rng.integers(1, 18)), columns=columns)


def random_jobs(config: MacArrayConfig, rng: Generator, count: int) -> Iterator[MacJobValues]:
    """Yield jobs of any kind and of any number of columns that the buffer holds.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array.
    rng : numpy.random.Generator
        Source of everything.
    count : int
        How many.

    Yields
    ------
    MacJobValues
        The job.
    """
    for _ in range(count):
        kind = KINDS[int(rng.integers(len(KINDS)))]
        longest = config.longest_vector >> kind[2]
        columns = int(rng.choice([longest, int(rng.integers(1, longest + 1))]))
        yield _random(config, rng, kind, rows=int(rng.integers(1, 7)), columns=columns)


def _random(
    config: MacArrayConfig,
    rng: Generator,
    kind: tuple[MacOperation, int, int],
    *,
    rows: int,
    columns: int,
) -> MacJobValues:
    operation, weight_width, vector_width = kind
    job = MacJobValues(
        rows=rows,
        columns=columns,
        weights=0,
        vector=0,
        stride=0,
        operation=operation,
        weight_width=weight_width,
        vector_width=vector_width,
        output_width=int(rng.choice(list(OutputWidth))),
        relu=bool(rng.random() < 0.3),
        bias=bool(rng.random() < 0.5),
        shift=int(rng.choice([0, LARGEST_SHIFT, *rng.integers(1, 24, 8).tolist()])),
    )
    return _placed(config, rng, job)


def extreme_jobs(config: MacArrayConfig, rng: Generator) -> Iterator[tuple[Memory, MacJobValues]]:
    """Yield memories and jobs of the longest vector, in which every number is an extreme.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array.
    rng : numpy.random.Generator
        Source of places.

    Yields
    ------
    tuple of (ndarray of uint8, MacJobValues)
        Memory and job.
    """
    for operation, weight_width, vector_width in KINDS:
        longest = config.longest_vector >> vector_width
        for same, output_width, shift in (
            (True, 2, 0),
            (False, 2, 9),
            (True, 1, 31),
            (False, 0, 0),
        ):
            job = MacJobValues(
                rows=3,
                columns=longest,
                weights=0,
                vector=0,
                stride=0,
                operation=operation,
                weight_width=weight_width,
                vector_width=vector_width,
                output_width=output_width,
                bias=True,
                shift=shift,
            )
            job = _placed(config, rng, job)
            memory = np.zeros(config.memory_bytes, dtype=np.uint8)
            vector_size, weight_size = 1 << vector_width, 1 << weight_width
            _fill(memory, config, job.spans()["vector"], _lowest(vector_size))
            _fill(memory, config, job.spans()["constants"], _lowest(job.constant_bytes))
            extreme = _lowest(weight_size) if same else _highest(weight_size)
            _fill(memory, config, job.spans()["weights"], extreme)
            yield memory, job


def _fill(memory: Memory, config: MacArrayConfig, span: tuple[int, int], number: bytes) -> None:
    start, end = (at - config.memory_base for at in span)
    repeated = np.frombuffer(number * (-(-(end - start) // len(number))), dtype=np.uint8)
    memory[start:end] = repeated[: end - start]


def _lowest(size: int) -> bytes:
    return (1 << (8 * size - 1)).to_bytes(size, "little")


def _highest(size: int) -> bytes:
    return ((1 << (8 * size - 1)) - 1).to_bytes(size, "little")


def refused_jobs(config: MacArrayConfig) -> dict[str, MacJobValues]:
    """Return jobs that cannot be, each with one thing wrong that is not wrong in others.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array, with 1024 bytes of memory or more.

    Returns
    -------
    dict of str to MacJobValues
        By what is wrong.
    """
    base, lanes = config.memory_base, config.lanes
    end = base + config.memory_bytes
    vector, constants, output, weights = (base + n * 8 * lanes for n in range(4))
    job = MacJobValues(
        rows=5,
        columns=lanes + 1,
        weights=weights,
        vector=vector,
        constants=constants,
        output=output,
        stride=2 * lanes,
        bias=True,
    )
    update = replace(job, operation=MacOperation.UPDATE)
    longest = config.longest_vector
    beyond = {name: replace(job, **{name: end}) for name in ADDRESSES}
    below = {name: replace(job, **{name: (base - lanes) % (1 << 32)}) for name in ADDRESSES}
    odd = {name: replace(job, **{name: getattr(job, name) + lanes // 2}) for name in ADDRESSES}
    return {
        "no_rows": replace(job, rows=0),
        "no_columns": replace(job, columns=0),
        "a_column_too_many": replace(job, rows=1, columns=longest + 1),
        "a_wide_column_too_many": replace(job, rows=1, columns=longest // 2 + 1, vector_width=1),
        "reserved_width": replace(job, output_width=3),
        "unlike_squares": replace(job, operation=MacOperation.SQUARES, weight_width=1),
        "unlike_magnitudes": replace(job, operation=MacOperation.MAGNITUDES, vector_width=1),
        "odd_stride": replace(job, stride=2 * lanes + 1),
        "long_stride": replace(job, rows=1, stride=config.memory_bytes),
        **{f"odd_{name}": each for name, each in odd.items()},
        **{f"{name}_beyond": each for name, each in beyond.items()},
        **{f"{name}_below": each for name, each in below.items()},
        "last_row_beyond": replace(job, weights=end - 9 * lanes),
        "many_rows_beyond": replace(job, rows=65535, stride=config.memory_bytes - lanes),
        "outputs_beyond": replace(job, output=end - lanes, output_width=2, rows=lanes),
        "constants_beyond": replace(job, constants=end - lanes),
        "vector_beyond": replace(job, vector=end - lanes),
        "output_on_weights": replace(job, output=weights + 9 * lanes),
        "output_before_weights": replace(job, output=weights - lanes, output_width=2),
        "output_on_constants": replace(job, output=constants + lanes),
        "update_on_constants": replace(update, constants=weights + 9 * lanes),
    }
