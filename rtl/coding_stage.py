"""The pipeline stage of which the parts of a codec before its entropy coder are made."""

from typing import Any

from amaranth.hdl import Module, Value
from amaranth.lib import data, stream

from rtl.streams import per_channel_stage

__all__ = ["coding_stage"]


def coding_stage(
    m: Module,
    *,
    i: stream.Interface,
    o: stream.Interface,
    state_layout: data.StructLayout,
    channels: int,
    **settings: Value,
) -> tuple[Any, Any, Any, Any]:
    """Add a stage that keeps a state for every channel; return (beat, settings, state, next_state).

    As :func:`rtl.streams.per_channel_stage`, with two differences: a ``restart`` leaves the state
    as it is, so that the caller says what it forgets, and at a ``fresh`` beat must not believe any
    of it; and settings are taken over along with the beat. ``next_state`` is the state unless the
    caller says otherwise.

    Parameters
    ----------
    m : Module
        Receives the statements.
    i, o : stream.Interface
        Input, whose payload is of :func:`rtl.coding_streams.coding_layout`, and output.
    state_layout : data.StructLayout
        What is remembered of a channel.
    channels : int
        Number of channels.
    **settings : Value
        Settings that hold for the beat on offer at ``i``.

    Returns
    -------
    tuple of (beat, settings, state, next_state)
        The registered payload and settings, its channel's state, and the state to leave behind.
    """
    shapes = {name: value.shape() for name, value in settings.items()}
    layout = data.StructLayout(
        {
            "channel": i.payload.channel.shape(),
            "restart": 1,
            "beat": i.payload.shape(),
            "settings": data.StructLayout(shapes),
        }
    )
    tagged = stream.Signature(layout).create()
    m.d.comb += [
        tagged.valid.eq(i.valid),
        i.ready.eq(tagged.ready),
        tagged.payload.channel.eq(i.payload.channel),
        tagged.payload.beat.eq(i.payload),
    ]
    m.d.comb += [tagged.payload.settings[name].eq(value) for name, value in settings.items()]
    offered, state, next_state = per_channel_stage(
        m, i=tagged, o=o, state_layout=state_layout, channels=channels
    )
    m.d.comb += next_state.eq(state)
    return offered.beat, offered.settings, state, next_state
