from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.back_end import to_verilog
from rtl.band_pass import BandPassConfig
from rtl.detection_chain import DetectionChainConfig
from rtl.processor import Processor
from rtl.processor_config import ProcessorCoreConfig
from rtl.processor_core import ProcessorCore
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.register_file import RegisterFile
from rtl.spike_detector import SpikeDetectorConfig
from rtl.spike_processor import SpikeProcessor
from rtl.spike_processor_config import SpikeProcessorConfig
from verification.rvfi_core import RvfiCore

CYCLES = 400


def spikes(core):
    processor = ProcessorSystemConfig(core=core, mac_array=False)
    chain = DetectionChainConfig.fitted(BandPassConfig(channels=2), SpikeDetectorConfig())
    return SpikeProcessorConfig(chain=chain, processor=processor)


def test_registers_hold_what_was_written_and_register_0_is_zero():
    dut = RegisterFile()
    rng = np.random.default_rng(3)
    expected, seen = [], []

    async def testbench(ctx):
        kept = [0] * 32
        for _ in range(CYCLES):
            rs1, rs2, rd = rng.integers(32, size=3).tolist()
            value = int(rng.integers(1 << 32))
            ctx.set(dut.rs1, rs1)
            ctx.set(dut.rs2, rs2)
            ctx.set(dut.rd, rd)
            ctx.set(dut.data, value)
            kept[rd] = value if rd else 0  # what is just being written is read, too
            expected.append((kept[rs1], kept[rs2]))
            seen.append((ctx.get(dut.value_1), ctx.get(dut.value_2)))
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()

    assert seen == expected
    assert {rs for pair in expected for rs in pair} > {0}


@pytest.mark.parametrize(
    "component",
    [
        ProcessorCore,
        lambda core: Processor(ProcessorSystemConfig(core=core)),
        lambda core: SpikeProcessor(spikes(core)),
        lambda core: RvfiCore(ProcessorCore(replace(core, trace=True))),
    ],
    ids=["core", "processor", "spike_processor", "rvfi"],
)
@pytest.mark.parametrize(("kind", "words"), [("flip_flops", 0), ("latches", 31)])
def test_verilog_has_a_word_of_latches_for_each_register_if_it_is_to_have_them(
    component, kind, words
):
    text = to_verilog(component(ProcessorCoreConfig(registers=kind)), name="top")

    assert text.count("latch_word latch_") == words
    assert text.count("module latch_word(") == (words > 0)
