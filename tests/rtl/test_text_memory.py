"""Tests of the memory of instructions."""

import numpy as np
from amaranth.sim import Simulator

from rtl.text_memory import TextMemory
from verification.simulating import run_to_end

SIZE = 64
IMAGE = bytes(range(1, 52))


def half(content, address):
    """Return 16 bits, and whether they are outside."""
    address &= 0xFFFFFFFF
    if address >= SIZE:
        return 0, 1
    return int.from_bytes(content[address : address + 2], "little"), 0


def test_what_was_fetched_stays_whatever_is_loaded_and_stored():
    dut = TextMemory(SIZE, IMAGE)
    rng = np.random.default_rng(6)
    content = bytearray(IMAGE + bytes(SIZE - len(IMAGE)))
    seen = {"fetches": 0, "waits": 0, "faults": 0, "kept": 0}

    async def compare(ctx):
        fetched, loaded = None, None
        for _ in range(3000):
            fetch, access = rng.random() < 0.6, rng.random() < 0.4
            near_end = int(rng.choice([SIZE - 2, SIZE, 1 << 31, 0xFFFFFFFE]))
            address = near_end if rng.random() < 0.1 else int(rng.integers(SIZE // 2)) * 2
            ctx.set(dut.fetch.valid, fetch)
            ctx.set(dut.fetch.address, address)
            place, write = int(rng.integers(SIZE // 4)) * 4, rng.random() < 0.5
            mask, word = int(rng.integers(16)), int(rng.integers(1 << 32))
            ctx.set(dut.data.valid, access)
            ctx.set(dut.data.address, place)
            ctx.set(dut.data.write, write)
            ctx.set(dut.data.mask, mask)
            ctx.set(dut.data.write_data, word)

            if fetched is not None:
                data, fault = fetched
                assert ctx.get(dut.fetch.fault) == fault
                known = (0xFFFF if not fault & 1 else 0) | (0xFFFF0000 if not fault & 2 else 0)
                assert ctx.get(dut.fetch.data) & known == data & known
            if loaded is not None:
                assert ctx.get(dut.data.read_data) == loaded
            assert ctx.get(dut.fetch.ready) == (not access)

            loaded = None
            if access:
                seen["kept"] += not write
                bits = sum(0xFF << 8 * n for n in range(4) if mask >> n & 1)
                old = int.from_bytes(content[place : place + 4], "little")
                if write:
                    new = old & ~bits | word & bits
                    content[place : place + 4] = new.to_bytes(4, "little")
                else:
                    loaded = old
                seen["waits"] += fetch
            elif fetch:
                low, high = half(content, address), half(content, address + 2)
                fetched = low[0] | high[0] << 16, low[1] | high[1] << 1
                seen["fetches"] += 1
                seen["faults"] += bool(fetched[1])
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(compare)
    run_to_end(simulator)

    assert min(seen.values()) > 50
