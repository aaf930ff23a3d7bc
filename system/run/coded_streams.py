"""What the codec makes of a run: coded, decoded again, compared, counted."""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.lfp_codec_config import LfpCodecConfig
from rtl.packet_settings import PacketSettings
from system.codecs.lfp_format import LfpFormat
from system.codecs.stream_decoder import EventDecoder, SampleDecoder
from system.codecs.stream_format import StreamFormat
from system.design import Design
from system.design.coding import lfp_coding
from verification.golden.ap_codec import ApCodecModel
from verification.golden.lfp_codec import LfpCodecModel
from verification.golden.lfp_decimator import LfpDecimatorModel

__all__ = [
    "LFP_PACKET_FRAMES",
    "LFP_SETTINGS",
    "RATE_BIN_S",
    "CodedStream",
    "CodedStreams",
    "field_potential_mode",
    "sample_mode",
    "snippet_mode",
]

BITS = 8
RATE_BIN_S = 0.5
LFP_PACKET_FRAMES = 1024
LFP_SETTINGS = PacketSettings(order=1, adaptive=True)  # both adaptive predictors learn on it


def sample_mode(shift: int) -> str:
    """Return what the mode is called that sends every sample.

    Parameters
    ----------
    shift : int
        Bits by which samples are made coarser.

    Returns
    -------
    str
        As in the report.
    """
    return f"all samples, {shift} bits coarser" if shift else "all samples"


def snippet_mode(config: ApCodecConfig) -> str:
    """Return what the mode is called that sends snippets.

    Parameters
    ----------
    config : ApCodecConfig
        Their codec.

    Returns
    -------
    str
        As in the report.
    """
    return f"snippets of {config.snippet_samples} filtered samples of {config.sample_width} bit"


def field_potential_mode(config: LfpCodecConfig) -> str:
    """Return what the mode is called that sends field potentials.

    Parameters
    ----------
    config : LfpCodecConfig
        Their codec.

    Returns
    -------
    str
        As in the report.
    """
    decimator = config.decimator
    return f"field potentials, {decimator.sampling_rate_hz / decimator.decimation:g} S/s"


@dataclass
class CodedStream:
    """One stream of packets, and what came of it at the other end.

    Parameters
    ----------
    mode : str
        What is sent.
    word_bits : int
        Bits of a sample of the raw stream, against which savings are counted.
    channels : int
        Channels.
    raw_bits : int
        What the samples of these channels are, all of them, at ``word_bits`` each.
    coded_bytes : int
        Packets, all headers and checksums included.
    sent : int
        Samples, or snippets, that were coded.
    wrong : int
        Of them, those that came back changed, or did not.
    signal, error : float
        Sums of squares, of what was sent and of what came back less of it.
    largest_error : int
        Largest magnitude of an error, codes.
    bytes_per_bin : list of int
        Coded bytes by time, RATE_BIN_S a bin.
    """

    mode: str
    word_bits: int
    channels: int
    raw_bits: int = 0
    coded_bytes: int = 0
    sent: int = 0
    wrong: int = 0
    signal: float = 0.0
    error: float = 0.0
    largest_error: int = 0
    bytes_per_bin: list[int] = field(default_factory=list)

    @property
    def space_saving(self) -> float | None:
        """Part of the raw bits that need not be sent."""
        return 1 - BITS * self.coded_bytes / self.raw_bits if self.raw_bits else None

    @property
    def sndr_db(self) -> float | None:
        """Signal over error, decibels; None if there is no error, or no signal."""
        if not self.error or not self.signal:
            return None
        return 10 * math.log10(self.signal / self.error)

    def add_bytes(self, count: int, bin_index: int) -> None:
        """Count bytes that leave.

        Parameters
        ----------
        count : int
            Bytes.
        bin_index : int
            Bin of time in which they do.
        """
        self.coded_bytes += count
        self.bytes_per_bin += [0] * (bin_index + 1 - len(self.bytes_per_bin))
        self.bytes_per_bin[bin_index] += count

    def compare(self, sent: npt.NDArray[np.int16], came: npt.NDArray[np.int16]) -> None:
        """Compare samples that were sent with those that came.

        Parameters
        ----------
        sent, came : ndarray of int16
            Of one shape.
        """
        difference = came.astype(np.int32) - sent
        self.wrong += int(np.count_nonzero(difference))
        deviation = sent - sent.mean(axis=0) if len(sent) else sent
        self.signal += float(np.square(deviation, dtype=np.float64).sum())
        self.error += float(np.square(difference, dtype=np.float64).sum())
        self.largest_error = max(self.largest_error, int(np.abs(difference).max(initial=0)))


