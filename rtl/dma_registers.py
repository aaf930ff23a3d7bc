"""Registers of the rings into which streams of events are written, described once."""

from rtl.processor_map import DATA_BASE, ProcessorMap
from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["dma_registers"]


def dma_registers(streams: int, processor_map: ProcessorMap) -> RegisterMap:
    """Return the register map of the rings.

    Parameters
    ----------
    streams : int
        Streams, each with its ring.
    processor_map : ProcessorMap
        How large the memory of data is.

    Returns
    -------
    RegisterMap
        The registers.
    """
    width = processor_map.data_bytes.bit_length()

    def setting(name: str, access: Access, doc: str, *, bits: int = width, reset: int = 0) -> Field:
        return Field(name=name, width=bits, access=access, reset=reset, doc=doc)

    def ring(index: int) -> tuple[Register, ...]:
        def register(name: str, doc: str, *fields: Field) -> Register:
            return Register(name=f"ring_{index}_{name}", doc=doc, fields=fields)

        write, read = Access.READ_WRITE, Access.READ_ONLY
        return (
            register(
                "control",
                "Starts and stops it; set everything else up first.",
                setting("enable", write, "Take events; off, it forgets where it wrote.", bits=1),
                setting(
                    "waits",
                    write,
                    "While the ring is full its stream waits; else words are lost, and counted.",
                    bits=1,
                ),
            ),
            register(
                "base",
                "Where the ring begins.",
                setting("address", write, "A multiple of 4.", bits=32, reset=DATA_BASE),
            ),
            register(
                "size",
                "How large the ring is.",
                setting("bytes", write, "A multiple of 4, at least 8; one word stays free."),
            ),
            register(
                "read",
                "Where the program is.",
                setting(
                    "offset",
                    write,
                    "Bytes from the base to the next word to read; 0 while the ring is off.",
                ),
            ),
            register(
                "write",
                "Where the ring is.",
                setting("offset", read, "Bytes from the base to the next word to write."),
            ),
            register(
                "threshold",
                "When the program is interrupted.",
                setting(
                    "bytes", write, "While as many wait to be read, less than the size; 0: never."
                ),
            ),
            register(
                "status",
                "Whether it can work.",
                setting("error", read, "On, but with settings that no ring has.", bits=1),
            ),
            register(
                "overruns",
                "Events lost.",
                Field(
                    name="count",
                    width=32,
                    access=Access.COUNTER,
                    doc="Events that came while the ring was full.",
                ),
            ),
        )

    return RegisterMap(
        name="dma",
        doc="Rings in the memory of data into which streams of events are written.",
        registers=tuple(register for index in range(streams) for register in ring(index)),
    )
