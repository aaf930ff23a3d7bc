"""The generated codecs beside their golden models, over a short stretch: every byte they send."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from rtl.ap_codec_config import ApCodecConfig
from rtl.coding_streams import BYTE_WIDTH
from rtl.packet_format import HEADER_BYTES, LENGTH_BYTES
from rtl.packet_settings import PacketSettings, settings_layout
from rtl.streams import sample_layout
from system.design import Design
from system.design.coding import lfp_coding
from system.engines.codec import CodecConfig, CodecEngine
from system.errors import UserError
from system.run.coded_streams import (
    LFP_PACKET_FRAMES,
    LFP_SETTINGS,
    field_potential_mode,
    sample_mode,
)
from system.run.packet_difference import packet_difference
from verification.codec_chain import packets_of_groups
from verification.golden.ap_codec import ApCodecModel
from verification.golden.lfp_codec import LfpCodecModel
from verification.payloads import pack
from verification.stimuli import sample_records

__all__ = ["CodecCheck", "CodecCounts"]

# Amaranth's simulator does this part of the samples that it does of the detection chain: a codec
# takes ten cycles a sample, and is larger.
PYSIM_PART = 64


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
    packet_frames : int
        Frames of their packets at most, in samples that are coded: so few that no ring decides
        where a packet ends, which depends on the clock.
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
    packet_frames: int
    packets: int
    compared: int
    mismatches: int
    first_mismatch: str | None
    cycles: int
    seconds: float

    @property
    def samples(self) -> int:
        """Samples of the recording that the circuit was given."""
        return self.frames * self.channels


class CodecCheck:
    """Runs the codecs over the beginning of a recording and compares them with their models.

    Parameters
    ----------
    design : Design
        What is coded, and how much of it the circuits are to process.
    engine : {"cxxrtl", "pysim", "none"}
        What runs the circuits.

    Attributes
    ----------
    counts : list of CodecCounts
        What was found, mode by mode; nothing until :meth:`finish`.
    note : str or None
        What a reader should know about the comparison.

    Raises
    ------
    UserError
        A circuit cannot be compiled, and the design insists on it.
    """

    def __init__(self, design: Design, engine: Literal["cxxrtl", "pysim", "none"]) -> None:
        self.counts: list[CodecCounts] = []
        self.note: str | None = None
        self._ways: list[_Way] = []
        if engine == "none" or not design.rtl_simulation.codec_samples:
            return
        ways = list(_ways(design))
        try:
            self._open(ways, engine)
        except (OSError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[-1]
            if design.rtl_simulation.engine != "auto" or engine == "pysim":
                raise UserError(f"the codecs cannot be run on {engine}: {reason}") from error
            self.note = (
                f"The codecs could not be compiled ({reason}). They ran on Amaranth's own "
                "simulator, which is slow."
            )
            self._open(ways, "pysim")

    def _open(self, ways: "list[_Way]", engine: Literal["cxxrtl", "pysim"]) -> None:
        for way in ways:
            way.open(engine)
        self._ways = ways

    def add(self, codes: npt.NDArray[np.integer]) -> None:
        """Keep what the circuits are to process of the next frames.

        Parameters
        ----------
        codes : ndarray of int, shape (frames, channels)
            What the converter sent.
        """
        for way in self._ways:
            way.add(codes)

    def finish(self) -> None:
        """Let circuits and models process what was kept, and compare what they send."""
        self.counts = [way.compared() for way in self._ways]


class _Way:
    """One codec with its settings, its circuit and its model."""

    def __init__(
        self,
        design: Design,
        mode: str,
        config: CodecConfig,
        settings: PacketSettings,
        packet_frames: int,
    ) -> None:
        self._simulation = design.rtl_simulation
        self._width = design.band_pass.sample_width
        self._mode = mode
        self._config = config
        self._settings = settings
        self._packet_frames = min(packet_frames, _frames_that_fit(config))
        self._kept: list[npt.NDArray[np.int16]] = []
        self._room = 0

    def open(self, engine: Literal["cxxrtl", "pysim"]) -> None:
        samples = self._simulation.codec_samples
        if engine == "pysim":
            samples = min(samples, self._simulation.pysim_samples // PYSIM_PART)
        self._room = max(1, samples // self._config.channels)
        self._engine_name = engine
        (settings,) = pack(settings_layout(), [self._settings.fields])
        ports = {"settings": settings, "packet_frames": self._packet_frames}
        self._engine = CodecEngine(engine, self._config, stream="i", ports=ports)

    def add(self, codes: npt.NDArray[np.integer]) -> None:
        part = codes[: self._room, : self._config.channels].astype(np.int16)
        self._room -= len(part)
        if len(part):
            self._kept.append(part)

    def compared(self) -> CodecCounts:
        channels = self._config.channels
        nothing = np.empty((0, channels), dtype=np.int16)
        codes = np.concatenate([nothing, *self._kept])
        golden = [packet for each in self._of_model(codes).values() for packet in each]
        layout = sample_layout(self._width, channels)
        records = sample_records(codes.astype(np.int64), width=self._width)
        circuit = self._engine.process(pack(layout, records))
        difference = packet_difference(golden, circuit.packets)
        return CodecCounts(
            mode=self._mode,
            engine=self._engine_name,
            channels=channels,
            frames=len(codes),
            packet_frames=self._packet_frames,
            packets=len(golden),
            compared=difference.compared,
            mismatches=difference.mismatches,
            first_mismatch=difference.first and f"{self._mode}: {difference.first}",
            cycles=circuit.cycles,
            seconds=circuit.seconds,
        )

    def _of_model(self, codes: npt.NDArray[np.int16]) -> dict[int, list[bytes]]:
        config, settings, frames = self._config, self._settings, self._packet_frames
        model: ApCodecModel | LfpCodecModel
        if isinstance(config, ApCodecConfig):
            model = ApCodecModel(config, settings, packet_frames=frames)
        else:
            model = LfpCodecModel(config, settings, packet_frames=frames)
        return packets_of_groups(model.process(codes) + model.finish())


def _ways(design: Design) -> Iterator[_Way]:
    """Yield every codec that a run uses for samples, in every mode."""
    coding, shape = design.ap_coding, design.band_pass
    if not min(coding.coded_channels, shape.channels):
        return
    config = coding.codec(
        shape.channels, shape.sample_width, snippet_samples=design.snippet_buffer.snippet_samples
    )
    for shift in (0, coding.coarser_bits):
        if shift < shape.sample_width:
            settings = coding.settings(shift)
            yield _Way(design, sample_mode(shift), config, settings, coding.packet_frames)
    try:
        slow = lfp_coding(shape.channels, shape.sample_width, shape.sampling_rate_hz)
    except ValueError:
        return  # the run says why field potentials are not coded
    mode = field_potential_mode(slow)
    yield _Way(design, mode, slow, LFP_SETTINGS, LFP_PACKET_FRAMES)


def _frames_that_fit(config: CodecConfig) -> int:
    """Return how many frames of a packet have room in its ring, however long their codes."""
    body = config.ring_bytes // 2 - config.margin_bytes - LENGTH_BYTES - HEADER_BYTES
    frame = config.packet_channels * config.golomb.longest_code
    return max(1, BYTE_WIDTH * (body - 1) // frame)