class CodedStreams:
    """Codes the first channels of a run in every mode, and decodes what was sent.

    Parameters
    ----------
    design : Design
        Of the run.

    Attributes
    ----------
    streams : list of CodedStream
        One a mode: all samples, all samples made coarser, snippets, field potentials; none if no
        channel is coded.
    notes : list of str
        What could not be coded, and why.
    """

    def __init__(self, design: Design) -> None:
        coding = design.ap_coding
        self.channels = min(coding.coded_channels, design.band_pass.channels)
        self.streams: list[CodedStream] = []
        self.notes: list[str] = []
        self._bin_frames = max(1, round(RATE_BIN_S * design.band_pass.sampling_rate_hz))
        self._frames = 0
        if not self.channels:
            return
        samples = design.snippet_buffer.snippet_samples
        width = design.band_pass.sample_width
        self._width = width
        self._ways = [
            _AllSamples(design, width, shift) for shift in (0, coding.coarser_bits) if shift < width
        ]
        config = coding.codec(
            self.channels, design.snippet_buffer.sample_width, snippet_samples=samples
        )
        self._event_model = ApCodecModel(
            config,
            coding.settings(),
            packet_frames=coding.packet_frames,
            packet_snippets=coding.packet_snippets,
            max_age=coding.max_age_frames,
        )
        self._event_decoder = EventDecoder(StreamFormat.of(config), {})
        self._waiting: dict[int, deque[npt.NDArray[np.void]]] = {}
        self._snippets = CodedStream(snippet_mode(config), width, self.channels)
        self.streams = [*(way.stream for way in self._ways), self._snippets]
        self._slow: list[_FieldPotentials] = []
        try:
            self._slow.append(_FieldPotentials(design))
        except ValueError as error:
            self.notes.append(f"Field potentials are not coded: {error}.")
        self.streams += [way.stream for way in self._slow]

    def add(self, codes: npt.NDArray[np.integer], events: npt.NDArray[np.void]) -> None:
        """Code the next frames, and the events that were found in them.

        Parameters
        ----------
        codes : ndarray of int, shape (frames, channels)
            What the converter sent.
        events : ndarray of event_dtype
            Events of all channels.
        """
        if not self.channels:
            return
        while len(codes):  # never across the border of a bin, so that bytes are counted in theirs
            room = self._bin_frames - self._frames % self._bin_frames
            later = np.flatnonzero(events["time"] >= self._frames + room)
            count = int(later[0]) if len(codes) > room and len(later) else len(events)
            self._add(codes[:room], events[:count])
            codes, events = codes[room:], events[count:]

    def _add(self, codes: npt.NDArray[np.integer], events: npt.NDArray[np.void]) -> None:
        self._frames += len(codes)
        part = codes[:, : self.channels].astype(np.int16)
        for way in self._ways:
            way.add(part, self._bin)
        for way in self._slow:
            way.add(codes, self._bin)
        mine = events[events["channel"] < self.channels]
        for event in mine:
            self._waiting.setdefault(int(event["channel"]), deque()).append(event)
        self._send(self._event_model.process_events(mine))
        self._snippets.sent += len(mine)
        self._snippets.raw_bits += part.size * self._width

    def finish(self) -> None:
        """Send what is left, and count what did not come back."""
        if not self.channels:
            return
        for way in (*self._ways, *self._slow):
            way.finish(self._bin)
        self._send(self._event_model.finish())
        self._check(self._event_decoder.finish())
        self._snippets.wrong += sum(len(waiting) for waiting in self._waiting.values())

    @property
    def _bin(self) -> int:
        return max(0, self._frames - 1) // self._bin_frames

    def _send(self, packets: bytes) -> None:
        self._snippets.add_bytes(len(packets), self._bin)
        self._check(self._event_decoder.feed(packets))

    def _check(self, arrived: Iterable[npt.NDArray[np.void]]) -> None:
        """Hold events that arrive against those of their channel that wait for it."""
        for event in (each for events in arrived for each in events):
            waiting = self._waiting.get(int(event["channel"]))
            sent = waiting.popleft() if waiting else None
            same = sent is not None and sent["time"] == event["time"]
            if sent is None or not same or (sent["snippet"] != event["snippet"]).any():
                self._snippets.wrong += 1


