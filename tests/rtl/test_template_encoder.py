import numpy as np
import pytest

from rtl.coding_streams import Kind, coding_layout
from rtl.packet_format import Mode
from rtl.template_encoder import TemplateEncoder
from rtl.template_encoder_config import TemplateEncoderConfig
from verification.golden.template_encoder import template_encoder
from verification.pacing import PACES
from verification.payloads import payload_dtype
from verification.stream_drivers import produce
from verification.streams import first_output_delay_cycles, transfer
from verification.template_stimuli import random_rows, row_writes, snippet_packets

CONFIGS = {
    "three_channels": TemplateEncoderConfig(
        channels=3, snippet_samples=8, templates=4, components=5, step_shift=9
    ),
    "narrowest": TemplateEncoderConfig(
        channels=1, sample_width=5, snippet_samples=2, templates=1, components=1, step_shift=4
    ),
    "wide": TemplateEncoderConfig(
        channels=2, sample_width=16, snippet_samples=5, templates=2, components=3, step_shift=24
    ),
}
SMALL = TemplateEncoderConfig(
    channels=1, snippet_samples=4, templates=2, components=2, step_shift=6
)


def written(dut, rows):
    """Write the rows as software does."""

    async def before(ctx):
        ctx.set(dut.write_valid, 1)
        for fields in row_writes(rows):
            ctx.set(dut.write, fields)
            await ctx.tick()
        ctx.set(dut.write_valid, 0)

    return before


def run(config, beats, rows, pace=PACES["streaming"]):
    dut = TemplateEncoder(config)
    return transfer(
        dut,
        beats,
        rng=np.random.default_rng(52),
        pace=pace,
        before=written(dut, rows),
        settle_cycles=config.snippet_cycles + 8,
    )


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_matches_golden(config, pace):
    rows = random_rows(config, rng=np.random.default_rng(50))
    beats = snippet_packets(config, rows, 4, rng=np.random.default_rng(51))

    received = run(config, beats, rows, pace)

    np.testing.assert_array_equal(received, template_encoder(beats, config, rows))


def snippet(config, samples):
    beats = np.zeros(len(samples), dtype=payload_dtype(coding_layout(config.sample_width, 1)))
    beats["kind"], beats["value"] = Kind.SAMPLE.value, samples
    return beats


@pytest.mark.parametrize(
    ("left", "values"),
    [
        ([0, 0, 0, 0], [2]),  # nothing kept: 2 missing of 2, template 0: 4
        ([35, 0, 0, 0], [2]),  # 35 < 9/16 of 64
        ([36, 0, 0, 0], [2]),  # not zero, but less than 11/16
        ([44, 0, 0, 0], [1, 0]),  # one kept; the last is one less
        ([-44, 0, 0, 0], [1, -1]),
        ([36, 44, 0, 0], [0, 1, 0]),
        ([35, 44, 0, 0], [0, 0, 0]),
        ([64 + 36, -44, 0, 0], [0, 2, -1]),
        ([100, 0, 0, 0], [1, 1]),
    ],
)
def test_matches_worked_example(left, values):
    """Weights of one sample each, and of both templates the first is nearest."""
    rows = np.zeros((2, 1, SMALL.rows, 4), dtype=np.int64)
    rows[:, 0, :2] = [[5, 6, 7, 8], [-250, 0, 0, 250]]
    rows[:, 0, 2:4] = [[1, 0, 0, 0], [0, 1, 0, 0]]

    beats = snippet(SMALL, np.array([5, 6, 7, 8]) + left)

    for received in (run(SMALL, beats, rows), template_encoder(beats, SMALL, rows)):
        assert received["value"].tolist() == values


def test_the_header_names_the_mode_and_nothing_else_changes():
    rows = random_rows(SMALL, rng=np.random.default_rng(53))
    header = np.zeros(10, dtype=payload_dtype(coding_layout(9, 1)))
    header["value"] = [0b1000_0101, 1, 2, 3, 255, 0, 0, 0, 1, 0]
    header["last"][-1] = 1

    received = run(SMALL, np.concatenate((header, header)), rows)

    expected = [0b1000_0100 | Mode.TEMPLATES.value, *header["value"].tolist()[1:]]
    assert received["value"].tolist() == expected * 2


def test_coarse_samples_give_coarser_coefficients_of_the_same_snippet():
    """Halved samples and doubled steps: coefficients are half as large."""
    rows = np.zeros((2, 1, SMALL.rows, 4), dtype=np.int64)
    rows[:, 0, 2, 0] = 64
    header = np.zeros(1, dtype=payload_dtype(coding_layout(9, 1)))
    header["value"] = 1 << 3

    received = run(SMALL, np.concatenate((header, snippet(SMALL, [40, 0, 0, 0]))), rows)

    assert received["value"].tolist()[1:] == [1, 40 - 1]


def test_latency_is_as_declared():
    config = SMALL
    dut, sample = TemplateEncoder(config), snippet(config, [0])[0]

    async def before(ctx):
        for _ in range(config.snippet_samples - 1):
            await produce(ctx, dut.i, [sample], rng=np.random.default_rng(0))

    delay = first_output_delay_cycles(dut, sample, before=before)

    assert delay == config.snippet_cycles
    assert TemplateEncoder.latency == TemplateEncoderConfig().snippet_cycles


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.256, not 0"),
        ({"sample_width": 4}, r"sample_width must be in 5\.\.16, not 4"),
        ({"snippet_samples": 257}, r"snippet_samples must be in 2\.\.256, not 257"),
        ({"templates": 0}, r"templates must be in 1\.\.256, not 0"),
        ({"templates": 12}, r"templates must be a power of two, not 12"),
        (
            {"templates": 64},
            r"templates must be so few that 15 times their number is at most 512, not 64",
        ),
        (
            {"components": 8, "snippet_samples": 8},
            r"components must be in 1\.\.7, not 8",
        ),
        ({"components": 65}, r"components must be in 1\.\.63, not 65"),
        ({"step_shift": 3}, r"step_shift must be in 4\.\.24, not 3"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        TemplateEncoderConfig(**fields)
