"""What flows between blocks, described once, and the one pipeline stage they are all built from."""

from typing import Any

from amaranth.hdl import Module, Mux, Shape, Signal, signed, unsigned
from amaranth.lib import data, memory, stream

__all__ = [
    "channel_shape",
    "detection_layout",
    "packet_layout",
    "per_channel_stage",
    "sample_layout",
]

TIME_WIDTH = 32


def channel_shape(channels: int) -> Shape:
    """Return the shape of one of ``channels`` numbers: a bit at least, as no port is empty.

    >>> channel_shape(68), channel_shape(1)
    (unsigned(7), unsigned(1))
    """
    return unsigned(max(1, (channels - 1).bit_length()))


def sample_layout(width: int, channels: int) -> data.StructLayout:
    """Return the layout of one sample on its way through the time-multiplexed datapath.

    ``sample`` is signed, ``width`` bits; ``channel`` is its channel, below ``channels``;
    ``restart`` marks the first sample of this channel after a reset: whatever a block remembers
    of the channel is forgotten.
    """
    return data.StructLayout(
        {"sample": signed(width), "channel": channel_shape(channels), "restart": 1}
    )


def detection_layout(width: int, channels: int) -> data.StructLayout:
    """Return the layout of one sample with the detector's verdict.

    As :func:`sample_layout` of ``width`` and ``channels``, with ``spike``: a spike of this channel
    peaked a known number of frames earlier.
    """
    return data.StructLayout(
        {"sample": signed(width), "channel": channel_shape(channels), "restart": 1, "spike": 1}
    )


def packet_layout(width: int, channels: int) -> data.StructLayout:
    """Return the layout of one word of an event packet.

    ``channel``, below ``channels``, and ``time`` (frames since reset, of the spike's peak) hold for
    the whole packet; ``sample``, signed, ``width`` bits, is the next sample of the snippet;
    ``first`` and ``last`` mark its ends.
    """
    return data.StructLayout(
        {
            "sample": signed(width),
            "channel": channel_shape(channels),
            "time": unsigned(TIME_WIDTH),
            "first": 1,
            "last": 1,
        }
    )


def per_channel_stage(
    m: Module,
    *,
    i: stream.Interface,
    o: stream.Interface,
    state_layout: data.StructLayout,
    channels: int,
) -> tuple[Any, Any, Any]:
    """Add a pipeline stage that keeps a state for every channel; return (beat, state, next_state).

    The state of a beat's channel is fetched from memory while the beat is registered, and written
    back as the beat leaves: the read port sees the word being written, so that successive beats of
    one channel need no gap and one datapath serves any number of channels, one included. The
    caller drives ``next_state`` and ``o.payload`` from ``beat`` and ``state``, combinationally.

    Latency is one cycle, throughput one beat a cycle. Back-pressure on ``o`` stalls ``i``.

    Parameters
    ----------
    m : Module
        Receives the statements.
    i, o : stream.Interface
        Input and output of the stage; the payload of ``i`` has ``channel`` and ``restart``.
    state_layout : data.StructLayout
        What is remembered of a channel; all zeros after its restart.
    channels : int
        Number of channels.

    Returns
    -------
    tuple of (beat, state, next_state)
        The registered input payload, its channel's state, and the state to leave behind.
    """
    m.submodules.state = states = memory.Memory(shape=state_layout, depth=channels, init=[])
    write = states.write_port()
    read = states.read_port(transparent_for=(write,))

    beat = Signal.like(i.payload, name="beat")
    beat_valid = Signal()
    state = Signal(state_layout)
    next_state = Signal(state_layout)

    m.d.comb += [
        i.ready.eq(o.ready | ~beat_valid),
        read.addr.eq(i.payload.channel),
        read.en.eq(i.ready),
        o.valid.eq(beat_valid),
        state.eq(Mux(beat.restart, 0, read.data.as_value())),
        write.addr.eq(beat.channel),
        write.data.eq(next_state),
        write.en.eq(beat_valid & o.ready),
    ]
    with m.If(i.ready):
        m.d.sync += [beat_valid.eq(i.valid), beat.eq(i.payload)]
    return beat, state, next_state
