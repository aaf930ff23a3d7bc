"""What of a stream could not be used, and why."""

from dataclasses import dataclass

__all__ = ["Damage"]


@dataclass(frozen=True, kw_only=True)
class Damage:
    """A packet, or a stretch of a stream, that could not be used.

    Parameters
    ----------
    packet : int
        Number of packets that were read whole before it.
    offset : int
        Where in the stream it begins, bytes.
    length_bytes : int
        How long it is.
    field : str
        Which field of a packet told so.
    rule : str
        What the field must be and what it is.

    Examples
    --------
    >>> str(Damage(packet=3, offset=99, length_bytes=1, field="sync", rule="must be 0xa7, not 0"))
    'packet 3 at byte 99: sync must be 0xa7, not 0'
    """

    packet: int
    offset: int
    length_bytes: int
    field: str
    rule: str

    def __str__(self) -> str:
        return f"packet {self.packet} at byte {self.offset}: {self.field} {self.rule}"
