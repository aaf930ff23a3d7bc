"""Spikes from converter samples to the answer of a program of the kit, on circuit and model."""

from pathlib import Path

import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.band_pass import BandPassConfig
from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from rtl.processor_map import OUTSIDE_BASE, OUTSIDE_BYTES, ProcessorMap
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.snippet_buffer import SnippetBufferConfig
from rtl.spike_detector import SpikeDetectorConfig
from rtl.spike_processor import SpikeProcessor
from rtl.spike_processor_config import SpikeProcessorConfig
from system.firmware.circuit import memory_words
from system.firmware.runner import open_program
from verification.golden.detection_chain import detection_chain
from verification.golden.event_packer import event_packer
from verification.golden.processor import ProcessorSystemModel
from verification.golden.processor_core import BusAccess
from verification.golden.spike_processor import SpikeProcessorModel
from verification.program_parts import ends, handled
from verification.riscv_assembler import i_type, load_constant, r_type
from verification.simulating import run_to_end
from verification.spike_programs import TOLD, event_reporter

CHANNELS, SAMPLES = 3, 16
CONFIG = SpikeProcessorConfig(
    chain=DetectionChainConfig.fitted(
        BandPassConfig(channels=CHANNELS, sample_width=9),
        SpikeDetectorConfig(smoothing_samples=2),
        SnippetBufferConfig(snippet_samples=12, pre_trigger=4, history_frames=64, queue_events=4),
    ),
    processor=ProcessorSystemConfig(vector_beats=2),
)
SETTINGS = DetectorSettings(warm_up_s=2e-3, mean_time_s=4e-3, quiet_floor=4.0)
CYCLES_PER_SAMPLE, FRAMES = 5, 240
LOAD, SYSTEM, MCAUSE, LOAD_FAULT = 0x03, 0x73, 0x342, 5
SHAPES = np.array([np.ones(SAMPLES), np.arange(SAMPLES) - SAMPLES // 2], dtype=np.int64)


def spiky_codes(rng):
    codes = rng.normal(0, 4, (FRAMES, CHANNELS))
    spike = 110 * np.array([-0.3, -1.0, -0.9, -0.3, 0.3, 0.4, 0.2])
    for channel in range(CHANNELS):
        for start in range(70 + 11 * channel, FRAMES - 60, 45 + 30 * channel):
            codes[start : start + 7, channel] += spike
    return np.rint(codes).astype(np.int64)


def program_text():
    program = open_program(Path("spike_counter"))
    text, data = memory_words(CONFIG.processor, program)
    assert not data.any()  # it is copied by the program itself
    return text[: np.flatnonzero(text)[-1] + 1].astype("<u4").tobytes()


def settings_bytes():
    """Return what lets the program set up the chain and start it."""
    writes = [
        (address, word)
        for name in ("detector", "timing", "start")
        for address, word in CONFIG.chain.register_writes(SETTINGS)
        if address == CONFIG.chain.registers.address_of(name)
    ]
    told = b"".join(
        b"w" + address.to_bytes(2, "little") + word.to_bytes(4, "little")
        for address, word in writes
    )
    [threshold] = {*SETTINGS.threshold_words(CHANNELS)}
    return told + b"t" + threshold.to_bytes(4, "little") + b"g"


def said_of(events):
    """Return what the program is to say."""
    snippets = np.zeros((len(events), SAMPLES), dtype=np.int64)
    snippets[:, : events["snippet"].shape[1]] = events["snippet"]
    lines = []
    for channel in range(CHANNELS):
        own = snippets[events["channel"] == channel]
        sums = (own @ SHAPES.T).sum(axis=0)
        lines.append(f"channel {channel}: {len(own)} spikes, {sums[0]}, {sums[1]}\n")
    return "".join(lines).encode()


def simulate(codes):
    """Return what the program on the circuit says, and the cycles in which it slept and did not."""
    dut = SpikeProcessor(CONFIG, text=program_text())
    said, slept = bytearray(), []

    async def send(ctx, data):
        for byte in data:
            ctx.set(dut.input.payload, byte)
            ctx.set(dut.input.valid, 1)
            await ctx.tick().until(dut.input.ready)
        ctx.set(dut.input.valid, 0)

    async def host(ctx):
        ctx.set(dut.spi_select, 1)
        ctx.set(dut.output.ready, 1)
        await send(ctx, settings_bytes())
        while not ctx.get(dut.i.ready):
            await ctx.tick()
        for code in codes.ravel():
            ctx.set(dut.i.payload, int(code))
            ctx.set(dut.i.valid, 1)
            await ctx.tick()
            ctx.set(dut.i.valid, 0)
            await ctx.tick().repeat(CYCLES_PER_SAMPLE - 1)
        await send(ctx, b"se")
        while not ctx.get(dut.finished):
            await ctx.tick()
        assert ctx.get(dut.exit_code) == 0

    async def listen(ctx):
        async for _, _, valid, byte, sleeping in ctx.tick().sample(
            dut.output.valid, dut.output.payload, dut.sleeping
        ):
            slept.append(sleeping)
            if valid:
                said.append(byte)

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(host)
    simulator.add_testbench(listen, background=True)
    run_to_end(simulator)
    return bytes(said), slept


def test_a_program_says_of_spikes_what_the_models_do():
    codes = spiky_codes(np.random.default_rng(62))
    events = detection_chain(codes, CONFIG.chain, SETTINGS).events

    said, slept = simulate(codes)

    assert len(events) >= 6
    assert said == f"{FRAMES} frames, {len(events)} spikes, 0 lost\n".encode() + said_of(events)
    assert 0.2 < np.mean(slept) < 0.9


@pytest.mark.parametrize("burst", [1, 4, 1000])
def test_the_model_of_the_processor_says_the_same_however_spikes_come(burst):
    codes = spiky_codes(np.random.default_rng(62))
    events = np.tile(
        detection_chain(codes, CONFIG.chain, SETTINGS).events, 3 if burst < 1000 else 30
    )
    words = event_packer(events, CONFIG.packer).ravel().tolist()
    model = ProcessorSystemModel(CONFIG.processor, outside=lambda _access: 0)
    model.load(0, program_text())
    model.run(20_000)
    assert model.sleeping

    held = 0
    while words:
        for _ in range(min(burst, len(words))):
            if not model.rings.push(0, words[0]):
                held += 1
                break
            words.pop(0)
        model.run(5_000)
    assert model.mailbox.send(ord("e"))
    model.run(100_000)

    assert model.exit_code == 0
    assert bytes(model.mailbox.console) == said_of(events)
    assert bool(held) == (burst == 1000)
    overruns = CONFIG.processor.registers["dma"].address_of("ring_0_overruns")
    assert model.rings.read(overruns).read_data == 0


@pytest.mark.parametrize(
    ("head", "code"), [(9 << 16, 120), (512 << 16, 120), (16 << 16 | 500, 256)]
)
def test_a_program_of_the_kit_ends_where_events_are_none_that_it_can_take(head, code):
    model = ProcessorSystemModel(CONFIG.processor)
    model.load(0, program_text())
    model.run(20_000)

    for word in (7, head, *[0] * 10):
        model.rings.push(0, word)
        model.run(2_000)
    assert model.mailbox.send(ord("e"))
    model.run(20_000)

    assert model.exit_code == code


def test_beyond_the_registers_of_the_chain_nothing_answers():
    """The exit code is the cause of the trap, and the chain's channels in the upper half."""
    words = [
        *load_constant(10, OUTSIDE_BASE),
        i_type(LOAD, 2, 11, 10, 0),
        *load_constant(10, OUTSIDE_BASE + OUTSIDE_BYTES - 4),
        i_type(LOAD, 2, 12, 10, 0),
    ]
    handler = [
        i_type(SYSTEM, 2, 12, 0, MCAUSE),
        r_type("add", 12, 12, 11),
        *ends(12),
    ]
    dut = SpikeProcessor(CONFIG, text=handled(words, handler))
    told = []

    async def wait(ctx):
        await ctx.tick().until(dut.finished)
        told.append(ctx.get(dut.exit_code))

    simulator = Simulator(dut)
    simulator.add_clock(40e-9)
    simulator.add_testbench(wait)
    run_to_end(simulator)

    identification = CONFIG.chain.registers.register("identification")
    assert told == [identification.pack({}) + LOAD_FAULT]


def started_model(codes):
    """Return a model whose program has set up the chain, and the words of all events."""
    model = SpikeProcessorModel(CONFIG)
    model.load(0, event_reporter(CONFIG, SETTINGS))
    assert not model.send(codes)
    model.run(2_000)
    assert model.send(codes)
    events = detection_chain(codes, CONFIG.chain, SETTINGS).events
    return model, event_packer(events, CONFIG.packer)


def told_by(model):
    """Return the words that the program has sent, once it has nothing more to send."""
    while model.run(20_000) and len(model.processor.mailbox.console) % 4 == 1:
        pass
    return np.frombuffer(bytes(model.processor.mailbox.console), dtype="<u4")


def test_the_model_runs_a_program_that_sets_up_the_chain_and_reads_its_counters():
    codes = spiky_codes(np.random.default_rng(62))
    model, words = started_model(codes)
    model.run(100_000)
    assert model.processor.mailbox.send(0)
    model.run(100_000)

    told = told_by(model)

    assert model.processor.exit_code == 0
    np.testing.assert_array_equal(told[: -len(TOLD)], words.ravel())
    assert told[-len(TOLD) :].tolist() == [len(codes), len(words), 0]


def test_in_the_model_too_a_program_that_begins_anew_begins_with_a_whole_event():
    model, words = started_model(spiky_codes(np.random.default_rng(62)))
    control = CONFIG.processor.processor_map.base_of("spi")
    control += CONFIG.processor.registers["spi"].address_of("control")
    model.run(500)
    held = model._torn[:]
    for runs in (0, 1):
        access = BusAccess(address=control, mask=0b1111, write=True, data=runs)
        assert model.processor.access(access) is not None
    model.processor.mailbox.console.clear()
    model.run(100_000)

    assert held
    told = told_by(model).reshape(-1, CONFIG.packer.words).tolist()
    assert told
    assert told == words[-len(told) :].tolist()


def test_the_model_runs_the_program_of_the_kit_with_its_driver_of_the_chain():
    codes = spiky_codes(np.random.default_rng(62))
    events = detection_chain(codes, CONFIG.chain, SETTINGS).events
    model = SpikeProcessorModel(CONFIG)
    mailbox = model.processor.mailbox
    model.load(0, program_text())
    for byte in settings_bytes():
        while not mailbox.send(byte):
            model.run(100)
    model.run(20_000)

    assert model.send(codes)
    model.run(100_000)
    for byte in b"se":
        assert mailbox.send(byte)
    model.run(100_000)

    assert model.processor.exit_code == 0
    said = f"{FRAMES} frames, {len(events)} spikes, 0 lost\n".encode() + said_of(events)
    assert bytes(mailbox.console) == said


def test_the_model_refuses_settings_that_it_does_not_know():
    codes = spiky_codes(np.random.default_rng(62))
    model, _ = started_model(codes)
    model.chain.set_value("channel", "threshold", 7, index=1)

    with pytest.raises(
        ValueError, match=r"^settings of the chain must stay once it has taken frames$"
    ):
        model.send(codes)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"processor": ProcessorSystemConfig(streams=2)},
            "processor.streams must be 1, that of the spikes, not 2",
        ),
        (
            {
                "processor": ProcessorSystemConfig(
                    processor_map=ProcessorMap(data_bytes=128), mac_array=False
                )
            },
            (
                "processor.processor_map.data_bytes must be at least 148, for a ring of one event, "
                "not 128"
            ),
        ),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        SpikeProcessorConfig(**parts)
