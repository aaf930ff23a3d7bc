"""The port by which 16 bytes of a memory are reached at a time."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["WIDE_BYTES", "wide_port"]

WIDE_BYTES = 16


def wide_port() -> wiring.Signature:
    """Return the signature of the port, seen from whoever asks.

    Members: ``valid`` asks for the 16 bytes at ``address`` (a multiple of 16) to be read, or, with
    ``write``, written, where ``mask`` has a bit for the byte in either case; it holds until
    ``ready``. ``fault``, with ``ready``, refuses it. ``read_data`` is there in the cycle after,
    in the banks of 4 bytes of which ``mask`` has a bit.
    """
    return wiring.Signature(
        {
            "valid": Out(1),
            "ready": In(1),
            "fault": In(1),
            "address": Out(32),
            "write": Out(1),
            "mask": Out(WIDE_BYTES),
            "write_data": Out(8 * WIDE_BYTES),
            "read_data": In(8 * WIDE_BYTES),
        }
    )
