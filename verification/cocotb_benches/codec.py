"""The action-potential codec in a bench: its streams, its settings, all that comes out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from cocotb.triggers import RisingEdge

from rtl.ap_codec_config import ApCodecConfig
from rtl.coding_streams import byte_layout
from rtl.frame_tagger import FrameTaggerConfig
from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings, settings_layout
from rtl.streams import packet_layout, sample_layout
from rtl.template_encoder_config import row_write_layout
from verification.cocotb_benches.setup import bench_setup, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, accept, drive, monitor
from verification.codec_stimuli import random_tables
from verification.event_words import event_words
from verification.golden.frame_tagger import frame_tagger
from verification.pacing import Pace
from verification.payloads import pack, payload_dtype
from verification.template_stimuli import row_writes

__all__ = ["MAX_AGE", "PACKET_FRAMES", "PACKET_SNIPPETS", "Codec"]

PACKET_FRAMES = 40
PACKET_SNIPPETS, MAX_AGE = 5, 2000
MOST_CYCLES = 30_000  # until packets have ended, or tables have been told


class Codec:
    """The codec with its streams, and all that came out."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.config: ApCodecConfig = bench_setup().config
        self.i = StreamPort.find(
            dut, "i", sample_layout(self.config.sample_width, self.config.channels)
        )
        self.o = StreamPort.find(dut, "o", byte_layout())
        if self.config.snippets:
            self.events = StreamPort.find(
                dut, "events", packet_layout(self.config.sample_width, self.config.channels)
            )
        self.bytes = bytearray()
        self.silence = 0
        self.lost = self.dropped = 0
        self.tables = random_tables(self.config, rng=seeded_rng())

    def possible(self, settings: PacketSettings) -> PacketSettings:
        """Return what a codec makes of settings that ask for more than is built."""
        engines = self.config.engines
        return replace(
            settings,
            engine=settings.engine if settings.engine in engines else engines[0],
            adaptive=settings.adaptive and self.config.adaptive,
            table=0 if self.config.training else settings.table,
        )

    def set(self, settings: PacketSettings) -> None:
        """Change the settings."""
        (word,) = pack(settings_layout(), [settings.fields])
        self.dut.settings.value = word

    async def begin(self, pace: Pace) -> None:
        """Reset, load the tables, and take bytes from now on."""
        await start(self.dut)
        self.dut.packet_frames.value = PACKET_FRAMES
        if Engine.ARITHMETIC in self.config.engines:
            await self._load(banks=1 if self.config.training else 2)
        if self.config.snippets:
            self.dut.packet_snippets.value, self.dut.max_age.value = PACKET_SNIPPETS, MAX_AGE
            cocotb.start_soon(monitor(self.events))
        out_rng, _ = seeded_rng().spawn(2)
        cocotb.start_soon(monitor(self.i))
        cocotb.start_soon(monitor(self.o, self._on_cycle))
        cocotb.start_soon(accept(self.o, rng=out_rng, pace=pace))

    async def send(self, samples: Any, pace: Pace, *, first: int = 0) -> None:
        """Send frames; ``first`` is the number of the first."""
        tagger = FrameTaggerConfig(
            channels=self.config.channels, sample_width=self.config.sample_width
        )
        beats = np.zeros(samples.size, dtype=payload_dtype(self.i.shape))
        beats["sample"], beats["channel"], beats["restart"] = frame_tagger(samples, tagger).T
        beats["restart"] &= first == 0
        await drive(self.i, beats, rng=seeded_rng(), pace=pace)

    async def send_events(self, events: Any, pace: Pace) -> None:
        """Send event packets, whole."""
        words = event_words(events, self.config)
        await drive(self.events, words, rng=seeded_rng(), pace=pace)

    async def train(self) -> None:
        """End all packets, make tables of what was coded, and go on when a decoder was told."""
        self.dut.flush.value = 1
        await self._until("flushed", 1)
        await self.command("build")
        await self._until("busy", 0)
        self.dut.flush.value = 0

    async def command(self, name: str) -> None:
        """Give a command of a cycle, as soon as none is being carried out."""
        await self._until("busy", 0)
        getattr(self.dut, name).value = 1
        await RisingEdge(self.dut.clk)
        getattr(self.dut, name).value = 0
        await RisingEdge(self.dut.clk)  # by now it is

    async def _until(self, name: str, value: int) -> None:
        for _ in range(MOST_CYCLES):
            if getattr(self.dut, name).value == value:
                return
            await RisingEdge(self.dut.clk)
        raise AssertionError(f"{name} must become {value} within {MOST_CYCLES} cycles")

    async def finish(self) -> bytes:
        """End all packets and return what came."""
        edge = RisingEdge(self.dut.clk)
        self.dut.flush.value = 1
        await self._until("flushed", 1)
        if self.config.training:
            await self._until("busy", 0)
        self.silence = 0
        while self.silence < 60 + 8 * self.config.groups:
            await edge
        return bytes(self.bytes)

    def _on_cycle(self, valid: bool, ready: bool, payload: int) -> None:
        self.silence = 0 if valid else self.silence + 1
        if valid and ready:
            self.bytes.append(payload & 0xFF)
        self.dropped += int(self.dut.dropped.value)
        self.lost += int(self.dut.lost.value) + int(self.dut.dropped.value)

    async def write_rows(self, rows: npt.NDArray[np.int64]) -> None:
        """Write the rows of templates of both banks."""
        layout = row_write_layout(self.config.template_encoder)
        self.dut.rows_valid.value = 1
        for word in pack(layout, list(row_writes(rows))):
            self.dut.rows.value = word
            await RisingEdge(self.dut.clk)
        self.dut.rows_valid.value = 0

    async def tell(self, bodies: Sequence[bytes]) -> None:
        """Send bodies of packets that need no ring."""
        told = StreamPort.find(self.dut, "told", byte_layout())
        watching = cocotb.start_soon(monitor(told))
        for body in bodies:
            self.dut.told_length.value = len(body)
            beats = [{"byte": b, "last": int(n == len(body) - 1)} for n, b in enumerate(body)]
            await drive(told, beats, rng=seeded_rng())
        watching.cancel()

    async def _load(self, *, banks: int) -> None:
        dut, edge = self.dut, RisingEdge(self.dut.clk)
        dut.table__valid.value = 1
        for (bank, context, symbol), cumulative in np.ndenumerate(self.tables[:banks, :, :-1]):
            dut.table__bank.value, dut.table__context.value = bank, context
            dut.table__symbol.value, dut.table__cumulative.value = symbol, int(cumulative)
            await edge
        dut.table__valid.value = 0
