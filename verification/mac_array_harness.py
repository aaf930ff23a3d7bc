"""What surrounds a MAC array in a simulation: memory that keeps it waiting."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from rtl.mac_array_config import MacArrayConfig

__all__ = ["PORT", "READY", "WideMemory", "WideMemoryError"]

READY: Mapping[str, float] = {"at_once": 1.0, "often": 0.7, "seldom": 0.25}
"""Probability that memory takes a request in a cycle, by pace."""
PORT = ("valid", "address", "write", "mask", "write_data")
"""What an array asks."""


class WideMemoryError(Exception):
    """An array broke a rule of its port."""


class WideMemory:
    """Memory behind the wide port of an array.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array.
    ready_probability : float
        Of taking a request in a cycle.
    rng : numpy.random.Generator
        Source of waits, and of what nobody may look at.

    Attributes
    ----------
    words : ndarray of uint8
        The memory.
    ready : int
        Whether a request is taken in this cycle.
    refuses_from, refuses_to : int
        First address that is refused, and the one after the last.
    """

    def __init__(
        self, config: MacArrayConfig, ready_probability: float, rng: np.random.Generator
    ) -> None:
        self._config = config
        self._probability = ready_probability
        self._rng = rng
        self._waiting: dict[str, int] | None = None
        self.words: npt.NDArray[np.uint8] = np.zeros(config.memory_bytes, dtype=np.uint8)
        self.ready = 0
        self.refuses_to = 1 << 32
        self.refuses_from = config.memory_base + config.memory_bytes

    def fault(self, address: int) -> int:
        """Return whether an address is refused.

        Parameters
        ----------
        address : int
            Byte address.

        Returns
        -------
        int
            1 if it is.
        """
        inside = self._config.memory_base <= address
        return int(not inside or self.refuses_from <= address < self.refuses_to)

    def cycle(self, asked: Mapping[str, int]) -> int:
        """Let a clock edge come; return what the array reads after it.

        Parameters
        ----------
        asked : mapping of str to int
            :data:`PORT` of this cycle.

        Returns
        -------
        int
            The beat asked for, or anything.

        Raises
        ------
        WideMemoryError
            A request is not of a whole beat of memory, or changes while it waits.
        """
        lanes = self._config.lanes
        read = int.from_bytes(self._rng.bytes(lanes), "little")
        asked = dict(asked) if asked["write"] else {**asked, "write_data": 0}
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting != asked:
            raise WideMemoryError(f"the array must hold {waiting}, but asks {asked}")
        if asked["valid"]:
            address = asked["address"]
            if address % lanes:
                raise WideMemoryError(f"address must be a multiple of {lanes}, not {address:#x}")
            if not self.ready:
                self._waiting = asked
            elif not self.fault(address):
                beat = self.words[address - self._config.memory_base :][:lanes]
                if asked["write"]:
                    new = np.frombuffer(asked["write_data"].to_bytes(lanes, "little"), np.uint8)
                    chosen = [asked["mask"] >> byte & 1 == 1 for byte in range(lanes)]
                    beat[chosen] = new[chosen]
                else:
                    read = int.from_bytes(beat.tobytes(), "little")
        self.ready = int(self._rng.random() < self._probability)
        return read
