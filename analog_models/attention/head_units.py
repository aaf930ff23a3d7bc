"""Units of the compiled head: what is a count, and the numbers that its loops work with."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.attention.gain_cell import SPREAD_STEPS
from analog_models.attention.head_config import GainCellHeadConfig
from analog_models.attention.head_layout import Setting
from analog_models.attention.look_plan import LookPlan, law_pieces, leakage_pieces, plan_looks

__all__ = ["HeadUnits"]

Reals = npt.NDArray[np.floating[Any]]

SPREADS = 8  # standard deviations that have to fit
LARGEST = np.iinfo(np.int16).max
LARGEST_CURRENT = 8191  # 64 products of it and the longest pulse fit into 32 bits
LONGEST_PULSE = 4095
LARGEST_EXACT = 1 << 40


@dataclass(frozen=True)
class HeadUnits:
    """Whole numbers that stand for currents and voltages of a head.

    A current has 13 bits and a sign, a pulse 12 bits; exact ones have 40.

    Parameters
    ----------
    config : GainCellHeadConfig
        The head.
    """

    config: GainCellHeadConfig

    @property
    def real(self) -> type[np.floating[Any]]:
        """Type of the numbers that the head computes with."""
        return np.float64 if self.config.computes_exactly else np.float32

    @property
    def count(self) -> type[np.generic]:
        """Type of the currents that are kept."""
        return np.float64 if self.config.computes_exactly else np.int16

    @property
    def charge(self) -> type[np.generic]:
        """Type of sums of current times pulse, which the largest of both do not overflow."""
        if self.config.computes_exactly:
            return np.float64
        longest = max(self.config.geometry.head_dim, self.config.geometry.tile_tokens)
        largest = longest * self.pulse_limit * self.current_limit
        return np.int32 if largest <= np.iinfo(np.int32).max else np.int64

    @property
    def middle_v(self) -> float:
        """Voltage that all voltages are the distance from, volts."""
        return self.config.coding.stored_full_scale_v / 2

    @property
    def written_step_v(self) -> float:
        """Step of a written voltage, volts: every level is a whole number of them."""
        half_level_v = self.middle_v / self.config.coding.stored_max
        largest_v = self.middle_v + SPREADS * self.config.cell.write_noise_v
        return half_level_v / max(1, int(LARGEST * half_level_v / largest_v))

    @cached_property
    def plan(self) -> LookPlan:
        """When to look at the cells."""
        level_v = self.config.coding.level_v
        largest_a = abs(self.config.cell.law.current_a(level_v)).max()
        tolerance = 0.0 if self.config.computes_exactly else self.config.current_tolerance
        return plan_looks(
            self.config.cell.law,
            self.config.cell.leakage,
            level_v,
            window_tokens=self.config.geometry.window_tokens,
            tolerance_a=tolerance * float(largest_a),
        )

    @property
    def current_limit(self) -> int:
        """Largest current, counts."""
        return LARGEST_EXACT if self.config.computes_exactly else LARGEST_CURRENT

    @property
    def pulse_unit(self) -> int:
        """Counts of the shortest pulse."""
        longest = LARGEST_EXACT if self.config.computes_exactly else LONGEST_PULSE
        drivers = self.config.drivers
        error = SPREADS * (drivers.skew_s + drivers.jitter_s) / drivers.step_s
        return max(1, int(longest / (self.config.coding.query_max + error)))

    @property
    def pulse_limit(self) -> int:
        """Counts that no pulse exceeds, whatever its error."""
        return LARGEST_EXACT if self.config.computes_exactly else LONGEST_PULSE

    @cached_property
    def counts_per_a(self) -> float:
        """Counts of current in an ampere."""
        cell = self.config.cell
        beyond_v = SPREADS * (cell.threshold_mismatch_v + cell.write_noise_v)
        stored_v = np.linspace(-beyond_v, 2 * self.middle_v + beyond_v, 129)
        largest_a = abs(cell.law.current_a(stored_v)).max() * (1 + SPREADS * cell.gain_mismatch)
        return self.current_limit / (float(largest_a) or 1.0)

    def law(self) -> Reals:
        """Return the cell's law in counts, in pieces.

        Returns
        -------
        numpy.ndarray
            As :func:`~analog_models.attention.cell_kernels.read_cells` takes it.
        """
        pieces = law_pieces(self.config.cell.law, self.middle_v)
        pieces[0] *= self.counts_per_a
        pieces[1:, 1:] *= self.counts_per_a
        return pieces.astype(self.real)

    def leakage(self) -> Reals:
        """Return the leakage at each age, in pieces.

        Returns
        -------
        numpy.ndarray
            As :func:`~analog_models.attention.head_kernels.step_heads` takes it.
        """
        ages = self.config.geometry.window_tokens
        return leakage_pieces(self.config.cell.leakage, self.middle_v, ages).astype(self.real)

    def settings(self) -> Reals:
        """Return the vector of settings.

        Returns
        -------
        numpy.ndarray
            As :class:`~analog_models.attention.head_layout.Setting` says.
        """
        config, coding, cell = self.config, self.config.coding, self.config.cell
        score, output = config.score_converter, config.output_converter
        saturated_counts = self.counts_per_a * config.score_saturation_a
        full_counts = self.counts_per_a * config.output_saturation_a
        values = {
            Setting.LEVEL_V: coding.stored_full_scale_v / coding.stored_max,
            Setting.LOWEST_V: -self.middle_v,
            Setting.WRITE_NOISE_V: cell.write_noise_v,
            Setting.WRITTEN_STEP_V: self.written_step_v,
            Setting.THRESHOLD_STEP_V: cell.threshold_mismatch_v / SPREAD_STEPS,
            Setting.GAIN_STEP: cell.gain_mismatch / SPREAD_STEPS,
            Setting.CURRENT_LIMIT: self.current_limit,
            Setting.FADE: self.plan.fade,
            Setting.JITTER: config.drivers.jitter_s / config.drivers.step_s,
            Setting.PULSE_UNIT: self.pulse_unit,
            Setting.PULSE_LIMIT: self.pulse_limit,
            Setting.SCORE_UNIT: 1 / (saturated_counts * coding.query_max * self.pulse_unit),
            Setting.SCORE_LOAD: cell.bitline_load(config.score_saturation_a),
            Setting.SCORE_NOISE: score.noise,
            Setting.SCORE_STEPS: score.steps,
            Setting.OUTPUT_UNIT: 1 / (full_counts * self.pulse_limit),
            Setting.OUTPUT_LOAD: cell.bitline_load(config.output_saturation_a),
            Setting.OUTPUT_NOISE: output.noise,
            Setting.OUTPUT_CODES: coding.output_levels / 2,
            Setting.OUTPUT_MAX: coding.output_max,
            Setting.QUERY_MAX: coding.query_max,
            Setting.STORED_MAX: coding.stored_max,
            Setting.CYCLE: self.plan.cycle_tokens,
            Setting.AHEAD: self.plan.ahead_tokens,
        }
        return np.array([values[place] for place in Setting], dtype=self.real)
