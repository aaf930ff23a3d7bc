"""Sampled noise of a filtered analog signal path: exact, folding included, one draw a sample."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg

__all__ = ["AnalogNoise", "SampledNoise", "band_limited_noise"]

FLICKER_FLOOR_HZ = 0.1  # of a DC-coupled path, whose 1/f noise would have no finite power
FLICKER_POLE_RATIO = 4.0  # a ripple of 2 sech(pi^2 / ln 4) = 0.3 % of the density
MODAL_CONDITION_LIMIT = 1e4  # beyond it, float32 modes would lose the digits that cancel
REGULARISATION = 1e-9  # of the variance: the filter equation needs some white noise


@dataclass(frozen=True, kw_only=True, eq=False)
class AnalogNoise:
    """A linear system driven by white noise: ``dx = a x dt + b dw``, output ``c x``.

    Parameters
    ----------
    a, b, c : numpy.ndarray
        State matrices; the noises in ``dw`` are independent, of two-sided density one.
    """

    a: npt.NDArray[np.float64]
    b: npt.NDArray[np.float64]
    c: npt.NDArray[np.float64]

    @property
    def covariance(self) -> npt.NDArray[np.float64]:
        """Stationary covariance of the states."""
        return linalg.solve_continuous_lyapunov(self.a, -self.b @ self.b.T)

    @property
    def variance(self) -> float:
        """Power of the output over all frequencies, V^2."""
        return float(self.c @ self.covariance @ self.c)

    def density(self, frequency_hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the one-sided power density of the output.

        Parameters
        ----------
        frequency_hz : array_like
            Frequencies, hertz.

        Returns
        -------
        numpy.ndarray
            Density at each frequency, V^2/Hz.
        """
        identity = np.eye(self.a.shape[0])
        return np.array(
            [
                2.0 * np.sum(np.abs(self.c @ np.linalg.solve(s * identity - self.a, self.b)) ** 2)
                for s in 2j * np.pi * np.asarray(frequency_hz, dtype=np.float64)
            ]
        )


def band_limited_noise(
    *,
    white_density: float,
    flicker_power: float,
    high_pass_hz: float,
    low_pass_hz: float,
    anti_alias_hz: float,
    anti_alias_order: int,
) -> AnalogNoise:
    """Return white plus 1/f noise behind the filters of a recording channel.

    The 1/f part is a bank of first-order low-passes with poles a factor of four apart (van der
    Ziel, "On the noise spectra of semi-conductor noise and of flicker effect", Physica 16, 1950).

    Parameters
    ----------
    white_density : float
        One-sided density of the white part at the input, V^2/Hz; positive.
    flicker_power : float
        Density of the 1/f part at the input times frequency, V^2; over ``white_density`` it is
        the corner frequency.
    high_pass_hz : float
        First-order high-pass; zero for none, and then the 1/f part is flat below 0.1 Hz.
    low_pass_hz : float
        First-order low-pass.
    anti_alias_hz : float
        Butterworth low-pass; zero for none.
    anti_alias_order : int
        Its order, 1 or 2.

    Returns
    -------
    AnalogNoise
        The output of the last filter.
    """
    poles_hz = np.zeros(0)
    if flicker_power > 0:
        poles_hz = _bank_poles_hz(
            low_hz=high_pass_hz / 8.0 if high_pass_hz > 0 else FLICKER_FLOOR_HZ,
            high_hz=min(40.0 * flicker_power / white_density, 2.0 * low_pass_hz),
        )
    bank = poles_hz.size
    states = bank + 2 + anti_alias_order
    a = np.zeros((states, states))
    b = np.zeros((states, bank + 1))
    high, low, alias = bank, bank + 1, bank + 2

    omega = 2.0 * np.pi * poles_hz
    a[range(bank), range(bank)] = -omega
    density = flicker_power * (2.0 / np.pi) * math.log(FLICKER_POLE_RATIO) / poles_hz
    b[range(bank), range(bank)] = omega * np.sqrt(density / 2.0)
    white = math.sqrt(white_density / 2.0)

    high_omega = 2.0 * np.pi * high_pass_hz  # state: what the high-pass takes away
    a[high, :bank] = high_omega
    a[high, high] = -high_omega if high_pass_hz > 0 else -np.pi * FLICKER_FLOOR_HZ
    b[high, bank] = high_omega * white

    low_omega = 2.0 * np.pi * low_pass_hz
    a[low, :bank] = low_omega
    a[low, high] = -low_omega
    a[low, low] = -low_omega
    b[low, bank] = low_omega * white

    c = np.zeros(states)
    alias_omega = 2.0 * np.pi * anti_alias_hz
    if anti_alias_hz == 0:
        c[low] = 1.0
        kept = alias
        return AnalogNoise(a=a[:kept, :kept], b=b[:kept], c=c[:kept])
    c[alias] = 1.0
    if anti_alias_order == 1:
        a[alias, low] = alias_omega
        a[alias, alias] = -alias_omega
    else:  # the second state is the derivative over the pole, so that both are volts
        a[alias, alias + 1] = alias_omega
        a[alias + 1, low] = alias_omega
        a[alias + 1, alias] = -alias_omega
        a[alias + 1, alias + 1] = -math.sqrt(2.0) * alias_omega
    return AnalogNoise(a=a, b=b, c=c)


