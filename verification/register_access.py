"""Write and read registers in the Amaranth simulator, one request at a time."""

from amaranth.sim._async import SimulatorContext  # amaranth-stubs 0.5 do not re-export it

from rtl.register_bus import RegisterBusInterface

__all__ = ["RegisterAccessError", "read_register", "write_register"]


class RegisterAccessError(RuntimeError):
    """The bus refused an access."""


async def write_register(
    ctx: SimulatorContext, bus: RegisterBusInterface, address: int, word: int
) -> None:
    """Write a word; returns when the answer is there, one cycle later.

    Parameters
    ----------
    ctx : SimulatorContext
        Of the testbench.
    bus : RegisterBusInterface
        Bus of the design, which no other testbench drives now.
    address : int
        Byte address.
    word : int
        The word to write.

    Raises
    ------
    RegisterAccessError
        If the bus refuses the write.
    """
    ctx.set(bus.address, address)
    ctx.set(bus.write_data, word)
    ctx.set(bus.write_valid, 1)
    await ctx.tick()
    ctx.set(bus.write_valid, 0)
    if ctx.get(bus.error):
        raise RegisterAccessError(f"write of {word:#x} to address {address:#x} was refused")


async def read_register(ctx: SimulatorContext, bus: RegisterBusInterface, address: int) -> int:
    """Return a word; one cycle passes.

    Parameters
    ----------
    ctx : SimulatorContext
        Of the testbench.
    bus : RegisterBusInterface
        Bus of the design, which no other testbench drives now.
    address : int
        Byte address.

    Returns
    -------
    int
        The word.

    Raises
    ------
    RegisterAccessError
        If the bus refuses the read.
    """
    ctx.set(bus.address, address)
    ctx.set(bus.read_valid, 1)
    await ctx.tick()
    ctx.set(bus.read_valid, 0)
    if ctx.get(bus.error):
        raise RegisterAccessError(f"read of address {address:#x} was refused")
    return ctx.get(bus.read_data)
