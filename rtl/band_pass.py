"""Band-pass filter: Butterworth biquads in fixed point, all channels through one datapath."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from scipy import signal

from rtl.checks import check_ranges
from rtl.streams import per_channel_stage, sample_layout

__all__ = ["BandPass", "BandPassConfig", "Biquad"]

RESOLUTION_LIMIT = 16  # units in the smallest sum of coefficients: corners are 3 % off at most
PLAIN_GAIN_LIMIT = 4  # of a recursion at 0 Hz: its rounding errors may add up to two units
CORNER_LIMIT = 0.45  # of the sampling rate: beyond, the bilinear transform has squeezed the band


@dataclass(frozen=True)
class Biquad:
    """One second-order section in integers.

    ``y[n] = (gain (x[n] + zero x[n-1] + x[n-2]) - a1 y[n-1] - a2 y[n-2] + r[n-1]) / 2**F``, rounded
    to the nearest integer, ties upward. Where the section :attr:`carries`, r is the remainder of
    that division; elsewhere it is 0. The numerator has its double zero exactly at 0 Hz (``zero`` =
    -2) or at half the sampling rate (``zero`` = +2) whatever ``gain`` rounds to.

    Parameters
    ----------
    gain : int
        Coefficient, in units of ``2**-fraction_bits``.
    zero : int
        -2 in a high-pass section, +2 in a low-pass section.
    a1, a2 : int
        Coefficients, in the units of ``gain``.
    fraction_bits : int
        F, fraction bits of the coefficients.
    """

    gain: int
    zero: int
    a1: int
    a2: int
    fraction_bits: int

    @property
    def at_dc(self) -> int:
        """1 + a1 + a2, in the units of ``gain``: the inverse of the recursion's gain at 0 Hz."""
        return (1 << self.fraction_bits) + self.a1 + self.a2

    @property
    def carries(self) -> bool:
        """Whether the remainder of each division is added to the next: first-order noise shaping.

        A recursion multiplies its rounding errors by its gain at 0 Hz. Carried remainders cancel
        there, and no constant is left after a transient into silence. Where that gain is low, what
        is left stays below the rounding of an output that drops four guard bits or more.
        """
        return PLAIN_GAIN_LIMIT * self.at_dc < 1 << self.fraction_bits


