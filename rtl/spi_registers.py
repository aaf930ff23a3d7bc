"""Registers by which a host, over SPI, and a program know of each other, described once."""

from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["spi_registers"]


def spi_registers(*, runs: bool) -> RegisterMap:
    """Return the register map of the host's port.

    Parameters
    ----------
    runs : bool
        The core runs after reset; else the host releases it.

    Returns
    -------
    RegisterMap
        The registers.
    """

    def flag(name: str, access: Access, doc: str, *, reset: int = 0) -> Field:
        return Field(name=name, width=1, access=access, reset=reset, doc=doc)

    return RegisterMap(
        name="spi",
        doc="The host's port: what it does to the core, and how it is told.",
        registers=(
            Register(
                name="identification",
                doc="What answers at this address.",
                fields=(
                    Field(
                        name="version",
                        width=16,
                        access=Access.CONSTANT,
                        reset=0x0100,
                        doc="Version of the processor's devices, major in the upper byte.",
                    ),
                ),
            ),
            Register(
                name="control",
                doc="What the core may do.",
                fields=(
                    flag(
                        "run",
                        Access.READ_WRITE,
                        "The core is not held in reset; clearing it resets the devices, too.",
                        reset=int(runs),
                    ),
                    flag("halt", Access.READ_WRITE, "The core stops before an instruction."),
                ),
            ),
            Register(
                name="status",
                doc="What the core does.",
                fields=(
                    flag("halted", Access.READ_ONLY, "It has stopped, as it was told to."),
                    flag("sleeping", Access.READ_ONLY, "It waits for an interrupt."),
                ),
            ),
            Register(
                name="doorbell",
                doc="How the host calls the program.",
                fields=(
                    flag("request", Access.READ_WRITE, "The line; who answers writes a zero."),
                ),
            ),
            Register(
                name="refused",
                doc="What went wrong.",
                fields=(
                    Field(
                        name="count",
                        width=16,
                        access=Access.COUNTER,
                        increment_width=2,
                        doc="Accesses of the host at which nothing answered, or not in time, "
                        "or that ended early, or at no multiple of 4; and unknown commands.",
                    ),
                ),
            ),
            Register(
                name="position",
                doc="Where the core is.",
                fields=(
                    Field(
                        name="address",
                        width=32,
                        access=Access.READ_ONLY,
                        doc="Of the instruction that comes next, steady while it is halted.",
                    ),
                ),
            ),
        ),
    )
