"""Driver for the register bus of exported Verilog, under any simulator."""

from dataclasses import dataclass
from typing import Any

from cocotb.triggers import RisingEdge

from verification.golden.register_bank import Response

__all__ = ["RegisterPort"]


@dataclass(frozen=True, kw_only=True)
class RegisterPort:
    """The signals of one register bus.

    Parameters
    ----------
    clk, address, write_valid, write_data, read_valid, read_data, error : handle
        The signals.
    """

    clk: Any
    address: Any
    write_valid: Any
    write_data: Any
    read_valid: Any
    read_data: Any
    error: Any

    @classmethod
    def find(cls, dut: Any, name: str = "bus") -> "RegisterPort":
        """Return the bus called ``name``, found by Amaranth's naming ``name__member``.

        Parameters
        ----------
        dut : handle
            The top module.
        name : str
            Port of the component.

        Returns
        -------
        RegisterPort
            The bus.
        """
        members = ("address", "write_valid", "write_data", "read_valid", "read_data", "error")
        return cls(clk=dut.clk, **{member: getattr(dut, f"{name}__{member}") for member in members})

    def request(self, address: int, *, write_data: int | None = None, read: bool = False) -> None:
        """Put a request, or none, on the bus for the cycle that begins now.

        Parameters
        ----------
        address : int
            Byte address.
        write_data : int, optional
            The word to write.
        read : bool
            Whether to read.
        """
        self.address.value = address
        self.write_valid.value = int(write_data is not None)
        self.write_data.value = write_data or 0
        self.read_valid.value = int(read)

    def response(self) -> Response:
        """Return what the bus answers in the cycle that a clock edge has just ended.

        Returns
        -------
        Response
            The answer, to the request of the cycle before.
        """
        return Response(int(self.read_data.value), bool(self.error.value))

    async def access(
        self, address: int, *, write_data: int | None = None, read: bool = False
    ) -> Response:
        """Make one request and wait for its answer; two cycles pass.

        Parameters
        ----------
        address : int
            Byte address.
        write_data : int, optional
            The word to write.
        read : bool
            Whether to read.

        Returns
        -------
        Response
            The answer.
        """
        self.request(address, write_data=write_data, read=read)
        await RisingEdge(self.clk)
        self.request(0)
        await RisingEdge(self.clk)
        return self.response()
