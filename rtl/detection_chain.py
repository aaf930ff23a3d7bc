"""Detection chain: converter samples in, event packets out, set up through registers."""

from dataclasses import dataclass, field, replace
from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.band_pass import BandPass, BandPassConfig
from rtl.detection_registers import detection_registers, register_writes
from rtl.detector_settings import DetectorControl, DetectorSettings
from rtl.frame_tagger import FrameTagger, FrameTaggerConfig
from rtl.register_bank import RegisterBank
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature
from rtl.registers import RegisterMap
from rtl.snippet_buffer import READ_MARGIN_FRAMES, SnippetBuffer, SnippetBufferConfig
from rtl.spike_detector import SpikeDetector, SpikeDetectorConfig
from rtl.streams import packet_layout, sample_layout

__all__ = ["DetectionChain", "DetectionChainConfig"]

MARK_MARGIN_FRAMES = 4  # in which reading begins after one report, even if a frame is one cycle


@dataclass(frozen=True, kw_only=True)
class DetectionChainConfig:
    """Configurations of the parts of a :class:`DetectionChain`; they must fit together.

    Parameters
    ----------
    band_pass : BandPassConfig
        The filter; it also sets the channels, the sample width and the sampling rate.
    spike_detector : SpikeDetectorConfig
        The detector.
    snippet_buffer : SnippetBufferConfig
        The snippet buffer.
    """

    band_pass: BandPassConfig = field(default_factory=BandPassConfig)
    spike_detector: SpikeDetectorConfig = field(default_factory=SpikeDetectorConfig)
    snippet_buffer: SnippetBufferConfig = field(default_factory=SnippetBufferConfig)

    def __post_init__(self) -> None:
        for name in ("spike_detector", "snippet_buffer"):
            part = getattr(self, name)
            for key, value in (
                ("channels", self.band_pass.channels),
                ("sample_width", self.band_pass.output_width),
            ):
                if getattr(part, key) != value:
                    raise ValueError(
                        f"{name}.{key} must be {value}, as the band_pass has it, "
                        f"not {getattr(part, key)!r}"
                    )

    @classmethod
    def fitted(
        cls,
        band_pass: BandPassConfig,
        spike_detector: SpikeDetectorConfig | None = None,
        snippet_buffer: SnippetBufferConfig | None = None,
    ) -> "DetectionChainConfig":
        """Return a configuration whose parts take channels and width from the filter.

        Parameters
        ----------
        band_pass : BandPassConfig
            The filter.
        spike_detector : SpikeDetectorConfig, optional
            The detector, whose channels and width do not count; the default one unless given.
        snippet_buffer : SnippetBufferConfig, optional
            The snippet buffer, likewise.

        Returns
        -------
        DetectionChainConfig
            The configuration.
        """
        common = {"channels": band_pass.channels, "sample_width": band_pass.output_width}
        return cls(
            band_pass=band_pass,
            spike_detector=replace(spike_detector or SpikeDetectorConfig(), **common),
            snippet_buffer=replace(snippet_buffer or SnippetBufferConfig(), **common),
        )

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.band_pass.channels

    @property
    def sample_width(self) -> int:
        """Converter sample width, bits."""
        return self.band_pass.sample_width

    @property
    def sampling_rate_hz(self) -> float:
        """Frames per second."""
        return self.band_pass.sampling_rate_hz

    @property
    def registers(self) -> RegisterMap:
        """The register map."""
        return detection_registers(self.channels)

    def control(self, settings: DetectorSettings) -> DetectorControl:
        """Return the register values for some settings, checked against the chain's memory.

        Refused is what would lose every spike. Of those that come together, or while the reader
        pauses, some may still be lost, and are counted: ``snippet_buffer.events_at_once``.

        Parameters
        ----------
        settings : DetectorSettings
            The settings.

        Returns
        -------
        DetectorControl
            Their values at the chain's sampling rate.

        Raises
        ------
        ValueError
            If spikes would be reported when the start of their snippet is already overwritten.
        """
        control = settings.control(self.sampling_rate_hz)
        self.check_reach(control)
        return control

    def check_reach(self, control: DetectorControl) -> None:
        """Accept register values whose spikes are reported while their snippets are still there.

        Parameters
        ----------
        control : DetectorControl
            The values.

        Raises
        ------
        ValueError
            The start of every snippet would be overwritten.
        """
        buffer = self.snippet_buffer
        reach = control.peak_delay(self.spike_detector.smoothing_samples) + buffer.pre_trigger
        limit = buffer.history_frames - READ_MARGIN_FRAMES - MARK_MARGIN_FRAMES
        if reach > limit:
            raise ValueError(
                f"peak_window_s, lag_s and pre_trigger must together reach back at most {limit} "
                f"frames of the {buffer.history_frames} kept (history_frames), not {reach}"
            )

    def register_writes(self, settings: DetectorSettings) -> list[tuple[int, int]]:
        """Return the (byte address, word) writes of ``settings``; the last starts it."""
        return register_writes(self.channels, self.control(settings), settings)


