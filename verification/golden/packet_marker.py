"""Bit-exact model of :class:`rtl.packet_marker.PacketMarker`."""

import numpy as np
import numpy.typing as npt

from rtl.coding_streams import Kind, coding_layout
from rtl.packet_format import HEADER_BYTES, TRAILER_BYTES, VERSION, Mode
from rtl.packet_marker import PacketMarkerConfig
from rtl.packet_settings import COARSEST_LEVEL, PacketSettings
from verification.payloads import payload_dtype

__all__ = [
    "PACKET_DTYPE",
    "coarse",
    "header_bytes",
    "packet_marker",
    "packet_plan",
    "restored",
    "trailer_bytes",
]

PACKET_DTYPE = np.dtype(
    [
        ("group", np.int32),
        ("time", np.int64),
        ("frames", np.int64),
        ("gap", np.bool_),
        ("shift", np.int8),
        ("whole", np.bool_),
    ]
)
"""A packet: its first frame, how many there are, whether frames before it are missing, the bits by
which its samples are coarser, and whether it ended by itself rather than with the recording."""


def header_bytes(
    settings: PacketSettings,
    *,
    mode: Mode,
    group: int,
    time: int,
    gap: bool,
    shift: int,
    lfp: bool = False,
) -> bytes:
    """Return the header of a packet.

    Parameters
    ----------
    settings : PacketSettings
        How its payload is coded.
    mode : Mode
        What its payload is.
    group : int
        Number of the group of channels.
    time : int
        Frame of the first sample, or of the first event's peak.
    gap : bool
        Whether something before it is missing.
    shift : int
        Bits by which its samples are coarser.
    lfp : bool
        Whether they are field potentials.

    Returns
    -------
    bytes
        Eight.

    Examples
    --------
    >>> settings = PacketSettings(order=2, table=3)
    >>> header_bytes(settings, mode=Mode.ALL_SAMPLES, group=5, time=258, gap=True, shift=1).hex()
    '4812050302010000'
    """
    flags = mode.value | settings.engine.value << 2 | shift << 3 | gap << 6 | lfp << 7
    coding = settings.order | settings.cross << 2 | settings.adaptive << 3 | VERSION << 4
    return bytes([flags, coding, group, settings.table]) + (time % 2**32).to_bytes(4, "little")


def trailer_bytes(count: int) -> bytes:
    """Return the trailer of a packet of ``count`` frames or snippets.

    >>> trailer_bytes(300).hex()
    '2c01'
    """
    return count.to_bytes(TRAILER_BYTES, "little")


def coarse(samples: npt.ArrayLike, shift: int) -> npt.NDArray[np.int64]:
    """Return ``samples`` in units of ``2**shift``, rounded to the nearest, halves upward.

    >>> coarse([-3, -2, 1, 2, 5], 2).tolist()
    [-1, 0, 0, 1, 1]
    """
    return np.floor(np.asarray(samples) / 2.0**shift + 0.5).astype(np.int64)


def restored(values: npt.ArrayLike, shift: int, width: int) -> npt.NDArray[np.int64]:
    """Return what a decoder makes of coarse ``values``: off by half a unit of 2**``shift`` at most.

    It is no larger than ``width`` bits allow.

    >>> restored([-1, 0, 128], 1, 9).tolist()
    [-2, 0, 255]
    """
    return np.minimum(np.asarray(values, dtype=np.int64) * 2**shift, 2 ** (width - 1) - 1)


