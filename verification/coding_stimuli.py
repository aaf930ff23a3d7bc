"""What predictors are tried with: packets of several groups as markers make them, and corners."""

import numpy as np
import numpy.typing as npt

from rtl.coding_streams import Kind, coding_layout
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES
from verification.payloads import payload_dtype

__all__ = ["coding_packets"]

LONGEST = 24  # frames of a packet, or samples of a snippet


def coding_packets(
    width: int,
    channels: int,
    packet_channels: int,
    packets: int,
    *,
    rng: np.random.Generator,
) -> npt.NDArray[np.void]:
    """Return beats of whole packets, as markers give them.

    Packets of all samples alternate frame by frame with those of the other groups, as channels do.
    Packets of snippets, where each channel has its own, have raw bytes and restarts in them.
    Samples are small steps, silence, extremes, or anything. Headers name every order, at random,
    with and without cross-channel term and adaptive predictor.

    Parameters
    ----------
    width : int
        Sample width, bits.
    channels : int
        Channels.
    packet_channels : int
        Channels that share a packet.
    packets : int
        Packets, more or less.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of records
        Fields as in :func:`rtl.coding_streams.coding_layout`.
    """
    beats: list[tuple[int, ...]] = []  # value, channel, kind, restart, fresh, bank, last
    groups = [
        list(range(first, min(first + packet_channels, channels)))
        for first in range(0, channels, packet_channels)
    ]
    banks = [0] * len(groups)

    def add_bytes(group: int, count: int, kind: Kind, *, last: bool = False) -> None:
        values = rng.choice([0, 255, int(rng.integers(256))], size=count).tolist()
        for n, value in enumerate(values):
            ends = last and n == count - 1
            beats.append((value, groups[group][0], kind.value, 0, 0, banks[group], int(ends)))

    def add_header(group: int) -> None:
        banks[group] = int(rng.integers(2))
        add_bytes(group, HEADER_BYTES, Kind.VERBATIM)
        beats[1 - HEADER_BYTES] = (int(rng.integers(256)), *beats[1 - HEADER_BYTES][1:])

    def sample(previous: int) -> int:
        limit = 1 << (width - 1)
        near = previous + int(rng.integers(-3, 4))
        far = int(rng.integers(-limit, limit))
        chosen = rng.choice([near, previous, far, -limit, limit - 1], p=[0.5, 0.1, 0.2, 0.1, 0.1])
        return int(np.clip(chosen, -limit, limit - 1))

    while packets > 0:
        value = [0] * channels
        if packet_channels == 1 and rng.random() < 0.5:
            group = int(rng.integers(len(groups)))
            add_header(group)
            for snippet in range(int(rng.integers(1, 4))):
                add_bytes(group, 2, Kind.RAW)
                for n in range(int(rng.integers(1, LONGEST + 1))):
                    value[group] = sample(value[group])
                    marks = int(n == 0), int(n == snippet == 0), banks[group], 0
                    beats.append((value[group], group, Kind.SAMPLE.value, *marks))
            add_bytes(group, TRAILER_BYTES, Kind.VERBATIM, last=True)
            packets -= 1
            continue
        frames = rng.integers(1, LONGEST + 1, size=len(groups)).tolist()
        for frame in range(max(frames)):
            for group, members in enumerate(groups):
                if frame >= frames[group]:
                    continue
                if frame == 0:
                    add_header(group)
                for channel in members:
                    value[channel] = sample(value[channel])
                    first = int(frame == 0)
                    marks = first, first, banks[group], 0
                    beats.append((value[channel], channel, Kind.SAMPLE.value, *marks))
                if frame == frames[group] - 1:
                    add_bytes(group, TRAILER_BYTES, Kind.VERBATIM, last=True)
        packets -= len(groups)

    layout = coding_layout(width, channels)
    records = np.zeros(len(beats), dtype=payload_dtype(layout))
    columns = np.array(beats).T
    for name, column in zip(
        ("value", "channel", "kind", "restart", "fresh", "bank", "last"), columns, strict=True
    ):
        records[name] = column
    return records
