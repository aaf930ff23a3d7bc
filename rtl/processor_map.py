"""Where a processor finds its memories and devices, and on which line each device interrupts it."""

from dataclasses import dataclass
from enum import IntEnum

from rtl.checks import check_ranges

__all__ = [
    "DATA_BASE",
    "OUTSIDE_BASE",
    "OUTSIDE_BYTES",
    "PAGE_BYTES",
    "PERIPHERALS",
    "PERIPHERAL_BASE",
    "TEXT_BASE",
    "Line",
    "ProcessorMap",
]

TEXT_BASE = 0x0000_0000
DATA_BASE = 0x1000_0000
PERIPHERAL_BASE = 0x4000_0000
PAGE_BYTES = 0x1000
OUTSIDE_BASE = 0x4001_0000
OUTSIDE_BYTES = 0x1_0000

PERIPHERALS = ("mailbox", "timer", "interrupts", "dma", "gpio", "spi", "mac_array")
"""Devices by page: the first is at :data:`PERIPHERAL_BASE`."""


class Line(IntEnum):
    """Interrupt lines, at their places in mip and, as numbers of causes, in mcause.

    Attributes
    ----------
    SOFTWARE, TIMER, EXTERNAL
        Of the privileged specification; no device drives the external one.
    SPI, DMA, GPIO, MAC_ARRAY, MAILBOX
        Of the devices, through the interrupt controller; a line stays high while it is pending.
    OUTSIDE
        The first of those that come from outside of the processor, up to 31.
    """

    SOFTWARE = 3
    TIMER = 7
    EXTERNAL = 11
    SPI = 16
    DMA = 17
    GPIO = 18
    MAC_ARRAY = 19
    MAILBOX = 20
    OUTSIDE = 21


@dataclass(frozen=True, kw_only=True)
class ProcessorMap:
    """Sizes of the memories; everything else is where the constants of this file say.

    Parameters
    ----------
    text_bytes : int
        Memory of instructions, a power of two in 64..2**22.
    data_bytes : int
        Memory of data, a power of two in 64..2**20.

    Examples
    --------
    >>> hex(ProcessorMap().base_of("timer"))
    '0x40001000'
    """

    text_bytes: int = 1 << 16
    data_bytes: int = 1 << 16

    def __post_init__(self) -> None:
        check_ranges(self, text_bytes=(64, 1 << 22), data_bytes=(64, 1 << 20))
        for name in ("text_bytes", "data_bytes"):
            value = getattr(self, name)
            if value & (value - 1):
                raise ValueError(f"{name} must be a power of two, not {value}")

    def base_of(self, name: str) -> int:
        """Return the address at which something begins.

        Parameters
        ----------
        name : str
            ``text``, ``data``, ``outside``, or one of :data:`PERIPHERALS`.

        Returns
        -------
        int
            The address, bytes.

        Raises
        ------
        ValueError
            There is nothing of this name.
        """
        fixed = {"text": TEXT_BASE, "data": DATA_BASE, "outside": OUTSIDE_BASE}
        if name in fixed:
            return fixed[name]
        if name not in PERIPHERALS:
            known = ", ".join((*fixed, *PERIPHERALS))
            raise ValueError(f"part of the address map must be one of {known}, not {name!r}")
        return PERIPHERAL_BASE + PAGE_BYTES * PERIPHERALS.index(name)
