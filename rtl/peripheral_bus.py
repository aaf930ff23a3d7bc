"""Peripheral bus: loads and stores become accesses of registers, by the page of each device."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.processor_config import data_port
from rtl.processor_map import OUTSIDE_BASE, OUTSIDE_BYTES, PAGE_BYTES, PERIPHERALS
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature

__all__ = ["OUTSIDE_ADDRESS_WIDTH", "PeripheralBus"]

WORD, ALL_BYTES = 32, 0b1111
PAGE_BITS = PAGE_BYTES.bit_length() - 1
OUTSIDE_ADDRESS_WIDTH = OUTSIDE_BYTES.bit_length() - 1


class PeripheralBus(wiring.Component):
    """The core's port on one side, a register bus for each device on the other.

    An access takes two cycles: the registers answer after one, as
    :class:`rtl.register_bus.RegisterBusSignature` says, and only then is it known whether they
    refuse it. A store of less than a word is refused at once, as is a page at which no device is;
    a load of less reads the word. A device sees each access once.

    Latency is :attr:`latency` cycles from a request to its data, throughput an access in two.

    Parameters
    ----------
    address_widths : mapping of str to int
        Bits of the addresses of each device that is there, by its name in
        :data:`rtl.processor_map.PERIPHERALS`; ``outside`` for the bus out of the processor.

    Members
    -------
    i : ``In(data_port())``
        Loads and stores. Addresses count from the first page.
    *device* : ``Out(RegisterBusSignature(...))``
        To its registers.
    """

    latency = 2
    throughput = "1 access/2 cycles"

    i: Any

    def __init__(self, address_widths: Mapping[str, int]) -> None:
        self.address_widths = dict(address_widths)
        super().__init__(
            {
                "i": In(data_port()),
                **{
                    name: Out(RegisterBusSignature(address_width=width, data_width=WORD))
                    for name, width in self.address_widths.items()
                },
            }
        )

    def bus(self, name: str) -> RegisterBusInterface:
        """Return the port of a device, as the attribute of the same name does.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        RegisterBusInterface
            The port.
        """
        return getattr(self, name)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        i = self.i
        asked = Signal()
        reads, writes = Signal(), Signal()
        # The devices see nothing move while memories are used.
        offset = Signal(OUTSIDE_ADDRESS_WIDTH + 1)
        write_data = Signal(WORD)
        begins, whole = i.valid & ~asked, i.mask == ALL_BYTES
        m.d.comb += [
            offset.eq(Mux(i.valid, i.address, 0)),
            write_data.eq(Mux(i.valid, i.write_data, 0)),
            reads.eq(begins & ~i.write),
            writes.eq(begins & i.write & whole),
        ]
        hits, errors, words = [], [], []
        for name, width in self.address_widths.items():
            bus = self.bus(name)
            if name == "outside":
                hit = offset[-1] == OUTSIDE_BASE >> OUTSIDE_ADDRESS_WIDTH & 1
            else:
                # Of its page a device has as much as its addresses have bits for.
                page = PERIPHERALS.index(name) << PAGE_BITS
                hit = offset[width:] == page >> width
            m.d.comb += [
                bus.address.eq(offset),
                bus.write_valid.eq(writes & hit),
                bus.write_data.eq(write_data),
                bus.read_valid.eq(reads & hit),
            ]
            hits.append(hit)
            errors.append(bus.error)
            words.append(bus.read_data)

        accepted = Signal()
        word = Signal(WORD)
        joined = words[0]
        for each in words[1:]:
            joined |= each
        m.d.comb += [
            accepted.eq(Cat(*hits).any() & (~i.write | whole)),
            i.ready.eq(asked | ~accepted),
            i.fault.eq(Mux(asked, Cat(*errors).any(), ~accepted)),
            i.read_data.eq(word),
        ]
        m.d.sync += asked.eq(i.valid & accepted & ~asked)
        with m.If(asked):
            m.d.sync += word.eq(joined)
        return m
