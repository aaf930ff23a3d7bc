"""Several streams where one is chosen, or where whole packets of all of them take turns."""

from collections.abc import Sequence

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import stream

__all__ = ["merge", "split", "take_turns"]


def split(m: Module, i: stream.Interface, sinks: Sequence[tuple[Value, stream.Interface]]) -> None:
    """Give what comes to the one sink that is chosen.

    Parameters
    ----------
    m : Module
        Receives the statements.
    i : stream.Interface
        Where it comes from.
    sinks : sequence of (Value, stream.Interface)
        Whether each is chosen, and where it goes then.
    """
    ready = Value.cast(0)
    for chosen, sink in sinks:
        ready |= sink.ready & chosen
        m.d.comb += [sink.valid.eq(i.valid & chosen), sink.payload.eq(i.payload)]
    m.d.comb += i.ready.eq(ready)


def merge(
    m: Module, sources: Sequence[tuple[Value, stream.Interface]], o: stream.Interface
) -> None:
    """Give ``o`` what comes from the one source that is chosen.

    By plain assignments: two blocks that set a valid and a ready to zero first, and then to what
    they are, wake each other for ever in a simulator that notices both.

    Parameters
    ----------
    m : Module
        Receives the statements.
    sources : sequence of (Value, stream.Interface)
        Whether each is chosen, and where it comes from then.
    o : stream.Interface
        Where it goes.
    """
    valid, payload = Value.cast(0), Value.cast(0)
    for chosen, source in sources:
        valid |= source.valid & chosen
        payload |= Mux(chosen, source.payload.as_value(), 0)
        m.d.comb += source.ready.eq(o.ready & chosen)
    m.d.comb += [o.valid.eq(valid), o.payload.eq(payload)]


def take_turns(
    m: Module, sources: Sequence[stream.Interface], o: stream.Interface
) -> Sequence[Value]:
    """Give ``o`` whole packets of all sources, the first that has one first.

    Parameters
    ----------
    m : Module
        Receives the statements.
    sources : sequence of stream.Interface
        Where packets come from; their payload has ``last``.
    o : stream.Interface
        Where they go.

    Returns
    -------
    sequence of Value
        Whose packet it is, a bit a source.
    """
    turn = Signal(len(sources))
    earlier = Value.cast(0)
    for n, source in enumerate(sources):
        with m.If((turn == 0) & source.valid & ~earlier.any()):
            m.d.sync += turn[n].eq(1)
        earlier |= source.valid
    merge(m, list(zip(turn, sources, strict=True)), o)
    with m.If(o.valid & o.ready & o.payload.last):
        m.d.sync += turn.eq(0)
    return list(turn)
