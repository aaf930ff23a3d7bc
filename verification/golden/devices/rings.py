"""Model of :class:`rtl.event_dma.EventDma`."""

import numpy as np
import numpy.typing as npt

from rtl.dma_registers import dma_registers
from rtl.processor_map import DATA_BASE, ProcessorMap
from verification.golden.devices.device import DeviceModel
from verification.golden.register_bank import Response

__all__ = ["RingsModel"]

WORD_BYTES, LEAST_BYTES = 4, 8


class RingsModel(DeviceModel):
    """Rings in the memory of data, into which words of streams are written.

    Parameters
    ----------
    streams : int
        How many.
    processor_map : ProcessorMap
        How large the memory is.
    memory : ndarray of uint32
        The memory of data; changed.
    """

    def __init__(
        self, streams: int, processor_map: ProcessorMap, memory: npt.NDArray[np.uint32]
    ) -> None:
        super().__init__(dma_registers(streams, processor_map))
        self._memory = memory
        self._streams = range(streams)
        self._offsets = [0] * streams
        self._off = [True] * streams  # at some time since somebody asked

    def _setting(self, stream: int, register: str, field: str) -> int:
        return self.bank.value(f"ring_{stream}_{register}", field)

    def _is_on(self, stream: int) -> bool:
        return bool(self._setting(stream, "control", "enable"))

    def _fits(self, stream: int) -> bool:
        """Return whether there can be a ring with such settings."""
        base = self._setting(stream, "base", "address")
        size = self._setting(stream, "size", "bytes")
        read = self._setting(stream, "read", "offset")
        threshold = self._setting(stream, "threshold", "bytes")
        return (
            not (base % WORD_BYTES or size % WORD_BYTES or read % WORD_BYTES)
            and base >= DATA_BASE
            and base + size <= DATA_BASE + self._memory.nbytes
            and size >= LEAST_BYTES
            and max(read, self._offsets[stream], threshold) < size
        )

    def was_off(self, stream: int) -> bool:
        """Return whether a ring has been off since this was last asked.

        Parameters
        ----------
        stream : int
            Its number.

        Returns
        -------
        bool
            It has, so that nothing is left of what was written to it.
        """
        was_off, self._off[stream] = self._off[stream], not self._is_on(stream)
        return was_off

    def _waiting(self, stream: int) -> int:
        """Return the bytes that wait for the program."""
        size = self._setting(stream, "size", "bytes")
        return (self._offsets[stream] - self._setting(stream, "read", "offset")) % size

    def is_held(self, stream: int) -> bool:
        """Return whether a stream waits because its ring is full.

        Parameters
        ----------
        stream : int
            Its number.

        Returns
        -------
        bool
            It does.
        """
        works = self._is_on(stream) and self._fits(stream)
        return works and self._is_full(stream) and bool(self._setting(stream, "control", "waits"))

    def _is_full(self, stream: int) -> bool:
        return self._waiting(stream) + WORD_BYTES == self._setting(stream, "size", "bytes")

    def push(self, stream: int, word: int) -> bool:
        """Offer a word of a stream.

        Parameters
        ----------
        stream : int
            Its number.
        word : int
            The word.

        Returns
        -------
        bool
            It was taken, which it is also if it is lost to a full ring.
        """
        if not (self._is_on(stream) and self._fits(stream)) or self.is_held(stream):
            return False
        if self._is_full(stream):
            self.bank.cycle(increments={(f"ring_{stream}_overruns", "count"): 1})
            return True
        size = self._setting(stream, "size", "bytes")
        base = self._setting(stream, "base", "address")
        self._memory[(base - DATA_BASE + self._offsets[stream]) // WORD_BYTES] = word
        self._offsets[stream] = (self._offsets[stream] + WORD_BYTES) % size
        return True

    @property
    def interrupt(self) -> bool:
        """Whether a ring is as full as its threshold says, or cannot be."""
        return any(self._rings(stream) for stream in self._streams)

    def _rings(self, stream: int) -> bool:
        if not self._is_on(stream):
            return False
        threshold = self._setting(stream, "threshold", "bytes")
        return not self._fits(stream) or 0 < threshold <= self._waiting(stream)

    def read(self, address: int) -> Response:
        """Read the register at ``address``."""
        for stream in self._streams:
            error = self._is_on(stream) and not self._fits(stream)
            self.bank.set_value(f"ring_{stream}_write", "offset", self._offsets[stream])
            self.bank.set_value(f"ring_{stream}_status", "error", int(error))
        return self.bank.read(address)

    def write(self, address: int, word: int) -> Response:
        """Write ``word`` to the register at ``address``; a ring that is off begins anew."""
        response = self.bank.write(address, word)
        for stream in self._streams:
            if not self._is_on(stream):
                self._offsets[stream] = 0
                self._off[stream] = True
        return response
