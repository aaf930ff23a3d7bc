"""What template encoders are tried with: rows, and packets of snippets, near to them or far."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rtl.coding_streams import Kind, coding_layout
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, Mode
from rtl.packet_settings import header_layout
from rtl.template_encoder_config import TemplateEncoderConfig
from verification.golden.packet_marker import coarse
from verification.payloads import payload_dtype

__all__ = ["random_rows", "row_writes", "snippet_packets"]

MOST_SNIPPETS = 3  # of a packet


def random_rows(
    config: TemplateEncoderConfig, *, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return rows of both banks: templates of which two are alike, any weights, any contexts.

    Parameters
    ----------
    config : TemplateEncoderConfig
        The encoder's configuration.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of int64, shape (2, channels, rows, snippet_samples)
        The rows.
    """
    size = 2, config.channels, config.rows, config.snippet_samples
    rows = rng.integers(-config.largest - 1, config.largest + 1, size=size)
    rows[:, :, : config.templates] //= 3
    rows[:, :, config.templates - 1] = rows[:, :, 0]
    rows[:, :, config.templates] = -config.largest - 1  # large projections
    return rows


def row_writes(
    rows: npt.NDArray[np.int64],
) -> Iterator[dict[str, int]]:
    """Yield the fields of :func:`rtl.template_encoder_config.row_write_layout` for each word.

    Parameters
    ----------
    rows : ndarray of int, shape (2, channels, rows, snippet_samples)
        What is to be written.

    Yields
    ------
    dict
        The fields of one word.
    """
    for (bank, channel, row, sample), value in np.ndenumerate(rows):
        place = {"sample": sample, "row": row, "channel": channel, "bank": bank}
        yield {**place, "value": int(value)}


def snippet_packets(
    config: TemplateEncoderConfig,
    rows: npt.NDArray[np.int64],
    packets: int,
    *,
    rng: np.random.Generator,
) -> npt.NDArray[np.void]:
    """Return packets of snippets, those of channels mixed as a marker mixes them.

    Snippets are templates, noise upon them, extremes, or anything; packets are made coarser by
    none to seven bits, and are of either bank.

    Parameters
    ----------
    config : TemplateEncoderConfig
        The encoder's configuration.
    rows : ndarray of int, shape (2, channels, rows, snippet_samples)
        The rows of both banks.
    packets : int
        Packets of each channel.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.
    """
    waiting = {
        channel: [piece for _ in range(packets) for piece in _packet(config, rows, channel, rng)]
        for channel in range(config.channels)
    }
    beats: list[tuple[int, ...]] = []  # value, channel, kind, restart, fresh, bank, last
    while any(waiting.values()):
        channel = int(rng.choice([each for each, pieces in waiting.items() if pieces]))
        beats += waiting[channel].pop(0)
    return np.array(beats, dtype=payload_dtype(coding_layout(config.sample_width, config.channels)))


def _packet(
    config: TemplateEncoderConfig,
    rows: npt.NDArray[np.int64],
    channel: int,
    rng: np.random.Generator,
) -> list[list[tuple[int, ...]]]:
    """Return a packet in the pieces between which those of other channels may come."""
    bank, coarser = int(rng.integers(2)), int(rng.choice([0, 0, 0, 1, 2, 7]))
    flags = Mode.SNIPPETS.value | coarser << header_layout()["shift"].offset
    others = rng.integers(256, size=HEADER_BYTES - 1).tolist()
    verbatim, raw, sample = Kind.VERBATIM.value, Kind.RAW.value, Kind.SAMPLE.value
    pieces = [[(byte, channel, verbatim, 0, 0, bank, 0) for byte in (flags, *others)]]
    for n in range(int(rng.integers(MOST_SNIPPETS + 1))):
        samples = _snippet(config, rows[bank, channel], rng)
        pieces.append(
            [(int(byte), channel, raw, 0, 0, bank, 0) for byte in rng.choice([0, 165, 255], size=2)]
        )
        for place, value in enumerate(coarse(samples, coarser)):
            marks = int(place == 0), int(place == n == 0), bank, 0
            pieces[-1].append((int(value), channel, sample, *marks))
    trailer = rng.integers(256, size=TRAILER_BYTES).tolist()
    pieces.append(
        [
            (byte, channel, verbatim, 0, 0, bank, int(n == TRAILER_BYTES - 1))
            for n, byte in enumerate(trailer)
        ]
    )
    return pieces


def _snippet(
    config: TemplateEncoderConfig, rows: npt.NDArray[np.int64], rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    low, high = -config.largest - 1, config.largest
    kind = rng.choice(["template", "near", "extreme", "anything"], p=[0.1, 0.6, 0.1, 0.2])
    snippet = rows[rng.integers(config.templates)]
    if kind == "near":
        spread = int(rng.integers(1, config.largest // 2 + 1))
        snippet = snippet + rng.integers(-spread, spread + 1, size=config.snippet_samples)
    elif kind == "extreme":
        snippet = np.full(config.snippet_samples, rng.choice([low, high]))
    elif kind == "anything":
        snippet = rng.integers(low, high + 1, size=config.snippet_samples)
    return np.clip(snippet, low, high)