def packet_plan(
    frames: int,
    config: PacketMarkerConfig,
    *,
    packet_frames: int,
    shift: int = 0,
    close: npt.ArrayLike = False,
    discard: npt.ArrayLike = False,
    level: npt.ArrayLike = 0,
) -> npt.NDArray[np.void]:
    """Return which samples form which packet, if all that are open end after the last frame.

    Parameters
    ----------
    frames : int
        Frames of the recording.
    config : PacketMarkerConfig
        The configuration of the hardware.
    packet_frames : int
        Frames of a packet.
    shift : int
        Bits by which samples are made coarser.
    close, discard, level : array_like, broadcast to shape (frames, groups)
        What these inputs are as the frame of the group ends (``close``) or begins (the others).

    Returns
    -------
    ndarray of PACKET_DTYPE
        The packets, by their first frame and then by group.

    Examples
    --------
    >>> config = PacketMarkerConfig(channels=2)
    >>> packet_plan(10, config, packet_frames=4)[["group", "time", "frames"]].tolist()
    [(0, 0, 4), (1, 0, 2), (1, 2, 4), (0, 4, 4), (1, 6, 4), (0, 8, 2)]
    """
    shape = (frames, config.groups)
    close, discard, level = (np.broadcast_to(each, shape) for each in (close, discard, level))
    longest = max(1, packet_frames)
    packets = []
    for group in range(config.groups):
        limit = longest - group * (packet_frames >> config.stagger_shift)
        time, gap = 0, False
        while time < frames:
            if discard[time, group]:
                time, gap = time + 1, True
            else:
                ends = np.flatnonzero(close[time : time + limit, group])
                stop = min([limit, *(ends[:1] + 1)])
                count = min(stop, frames - time)
                coarser = max(shift, min(int(level[time, group]), COARSEST_LEVEL))
                packets.append((group, time, count, gap, coarser, count == stop))
                time, gap = time + count, False
            limit = longest
    plan = np.array(packets, dtype=PACKET_DTYPE)
    return plan[np.lexsort((plan["group"], plan["time"]))]


def packet_marker(
    samples: npt.NDArray[np.integer],
    config: PacketMarkerConfig,
    settings: PacketSettings,
    *,
    packet_frames: int,
    close: npt.ArrayLike = False,
    discard: npt.ArrayLike = False,
    level: npt.ArrayLike = 0,
) -> npt.NDArray[np.void]:
    """Return the beats of a whole recording, after whose last frame all open packets end.

    Parameters
    ----------
    samples : ndarray of int, shape (frames, channels)
        Samples.
    config : PacketMarkerConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets.
    packet_frames : int
        Frames of a packet.
    close, discard, level : array_like, broadcast to shape (frames, groups)
        As for :func:`packet_plan`.

    Returns
    -------
    ndarray of records
        Beats, fields as in :func:`rtl.coding_streams.coding_layout`.

    Examples
    --------
    >>> config = PacketMarkerConfig(channels=1)
    >>> beats = packet_marker(np.array([[7], [-8]]), config, PacketSettings(), packet_frames=9)
    >>> beats["value"].tolist()
    [0, 17, 0, 0, 0, 0, 0, 0, 7, -8, 2, 0]
    """
    plan = packet_plan(
        len(samples),
        config,
        packet_frames=packet_frames,
        shift=settings.shift,
        close=close,
        discard=discard,
        level=level,
    )
    layout = coding_layout(config.sample_width, config.channels)
    parts, order = [], []
    for group, time, count, gap, shift, whole in plan.tolist():
        first = group * config.packet_channels
        channels = np.arange(first, min(first + config.packet_channels, config.channels))
        header = header_bytes(
            settings,
            mode=Mode.ALL_SAMPLES,
            group=group,
            time=time,
            gap=gap,
            shift=shift,
            lfp=config.lfp,
        )
        block = samples[time : time + count, channels]
        beats = np.zeros(HEADER_BYTES + block.size + TRAILER_BYTES, payload_dtype(layout))
        beats["channel"] = first
        beats["bank"] = settings.table & 1
        beats["value"][:HEADER_BYTES] = list(header)
        payload = beats[HEADER_BYTES:-TRAILER_BYTES]
        payload["value"] = coarse(block, shift).ravel()
        payload["kind"] = Kind.SAMPLE.value
        payload["channel"] = np.tile(channels, count)
        payload["restart"][: len(channels)] = payload["fresh"][: len(channels)] = 1
        beats["value"][-TRAILER_BYTES:] = list(trailer_bytes(count))
        beats["last"][-1] = 1
        parts.append(beats)
        # Each beat comes in its frame, and there with its group; a flushed trailer after all.
        frame = np.full(len(beats), time)
        frame[HEADER_BYTES:-TRAILER_BYTES] += np.repeat(np.arange(count), len(channels))
        frame[-TRAILER_BYTES:] = time + count - 1 if whole else len(samples)
        order.append(frame * config.groups + group)
    if not parts:
        return np.zeros(0, payload_dtype(layout))
    return np.concatenate(parts)[np.argsort(np.concatenate(order), kind="stable")]
