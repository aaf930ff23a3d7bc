"""Everything that can be chosen about an attention head of gain cells."""

from dataclasses import dataclass, field, replace
from typing import Self

from analog_models.attention.charge_to_pulse import (
    OUTPUT_CONVERTER,
    SCORE_CONVERTER,
    ChargeToPulseConfig,
)
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.gain_cell import GainCellConfig
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.pulse_width import PulseWidthConfig
from analog_models.validation import check_not_negative

__all__ = ["GainCellHeadConfig"]


@dataclass(frozen=True, kw_only=True)
class GainCellHeadConfig:
    """Design values of a head: two arrays of cells, their drivers and their converters.

    Parameters
    ----------
    geometry : HeadGeometry
        Sizes.
    coding : AttentionCoding
        Quantisers.
    cell : GainCellConfig
        The cells of both arrays.
    drivers : PulseWidthConfig
        Drivers of the queries.
    score_converter : ChargeToPulseConfig
        Converters of the keys' columns, whose pulses drive the values.
    output_converter : ChargeToPulseConfig
        Converters of the values' dimensions, one a tile, whose pulses are counted.
    current_tolerance : float
        Error that the model may make in the current of any cell, over the largest of a stored
        level, because cells are not looked at in every token. Not for a head that computes
        exactly.
    exact : bool or None
        Whether to compute in double precision and to look at every cell in every token; else
        currents have 16 bits, sums single precision. None for a head without noise.
    """

    geometry: HeadGeometry = field(default_factory=HeadGeometry)
    coding: AttentionCoding = field(default_factory=AttentionCoding)
    cell: GainCellConfig = field(default_factory=GainCellConfig)
    drivers: PulseWidthConfig = field(default_factory=PulseWidthConfig)
    score_converter: ChargeToPulseConfig = SCORE_CONVERTER
    output_converter: ChargeToPulseConfig = OUTPUT_CONVERTER
    current_tolerance: float = field(
        default=1e-3,
        metadata={
            "source": "assumed: a fiftieth of the mismatch of a cell, and below the noise of a "
            "converter in what it does to an output"
        },
    )
    exact: bool | None = None

    def __post_init__(self) -> None:
        check_not_negative("head current_tolerance", self.current_tolerance)
        if self.drivers.levels != self.coding.query_levels:
            raise ValueError(
                f"pulse levels must be the coding's query_levels {self.coding.query_levels}, "
                f"not {self.drivers.levels}"
            )
        if self.score_converter.signed or not self.output_converter.signed:
            raise ValueError(
                "score converter must be unsigned and output converter signed, not "
                f"{(self.score_converter.signed, self.output_converter.signed)}"
            )
        if self.output_converter.steps:
            raise ValueError(
                "output converter steps must be 0, since its pulse is counted in output codes, "
                f"not {self.output_converter.steps}"
            )

    @property
    def score_saturation_a(self) -> float:
        """Mean current over the longest pulse that saturates a score, amps."""
        return self.score_converter.saturation_c / self.drivers.longest_s

    @property
    def output_saturation_a(self) -> float:
        """Mean current over the longest pulse that saturates an output, amps."""
        return self.output_converter.saturation_c / self.drivers.longest_s

    @property
    def is_noisy(self) -> bool:
        """Whether two runs of one die differ."""
        noises = (
            self.cell.write_noise_v,
            self.drivers.jitter_s,
            self.score_converter.noise,
            self.output_converter.noise,
        )
        return any(noise > 0 for noise in noises)

    @property
    def computes_exactly(self) -> bool:
        """Whether to compute in double precision and to look at every cell in every token."""
        return not self.is_noisy if self.exact is None else self.exact

    def without_noise(self) -> Self:
        """Return the same head without noise.

        Returns
        -------
        GainCellHeadConfig
            No thermal noise of writes, no jitter, no noise of converters.
        """
        return replace(
            self,
            cell=replace(self.cell, temperature_k=0.0),
            drivers=replace(self.drivers, jitter_s=0.0),
            score_converter=replace(self.score_converter, noise=0.0),
            output_converter=replace(self.output_converter, noise=0.0),
        )

    def without_imperfections(self) -> Self:
        """Return the ideal limit: the equations with the same law and leakage.

        Returns
        -------
        GainCellHeadConfig
            No noise, no mismatch, no bitline impedance.
        """
        quiet = self.without_noise()
        return replace(
            quiet,
            cell=replace(quiet.cell, threshold_mismatch_v=0.0, gain_mismatch=0.0, bitline_ohm=0.0),
            drivers=replace(quiet.drivers, skew_s=0.0),
            score_converter=replace(_ideal(quiet.score_converter), steps=0),
            output_converter=_ideal(quiet.output_converter),
        )


def _ideal(converter: ChargeToPulseConfig) -> ChargeToPulseConfig:
    return replace(converter, gain=1.0, offset=0.0, gain_mismatch=0.0, offset_mismatch=0.0)
