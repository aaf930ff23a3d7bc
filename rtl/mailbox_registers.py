"""Registers of a mailbox between a program and its host, described once."""

from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["SCRATCH_WORDS", "mailbox_registers"]

SCRATCH_WORDS = 4
COUNT_WIDTH = 8
LOST_WIDTH = 16


def mailbox_registers() -> RegisterMap:
    """Return the register map of a mailbox."""

    def queue(name: str, doc: str) -> Register:
        return Register(
            name=name,
            count=1,
            doc=doc,
            fields=(
                Field(name="value", width=8, access=Access.READ_WRITE, doc="The byte."),
                Field(
                    name="valid",
                    width=1,
                    access=Access.READ_ONLY,
                    doc="There was a byte to read; writes ignore it.",
                ),
            ),
        )

    def scratch(index: int) -> Register:
        word = Field(name="word", width=32, access=Access.READ_WRITE, doc="Whatever it is.")
        return Register(
            name=f"scratch_{index}",
            doc="For program and host to agree on; the hardware does nothing with it.",
            fields=(word,),
        )

    return RegisterMap(
        name="mailbox",
        doc="What passes between a program and its host.",
        registers=(
            queue("output", "Bytes to the host: the program writes one, the host reads one."),
            queue("input", "Bytes to the program: the host writes one, the program reads one."),
            Register(
                name="status",
                doc="How full the queues are, and whether the program goes on.",
                fields=(
                    Field(
                        name="output_free",
                        width=COUNT_WIDTH,
                        access=Access.READ_ONLY,
                        doc="Bytes that the output still takes; those beyond are lost.",
                    ),
                    Field(
                        name="input_available",
                        width=COUNT_WIDTH,
                        access=Access.READ_ONLY,
                        doc="Bytes that wait for the program.",
                    ),
                    Field(
                        name="finished",
                        width=1,
                        access=Access.READ_ONLY,
                        doc="The program wrote its exit code.",
                    ),
                ),
            ),
            Register(
                name="exit",
                count=1,
                doc="Writing it ends the program, for the host.",
                fields=(
                    Field(
                        name="code",
                        width=32,
                        access=Access.READ_WRITE,
                        doc="0 for success; the latest that was written.",
                    ),
                ),
            ),
            Register(
                name="lost",
                doc="Bytes written to a full queue.",
                fields=tuple(
                    Field(name=name, width=LOST_WIDTH, access=Access.COUNTER, doc=doc)
                    for name, doc in (
                        ("output", "Of those to the host."),
                        ("input", "Of those to the program."),
                    )
                ),
            ),
            *(scratch(index) for index in range(SCRATCH_WORDS)),
        ),
    )
