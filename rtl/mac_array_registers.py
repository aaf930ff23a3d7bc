"""Registers of the MAC array, described once."""

from rtl.mac_array_config import (
    SHIFT_WIDTH,
    SIZE_WIDTH,
    MacArrayConfig,
    MacError,
    MacOperation,
    OutputWidth,
)
from rtl.registers import Access, EnumValue, Field, Register, RegisterMap

__all__ = ["mac_array_registers"]

VERSION = 0x0100
WIDTHS = (
    EnumValue(name="bits_8", value=0, doc="8 bits, two's complement."),
    EnumValue(name="bits_16", value=1, doc="16 bits, two's complement."),
)
OPERATIONS = {
    MacOperation.PRODUCTS: "Output of a row: sum of weight times vector element.",
    MacOperation.SQUARES: "Output of a row: sum of squared differences of weight and vector.",
    MacOperation.MAGNITUDES: "Output of a row: sum of magnitudes of these differences.",
    MacOperation.UPDATE: "Weight plus the row's constant times the vector's element.",
}
ERRORS = {
    MacError.NONE: "The latest job was not refused.",
    MacError.SHAPE: "No rows, no columns, or a vector too long for its buffer.",
    MacError.WIDTH: "Reserved output width, or differences of unlike widths.",
    MacError.ALIGNMENT: "An address or the stride is no multiple of a beat.",
    MacError.RANGE: "Something lies or ends outside of the memory of data.",
    MacError.OVERLAP: "What is written overlaps weights or constants.",
    MacError.MEMORY: "Memory refused a beat.",
}


def mac_array_registers(config: MacArrayConfig) -> RegisterMap:
    """Return the register map of a MAC array.

    While a job runs every write is refused, so that none can change under way.

    Parameters
    ----------
    config : MacArrayConfig
        Size of the array.

    Returns
    -------
    RegisterMap
        The registers.
    """

    def setting(name: str, width: int, doc: str, enum: tuple[EnumValue, ...] = ()) -> Field:
        return Field(name=name, width=width, access=Access.READ_WRITE, doc=doc, enum=enum)

    def told(name: str, width: int, doc: str, enum: tuple[EnumValue, ...] = ()) -> Field:
        return Field(name=name, width=width, access=Access.READ_ONLY, doc=doc, enum=enum)

    def fixed(name: str, width: int, value: int, doc: str) -> Field:
        return Field(name=name, width=width, access=Access.CONSTANT, reset=value, doc=doc)

    def address(name: str, doc: str) -> Register:
        field = setting("address", 32, f"First byte, a multiple of {config.lanes}.")
        return Register(name=name, doc=doc, fields=(field,))

    return RegisterMap(
        name="mac_array",
        doc="Products of matrices and vectors, distances and updates, from memory to memory.",
        registers=(
            Register(
                name="identification",
                doc="What answers at this address.",
                fields=(
                    fixed("version", 16, VERSION, "Version of this map, major in the upper byte."),
                    fixed("lanes", 8, config.lanes, "Products of 8 by 8 bits a cycle."),
                    fixed("vector_beats", 8, config.vector_beats % 256, "Buffer; 0 means 256."),
                ),
            ),
            Register(
                name="command",
                doc="Starts a job; write it last.",
                count=1,
                fields=(
                    setting("start", 1, "Write 1 to start; reads 1 while the job runs."),
                    setting("acknowledge", 1, "Write 1 to clear `done`, `error` and interrupt."),
                ),
            ),
            Register(
                name="status",
                doc="What became of the latest job.",
                fields=(
                    told("busy", 1, "A job runs."),
                    told("done", 1, "It has ended, well or not, and was not acknowledged."),
                    told("error", 3, "Why it was refused.", _named(ERRORS)),
                ),
            ),
            Register(
                name="control",
                doc="What the next job does.",
                fields=(
                    setting("operation", 2, "The job.", _named(OPERATIONS)),
                    setting("weight_width", 1, "Of weights, and of an update's constants.", WIDTHS),
                    setting("vector_width", 1, "Of the vector's elements.", WIDTHS),
                    setting(
                        "output_width",
                        2,
                        "Of outputs, saturated to it; none in an update.",
                        tuple(
                            EnumValue(
                                name=width.name.lower(),
                                value=width,
                                doc=f"{width.name.removeprefix('BITS_')} bits, two's complement.",
                            )
                            for width in OutputWidth
                        ),
                    ),
                    setting("relu", 1, "Negative outputs become zero."),
                    setting("bias", 1, "Add a constant to each output, before the shift."),
                    setting("interrupt_enable", 1, "Interrupt while `done` is set."),
                ),
            ),
            Register(
                name="shape",
                doc="Size of the matrix.",
                fields=(
                    setting("rows", SIZE_WIDTH, "Rows, at least 1."),
                    setting("columns", SIZE_WIDTH, "Columns, at least 1, elements of the vector."),
                ),
            ),
            Register(
                name="shift",
                doc="Scale of outputs, and of what an update adds.",
                fields=(setting("bits", SHIFT_WIDTH, "Divided by 2 to this power; halves go up."),),
            ),
            address("weights", "Matrix, row by row."),
            Register(
                name="stride",
                doc="From row to row.",
                fields=(setting("bytes", 32, f"A multiple of {config.lanes}; 0 repeats a row."),),
            ),
            address("vector", "Vector, read once before the first row."),
            address("constants", "Biases of 32 bits, or an update's constants, one for each row."),
            address("output", "Outputs, one for each row, without gaps."),
            Register(
                name="cycles",
                doc="Duration of the latest job.",
                fields=(told("count", 32, "Cycles from the one after its start to its end."),),
            ),
        ),
    )


def _named(values: dict[MacOperation, str] | dict[MacError, str]) -> tuple[EnumValue, ...]:
    return tuple(
        EnumValue(name=key.name.lower(), value=int(key), doc=doc) for key, doc in values.items()
    )
