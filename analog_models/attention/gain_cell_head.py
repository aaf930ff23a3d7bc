"""Attention heads of gain cells, token by token: one die with all its imperfections."""

from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.attention.charge_to_pulse import ChargeToPulse
from analog_models.attention.gain_cell import draw_steps
from analog_models.attention.head_config import GainCellHeadConfig
from analog_models.attention.head_entry import OTHER_SHAPE, head_entry
from analog_models.attention.head_layout import Converter
from analog_models.attention.head_memory import HeadMemory
from analog_models.attention.head_units import HeadUnits
from analog_models.attention.normal_table import Places, normal_table
from analog_models.attention.pulse_width import PulseWidthDrivers
from analog_models.validation import check_integer

__all__ = ["GainCellHead", "GainCellHeadConfig", "GainCellLayer"]

Codes = npt.NDArray[np.int8]

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
        self._shape = self._shape_of(heads, head_dim)
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
        self._memory = HeadMemory.blank(
            geometry,
            self.units,
            mismatch=self.mismatch,
            drivers=self.drivers,
            converters=self.converters,
            noise=normal_table(window + (tiles + 3) * head_dim),
        )
        self._is_noisy = config.is_noisy
        self._connect()
        self.reset()

    @staticmethod
    def _shape_of(heads: int, head_dim: int) -> tuple[int, ...]:
        """Return the shape of codes."""
        return (heads, head_dim)

    def _connect(self) -> None:
        """Find the compiled head, and where the memory is."""
        units = self.units
        self._step = head_entry(units.real, units.count, units.charge, len(self._shape))
        self._found = self._memory.places()
        self._no_sums = np.zeros(self._shape, np.int16)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy is made of: it finds its own memory."""
        found = {"_step", "_found"}
        return {name: value for name, value in vars(self).items() if name not in found}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Become a copy."""
        vars(self).update(state)
        self._connect()

    @property
    def written(self) -> npt.NDArray[np.int16]:
        """Voltages that were written ``[2, heads, window * head_dim]``, ordered as ``mismatch``.

        In steps from the middle.
        """
        return self._memory.written

    @property
    def columns(self) -> npt.NDArray[np.int64]:
        """When columns were written and looked at ``[2, window]``.

        Rows as :class:`~analog_models.attention.head_layout.Tokens`.
        """
        return self._memory.tokens

    def reset(self) -> None:
        """Forget all tokens; the die stays."""
        self.tokens = 0
        self._draws = Places()
        self._memory.forget()

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
        place = self._draws.next(noise_rng) if self._is_noisy else 0
        sums = self._no_sums.copy()
        codes: tuple[Any, ...] = (query, key, value)
        try:
            wrong = self._step(self._found, *codes, self.tokens, place, sums)
        except TypeError:  # other types or orders than those that it is compiled for
            wrong = OTHER_SHAPE
        if wrong == OTHER_SHAPE:
            codes = tuple(map(self._as_codes, NAMES, codes))
            wrong = self._step(self._found, *codes, self.tokens, place, sums)
        if wrong:
            self._check_range(NAMES[wrong - 1], codes[wrong - 1])
        self.tokens += 1
        return sums

    def _as_codes(self, name: str, codes: npt.ArrayLike) -> Codes:
        array = np.asarray(codes)
        if array.dtype.kind not in "iu":
            raise TypeError(f"{name} codes must be whole numbers, not {array.dtype}")
        if array.shape != self._shape:
            raise ValueError(f"{name} codes must have the shape {self._shape}, not {array.shape}")
        self._check_range(name, array)
        return np.array(array, dtype=np.int8, order="C")

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

    @staticmethod
    def _shape_of(heads: int, head_dim: int) -> tuple[int, ...]:
        return (heads * head_dim,)
