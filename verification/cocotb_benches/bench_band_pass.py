"""Bench for the exported Verilog of :class:`rtl.band_pass.BandPass`."""

from dataclasses import replace
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt

from rtl.band_pass import BandPassConfig
from rtl.streams import sample_layout
from verification.cocotb_benches.setup import bench_setup, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.band_pass import band_pass
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.stimuli import corner_codes, rounding_ties, sample_records, worst_case_codes
from verification.stream_rules import check_payloads

FRAMES = 48  # of each recording
WORST_CASE_FRAMES = 200  # beyond, the filter has forgotten
FIRST_SAMPLES = 200
ANY_ORDER_SAMPLES = 400


async def check(
    dut: Any, records: npt.NDArray[np.void], expected: npt.NDArray[np.integer], pace: str
) -> None:
    """Send ``records``; what comes out must be the ``expected`` samples of the same channels."""
    config: BandPassConfig = bench_setup().config
    i = StreamPort.find(dut, "i", sample_layout(config.sample_width, config.channels))
    o = StreamPort.find(dut, "o", sample_layout(config.output_width, config.channels))
    wanted = records.copy()
    wanted["sample"] = expected

    await start(dut)
    received = await transfer(i, o, records, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, wanted)


def beats(config: BandPassConfig, codes: npt.NDArray[np.integer]) -> npt.NDArray[np.void]:
    """Return ``codes`` as beats that still lack channel and restart."""
    layout = sample_layout(config.sample_width, config.channels)
    records = np.zeros(len(codes), dtype=payload_dtype(layout))
    records["sample"] = codes
    return records


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def filters_the_corners_as_the_model_does(dut: Any, pace: str) -> None:
    config: BandPassConfig = bench_setup().config
    recordings = corner_codes(
        channels=config.channels, width=config.sample_width, frames=FRAMES, rng=seeded_rng()
    )
    recordings["worst_case"] = worst_case_codes(config, frames=WORST_CASE_FRAMES)
    records = [sample_records(each, width=config.sample_width) for each in recordings.values()]
    expected = [band_pass(each, config).ravel() for each in recordings.values()]

    await check(dut, np.concatenate(records), np.concatenate(expected), pace)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def rounds_ties_and_limits_from_rest(dut: Any) -> None:
    config: BandPassConfig = bench_setup().config
    limit = 1 << (config.sample_width - 1)
    ties = rounding_ties(config)
    codes = np.concatenate(
        ([-limit, limit - 1], ties, seeded_rng().integers(-limit, limit, FIRST_SAMPLES))
    )
    records = beats(config, codes)
    records["restart"] = 1
    records["channel"] = np.arange(len(codes)) % config.channels
    expected = [band_pass([[code]], replace(config, channels=1))[0, 0] for code in codes]

    await check(dut, records, np.array(expected), "random")


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def takes_channels_in_any_order_and_restarts_each_alone(dut: Any) -> None:
    config: BandPassConfig = bench_setup().config
    rng, limit = seeded_rng(), 1 << (config.sample_width - 1)
    codes = rng.integers(-limit, limit, size=ANY_ORDER_SAMPLES)
    records = beats(config, codes)
    records["channel"] = rng.integers(0, config.channels, size=len(codes))
    records["restart"] = rng.random(len(codes)) < 0.05
    expected = np.zeros(len(codes), dtype=np.int64)
    for channel in range(config.channels):
        mine = np.flatnonzero(records["channel"] == channel)
        records["restart"][mine[:1]] = 1
        for run in np.split(mine, np.flatnonzero(records["restart"][mine])[1:]):
            expected[run] = band_pass(codes[run, np.newaxis], replace(config, channels=1))[:, 0]

    await check(dut, records, expected, "random")
