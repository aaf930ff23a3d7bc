"""Registers of an interrupt controller, described once."""

from rtl.processor_map import Line
from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["FIRST_LINE", "PLATFORM_LINES", "interrupt_registers"]

FIRST_LINE = 16
PLATFORM_LINES = 16

_SOURCES = {
    Line.SPI: "The host rings.",
    Line.DMA: "A ring is as full as its threshold says, or is not set up as it must be.",
    Line.GPIO: "A pin changed as it was to be watched for.",
    Line.MAC_ARRAY: "A job is done.",
    Line.MAILBOX: "There is a byte for the program.",
}


def interrupt_registers() -> RegisterMap:
    """Return the register map of an interrupt controller."""

    def lines(access: Access) -> tuple[Field, ...]:
        devices = tuple(
            Field(name=line.name.lower(), width=1, access=access, doc=doc)
            for line, doc in _SOURCES.items()
        )
        width = FIRST_LINE + PLATFORM_LINES - Line.OUTSIDE
        outside = Field(name="outside", width=width, access=access, doc="Lines from outside.")
        return (*devices, outside)

    return RegisterMap(
        name="interrupts",
        doc="Gathers the platform's interrupts, bit n for the core's line 16 + n.",
        registers=(
            Register(
                name="pending",
                count=1,
                doc="What was high since it was cleared; writing a one clears.",
                fields=lines(Access.READ_WRITE),
            ),
            Register(
                name="enable",
                doc="Which of the pending ones reach the core.",
                fields=lines(Access.READ_WRITE),
            ),
            Register(
                name="sources",
                doc="What is high now.",
                fields=lines(Access.READ_ONLY),
            ),
        ),
    )
