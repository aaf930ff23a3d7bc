"""Memory of compiled heads: their arrays, and where these are."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.head_layout import Place
from analog_models.attention.head_units import HeadUnits

__all__ = ["HeadMemory"]

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadMemory:
    """Arrays that compiled heads work on, which it is given by address.

    They are as of :func:`~analog_models.attention.head_kernels.step_heads`, in C order, and stay
    where they are as long as this object does.

    Parameters
    ----------
    geometry : HeadGeometry
        Sizes of a head.
    written, mismatch, currents, drivers, converters, tokens : numpy.ndarray
        The cells, what drives them, what reads them, and when they were written.
    leakage, law, settings, noise : numpy.ndarray
        What does not change.
    charges, real_room, count_room, written_room, code_room : numpy.ndarray
        Room.
    """

    geometry: HeadGeometry
    written: Array
    mismatch: Array
    currents: Array
    drivers: Array
    converters: Array
    tokens: Array
    leakage: Array
    law: Array
    settings: Array
    noise: Array
    charges: Array
    real_room: Array
    count_room: Array
    written_room: Array
    code_room: Array

    @classmethod
    def blank(
        cls,
        geometry: HeadGeometry,
        units: HeadUnits,
        *,
        mismatch: Array,
        drivers: Array,
        converters: Array,
        noise: Array,
    ) -> "HeadMemory":
        """Return the memory of heads that have seen no token.

        Parameters
        ----------
        geometry : HeadGeometry
            Sizes of a head.
        units : HeadUnits
            What the heads count in.
        mismatch, drivers, converters : numpy.ndarray
            The die.
        noise : numpy.ndarray
            Normal draws.

        Returns
        -------
        HeadMemory
            All else is zero.
        """
        heads, window, head_dim = mismatch.shape[1], geometry.window_tokens, geometry.head_dim
        size, leakage = geometry.tile_tokens, units.leakage()
        reals = window + (3 + size) * head_dim + leakage.shape[1] * size
        cells = (2, heads, window * head_dim)
        return cls(
            geometry=geometry,
            written=np.zeros(cells, np.int16),
            mismatch=mismatch,
            currents=np.zeros(cells, units.count),
            drivers=drivers.astype(units.real),
            converters=converters.astype(units.real),
            tokens=np.zeros((2, window), np.int64),
            leakage=leakage,
            law=units.law(),
            settings=units.settings(),
            noise=noise,
            charges=np.zeros(max(size, head_dim), units.charge),
            real_room=np.zeros(reals, units.real),
            count_room=np.zeros(window + 3 * head_dim, units.count),
            written_room=np.zeros(2 * head_dim, np.int16),
            code_room=np.zeros(6 * head_dim, np.int8),
        )

    def forget(self) -> None:
        """Forget all tokens; the die stays."""
        for array in (self.written, self.currents, self.tokens, self.count_room):
            array[:] = 0

    def places(self) -> npt.NDArray[np.int64]:
        """Return sizes and addresses.

        Returns
        -------
        numpy.ndarray
            As :class:`~analog_models.attention.head_layout.Place` says; meant for as long as this
            object is kept.
        """
        sizes = {
            Place.HEADS: self.mismatch.shape[1],
            Place.WINDOW: self.geometry.window_tokens,
            Place.HEAD_DIM: self.geometry.head_dim,
            Place.TILES: self.geometry.tiles,
            Place.MOST: self.converters.shape[-1],
            Place.LEAKAGES: self.leakage.shape[0],
            Place.PIECES: self.leakage.shape[1],
            Place.LAWS: self.law.shape[0],
            Place.DRAWS: self.noise.size,
        }
        addresses = {
            place: getattr(self, place.name.lower()).ctypes.data
            for place in Place
            if place not in sizes
        }
        return np.array([(sizes | addresses)[place] for place in Place], np.int64)
