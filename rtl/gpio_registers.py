"""Registers of general-purpose pins, described once."""

from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["gpio_registers"]

_WORDS = {
    "output": (Access.READ_WRITE, None, "What pins are driven to.", "Levels."),
    "direction": (Access.READ_WRITE, None, "Which pins are driven.", "Ones drive."),
    "input": (Access.READ_ONLY, None, "What pins are, three cycles ago.", "Levels."),
    "rise": (Access.READ_WRITE, None, "Which pins are watched for rising.", "Ones watch."),
    "fall": (Access.READ_WRITE, None, "Which pins are watched for falling.", "Ones watch."),
    "pending": (Access.READ_WRITE, 1, "What was watched for and came.", "Writing a one clears."),
}


def gpio_registers(pins: int) -> RegisterMap:
    """Return the register map of ``pins`` pins."""
    return RegisterMap(
        name="gpio",
        doc="General-purpose pins.",
        registers=tuple(
            Register(
                name=name,
                count=count,
                doc=doc,
                fields=(Field(name="pins", width=pins, access=access, doc=meaning),),
            )
            for name, (access, count, doc, meaning) in _WORDS.items()
        ),
    )