class _AllSamples:
    """Every sample, as exactly as ``shift`` says."""

    def __init__(self, design: Design, width: int, shift: int) -> None:
        coding = design.ap_coding
        samples = design.snippet_buffer.snippet_samples
        config = coding.codec(design.band_pass.channels, width, snippet_samples=samples)
        self._model = ApCodecModel(
            config, coding.settings(shift), packet_frames=coding.packet_frames
        )
        self.stream = CodedStream(sample_mode(shift), width, config.channels)
        self._link = _Link(SampleDecoder(StreamFormat.of(config), {}), self.stream)

    def add(self, samples: npt.NDArray[np.int16], bin_index: int) -> None:
        self._link.send(samples, self._model.process(samples), bin_index)

    def finish(self, bin_index: int) -> None:
        self._link.finish(self._model.finish(), bin_index)


class _FieldPotentials:
    """What is left below a few hundred hertz, of the first channels."""

    def __init__(self, design: Design) -> None:
        shape = design.band_pass
        config = lfp_coding(shape.channels, shape.sample_width, shape.sampling_rate_hz)
        decimator = config.decimator
        self._decimator = LfpDecimatorModel(decimator)
        self._model = LfpCodecModel(config, LFP_SETTINGS, packet_frames=LFP_PACKET_FRAMES)
        name = field_potential_mode(config)
        self.stream = CodedStream(name, decimator.output_width, decimator.channels)
        self._link = _Link(SampleDecoder(LfpFormat.of(config), {}), self.stream)

    def add(self, codes: npt.NDArray[np.integer], bin_index: int) -> None:
        slow = self._decimator.process(codes[:, : self.stream.channels])
        self._link.send(slow, self._model.code(slow), bin_index)

    def finish(self, bin_index: int) -> None:
        self._link.finish(self._model.finish(), bin_index)


class _Link:
    """Packets go through it to the decoder; what it gives is held against what was sent."""

    def __init__(self, decoder: SampleDecoder, stream: CodedStream) -> None:
        self._decoder = decoder
        self._stream = stream
        self._sent: deque[npt.NDArray[np.int16]] = deque()

    def send(self, samples: npt.NDArray[np.int16], packets: bytes, bin_index: int) -> None:
        self._sent.append(samples)
        self._stream.sent += samples.size
        self._stream.raw_bits += samples.size * self._stream.word_bits
        self._send(packets, bin_index)

    def finish(self, packets: bytes, bin_index: int) -> None:
        self._send(packets, bin_index)
        self._compare(block.samples for block in self._decoder.finish())
        self._stream.wrong += sum(left.size for left in self._sent)

    def _send(self, packets: bytes, bin_index: int) -> None:
        self._stream.add_bytes(len(packets), bin_index)
        self._compare(block.samples for block in self._decoder.feed(packets))

    def _compare(self, arrived: Iterator[npt.NDArray[np.int16]]) -> None:
        for came in arrived:
            place = 0
            while place < len(came) and self._sent:
                sent = self._sent.popleft()
                both = min(len(sent), len(came) - place)
                self._stream.compare(sent[:both], came[place : place + both])
                place += both
                if both < len(sent):
                    self._sent.appendleft(sent[both:])
            self._stream.wrong += came[place:].size
