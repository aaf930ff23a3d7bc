"""What the models of all devices have in common: registers, and lines that they raise."""

from rtl.registers import RegisterMap
from verification.golden.register_bank import RegisterBankModel, Response

__all__ = ["DeviceModel"]


class DeviceModel:
    """A device that is nothing but its registers, for those that are more to derive from.

    Parameters
    ----------
    registers : RegisterMap
        The registers.
    """

    def __init__(self, registers: RegisterMap) -> None:
        self.bank = RegisterBankModel(registers)

    @property
    def interrupt(self) -> bool:
        """Whether the device's line is high."""
        return False

    def read(self, address: int) -> Response:
        """Read a register.

        Parameters
        ----------
        address : int
            Byte address, from the beginning of the device.

        Returns
        -------
        Response
            The word, or a refusal.
        """
        return self.bank.read(address)

    def write(self, address: int, word: int) -> Response:
        """Write a register.

        Parameters
        ----------
        address : int
            Byte address, from the beginning of the device.
        word : int
            The word.

        Returns
        -------
        Response
            Done, or a refusal.
        """
        return self.bank.write(address, word)

    def is_register(self, address: int, name: str) -> bool:
        """Return whether an address is that of a register.

        Parameters
        ----------
        address : int
            Byte address, from the beginning of the device.
        name : str
            Name of the register.

        Returns
        -------
        bool
            It is.
        """
        return address == self.bank.config.address_of(name)
