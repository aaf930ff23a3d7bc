"""Spike detector: detection signal, adaptive threshold and peak picking, all channels in turn."""

from dataclasses import dataclass
from typing import Any, cast

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.adaptive_threshold import AdaptiveThreshold
from rtl.checks import check_ranges
from rtl.detection_signal import DetectionSignal, level_width
from rtl.detector_settings import (
    FLOOR_WIDTH,
    MAX_LAG,
    MAX_MEAN_SHIFT,
    MAX_WARM_UP,
    MAX_WINDOW,
    SETTLE_SHIFT,
    THRESHOLD_WIDTH,
    DetectorMode,
    DetectorSettings,
)
from rtl.peak_picker import PeakPicker
from rtl.streams import channel_shape, detection_layout, per_channel_stage, sample_layout

__all__ = ["SpikeDetector", "SpikeDetectorConfig", "control_layout", "threshold_entry_layout"]


@dataclass(frozen=True, kw_only=True)
class SpikeDetectorConfig:
    """Sizes of a :class:`SpikeDetector`.

    Parameters
    ----------
    channels : int
        Number of channels, in 1..1024.
    sample_width : int
        Sample width, bits, in 2..16.
    smoothing_samples : int
        Length of each of the two moving sums of the smoothed energy, in 2..8.
    mean_fraction_bits : int
        Fraction bits of the running mean, in 16..24: with as few as 8 it drifts to zero.
    """

    channels: int = 68
    sample_width: int = 13
    smoothing_samples: int = 6
    mean_fraction_bits: int = 20

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 1024),
            sample_width=(2, 16),
            smoothing_samples=(2, 8),
            mean_fraction_bits=(MAX_MEAN_SHIFT, 24),
        )


def control_layout() -> data.StructLayout:
    """Return the layout of the settings that all channels share.

    The members are those of :class:`~rtl.detector_settings.DetectorControl`.
    """
    return data.StructLayout(
        {
            "mode": 2,
            "lag": range(MAX_LAG + 1),
            "adaptive": 1,
            "floor": FLOOR_WIDTH,
            "mean_shift": range(MAX_MEAN_SHIFT + 1),
            "peak_window": range(MAX_WINDOW + 1),
            "refractory": range(MAX_WINDOW + 1),
            "warm_up": range(MAX_WARM_UP + 1),
        }
    )


def threshold_entry_layout() -> data.StructLayout:
    """Return the layout of one channel's settings: ``enable`` and ``threshold``."""
    return data.StructLayout({"enable": 1, "threshold": unsigned(THRESHOLD_WIDTH)})


# What simulators and FPGAs find in the table at power-up: the default settings. An ASIC's memory
# holds anything then; software writes every channel before it enables the chain.
DEFAULT_ENTRY = {"enable": 1, "threshold": DetectorSettings().threshold_words(1)[0]}


