"""Tokens that reach the corners of an attention head."""

import numpy as np
import numpy.typing as npt

from rtl.attention_head_config import AttentionHeadConfig, token_layout
from rtl.attention_schedule import AttentionScheduleConfig
from rtl.head_scaler import HeadScalerConfig, scaled_vector_layout
from rtl.pulse_counter import PulseCounterConfig
from rtl.query_pulse_driver import QueryPulseDriverConfig
from rtl.tile_accumulator import TileAccumulatorConfig
from rtl.write_controller import WriteControllerConfig
from verification.pacing import Pace, willingness
from verification.payloads import payload_dtype

__all__ = [
    "attention_scaling",
    "attention_tokens",
    "pulse_windows",
    "query_vectors",
    "scaler_vectors",
    "schedule_traffic",
    "tile_outputs",
    "write_starts",
]


def attention_scaling(config: AttentionHeadConfig) -> dict[str, dict[str, int]]:
    """Return gains and offsets with which values of all sizes meet all codes, limits included.

    Parameters
    ----------
    config : AttentionHeadConfig
        The head.

    Returns
    -------
    dict of str to dict of str to int
        ``gain`` and ``offset`` of ``query``, ``key``, ``value`` and ``output``.
    """
    one = 1 << config.fraction_bits
    largest = (1 << (config.input_width - 1)) - 1
    queries, levels = (1 << config.query_width) - 1, (1 << config.stored_width) - 1
    to_levels = round(one * 0.6 * levels / largest)
    return {
        "query": {"gain": round(one * 1.2 * queries / largest), "offset": one // 3},
        "key": {"gain": to_levels, "offset": one * levels // 2},
        "value": {"gain": -to_levels, "offset": one * levels // 2 - one // 16},
        "output": {"gain": round(one * 1.75), "offset": -one // 4},
    }


def attention_tokens(
    config: AttentionHeadConfig, count: int, *, rng: np.random.Generator
) -> npt.NDArray[np.void]:
    """Return tokens: corners first, then runs of tokens that attend to each other.

    Parameters
    ----------
    config : AttentionHeadConfig
        The head.
    count : int
        Tokens.
    rng : numpy.random.Generator
        Source of what is random in them.

    Returns
    -------
    ndarray of records, shape (count,)
        ``query``, ``key`` and ``value`` of each.
    """
    dim = config.head_dim
    low, high = -(1 << (config.input_width - 1)), (1 << (config.input_width - 1)) - 1
    tokens = np.zeros(count, dtype=payload_dtype(token_layout(config)))
    # Most keys agree with the queries, or no score would ever saturate; a third is anything.
    alike = rng.random((count, 1)) < 0.67
    anything = rng.integers(low, high + 1, size=(3, count, dim))
    strength = rng.random((count, 1)) ** 2  # of a query: scores of all sizes
    queries = (strength * rng.integers(high // 2, high + 1, (count, dim))).astype(np.int64)
    tokens["query"] = np.where(alike, queries, anything[0])
    tokens["key"] = np.where(alike, rng.integers(high // 4, high + 1, (count, dim)), anything[1])
    # Some lanes keep their sign for a while, so that their sums reach both limits.
    turns = 1 + 2 * config.tile_tokens
    signs = rng.choice([-1, 1], size=(count // turns + 1, dim)).repeat(turns, axis=0)[:count]
    steady = alike & (np.arange(dim) % 3 == 0)
    tokens["value"] = np.where(
        steady, signs * rng.integers(high // 2, high, (count, dim)), anything[2]
    )
    corners = [
        (high, high, high),
        (high, high, low),
        (low, high, high),  # a query of zeros
        (high, low, high),  # a score below zero
        (high, high, high),
        (0, 0, 0),
    ]
    for token, corner in zip(tokens, corners, strict=False):
        token["query"], token["key"], token["value"] = corner
    return tokens


def scaler_vectors(
    config: HeadScalerConfig, count: int, *, rng: np.random.Generator
) -> npt.NDArray[np.void]:
    """Return vectors for a scaler: limits of every field, exact ties, and anything.

    Parameters
    ----------
    config : HeadScalerConfig
        The scaler.
    count : int
        Vectors.
    rng : numpy.random.Generator
        Source of what is random in them.

    Returns
    -------
    ndarray of records, shape (count,)
        ``values`` and ``scaling``.
    """
    vectors = np.zeros(count, dtype=payload_dtype(scaled_vector_layout(config)))
    low, high = _limits(config.in_width)
    vectors["values"] = rng.integers(low, high + 1, size=(count, config.lanes))
    for name, width in (("gain", config.gain_width), ("offset", config.offset_width)):
        vectors["scaling"][name] = rng.integers(*_limits(width), size=count, endpoint=True)
    # With a gain of a half and an offset in range, every other value is a tie.
    ties = np.arange(count) % 3 == 1
    middle = (config.code_min + config.code_max) // 2 << config.fraction_bits
    vectors["scaling"]["gain"][ties] = min(
        1 << (config.fraction_bits - 1), _limits(config.gain_width)[1]
    )
    vectors["scaling"]["offset"][ties] = np.clip(middle, *_limits(config.offset_width))
    vectors["values"][ties] = np.clip(vectors["values"][ties], -8, 8)
    corners = [
        (value, gain, offset)
        for value in (low, high)
        for gain in _limits(config.gain_width)
        for offset in (*_limits(config.offset_width), 0)
    ]
    for vector, (value, gain, offset) in zip(vectors, corners, strict=False):
        vector["values"], vector["scaling"]["gain"], vector["scaling"]["offset"] = (
            value,
            gain,
            offset,
        )
    return vectors


def tile_outputs(
    config: TileAccumulatorConfig, count: int, *, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return outputs of tiles: all at either limit first, then anything.

    Parameters
    ----------
    config : TileAccumulatorConfig
        The accumulator.
    count : int
        Outputs of all tiles.
    rng : numpy.random.Generator
        Source of what is random in them.

    Returns
    -------
    ndarray of int64, shape (count, tiles, lanes)
        Outputs.
    """
    largest = config.largest
    outputs = rng.integers(-largest, largest + 1, size=(count, config.tiles, config.lanes))
    outputs[0], outputs[1] = largest, -largest
    return outputs


def pulse_windows(
    config: PulseCounterConfig, count: int, *, rng: np.random.Generator
) -> list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    """Return pulses and signs of some windows: none, too long, late, and of every length.

    Parameters
    ----------
    config : PulseCounterConfig
        The counters.
    count : int
        Windows.
    rng : numpy.random.Generator
        Source of what is random in them.

    Returns
    -------
    list of tuple of two ndarrays of bool, shape (cycles, lanes)
        Pulses, and signs that change where there is no pulse.
    """
    windows = []
    for number in range(count):
        cycles = config.longest + number % 3
        cycle = np.arange(cycles)[:, np.newaxis]
        start = rng.integers(0, 2, size=config.lanes) * (number % 2)
        width = rng.integers(0, cycles + 1, size=config.lanes)
        width[number % config.lanes] = cycles
        pulses = (cycle >= start) & (cycle < start + width)
        negative = rng.random(config.lanes) < 0.5
        noise = rng.random(pulses.shape) < 0.5
        windows.append((pulses, np.where(pulses, negative, noise)))
    return windows


def query_vectors(
    config: QueryPulseDriverConfig, count: int, *, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return queries: all zero, all full, then anything.

    Parameters
    ----------
    config : QueryPulseDriverConfig
        The driver.
    count : int
        Queries.
    rng : numpy.random.Generator
        Source of what is random in them.

    Returns
    -------
    ndarray of int64, shape (count, rows)
        Codes.
    """
    codes = rng.integers(config.longest + 1, size=(count, config.rows))
    codes[0], codes[1], codes[2] = 0, config.longest, 0
    return codes


def write_starts(
    config: WriteControllerConfig, count: int, *, longest_gap: int, rng: np.random.Generator
) -> tuple[list[int], int]:
    """Return when some writes are started, and a cycle in which all are done.

    Parameters
    ----------
    config : WriteControllerConfig
        The controller.
    count : int
        Writes.
    longest_gap : int
        Cycles of rest between two writes, drawn from 0 to this.
    rng : numpy.random.Generator
        Source of the gaps.

    Returns
    -------
    tuple of (list of int, int)
        Cycles.
    """
    gaps = rng.integers(0, longest_gap + 1, size=count)
    starts = 2 + np.cumsum(gaps + config.write_cycles + 2)
    return starts.tolist(), int(starts[-1]) + config.write_cycles + 4


def schedule_traffic(
    config: AttentionScheduleConfig, cycles: int, *, pace: Pace, rng: np.random.Generator
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return when tokens are offered to a schedule, and when outputs leave.

    Outputs leave in order, at the earliest when they are there, later where ``pace`` says so; an
    offer stands until it is accepted, a cycle after its token has begun.

    Parameters
    ----------
    config : AttentionScheduleConfig
        The schedule.
    cycles : int
        Cycles.
    pace : Pace
        How often there is a token, and how soon outputs are accepted.
    rng : numpy.random.Generator
        Source of the pauses.

    Returns
    -------
    tuple of two ndarrays of bool, shape (cycles,)
        Offered, and left.
    """
    offered, left = np.zeros(cycles, dtype=bool), np.zeros(cycles, dtype=bool)
    willing = {
        side: willingness(probability**4, burst_cycles=pace.burst_cycles, rng=rng)
        for side, probability in (
            ("offers", pace.valid_probability),
            ("takes", pace.ready_probability),
        )
    }
    begun: list[int] = []
    there = False
    for cycle in range(cycles):
        offers, takes = next(willing["offers"]), next(willing["takes"])
        there = there or offers
        offered[cycle] = there
        finished = int(left.sum())
        rested = not begun or cycle >= begun[-1] + config.interval_cycles
        if there and rested and len(begun) - finished < config.tokens_in_flight:
            begun.append(cycle)
        elif begun and cycle == begun[-1] + 1:
            there = False
        is_due = finished < len(begun) and cycle >= begun[finished] + config.latency_cycles
        left[cycle] = takes and is_due
    return offered, left


def _limits(width: int) -> tuple[int, int]:
    return -(1 << (width - 1)), (1 << (width - 1)) - 1
