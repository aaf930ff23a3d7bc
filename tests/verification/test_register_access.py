import pytest
from amaranth.sim import Simulator

from rtl.register_bank import RegisterBank
from tests.rtl.register_maps import EVERYTHING
from verification.register_access import RegisterAccessError, read_register, write_register
from verification.simulating import run_to_end


def simulate(bank, testbench):
    simulator = Simulator(bank)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    run_to_end(simulator)


def test_a_word_that_is_written_is_read_back_and_seen_by_the_hardware():
    bank = RegisterBank(EVERYTHING)
    address = EVERYTHING.address_of("control")
    word = EVERYTHING.register("control").pack({"mode": "neo", "lag": 5})

    async def testbench(ctx):
        await write_register(ctx, bank.bus, address, word)
        assert ctx.get(bank.field("control", "lag")) == 5
        assert await read_register(ctx, bank.bus, address) == word

    simulate(bank, testbench)


def test_refused_accesses_are_reported():
    bank = RegisterBank(EVERYTHING)

    async def testbench(ctx):
        with pytest.raises(RegisterAccessError, match=r"^write of 0x1 to address 0x8 was refused$"):
            await write_register(ctx, bank.bus, 0x8, 1)
        with pytest.raises(RegisterAccessError, match=r"^read of address 0x6 was refused$"):
            await read_register(ctx, bank.bus, 0x6)

    simulate(bank, testbench)
