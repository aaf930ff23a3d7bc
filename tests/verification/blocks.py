"""Small components on which the verification kit itself is tested."""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Module, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

FAULTS = (
    "changes the payload while stalled",
    "withdraws an offer",
    "duplicates a payload",
    "drops a payload",
    "follows ready with valid",
)


def number(fault):
    """Return what to put at ``fault``; 0 is no fault."""
    return FAULTS.index(fault) + 1


@dataclass(frozen=True, kw_only=True)
class ScaleConfig:
    width: int = 8
    gain: int = 3

    @property
    def in_layout(self):
        return data.StructLayout({"sample": signed(self.width), "last": 1})

    @property
    def out_layout(self):
        return data.StructLayout({"last": 1, "sample": signed(self.width + 4)})


def scale(records, config):
    scaled = np.zeros(len(records), dtype=[("last", np.int64), ("sample", np.int64)])
    scaled["last"] = records["last"]
    scaled["sample"] = records["sample"] * config.gain
    return scaled


def scale_stimulus(config, count, rng):
    limit = 1 << (config.width - 1)
    records = np.zeros(count, dtype=[("sample", np.int64), ("last", np.int64)])
    records["sample"] = rng.integers(-limit, limit, size=count)
    records["sample"][:2] = -limit, limit - 1
    records["last"] = rng.integers(0, 2, size=count)
    return records


class Scale(wiring.Component):
    """Multiply samples by a constant; one register."""

    latency = 1

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config):
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(config.in_layout)),
                "o": Out(stream.Signature(config.out_layout)),
            }
        )

    def elaborate(self, _platform):
        m = Module()
        m.d.comb += self.i.ready.eq(self.o.ready | ~self.o.valid)
        with m.If(self.i.ready):
            m.d.sync += [
                self.o.valid.eq(self.i.valid),
                self.o.payload.sample.eq(self.i.payload.sample * self.config.gain),
                self.o.payload.last.eq(self.i.payload.last),
            ]
        return m


class FaultyStage(wiring.Component):
    """One register, and a fault after some payloads: the one whose number is at ``fault``."""

    i: stream.Interface
    o: stream.Interface
    fault: Signal

    def __init__(self, *, after=3):
        self.config = None
        self.after = after
        super().__init__(
            {
                "i": In(stream.Signature(8)),
                "o": Out(stream.Signature(8)),
                "fault": In(range(len(FAULTS) + 1)),
            }
        )

    def elaborate(self, _platform):
        m = Module()
        count = Signal(range(self.after + 1))
        due = Signal()
        m.d.comb += due.eq(count == self.after)
        with m.If(self.o.valid & self.o.ready & ~due):
            m.d.sync += count.eq(count + 1)

        valid = Signal()
        done = Signal()
        m.d.comb += [
            self.i.ready.eq(self.o.ready | ~valid),
            self.o.valid.eq(valid),
        ]
        with m.If(self.i.ready):
            m.d.sync += [valid.eq(self.i.valid), self.o.payload.eq(self.i.payload)]

        stalled = valid & ~self.o.ready
        with m.If(due), m.Switch(self.fault):
            with m.Case(1), m.If(stalled):
                m.d.sync += self.o.payload.eq(self.o.payload + 1)
            with m.Case(2), m.If(stalled):
                m.d.sync += valid.eq(0)
            with m.Case(3), m.If(valid & self.o.ready & ~done):
                m.d.comb += self.i.ready.eq(0)
                m.d.sync += done.eq(1)
            with m.Case(4), m.If(self.i.valid & self.i.ready & ~done):
                m.d.sync += [valid.eq(0), done.eq(1)]
            with m.Case(5):
                m.d.comb += self.o.valid.eq(valid & self.o.ready)
        return m
