"""Model of :class:`rtl.timer.Timer`."""

from rtl.timer_registers import timer_registers
from verification.golden.devices.device import DeviceModel
from verification.golden.register_bank import Response

__all__ = ["TimerModel"]

WORD = 32
LOW_HALF, TIME_BITS = (1 << WORD) - 1, (1 << 2 * WORD) - 1


class TimerModel(DeviceModel):
    """Time in ticks of some cycles each.

    Attributes
    ----------
    time : int
        Ticks since reset, modulo 2**64.
    """

    def __init__(self) -> None:
        super().__init__(timer_registers())
        self.time = 0
        self._to_tick = 1  # cycles

    def advance(self, cycles: int) -> None:
        """Let time pass.

        Parameters
        ----------
        cycles : int
            Of the clock.
        """
        if cycles < self._to_tick:
            self._to_tick -= cycles
            return
        period = self._period
        ticks, rest = divmod(cycles - self._to_tick, period)
        self.time = (self.time + 1 + ticks) & TIME_BITS
        self._to_tick = period - rest

    @property
    def _period(self) -> int:
        return self.bank.value("prescale", "cycles") + 1

    @property
    def _compare(self) -> int:
        low = self.bank.value("compare_low", "ticks")
        return self.bank.value("compare_high", "ticks") << WORD | low

    @property
    def interrupt(self) -> bool:
        """Whether the time has come."""
        return self.time >= self._compare

    @property
    def software(self) -> bool:
        """Whether a program asked for the software interrupt."""
        return bool(self.bank.value("software", "request"))

    @property
    def due_in(self) -> int | None:
        """Cycles until the time comes; None if it has."""
        ticks = self._compare - self.time
        return self._to_tick + (ticks - 1) * self._period if ticks > 0 else None

    def read(self, address: int) -> Response:
        """Read the register at ``address``."""
        self.bank.set_value("time_low", "ticks", self.time & LOW_HALF)
        self.bank.set_value("time_high", "ticks", self.time >> WORD)
        return self.bank.read(address)
