"""Bench for the exported Verilog of :class:`rtl.processor.Processor`, in lockstep."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import cocotb
from cocotb.triggers import Event, RisingEdge, Timer

from rtl.processor_map import DATA_BASE, TEXT_BASE
from rtl.processor_system_config import ProcessorSystemConfig
from rtl.spi_registers import spi_registers
from verification.cocotb_benches.setup import (
    CLOCK_PERIOD_NS,
    bench_setup,
    scaled,
    seeded_rng,
    start,
)
from verification.device_programs import LOADED_BYTES, MATRIX, image_of
from verification.golden.riscv.state import TRACE
from verification.processor_surroundings import Liveliness, ProcessorSurroundings
from verification.spi_host import host_reads, host_sends, host_writes, words_read

INSTRUCTIONS = 2400
PATIENCE = 300  # cycles an instruction may take, sleep until the timer included
HALF_PERIOD_CYCLES = 5  # of the host's clock
READ_WORDS = 16
RUN, HALT, HALTED = 0b01, 0b10, 0b01  # of the host's registers
LEAST_RECEIVED, LEAST_EVENTS = 10, 40  # twice around the ring
LIVELY = Liveliness(events=0.02, received=0.01, pins=0.005, lines=0.003, output_ready=0.6)


class Ports(Mapping[str, int]):
    """What the ports say, read when it is asked for: most of them matter seldom."""

    def __init__(self, dut: Any) -> None:
        self._dut = dut
        self._handles: dict[str, Any] = {}

    def __getitem__(self, name: str) -> int:
        if name not in self._handles:
            self._handles[name] = getattr(self._dut, name)
        return int(self._handles[name].value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._handles)

    def __len__(self) -> int:
        return len(self._handles)

    def change(self, before: Mapping[str, int], now: Mapping[str, int]) -> None:
        """Set the inputs that are not as before."""
        for name, level in now.items():
            if before.get(name) != level:
                getattr(self._dut, name).value = level


@cocotb.test(timeout_time=100, timeout_unit="ms")
async def executes_as_the_model_does(dut: Any) -> None:
    """Undisturbed at first; a single test, as no reset brings the memories back."""
    config: ProcessorSystemConfig = bench_setup().config
    image = image_of(config)
    around = ProcessorSurroundings(config, image, rng=seeded_rng())
    dut.spi_select.value = 1
    await start(dut)
    dut.spi_select.value = 1
    if config.boot == "host":
        await loads(dut, image[:LOADED_BYTES])
    count, read_out = scaled(INSTRUCTIONS), Event()
    lockstep = cocotb.start_soon(
        in_lockstep(
            dut,
            around,
            read_out.is_set if config.boot == "host" else lambda: is_done(around, count),
        )
    )
    if config.boot == "host":
        await transfer(dut, host_writes(at(config, "control"), [RUN]))
        await reads_while_it_runs(dut, config, image, lambda: is_done(around, count // 2))
        await halts(dut, config, around)
        await transfer(dut, host_writes(at(config, "control"), [RUN]))
        await reads_while_it_runs(dut, config, image, lambda: is_done(around, count))
        await halts(dut, config, around)
        assert len(around.received) > scaled(LEAST_RECEIVED)
        assert around.events > scaled(LEAST_EVENTS)
        read_out.set()
    await lockstep
    if config.boot == "host":
        await asks_between_words(dut, config)
        await takes_the_core_back(dut, config)

    assert around.received == around.sent[: len(around.received)]


async def asks_between_words(dut: Any, config: ProcessorSystemConfig) -> None:
    """Demand that nothing is written at an address that is no multiple of 4, and that it counts."""
    before = await transfer(dut, host_reads(MATRIX, 2))
    await transfer(dut, host_writes(MATRIX + 2, [0, 0]))
    assert await transfer(dut, host_reads(MATRIX, 2)) == before
    assert words_read(before) != [0, 0]
    assert words_read(await transfer(dut, host_reads(at(config, "refused"), 1))) == [2]


async def takes_the_core_back(dut: Any, config: ProcessorSystemConfig) -> None:
    """Demand that devices are as after reset once the core is held again."""
    addresses = [
        config.processor_map.base_of(device) + config.registers[device].address_of(register)
        for device, register in (
            ("gpio", "direction"),
            ("dma", "ring_0_control"),
            ("interrupts", "enable"),
        )
    ]

    async def levels() -> list[int | None]:
        return [
            word
            for each in addresses
            for word in words_read(await transfer(dut, host_reads(each, 1)))
        ]

    assert 0 not in await levels()
    await transfer(dut, host_writes(at(config, "control"), [0]))
    assert await levels() == [0] * len(addresses)


def is_done(around: ProcessorSurroundings, instructions: int) -> bool:
    return around.instructions >= instructions


async def in_lockstep(dut: Any, around: ProcessorSurroundings, is_over: Callable[[], bool]) -> None:
    """Hold each instruction against the model's; pins and streams come alive after some time."""
    rising = RisingEdge(dut.clk)
    ports = Ports(dut)
    inputs: dict[str, int] = {}
    cycles, limit = 0, PATIENCE * scaled(INSTRUCTIONS)
    while not is_over():
        if around.instructions > scaled(INSTRUCTIONS) // 4:
            around.liveliness = LIVELY
        before, inputs = inputs, around.inputs()
        ports.change(before, inputs)
        await rising
        told = None
        if ports["trace__valid"]:
            told = {name: ports[f"trace__{name}"] for name in (*TRACE, "lines")}
        around.end(ports, told)
        cycles += 1
        assert cycles < limit, f"hangs after {around.instructions} instructions"


