"""Drivers that turn codes into pulses of the word lines."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analog_models.validation import check_integer, check_not_negative, check_positive

__all__ = ["PulseWidthConfig", "PulseWidthDrivers"]


@dataclass(frozen=True, kw_only=True)
class PulseWidthConfig:
    """Design values of pulse-width drivers: code ``n`` is a pulse of ``n`` clock periods.

    Parameters
    ----------
    levels : int
        Widths, none included.
    step_s : float
        Clock period, seconds.
    skew_s : float
        Standard deviation, from driver to driver, of the width of every pulse, seconds.
    jitter_s : float
        RMS error of the width from pulse to pulse, seconds.
    """

    levels: int = field(
        default=16, metadata={"source": "Leroux et al., Nat. Comput. Sci. 5, 2025: 4 bits"}
    )
    step_s: float = field(
        default=1e-9,
        metadata={"source": "Leroux et al., Nat. Comput. Sci. 5, 2025: 15 ns for 15 steps"},
    )
    skew_s: float = field(
        default=10e-12, metadata={"source": "assumed: rising less falling edge of a word line"}
    )
    jitter_s: float = field(
        default=5e-12, metadata={"source": "assumed: a clock tree of 1 GHz, 0.5 % of its period"}
    )

    def __post_init__(self) -> None:
        check_integer("pulse levels", self.levels, low=2, high=128)
        check_positive("pulse step_s", self.step_s)
        check_not_negative("pulse skew_s", self.skew_s)
        check_not_negative("pulse jitter_s", self.jitter_s)

    @property
    def longest_s(self) -> float:
        """Width of the highest code, seconds."""
        return (self.levels - 1) * self.step_s


class PulseWidthDrivers:
    """The drivers of an array's rows: their skew is drawn once and then fixed.

    Parameters
    ----------
    config : PulseWidthConfig
        Design values.
    rows : int
        Number of drivers.
    mismatch_rng : numpy.random.Generator
        Draws the skew.

    Attributes
    ----------
    skew_s : numpy.ndarray
        Error of each driver's pulses ``[rows]``, seconds.
    """

    def __init__(
        self, config: PulseWidthConfig, *, rows: int, mismatch_rng: np.random.Generator
    ) -> None:
        check_integer("pulse rows", rows, low=1, high=1 << 20)
        self.config = config
        self.skew_s = config.skew_s * mismatch_rng.standard_normal(rows)

    def widths_s(
        self, codes: npt.ArrayLike, *, noise_rng: np.random.Generator | None = None
    ) -> npt.NDArray[np.float64]:
        """Return the widths of pulses.

        Parameters
        ----------
        codes : array_like
            Codes ``[..., rows]``; code zero makes no pulse.
        noise_rng : numpy.random.Generator
            Draws the jitter; None for none.

        Returns
        -------
        numpy.ndarray
            Widths, of the shape of ``codes``, seconds.

        Raises
        ------
        ValueError
            A code that there is not.
        """
        code = np.asarray(codes)
        if code.size and not 0 <= code.min() <= code.max() < self.config.levels:
            raise ValueError(
                f"pulse codes must be in 0..{self.config.levels - 1}, "
                f"not {code.min()}..{code.max()}"
            )
        width_s = code * self.config.step_s + self.skew_s
        if noise_rng is not None and self.config.jitter_s > 0:
            width_s = width_s + self.config.jitter_s * noise_rng.standard_normal(code.shape)
        return np.where(code > 0, np.maximum(width_s, 0.0), 0.0)
