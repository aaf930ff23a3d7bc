"""A host at the SPI port of a processor: what it sends, pin by pin, and what it is told."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from rtl.spi_target import SpiCommand

__all__ = ["SpiLevels", "host_reads", "host_sends", "host_writes", "words_read"]

WORD_BYTES, TOLD_BYTES = 4, 5


@dataclass(frozen=True)
class SpiLevels:
    """What a host puts on its pins for some cycles.

    Parameters
    ----------
    clock, select, send : int
        The pins; ``select`` is active low, and ``send`` is what the processor receives.
    """

    clock: int
    select: int
    send: int


def host_sends(data: bytes) -> Generator[SpiLevels, int, bytes]:
    """Yield the levels of a transfer, half a period of the clock each.

    Parameters
    ----------
    data : bytes
        What is sent, the highest bit first.

    Returns
    -------
    bytes
        What came back.

    Yields
    ------
    SpiLevels
        What the pins are; the bit that comes back at their end is to be sent to the generator.
    """
    came = 0
    for byte in data:
        for place in reversed(range(8)):
            bit = byte >> place & 1
            came = came << 1 | (yield SpiLevels(0, 0, bit))
            yield SpiLevels(1, 0, bit)
    yield SpiLevels(0, 0, 0)
    yield SpiLevels(0, 1, 0)
    return came.to_bytes(len(data), "big")


def host_writes(address: int, words: Sequence[int], *, stays: bool = False) -> bytes:
    """Return the bytes that write words.

    Parameters
    ----------
    address : int
        Of the first.
    words : sequence of int
        The words.
    stays : bool
        All of them go to the same address.

    Returns
    -------
    bytes
        What to send.
    """
    command = SpiCommand.WRITE_SAME if stays else SpiCommand.WRITE
    return bytes([command.value]) + b"".join(
        each.to_bytes(WORD_BYTES, "big") for each in (address, *words)
    )


def host_reads(address: int, count: int, *, stays: bool = False) -> bytes:
    """Return the bytes that read words.

    Parameters
    ----------
    address : int
        Of the first.
    count : int
        How many.
    stays : bool
        All of them are at the same address.

    Returns
    -------
    bytes
        What to send.
    """
    command = SpiCommand.READ_SAME if stays else SpiCommand.READ
    head = bytes([command.value]) + address.to_bytes(WORD_BYTES, "big")
    return head + bytes(TOLD_BYTES * count)


def words_read(came: bytes) -> list[int | None]:
    """Return the words that came back when :func:`host_reads` was sent.

    Parameters
    ----------
    came : bytes
        All that came back.

    Returns
    -------
    list of int or None
        The words, None for one that was refused.

    Examples
    --------
    >>> words_read(bytes(5) + bytes([1, 0, 0, 1, 2]) + bytes(5))
    [258, None]
    """
    told = came[1 + WORD_BYTES :]
    return [
        int.from_bytes(told[start + 1 : start + TOLD_BYTES], "big") if told[start] & 1 else None
        for start in range(0, len(told), TOLD_BYTES)
    ]
