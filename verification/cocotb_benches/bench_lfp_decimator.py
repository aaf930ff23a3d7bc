"""Bench for the exported Verilog of :class:`rtl.lfp_decimator.LfpDecimator`."""

from dataclasses import replace
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt

from rtl.lfp_decimator_config import LfpDecimatorConfig
from rtl.streams import sample_layout
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.cocotb_benches.streams import StreamPort, transfer
from verification.golden.lfp_decimator import lfp_decimator
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.stimuli import corner_codes, sample_records
from verification.stream_rules import check_payloads

PERIODS = 5  # of the output, in each recording
ANY_ORDER_SAMPLES = 4_000


def worst_case_codes(config: LfpDecimatorConfig) -> npt.NDArray[np.int64]:
    """Return the codes that drive the last output furthest; odd channels to the other side."""
    limit = 1 << (config.sample_width - 1)
    reversed_response = config.impulse_response[::-1]
    up = np.pad(reversed_response, (-len(reversed_response) % config.decimation, 0)) > 0
    toward = up[:, np.newaxis] ^ (np.arange(config.channels) % 2 == 1)
    return np.where(toward, limit - 1, -limit)


async def check(
    dut: Any,
    records: npt.NDArray[np.void],
    expected: npt.NDArray[np.void],
    pace: str,
) -> None:
    """Send ``records``; what comes out must be as ``expected``."""
    config: LfpDecimatorConfig = bench_setup().config
    i = StreamPort.find(dut, "i", sample_layout(config.sample_width, config.channels))
    o = StreamPort.find(dut, "o", sample_layout(config.output_width, config.channels))

    await start(dut)
    received = await transfer(i, o, records, rng=seeded_rng(), pace=PACES[pace])

    check_payloads("o", received, expected)


@cocotb.test(timeout_time=4, timeout_unit="ms")
@cocotb.parametrize(pace=list(PACES))
async def decimates_the_corners_as_the_model_does(dut: Any, pace: str) -> None:
    config: LfpDecimatorConfig = bench_setup().config
    recordings = corner_codes(
        channels=config.channels,
        width=config.sample_width,
        frames=PERIODS * config.decimation + 1,  # what is left over is forgotten at a restart
        rng=seeded_rng(),
    )
    recordings["worst_case"] = worst_case_codes(config)
    records = [sample_records(each, width=config.sample_width) for each in recordings.values()]
    outputs = [lfp_decimator(each, config).astype(np.int64) for each in recordings.values()]
    expected = [sample_records(each, width=config.output_width) for each in outputs]

    await check(dut, np.concatenate(records), np.concatenate(expected), pace)


@cocotb.test(timeout_time=4, timeout_unit="ms")
async def takes_channels_in_any_order_and_restarts_each_alone(dut: Any) -> None:
    config: LfpDecimatorConfig = bench_setup().config
    rng, limit = seeded_rng(), 1 << (config.sample_width - 1)
    count = scaled(ANY_ORDER_SAMPLES)
    records = np.zeros(
        count, dtype=payload_dtype(sample_layout(config.sample_width, config.channels))
    )
    records["sample"] = rng.integers(-limit, limit, size=count)
    records["channel"] = rng.integers(0, config.channels, size=count)
    records["restart"] = rng.random(count) < 0.2 / config.decimation
    found = np.zeros(
        count, dtype=payload_dtype(sample_layout(config.output_width, config.channels))
    )
    complete = np.zeros(count, dtype=bool)
    alone = replace(config, channels=1)
    for channel in range(config.channels):
        mine = np.flatnonzero(records["channel"] == channel)
        records["restart"][mine[:1]] = 1
        for run in np.split(mine, np.flatnonzero(records["restart"][mine])[1:]):
            outputs = lfp_decimator(records["sample"][run, np.newaxis], alone)[:, 0]
            last = run[config.decimation - 1 :: config.decimation]
            complete[last] = True
            found["sample"][last], found["channel"][last] = outputs, channel
            found["restart"][last[:1]] = 1

    await check(dut, records, found[complete], "random")
