"""Bench for the exported Verilog of :class:`rtl.register_bank.RegisterBank`."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from rtl.registers import Access, Register, RegisterMap
from verification.cocotb_benches.registers import RegisterPort
from verification.cocotb_benches.setup import bench_setup, seeded_rng, start
from verification.golden.register_bank import RegisterBankModel, Response
from verification.register_stimuli import register_stimulus

RANDOM_COUNT = 800


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def matches_golden_on_corners_and_random_cycles(dut: Any) -> None:
    config: RegisterMap = bench_setup().config
    rng = seeded_rng()
    model = RegisterBankModel(config)
    arrays = [_Array(dut, model, register, rng) for register in config.registers if register.count]
    bus, edge = RegisterPort.find(dut), RisingEdge(dut.clk)
    statuses = _ports(dut, config, Access.READ_ONLY)
    counters = _ports(dut, config, Access.COUNTER)
    settings = _ports(dut, config, Access.READ_WRITE)
    expected = Response(0, error=False)
    await start(dut)

    for number, cycle in enumerate(register_stimulus(config, random_count=RANDOM_COUNT, rng=rng)):
        bus.request(cycle.address, write_data=cycle.write_data, read=cycle.read)
        for key, port in counters.items():
            port.value = cycle.increments.get(key, 0)
        for key, port in statuses.items():
            port.value = cycle.status.get(key, 0)
            model.set_value(*key, cycle.status.get(key, 0))
        await edge

        # Everything seen here is of the cycle that this edge ends: its settings, and the answer
        # to the request of the cycle before.
        assert bus.response() == expected, f"cycle {number}, before {cycle}"
        for key, port in settings.items():
            assert int(port.value) == model.value(*key), f"cycle {number}, {key}"
        for array in arrays:
            array.serve()
        expected = model.cycle(
            cycle.address,
            write_data=cycle.write_data,
            read=cycle.read,
            increments=cycle.increments,
        )


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def every_setting_comes_up_at_reset_and_can_be_written(dut: Any) -> None:
    config: RegisterMap = bench_setup().config
    bus = RegisterPort.find(dut)
    await start(dut)

    for address, register in config.placed():
        if register.count is not None:
            continue
        reset = Response(register.reset_word, error=False)
        assert await bus.access(address, read=True) == reset
        settings = [each for each in register.fields if each.access is Access.READ_WRITE]
        inverted = register.pack({each.name: each.max_value ^ each.reset for each in settings})
        assert (await bus.access(address, write_data=inverted)).error is not register.writable
        for each in settings:
            port = getattr(dut, f"{register.name}__{each.name}")
            assert int(port.value) == each.max_value ^ each.reset


class _Array:
    """A memory behind the port of an array register, which starts with random words.

    The data that it gives is random, too, in the cycles in which the bank must not look at it.
    """

    def __init__(
        self, dut: Any, model: RegisterBankModel, register: Register, rng: np.random.Generator
    ) -> None:
        self._ports = {
            name: getattr(dut, f"{register.name}__{name}")
            for name in ("index", "write_valid", "write_data", "read_valid", "read_data")
        }
        self._register = register
        self._rng = rng
        self._words = [self._random_word() for _ in range(register.words)]
        self._writable = sum(
            each.max_value << lsb for lsb, each in register.placed() if each.writable
        )
        for index, word in enumerate(self._words):
            for name, value in register.unpack(word).items():
                model.set_value(register.name, name, value, index)

    def serve(self) -> None:
        """Do what was asked in the cycle that a clock edge has just ended."""
        seen = {name: int(port.value) for name, port in self._ports.items()}
        answer = self._words[seen["index"]] if seen["read_valid"] else self._random_word()
        self._ports["read_data"].value = answer
        if seen["write_valid"]:
            assert self._writable, f"software cannot write {self._register.name!r}"
            kept = self._words[seen["index"]] & ~self._writable
            self._words[seen["index"]] = kept | (seen["write_data"] & self._writable)

    def _random_word(self) -> int:
        return int.from_bytes(self._rng.bytes(8), "little") & ((1 << self._register.width) - 1)


def _ports(dut: Any, config: RegisterMap, access: Access) -> dict[tuple[str, str], Any]:
    """Return the ports of the fields outside arrays, by register and field name."""
    return {
        (register.name, each.name): getattr(dut, f"{register.name}__{each.name}")
        for register in config.registers
        for each in register.fields
        if register.count is None and each.access is access
    }
