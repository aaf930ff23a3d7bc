"""One array of gain cells: a noisy product of a vector, or of many, with a stored matrix."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analog_models.attention.array_kernels import convert, multiply_once
from analog_models.attention.charge_to_pulse import (
    SCORE_CONVERTER,
    ChargeToPulse,
    ChargeToPulseConfig,
)
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.gain_cell import GainCellConfig
from analog_models.attention.normal_table import Places, normal_table
from analog_models.attention.pulse_width import PulseWidthConfig, PulseWidthDrivers
from analog_models.validation import check_integer

__all__ = ["GainCellArray", "GainCellArrayConfig"]

Reals = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

LARGEST_CURRENT = 8191  # 64 products of it and the longest pulse fit into 32 bits
LONGEST_PULSE = 4095
MOST = 1 << 20
INT8 = np.dtype(np.int8)


@dataclass(frozen=True, kw_only=True)
class GainCellArrayConfig:
    """Design values of an array, its drivers and its converters.

    Parameters
    ----------
    rows : int
        Length of a vector: driven wires.
    columns : int
        Length of a product: wires that collect charge, with a converter each.
    coding : AttentionCoding
        Levels of vectors and cells.
    cell : GainCellConfig
        The cells.
    drivers : PulseWidthConfig
        Drivers of the rows.
    converter : ChargeToPulseConfig
        Converters of the columns; a signed one gives products of both signs.
    """

    rows: int = 64
    columns: int = 1024
    coding: AttentionCoding = field(default_factory=AttentionCoding)
    cell: GainCellConfig = field(default_factory=GainCellConfig)
    drivers: PulseWidthConfig = field(default_factory=PulseWidthConfig)
    converter: ChargeToPulseConfig = SCORE_CONVERTER

    def __post_init__(self) -> None:
        check_integer("array rows", self.rows, low=1, high=MOST)
        check_integer("array columns", self.columns, low=1, high=MOST)
        if self.drivers.levels != self.coding.query_levels:
            raise ValueError(
                f"pulse levels must be the coding's query_levels {self.coding.query_levels}, "
                f"not {self.drivers.levels}"
            )

    @property
    def saturation_a(self) -> float:
        """Mean current over the longest pulse that saturates a column, amps."""
        return self.converter.saturation_c / self.drivers.longest_s


class GainCellArray:
    """One fabricated array: its mismatch is drawn once and then fixed.

    A matrix is written once and may then age as a whole. A single product adds up whole numbers,
    13 bits and a sign of current and 12 bits of pulse; a batch is a product of matrices in single
    precision. Draws of converter noise are slices of a table.

    Parameters
    ----------
    config : GainCellArrayConfig
        Design values.
    mismatch_rng : numpy.random.Generator
        Draws the die.

    Attributes
    ----------
    current_a : numpy.ndarray
        What each cell carries now ``[columns, rows]``, amps; zero until something is written.
    """

    def __init__(self, config: GainCellArrayConfig, *, mismatch_rng: np.random.Generator) -> None:
        self.config = config
        shape = (config.columns, config.rows)
        self._threshold_v = config.cell.threshold_mismatch_v * mismatch_rng.standard_normal(shape)
        self._gain = 1 + config.cell.gain_mismatch * mismatch_rng.standard_normal(shape)
        self._drivers = PulseWidthDrivers(
            config.drivers, rows=config.rows, mismatch_rng=mismatch_rng
        )
        drawn = ChargeToPulse(
            config.converter, converters=config.columns, mismatch_rng=mismatch_rng
        )
        self._converters = np.array([drawn.gain, drawn.offset], dtype=np.float32)
        self._noise = normal_table(config.columns + config.rows)
        self._places = Places()
        self._load = config.cell.bitline_load(config.saturation_a)
        self._written_v: Reals | None = None
        self._keep(np.zeros(shape))

    def write(self, codes: npt.ArrayLike, *, noise_rng: np.random.Generator) -> None:
        """Write the whole matrix.

        Parameters
        ----------
        codes : array_like
            Stored codes ``[columns, rows]``.
        noise_rng : numpy.random.Generator
            Draws the noise of the writes.

        Raises
        ------
        TypeError
            Codes that are not whole numbers.
        ValueError
            Codes of a wrong shape or out of range; then nothing was written.
        """
        config = self.config
        array = _checked("stored", codes, config.coding.stored_max)
        shape = (config.columns, config.rows)
        if array.shape != shape:
            raise ValueError(f"stored codes must have the shape {shape}, not {array.shape}")
        noise_v = config.cell.write_noise_v * noise_rng.standard_normal(shape)
        self._written_v = config.coding.stored_v(array) + noise_v
        self.age(0)

    def age(self, tokens: int) -> None:
        """Let the matrix be of an age.

        Parameters
        ----------
        tokens : int
            Tokens since it was written.

        Raises
        ------
        ValueError
            Nothing was written, or a negative age.
        """
        check_integer("array age", tokens, low=0, high=1 << 31)
        if self._written_v is None:
            raise ValueError("array must be written before it ages")
        self._keep(self.config.cell.read_a(self._written_v, tokens, self._threshold_v, self._gain))

    def multiply(
        self, query: npt.ArrayLike, *, noise_rng: np.random.Generator | None = None
    ) -> Singles:
        """Return the products of vectors and the matrix, as the converters see them.

        Parameters
        ----------
        query : array_like
            Pulse codes, one vector ``[rows]`` or a batch ``[vectors, rows]``.
        noise_rng : numpy.random.Generator
            Draws jitter and the noise of converters; None for none.

        Returns
        -------
        numpy.ndarray
            Over the saturation, limited as the converters limit: ``[columns]`` or
            ``[vectors, columns]``.

        Raises
        ------
        TypeError
            Codes that are not whole numbers.
        ValueError
            Codes of a wrong shape or out of range.
        """
        if not (type(query) is np.ndarray and query.dtype is INT8 and query.ndim == 1):
            query = _checked("query", query, self.config.coding.query_max)
        if query.shape[-1:] != (self.config.rows,) or query.ndim > 2:
            raise ValueError(
                f"query codes must have the shape [{self.config.rows}] or "
                f"[vectors, {self.config.rows}], not {query.shape}"
            )
        return self._one(query, noise_rng) if query.ndim == 1 else self._many(query, noise_rng)

    def _one(self, query: npt.NDArray[np.int8], rng: np.random.Generator | None) -> Singles:
        product = np.empty(self.config.columns, np.float32)
        place = -1 if rng is None else self._places.next(rng)
        if multiply_once(
            query,
            self._skew,
            self._counts,
            self._converters,
            self._settings,
            self._noise,
            place,
            self._charges,
            product,
        ):
            _checked("query", query, self.config.coding.query_max)
        return product

    def _many(self, query: npt.NDArray[np.int8], rng: np.random.Generator | None) -> Singles:
        config = self.config
        widths_s = self._drivers.widths_s(query, noise_rng=rng)
        pulses = (widths_s / config.drivers.longest_s).astype(np.float32)
        product = pulses @ self._relative.T
        places = np.full(len(query), -1)
        if rng is not None:
            places = rng.integers(1 << 62, size=len(query))
        convert(product, self._converters, self._settings, self._noise, places)
        return product

    def _keep(self, current_a: Reals) -> None:
        """Keep the cells' currents in the forms that the products need."""
        config = self.config
        self.current_a = current_a
        self._relative = (current_a / config.saturation_a).astype(np.float32)
        skew = self._drivers.skew_s / config.drivers.step_s
        error = 8 * config.drivers.jitter_s / config.drivers.step_s + max(skew.max(), 0.0)
        unit = LONGEST_PULSE / (config.coding.query_max + error)
        self._skew = skew.astype(np.float32)
        counts_per_a = LARGEST_CURRENT / (abs(current_a).max() or 1.0)
        self._counts = np.rint(current_a * counts_per_a).astype(np.int16)
        small = config.rows * LARGEST_CURRENT * LONGEST_PULSE < 1 << 31
        self._charges = np.zeros(config.columns, np.int32 if small else np.int64)
        converter = config.converter
        self._settings = np.array(
            [
                unit,
                config.drivers.jitter_s / config.drivers.step_s,
                1 / (counts_per_a * unit * config.coding.query_max * config.saturation_a),
                self._load,
                converter.noise,
                -1.0 if converter.signed else 0.0,
                converter.steps,
                config.coding.query_max,
            ],
            dtype=np.float32,
        )


def _checked(name: str, codes: npt.ArrayLike, highest: int) -> npt.NDArray[np.int8]:
    array = np.asarray(codes)
    if array.dtype.kind not in "iu":
        raise TypeError(f"{name} codes must be whole numbers, not {array.dtype}")
    if array.size and not 0 <= array.min() <= array.max() <= highest:
        raise ValueError(f"{name} codes must be in 0..{highest}, not {array.min()}..{array.max()}")
    return np.ascontiguousarray(array, dtype=np.int8)