class SpikeDetector(wiring.Component):
    """Mark spikes in a time-multiplexed stream of filtered samples.

    One stage whose memory holds what the three parts remember of each channel. The parts, which
    say what they compute: :class:`~rtl.detection_signal.DetectionSignal`,
    :class:`~rtl.adaptive_threshold.AdaptiveThreshold`, :class:`~rtl.peak_picker.PeakPicker`. A
    beat with ``spike`` set says that its channel peaked ``peak_delay`` frames earlier.

    In the first ``warm_up`` frames nothing is detected. In the first sixteenth of them the means
    stand still, so that the filter's start does not enter them; then they are plain averages:
    their shift grows from 0 with the logarithm of the frames averaged until it is ``mean_shift``.
    Nothing is detected on a channel that is not enabled. ``control`` and the table may be written
    while no sample is on its way.

    Latency is :attr:`latency` cycles and throughput one sample a cycle; back-pressure on ``o``
    stalls ``i``; no sample is dropped or repeated.

    The bit-exact model is :func:`verification.golden.spike_detector.spike_detector`.

    Parameters
    ----------
    config : SpikeDetectorConfig
        Sizes.

    Members
    -------
    i : ``In(stream.Signature(sample_layout(config.sample_width, config.channels)))``
        Filtered samples, frame by frame, channel 0 first.
    o : ``Out(stream.Signature(detection_layout(config.sample_width, config.channels)))``
        The same samples, marked.
    control : ``In(control_layout())``
        Settings of all channels.
    peak_delay : ``Out(8)``
        Frames from the peak of a spike to the beat that reports it, as set now.
    table : ``In(wiring.Signature)``
        Writes (``write_valid``, ``index``, ``write_data``) and reads (``read_valid``, ``index``;
        ``read_data`` one cycle later) of each channel's settings: ``threshold_entry_layout()``.
    """

    latency = 1
    throughput = "1 sample/cycle"

    i: stream.Interface
    o: stream.Interface
    control: Any
    peak_delay: Signal
    table: Any

    def __init__(self, config: SpikeDetectorConfig | None = None) -> None:
        self.config = config = config or SpikeDetectorConfig()
        entry = threshold_entry_layout()
        table = wiring.Signature(
            {
                "index": Out(channel_shape(config.channels)),
                "write_valid": Out(1),
                "write_data": Out(entry),
                "read_valid": Out(1),
                "read_data": In(entry),
            }
        )
        super().__init__(
            {
                "i": In(stream.Signature(sample_layout(config.sample_width, config.channels))),
                "o": Out(stream.Signature(detection_layout(config.sample_width, config.channels))),
                "control": In(control_layout()),
                "peak_delay": Out(8),
                "table": In(table),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, control = self.config, self.control
        width, length = config.sample_width, config.smoothing_samples
        m.submodules.signal = detection = DetectionSignal(
            sample_width=width, smoothing_samples=length
        )
        m.submodules.threshold = threshold = AdaptiveThreshold(
            level_width=level_width(width, length), mean_fraction_bits=config.mean_fraction_bits
        )
        m.submodules.picker = picker = PeakPicker(level_width=level_width(width, length))
        parts = {"signal": detection, "threshold": threshold, "picker": picker}

        layouts = {name: part.state.shape() for name, part in parts.items()}
        beat, state, next_state = per_channel_stage(
            m,
            i=self.i,
            o=self.o,
            state_layout=data.StructLayout(layouts),
            channels=config.channels,
        )
        for name, part in parts.items():
            m.d.comb += [part.state.eq(state[name]), next_state[name].eq(part.next_state)]

        entry = self._table_entry(m)
        frame, average, shift = self._progress(m, beat)
        warm = Signal()
        m.d.comb += [
            detection.sample.eq(beat.sample),
            detection.mode.eq(control.mode),
            detection.lag.eq(control.lag),
            threshold.level.eq(detection.level),
            threshold.adaptive.eq(control.adaptive),
            threshold.threshold.eq(entry.threshold),
            threshold.floor.eq(control.floor),
            threshold.average.eq(average),
            threshold.clip.eq(warm),
            threshold.shift.eq(shift),
            warm.eq(frame >= control.warm_up),
            picker.level.eq(detection.level),
            picker.above.eq(threshold.above & entry.enable & warm),
            picker.peak_window.eq(control.peak_window),
            picker.refractory.eq(control.refractory),
            self.o.payload.spike.eq(picker.spike),
        ]
        for name in ("sample", "channel", "restart"):
            m.d.comb += self.o.payload[name].eq(beat[name])

        with m.Switch(control.mode):
            with m.Case(DetectorMode.ABSOLUTE):
                m.d.comb += self.peak_delay.eq(control.peak_window)
            with m.Case(DetectorMode.NEO):
                m.d.comb += self.peak_delay.eq(control.peak_window + control.lag)
            with m.Default():
                m.d.comb += self.peak_delay.eq(control.peak_window + control.lag + length - 1)
        return m

    def _table_entry(self, m: Module) -> Any:
        """Add the table; return the entry of the beat's channel, fetched along with its state."""
        m.submodules.table = table = memory.Memory(
            shape=threshold_entry_layout(),
            depth=self.config.channels,
            init=cast(Any, [DEFAULT_ENTRY] * self.config.channels),
        )
        write, bus_read, read = table.write_port(), table.read_port(), table.read_port()
        m.d.comb += [
            write.addr.eq(self.table.index),
            write.data.eq(self.table.write_data),
            write.en.eq(self.table.write_valid),
            bus_read.addr.eq(self.table.index),
            bus_read.en.eq(self.table.read_valid),
            self.table.read_data.eq(bus_read.data),
            read.addr.eq(self.i.payload.channel),
            read.en.eq(self.i.ready),
        ]
        return read.data

    def _progress(self, m: Module, beat: Any) -> tuple[Signal, Signal, Signal]:
        """Count frames; return (frame, whether the means move in it, their shift)."""
        frame = Signal(range(MAX_WARM_UP + 1))  # saturates: by then it has served
        averaged = Signal.like(frame)  # frames averaged before this one
        averaged_log = Signal(range(MAX_WARM_UP.bit_length()))  # log2, with this one
        average = Signal()
        shift = Signal.like(self.control.mean_shift)
        m.d.comb += [
            average.eq(frame >= self.control.warm_up >> SETTLE_SHIFT),
            shift.eq(
                Mux(averaged_log < self.control.mean_shift, averaged_log, self.control.mean_shift)
            ),
        ]
        last = beat.channel == self.config.channels - 1
        with m.If(self.o.valid & self.o.ready & last & (frame != MAX_WARM_UP)):
            m.d.sync += frame.eq(frame + 1)
            with m.If(average):
                m.d.sync += [
                    averaged.eq(averaged + 1),
                    averaged_log.eq(averaged_log + ((averaged + 2) >> averaged_log)[1]),
                ]
        return frame, average, shift
