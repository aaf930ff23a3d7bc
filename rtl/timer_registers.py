"""Registers of a timer and of the software interrupt, described once."""

from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["PRESCALE_WIDTH", "timer_registers"]

PRESCALE_WIDTH = 16


def timer_registers() -> RegisterMap:
    """Return the register map of a timer."""

    def half(name: str, access: Access, doc: str) -> Register:
        reset = (1 << 32) - 1 if access is Access.READ_WRITE else 0
        ticks = Field(name="ticks", width=32, access=access, reset=reset, doc="Ticks.")
        return Register(name=name, doc=doc, fields=(ticks,))

    return RegisterMap(
        name="timer",
        doc="Time, the interrupt at a time, and the software interrupt.",
        registers=(
            half("time_low", Access.READ_ONLY, "Lower half of the time since reset."),
            half("time_high", Access.READ_ONLY, "Upper half; read before and after the lower."),
            half(
                "compare_low",
                Access.READ_WRITE,
                "Lower half of the time from which on the timer's line is high.",
            ),
            half(
                "compare_high",
                Access.READ_WRITE,
                "Upper half; set it to all ones while the lower one changes.",
            ),
            Register(
                name="prescale",
                doc="How long a tick is; changes take effect at the next.",
                fields=(
                    Field(
                        name="cycles",
                        width=PRESCALE_WIDTH,
                        access=Access.READ_WRITE,
                        doc="Clock cycles of a tick, less one.",
                    ),
                ),
            ),
            Register(
                name="software",
                doc="The software interrupt.",
                fields=(
                    Field(
                        name="request",
                        width=1,
                        access=Access.READ_WRITE,
                        doc="The line of the software interrupt.",
                    ),
                ),
            ),
        ),
    )
