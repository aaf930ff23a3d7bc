"""How often each value is coded in each context."""

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from rtl.coding_streams import CONTEXT_WIDTH
from rtl.residual_context import ACTIVITY_FRACTION_BITS
from system.codecs.measuring import frames_per_block, read_stored
from system.codecs.sample_codes import SampleCode
from system.codecs.stream_format import StreamFormat
from system.recordings.recording import Recording
from verification.golden.residual_context import context_of
from verification.residual_kernels import CodingFormat, residuals

__all__ = ["CONTEXTS", "count_codes", "count_values"]

CONTEXTS = 1 << CONTEXT_WIDTH
BLOCKS = 16  # all over a recording of which not everything is counted


def count_values(
    recording: Recording,
    code: SampleCode,
    stream: StreamFormat,
    *,
    order: int,
    adaptive: bool = False,
    most: int,
    progress: Callable[[float], None] = lambda _: None,
) -> npt.NDArray[np.int64]:
    """Return how often each value was coded in each context.

    Parameters
    ----------
    recording : Recording
        The recording; of a long one, blocks from all over it.
    code : SampleCode
        Its codes.
    stream : StreamFormat
        Format of its packets.
    order : int
        Order of the difference.
    adaptive : bool
        Whether the adaptive predictor follows.
    most : int
        About how many samples are counted at most.
    progress : callable
        Told which part has been read.

    Returns
    -------
    ndarray of int64, shape (contexts, 2**sample_width)
        Counts; the lowest value first.
    """
    counts = np.zeros((CONTEXTS, 1 << stream.sample_width), dtype=np.int64)
    block_frames = frames_per_block(recording.channels)
    if recording.frames * recording.channels > most:
        block_frames = max(1, min(block_frames, most // BLOCKS // recording.channels))
    starts = np.arange(0, recording.frames, block_frames)
    if len(starts) > BLOCKS:
        starts = starts[np.linspace(0, len(starts) - 1, BLOCKS).astype(int)]
    for number, start in enumerate(starts.tolist()):
        stop = min(start + block_frames, recording.frames)
        codes = code.encode(read_stored(recording, start, stop))
        counts += count_codes(codes, stream, order=order, adaptive=adaptive)
        progress((number + 1) / len(starts))
    return counts


def count_codes(
    codes: npt.NDArray[np.int16], stream: StreamFormat, *, order: int, adaptive: bool = False
) -> npt.NDArray[np.int64]:
    """Return how often each value is coded in each context, for some frames.

    Parameters
    ----------
    codes : ndarray of int16, shape (frames, channels)
        Codes of samples.
    stream : StreamFormat
        Format of the packets.
    order : int
        Order of the difference.
    adaptive : bool
        Whether the adaptive predictor follows.

    Returns
    -------
    ndarray of int64, shape (contexts, 2**sample_width)
        Counts; the lowest value first.
    """
    config = stream.codec
    form = CodingFormat(
        width=stream.sample_width,
        shift=0,
        order=order,
        cross_eighths=0,
        window_shift=stream.window_shift,
        start_activity=config.context.start_activity,
        restart_context=config.context.restart_context,
        unary_limit=stream.unary_limit,
        symbol_width=config.arithmetic.symbol_width,
        taps=stream.taps if adaptive else 0,
        weight_fraction_bits=stream.weight_fraction_bits,
    )
    counts = np.zeros((CONTEXTS, 1 << stream.sample_width), dtype=np.int64)
    for first in range(0, len(codes), stream.most_counted):
        part = np.ascontiguousarray(codes[first : first + stream.most_counted])
        value, context = np.empty(part.size, np.int16), np.empty(part.size, np.uint8)
        scratch = np.zeros(len(part), dtype=np.int16)
        lookup = _contexts_of_levels(stream.sample_width)
        residuals(part, len(part), form, lookup, value, context, scratch)
        _count(value, context, counts)
    return counts


@cache
def _contexts_of_levels(width: int) -> npt.NDArray[np.uint8]:
    levels = range(1 << (width + ACTIVITY_FRACTION_BITS))
    return np.array([context_of(level, 0) for level in levels], dtype=np.uint8)


@compiled
def _count(
    value: npt.NDArray[np.int16],
    context: npt.NDArray[np.uint8],
    counts: npt.NDArray[np.int64],
) -> None:
    half = counts.shape[1] // 2
    for n in range(len(value)):
        counts[context[n], value[n] + half] += 1
