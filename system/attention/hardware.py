"""What a head's machine is, as the trainable module needs it."""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analog_models.attention.cell_law import (
    PUBLISHED_CUBIC,
    PUBLISHED_LINEAR,
    CellLaw,
    PolynomialLaw,
)
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.leakage import PUBLISHED_LEAKAGE, ExponentialLeakage
from analog_models.attention.published import OUTPUT_SATURATION_A, SCORE_SATURATION_A
from analog_models.validation import check_positive

__all__ = ["Hardware"]

LARGEST_EXPONENT = 80.0  # of a float32, with room for the values it multiplies
LOCAL_POWERS = 3  # of the polynomial that stands for another law around a level
LEAST_SPAN_V = 0.05  # over which it is taken, however little the cell leaks


@dataclass(frozen=True, kw_only=True)
class Hardware:
    """A head's machine: sizes, codes, cell and converters.

    Parameters
    ----------
    geometry : HeadGeometry
        Sizes of the arrays.
    coding : AttentionCoding
        Quantisers.
    law : CellLaw
        Current of a cell against its stored voltage.
    gradient_law : CellLaw
        The law that the backward pass believes in. The published training uses the linear one for
        both models; with ``law`` itself the gradient is the true one.
    leakage : ExponentialLeakage
        Retention; only the exponential separates into a factor of the query's time and one of the
        key's.
    score_saturation_a : float
        Mean current over the longest pulse at which phi is 1, amps.
    output_saturation_a : float
        Mean current over the longest pulse at which a tile's output is 1, amps.
    normalised : bool
        The digital side divides each head's sums by their root mean square. Softmax's weights add
        up to 1, those of HardSigmoid to whatever the scores say, and to the more the longer the
        text. The published machine has no such step; heads without softmax have it in Sun et al.,
        "Retentive network", arXiv 2307.08621, 2023.
    """

    geometry: HeadGeometry
    coding: AttentionCoding = field(default_factory=AttentionCoding)
    law: CellLaw = PUBLISHED_CUBIC
    gradient_law: CellLaw = PUBLISHED_LINEAR
    leakage: ExponentialLeakage = PUBLISHED_LEAKAGE
    score_saturation_a: float = SCORE_SATURATION_A
    output_saturation_a: float = OUTPUT_SATURATION_A
    normalised: bool = False

    def __post_init__(self) -> None:
        check_positive("hardware score_saturation_a", self.score_saturation_a)
        check_positive("hardware output_saturation_a", self.output_saturation_a)
        # Keys are at most one and a half windows older than the middle of the queries' window.
        powers = max(_powers(self.law), _powers(self.gradient_law))
        limit = LARGEST_EXPONENT / (1.5 * powers)
        decay = self.leakage.rate_per_token * self.geometry.window_tokens
        if decay > limit:
            raise ValueError(
                f"hardware leakage rate_per_token times window_tokens must be at most {limit:.3g}, "
                f"so that float32 holds the factors, not {decay:.3g}"
            )

    @property
    def level_y(self) -> npt.NDArray[np.float64]:
        """Stored voltage of each code less the rest voltage, volts."""
        return self.coding.level_v - self.leakage.rest_v

    def polynomial(self, law: CellLaw) -> npt.NDArray[np.float64]:
        """Return a law as a polynomial of the stored voltage less rest.

        A law that is none becomes a cubic for each level, through four voltages that the cell
        passes on its way towards rest: a table of levels and slopes is met exactly as long as no
        cell drifts past the next level.

        Parameters
        ----------
        law : CellLaw
            The law.

        Returns
        -------
        numpy.ndarray
            Coefficients of ascending powers, amps per volt to the power, shape (powers, levels);
            (powers, 1) if all levels have the same.
        """
        if isinstance(law, PolynomialLaw):
            return np.array(law.about(self.leakage.rest_v))[:, None]
        lost = -math.expm1(-self.leakage.rate_per_token * self.geometry.window_tokens)
        columns = []
        for y in self.level_y:
            span = max(lost * abs(y), LEAST_SPAN_V) * (1 if y > 0 else -1)
            passed = y - span * np.linspace(0.0, 1.0, LOCAL_POWERS + 1)
            current_a = law.current_a(self.leakage.rest_v + passed)
            columns.append(
                np.polynomial.Polynomial.fit(passed, current_a, LOCAL_POWERS).convert().coef
            )
        return np.stack(columns, axis=1)


def _powers(law: CellLaw) -> int:
    """Return the highest power of the stored voltage in a law."""
    return len(law.coefficients) - 1 if isinstance(law, PolynomialLaw) else LOCAL_POWERS
