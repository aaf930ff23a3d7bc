"""The circuit of a register map: decode the bus, keep the words, forward the arrays."""

from collections.abc import Iterator

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.register_array import ArrayPortInterface, ArrayPortSignature, index_width
from rtl.register_bus import RegisterBusInterface, RegisterBusSignature
from rtl.registers import Access, Field, Register, RegisterMap

__all__ = ["RegisterBank"]


class RegisterBank(wiring.Component):
    """The words of a register map, behind a register bus.

    Every request is answered after :attr:`latency` cycles, and a request may come in every cycle.
    What the bus refuses is in :class:`rtl.register_bus.RegisterBusSignature`. A write is seen by
    the hardware, and by reads, from the next cycle on; it changes only what software may write in
    the word. Bits above the last field read zero.

    A counter stays at all ones once it gets there. Events that come with a clear are not lost:
    the counter becomes their number.

    The bit-exact model is :class:`verification.golden.register_bank.RegisterBankModel`.

    Parameters
    ----------
    config : RegisterMap
        The registers.

    Members
    -------
    bus : ``In(RegisterBusSignature(...))``
        Where software comes in.
    *register* : one interface for each register that has any of these members
        *field* : ``Out(field.width)`` of a read-write field
            Its value.
        *field* : ``In(field.width)`` of a read-only field
            Its value, taken in the cycle of a request.
        *field* : ``In(field.increment_width)`` of a counter
            Added in every cycle.
    *array register* : ``Out(ArrayPortSignature(register))``
        Its words are kept elsewhere.
    """

    latency = 1
    throughput = "1 access/cycle"

    bus: RegisterBusInterface

    def __init__(self, config: RegisterMap) -> None:
        self.config = config
        bus = RegisterBusSignature(address_width=config.address_width, data_width=config.data_width)
        super().__init__({"bus": In(bus), **_register_members(config)})

    def field(self, register: str, field: str) -> Signal:
        """Return the port of a field, as the attribute of the same name does.

        Parameters
        ----------
        register : str
            Name of a register that is no array.
        field : str
            Name of a field of it that is no constant.

        Returns
        -------
        Signal
            The port.
        """
        return getattr(getattr(self, register), field)

    def array(self, register: str) -> ArrayPortInterface:
        """Return the port of an array register, as the attribute of the same name does.

        Parameters
        ----------
        register : str
            Name of the register.

        Returns
        -------
        ArrayPortInterface
            The port.
        """
        return getattr(self, register)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus = self.bus

        kept_data = Signal.like(bus.read_data)
        m.d.sync += kept_data.eq(0)
        known, writable, forwarded_data = Const(0), Const(0), Const(0)
        for register, hit, index in _decode(self.config, bus.address):
            known |= hit
            writable |= hit & register.writable
            if register.count is None:
                word = self._keep_word(m, register, hit & bus.write_valid)
                with m.If(hit & bus.read_valid):
                    m.d.sync += kept_data.eq(word)
            else:
                forwarded_data |= self._forward(m, register, hit, index)

        m.d.comb += bus.read_data.eq(kept_data | forwarded_data)
        m.d.sync += bus.error.eq((bus.read_valid & ~known) | (bus.write_valid & ~writable))
        return m

    def _keep_word(self, m: Module, register: Register, write: Value) -> Value:
        """Add the state of a single word and return what it reads as."""
        word = [
            self._keep_field(m, register, field, write, self.bus.write_data[lsb:][: field.width])
            for lsb, field in register.placed()
        ]
        return Cat(*word)

    def _keep_field(
        self, m: Module, register: Register, field: Field, write: Value, written: Value
    ) -> Value:
        """Add the state of a field and return its value."""
        if field.access is Access.CONSTANT:
            return Const(field.reset, field.width)
        port = self.field(register.name, field.name)
        name = f"{register.name}_{field.name}"
        match field.access:
            case Access.READ_ONLY:
                return port
            case Access.READ_WRITE:
                value = Signal(field.width, init=field.reset, name=name)
                with m.If(write):
                    m.d.sync += value.eq(written)
                m.d.comb += port.eq(value)
                return value
            case Access.COUNTER:
                count = Signal(field.width, name=name)
                total = Signal(field.width + 1, name=f"{name}_total")
                m.d.comb += total.eq(Mux(write & written.any(), 0, count) + port)
                m.d.sync += count.eq(Mux(total[-1], field.max_value, total))
                return count

    def _forward(self, m: Module, register: Register, hit: Value, index: Value) -> Value:
        """Connect the port of an array and return its share of the answer."""
        port = self.array(register.name)
        asked = Signal(name=f"{register.name}_asked")
        m.d.comb += [
            port.index.eq(index),
            port.write_valid.eq(hit & self.bus.write_valid & register.writable),
            port.write_data.eq(self.bus.write_data[: register.width]),
            port.read_valid.eq(hit & self.bus.read_valid),
        ]
        m.d.sync += asked.eq(port.read_valid)
        return Mux(asked, port.read_data.as_value(), 0)


def _register_members(config: RegisterMap) -> dict[str, wiring.Member]:
    members = {}
    for register in config.registers:
        if register.count is not None:
            members[register.name] = Out(ArrayPortSignature(register))
            continue
        ports = {}
        for field in register.fields:
            match field.access:
                case Access.READ_WRITE:
                    ports[field.name] = Out(unsigned(field.width))
                case Access.READ_ONLY:
                    ports[field.name] = In(unsigned(field.width))
                case Access.COUNTER:
                    ports[field.name] = In(unsigned(field.increment_width))
                case Access.CONSTANT:
                    pass
        if ports:
            members[register.name] = Out(wiring.Signature(ports))
    return members


def _decode(config: RegisterMap, address: Value) -> Iterator[tuple[Register, Value, Value]]:
    """Yield each register, whether the address is one of its words, and which word."""
    byte_bits = config.word_bytes.bit_length() - 1
    aligned = address[:byte_bits] == 0
    word_address = address[byte_bits:]
    for start_byte, register in config.placed():
        start = start_byte // config.word_bytes
        if register.count is None:
            yield register, aligned & (word_address == start), Const(0)
            continue
        below_end = word_address < start + register.words
        index = (word_address - start)[: index_width(register)]
        yield register, aligned & (word_address >= start) & below_end, index
