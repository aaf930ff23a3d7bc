"""Drive and observe stream components in the Amaranth simulator."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from amaranth.hdl import ClockDomain, Module, Value
from amaranth.lib import stream
from amaranth.sim import Simulator
from amaranth.sim._async import SimulatorContext  # amaranth-stubs 0.5 do not re-export it

from verification.pacing import PACES, Pace
from verification.payloads import Payloads, pack, unpack
from verification.simulating import run_to_end
from verification.stream_drivers import accepted, consume, from_bits, payload_shape, produce

__all__ = [
    "Hook",
    "StreamStage",
    "cycles_per_payload",
    "first_output_delay_cycles",
    "transfer",
]

CLOCK_PERIOD_S = 1e-6

Hook = Callable[[SimulatorContext], Coroutine[Any, Any, None]]


class StreamStage(Protocol):
    """A component with one input stream and one output stream."""

    i: stream.Interface
    o: stream.Interface

    def elaborate(self, platform: Any, /) -> Any: ...


def transfer(
    dut: StreamStage,
    payloads: Payloads,
    *,
    rng: np.random.Generator,
    pace: Pace = PACES["streaming"],
    settle_cycles: int = 64,
    timeout_cycles: int | None = None,
    before: Hook | None = None,
    after: Hook | None = None,
    vcd_path: Path | None = None,
) -> npt.NDArray[Any]:
    """Push ``payloads`` through ``dut.i`` and return everything that leaves at ``dut.o``.

    It ends when all inputs are accepted and nothing has come out for ``settle_cycles`` cycles in
    which it would have been accepted: one payload too many is seen as surely as one too few.

    Parameters
    ----------
    dut : StreamStage
        Component with one input stream and one output stream.
    payloads : array_like, or sequence of mappings
        Integers, or one record or mapping a payload.
    rng : numpy.random.Generator
        Source of the pauses of both sides.
    pace : Pace
        How often each side is willing.
    settle_cycles : int
        Silence at the output after which the component counts as empty.
    timeout_cycles : int, optional
        When to give up; by default enough for any pace.
    before, after : callable, optional
        Awaited with the simulator context before the first payload is offered and after the last
        has come: to set up and read out registers.
    vcd_path : Path, optional
        Where to write the waveforms.

    Returns
    -------
    ndarray of int64, or of records for a payload that has fields
        The payloads seen at the output.

    Raises
    ------
    TimeoutError
        If the component has not accepted and delivered everything after ``timeout_cycles``.
    StreamRuleError
        If the component breaks a rule of the streams.
    """
    shape = payload_shape(dut.o)
    count = len(payloads)
    limit = timeout_cycles or 1000 + 100 * count + 10 * settle_cycles
    received: list[int] = []
    started = finished = silence = cycles = 0

    def on_cycle(valid: bool, ready: bool, word: int) -> bool:
        nonlocal silence, cycles
        cycles += started
        silence = 0 if valid else silence + ready
        if valid and ready:
            received.append(word)
        if cycles >= limit:
            raise TimeoutError(
                f"{len(received)} payloads came out of {count} in {limit} cycles, and "
                + ("all were accepted" if finished else "not all were accepted")
            )
        return not (finished and silence >= settle_cycles)

    async def feed(ctx: SimulatorContext) -> None:
        nonlocal started, finished, silence
        if before is not None:
            await before(ctx)
        started = 1
        await produce(ctx, dut.i, payloads, rng=rng, pace=pace)
        finished, silence = 1, 0

    async def drain(ctx: SimulatorContext) -> None:
        await consume(ctx, dut.o, on_cycle, rng=rng, pace=pace)
        if after is not None:
            await after(ctx)

    _simulate(dut, feed, drain, vcd_path=vcd_path)
    return unpack(shape, received)


def first_output_delay_cycles(dut: StreamStage, payload: Any, *, before: Hook | None = None) -> int:
    """Return the cycles from the edge that accepts ``payload`` to the first with ``o.valid``.

    Parameters
    ----------
    dut : StreamStage
        Component with one input stream and one output stream.
    payload : int or mapping
        What to send.
    before : callable, optional
        Awaited with the simulator context first.

    Returns
    -------
    int
        The latency: 1 where the output is registered once.

    Raises
    ------
    TimeoutError
        If nothing comes out within 10 000 cycles.
    """
    delay = 0

    async def observe(ctx: SimulatorContext) -> None:
        nonlocal delay
        if before is not None:
            await before(ctx)
        ctx.set(dut.o.ready, 1)
        await produce(ctx, dut.i, [payload], rng=np.random.default_rng(0))
        delay = 1
        while not ctx.get(dut.o.valid):
            await ctx.tick()
            delay += 1
            if delay > 10_000:
                raise TimeoutError("nothing came out within 10000 cycles of one payload going in")

    _simulate(dut, observe)
    return delay


def cycles_per_payload(
    dut: StreamStage, payloads: Payloads, *, before: Hook | None = None
) -> float:
    """Return the cycles that ``dut`` takes to accept a payload while its output never stalls.

    Parameters
    ----------
    dut : StreamStage
        Component with one input stream and one output stream.
    payloads : array_like, or sequence of mappings
        What to send, with no pause.
    before : callable, optional
        Awaited with the simulator context first.

    Returns
    -------
    float
        1.0 where a payload is accepted every cycle.
    """
    cycles = 0

    async def observe(ctx: SimulatorContext) -> None:
        nonlocal cycles
        if before is not None:
            await before(ctx)
        ctx.set(dut.o.ready, 1)
        wires = Value.cast(dut.i.payload)
        ctx.set(dut.i.valid, 1)
        for word in pack(payload_shape(dut.i), payloads):
            ctx.set(wires, from_bits(wires.shape(), word))
            cycles += await accepted(ctx, dut.i)

    _simulate(dut, observe)
    return cycles / len(payloads)


def _simulate(dut: Any, *testbenches: Hook, vcd_path: Path | None = None) -> None:
    top = Module()
    top.domains.sync = ClockDomain()  # a component without registers has none of its own
    top.submodules.dut = dut
    simulator = Simulator(top)
    simulator.add_clock(CLOCK_PERIOD_S)
    for testbench in testbenches:
        simulator.add_testbench(testbench)
    if vcd_path is None:
        run_to_end(simulator)
    else:
        with simulator.write_vcd(str(vcd_path)):
            run_to_end(simulator)
