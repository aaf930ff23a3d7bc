"""The filter of a :class:`~rtl.lfp_decimator.LfpDecimator`, designed from what it has to keep."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import optimize

from rtl.checks import check_ranges

__all__ = ["LfpDecimatorConfig"]

ORDERS = range(2, 8)  # of the integrators and combs
MAX_TAPS = 48
GUARD_BITS = 4  # between the combs and the output
DESIGNED = 64  # frequencies on which taps are designed, in each band
JUDGED = 256  # frequencies on which they are judged, from 0 Hz to the end of the pass band

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class LfpDecimatorConfig:
    """Rates, tolerances and number formats of a :class:`~rtl.lfp_decimator.LfpDecimator`.

    Parameters
    ----------
    channels : int
        Channels that share the datapath, in 1..1024.
    sample_width : int
        Input sample width, bits, two's complement, in 2..16.
    output_width : int
        Output sample width, bits, in ``sample_width``..16: full scale stays full scale.
    sampling_rate_hz : float
        Rate of each channel at the input, hertz.
    decimation : int
        Samples in for each sample out, even, in 4..128.
    pass_hz : float
        Up to here signals are kept, hertz; below half the output rate.
    ripple_db : float
        By how much the gain may differ from one in the pass band, decibels.
    alias_db : float
        By how much is weakened at least what folds into the pass band, decibels.
    coefficient_width : int
        Bits of the taps, two's complement, in 8..18.
    """

    channels: int = 8
    sample_width: int = 10
    output_width: int = 13
    sampling_rate_hz: float = 24_000.0
    decimation: int = 24
    pass_hz: float = 250.0
    ripple_db: float = 0.1
    alias_db: float = 60.0
    coefficient_width: int = 14

    def __post_init__(self) -> None:
        check_ranges(
            self,
            channels=(1, 1024),
            sample_width=(2, 16),
            output_width=(self.sample_width, 16),
            decimation=(4, 128),
            coefficient_width=(8, 18),
        )
        if self.decimation % 2:
            raise ValueError(f"decimation must be even, not {self.decimation!r}")
        for name, (low, high) in {"ripple_db": (0.001, 3), "alias_db": (20, 120)}.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(
                    f"{name} must be in {low:g}..{high:g}, not {getattr(self, name)!r}"
                )
        if not 0 < self.sampling_rate_hz < np.inf:
            raise ValueError(f"sampling_rate_hz must be positive, not {self.sampling_rate_hz!r}")
        if not 0 < self.pass_hz < self.output_rate_hz / 2:
            raise ValueError(
                f"pass_hz must be positive and below half the output rate, "
                f"{self.output_rate_hz / 2:g}, not {self.pass_hz!r}"
            )
        if not self.taps:
            raise ValueError(
                f"pass_hz, ripple_db and alias_db must be met by some filter of at most "
                f"{MAX_TAPS} taps of {self.coefficient_width} bits, but {self.pass_hz:g} Hz, "
                f"{self.ripple_db:g} dB and {self.alias_db:g} dB are not: allow more, or raise "
                "coefficient_width"
            )

    @property
    def output_rate_hz(self) -> float:
        """Rate of each channel at the output, hertz."""
        return self.sampling_rate_hz / self.decimation

    @property
    def comb_decimation(self) -> int:
        """Samples in for each value that the combs give the taps, which make one of every two."""
        return self.decimation // 2

    @cached_property
    def order(self) -> int:
        """Number of integrators and of combs.

        The fewest that stop alone what folds onto the pass band at the rate of the combs, where
        the response of the taps repeats.
        """
        far_hz = self._folded_hz[1::2]
        kept = 10 ** (-self.alias_db / 20)
        enough = [
            order
            for order in ORDERS
            if np.all(
                self._box_gain(far_hz) ** order <= kept * self._box_gain(self.pass_hz) ** order
            )
        ]
        return min(enough, default=ORDERS[-1])

    @cached_property
    def comb_kernel(self) -> Integers:
        """Impulse response from the input to the last comb: boxes, as many as the order says."""
        kernel = np.ones(1, dtype=np.int64)
        for _ in range(self.order):
            kernel = np.convolve(kernel, np.ones(self.comb_decimation, dtype=np.int64))
        return kernel

    @property
    def integrator_width(self) -> int:
        """Bits of integrators and combs: they may wrap, as the last comb's result fits."""
        return self.sample_width + (self.comb_decimation**self.order - 1).bit_length()

    @property
    def comb_shift(self) -> int:
        """Bits that the last comb's result loses, rounded."""
        return max(0, self.integrator_width - self.output_width - GUARD_BITS)

    @property
    def value_width(self) -> int:
        """Bits of what the combs give the taps."""
        return self.integrator_width - self.comb_shift

    @property
    def taps(self) -> tuple[int, ...]:
        """Taps of the filter after the combs: an even number, symmetric.

        The fewest that keep to ripple and alias as integers. They also level what the combs do to
        the pass band, and have the gain by which full scale stays full scale.
        """
        return self._taps[0]

    @property
    def tap_shift(self) -> int:
        """Bits that the sum over the taps loses, rounded."""
        return self._taps[1]

    @property
    def sum_width(self) -> int:
        """Bits of a sum over taps that no input can overflow, half an output unit included.

        From the sum of the magnitudes of the taps.
        """
        largest = sum(map(abs, self.taps)) << (self.value_width - 1)
        return (largest + (1 << (self.tap_shift - 1))).bit_length() + 1

    @property
    def output_min(self) -> int:
        """Most negative output; results beyond saturate."""
        return -(1 << (self.output_width - 1))

    @property
    def output_max(self) -> int:
        """Most positive output; results beyond saturate."""
        return (1 << (self.output_width - 1)) - 1

    @property
    def pass_ripple_db(self) -> float:
        """Largest difference of the gain from one in the pass band, of the integers, decibels."""
        pass_hz = np.linspace(0, self.pass_hz, JUDGED)
        return float(np.max(np.abs(20 * np.log10(self.response(pass_hz)))))

    @property
    def alias_attenuation_db(self) -> float:
        """Least attenuation of what folds into the pass band, of the integers, decibels."""
        return float(-20 * np.log10(np.max(self.response(self._folded_hz))))

    @property
    def impulse_response(self) -> Integers:
        """What one sample of one unit gives at the input rate, before anything is rounded.

        A unit of it is ``2**-(comb_shift + tap_shift)`` of the output's.
        """
        spread = np.zeros((len(self.taps) - 1) * self.comb_decimation + 1, dtype=np.int64)
        spread[:: self.comb_decimation] = self.taps
        return np.convolve(self.comb_kernel, spread)

    def response(self, frequency_hz: npt.ArrayLike) -> Reals:
        """Return the gain of the integers at ``frequency_hz``, hertz; one is full scale kept."""
        return self._gain(frequency_hz, *self._taps)

    @cached_property
    def _taps(self) -> tuple[tuple[int, ...], int]:
        """Taps and shift; no taps if none are good enough."""
        pass_hz = np.linspace(0, self.pass_hz, JUDGED)
        for count in range(4, MAX_TAPS + 1, 2):
            taps, shift = self._rounded(self._designed(count))
            ripple_db = np.abs(20 * np.log10(self._gain(pass_hz, taps, shift)))
            alias_db = 20 * np.log10(self._gain(self._folded_hz, taps, shift).max())
            if shift > 0 and ripple_db.max() <= self.ripple_db and alias_db <= -self.alias_db:
                return taps, shift
        return (), 1

    def _designed(self, count: int) -> Reals:
        """Return ``count`` taps whose largest error over tolerance is the smallest there is.

        Of both bands, the second seen at the rate of the combs; by linear programming, since the
        gain is a sum of cosines times what the boxes leave.
        """
        stop_hz = self.output_rate_hz - self.pass_hz
        at_hz = np.r_[
            np.linspace(0, self.pass_hz, DESIGNED),
            np.linspace(stop_hz, self.output_rate_hz, DESIGNED),
        ]
        wanted = np.repeat((1.0, 0.0), DESIGNED)
        tolerance = np.repeat(
            (10 ** (self.ripple_db / 20) - 1, 10 ** (-self.alias_db / 20)), DESIGNED
        )
        angle = np.pi * np.outer(at_hz / self.output_rate_hz, np.arange(count // 2) + 0.5)
        gain = 2 * np.cos(angle) * self._box_gain(at_hz)[:, np.newaxis] ** self.order
        found = optimize.linprog(
            c=np.r_[np.zeros(count // 2), 1],
            A_ub=np.block([[gain, -tolerance[:, np.newaxis]], [-gain, -tolerance[:, np.newaxis]]]),
            b_ub=np.r_[wanted, -wanted],
            bounds=(None, None),
        )
        half = found.x[:-1]
        return np.r_[half[::-1], half]

    def _rounded(self, taps: Reals) -> tuple[tuple[int, ...], int]:
        """Return ``taps`` as integers that use their width, and the shift that undoes it."""
        scaled = taps / self._unit(0)
        largest = (1 << (self.coefficient_width - 1)) - 1
        shift = int(np.floor(np.log2(largest / np.max(np.abs(scaled)))))
        return tuple(np.rint(scaled * 2.0**shift).astype(int).tolist()), shift

    def _unit(self, shift: int) -> float:
        """Return the gain from the input to the output, in full scales, by a tap of one."""
        gained = self.output_width - self.sample_width
        return self.comb_decimation**self.order / 2.0 ** (self.comb_shift + gained + shift)

    def _gain(self, frequency_hz: npt.ArrayLike, taps: tuple[int, ...], shift: int) -> Reals:
        at_hz = np.asarray(frequency_hz, dtype=np.float64)
        turns = np.multiply.outer(at_hz / (2 * self.output_rate_hz), np.arange(len(taps)))
        of_taps = np.abs(np.exp(-2j * np.pi * turns) @ np.array(taps)) * self._unit(shift)
        return of_taps * self._box_gain(at_hz) ** self.order

    def _box_gain(self, frequency_hz: npt.ArrayLike) -> Reals:
        """Return the gain of one box, one at 0 Hz."""
        turns = np.asarray(frequency_hz, dtype=np.float64) / self.sampling_rate_hz
        return np.abs(np.sinc(turns * self.comb_decimation) / np.sinc(turns))

    @property
    def _folded_hz(self) -> Reals:
        """Frequencies that fold into the pass band, a row for each multiple of the output rate."""
        multiples = np.arange(1, self.decimation // 2 + 1)[:, np.newaxis] * self.output_rate_hz
        return multiples + np.linspace(-self.pass_hz, self.pass_hz, 2 * JUDGED + 1)
