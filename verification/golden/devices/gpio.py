"""Model of :class:`rtl.gpio.Gpio`."""

from rtl.gpio_registers import gpio_registers
from verification.golden.devices.device import DeviceModel
from verification.golden.register_bank import Response

__all__ = ["GpioModel"]


class GpioModel(DeviceModel):
    """Pins, whose changes may be watched for.

    Parameters
    ----------
    pins : int
        How many.
    """

    def __init__(self, pins: int) -> None:
        super().__init__(gpio_registers(pins))
        self._pending = 0

    def set_input(self, levels: int) -> None:
        """Let the pins be something else.

        Parameters
        ----------
        levels : int
            A bit for each pin.
        """
        before = self.bank.value("input", "pins")
        rises = levels & ~before & self.bank.value("rise", "pins")
        falls = ~levels & before & self.bank.value("fall", "pins")
        self._pending |= rises | falls
        self.bank.set_value("input", "pins", levels)

    @property
    def output(self) -> int:
        """Levels to which pins are driven."""
        return self.bank.value("output", "pins")

    @property
    def drive(self) -> int:
        """Which pins are driven."""
        return self.bank.value("direction", "pins")

    @property
    def interrupt(self) -> bool:
        """Whether something that was watched for came."""
        return bool(self._pending)

    def read(self, address: int) -> Response:
        """Read the register at ``address``."""
        self.bank.set_value("pending", "pins", self._pending)
        return self.bank.read(address)

    def write(self, address: int, word: int) -> Response:
        """Write ``word`` to the register at ``address``; ones clear ``pending``."""
        if self.is_register(address, "pending"):
            self._pending &= ~word
            return Response(0, error=False)
        return self.bank.write(address, word)
