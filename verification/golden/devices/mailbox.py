"""Model of :class:`rtl.mailbox.Mailbox`."""

from collections import deque

from rtl.mailbox_registers import mailbox_registers
from verification.golden.devices.device import DeviceModel
from verification.golden.register_bank import Response

__all__ = ["MailboxModel"]

BYTE = 0xFF


class MailboxModel(DeviceModel):
    """Two queues, the exit code, and words for program and host.

    Parameters
    ----------
    depth : int
        Bytes of each queue.
    drained : bool
        The outside takes each byte of the program's at once, into ``console``; else the bytes wait
        for a host to read them.

    Attributes
    ----------
    console : bytearray
        What the outside took.
    exit_code : int or None
        What the program ended with.
    """

    def __init__(self, depth: int, *, drained: bool) -> None:
        super().__init__(mailbox_registers())
        self.depth = depth
        self.drained = drained
        self.console = bytearray()
        self.exit_code: int | None = None
        self._queues: dict[str, deque[int]] = {"output": deque(), "input": deque()}

    @property
    def interrupt(self) -> bool:
        """Whether there is a byte for the program."""
        return bool(self._queues["input"])

    def queue(self, name: str) -> tuple[int, ...]:
        """Return the bytes that wait.

        Parameters
        ----------
        name : str
            ``output`` or ``input``.

        Returns
        -------
        tuple of int
            The first to be read first.
        """
        return tuple(self._queues[name])

    def send(self, byte: int) -> bool:
        """Put a byte into the queue for the program.

        Parameters
        ----------
        byte : int
            The byte.

        Returns
        -------
        bool
            There was room.
        """
        queue = self._queues["input"]
        has_room = len(queue) < self.depth
        if has_room:
            queue.append(byte)
        return has_room

    def read(self, address: int) -> Response:
        """Read the register at ``address``; that of a queue takes a byte from it."""
        for name, queue in self._queues.items():
            if self.is_register(address, name):
                byte = queue.popleft() if queue else None
                self.bank.set_value(name, "value", byte or 0)
                self.bank.set_value(name, "valid", int(byte is not None))
        self.bank.set_value("status", "output_free", self.depth - len(self._queues["output"]))
        self.bank.set_value("status", "input_available", len(self._queues["input"]))
        self.bank.set_value("status", "finished", int(self.exit_code is not None))
        return self.bank.read(address)

    def write(self, address: int, word: int) -> Response:
        """Write ``word`` to the register at ``address``; a queue takes it if it has room."""
        if self.is_register(address, "output") and self.drained:
            self.console.append(word & BYTE)
            return Response(0, error=False)
        for name, queue in self._queues.items():
            if self.is_register(address, name):
                if len(queue) < self.depth:
                    queue.append(word & BYTE)
                else:
                    self.bank.cycle(increments={("lost", name): 1})
                return Response(0, error=False)
        if self.is_register(address, "exit"):
            self.exit_code = word
        return self.bank.write(address, word)
