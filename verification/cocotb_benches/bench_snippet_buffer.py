"""Bench for the exported Verilog of :class:`rtl.snippet_buffer.SnippetBuffer`."""

from dataclasses import dataclass
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from cocotb.triggers import RisingEdge

from rtl.snippet_buffer import SnippetBufferConfig
from rtl.streams import detection_layout, packet_layout
from verification.cocotb_benches.packets import check_some_events, events_of
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.snippet_buffer import snippet_buffer
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.stimuli import corner_codes, sample_records
from verification.stream_rules import check_payloads

FRAMES = 1_200  # past 1024: the lower ten bits of the frame, which show an early event, start anew


@dataclass
class Tally:
    """What the buffer says that it saw and lost."""

    detected: int = 0
    lost: int = 0

    async def count(self, dut: Any) -> None:
        """Add up both outputs, for ever."""
        while True:
            await RisingEdge(dut.clk)
            self.detected += int(dut.detected.value)
            self.lost += int(dut.lost.value)


def recording(config: SnippetBufferConfig) -> npt.NDArray[np.int64]:
    """Return samples that are never the same for long."""
    frames = max(scaled(FRAMES), 5 * config.history_frames)
    corners = corner_codes(
        channels=config.channels, width=config.sample_width, frames=frames, rng=seeded_rng()
    )
    return corners["noise"]


def largest_delay(config: SnippetBufferConfig) -> int:
    """Return the longest delay for which the start of a snippet is still there."""
    return min(255, config.history_frames - config.pre_trigger - 8)


async def send(
    dut: Any, samples: npt.NDArray[np.int64], marks: npt.NDArray[np.bool_], delay: int, pace: str
) -> tuple[npt.NDArray[np.void], Tally]:
    """Send marked samples; return the events that come and the tally."""
    config: SnippetBufferConfig = bench_setup().config
    i = StreamPort.find(dut, "i", detection_layout(config.sample_width, config.channels))
    o = StreamPort.find(dut, "o", packet_layout(config.sample_width, config.channels))
    plain = sample_records(samples, width=config.sample_width)
    records = np.zeros(len(plain), dtype=payload_dtype(i.shape))
    for field in ("sample", "channel", "restart"):
        records[field] = plain[field]
    records["spike"] = marks.ravel()
    tally = Tally()

    await start(dut)
    dut.peak_delay.value = delay
    cocotb.start_soon(tally.count(dut))
    words = await transfer(i, o, records, rng=seeded_rng(), pace=PACES[pace], settle_cycles=99)
    return events_of(words, config), tally


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(delay=[0, 5, None])
async def sends_every_event_when_the_output_keeps_up(dut: Any, delay: int | None) -> None:
    config: SnippetBufferConfig = bench_setup().config
    alone = delay is None  # the latest report leaves no time to wait for another packet
    delay = largest_delay(config) if delay is None else delay
    samples = recording(config)
    marks = np.zeros(samples.shape, dtype=bool)
    # Far enough apart for a packet of each; two in one frame, unless it must be alone.
    apart = 2 + (config.snippet_samples + 8) * 2 // config.channels
    frames = np.arange(delay + config.pre_trigger, len(samples) - config.snippet_samples, apart)
    for n, frame in enumerate(frames):
        marks[frame, n % config.channels] = True
        marks[frame, -1 - n % config.channels] |= not alone

    events, tally = await send(dut, samples, marks, delay, "streaming")

    check_payloads("o", events, snippet_buffer(samples, marks, config, peak_delay=delay))
    assert (tally.detected, tally.lost) == (marks.sum(), 0)


@cocotb.test(timeout_time=5, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES), delay=[0, 4])
async def counts_every_event_that_does_not_come(dut: Any, pace: str, delay: int) -> None:
    config: SnippetBufferConfig = bench_setup().config
    samples = recording(config)
    rng = seeded_rng()
    # In the first half one a packet's time and frame, then far more than the output can carry.
    often = np.where(np.arange(len(samples)) < len(samples) / 2, 0.5, 3.0)[:, np.newaxis]
    marks = rng.random(samples.shape) < often / (config.snippet_samples + 3)
    early = marks[: config.pre_trigger + delay + 1]
    early[:] = rng.random(early.shape) < 0.2
    marks[-config.snippet_samples - delay :] = False

    events, tally = await send(dut, samples, marks, delay, pace)

    check_some_events(events, snippet_buffer(samples, marks, config, peak_delay=delay))
    assert tally.detected == marks.sum()
    assert tally.lost == marks.sum() - len(events)
    assert len(events) > 0
    assert tally.lost > 0 or pace == "starved", "a bench that loses nothing shows nothing"
