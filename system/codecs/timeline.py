"""From packets of single groups of channels to frames of all channels, in order of time."""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from system.codecs.damage import Damage
from system.codecs.decoding import Pieces
from system.codecs.placing import (
    ASTRAY,
    BEYOND_WINDOW,
    PLACED,
    TOO_LATE,
    TWICE,
    complete_rows,
    place_packets,
)
from system.codecs.waiting import WaitingPacket, frame_of, touching

__all__ = ["FILLINGS", "Block", "Loss", "Timeline"]

FILLINGS = ("zeros", "omit")
BLOCK_SAMPLES = 1 << 20
WINDOW_PACKETS = 4  # how far groups may be apart, in packets of the longest kind
MOST_WAITING = 4  # packets of each group, on the average


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

    A packet that begins where its group's last one ended is believed. One that does not waits for
    another that touches it, while none goes on as expected, or until the frames that it claims are
    due and nobody else brought them: a time that lies costs its own packet alone.

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
        self._next = np.full(groups, first_frame, dtype=np.int64)  # where each group goes on
        self._waiting: list[WaitingPacket] = []  # in order of frames
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
            packet, verdict, frame, self._end = place_packets(
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
                self._next,
                self._end,
                min(end_limit, self._end + self._longest_gap),
            )
            if verdict == BEYOND_WINDOW:
                stop = frame + int(pieces.count[packet]) - len(self._window)
                yield from self._leave(stop, damage)
            elif verdict != PLACED:
                waiting = self._apart(pieces, packet, frame)
                if verdict == ASTRAY:
                    yield from self._wait(waiting, damage)
                else:
                    damage.append(self._refusal(waiting, verdict))
                packet += 1
        complete = complete_rows(self._known, self._end - self._base)
        if complete:
            yield from self._leave(self._base + complete, damage)

    def finish(self, damage: list[Damage]) -> Iterator[Block]:
        """Yield the frames that are left when no packet will follow.

        Parameters
        ----------
        damage : list of Damage
            Where packets are added that nothing agreed with.

        Yields
        ------
        Block
            Frames in order; those that never came as well, where the number of frames is known.
        """
        if self._stop is None:
            yield from self._settle(damage)
        yield from self._leave(self._end if self._stop is None else self._stop, damage)
        if self._lost_since:
            yield Block(
                frame=self._base,
                samples=np.empty((0, self._channels), dtype=np.int16),
                arrived=np.empty(0, dtype=np.bool_),
                losses=self._open_losses(),
            )

    def _apart(self, pieces: Pieces, packet: int, frame: int) -> WaitingPacket:
        group, place = int(pieces.group[packet]), int(pieces.place[packet])
        inside = min(self._packet_channels, self._channels - group * self._packet_channels)
        count = int(pieces.count[packet])
        return WaitingPacket(
            group=group,
            frame=frame,
            samples=pieces.samples[place : place + count * inside].reshape(count, inside).copy(),
            expected=int(self._next[group]),
            number=int(pieces.number[packet]),
            offset=int(pieces.offset[packet]),
            length=int(pieces.length[packet]),
        )

    def _refusal(self, packet: WaitingPacket, verdict: int) -> Damage:
        frames = len(packet.samples)
        if verdict == TOO_LATE:
            rule = f"must be at least {self._base}, not {packet.frame}"
        elif verdict == TWICE:
            rule = f"must not be that of frames that were there, but is {packet.frame}"
        elif verdict == ASTRAY:
            rule = f"must be near that of another packet, not {packet.frame} with {frames} frames"
        else:
            rule = f"must be plausible, not {packet.frame} with {frames} frames after {self._end}"
        return Damage(
            packet=packet.number,
            offset=packet.offset,
            length_bytes=packet.length,
            field="time",
            rule=rule,
        )

    def _wait(self, packet: WaitingPacket, damage: list[Damage]) -> Iterator[Block]:
        """Let a packet wait, or believe it together with those of its group that it touches."""
        insort(self._waiting, packet, key=frame_of)
        believed = touching(packet, self._waiting)
        if len(believed) == 1:
            if len(self._waiting) <= MOST_WAITING * len(self._next):
                return
            believed = self._waiting[:1]  # as if every second packet were lost
        self._waiting = [each for each in self._waiting if each not in believed]
        for each in believed:
            yield from self._leave(each.stop - len(self._window), damage)
            self._fill(each, damage)

    def _settle(self, damage: list[Damage]) -> Iterator[Block]:
        """Believe those waiting that are near each other, or near to the end, and refuse others."""
        near = len(self._window)
        while self._waiting:
            packet = self._waiting.pop(0)
            following = self._waiting[0].frame if self._waiting else packet.stop + near + 1
            if packet.frame <= self._end + near or following <= packet.stop + near:
                yield from self._leave(packet.stop - near, damage)
                self._fill(packet, damage)
            else:
                damage.append(self._refusal(packet, ASTRAY))

    def _fill(self, packet: WaitingPacket, damage: list[Damage]) -> None:
        """Put a packet in its place, which the window has."""
        skipped = max(0, self._base - packet.frame)
        rows = slice(packet.frame + skipped - self._base, max(packet.stop - self._base, 0))
        if packet.stop <= self._base:
            damage.append(self._refusal(packet, TOO_LATE))
        elif self._known[rows, packet.group].any():
            damage.append(self._refusal(packet, TWICE))
        else:
            first = packet.group * self._packet_channels
            samples = packet.samples[skipped:]
            self._window[rows, first : first + samples.shape[1]] = samples
            self._known[rows, packet.group] = True
            self._next[packet.group] = max(self._next[packet.group], packet.stop)
            self._end = max(self._end, packet.stop)

    def _leave(self, stop: int, damage: list[Damage]) -> Iterator[Block]:
        """Yield all frames before ``stop``, and move the window behind them."""
        while self._base < stop:
            while self._waiting and self._waiting[0].frame <= self._base:
                self._fill(self._waiting.pop(0), damage)
            before = self._waiting[0].frame if self._waiting else stop
            rows = min(self._block_frames, min(before, stop) - self._base, len(self._window))
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
