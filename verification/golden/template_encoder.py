"""Bit-exact model of :class:`rtl.template_encoder.TemplateEncoder`, and its inverse."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rtl.coding_streams import CONTEXT_WIDTH, Kind, symbol_layout
from rtl.packet_format import Mode
from rtl.packet_settings import header_layout
from rtl.template_encoder_config import (
    ACTIVITY_SHIFT,
    DEAD_ZONE_SIXTEENTHS,
    LARGEST_ACTIVITY,
    LAST_ZONE_SIXTEENTHS,
    ROUNDING_BITS,
    TemplateEncoderConfig,
)
from verification.payloads import payload_dtype

__all__ = [
    "rebuilt_snippets",
    "snippet_coefficients",
    "symbol_contexts",
    "symbol_values",
    "symbols_read",
    "template_encoder",
]

MODE_MASK = (1 << header_layout()["mode"].width) - 1
SHIFT_AT = header_layout()["shift"].offset
SHIFT_MASK = (1 << header_layout()["shift"].width) - 1
SCALE_BITS = 24  # fraction bits of the factor by which weights are multiplied when rebuilding


def snippet_coefficients(
    snippets: npt.ArrayLike,
    rows: npt.NDArray[np.integer],
    config: TemplateEncoderConfig,
    *,
    coarser: int = 0,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the template and the coefficients of some snippets of one channel.

    Parameters
    ----------
    snippets : array_like of int, shape (snippets, snippet_samples)
        Samples, at full resolution whatever ``coarser`` is.
    rows : ndarray of int, shape (rows, snippet_samples)
        The channel's rows.
    config : TemplateEncoderConfig
        The configuration of the hardware.
    coarser : int
        Bits by which steps are larger.

    Returns
    -------
    tuple of ndarray
        Numbers of templates, shape (snippets,), and coefficients, shape (snippets, components).
    """
    wide = np.asarray(snippets, dtype=np.int64)
    templates, weights = _split(rows, config)
    nearest = np.empty(len(wide), dtype=np.int64)
    for n, snippet in enumerate(wide):
        nearest[n] = np.argmin(((snippet - templates) ** 2).sum(axis=1))
    projections = (wide - templates[nearest]) @ weights.T
    step = 1 << (config.step_shift + coarser)
    rounding = step * ((1 << ROUNDING_BITS) - DEAD_ZONE_SIXTEENTHS) >> ROUNDING_BITS
    steps = (np.abs(projections) + rounding) // step
    may_be_last = np.abs(projections) << ROUNDING_BITS >= LAST_ZONE_SIXTEENTHS * step
    is_kept = np.logical_or.accumulate(may_be_last[:, ::-1], axis=1)[:, ::-1]
    return nearest, np.sign(projections) * np.minimum(steps, config.largest) * is_kept


