"""What a testbench in the Amaranth simulator does at one stream, cycle by cycle."""

from collections.abc import Callable

import numpy as np
from amaranth.hdl import Shape, ShapeLike, Value
from amaranth.lib import stream
from amaranth.sim._async import SimulatorContext  # amaranth-stubs 0.5 do not re-export it

from verification.pacing import PACES, Pace, willingness
from verification.payloads import Payloads, pack
from verification.stream_rules import StreamChecker, StreamRuleError

__all__ = ["accepted", "consume", "from_bits", "payload_shape", "produce"]

ACCEPTED_LIMIT_CYCLES = 100_000


def payload_shape(port: stream.Interface) -> ShapeLike:
    """Return the shape of what ``port`` carries: a layout, or a plain shape."""
    return port.payload.shape()


async def produce(
    ctx: SimulatorContext,
    port: stream.Interface,
    payloads: Payloads,
    *,
    rng: np.random.Generator,
    pace: Pace = PACES["streaming"],
) -> None:
    """Offer ``payloads`` in order, each until it is accepted, and pause between them.

    Parameters
    ----------
    ctx : SimulatorContext
        Of the testbench.
    port : stream.Interface
        Input of the component.
    payloads : array_like, or sequence of mappings
        Integers, or one record or mapping a payload.
    rng : numpy.random.Generator
        Source of the pauses.
    pace : Pace
        How often to offer.
    """
    willing = willingness(pace.valid_probability, burst_cycles=pace.burst_cycles, rng=rng)
    wires = Value.cast(port.payload)
    for word in pack(payload_shape(port), payloads):
        while not next(willing):
            await ctx.tick()
        ctx.set(wires, from_bits(wires.shape(), word))
        ctx.set(port.valid, 1)
        await accepted(ctx, port)
        ctx.set(port.valid, 0)


async def consume(
    ctx: SimulatorContext,
    port: stream.Interface,
    on_cycle: Callable[[bool, bool, int], bool],
    *,
    rng: np.random.Generator,
    pace: Pace = PACES["streaming"],
    name: str = "o",
) -> None:
    """Accept what ``port`` offers, with pauses, and hold the component to the rules.

    Besides the rules of :class:`~verification.stream_rules.StreamChecker`, neither ``valid`` nor
    ``payload`` may follow ``ready`` within a cycle.

    Parameters
    ----------
    ctx : SimulatorContext
        Of the testbench.
    port : stream.Interface
        Output of the component.
    on_cycle : callable
        Called after every clock edge with ``valid``, ``ready`` and the bits of ``payload`` as
        they were at that edge; returns whether to go on.
    rng : numpy.random.Generator
        Source of the pauses.
    pace : Pace
        How often to accept.
    name : str
        What the stream is called in messages.

    Raises
    ------
    StreamRuleError
        If the component breaks a rule.
    """
    checker = StreamChecker(name)
    wires = Value.cast(port.payload)
    mask = (1 << len(wires)) - 1
    was_willing = False
    for willing in willingness(pace.ready_probability, burst_cycles=pace.burst_cycles, rng=rng):
        if willing != was_willing:
            before = ctx.get(port.valid), ctx.get(wires)
            ctx.set(port.ready, willing)
            if (ctx.get(port.valid), ctx.get(wires)) != before:
                raise StreamRuleError(
                    f"stream {name}: valid and payload must not follow ready within a cycle, "
                    f"but did in cycle {checker.cycles}"
                )
            was_willing = willing
        _, _, valid, payload = await ctx.tick().sample(port.valid, wires)
        word = payload & mask
        checker.observe(valid=bool(valid), ready=willing, payload=word)
        if not on_cycle(bool(valid), willing, word):
            return


async def accepted(ctx: SimulatorContext, port: stream.Interface) -> int:
    """Wait for the edge at which ``port`` is ready.

    Not ``tick().until()``: its generator cannot be closed when another testbench raises.

    Parameters
    ----------
    ctx : SimulatorContext
        Of the testbench.
    port : stream.Interface
        Input of the component, on which something is offered.

    Returns
    -------
    int
        The cycles that it took, 1 or more.

    Raises
    ------
    TimeoutError
        If it is not ready within 100 000 cycles.
    """
    for cycles in range(1, ACCEPTED_LIMIT_CYCLES + 1):
        _, _, ready = await ctx.tick().sample(port.ready)
        if ready:
            return cycles
    raise TimeoutError(f"nothing was accepted in {ACCEPTED_LIMIT_CYCLES} cycles")


def from_bits(shape: Shape, word: int) -> int:
    """Return the number that the bits ``word`` are in ``shape``.

    >>> from_bits(Shape(4, signed=True), 0b1111)
    -1
    """
    return word - (1 << shape.width) if shape.signed and word >> (shape.width - 1) else word
