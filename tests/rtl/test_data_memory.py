"""Tests of the memory of data: banks, and who comes first."""

import numpy as np
from amaranth.sim import Simulator

from rtl.data_memory import DataMemory
from verification.simulating import run_to_end

SIZE = 64
IMAGE = bytes(range(1, 40))
BITS = {"data": 32, "events": 32, "wide": 128}


def step(number, mask):
    """Return the bits of the bytes of a mask."""
    return sum(0xFF << 8 * n for n in range(number) if mask >> n & 1)


def test_every_access_of_three_ports_is_that_of_one_memory():
    dut = DataMemory(SIZE, IMAGE)
    rng = np.random.default_rng(5)
    content = bytearray(IMAGE + bytes(SIZE - len(IMAGE)))
    waited = dict.fromkeys(BITS, 0)
    done = dict.fromkeys(BITS, 0)

    async def compare(ctx):
        asked, expected = {}, {}
        for _ in range(2500):
            for name, width in BITS.items():
                port, size = getattr(dut, name), width // 8
                if name not in asked and rng.random() < 0.6:
                    asked[name] = {
                        "address": int(rng.integers(SIZE // size)) * size,
                        "write": int(rng.integers(2)),
                        "mask": int(rng.integers(1 << size)),
                        "write_data": int.from_bytes(rng.bytes(size), "little"),
                    }
                ctx.set(port.valid, name in asked)
                for field, value in asked.get(name, {}).items():
                    ctx.set(getattr(port, field), value)
            for name, (value, bits) in expected.items():
                assert ctx.get(getattr(dut, name).read_data) & bits == value & bits
            expected = {}
            for name in ("events", "data", "wide"):  # those that are taken need different banks
                port, size = getattr(dut, name), BITS[name] // 8
                if name not in asked:
                    continue
                if not ctx.get(port.ready):
                    waited[name] += 1
                    continue
                done[name] += 1
                request = asked.pop(name)
                part = slice(request["address"], request["address"] + size)
                old = int.from_bytes(content[part], "little")
                if request["write"]:
                    bits = step(size, request["mask"])
                    new = old & ~bits | request["write_data"] & bits
                    content[part] = new.to_bytes(size, "little")
                elif name == "wide":
                    banks = sum(
                        0xFFFFFFFF << 32 * n for n in range(4) if request["mask"] >> 4 * n & 15
                    )
                    expected[name] = old, banks
                else:
                    expected[name] = old, 0xFFFFFFFF
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(compare)
    run_to_end(simulator)

    assert waited["events"] == 0
    assert 0 < waited["data"] < waited["wide"]
    assert min(done.values()) > 300
