"""Bit-exact model of :class:`rtl.ap_codec.ApCodec`, fast enough to encode recordings."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.packet_format import Mode
from rtl.packet_settings import PacketSettings
from verification.golden.packet_framer import packet_framer
from verification.golden.packet_marker import header_bytes, trailer_bytes
from verification.packet_coding import PacketCoder, Payload
from verification.template_coding import TemplateCoder

__all__ = ["ApCodecModel"]

VERSIONS = 256  # of tables, whose number is a byte
MOST_COUNTED = 0xFFFF  # by a trailer; and the longest distance of two snippets

Made = tuple[int, int, bytes]
"""A packet behind what it is sorted by."""


class ApCodecModel:
    """Turns samples, or snippets, into packets: the same ones in the same order in any blocks.

    A packet also ends after the frame, or snippet, with which its header and payload reach
    ``config.closing_body_bytes``. The hardware does so as well, but a few bytes later, depending on
    how fast they leave: where that happens the two are not the same byte for byte, but carry the
    same samples. Packets of different groups may leave the hardware in another order.

    Parameters
    ----------
    config : ApCodecConfig
        The configuration of the hardware.
    settings : PacketSettings
        Of all packets; ``table`` is counted up where tables are trained.
    packet_frames : int
        Frames of a packet of all samples, in 1..65535.
    packet_snippets : int
        Snippets of a packet, in 1..65535.
    max_age : int
        Frames from the first snippet of a packet on in which it takes others, in 1..65535.
    tables : array_like of int, shape (2, contexts, symbols + 1), optional
        Cumulative frequencies of both banks, for the arithmetic coder.
    rows : array_like of int, shape (2, channels, rows, snippet_samples), optional
        Rows of the template encoder, of both banks: snippets are coded by them.

    Raises
    ------
    ValueError
        A setting asks for what the hardware does not have.

    Examples
    --------
    >>> model = ApCodecModel(ApCodecConfig(channels=1), PacketSettings(order=1))
    >>> (model.process(np.array([[7], [9], [12]])) + model.finish()).hex()
    'a70c0000110000000000009d8c0300bf7b1e18'
    """

    def __init__(
        self,
        config: ApCodecConfig,
        settings: PacketSettings,
        *,
        packet_frames: int = 2048,
        packet_snippets: int = 16,
        max_age: int = 24_000,
        tables: npt.ArrayLike | None = None,
        rows: npt.ArrayLike | None = None,
    ) -> None:
        for name, value in (
            ("packet_frames", packet_frames),
            ("packet_snippets", packet_snippets),
            ("max_age", max_age),
        ):
            if not 1 <= value <= MOST_COUNTED:
                raise ValueError(f"{name} must be in 1..{MOST_COUNTED}, not {value!r}")
        self.config = config
        self.settings = settings
        self.packet_frames = packet_frames
        self.packet_snippets = packet_snippets
        self.max_age = max_age
        self._templates = None if rows is None else TemplateCoder(config, settings, rows)
        if config.training and settings.table and rows is None:
            raise ValueError(f"table must be 0 until one is trained, not {settings.table!r}")
        self._coder = PacketCoder(config, settings, tables)
        step = packet_frames >> config.marker.stagger_shift
        self._time = 0  # of the first frame that is kept
        self._kept = np.empty((0, config.channels), dtype=np.int16)
        self._begin = [0] * config.groups  # of the packet that comes next
        self._first = [packet_frames - n * step for n in range(config.groups)]
        self._open: dict[int, list[npt.NDArray[np.void]]] = {}  # snippets, by channel

    def process(self, samples: npt.NDArray[np.integer]) -> bytes:
        """Return the packets that end with these frames.

        Parameters
        ----------
        samples : ndarray of int, shape (frames, channels)
            The next samples.

        Returns
        -------
        bytes
            Packets by the frame in which they end, or would if they were not too long, and then by
            group.

        Raises
        ------
        ValueError
            A sample is wider than ``sample_width``, or there are too few or many channels.
        """
        channels = self.config.channels
        if samples.ndim != 2 or samples.shape[1] != channels:
            raise ValueError(f"samples must have shape (frames, {channels}), not {samples.shape}")
        self._check(samples)
        self._kept = np.concatenate((self._kept, samples.astype(np.int16, copy=False)))
        return self._packets_of_samples(ends=False)

    def process_events(self, events: npt.NDArray[np.void]) -> bytes:
        """Return the packets that end with these snippets.

        Parameters
        ----------
        events : ndarray of event_dtype(config.snippet_samples)
            The next events; see :func:`verification.golden.snippet_buffer.event_dtype`.

        Returns
        -------
        bytes
            Packets in the order of the events that end them, by being their last or by not
            belonging to them any more.

        Raises
        ------
        ValueError
            Snippets are not coded by this configuration, or a sample is too wide.
        """
        if not self.config.snippets:
            raise ValueError("snippets must be True for events to be coded, not False")
        if len(events):
            self._check(events["snippet"])
        return b"".join(packet for event in events for packet in self._after(event))

    def finish(self) -> bytes:
        """Return the packets that are open; what follows begins new ones.

        Returns
        -------
        bytes
            Packets.
        """
        packets = self._packets_of_samples(ends=True)
        self._first = [self.packet_frames] * self.config.groups
        for channel in sorted(self._open):
            while self._open[channel]:
                packets += self._packet_of_snippets(channel)
        return packets

    def train(self) -> bytes:
        """Return the packets that are open, and then one with tables of all that was coded.

        So does the hardware on ``build``, at a flush. The tables are of what was coded since those
        before, and packets that follow use them. Beyond the largest count of a context the
        hardware has counted other residuals: in the order in which they came.

        Returns
        -------
        bytes
            Packets.

        Raises
        ------
        ValueError
            Tables are not trained by this configuration, or not while templates are used.
        """
        if not self.config.training:
            raise ValueError("training must be True for tables to be trained, not False")
        if self._templates:
            raise ValueError("rows must be None for tables to be trained: they have versions too")
        packets = self.finish()
        version = (self.settings.table + 1) % VERSIONS
        self.settings = replace(self.settings, table=version)
        return packets + packet_framer(self._coder.train(version).body)

    def _check(self, samples: npt.NDArray[np.integer]) -> None:
        half = 1 << (self.config.sample_width - 1)
        if samples.size and not (-half <= samples.min() and samples.max() < half):
            bad = samples[(samples < -half) | (samples >= half)][0]
            raise ValueError(f"samples must be in {-half}..{half - 1}, not {bad}")

    def _packet(self, mode: Mode, group: int, time: int, payload: Payload) -> bytes:
        header = header_bytes(
            self.settings,
            mode=mode,
            group=group,
            time=time,
            gap=False,
            shift=self.settings.shift,
        )
        return packet_framer(header + payload.code + trailer_bytes(payload.items))

    def _packets_of_samples(self, *, ends: bool) -> bytes:
        groups = range(self.config.groups)
        made = sorted(packet for group in groups for packet in self._of_group(group, ends=ends))
        used = min(self._begin) - self._time
        self._kept, self._time = self._kept[used:], self._time + used
        return b"".join(packet for _, _, packet in made)

    def _of_group(self, group: int, *, ends: bool) -> Iterator[Made]:
        """Yield frame in which it should end, group and bytes of each packet of all samples."""
        first = group * self.config.packet_channels
        frames = self._kept[self._begin[group] - self._time :]
        payloads = self._coder.payloads(
            frames[:, first : first + self.config.packet_channels],
            np.empty((len(frames), 0), dtype=np.uint8),
            first_items=self._first[group],
            most_items=self.packet_frames,
            ends=ends,
        )
        for payload in payloads:
            time = self._begin[group]
            packet = self._packet(Mode.ALL_SAMPLES, group, time, payload)
            yield time + self._first[group], group, packet
            self._begin[group] += payload.items
            self._first[group] = self.packet_frames

    def _after(self, event: npt.NDArray[np.void]) -> Iterator[bytes]:
        """Take an event, and yield the packets of its channel that end before or with it."""
        channel, time = int(event["channel"]), int(event["time"])
        snippets = self._open.setdefault(channel, [])
        while snippets and not (
            time - int(snippets[0]["time"]) < self.max_age
            and 0 <= time - int(snippets[-1]["time"]) <= MOST_COUNTED
        ):
            yield self._packet_of_snippets(channel)
        snippets.append(event)
        while len(snippets) >= self.packet_snippets:
            yield self._packet_of_snippets(channel)

    def _packet_of_snippets(self, channel: int) -> bytes:
        """Return the packet of the open snippets of a channel, or of those that it has room for."""
        snippets = self._open[channel]
        times = np.array([int(event["time"]) for event in snippets])
        distances = np.diff(times, prepend=times[:1]).astype("<u2")
        samples = [event["snippet"] for event in snippets]
        if self._templates:
            mode, payload = Mode.TEMPLATES, self._templates.payload(channel, samples, distances)
        else:
            mode = Mode.SNIPPETS
            payload = self._coder.payloads(
                np.concatenate(samples)[:, None],
                distances[:, None].view(np.uint8),
                item_rows=self.config.snippet_samples,
                first_items=len(snippets),
                most_items=len(snippets),
                ends=False,
            )[0]
        del snippets[: payload.items]
        return self._packet(mode, channel, int(times[0]), payload)
