"""Attention heads of gain cells, token by token: one die with all its imperfections."""

from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from analog_models.attention.charge_to_pulse import ChargeToPulse
from analog_models.attention.gain_cell import draw_steps
from analog_models.attention.head_config import GainCellHeadConfig
from analog_models.attention.head_kernels import step_heads
from analog_models.attention.head_layout import Converter
from analog_models.attention.head_units import HeadUnits
from analog_models.attention.normal_table import Places, normal_table
from analog_models.attention.pulse_width import PulseWidthDrivers
from analog_models.validation import check_integer

__all__ = ["GainCellHead", "GainCellHeadConfig", "GainCellLayer"]

Codes = npt.NDArray[np.int8]

INT8 = np.dtype(np.int8)
NAMES = ("query", "key", "value")


class GainCellLayer:
    """The heads of one layer on one die, which see a token together.

    Mismatch is drawn once and then fixed. Every token writes a column of each head's two arrays,
    over the oldest, and reads all columns that hold a token.

    A head without noise computes exactly. With noise, currents have 16 bits, cells are looked at
    in turn, and normal draws are slices of a table: all below what the noise does, and several
    times as fast. :class:`~analog_models.attention.head_config.GainCellHeadConfig` chooses.

    Parameters
    ----------
    config : GainCellHeadConfig
        Design values, the same for all heads.
    heads : int
        Number of heads.
    mismatch_rng : numpy.random.Generator
        Draws the die. The same die is drawn whatever the spreads, so that one imperfection can
        be changed alone.

    Attributes
    ----------
    tokens : int
        Tokens since the start.
    units : HeadUnits
        What the model counts in, and how often it looks at a cell.
    mismatch : numpy.ndarray
        The cells' transistors ``[2, heads, 2, window * head_dim]``, of keys, ordered by token,
        and of values, ordered by tile, dimension and token; rows as
        :class:`~analog_models.attention.head_layout.Mismatch`.
    drivers : numpy.ndarray
        Error of each pulse driver ``[heads, head_dim]``, steps.
    converters : numpy.ndarray
        The converters ``[2, heads, 2, most]``, of scores by column and of outputs by tile and
        dimension, rows as :class:`~analog_models.attention.head_layout.Converter`.
    written : numpy.ndarray
        Voltages that were written ``[2, heads, window * head_dim]``, ordered likewise, steps from
        the middle.
    columns : numpy.ndarray
        When ``[2, window]``, rows as :class:`~analog_models.attention.head_layout.Tokens`.
    """

    def __init__(
        self, config: GainCellHeadConfig, *, heads: int, mismatch_rng: np.random.Generator
    ) -> None:
        check_integer("layer heads", heads, low=1, high=1 << 12)
        self.config = config
        self.heads = heads
        self.units = HeadUnits(config)
        geometry = config.geometry
        window, head_dim, tiles = geometry.window_tokens, geometry.head_dim, geometry.tiles
        self._shape: tuple[int, ...] = (heads, head_dim)
        self.mismatch = draw_steps((2, heads, 2, window * head_dim), mismatch_rng)
        self.drivers = np.zeros((heads, head_dim), dtype=np.float32)
        for each in self.drivers:
            drivers = PulseWidthDrivers(config.drivers, rows=head_dim, mismatch_rng=mismatch_rng)
            each[:] = drivers.skew_s / config.drivers.step_s
        designs, counts = (
            (config.score_converter, config.output_converter),
            (window, tiles * head_dim),
        )
        self.converters = np.zeros((2, heads, 2, max(counts)), dtype=np.float32)
        for design, count, of_kind in zip(designs, counts, self.converters, strict=True):
            for of_head in of_kind:
                drawn = ChargeToPulse(design, converters=count, mismatch_rng=mismatch_rng)
                of_head[Converter.GAIN, :count] = drawn.gain
                of_head[Converter.OFFSET, :count] = drawn.offset
        real = self.units.real
        self._kernel_drivers, self._kernel_converters = (
            each.astype(real) for each in (self.drivers, self.converters)
        )
        self._leakage, self._law = self.units.leakage(), self.units.law()
        self._settings = self.units.settings()
        self._noise = normal_table(window + (tiles + 3) * head_dim)
        self._is_noisy = config.is_noisy
        self.reset()

    def reset(self) -> None:
        """Forget all tokens; the die stays."""
        geometry = self.config.geometry
        cells = (2, self.heads, geometry.window_tokens * geometry.head_dim)
        self.tokens = 0
        self._places = Places()
        self.written = np.zeros(cells, dtype=np.int16)
        self._currents = np.zeros(cells, dtype=self.units.count)
        most = max(geometry.window_tokens, geometry.tiles * geometry.head_dim)
        self._charges = np.zeros(most, dtype=self.units.charge)
        self.columns = np.zeros((2, geometry.window_tokens), dtype=np.int64)

    def step(
        self,
        query: npt.ArrayLike,
        key: npt.ArrayLike,
        value: npt.ArrayLike,
        *,
        noise_rng: np.random.Generator,
    ) -> npt.NDArray[np.int16]:
        """Write a token's keys and values, and return what its queries read.

        Parameters
        ----------
        query, key, value : array_like
            Codes ``[heads, head_dim]``, whole numbers.
        noise_rng : numpy.random.Generator
            Draws the noise, a thousand tokens at a time; not used when there is none.

        Returns
        -------
        numpy.ndarray
            Sums over the tiles of output codes ``[heads, head_dim]``.

        Raises
        ------
        TypeError
            Codes that are not whole numbers.
        ValueError
            Codes of a wrong shape or out of range; then nothing was written.
        """
        shape = self._shape
        query = query if _is_ready(query, shape) else self._as_codes("query", query)
        key = key if _is_ready(key, shape) else self._as_codes("key", key)
        value = value if _is_ready(value, shape) else self._as_codes("value", value)
        sums = np.empty(shape, np.int16)
        wrong = step_heads(
            query,
            key,
            value,
            self.written,
            self.mismatch,
            self._currents,
            self._kernel_drivers,
            self._kernel_converters,
            self.columns,
            self._leakage,
            self._law,
            self._settings,
            self._noise,
            self.config.geometry.tiles,
            self.tokens,
            self._places.next(noise_rng) if self._is_noisy else 0,
            self._charges,
            sums,
        )
        if wrong:
            self._check_range(NAMES[wrong - 1], (query, key, value)[wrong - 1])
        self.tokens += 1
        return sums

    def _as_codes(self, name: str, codes: npt.ArrayLike) -> Codes:
        array = np.asarray(codes)
        if array.dtype.kind not in "iu":
            raise TypeError(f"{name} codes must be whole numbers, not {array.dtype}")
        if array.shape != self._shape:
            raise ValueError(f"{name} codes must have the shape {self._shape}, not {array.shape}")
        self._check_range(name, array)
        return np.ascontiguousarray(array, dtype=np.int8)

    def _check_range(self, name: str, codes: npt.NDArray[np.integer]) -> None:
        coding = self.config.coding
        highest = coding.query_max if name == "query" else coding.stored_max
        if codes.min() < 0 or codes.max() > highest:
            raise ValueError(
                f"{name} codes must be in 0..{highest}, not {codes.min()}..{codes.max()}"
            )


class GainCellHead(GainCellLayer):
    """One head: a layer of one, whose codes have no axis of heads.

    Parameters
    ----------
    config : GainCellHeadConfig
        Design values.
    mismatch_rng : numpy.random.Generator
        Draws the die.
    """

    def __init__(self, config: GainCellHeadConfig, *, mismatch_rng: np.random.Generator) -> None:
        super().__init__(config, heads=1, mismatch_rng=mismatch_rng)
        self._shape = (config.geometry.head_dim,)


def _is_ready(codes: npt.ArrayLike, shape: tuple[int, ...]) -> TypeGuard[Codes]:
    """Return whether codes can go to the compiled head, which checks their range, as they are."""
    return (
        type(codes) is np.ndarray
        and codes.dtype is INT8
        and codes.shape == shape
        and codes.flags.c_contiguous
    )
