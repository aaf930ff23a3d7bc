"""The rules of streams and buffers as properties, proven for every input by formal checks."""

from collections.abc import Callable
from typing import Any

from amaranth.hdl import Assert, Assume, Cover, Module, ResetSignal, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["OccupancyProperty", "OrderProperty", "StreamHarness", "StreamProperty"]


class StreamProperty(wiring.Component):
    """The rules of one stream: an offer stands, unchanged, until it is accepted.

    Parameters
    ----------
    width : int
        Bits of the payload.
    assume : bool
        Whether the rules are taken for granted (at an input), not proven (at an output).

    Members
    -------
    payload : ``In(width)``
    valid : ``In(1)``
    ready : ``In(1)``
        The stream.
    """

    payload: Signal
    valid: Signal
    ready: Signal

    def __init__(self, width: int, *, assume: bool) -> None:
        self.assume = assume
        super().__init__({"payload": In(width), "valid": In(1), "ready": In(1)})

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        demand = Assume if self.assume else Assert
        stalled = Signal()
        offered = Signal.like(self.payload)
        m.d.sync += [stalled.eq(self.valid & ~self.ready), offered.eq(self.payload)]
        with m.If(stalled):
            m.d.comb += demand(self.valid, "valid holds until ready")
            m.d.comb += demand(self.payload == offered, "payload is stable while stalled")
        m.d.comb += Cover(self.valid & self.ready, "a payload passes")
        return m


class OccupancyProperty(wiring.Component):
    """A buffer never holds more than fits, nor offers what it does not have.

    Parameters
    ----------
    depth : int
        Payloads that fit.

    Members
    -------
    i_transfer : ``In(1)``
        High when a payload goes in.
    o_valid, o_ready : ``In(1)``
        The output.
    occupancy : ``Out(range(depth + 2))``
        Payloads inside. Assert that the buffer's own level is the same, for induction to close.
    """

    i_transfer: Signal
    o_valid: Signal
    o_ready: Signal
    occupancy: Signal

    def __init__(self, *, depth: int) -> None:
        self.depth = depth
        super().__init__(
            {
                "i_transfer": In(1),
                "o_valid": In(1),
                "o_ready": In(1),
                "occupancy": Out(range(depth + 2)),
            }
        )

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        occupancy = self.occupancy
        m.d.sync += occupancy.eq(occupancy + self.i_transfer - (self.o_valid & self.o_ready))
        m.d.comb += Assert(occupancy <= self.depth, "never holds more than fits")
        with m.If(self.o_valid):
            m.d.comb += Assert(occupancy > 0, "offers nothing that it does not have")
        m.d.comb += Cover(occupancy == self.depth, "is full")
        return m


class OrderProperty(wiring.Component):
    """A buffer gives what it took, in order, nothing lost and nothing twice.

    Shown for one payload that the solver picks: it leaves unchanged after those ahead of it.

    Parameters
    ----------
    width : int
        Bits of the payload.
    depth : int
        Payloads that fit.

    Members
    -------
    i_payload, o_payload : ``In(width)``
    i_transfer, o_transfer : ``In(1)``
        What goes in and out, and when.
    occupancy : ``In(range(depth + 2))``
        Payloads inside, from :class:`OccupancyProperty`.
    pick : ``In(1)``
        Free: whether to watch the payload that goes in now.
    """

    i_payload: Signal
    o_payload: Signal
    i_transfer: Signal
    o_transfer: Signal
    occupancy: Signal
    pick: Signal

    def __init__(self, width: int, *, depth: int) -> None:
        super().__init__(
            {
                "i_payload": In(width),
                "o_payload": In(width),
                "i_transfer": In(1),
                "o_transfer": In(1),
                "occupancy": In(range(depth + 2)),
                "pick": In(1),
            }
        )

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        watching, was_watched = Signal(), Signal()
        watched = Signal.like(self.i_payload)
        ahead = Signal.like(self.occupancy)
        with m.If(self.o_transfer & watching):
            m.d.sync += ahead.eq(ahead - 1)
            with m.If(ahead == 0):
                m.d.comb += Assert(self.o_payload == watched, "gives what it took, in order")
                m.d.sync += watching.eq(0)
        with m.If(self.pick & self.i_transfer & ~was_watched):
            m.d.sync += [
                watched.eq(self.i_payload),
                ahead.eq(self.occupancy - self.o_transfer),
                watching.eq(1),
                was_watched.eq(1),
            ]
        with m.If(watching):
            m.d.comb += Assert(ahead < self.occupancy, "what is watched is inside")
        m.d.comb += Cover(was_watched & ~watching, "what is watched leaves")
        return m


class StreamHarness(wiring.Component):
    """A component with all its streams held to the rules: the top of a formal check.

    The rules are assumed of the streams that enter and proven of those that leave; all else that
    enters is free in every cycle. The reset state is where it begins, and no reset follows.

    Parameters
    ----------
    dut : Component
        The component.
    further : callable
        Called with the module, the harness and the component: adds more properties.
    free : dict from str to int
        Names and widths of inputs that the further properties need; the solver chooses them.
    """

    def __init__(
        self,
        dut: Any,
        further: Callable[[Module, "StreamHarness", Any], None] | None = None,
        *,
        free: dict[str, int] | None = None,
    ) -> None:
        self.dut = dut
        self.further = further
        inputs = {name: In(width) for name, width in (free or {}).items()}
        super().__init__({**dict(dut.signature.members.items()), **inputs})

    def elaborate(self, _platform: object) -> Module:
        m = Module()
        m.submodules.dut = dut = self.dut
        for path, member, port in dut.signature.flatten(dut):
            outer: Any = self
            for step in path:
                outer = outer[step] if isinstance(step, int) else getattr(outer, step)
            inner, outer = Value.cast(port), Value.cast(outer)
            m.d.comb += inner.eq(outer) if member.flow is In else outer.eq(inner)
        for name, member in dut.signature.members.items():
            if not (member.is_signature and isinstance(member.signature, stream.Signature)):
                continue
            ports = getattr(dut, name)
            for index, port in enumerate(ports if member.dimensions else [ports]):
                payload = Value.cast(port.payload)
                rules: Any = StreamProperty(len(payload), assume=member.flow is In)
                number = f"_{index}" if member.dimensions else ""
                m.submodules[f"{name}_rules{number}"] = rules
                m.d.comb += [
                    rules.payload.eq(payload),
                    rules.valid.eq(port.valid),
                    rules.ready.eq(port.ready),
                ]
        m.d.comb += Assume(~ResetSignal(), "no reset after the first cycle")
        if self.further is not None:
            self.further(m, self, dut)
        return m