@dataclass(frozen=True, kw_only=True)
class BandPassConfig:
    """Corner frequencies and number formats of a :class:`BandPass`.

    Parameters
    ----------
    channels : int
        Channels that share the datapath, in 1..1024.
    sample_width : int
        Input sample width, bits, two's complement, in 2..13.
    sampling_rate_hz : float
        Rate of each channel, hertz.
    high_pass_hz : float
        Lower corner (-3 dB), hertz.
    low_pass_hz : float
        Upper corner (-3 dB), hertz; at most 0.45 of the sampling rate.
    high_pass_order : int
        Order of the high-pass part: 0 (none), 2, 4, 6 or 8.
    low_pass_order : int
        Order of the low-pass part: 0 (none), 2, 4, 6 or 8.
    coefficient_fraction_bits : int
        Fraction bits of the coefficients, in 8..20.
    guard_bits : int
        Fraction bits kept in the recursion, in 4..12. Every section rounds to them, to nearest.
    output_fraction_bits : int
        Fraction bits of the output, in 0..3: its unit is ``2**-output_fraction_bits`` input LSB.
    """

    channels: int = 68
    sample_width: int = 10
    sampling_rate_hz: float = 24_000.0
    high_pass_hz: float = 300.0
    low_pass_hz: float = 3_000.0
    high_pass_order: int = 2
    low_pass_order: int = 4
    coefficient_fraction_bits: int = 16
    guard_bits: int = 6
    output_fraction_bits: int = 2

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 1024),
            sample_width=(2, 13),
            coefficient_fraction_bits=(8, 20),
            guard_bits=(4, 12),
            output_fraction_bits=(0, 3),
        )
        if not 0 < self.sampling_rate_hz < np.inf:
            raise ValueError(f"sampling_rate_hz must be positive, not {self.sampling_rate_hz!r}")
        for name in ("high_pass_order", "low_pass_order"):
            if getattr(self, name) not in (0, 2, 4, 6, 8):
                raise ValueError(f"{name} must be 0, 2, 4, 6 or 8, not {getattr(self, name)!r}")
        limit_hz = CORNER_LIMIT * self.sampling_rate_hz
        if self.low_pass_order and not 0 < self.low_pass_hz <= limit_hz:
            raise ValueError(
                f"low_pass_hz must be positive and at most {limit_hz:g} "
                f"({CORNER_LIMIT} of the sampling rate), not {self.low_pass_hz!r}"
            )
        upper_hz = self.low_pass_hz if self.low_pass_order else limit_hz
        if self.high_pass_order and not 0 < self.high_pass_hz < upper_hz:
            raise ValueError(
                f"high_pass_hz must be positive and below {upper_hz:g}, not {self.high_pass_hz!r}"
            )
        if not self.high_pass_order + self.low_pass_order:
            raise ValueError("high_pass_order or low_pass_order must be positive, not both 0")
        if self.output_width > 16:
            raise ValueError(
                f"sample_width + output_fraction_bits must be at most 15, not "
                f"{self.sample_width + self.output_fraction_bits}"
            )
        for section in self.sections:
            units = min(section.gain, section.at_dc)
            if units < RESOLUTION_LIMIT:
                raise ValueError(
                    f"coefficient_fraction_bits must resolve every corner to at least "
                    f"{RESOLUTION_LIMIT} units, not {units}: raise it, or bring the corner nearer "
                    f"the sampling rate"
                )

    @cached_property
    def sections(self) -> tuple[Biquad, ...]:
        """The quantised sections, high-pass part first: it takes the offset out at once."""
        one = 1 << self.coefficient_fraction_bits
        found = []
        for kind, order, corner_hz in (
            ("highpass", self.high_pass_order, self.high_pass_hz),
            ("lowpass", self.low_pass_order, self.low_pass_hz),
        ):
            if not order:
                continue
            sign = -1 if kind == "highpass" else 1
            design = signal.butter(order, corner_hz, kind, fs=self.sampling_rate_hz, output="sos")
            for row in np.asarray(design):
                a1, a2 = (round(float(a) * one) for a in row[4:])
                # Unity gain in the middle of the pass band: the numerator there is 4 gain.
                gain = round((one + sign * a1 + a2) / 4)
                bits = self.coefficient_fraction_bits
                found.append(Biquad(gain=gain, zero=2 * sign, a1=a1, a2=a2, fraction_bits=bits))
        return tuple(found)

    @cached_property
    def section_widths(self) -> tuple[int, ...]:
        """Bits of each section's output, guard bits included, such that it cannot overflow.

        From the sum of the magnitudes of the impulse response up to that section, plus the
        rounding errors that circulate in the recursions.
        """
        one = 1 << self.coefficient_fraction_bits
        impulse = np.zeros(self._settling_samples)
        impulse[0] = 1.0
        response, error, widths = impulse, 0.0, []
        for section in self.sections:
            b = section.gain / one * np.array([1, section.zero, 1])
            a = np.array([1, section.a1 / one, section.a2 / one])
            response = _filtered(b, a, response)
            error = error * np.abs(_filtered(b, a, impulse)).sum()
            shaping = np.array([1.0, -1.0 if section.carries else 0.0])
            error += 0.5 * np.abs(_filtered(shaping, a, impulse)).sum()
            full_scale = float(1 << (self.sample_width - 1 + self.guard_bits))
            largest = np.abs(response).sum() * full_scale + error
            widths.append(int(np.ceil(largest)).bit_length() + 1)
        return tuple(widths)

    @property
    def _settling_samples(self) -> int:
        """Samples until the slowest pole has decayed far below one unit."""
        one = 1 << self.coefficient_fraction_bits
        poles = np.concatenate([np.roots([one, s.a1, s.a2]) for s in self.sections])
        radius = min(float(np.abs(poles).max()), 1 - 1e-6)
        return min(int(np.ceil(np.log(1e-9) / np.log(max(radius, 0.5)))) + 16, 1 << 20)

    @property
    def output_width(self) -> int:
        """Output sample width, bits: one bit of headroom over the input, for the overshoot."""
        return self.sample_width + self.output_fraction_bits + 1

    @property
    def output_min(self) -> int:
        """Most negative output; results beyond saturate."""
        return -(1 << (self.output_width - 1))

    @property
    def output_max(self) -> int:
        """Most positive output; results beyond saturate."""
        return (1 << (self.output_width - 1)) - 1

    def response(self, frequency_hz: npt.ArrayLike) -> npt.NDArray[np.complex128]:
        """Return the complex gain of the quantised filter at ``frequency_hz``, hertz."""
        one = 1 << self.coefficient_fraction_bits
        sos = [
            [s.gain / one, s.gain * s.zero / one, s.gain / one, 1.0, s.a1 / one, s.a2 / one]
            for s in self.sections
        ]
        at_hz = np.atleast_1d(np.asarray(frequency_hz, dtype=np.float64))
        return np.asarray(signal.sosfreqz(sos, worN=at_hz, fs=self.sampling_rate_hz)[1])


