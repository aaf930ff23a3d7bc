"""The packets that codecs send: which byte means what.

A packet is a sync byte, the length of its body (two bytes), the body, and a checksum (CRC-32 as
in Ethernet) over length and body. Words are little-endian. The body is a header of eight bytes,
the coded payload, and a trailer of two bytes that counts what the payload holds:

==== ======== =======================================================================
byte field    meaning
==== ======== =======================================================================
0    flags    mode (bits 0-1), engine (2), bits dropped from each sample (3-5), gap (6),
              field potentials (7)
1    coding   order (0-1), cross-channel term (2), adaptive predictor (3), version (4-7)
2    group    number of the group of channels
3    table    version of the table of the arithmetic coder; its lowest bit is the bank
4-7  time     frame of the first sample, or of the first event's peak
==== ======== =======================================================================

``gap`` says that something of this group was left out since its previous packet. Packets of field
potentials have groups and a time of their own, and two adaptive predictors, so that both codecs can
share an output.
"""

from amaranth.lib import enum

__all__ = [
    "CHECKSUM_BYTES",
    "FRAMING_BYTES",
    "HEADER_BYTES",
    "LENGTH_BYTES",
    "SYNC",
    "TRAILER_BYTES",
    "VERSION",
    "Engine",
    "Mode",
]

SYNC = 0xA7
VERSION = 1
LENGTH_BYTES = 2
HEADER_BYTES = 8
TRAILER_BYTES = 2
CHECKSUM_BYTES = 4
FRAMING_BYTES = 1 + LENGTH_BYTES + CHECKSUM_BYTES


class Mode(enum.Enum, shape=2):
    """What the payload of a packet holds.

    Attributes
    ----------
    ALL_SAMPLES
        Every sample, frame by frame; the trailer counts frames. A lossless stream.
    SNIPPETS
        Snippets, each after two bytes that tell how many frames its peak lies after the previous
        one of the packet; the trailer counts snippets.
    TEMPLATES
        Snippets as a class and what is left on a basis.
    TABLE
        A table of the arithmetic coder.
    """

    ALL_SAMPLES = 0
    SNIPPETS = 1
    TEMPLATES = 2
    TABLE = 3


class Engine(enum.Enum, shape=1):
    """Which entropy coder made the payload."""

    GOLOMB = 0
    ARITHMETIC = 1
