"""From packets of single groups of channels to frames of all channels, in order of time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled
from system.codecs.damage import Damage
from system.codecs.decoding import Pieces

__all__ = ["FILLINGS", "Block", "Loss", "Timeline"]

FILLINGS = ("zeros", "omit")
BLOCK_SAMPLES = 1 << 20
WINDOW_PACKETS = 4  # how far groups may be apart, in packets of the longest kind


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Frames that did not arrive, of one group of channels.

    Parameters
    ----------
    group : int
        The group.
    frame : int
        First frame.
    frames : int
        How many.
    """

    group: int
    frame: int
    frames: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """Frames that follow those of the block before.

    Parameters
    ----------
    frame : int
        First frame on the sender's clock; with ``omit``, the first that was not left out.
    samples : ndarray of int16, shape (frames, channels)
        Samples; zero where they did not arrive.
    arrived : ndarray of bool, shape (frames,)
        Whether all samples of a frame arrived.
    losses : list of Loss
        What did not arrive, where it ended among these frames, in order of groups.
    """

    frame: int
    samples: npt.NDArray[np.int16]
    arrived: npt.NDArray[np.bool_]
    losses: list[Loss]


class Timeline:
    """Puts packets in their places; holds a few of the longest packets of each group.

    Frames leave when all groups have sent them, or when packets that are much later have come: what
    arrives of them after that is too late.

    Parameters
    ----------
    channels : int
        Number of channels.
    packet_channels : int
        Channels that share a packet.
    packet_frames : int
        Most frames of a packet.
    filling : str
        ``"zeros"`` keeps the time axis: samples that did not arrive are zero. ``"omit"`` leaves
        out every frame that did not arrive whole.
    longest_gap_frames : int
        Most frames that may be missing in one go, as a limit of what a damaged time can cause.
    first_frame : int
        Frame with which the first block begins; earlier ones are ignored.
    frames : int or None
        Frame after the last, if it is known; a packet beyond it is refused.
    """

    def __init__(
        self,
        channels: int,
        *,
        packet_channels: int,
        packet_frames: int,
        filling: str = "zeros",
        longest_gap_frames: int = 1 << 24,
        first_frame: int = 0,
        frames: int | None = None,
    ) -> None:
        if filling not in FILLINGS:
            raise ValueError(f"filling must be one of {', '.join(FILLINGS)}, not {filling!r}")
        self._channels, self._packet_channels = channels, packet_channels
        self._omits = filling == "omit"
        self._longest_gap = longest_gap_frames
        self._stop = frames
        self._block_frames = max(1, BLOCK_SAMPLES // channels)
        capacity = WINDOW_PACKETS * packet_frames
        groups = -(-channels // packet_channels)
        self._window = np.zeros((capacity, channels), dtype=np.int16)
        self._known = np.zeros((capacity, groups), dtype=np.bool_)
        self._base = first_frame  # frame of the window's first row
        self._first_frame = first_frame
        self._end = first_frame  # frame after the last that has come
        self._lost_since: dict[int, int] = {}  # group: frame

    @property
    def frame(self) -> int:
        """The next frame to leave."""
        return self._base

    def place(self, pieces: Pieces, damage: list[Damage]) -> Iterator[Block]:
        """Put packets in their places and yield the frames that this completes.

        Parameters
        ----------
        pieces : Pieces
            Decoded packets.
        damage : list of Damage
            Where packets whose time is impossible are added.

        Yields
        ------
        Block
            Frames in order.
        """
        packet = 0
        while packet < len(pieces.number):
            end_limit = self._stop if self._stop is not None else np.iinfo(np.int64).max
            packet, verdict, frame, self._end = _place(
                pieces.group,
                pieces.time,
                pieces.count,
                pieces.place,
                pieces.samples,
                packet,
                self._window,
                self._known,
                self._packet_channels,
                self._base,
                self._first_frame,
                self._end,
                min(end_limit, self._end + self._longest_gap),
            )
            if verdict == BEYOND_WINDOW:
                yield from self._leave(frame + int(pieces.count[packet]) - len(self._window))
            elif verdict != PLACED:
                damage.append(self._refusal(pieces, packet, verdict, frame))
                packet += 1
        complete = _complete_rows(self._known, self._end - self._base)
        if complete:
            yield from self._leave(self._base + complete)

    def finish(self) -> Iterator[Block]:
        """Yield the frames that are left when no packet will follow.

        Yields
        ------
        Block
            Frames in order; those that never came as well, where the number of frames is known.
        """
        yield from self._leave(self._end if self._stop is None else self._stop)
        if self._lost_since:
            yield Block(
                frame=self._base,
                samples=np.empty((0, self._channels), dtype=np.int16),
                arrived=np.empty(0, dtype=np.bool_),
                losses=self._open_losses(),
            )

    def _refusal(self, pieces: Pieces, packet: int, verdict: int, frame: int) -> Damage:
        if verdict == TOO_LATE:
            rule = f"must be at least {self._base}, not {frame}"
        elif verdict == TWICE:
            rule = f"must not be that of frames that were there, but is {frame}"
        else:
            frames = int(pieces.count[packet])
            rule = f"must be plausible, not {frame} with {frames} frames after {self._end}"
        return Damage(
            packet=int(pieces.number[packet]),
            offset=int(pieces.offset[packet]),
            length_bytes=int(pieces.length[packet]),
            field="time",
            rule=rule,
        )

    def _leave(self, stop: int) -> Iterator[Block]:
        """Yield all frames before ``stop``, and move the window behind them."""
        while self._base < stop:
            rows = min(self._block_frames, stop - self._base, len(self._window))
            samples, known = self._window[:rows].copy(), self._known[:rows].copy()
            held = max(0, min(self._end - self._base, len(self._window)))
            for part, empty in ((self._window, 0), (self._known, False)):
                part[: max(held - rows, 0)] = part[rows:held]
                part[max(held - rows, 0) : held] = empty
            frame, self._base = self._base, self._base + rows
            losses = self._losses(known, frame)
            arrived: npt.NDArray[np.bool_] = np.all(known, axis=1)
            if self._omits and not arrived.all():
                frame += int(arrived.argmax())
                samples, arrived = samples[arrived], arrived[arrived]
            yield Block(frame=frame, samples=samples, arrived=arrived, losses=losses)
        self._end = max(self._end, self._base)

    def _losses(self, known: npt.NDArray[np.bool_], frame: int) -> list[Loss]:
        """Return the stretches that end in these rows, the first of them ``frame``."""
        if known.all() and not self._lost_since:
            return []
        losses = []
        for group in range(known.shape[1]):
            since = self._lost_since.pop(group, None)
            borders = np.flatnonzero(np.diff(known[:, group], prepend=since is None)) + frame
            starts = [*([] if since is None else [since]), *borders.tolist()]
            if len(starts) % 2:
                self._lost_since[group] = starts.pop()
            losses += [
                Loss(group=group, frame=start, frames=stop - start)
                for start, stop in zip(starts[::2], starts[1::2], strict=True)
            ]
        return losses

    def _open_losses(self) -> list[Loss]:
        losses = [
            Loss(group=group, frame=since, frames=self._base - since)
            for group, since in self._lost_since.items()
        ]
        self._lost_since.clear()
        return losses


PLACED, BEYOND_WINDOW, TOO_LATE, TWICE, IMPLAUSIBLE = range(5)


@compiled
def _complete_rows(known: npt.NDArray[np.bool_], held: int) -> int:
    for row in range(held):
        for group in range(known.shape[1]):
            if not known[row, group]:
                return row
    return held


@compiled
def _place(
    groups: npt.NDArray[np.int64],
    times: npt.NDArray[np.int64],
    frames: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
    samples: npt.NDArray[np.int16],
    packet: int,
    window: npt.NDArray[np.int16],
    known: npt.NDArray[np.bool_],
    packet_channels: int,
    base: int,
    first_frame: int,
    end: int,
    end_limit: int,
) -> tuple[int, int, int, int]:
    """Place packets until one cannot be; return its index, why, its frame, and the new end."""
    capacity, channels = window.shape
    while packet < len(groups):
        group, count = groups[packet], frames[packet]
        # The sender's clock has 32 bits: the frame that is nearest to what is expected.
        frame = end + ((times[packet] - end + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        stop = frame + count
        skipped = min(max(0, base - frame), count)
        if stop > end_limit or frame < 0:
            return packet, IMPLAUSIBLE, frame, end
        if skipped == count and stop > first_frame:
            return packet, TOO_LATE, frame, end
        if stop > base + capacity:
            return packet, BEYOND_WINDOW, frame, end
        for n in range(skipped, count):
            if known[frame + n - base, group]:
                return packet, TWICE, frame, end
        first = group * packet_channels
        inside = min(packet_channels, channels - first)
        place = places[packet]
        for n in range(skipped, count):
            row = frame + n - base
            known[row, group] = True
            for channel in range(inside):
                window[row, first + channel] = samples[place + n * inside + channel]
        end = max(end, stop)
        packet += 1
    return packet, PLACED, 0, end
