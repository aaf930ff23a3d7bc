"""One token through gain-cell heads, compiled.

Cells are kept twice: as the voltages that were written, with the mismatch of their transistors,
and as the currents that these made when they were last looked at. A product then reads two bytes
a cell. Currents are looked at again tile by tile, in turn, often enough for a linear correction of
what leaked since.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.attention.cell_kernels import (
    leak_cells,
    multiply,
    read_cells,
    write_cells,
)
from analog_models.attention.head_layout import Converter, Mismatch, Setting, Tokens
from analog_models.attention.pulse_kernels import (
    count_outputs,
    drive_query,
    weigh_scores,
)
from analog_models.compiled import compiled

__all__ = ["step_heads"]

Bytes = npt.NDArray[np.int8]
Reals = npt.NDArray[np.floating[Any]]
Voltages = npt.NDArray[np.int16]
Sums = npt.NDArray[Any]  # int32 or int64 for counts of 16 bits, else float64
Counts = npt.NDArray[Any]  # int16, or float64 that hold whole numbers


@compiled
def _out_of_range(codes: Bytes, highest: int) -> bool:
    wrong = 0
    for head in range(codes.shape[0]):
        line = codes[head]
        for i in range(line.size):
            wrong |= (line[i] < 0) | (line[i] > highest)
    return wrong != 0


@compiled
def _spread(cells: Counts, first: int, stride: int, array: Counts) -> None:
    for r in range(cells.size):
        array[first + stride * r] = cells[r]


@compiled
def _collect(array: Counts, first: int, stride: int, cells: Counts) -> None:
    for r in range(cells.size):
        cells[r] = array[first + stride * r]


@compiled
def step_heads(
    queries: Bytes,
    keys: Bytes,
    values: Bytes,
    written: Voltages,
    mismatch: Bytes,
    currents: Counts,
    drivers: Reals,
    converters: Reals,
    tokens: npt.NDArray[np.int64],
    leakage: Reals,
    law: Reals,
    settings: Reals,
    noise: npt.NDArray[np.float32],
    tiles: int,
    now: int,
    seed: int,
    charges: Sums,
    real_room: Reals,
    count_room: Counts,
    written_room: Voltages,
    code_room: Bytes,
    sums: npt.NDArray[np.int16],
) -> int:
    """Write a token's keys and values into all heads, and read with its queries.

    Parameters
    ----------
    queries, keys, values : numpy.ndarray
        Codes ``[heads, head_dim]``.
    written : numpy.ndarray
        The cells ``[2, heads, window * head_dim]``: of keys, ordered by token, and of values,
        ordered by tile, dimension and token; steps from the middle voltage. Written to.
    mismatch : numpy.ndarray
        Their transistors ``[2, heads, 2, window * head_dim]``, rows as
        :class:`~analog_models.attention.head_layout.Mismatch`.
    currents : numpy.ndarray
        Their currents, shaped as ``written``, counts. Written to.
    drivers : numpy.ndarray
        Error of each pulse driver ``[heads, head_dim]``, codes.
    converters : numpy.ndarray
        The converters ``[2, heads, 2, most]``, of scores by column and of outputs by tile and
        dimension; rows as :class:`~analog_models.attention.head_layout.Converter`.
    tokens : numpy.ndarray
        The columns ``[2, window]``, rows as :class:`~analog_models.attention.head_layout.Tokens`.
        Written to.
    leakage : numpy.ndarray
        ``[1 + ages, 2 + knots]``: the knots, after two places without meaning, then a row of
        volts, slope and bends for each age.
    law : numpy.ndarray
        The cell, in counts, as for :func:`~analog_models.attention.cell_kernels.read_cells`.
    settings : numpy.ndarray
        As :class:`~analog_models.attention.head_layout.Setting`; the head computes in its type.
    noise : numpy.ndarray
        Normal draws, more than a head needs.
    tiles : int
        Sub-tiles.
    now : int
        Tokens since the start.
    seed : int
        Chooses the draws.
    charges : numpy.ndarray
        Room for the charges of a tile's columns, or of its outputs.
    real_room, count_room, written_room, code_room : numpy.ndarray
        Room for what a token needs, as :class:`~analog_models.attention.head_memory.HeadMemory`
        has it; the counts are zero before the first token, and nobody else's.
    sums : numpy.ndarray
        Result, shaped as ``queries``: sums of the tiles' codes.

    Returns
    -------
    int
        0, or which of the codes are out of range, 1 for queries, 2 for keys, 3 for values: then
        nothing was written.
    """
    real = settings.dtype.type
    heads, window = written.shape[1], tokens.shape[1]
    head_dim, size = written.shape[2] // window, window // tiles
    if _out_of_range(queries, int(settings[Setting.QUERY_MAX])):
        return 1
    if _out_of_range(keys, int(settings[Setting.STORED_MAX])):
        return 2
    if _out_of_range(values, int(settings[Setting.STORED_MAX])):
        return 3

    column, seen = now % window, min(now + 1, window)
    written_tiles = (seen - 1) // size + 1
    oldest = leakage.shape[0] - 2
    cycle, ahead = int(settings[Setting.CYCLE]), int(settings[Setting.AHEAD])
    first_look = now * tiles // cycle
    looks = (now + 1) * tiles // cycle - first_look if cycle < window else 0
    written_at, looked_at = tokens[Tokens.WRITTEN], tokens[Tokens.LOOKED_AT]
    written_at[column] = now
    looked_at[column] = now + min(ahead, oldest)
    for each in range(first_look, first_look + looks):
        for token in range(each % tiles * size, (each % tiles + 1) * size):
            looked_at[token] = written_at[token] + min(now + ahead - written_at[token], oldest)
    kept = real_room[:seen]
    for token in range(seen):
        kept[token] = real(1) - settings[Setting.FADE] * real(now - looked_at[token])

    knots, pieces = leakage[0, 2:], leakage.shape[1]
    new_leak = leakage[1 + min(ahead, oldest)].reshape((pieces, 1))
    codes = real_room[window : window + head_dim]
    free = window + head_dim
    total, new_left = real_room[free : free + head_dim], real_room[free : free + 2 * head_dim]
    free += 2 * head_dim
    left = real_room[free : free + size * head_dim]
    free += size * head_dim
    leak = real_room[free : free + pieces * size].reshape((pieces, size))
    pulses, drive = count_room[:window], count_room[window : window + head_dim]
    new_read = count_room[window + head_dim : window + 3 * head_dim]
    new_written = written_room[: 2 * head_dim]
    new_codes = code_room[: 2 * head_dim]
    new_mismatch = code_room[2 * head_dim : 6 * head_dim].reshape((2, 2 * head_dim))
    spare = window + tiles * head_dim  # draws beyond those of the converters
    draws = spare + 3 * head_dim
    key_place = column * head_dim
    value_place = column // size * size * head_dim + column % size

    for head in range(heads):
        seed = seed * 6364136223846793005 + 1442695040888963407  # Knuth's MMIX
        start = (seed >> 33) % (noise.size - draws)
        normal = noise[start : start + draws]

        _spread(keys[head], 0, 1, new_codes)
        _spread(values[head], head_dim, 1, new_codes)
        write_cells(new_codes, normal[spare:], settings, new_written)
        for row in range(2):
            _collect(mismatch[0, head, row], key_place, 1, new_mismatch[row, :head_dim])
            _collect(mismatch[1, head, row], value_place, size, new_mismatch[row, head_dim:])
        leak_cells(new_written, True, new_leak, knots, settings, new_left)
        read_cells(
            new_left,
            new_mismatch[Mismatch.THRESHOLD],
            new_mismatch[Mismatch.GAIN],
            law,
            settings,
            new_read,
        )
        _spread(new_written[:head_dim], key_place, 1, written[0, head])
        _spread(new_written[head_dim:], value_place, size, written[1, head])
        _spread(new_read[:head_dim], key_place, 1, currents[0, head])
        _spread(new_read[head_dim:], value_place, size, currents[1, head])

        for each in range(first_look, first_look + looks):
            first, last = each % tiles * size, (each % tiles + 1) * size
            if first >= seen:
                continue
            for token in range(first, last):
                age = looked_at[token] - written_at[token]
                for place in range(pieces):
                    leak[place, token - first] = leakage[1 + age, place]
            cells = slice(first * head_dim, last * head_dim)
            for kind in range(2):
                leak_cells(written[kind, head, cells], kind == 0, leak, knots, settings, left)
                read_cells(
                    left,
                    mismatch[kind, head, Mismatch.THRESHOLD, cells],
                    mismatch[kind, head, Mismatch.GAIN, cells],
                    law,
                    settings,
                    currents[kind, head, cells],
                )

        draw = normal[spare + 2 * head_dim :]
        drive_query(queries[head], drivers[head], draw, settings, drive)
        key_lines = currents[0, head].reshape((window, head_dim))
        value_lines = currents[1, head].reshape((tiles * head_dim, size))
        of_scores, of_outputs = converters[0, head], converters[1, head]
        score_gain, score_offset = of_scores[Converter.GAIN], of_scores[Converter.OFFSET]
        output_gain, output_offset = of_outputs[Converter.GAIN], of_outputs[Converter.OFFSET]
        total[:] = real(0)
        for tile in range(written_tiles):
            first, last = tile * size, min((tile + 1) * size, seen)
            here = slice(first, last)
            lines, scores = key_lines[here], charges[: last - first]
            if head_dim == 64:  # the usual size: loops of known length are faster
                multiply(lines, drive, 64, scores)
            else:
                multiply(lines, drive, head_dim, scores)
            weigh_scores(
                scores,
                kept[here],
                score_gain[here],
                score_offset[here],
                normal[here],
                settings,
                pulses[here],
            )
            there = slice(tile * head_dim, (tile + 1) * head_dim)
            lines, outputs = value_lines[there], charges[:head_dim]
            pulse = pulses[first : first + size]
            if size == 64:
                multiply(lines, pulse, 64, outputs)
            else:
                multiply(lines, pulse, size, outputs)
            count_outputs(
                outputs,
                output_gain[there],
                output_offset[there],
                normal[window:][there],
                settings,
                codes,
            )
            for r in range(head_dim):
                total[r] += codes[r]
        result = sums[head]
        for r in range(head_dim):
            result[r] = np.int16(total[r])
    return 0