async def transfer(dut: Any, data: bytes) -> bytes:
    """Be the host for the time of a transfer; return what came back."""
    levels = host_sends(data)
    bit = None
    while True:
        try:
            level = levels.send(bit) if bit is not None else next(levels)
        except StopIteration as ended:
            return ended.value
        dut.spi_clock.value = level.clock
        dut.spi_select.value = level.select
        dut.spi_receive.value = level.send
        await Timer(HALF_PERIOD_CYCLES * CLOCK_PERIOD_NS, unit="ns")
        bit = int(dut.spi_send.value)


def at(config: ProcessorSystemConfig, register: str) -> int:
    """Return the address of one of the host's registers."""
    registers = spi_registers(runs=False)
    return config.processor_map.base_of("spi") + registers.address_of(register)


async def loads(dut: Any, image: bytes) -> None:
    """Load what is missing of a program while the core is held in reset."""
    words = [int.from_bytes(image[n : n + 4], "little") for n in range(0, len(image), 4)]
    await transfer(dut, host_writes(TEXT_BASE, words))
    came = await transfer(dut, host_reads(TEXT_BASE, READ_WORDS))
    assert words_read(came) == words[:READ_WORDS]


async def reads_while_it_runs(
    dut: Any, config: ProcessorSystemConfig, image: bytes, is_over: Callable[[], bool]
) -> None:
    """Read what does not change, and what is nowhere, while the core goes on."""
    last = TEXT_BASE + config.processor_map.text_bytes - 4
    words = [int.from_bytes(image[n : n + 4], "little") for n in range(0, 8, 4)]
    while not is_over():
        came = await transfer(dut, host_reads(TEXT_BASE, 2))
        assert words_read(came) == words
    assert words_read(await transfer(dut, host_reads(last, 2))) == [0, None]
    refused = at(config, "refused")
    assert words_read(await transfer(dut, host_reads(refused, 1))) == [1]
    await transfer(dut, host_writes(refused, [1]))


async def halts(dut: Any, config: ProcessorSystemConfig, around: ProcessorSurroundings) -> None:
    """Stop the core, see where it is, and compare what the program wrote to memory."""
    core = around.lockstep.system.core
    await transfer(dut, host_writes(at(config, "control"), [RUN | HALT]))
    assert words_read(await transfer(dut, host_reads(at(config, "status"), 1))) == [HALTED]
    assert words_read(await transfer(dut, host_reads(at(config, "position"), 1))) == [core.pc]
    came = await transfer(dut, host_reads(MATRIX, READ_WORDS))
    first = (MATRIX - DATA_BASE) // 4
    assert words_read(came) == core.data[first : first + READ_WORDS].tolist()
