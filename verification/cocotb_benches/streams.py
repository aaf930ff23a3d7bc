"""Drivers and monitors for the streams of exported Verilog, under any simulator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from amaranth.hdl import ShapeLike
from cocotb.triggers import RisingEdge

from verification.pacing import PACES, Pace, willingness
from verification.payloads import Payloads, pack, unpack
from verification.stream_rules import StreamChecker

__all__ = ["StreamPort", "accept", "drive", "monitor", "transfer"]


@dataclass(frozen=True, kw_only=True)
class StreamPort:
    """The three signals of one stream.

    Parameters
    ----------
    name : str
        What the stream is called.
    shape : ShapeLike
        Shape of its payload: a layout is one flat vector in Verilog.
    clk, payload, valid, ready : handle
        The signals.
    """

    name: str
    shape: ShapeLike
    clk: Any
    payload: Any
    valid: Any
    ready: Any

    @classmethod
    def find(cls, dut: Any, name: str, shape: ShapeLike) -> "StreamPort":
        """Return the port called ``name``, found by Amaranth's naming ``name__member``.

        Parameters
        ----------
        dut : handle
            The top module.
        name : str
            Port of the component.
        shape : ShapeLike
            Shape of its payload.

        Returns
        -------
        StreamPort
            The port.
        """
        return cls(
            name=name,
            shape=shape,
            clk=dut.clk,
            payload=getattr(dut, f"{name}__payload"),
            valid=getattr(dut, f"{name}__valid"),
            ready=getattr(dut, f"{name}__ready"),
        )


async def drive(
    port: StreamPort,
    payloads: Payloads,
    *,
    rng: np.random.Generator,
    pace: Pace = PACES["streaming"],
) -> None:
    """Offer ``payloads`` in order, each until it is accepted, and pause between them.

    Parameters
    ----------
    port : StreamPort
        Input of the component.
    payloads : ndarray, sequence of int, or sequence of mappings
        What to send.
    rng : numpy.random.Generator
        Source of the pauses.
    pace : Pace
        How often to offer.
    """
    edge = RisingEdge(port.clk)
    willing = willingness(pace.valid_probability, burst_cycles=pace.burst_cycles, rng=rng)
    for word in pack(port.shape, payloads):
        while not next(willing):
            port.valid.value = 0
            await edge
        port.payload.value = word
        port.valid.value = 1
        await edge
        while port.ready.value != 1:
            await edge
    port.valid.value = 0


async def accept(
    port: StreamPort, *, rng: np.random.Generator, pace: Pace = PACES["streaming"]
) -> None:
    """Be ready as often as ``pace`` says, for ever.

    Parameters
    ----------
    port : StreamPort
        Output of the component.
    rng : numpy.random.Generator
        Source of the pauses.
    pace : Pace
        How often to accept.
    """
    edge = RisingEdge(port.clk)
    for willing in willingness(pace.ready_probability, burst_cycles=pace.burst_cycles, rng=rng):
        port.ready.value = int(willing)
        await edge


async def monitor(
    port: StreamPort, on_cycle: Callable[[bool, bool, int], None] | None = None
) -> None:
    """Hold the component to the rules of the stream, for ever.

    Parameters
    ----------
    port : StreamPort
        Any stream; its signals are only read.
    on_cycle : callable, optional
        Called at every clock edge with ``valid``, ``ready`` and, while valid, the bits of the
        payload.

    Raises
    ------
    StreamRuleError
        If the producer withdraws or changes an offer.
    ValueError
        If the handshake, or a payload that is offered, is undefined.
    """
    edge = RisingEdge(port.clk)
    checker = StreamChecker(port.name)
    while True:
        await edge
        valid, ready = bool(port.valid.value), bool(port.ready.value)
        payload = port.payload.value.to_unsigned() if valid else 0
        checker.observe(valid=valid, ready=ready, payload=payload)
        if on_cycle is not None:
            on_cycle(valid, ready, payload)


async def transfer(
    i: StreamPort,
    o: StreamPort,
    payloads: Payloads,
    *,
    rng: np.random.Generator,
    pace: Pace = PACES["streaming"],
    settle_cycles: int = 64,
) -> npt.NDArray[Any]:
    """Push ``payloads`` through and return everything that comes out, as in the other simulator.

    It ends when all inputs are accepted and nothing has come out for ``settle_cycles`` cycles in
    which it would have been accepted; a component that never gets there runs into the time limit
    of the test.

    Parameters
    ----------
    i, o : StreamPort
        Input and output of the component.
    payloads : ndarray, sequence of int, or sequence of mappings
        What to send.
    rng : numpy.random.Generator
        Source of the pauses of both sides.
    pace : Pace
        How often each side is willing.
    settle_cycles : int
        Silence at the output after which the component counts as empty.

    Returns
    -------
    ndarray of int64, or of records for a payload that has fields
        The payloads seen at the output.
    """
    words: list[int] = []
    silence = 0

    def on_cycle(valid: bool, ready: bool, word: int) -> None:
        nonlocal silence
        silence = 0 if valid else silence + ready
        if valid and ready:
            words.append(word)

    # A task that fails fails the test: cocotb watches those that are never awaited.
    in_rng, out_rng = rng.spawn(2)  # the order in which a simulator wakes tasks must not matter
    background = [
        cocotb.start_soon(monitor(i)),
        cocotb.start_soon(monitor(o, on_cycle)),
        cocotb.start_soon(accept(o, rng=out_rng, pace=pace)),
    ]
    await drive(i, payloads, rng=in_rng, pace=pace)
    silence = 0
    while silence < settle_cycles:
        await RisingEdge(o.clk)
    for task in background:
        task.cancel()
    o.ready.value = 0
    return unpack(o.shape, words)
