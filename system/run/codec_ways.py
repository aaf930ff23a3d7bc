"""A generated codec beside its golden model, in one mode: the same words in, the same bytes out."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.coding_streams import BYTE_WIDTH
from rtl.packet_format import HEADER_BYTES, LENGTH_BYTES
from rtl.packet_settings import PacketSettings, settings_layout
from rtl.streams import packet_layout, sample_layout
from system.design import Design
from system.design.coding import lfp_coding
from system.engines.codec import CodecConfig, CodecEngine
from system.run.coded_streams import (
    LFP_PACKET_FRAMES,
    LFP_SETTINGS,
    field_potential_mode,
    sample_mode,
    snippet_mode,
)
from system.run.packet_difference import packet_difference
from verification.codec_chain import packets_of_groups
from verification.event_words import event_words
from verification.golden.ap_codec import ApCodecModel
from verification.golden.lfp_codec import LfpCodecModel
from verification.golden.snippet_buffer import event_dtype
from verification.payloads import pack
from verification.stimuli import sample_records

__all__ = ["CodecCounts", "CodecWay", "codec_ways"]

# Amaranth's simulator does this part of the samples that it does of the detection chain: a codec
# takes ten cycles a sample, and is larger.
PYSIM_PART = 64
# A distance to the last peak, two bytes as long as codes can be, precedes a snippet.
DISTANCE_BYTES = 2


@dataclass(frozen=True, kw_only=True)
class CodecCounts:
    """How far a codec's circuit and its model agree in one mode.

    Parameters
    ----------
    mode : str
        What is sent.
    engine : {"cxxrtl", "pysim"}
        What ran the circuit.
    channels : int
        Channels, the first of the recording.
    frames : int
        Frames of the recording that both processed, from its start.
    packet_items : int
        Frames, or snippets, of their packets at most: so few that no ring decides where a packet
        ends, which depends on the clock.
    packets : int
        Packets of the model.
    compared : int
        Bytes that either sent, each counted once.
    mismatches : int
        Bytes that differ, or that only one of them sent.
    first_mismatch : str or None
        The first of these, in words.
    cycles : int
        Clock cycles simulated.
    seconds : float
        Time that took.
    """

    mode: str
    engine: str
    channels: int
    frames: int
    packet_items: int
    packets: int
    compared: int
    mismatches: int
    first_mismatch: str | None
    cycles: int
    seconds: float

    @property
    def samples(self) -> int:
        """Samples of the recording that were coded, or in which snippets were found."""
        return self.frames * self.channels


class CodecWay(ABC):
    """One codec with its settings, its circuit and its model.

    Parameters
    ----------
    design : Design
        Of the run.
    mode : str
        What is sent.
    config : CodecConfig
        The codec.
    settings : PacketSettings
        How packets are coded.
    **packets : int
        By its name: where packets end, as the model's parameters say.
    """

    stream: Literal["i", "events"]

    def __init__(
        self,
        design: Design,
        mode: str,
        config: CodecConfig,
        settings: PacketSettings,
        **packets: int,
    ) -> None:
        self._simulation = design.rtl_simulation
        self._mode = mode
        self._config = config
        self._settings = settings
        self._packets = packets
        self._samples_left = 0
        self._frames = 0

    def open(self, engine: Literal["cxxrtl", "pysim"]) -> None:
        """Make the circuit.

        Parameters
        ----------
        engine : {"cxxrtl", "pysim"}
            What is to run it.

        Raises
        ------
        RuntimeError
            It cannot be compiled.
        """
        self._samples_left = self._simulation.codec_samples
        if engine == "pysim":
            most = self._simulation.pysim_samples // PYSIM_PART
            self._samples_left = max(self._smallest, min(self._samples_left, most))
        self._engine_name = engine
        (settings,) = pack(settings_layout(), [self._settings.fields])
        ports = {"settings": settings, **self._packets}
        if isinstance(self._config, ApCodecConfig):  # the same ports in every mode: compiled once
            unused = {"packet_frames": 0, "packet_snippets": 0, "max_age": 0}
            ports = {**unused, **ports, "snippets": int(self.stream == "events")}
        self._engine = CodecEngine(engine, self._config, stream=self.stream, ports=ports)

    @abstractmethod
    def add(self, codes: npt.NDArray[np.integer], events: npt.NDArray[np.void]) -> None:
        """Keep what is to be coded of the next frames.

        Parameters
        ----------
        codes : ndarray of int, shape (frames, channels)
            What the converter sent.
        events : ndarray of event_dtype
            What was detected meanwhile.
        """

    def compared(self) -> CodecCounts:
        """Let circuit and model process what was kept, and compare what they send.

        Returns
        -------
        CodecCounts
            What was found.
        """
        golden = [packet for each in self._of_model().values() for packet in each]
        circuit = self._engine.process(self._words())
        difference = packet_difference(golden, circuit.packets)
        return CodecCounts(
            mode=self._mode,
            engine=self._engine_name,
            channels=self._config.channels,
            frames=self._frames,
            packet_items=next(iter(self._packets.values())),
            packets=len(golden),
            compared=difference.compared,
            mismatches=difference.mismatches,
            first_mismatch=difference.first and f"{self._mode}: {difference.first}",
            cycles=circuit.cycles,
            seconds=circuit.seconds,
        )

    @property
    @abstractmethod
    def _smallest(self) -> int:
        """Samples of the least that can be coded."""

    @abstractmethod
    def _of_model(self) -> dict[int, list[bytes]]:
        """Return the model's packets, by group."""

    @abstractmethod
    def _words(self) -> list[int]:
        """Return what the circuit takes."""


