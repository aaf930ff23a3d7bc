"""Array registers: how the bank forwards accesses to the memory that keeps their words."""

from amaranth.hdl import Signal, unsigned
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from rtl.registers import Register

__all__ = ["ArrayPortInterface", "ArrayPortSignature", "array_layout", "index_width"]


def index_width(register: Register) -> int:
    """Return the bits of the index into an array; one at least, since ports cannot be empty.

    Parameters
    ----------
    register : Register
        A register with a ``count``.

    Returns
    -------
    int
        The bits.
    """
    return max(1, (register.words - 1).bit_length())


def array_layout(register: Register) -> data.StructLayout:
    """Return the layout of one word of a register: its fields by name, from bit 0 up.

    Parameters
    ----------
    register : Register
        The register.

    Returns
    -------
    StructLayout
        The layout.
    """
    return data.StructLayout({field.name: unsigned(field.width) for field in register.fields})


class ArrayPortSignature(wiring.Signature):
    """Accesses to an array register, forwarded to the memory that keeps its words.

    An ordinary memory serves: a write port, and a synchronous read port that is not transparent
    (a request that reads and writes returns the word before the write).

    Parameters
    ----------
    register : Register
        A register with a ``count``.

    Members
    -------
    index : ``Out(...)``
        Which word; less than ``count`` whenever a strobe is high, else meaningless.
    write_valid : ``Out(1)``
        Write ``write_data`` at this clock edge.
    write_data : ``Out(array_layout(register))``
        The word to write; read-only fields in it mean nothing.
    read_valid : ``Out(1)``
        Have the word in ``read_data`` in the next cycle.
    read_data : ``In(array_layout(register))``
        The word asked for in the cycle before; not looked at in other cycles.
    """

    def __init__(self, register: Register) -> None:
        layout = array_layout(register)
        super().__init__(
            {
                "index": Out(unsigned(index_width(register))),
                "write_valid": Out(1),
                "write_data": Out(layout),
                "read_valid": Out(1),
                "read_data": In(layout),
            }
        )

    def create(
        self, *, path: tuple[str | int, ...] | None = None, src_loc_at: int = 0
    ) -> "ArrayPortInterface":
        """Return a port of this signature.

        Parameters
        ----------
        path : tuple of str and int, optional
            What the names of the signals begin with.
        src_loc_at : int
            Frames of the call stack between here and the line that is to blame.

        Returns
        -------
        ArrayPortInterface
            The interface.
        """
        return ArrayPortInterface(self, path=path or (), src_loc_at=1 + src_loc_at)


class ArrayPortInterface(wiring.PureInterface):
    """A port described by :class:`ArrayPortSignature`."""

    index: Signal
    write_valid: Signal
    write_data: data.View
    read_valid: Signal
    read_data: data.View