def _bank_poles_hz(*, low_hz: float, high_hz: float) -> npt.NDArray[np.float64]:
    count = max(1, math.ceil(math.log(high_hz / low_hz, FLICKER_POLE_RATIO)) + 1)
    return low_hz * FLICKER_POLE_RATIO ** np.arange(count, dtype=np.float64)


class SampledNoise:
    """Samples of an analog noise, as a converter takes them, plus white noise of its own.

    A linear system sampled at intervals is one again, and its output has the innovations form
    ``y = c x + e``, ``x' = a x + k e`` with a single white ``e`` (Anderson and Moore, "Optimal
    filtering", 1979, chapter 9). Density and power are those of the samples: what lies above
    half the sampling rate is folded in, none is lost.

    Parameters
    ----------
    noise : AnalogNoise or None
        The analog noise; None for white noise alone.
    sampling_rate_hz : float
        Samples per second.
    white_variance : float
        Variance of the white noise added to each sample.

    Attributes
    ----------
    a, k, c : numpy.ndarray
        The innovations form, ``a`` in as few entries as can be.
    innovation : float
        Standard deviation of ``e``.
    start : numpy.ndarray
        Turns white unit noise into a stationary first state.
    """

    def __init__(
        self, noise: AnalogNoise | None, *, sampling_rate_hz: float, white_variance: float
    ) -> None:
        self.sampling_rate_hz = sampling_rate_hz
        if noise is None or noise.variance == 0:
            self.a = np.zeros((0, 0))
            self.k = np.zeros(0)
            self.c = np.zeros(0)
            self.start = np.zeros((0, 0))
            self.innovation = math.sqrt(white_variance)
            return
        scale = noise.variance  # of one: the solvers' tolerances are absolute
        covariance = noise.covariance / scale
        a = np.asarray(linalg.expm(noise.a / sampling_rate_hz), dtype=np.float64)
        driven = covariance - a @ covariance @ a.T
        driven = 0.5 * (driven + driven.T)
        white = max(white_variance / scale, REGULARISATION)
        error = linalg.solve_discrete_are(a.T, noise.c[:, np.newaxis], driven, [[white]])
        innovation = float(noise.c @ error @ noise.c) + white
        k = a @ error @ noise.c / innovation
        start = _square_root(covariance - error)

        into, self.a = _sparse_form(a)
        back = np.linalg.inv(into)
        self.k = back @ k
        self.c = noise.c @ into
        self.start = back @ start * math.sqrt(scale)
        self.innovation = math.sqrt(innovation * scale)

    @property
    def variance(self) -> float:
        """Variance of the samples, V^2."""
        state = self.start.T @ self.c
        return float(state @ state) + self.innovation**2

    def density(self, frequency_hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the one-sided power density of the samples.

        Parameters
        ----------
        frequency_hz : array_like
            Frequencies up to half the sampling rate, hertz.

        Returns
        -------
        numpy.ndarray
            Density at each frequency, V^2/Hz.
        """
        identity = np.eye(self.k.size)
        turns = np.asarray(frequency_hz, dtype=np.float64) / self.sampling_rate_hz
        transfer = np.array(
            [
                1.0 + self.c @ np.linalg.solve(z * identity - self.a, self.k)
                for z in np.exp(2j * np.pi * turns)
            ]
        )
        return 2.0 / self.sampling_rate_hz * np.abs(self.innovation * transfer) ** 2


def _square_root(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    values, vectors = np.linalg.eigh(0.5 * (matrix + matrix.T))
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _sparse_form(
    a: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return a change of states and ``a`` in it: its modes, or a triangle if poles coincide."""
    values, vectors = linalg.cdf2rdf(*np.linalg.eig(a))
    if np.linalg.cond(vectors) < MODAL_CONDITION_LIMIT:
        return vectors, np.where(np.abs(values) > 0, values, 0.0)
    triangle, rotation, *_ = linalg.schur(a, output="real")
    return rotation, triangle
