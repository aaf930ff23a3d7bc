"""Bytes and halves within words: what is loaded and stored of a word in memory."""

from amaranth.hdl import C, Cat, Mux, Value

__all__ = ["byte_mask", "loaded_part", "stored_word"]

WORD = 32


def loaded_part(word: Value, low: Value, kind: Value) -> Value:
    """Return the byte, half or word that was loaded, extended.

    Parameters
    ----------
    word : Value
        As it is in memory.
    low : Value
        Lowest two bits of the address.
    kind : Value
        Field funct3 of the load.

    Returns
    -------
    Value
        What the register gets.
    """
    part = word >> Cat(C(0, 3), low)
    unsigned = kind[2]
    byte = Cat(part[:8], (part[7] & ~unsigned).replicate(24))
    half = Cat(part[:16], (part[15] & ~unsigned).replicate(16))
    return Mux(kind[1], word, Mux(kind[0], half, byte))


def stored_word(value: Value, low: Value) -> Value:
    """Return a word in which a byte, half or word is where the address says.

    Parameters
    ----------
    value : Value
        Register that is stored.
    low : Value
        Lowest two bits of the address.

    Returns
    -------
    Value
        The word; only the bytes of the mask mean anything.
    """
    return (value << Cat(C(0, 3), low))[:WORD]


def byte_mask(low: Value, kind: Value) -> Value:
    """Return which bytes of a word an access is about.

    Parameters
    ----------
    low : Value
        Lowest two bits of the address.
    kind : Value
        Field funct3 of the load or store.

    Returns
    -------
    Value
        A bit for each byte.
    """
    size = Mux(kind[1], 0b1111, Mux(kind[0], 0b0011, 0b0001))
    return (size << low)[:4]
