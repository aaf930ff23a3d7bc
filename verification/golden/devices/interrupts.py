"""Model of :class:`rtl.interrupt_controller.InterruptController`."""

from rtl.interrupt_registers import interrupt_registers
from verification.golden.devices.device import DeviceModel
from verification.golden.register_bank import Response

__all__ = ["InterruptsModel"]


class InterruptsModel(DeviceModel):
    """Remembers what rang.

    Attributes
    ----------
    sources : int
        What is high now, bit n for the core's line 16 + n.
    """

    def __init__(self) -> None:
        super().__init__(interrupt_registers())
        self._pending, self._enabled = 0, 0
        self.sources = 0

    def ring(self, sources: int) -> None:
        """Let a cycle pass.

        Parameters
        ----------
        sources : int
            What is high in it.
        """
        self.sources = sources
        self._pending |= sources

    @property
    def lines(self) -> int:
        """What is pending and enabled, bit n for the core's line 16 + n."""
        return self._pending & self._enabled

    def read(self, address: int) -> Response:
        """Read the register at ``address``."""
        for name, word in (("pending", self._pending), ("sources", self.sources)):
            for field, value in self.bank.config.register(name).unpack(word).items():
                self.bank.set_value(name, field, value)
        return self.bank.read(address)

    def write(self, address: int, word: int) -> Response:
        """Write ``word`` to the register at ``address``; ones clear ``pending``."""
        if self.is_register(address, "pending"):
            self._pending = self._pending & ~word | self.sources
            return Response(0, error=False)
        response = self.bank.write(address, word)
        fields = self.bank.config.register("enable").placed()
        self._enabled = sum(self.bank.value("enable", field.name) << lsb for lsb, field in fields)
        return response
