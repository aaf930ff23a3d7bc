"""Spike detector: detection signal, adaptive threshold and peak picking, all channels in turn."""

from dataclasses import dataclass

from amaranth.hdl import Module, Signal
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.adaptive_threshold import AdaptiveThreshold, threshold_entry_layout
from rtl.detection_signal import DetectionSignal
from rtl.detector_settings import MAX_LAG, MAX_MEAN_SHIFT, MAX_WARM_UP, MAX_WINDOW, DetectorMode
from rtl.peak_picker import PeakPicker
from rtl.streams import channel_shape, detection_layout, sample_layout

__all__ = ["SpikeDetector", "SpikeDetectorConfig", "control_layout"]


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
    smoothing_samples: int = 4
    mean_fraction_bits: int = 20

    def __post_init__(self) -> None:
        for name, low, high in (
            ("channels", 1, 1024),
            ("sample_width", 2, 16),
            ("smoothing_samples", 2, 8),
            ("mean_fraction_bits", MAX_MEAN_SHIFT, 24),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} must be in {low}..{high}, not {getattr(self, name)!r}")


def control_layout() -> data.StructLayout:
    """Return the layout of the settings that all channels share.

    The members are those of :class:`~rtl.detector_settings.DetectorControl`.
    """
    return data.StructLayout(
        {
            "mode": 2,
            "lag": range(MAX_LAG + 1),
            "adaptive": 1,
            "mean_shift": range(MAX_MEAN_SHIFT + 1),
            "peak_window": range(MAX_WINDOW + 1),
            "refractory": range(MAX_WINDOW + 1),
            "warm_up": range(MAX_WARM_UP + 1),
        }
    )


class SpikeDetector(wiring.Component):
    """Mark spikes in a time-multiplexed stream of filtered samples.

    Three stages, each with its own memory of every channel: :class:`DetectionSignal`,
    :class:`AdaptiveThreshold`, :class:`PeakPicker`; what they compute is said there. A beat with
    ``spike`` set says that its channel peaked ``peak_delay`` frames earlier. Latency is
    :attr:`latency` cycles and throughput one sample a cycle; back-pressure on ``o`` stalls ``i``;
    no sample is dropped or repeated. ``control`` and the table may be written at any time; what
    they change applies to samples that enter afterwards.

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
        ``read_data`` one cycle later) of each channel's settings.
    """

    latency = DetectionSignal.latency + AdaptiveThreshold.latency + PeakPicker.latency
    throughput = "1 sample/cycle"

    i: stream.Interface
    o: stream.Interface
    peak_delay: Signal

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
        sizes = {
            "sample_width": config.sample_width,
            "channels": config.channels,
            "smoothing_samples": config.smoothing_samples,
        }
        m.submodules.signal = detection_signal = DetectionSignal(**sizes)
        m.submodules.threshold = threshold = AdaptiveThreshold(
            **sizes, mean_fraction_bits=config.mean_fraction_bits
        )
        m.submodules.picker = picker = PeakPicker(**sizes)
        wiring.connect(m, wiring.flipped(self.i), detection_signal.i)
        wiring.connect(m, detection_signal.o, threshold.i)
        wiring.connect(m, threshold.o, picker.i)
        wiring.connect(m, picker.o, wiring.flipped(self.o))

        m.submodules.table = table = memory.Memory(
            shape=threshold_entry_layout(),
            depth=config.channels,
            init=[{"enable": 1, "threshold": 0}] * config.channels,
        )
        write, bus_read, read = table.write_port(), table.read_port(), table.read_port()
        m.d.comb += [
            write.addr.eq(self.table.index),
            write.data.eq(self.table.write_data),
            write.en.eq(self.table.write_valid),
            bus_read.addr.eq(self.table.index),
            bus_read.en.eq(self.table.read_valid),
            self.table.read_data.eq(bus_read.data),
            read.addr.eq(threshold.entry_channel),
            read.en.eq(threshold.entry_enable),
            threshold.entry.eq(read.data),
        ]

        m.d.comb += [
            detection_signal.mode.eq(control.mode),
            detection_signal.lag.eq(control.lag),
            threshold.adaptive.eq(control.adaptive),
            threshold.mean_shift.eq(control.mean_shift),
            threshold.warm_up.eq(control.warm_up),
            picker.peak_window.eq(control.peak_window),
            picker.refractory.eq(control.refractory),
        ]
        with m.Switch(control.mode):
            with m.Case(DetectorMode.ABSOLUTE):
                m.d.comb += self.peak_delay.eq(control.peak_window)
            with m.Case(DetectorMode.NEO):
                m.d.comb += self.peak_delay.eq(control.peak_window + control.lag)
            with m.Default():
                smoothing = config.smoothing_samples - 1
                m.d.comb += self.peak_delay.eq(control.peak_window + control.lag + smoothing)
        return m
