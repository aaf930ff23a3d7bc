"""Bench for the exported Verilog of :class:`rtl.table_trainer.TableTrainer`."""

from dataclasses import dataclass, field
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from cocotb.triggers import RisingEdge

from rtl.coding_streams import byte_layout, symbol_layout
from rtl.table_trainer_config import TableTrainerConfig
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, accept, monitor
from verification.golden.table_trainer import table_trainer
from verification.pacing import PACES
from verification.payloads import pack
from verification.symbol_stimuli import symbol_packets

BEATS = 1000


@dataclass
class Trainer:
    """What the circuit writes and sends, as it does so."""

    dut: Any
    tables: npt.NDArray[np.int64]
    body: bytearray = field(default_factory=bytearray)
    bodies: list[bytes] = field(default_factory=list)

    def on_cycle(self, valid: bool, ready: bool, word: int) -> None:
        """Gather the bytes of bodies."""
        if valid and ready:
            self.body.append(word & 0xFF)
            length = int(self.dut.length.value)
            assert len(self.body) <= length
            if word >> 8:
                assert len(self.body) == length
                self.bodies.append(bytes(self.body))
                self.body.clear()

    async def watch(self) -> None:
        """Write what the circuit writes, for ever."""
        table = {
            name: getattr(self.dut, f"table__{name}")
            for name in ("valid", "bank", "context", "symbol", "cumulative")
        }
        while True:
            await RisingEdge(self.dut.clk)
            if table["valid"].value == 1:
                place = tuple(int(table[name].value) for name in ("bank", "context", "symbol"))
                self.tables[place] = int(table["cumulative"].value)

    async def command(self, name: str) -> None:
        """Give a command when the circuit is ready for it."""
        edge = RisingEdge(self.dut.clk)
        getattr(self.dut, name).value = 1
        await edge
        getattr(self.dut, name).value = 0
        await edge

    async def idle(self) -> None:
        """Wait until the circuit has done what it does."""
        await RisingEdge(self.dut.clk)
        while self.dut.busy.value != 0:
            await RisingEdge(self.dut.clk)

    async def take(self, beats: npt.NDArray[np.void], *, rng: np.random.Generator) -> None:
        """Let beats pass, with pauses in between; the first of a packet says so."""
        config: TableTrainerConfig = bench_setup().config
        coder, edge = config.coder, RisingEdge(self.dut.clk)
        words = pack(symbol_layout(coder.sample_width, coder.channels), beats)
        groups = (beats["channel"] // coder.packet_channels).tolist()
        begun: set[int] = set()
        for word, group, last in zip(words, groups, beats["last"].tolist(), strict=True):
            self.dut.beat.value = word  # on offer, but not taken yet
            self.dut.taken.value = 0
            for _ in range(int(rng.integers(3))):
                await edge
            self.dut.opened.value = int(group not in begun)
            self.dut.taken.value = 1
            begun = begun - {group} if last else begun | {group}
            await edge
            self.dut.opened.value = 0
        self.dut.taken.value = 0


async def started(dut: Any, pace: str) -> Trainer:
    """Return the circuit, watched, and with a consumer of its bodies."""
    config: TableTrainerConfig = bench_setup().config
    shape = (2, config.coder.contexts, config.coder.symbols + 1)
    trainer = Trainer(dut=dut, tables=np.zeros(shape, dtype=np.int64))
    o = StreamPort.find(dut, "o", byte_layout())
    await start(dut)
    cocotb.start_soon(trainer.watch())
    cocotb.start_soon(monitor(o, trainer.on_cycle))
    cocotb.start_soon(accept(o, rng=seeded_rng(), pace=PACES[pace]))
    await trainer.idle()
    return trainer


def packets(count: int, bank: int, rng: np.random.Generator) -> npt.NDArray[np.void]:
    """Return beats of packets, the last of which are complete."""
    coder = bench_setup().config.coder
    sizes = coder.sample_width, coder.channels, coder.packet_channels
    beats = symbol_packets(*sizes, count, rng=rng)
    beats["bank"] = bank
    groups = beats["channel"] // coder.packet_channels
    ended = [np.flatnonzero((groups == group) & (beats["last"] == 1)) for group in set(groups)]
    whole = np.zeros(len(beats), dtype=bool)
    for group, ends in zip(set(groups), ended, strict=True):
        if len(ends):
            whole |= (groups == group) & (np.arange(len(beats)) <= ends[-1])
    return beats[whole]


@cocotb.test(timeout_time=3, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def trains_again_and_again(dut: Any, pace: str) -> None:
    config: TableTrainerConfig = bench_setup().config
    rng = seeded_rng()
    trainer = await started(dut, pace)

    for version in (1, 2, 3):
        beats = packets(scaled(BEATS), (version - 1) % 2, rng)
        await trainer.take(beats, rng=rng)
        await trainer.command("build")
        await trainer.idle()
        expected = table_trainer(beats, config, version=version)
        assert dut.version.value == version
        np.testing.assert_array_equal(trainer.tables[version % 2], expected.cumulative)
        assert trainer.bodies[-1] == expected.body
    await trainer.command("send")
    await trainer.idle()

    assert dut.version.value == 3
    assert len(trainer.bodies) == 4
    assert trainer.bodies[-1] == trainer.bodies[-2]


@cocotb.test(timeout_time=3, timeout_unit="ms")
async def writes_no_bank_that_a_packet_uses(dut: Any) -> None:
    """Version 0 opens two packets; the second training waits until both have ended."""
    config: TableTrainerConfig = bench_setup().config
    trainer = await started(dut, "streaming")
    layout = symbol_layout(config.coder.sample_width, config.coder.channels)
    beats = packets(40, 0, seeded_rng())[-2:]
    beats["last"] = 1
    for _ in beats:
        await trainer.command("opened")
    await trainer.command("build")
    await trainer.idle()
    assert trainer.bodies == [table_trainer(beats[:0], config, version=1).body]  # nothing came

    await trainer.command("build")
    before = trainer.tables.copy()
    for beat in beats:
        for _ in range(2 * config.build_cycles):
            await RisingEdge(dut.clk)
        np.testing.assert_array_equal(trainer.tables, before)
        assert (dut.version.value, dut.busy.value) == (1, 1)
        (dut.beat.value,) = pack(layout, [beat])
        await trainer.command("taken")
    await trainer.idle()

    assert dut.version.value == 2
    assert trainer.tables[0, :, 0].all()