class _Samples(CodecWay):
    """Every sample is coded, or field potentials that are made of them."""

    stream = "i"

    def __init__(
        self,
        design: Design,
        mode: str,
        config: CodecConfig,
        settings: PacketSettings,
        packet_frames: int,
    ) -> None:
        fit = _items_that_fit(config, config.packet_channels)
        super().__init__(design, mode, config, settings, packet_frames=min(packet_frames, fit))
        self._width = design.band_pass.sample_width
        self._kept: list[npt.NDArray[np.int64]] = []

    def add(self, codes: npt.NDArray[np.integer], events: npt.NDArray[np.void]) -> None:
        del events
        room = self._samples_left // self._config.channels
        part = codes[:room, : self._config.channels].astype(np.int64)
        self._samples_left -= part.size
        self._frames += len(part)
        self._kept.append(part)

    @property
    def _smallest(self) -> int:
        return self._config.channels

    @property
    def _codes(self) -> npt.NDArray[np.int64]:
        nothing = np.empty((0, self._config.channels), dtype=np.int64)
        return np.concatenate([nothing, *self._kept])

    def _of_model(self) -> dict[int, list[bytes]]:
        config, settings = self._config, self._settings
        model: ApCodecModel | LfpCodecModel
        if isinstance(config, ApCodecConfig):
            model = ApCodecModel(config, settings, **self._packets)
        else:
            model = LfpCodecModel(config, settings, **self._packets)
        return packets_of_groups(model.process(self._codes) + model.finish())

    def _words(self) -> list[int]:
        records = sample_records(self._codes, width=self._width)
        return pack(sample_layout(self._width, self._config.channels), records)


class _Snippets(CodecWay):
    """The snippets of detected spikes are coded."""

    stream = "events"

    def __init__(self, design: Design, mode: str, config: ApCodecConfig) -> None:
        coding = design.ap_coding
        fit = _items_that_fit(config, config.snippet_samples + DISTANCE_BYTES)
        super().__init__(
            design,
            mode,
            config,
            coding.settings(),
            packet_snippets=min(coding.packet_snippets, fit),
            max_age=coding.max_age_frames,
        )
        self._codec = config
        self._kept: list[npt.NDArray[np.void]] = []

    def add(self, codes: npt.NDArray[np.integer], events: npt.NDArray[np.void]) -> None:
        room = self._samples_left // self._smallest
        if not room:
            return
        mine = events[events["channel"] < self._codec.channels]
        self._frames = int(mine["time"][room]) if len(mine) > room else self._frames + len(codes)
        self._samples_left -= len(mine[:room]) * self._smallest
        self._kept.append(mine[:room])

    @property
    def _smallest(self) -> int:
        return self._codec.snippet_samples

    @property
    def _events(self) -> npt.NDArray[np.void]:
        nothing = np.empty(0, dtype=event_dtype(self._codec.snippet_samples))
        return np.concatenate([nothing, *self._kept])

    def _of_model(self) -> dict[int, list[bytes]]:
        model = ApCodecModel(self._codec, self._settings, **self._packets)
        return packets_of_groups(model.process_events(self._events) + model.finish())

    def _words(self) -> list[int]:
        layout = packet_layout(self._codec.sample_width, self._codec.channels)
        return pack(layout, event_words(self._events, self._codec))


def codec_ways(design: Design) -> Iterator[CodecWay]:
    """Yield every codec of a run, in every mode.

    Parameters
    ----------
    design : Design
        Of the run.

    Yields
    ------
    CodecWay
        Samples, coarser samples, snippets and field potentials, as far as they are coded.
    """
    coding, shape, buffer = design.ap_coding, design.band_pass, design.snippet_buffer
    if not min(coding.coded_channels, shape.channels):
        return
    samples = buffer.snippet_samples
    config = coding.codec(shape.channels, shape.sample_width, snippet_samples=samples)
    for shift in (0, coding.coarser_bits):
        if shift < shape.sample_width:
            settings = coding.settings(shift)
            yield _Samples(design, sample_mode(shift), config, settings, coding.packet_frames)
    config = coding.codec(shape.channels, buffer.sample_width, snippet_samples=samples)
    yield _Snippets(design, snippet_mode(config), config)
    try:
        slow = lfp_coding(shape.channels, shape.sample_width, shape.sampling_rate_hz)
    except ValueError:
        return  # the run says why field potentials are not coded
    yield _Samples(design, field_potential_mode(slow), slow, LFP_SETTINGS, LFP_PACKET_FRAMES)


def _items_that_fit(config: CodecConfig, item_codes: int) -> int:
    """Return how many items of a packet have room in its ring, however long their codes."""
    body = config.ring_bytes // 2 - config.margin_bytes - LENGTH_BYTES - HEADER_BYTES
    return max(1, BYTE_WIDTH * (body - 1) // (item_codes * config.golomb.longest_code))
