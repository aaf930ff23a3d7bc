"""The pipeline stage of which the parts of a codec before its entropy coder are made."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import data, stream

from rtl.coding_streams import BYTE_WIDTH, Kind
from rtl.packet_settings import header_layout
from rtl.streams import per_channel_stage

__all__ = ["PREDICTION_BYTE", "coding_stage", "header_prediction", "prediction_layout"]

PREDICTION_BYTE = header_layout()["order"].offset // BYTE_WIDTH
"""Which byte of a header says how samples are predicted."""


def prediction_layout() -> data.StructLayout:
    """Return the layout of that byte: ``order``, ``cross``, ``adaptive``, and four other bits."""
    return data.StructLayout({"order": 2, "cross": 1, "adaptive": 1, "others": 4})


def coding_stage(
    m: Module,
    *,
    i: stream.Interface,
    o: stream.Interface,
    state_layout: data.StructLayout,
    channels: int,
) -> tuple[Any, Any, Any]:
    """Add a stage that keeps a state for every channel; return (beat, state, next_state).

    As :func:`rtl.streams.per_channel_stage`, but a ``restart`` leaves the state as it is: the
    caller says what it forgets, and believes none of it at a ``fresh`` beat. ``next_state`` is the
    state unless the caller says otherwise.

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

    Returns
    -------
    tuple of (beat, state, next_state)
        The registered input payload, its channel's state, and the state to leave behind.
    """
    shapes = {"channel": i.payload.channel.shape(), "restart": 1, "beat": i.payload.shape()}
    kept = stream.Signature(data.StructLayout(shapes)).create()
    m.d.comb += [
        kept.valid.eq(i.valid),
        i.ready.eq(kept.ready),
        kept.payload.channel.eq(i.payload.channel),
        kept.payload.beat.eq(i.payload),
    ]
    offered, state, next_state = per_channel_stage(
        m, i=kept, o=o, state_layout=state_layout, channels=channels
    )
    m.d.comb += next_state.eq(state)
    return offered.beat, state, next_state


def header_prediction(m: Module, *, beat: Any, passes: Any) -> Any:
    """Return how the last header that went by says that samples are predicted.

    The verbatim bytes of a header follow one another, and the first samples of its packet follow
    them; the last of a trailer has ``last`` set.

    Parameters
    ----------
    m : Module
        Receives the statements.
    beat : View
        A beat of :func:`rtl.coding_streams.coding_layout`.
    passes : Value
        Whether it goes by now.

    Returns
    -------
    View of prediction_layout()
        For the fresh samples of that packet.
    """
    said = Signal(prediction_layout())
    place = Signal(range(PREDICTION_BYTE + 2))  # among verbatim bytes; beyond, it does not matter
    of_header = (beat.kind == Kind.VERBATIM) & ~beat.last
    with m.If(passes):
        with m.If(of_header & (place == PREDICTION_BYTE)):
            m.d.sync += said.eq(beat.value)
        m.d.sync += place.eq(Mux(of_header, Mux(place > PREDICTION_BYTE, place, place + 1), 0))
    return said
