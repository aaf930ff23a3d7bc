"""Registers of an attention head, described once."""

from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["SCALERS", "attention_registers"]

SCALERS = {
    "query": "Of queries, before they become pulses.",
    "key": "Of keys, before they are stored.",
    "value": "Of values, before they are stored.",
    "output": "Of outputs, after the sum over all tiles.",
}


def attention_registers(
    *,
    head_dim: int,
    window_tokens: int,
    gain_width: int,
    offset_width: int,
    fraction_bits: int,
    stored_width: int,
    in_flight_width: int,
) -> RegisterMap:
    """Return the register map of an attention head.

    After reset every gain is one. Offsets are zero, but for keys and values, whose codes begin in
    the middle, where a cell gives next to no current: the published initial values.

    Parameters
    ----------
    head_dim, window_tokens : int
        Sizes of the head, for software to read.
    gain_width, offset_width : int
        Bits of gains and offsets, two's complement; one word holds both.
    fraction_bits : int
        Fraction bits of both.
    stored_width : int
        Bits of a stored code.
    in_flight_width : int
        Bits of the number of tokens on their way.

    Returns
    -------
    RegisterMap
        The registers.
    """
    middle = ((1 << stored_width) - 1 << fraction_bits) // 2

    def scaler(name: str, doc: str) -> Register:
        return Register(
            name=name,
            doc=doc,
            fields=(
                Field(
                    name="gain",
                    width=gain_width,
                    access=Access.READ_WRITE,
                    reset=1 << fraction_bits,
                    doc=f"Gain, two's complement with {fraction_bits} fraction bits.",
                ),
                Field(
                    name="offset",
                    width=offset_width,
                    access=Access.READ_WRITE,
                    reset=middle if name in ("key", "value") else 0,
                    doc=f"Offset, codes, two's complement with {fraction_bits} fraction bits.",
                ),
            ),
        )

    return RegisterMap(
        name="attention_head",
        doc="Digital half of an attention head with gain cells.",
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
                        doc="Version of this register map, major in the upper byte.",
                    ),
                    Field(
                        name="head_dim",
                        width=16,
                        access=Access.CONSTANT,
                        reset=head_dim,
                        doc="Values of a query, key, value or output.",
                    ),
                ),
            ),
            Register(
                name="window",
                doc="What the head remembers.",
                fields=(
                    Field(
                        name="tokens",
                        width=32,
                        access=Access.CONSTANT,
                        reset=window_tokens,
                        doc="Tokens of the window, the present one included.",
                    ),
                ),
            ),
            *(scaler(name, doc) for name, doc in SCALERS.items()),
            Register(
                name="status",
                doc="What the head is doing; gains and offsets must not change unless it rests.",
                fields=(
                    Field(
                        name="in_flight",
                        width=in_flight_width,
                        access=Access.READ_ONLY,
                        doc="Tokens begun whose outputs have not been taken; 0 at rest.",
                    ),
                ),
            ),
            Register(
                name="tokens",
                doc="Progress.",
                fields=(
                    Field(
                        name="count",
                        width=32,
                        access=Access.COUNTER,
                        doc="Tokens whose outputs have been taken.",
                    ),
                ),
            ),
        ),
    )