class DetectionChain(wiring.Component):
    """Frame tagger, band-pass filter, spike detector and snippet buffer in a row.

    Once enabled, samples are taken one a cycle and never held up: ``i`` is ready in every cycle,
    and an event that finds no room is lost and counted. Latency is :attr:`latency` cycles from
    the sample that ends the frame of an event's last sample to the event's first word, if no other
    event waits; throughput one sample a cycle. ``filtered`` shows the filter's output in passing.

    The bit-exact model is :func:`verification.golden.detection_chain.detection_chain`.

    Parameters
    ----------
    config : DetectionChainConfig
        Configurations of the parts.

    Members
    -------
    i : ``In(stream.Signature(signed(config.sample_width)))``
        Converter samples, frame by frame, channel 0 first.
    o : ``Out(stream.Signature(packet_layout(...)))``
        Event packets of filtered samples.
    bus : ``In(RegisterBusSignature(...))``
        Access to the registers, ``config.registers``.
    filtered : ``Out(wiring.Signature)``
        ``valid`` and ``payload`` (``sample_layout``): the filtered sample of this cycle.
    """

    latency = FrameTagger.latency + BandPass.latency + SpikeDetector.latency + SnippetBuffer.latency
    throughput = "1 sample/cycle in, 1 word/cycle out"

    i: stream.Interface
    o: stream.Interface
    bus: RegisterBusInterface
    filtered: Any

    def __init__(self, config: DetectionChainConfig | None = None) -> None:
        self.config = config = config or DetectionChainConfig()
        registers = config.registers
        width, channels = config.band_pass.output_width, config.channels
        tap = wiring.Signature({"valid": Out(1), "payload": Out(sample_layout(width, channels))})
        tagger = FrameTaggerConfig(channels=channels, sample_width=config.sample_width)
        self._tagger = FrameTagger(tagger)
        super().__init__(
            {
                "i": In(self._tagger.i.signature.flip()),
                "o": Out(stream.Signature(packet_layout(width, channels))),
                "bus": In(
                    RegisterBusSignature(
                        address_width=registers.address_width, data_width=registers.data_width
                    )
                ),
                "filtered": Out(tap),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        m.submodules.tagger = tagger = self._tagger
        m.submodules.band_pass = band_pass = BandPass(config.band_pass)
        m.submodules.detector = detector = SpikeDetector(config.spike_detector)
        m.submodules.snippets = snippets = SnippetBuffer(config.snippet_buffer)
        m.submodules.registers = bank = RegisterBank(config.registers)
        wiring.connect(m, wiring.flipped(self.bus), bank.bus)
        wiring.connect(m, wiring.flipped(self.i), tagger.i)
        wiring.connect(m, tagger.o, band_pass.i)
        wiring.connect(m, band_pass.o, detector.i)
        wiring.connect(m, detector.o, snippets.i)
        wiring.connect(m, snippets.o, wiring.flipped(self.o))

        m.d.comb += [
            tagger.enable.eq(bank.field("control", "enable")),
            snippets.peak_delay.eq(detector.peak_delay),
            bank.field("events_detected", "count").eq(snippets.detected),
            bank.field("events_lost", "count").eq(snippets.lost),
            self.filtered.valid.eq(band_pass.o.valid & band_pass.o.ready),
            self.filtered.payload.eq(band_pass.o.payload),
        ]
        for register in ("detector", "timing", "start"):
            for described in config.registers.register(register).fields:
                name = described.name
                m.d.comb += detector.control[name].eq(bank.field(register, name))

        table, access = detector.table, bank.array("channel")
        m.d.comb += [
            table.index.eq(access.index),
            table.write_valid.eq(access.write_valid),
            table.write_data.eq(access.write_data),
            table.read_valid.eq(access.read_valid),
            access.read_data.eq(table.read_data),
        ]

        frames = Signal(32)
        last = band_pass.o.payload.channel == config.channels - 1
        m.d.sync += frames.eq(frames + (self.filtered.valid & last))
        m.d.comb += bank.field("frames", "count").eq(frames)
        return m
