"""Bench for the exported Verilog of :class:`rtl.lfp_codec.LfpCodec`."""

from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, RisingEdge

from rtl.coding_streams import byte_layout
from rtl.lfp_codec_config import LfpCodecConfig
from rtl.packet_settings import PacketSettings, settings_layout
from rtl.streams import sample_layout
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, accept, drive, monitor
from verification.codec_chain import packets_of_groups
from verification.golden.lfp_codec import lfp_codec
from verification.golden.lfp_decimator import lfp_decimator
from verification.lfp_decoding import decoded_frames
from verification.pacing import PACES
from verification.payloads import pack
from verification.stimuli import sample_records

FRAMES = 160  # of the low rate
PACKET_FRAMES = 30
SETTLED = 400  # cycles after which nothing is under way

SETTINGS = {
    "adaptive": PacketSettings(order=1, adaptive=True),
    "plain": PacketSettings(order=2),
    "coarse": PacketSettings(order=1, adaptive=True, shift=2),
}


def recording(config: LfpCodecConfig, frames: int) -> Any:
    """Return a walk with steps of full scale in it, at the high rate."""
    rng, limit = seeded_rng(), 1 << (config.decimator.sample_width - 1)
    steps = rng.normal(size=(frames * config.decimator.decimation, config.channels))
    steps += limit * rng.choice([-1, 0, 1], p=[0.002, 0.996, 0.002], size=steps.shape)
    return np.clip(np.rint(np.cumsum(steps, axis=0)), -limit, limit - 1).astype(np.int64)


class Codec:
    """The codec with its streams, and all that came out."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.config: LfpCodecConfig = bench_setup().config
        width, channels = self.config.decimator.sample_width, self.config.channels
        self.i = StreamPort.find(dut, "i", sample_layout(width, channels))
        self.o = StreamPort.find(dut, "o", byte_layout())
        self.bytes = bytearray()
        self.lost = self.dropped = 0

    async def begin(self, settings: PacketSettings, pace: str) -> None:
        """Reset and set up; take bytes from now on."""
        await start(self.dut)
        (word,) = pack(settings_layout(), [settings.fields])
        self.dut.settings.value = word
        self.dut.packet_frames.value = PACKET_FRAMES
        _, out_rng = seeded_rng().spawn(2)
        cocotb.start_soon(monitor(self.i))
        cocotb.start_soon(monitor(self.o, self._on_cycle))
        cocotb.start_soon(accept(self.o, rng=out_rng, pace=PACES[pace]))

    async def send(self, codes: Any, pace: str) -> bytes:
        """Send a recording, end all packets, and return what came."""
        records = sample_records(codes, width=self.config.decimator.sample_width)
        in_rng, _ = seeded_rng().spawn(2)
        await drive(self.i, records, rng=in_rng, pace=PACES[pace])
        await ClockCycles(self.dut.clk, SETTLED)
        self.dut.flush.value = 1
        before = -1
        while self.dut.flushed.value != 1 or before != len(self.bytes):
            before = len(self.bytes)
            await ClockCycles(self.dut.clk, SETTLED)
        await RisingEdge(self.dut.clk)
        return bytes(self.bytes)

    def _on_cycle(self, valid: bool, ready: bool, payload: int) -> None:
        if valid and ready:
            self.bytes.append(payload & 0xFF)
        self.lost += int(self.dut.lost.value)
        self.dropped += int(self.dut.dropped.value)


async def check(dut: Any, settings: PacketSettings, pace: str) -> None:
    """Send a recording; every packet must be the golden model's, and hold what was decimated."""
    codec = Codec(dut)
    config = codec.config
    codes = recording(config, scaled(FRAMES))
    expected = lfp_codec(codes, config, settings, packet_frames=PACKET_FRAMES)
    assert np.max(
        np.abs(decoded_frames(expected, config) - lfp_decimator(codes, config.decimator))
    ) <= (1 << settings.shift >> 1)

    await codec.begin(settings, pace)
    stream = await codec.send(codes, pace)

    same = packets_of_groups(stream) == packets_of_groups(expected)
    assert same, f"{len(stream)} bytes came, not the {len(expected)} of the model"
    assert (codec.lost, codec.dropped) == (0, 0)


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(setting=list(SETTINGS))
async def codes_every_sample(dut: Any, setting: str) -> None:
    await check(dut, SETTINGS[setting], "streaming")


@cocotb.test(timeout_time=40, timeout_unit="ms")
@cocotb.parametrize(pace=[pace for pace in PACES if pace != "streaming"])
async def loses_nothing_at_any_pace(dut: Any, pace: str) -> None:
    await check(dut, SETTINGS["adaptive"], pace)


@cocotb.test(timeout_time=40, timeout_unit="ms")
async def sends_no_more_than_the_rate(dut: Any) -> None:
    """Packets wait, become coarser, and at last are left out; what is sent is whole."""
    codec = Codec(dut)
    config = codec.config
    frames = 4 * FRAMES  # in any simulator: rings are to be full
    dut_rate = 128  # bytes in 256 frames: half a byte a frame

    await codec.begin(SETTINGS["plain"], "streaming")
    codec.dut.rate.value = dut_rate
    await drive(
        codec.i,
        sample_records(recording(config, frames), width=config.decimator.sample_width),
        rng=seeded_rng(),
    )

    assert 0 < len(codec.bytes) <= ((frames + 1) * dut_rate + 255) / 256
    assert codec.lost > 0
    assert codec.dropped == 0, "what does not fit must not begin"
