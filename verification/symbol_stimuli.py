"""What entropy coders are tried with: packets of several groups, mixed, with every corner."""

import numpy as np
import numpy.typing as npt

from rtl.coding_streams import CONTEXT_WIDTH, Kind, symbol_layout
from verification.payloads import payload_dtype

__all__ = ["symbol_packets"]

HEADER, TRAILER = 3, 2  # at most so many verbatim bytes: fewer than in real ones, for more borders


def symbol_packets(
    width: int,
    channels: int,
    packet_channels: int,
    beats: int,
    *,
    rng: np.random.Generator,
) -> npt.NDArray[np.void]:
    """Return beats of packets, as a marker, a predictor and a context model would give them.

    Groups alternate at random. Residuals are extremes, small around the size that their context
    says, zero, or anything; packets are short, and some have no residual.

    Parameters
    ----------
    width : int
        Width of a residual, bits.
    channels : int
        Channels.
    packet_channels : int
        Channels that share a packet.
    beats : int
        Number of beats.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of records
        Fields as in :func:`rtl.coding_streams.symbol_layout`.
    """
    groups = -(-channels // packet_channels)
    limit = 1 << (width - 1)
    stream = np.zeros(beats, dtype=payload_dtype(symbol_layout(width, channels)))
    left = np.zeros((groups, 3), dtype=np.int64)  # header, payload and trailer beats to come
    for beat in stream:
        group = int(rng.integers(groups))
        if not left[group].any():
            left[group] = *rng.integers((1, 0), (HEADER + 1, 33)), rng.integers(1, TRAILER + 1)
        part = int(np.argmax(left[group] > 0))
        left[group, part] -= 1
        beat["channel"] = rng.integers(
            group * packet_channels, min((group + 1) * packet_channels, channels)
        )
        beat["bank"], beat["last"] = rng.integers(2), not left[group].any()
        beat["context"] = rng.integers(1 << CONTEXT_WIDTH)
        if part != 1 or rng.random() < 0.1:
            beat["kind"] = (Kind.RAW if part == 1 else Kind.VERBATIM).value
            beat["value"] = rng.choice([0, 255, int(rng.integers(256))])
        else:
            beat["kind"] = Kind.SAMPLE.value
            usual = int(2 ** (beat["context"] / 2))
            choices = [-limit, limit - 1, -1, 0, int(rng.integers(-limit, limit))]
            near = rng.integers(-4 * usual, 4 * usual, size=6).clip(-limit, limit - 1)
            beat["value"] = rng.choice(np.append(choices, near))
    return stream
