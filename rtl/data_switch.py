"""Data switch: who of the core and the host loads or stores, and in which memory."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.processor_config import data_port
from rtl.processor_map import DATA_BASE, OUTSIDE_BASE, OUTSIDE_BYTES, TEXT_BASE, ProcessorMap
from rtl.processor_map import PERIPHERAL_BASE as DEVICES_BASE

__all__ = ["DataSwitch"]

WORD = 32
DEVICES_BYTES = OUTSIDE_BASE + OUTSIDE_BYTES - DEVICES_BASE


class DataSwitch(wiring.Component):
    """Two ports that ask, three that answer, and a refusal for all other addresses.

    The host comes first, but never into an access of the core that has begun: a device must not
    see it twice.

    Latency is :attr:`latency` cycles: requests and whether they are taken pass in the same cycle,
    what was read in the cycle after.

    Parameters
    ----------
    config : ProcessorMap
        What is where.

    Members
    -------
    host : ``In(data_port())``
        Seldom asks.
    core : ``In(data_port())``
        Often asks.
    text : ``Out(data_port())``
        Memory of instructions.
    memory : ``Out(data_port())``
        Memory of data.
    devices : ``Out(data_port())``
        Whatever is no memory.
    """

    latency = 0
    throughput = "1 access/cycle"

    host: Any
    core: Any
    text: Any
    memory: Any
    devices: Any

    def __init__(self, config: ProcessorMap) -> None:
        self.config = config
        super().__init__(
            {
                "host": In(data_port()),
                "core": In(data_port()),
                "text": Out(data_port()),
                "memory": Out(data_port()),
                "devices": Out(data_port()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        host, core = self.host, self.core
        begun, of_host = Signal(), Signal()
        m.d.comb += of_host.eq(host.valid & ~begun)
        m.d.sync += begun.eq(core.valid & ~of_host & ~core.ready)

        address = Signal(WORD)
        m.d.comb += address.eq(Mux(of_host, host.address, core.address))
        targets = (
            (self.text, _lies_in(address, TEXT_BASE, self.config.text_bytes)),
            (self.memory, _lies_in(address, DATA_BASE, self.config.data_bytes)),
            (self.devices, _lies_in(address, DEVICES_BASE, DEVICES_BYTES)),
        )
        ready = Signal(init=1)
        fault = Signal(init=1)
        read_data = Signal(WORD)
        for number, (target, hit) in enumerate(targets):
            m.d.comb += [
                target.valid.eq((of_host | core.valid) & hit),
                target.address.eq(address),
                target.write.eq(Mux(of_host, host.write, core.write)),
                target.mask.eq(Mux(of_host, host.mask, core.mask)),
                target.write_data.eq(Mux(of_host, host.write_data, core.write_data)),
            ]
            chosen = Signal(name=f"reads_{number}")
            with m.If(of_host | core.valid):
                m.d.sync += chosen.eq(hit)
            with m.If(hit):
                m.d.comb += [ready.eq(target.ready), fault.eq(target.fault)]
            with m.If(chosen):
                m.d.comb += read_data.eq(target.read_data)
        m.d.comb += [
            host.ready.eq(of_host & ready),
            core.ready.eq(~of_host & ready),
            host.fault.eq(of_host & fault),
            core.fault.eq(fault),
            host.read_data.eq(read_data),
            core.read_data.eq(read_data),
        ]
        return m


def _lies_in(address: Value, base: int, size_bytes: int) -> Value:
    """Return whether an address is in an aligned region, sizes being powers of two."""
    width = (size_bytes - 1).bit_length()
    return address[width:] == base >> width
