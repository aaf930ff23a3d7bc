"""Detection signal: magnitude, nonlinear energy or smoothed nonlinear energy of each channel."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.detector_settings import MAX_LAG, DetectorMode

__all__ = ["DetectionSignal", "level_width", "signal_state_layout"]


def level_width(sample_width: int, smoothing_samples: int) -> int:
    """Return the bits that hold any detection signal of ``sample_width``-bit samples.

    Two moving sums multiply the largest energy by ``smoothing_samples**2``.

    >>> level_width(13, 4)
    29
    """
    return (_largest_energy(sample_width) * smoothing_samples**2).bit_length()


def _largest_energy(sample_width: int) -> int:
    """Return the largest ``x[n-k]**2 - x[n] x[n-2k]`` of samples in -M..M-1: ``2 M**2 - M``.

    That is (-M)**2 less M-1 times -M: as only -M is that large, two of a kind cannot be opposite.
    It needs a bit less than ``2 M**2``.
    """
    extreme = 1 << (sample_width - 1)
    return 2 * extreme**2 - extreme


def signal_state_layout(sample_width: int, smoothing_samples: int) -> data.StructLayout:
    """Return the layout of what the signal remembers of a channel: histories, newest first.

    Parameters
    ----------
    sample_width : int
        Sample width, bits.
    smoothing_samples : int
        Length of each moving sum.

    Returns
    -------
    data.StructLayout
        ``samples``, ``energies`` and ``sums``.
    """
    energy = _largest_energy(sample_width)
    energy_shape = unsigned(energy.bit_length())
    sum_shape = unsigned((energy * smoothing_samples).bit_length())
    return data.StructLayout(
        {
            "samples": data.ArrayLayout(signed(sample_width), 2 * MAX_LAG),
            "energies": data.ArrayLayout(energy_shape, smoothing_samples - 1),
            "sums": data.ArrayLayout(sum_shape, smoothing_samples - 1),
        }
    )


class DetectionSignal(wiring.Component):
    """Compute the detection signal of a sample; the first part of the spike detector.

    With x the samples of a channel and k the lag, the energy is
    ``max(0, x[n-k]**2 - x[n] x[n-2k])`` (Kaiser's operator, Mukhopadhyay and Ray 1998); the
    smoothed energy is the moving sum of the moving sum of it, ``smoothing_samples`` each.
    Samples before the first count as zero. Combinational.

    Parameters
    ----------
    sample_width : int
        Sample width, bits.
    smoothing_samples : int
        Length of each moving sum.

    Members
    -------
    sample : ``In(signed(sample_width))``
        The sample.
    state, next_state : ``In``, ``Out(signal_state_layout(sample_width, smoothing_samples))``
        What is remembered of its channel, before and after.
    mode : ``In(2)``
        A :class:`~rtl.detector_settings.DetectorMode`.
    lag : ``In(3)``
        k, samples, in 1..4.
    level : ``Out(level_width(sample_width, smoothing_samples))``
        The detection signal.
    """

    sample: Signal
    state: Any
    next_state: Any
    mode: Signal
    lag: Signal
    level: Signal

    def __init__(self, *, sample_width: int, smoothing_samples: int) -> None:
        state = signal_state_layout(sample_width, smoothing_samples)
        super().__init__(
            {
                "sample": In(signed(sample_width)),
                "state": In(state),
                "next_state": Out(state),
                "mode": In(2),
                "lag": In(range(MAX_LAG + 1)),
                "level": Out(level_width(sample_width, smoothing_samples)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        sample, state = self.sample, self.state
        middle, oldest = Signal.like(sample), Signal.like(sample)
        with m.Switch(self.lag):
            for lag in range(1, MAX_LAG + 1):
                with m.Case(lag):
                    m.d.comb += [
                        middle.eq(state.samples[lag - 1]),
                        oldest.eq(state.samples[2 * lag - 1]),
                    ]

        exact = Signal(signed(len(state.energies[0]) + 1))
        energy, energy_sum = Signal.like(state.energies[0]), Signal.like(state.sums[0])
        smoothed = Signal.like(self.level)
        m.d.comb += [
            exact.eq(middle * middle - sample * oldest),
            energy.eq(Mux(exact < 0, 0, exact)),
            energy_sum.eq(sum(state.energies, energy)),
            smoothed.eq(sum(state.sums, energy_sum)),
        ]
        for name, newest in (("samples", sample), ("energies", energy), ("sums", energy_sum)):
            history = state[name].as_value()
            m.d.comb += self.next_state[name].as_value().eq(Cat(newest, history[: -len(newest)]))

        with m.Switch(self.mode):
            with m.Case(DetectorMode.ABSOLUTE):
                m.d.comb += self.level.eq(abs(sample))
            with m.Case(DetectorMode.NEO):
                m.d.comb += self.level.eq(energy)
            with m.Default():
                m.d.comb += self.level.eq(smoothed)
        return m
