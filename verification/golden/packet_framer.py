"""Bit-exact model of :class:`rtl.packet_framer.PacketFramer`."""

import zlib

from rtl.packet_format import CHECKSUM_BYTES, LENGTH_BYTES, SYNC

__all__ = ["packet_framer"]

LONGEST_BODY = (1 << (8 * LENGTH_BYTES)) - 1


def packet_framer(body: bytes) -> bytes:
    """Return a packet as it is sent.

    Packets of one group are sent in their order; those of different groups in the order in which
    the hardware comes by, which depends on time. A packet that did not fit is left out.

    Parameters
    ----------
    body : bytes
        Header, coded payload and trailer.

    Returns
    -------
    bytes
        The same with sync, length and checksum.

    Raises
    ------
    ValueError
        The length does not fit in its bytes.

    Examples
    --------
    >>> packet_framer(b"axon").hex(" ")
    'a7 04 00 61 78 6f 6e 0c 71 44 bb'
    """
    if not 0 < len(body) <= LONGEST_BODY:
        raise ValueError(f"body must have 1..{LONGEST_BODY} bytes, not {len(body)}")
    checked = len(body).to_bytes(LENGTH_BYTES, "little") + body
    return bytes([SYNC]) + checked + zlib.crc32(checked).to_bytes(CHECKSUM_BYTES, "little")
