"""The bus that reaches registers: one access a cycle, one answer a fixed number of cycles later."""

from amaranth.hdl import Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["RegisterBusInterface", "RegisterBusSignature"]


class RegisterBusSignature(wiring.Signature):
    """A synchronous bus without wait states, seen from the initiator.

    In any cycle the initiator may ask to write, to read, or both, at one address; it may do so
    in every cycle. The target answers every request exactly one cycle later, in the cycle after
    the clock edge that took the request; there is nothing to wait for.

    An access is refused, and changes nothing, when the address is not a multiple of the bytes of
    a word, when no register has this address, or when it is a write to a word in which software
    can write nothing. Requests at one address that both read and write exchange: they return the
    value before the write.

    When only the write of such a request is refused, it still returns the word, with ``error``.

    While a target does not answer a request, its ``read_data`` and ``error`` are zero, so that
    the answers of several targets can be joined by OR.

    Parameters
    ----------
    address_width : int
        Bits of a byte address.
    data_width : int
        Bits of a word: 8, 16, 32 or 64.

    Members
    -------
    address : ``Out(address_width)``
        Byte address of the request.
    write_valid : ``Out(1)``
        Write ``write_data`` to ``address``.
    write_data : ``Out(data_width)``
        The word to write.
    read_valid : ``Out(1)``
        Read the word at ``address``.
    read_data : ``In(data_width)``
        The word read by the request of the cycle before; zero if it was refused.
    error : ``In(1)``
        The read, or the write, of the cycle before was refused.
    """

    def __init__(self, *, address_width: int, data_width: int) -> None:
        super().__init__(
            {
                "address": Out(unsigned(address_width)),
                "write_valid": Out(1),
                "write_data": Out(unsigned(data_width)),
                "read_valid": Out(1),
                "read_data": In(unsigned(data_width)),
                "error": In(1),
            }
        )

    def create(
        self, *, path: tuple[str | int, ...] | None = None, src_loc_at: int = 0
    ) -> "RegisterBusInterface":
        """Return a bus of this signature.

        Parameters
        ----------
        path : tuple of str and int, optional
            What the names of the signals begin with.
        src_loc_at : int
            Frames of the call stack between here and the line that is to blame.

        Returns
        -------
        RegisterBusInterface
            The interface.
        """
        return RegisterBusInterface(self, path=path or (), src_loc_at=1 + src_loc_at)


class RegisterBusInterface(wiring.PureInterface):
    """A bus described by :class:`RegisterBusSignature`."""

    address: Signal
    write_valid: Signal
    write_data: Signal
    read_valid: Signal
    read_data: Signal
    error: Signal