def rebuilt_snippets(
    nearest: npt.ArrayLike,
    coefficients: npt.ArrayLike,
    rows: npt.NDArray[np.integer],
    config: TemplateEncoderConfig,
    *,
    coarser: int = 0,
) -> npt.NDArray[np.int64]:
    """Return snippets from their templates and coefficients, by whole numbers alone.

    Each vector of weights, made as long as a step, is added as often as its coefficient says.

    Parameters
    ----------
    nearest : array_like of int, shape (snippets,)
        Numbers of templates.
    coefficients : array_like of int, shape (snippets, components)
        Coefficients.
    rows : ndarray of int, shape (rows, snippet_samples)
        The channel's rows.
    config : TemplateEncoderConfig
        The configuration of the hardware.
    coarser : int
        As for :func:`snippet_coefficients`.

    Returns
    -------
    ndarray of int, shape (snippets, snippet_samples)
        Samples, within ``sample_width``.
    """
    templates, weights = _split(rows, config)
    power = np.maximum((weights**2).sum(axis=1), 1)
    scale = ((1 << (config.step_shift + coarser + SCALE_BITS)) + power // 2) // power
    left = (np.asarray(coefficients, dtype=np.int64) * scale) @ weights
    rounded = (left + (1 << (SCALE_BITS - 1))) >> SCALE_BITS
    return np.clip(templates[np.asarray(nearest)] + rounded, -config.largest - 1, config.largest)


def _split(
    rows: npt.NDArray[np.integer], config: TemplateEncoderConfig
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return templates and weights."""
    wide = np.asarray(rows, dtype=np.int64)
    return wide[: config.templates], wide[config.templates : config.contexts_row]


def symbol_values(
    nearest: int, coefficients: Sequence[int], config: TemplateEncoderConfig
) -> list[int]:
    """Return the values of a snippet's symbols.

    Parameters
    ----------
    nearest : int
        Number of its template.
    coefficients : sequence of int
        Its coefficients, ``components`` of them.
    config : TemplateEncoderConfig
        The configuration of the hardware.

    Returns
    -------
    list of int
        The values; see :class:`~rtl.template_encoder.TemplateEncoder`.

    Examples
    --------
    >>> config = TemplateEncoderConfig(templates=4, components=3)
    >>> symbol_values(2, [5, -1, 0], config)  # 6: one is left out, template 2
    [3, 5, -1]
    >>> symbol_values(1, [0, 0, 2], config)  # the last can be no zero, and is one less
    [-1, 0, 0, 1]
    """
    kept = list(coefficients)
    while kept and kept[-1] == 0:
        kept.pop()
    folded = (config.components - len(kept)) * config.templates + nearest
    head = -(folded + 1) // 2 if folded & 1 else folded // 2
    if kept and kept[-1] > 0:
        kept[-1] -= 1
    return [head, *kept]


def symbol_contexts(values: Sequence[int], contexts: Sequence[int], activity: int = 0) -> list[int]:
    """Return the contexts of a snippet's symbols.

    Parameters
    ----------
    values : sequence of int
        From :func:`symbol_values`.
    contexts : sequence of int
        Row of contexts.
    activity : int
        Sum of magnitudes before the first of ``values``.

    Returns
    -------
    list of int
        Contexts; each follows from the values before it.

    Examples
    --------
    >>> symbol_contexts([3, 9, -1, 0], [8, 5, 4, 3])
    [8, 5, 6, 5]
    """
    largest = (1 << CONTEXT_WIDTH) - 1
    found = [int(contexts[0]) & largest]
    for place in range(1, len(values)):
        more = min(activity >> ACTIVITY_SHIFT, LARGEST_ACTIVITY)
        found.append(min((int(contexts[place]) & largest) + more, largest))
        activity += abs(values[place])
    return found


def symbols_read(
    values: Sequence[int], config: TemplateEncoderConfig
) -> tuple[int, list[int]] | int:
    """Return what a snippet's symbols say, or how many are still to come.

    The inverse of :func:`symbol_values`, for a decoder that does not know yet how many there are.

    Parameters
    ----------
    values : sequence of int
        The first of its values.
    config : TemplateEncoderConfig
        The configuration of the hardware.

    Returns
    -------
    tuple of (int, list of int), or int
        Template and coefficients, or the number of values that are missing.

    Raises
    ------
    ValueError
        The first value is none that the hardware sends.

    Examples
    --------
    >>> config = TemplateEncoderConfig(templates=4, components=3)
    >>> symbols_read([3], config), symbols_read([3, 5, -1], config)
    (2, (2, [5, -1, 0]))
    """
    if not values:
        return 1
    head = values[0]
    folded = -2 * head - 1 if head < 0 else 2 * head
    if folded >= config.heads:
        raise ValueError(f"first value must be that of 0..{config.heads - 1}, not {folded}")
    count = config.components - folded // config.templates
    if len(values) <= count:
        return count + 1 - len(values)
    kept = list(values[1 : count + 1])
    if kept and kept[-1] >= 0:
        kept[-1] += 1
    return folded % config.templates, kept + [0] * (config.components - count)


def template_encoder(
    beats: npt.NDArray[np.void],
    config: TemplateEncoderConfig,
    rows: npt.NDArray[np.integer],
) -> npt.NDArray[np.void]:
    """Return packets of symbols for packets of snippets.

    Parameters
    ----------
    beats : ndarray of records
        Whole packets, fields as in :func:`rtl.coding_streams.coding_layout`.
    config : TemplateEncoderConfig
        The configuration of the hardware.
    rows : ndarray of int, shape (2, channels, rows, snippet_samples)
        What was written, by bank.

    Returns
    -------
    ndarray of records
        Fields as in :func:`rtl.coding_streams.symbol_layout`.

    Examples
    --------
    >>> from rtl.coding_streams import coding_layout
    >>> config = TemplateEncoderConfig(
    ...     channels=1, snippet_samples=2, templates=2, components=1, step_shift=4
    ... )
    >>> rows = np.array([[[[0, 0], [20, 0], [4, 0], [6, 3]]]] * 2)
    >>> beats = np.zeros(2, dtype=payload_dtype(coding_layout(9, 1)))
    >>> beats["kind"], beats["value"] = Kind.SAMPLE.value, [28, -3]
    >>> template_encoder(beats, config, rows)[["value", "context"]].tolist()
    [(-1, 6), (1, 3)]
    """
    out: list[tuple[int, ...]] = []  # value, channel, kind, context, bank, last
    shifts: dict[int, int] = {}  # of packets that have begun, by channel
    waiting: list[int] = []
    columns: list[str] = ["value", "channel", "kind", "bank", "last"]
    for value, channel, kind, bank, last in beats[columns].tolist():
        if kind != Kind.SAMPLE.value:
            sent = value
            if kind == Kind.VERBATIM.value and channel not in shifts:
                shifts[channel] = (value >> SHIFT_AT) & SHIFT_MASK
                sent = (value & ~MODE_MASK) | Mode.TEMPLATES.value
            if last:
                del shifts[channel]
            out.append((sent, channel, kind, 0, bank, last))
            continue
        waiting.append(value)
        if len(waiting) == config.snippet_samples:
            coarser = shifts.get(channel, 0)
            own = rows[bank, channel]
            snippet = np.array([waiting]) << coarser
            nearest, coefficients = snippet_coefficients(snippet, own, config, coarser=coarser)
            values = symbol_values(int(nearest[0]), coefficients[0].tolist(), config)
            contexts = symbol_contexts(values, own[config.contexts_row].tolist())
            out += [
                (each, channel, kind, context, bank, 0)
                for each, context in zip(values, contexts, strict=True)
            ]
            waiting = []
    layout = symbol_layout(config.sample_width, config.channels)
    return np.array(out, dtype=payload_dtype(layout))