def _filtered(
    b: npt.NDArray[np.float64], a: npt.NDArray[np.float64], x: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.asarray(signal.lfilter(b, a, x))


class BandPass(wiring.Component):
    """Filter a time-multiplexed stream of samples, every channel with its own state.

    All biquads of the cascade are computed in the one cycle that a beat spends here (40 ns at the
    25 MHz of the recording chip), so that any number of channels, one included, may send a sample
    in every cycle. Latency is :attr:`latency` cycles, throughput one sample a cycle.
    Back-pressure on ``o`` stalls ``i``; no sample is dropped or repeated. Each section rounds to
    nearest (ties upward); the output does too, and saturates.

    The bit-exact model is :func:`verification.golden.band_pass.band_pass`.

    Parameters
    ----------
    config : BandPassConfig
        Corner frequencies and number formats.

    Members
    -------
    i : ``In(stream.Signature(sample_layout(config.sample_width, config.channels)))``
        Samples in any order of channels.
    o : ``Out(stream.Signature(sample_layout(config.output_width, config.channels)))``
        Filtered samples, in input order.
    """

    latency = 1
    throughput = "1 sample/cycle"

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: BandPassConfig | None = None) -> None:
        self.config = config = config or BandPassConfig()
        super().__init__(
            {
                "i": In(stream.Signature(sample_layout(config.sample_width, config.channels))),
                "o": Out(stream.Signature(sample_layout(config.output_width, config.channels))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config

        # Every section's input history is the output history of the one before: store it once.
        widths = (config.sample_width, *config.section_widths)
        layout = {
            f"tap{n}_{age}": signed(width) for n, width in enumerate(widths) for age in (1, 2)
        }
        for n, section in enumerate(config.sections):
            if section.carries:
                layout[f"remainder{n}"] = signed(section.fraction_bits)
        beat, state, next_state = per_channel_stage(
            m,
            i=self.i,
            o=self.o,
            state_layout=data.StructLayout(layout),
            channels=config.channels,
        )

        taps: list[Any] = [beat.sample]
        for n, section in enumerate(config.sections):
            y = Signal(signed(config.section_widths[n]), name=f"y{n + 1}")
            twice = state[f"tap{n}_1"] << 1
            x_sum = taps[n] + state[f"tap{n}_2"] + (twice if section.zero > 0 else -twice)
            # Only the samples lack guard bits: the recursion carries them from the first section.
            x_scale = section.gain << (config.guard_bits if n == 0 else 0)
            y1, y2 = state[f"tap{n + 1}_1"], state[f"tap{n + 1}_2"]
            total = x_sum * x_scale - y1 * section.a1 - y2 * section.a2
            if section.carries:
                total = total + state[f"remainder{n}"]
                # The bits below the result, read as signed: the total less what it rounds to.
                remainder = total[: section.fraction_bits].as_signed()
                m.d.comb += next_state[f"remainder{n}"].eq(remainder)
            m.d.comb += y.eq(_round_shift(total, section.fraction_bits))
            taps.append(y)

        for n, tap in enumerate(taps):
            m.d.comb += [
                next_state[f"tap{n}_1"].eq(tap),
                next_state[f"tap{n}_2"].eq(state[f"tap{n}_1"]),
            ]

        rounded = Signal(signed(widths[-1] + 1))
        drop = config.guard_bits - config.output_fraction_bits
        m.d.comb += [
            rounded.eq(_round_shift(taps[-1], drop)),
            self.o.payload.channel.eq(beat.channel),
            self.o.payload.restart.eq(beat.restart),
            self.o.payload.sample.eq(_clamped(rounded, config.output_min, config.output_max)),
        ]
        return m


def _round_shift(value: Value, bits: int) -> Value:
    return (value + (1 << (bits - 1))) >> bits


def _clamped(value: Value, low: int, high: int) -> Value:
    return Mux(value > high, high, Mux(value < low, low, value))
