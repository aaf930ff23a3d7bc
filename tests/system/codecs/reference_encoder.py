"""A codec put together from the models of its blocks, a packet at a time: slow, and independent."""

import struct
from itertools import pairwise

import numpy as np

from rtl.coding_streams import Kind, coding_layout
from rtl.packet_format import VERSION, Engine, Mode
from rtl.packet_settings import header_layout
from tests.system.codecs.packing import packet
from verification.golden.arithmetic_encoder import arithmetic_encoder
from verification.golden.dpcm_predictor import dpcm_predictor
from verification.golden.golomb_encoder import golomb_encoder
from verification.golden.lms_predictor import lms_predictor
from verification.golden.residual_context import residual_context
from verification.payloads import pack, payload_dtype

TOTAL = 16383


def header(**fields):
    """Eight bytes; fields that are not told are 0, the version is ours."""
    names = [str(name) for name, _ in header_layout()]
    (word,) = pack(header_layout(), [dict.fromkeys(names, 0) | {"version": VERSION} | fields])
    return word.to_bytes(8, "little")


def laplacian_tables(stream):
    """A table for each context, wider from one to the next."""
    symbols = stream.codec.arithmetic.symbols
    values = np.arange(symbols) - symbols // 2
    rows = []
    for context in range(stream.contexts):
        chance = np.exp(-np.abs(values) / 2 ** ((context + stream.table_base) / 2 - 2))
        frequencies = 1 + np.floor(chance / chance.sum() * (TOTAL - symbols)).astype(int)
        frequencies[symbols // 2] += TOTAL - frequencies.sum()
        rows.append(TOTAL - np.concatenate([[0], np.cumsum(frequencies)]))
    return np.array(rows)


def body(kinds, values, channels, restarts, fresh, stream, *, coding, tables, trailer):
    """Body of one packet: its header, what was coded, its trailer."""
    head = header(**coding)
    beats = np.zeros(
        8 + len(values) + 2,
        dtype=payload_dtype(coding_layout(stream.sample_width, stream.channels)),
    )
    beats["kind"] = Kind.VERBATIM.value
    beats["value"][:8] = list(head)
    beats["value"][-2:] = list(struct.pack("<H", trailer))
    beats["channel"] = coding["group"] * stream.packet_channels
    inner = beats[8:-2]
    inner["kind"], inner["value"], inner["channel"] = kinds, values, channels
    inner["restart"], inner["fresh"] = restarts, fresh
    beats["bank"] = coding["table"] & 1
    beats["last"][-1] = 1
    residuals = lms_predictor(dpcm_predictor(beats, stream.codec.predictor), stream.codec.lms)
    symbols = residual_context(residuals, stream.codec.context)
    if coding["engine"] == Engine.GOLOMB.value:
        coded = golomb_encoder(symbols, stream.codec.golomb)
    else:
        coded = arithmetic_encoder(symbols, [tables] * 2, stream.codec.arithmetic)
    assert coded["last"].tolist() == [0] * (len(coded) - 1) + [1]
    return bytes(coded["byte"].astype(np.uint8))


def encode_samples(
    samples,
    stream,
    *,
    engine=Engine.GOLOMB,
    order=2,
    cross=False,
    adaptive=False,
    tables=None,
    table=0,
    packet_frames=100,
    shift=0,
    clock=0,
):
    """Packets of all samples, in the order in which they end; those of a group are staggered."""
    ended = []
    for group in range(stream.groups):
        chosen = np.arange(stream.channels)[group * stream.packet_channels :][
            : stream.packet_channels
        ]
        first = packet_frames - group * packet_frames // stream.groups
        borders = [0, *range(first, len(samples), packet_frames), len(samples)]
        for start, stop in pairwise(borders):
            part = samples[start:stop, chosen].astype(np.int64)
            if shift:
                part = (part + (1 << (shift - 1))) >> shift
            first_row = np.arange(part.size) < len(chosen)
            coding = {
                "mode": Mode.ALL_SAMPLES.value,
                "engine": engine.value,
                "shift": shift,
                "order": order,
                "cross": int(cross),
                "adaptive": int(adaptive),
                "group": group,
                "table": table,
                "time": (start + clock) & 0xFFFFFFFF,
            }
            made = body(
                Kind.SAMPLE.value,
                part.ravel(),
                np.tile(chosen, len(part)),
                first_row,
                first_row,
                stream,
                coding=coding,
                tables=tables,
                trailer=stop - start,
            )
            ended.append((stop, group, packet(made)))
    return [made for _, _, made in sorted(ended, key=lambda each: each[:2])]


def encode_snippets(
    snippets,
    times,
    channel,
    stream,
    *,
    engine=Engine.GOLOMB,
    order=2,
    adaptive=False,
    tables=None,
    table=0,
):
    """One packet of snippets of a channel."""
    distances = np.diff(times, prepend=times[0])
    raw = np.column_stack((distances & 0xFF, distances >> 8))
    values = np.hstack((raw, snippets))
    kinds = np.full(values.shape, Kind.SAMPLE.value)
    kinds[:, :2] = Kind.RAW.value
    restarts = np.zeros(values.shape, dtype=int)
    restarts[:, 2] = 1
    fresh = np.zeros(values.shape, dtype=int)
    fresh[0, 2] = 1
    coding = {
        "mode": Mode.SNIPPETS.value,
        "engine": engine.value,
        "order": order,
        "cross": 0,
        "adaptive": int(adaptive),
        "group": channel,
        "table": table,
        "time": int(times[0]) & 0xFFFFFFFF,
    }
    return packet(
        body(
            kinds.ravel(),
            values.ravel(),
            channel,
            restarts.ravel(),
            fresh.ravel(),
            stream,
            coding=coding,
            tables=tables,
            trailer=len(snippets),
        )
    )
