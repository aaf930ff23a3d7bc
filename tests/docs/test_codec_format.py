"""The page on the format is enough to decode what the kit encodes."""

import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from rtl.ap_codec_config import ApCodecConfig
from rtl.lfp_codec_config import LfpCodecConfig
from rtl.lfp_decimator_config import LfpDecimatorConfig
from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings
from system.codecs.stream_decoder import EventDecoder
from system.codecs.stream_format import StreamFormat
from system.codecs.template_rows import TemplateRows, rows_packet
from verification.golden.ap_codec import ApCodecModel
from verification.golden.lfp_codec import coded_frames
from verification.golden.snippet_buffer import event_dtype
from verification.template_stimuli import random_rows

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "codec_format.md").read_text(encoding="utf-8")
LFP_PAGE = (DOCS / "lfp_format.md").read_text(encoding="utf-8")
SETTINGS = {
    "golomb": PacketSettings(order=2),
    "golomb_order_3": PacketSettings(order=3, shift=2),
    "golomb_adaptive": PacketSettings(order=1, adaptive=True, cross=True),
    "arithmetic": PacketSettings(engine=Engine.ARITHMETIC, order=1, table=1),
    "arithmetic_adaptive": PacketSettings(
        engine=Engine.ARITHMETIC, order=2, adaptive=True, cross=True
    ),
}
WIDTHS = {9: (3, 2), 6: (2, 1), 13: (5, 4)}  # channels, and how many share a packet


@pytest.fixture(scope="module")
def decoder():
    namespace = {}
    for page in (PAGE, LFP_PAGE):
        (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
        exec(compile(code, "docs", "exec"), namespace)
    return namespace


@pytest.fixture(scope="module")
def decode(decoder):
    return decoder["decode"]


def tables_for(config, rng):
    """Return cumulative frequencies of both banks that are far from even."""
    symbols = config.arithmetic.symbols
    shape = (2, config.contexts, symbols)
    frequencies = 1 + rng.integers(0, 1 << 14, shape) ** 4 % (1 << 14) * (1 << 13) // symbols // (
        1 << 14
    )
    frequencies[..., symbols // 2] += (1 << 14) - frequencies.sum(axis=-1)
    cumulative = np.zeros((*shape[:-1], symbols + 1), dtype=np.int32)
    cumulative[..., :-1] = np.cumsum(frequencies[..., ::-1], axis=-1)[..., ::-1]
    return cumulative


def wandering(frames, channels, width, rng):
    """Return samples that go slowly, jump, and reach both limits."""
    limit = 1 << (width - 1)
    steps = rng.normal(0, limit / 40, (frames, channels)).cumsum(axis=0)
    jumps = np.where(rng.random((frames, channels)) < 0.05, rng.normal(0, limit, steps.shape), 0)
    return np.clip((steps + jumps).round(), -limit, limit - 1).astype(np.int16)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=list(SETTINGS))
def test_the_decoder_of_the_page_restores_all_samples(decode, settings, width):
    rng = np.random.default_rng(41)
    channels, shared = WIDTHS[width]
    config = ApCodecConfig(
        channels=channels, sample_width=width, packet_channels=shared, snippets=False
    )
    settings = settings if shared > 1 else PacketSettings(**{**asdict(settings), "cross": False})
    tables = tables_for(config, rng)
    samples = wandering(300, channels, width, rng)
    model = ApCodecModel(config, settings, packet_frames=97, tables=tables)

    packets = list(decode(model.process(samples) + model.finish(), asdict(config), tables.tolist()))

    restored = np.full(samples.shape, 1 << 14)
    for group, time, _, _, rows in packets:
        block = np.array(rows)
        restored[time : time + len(block), group * shared :][:, : block.shape[1]] = block
    assert abs(restored - samples).max() <= 1 << settings.shift >> 1
    assert len(packets) >= 3 * config.groups


@pytest.mark.parametrize("engine", Engine)
def test_the_decoder_of_the_page_restores_snippets(decode, engine):
    rng = np.random.default_rng(42)
    config = ApCodecConfig(channels=3, snippet_samples=8)
    settings = PacketSettings(engine=engine, order=1, adaptive=True, table=1)
    tables = tables_for(config, rng)
    events = np.empty(60, dtype=event_dtype(8))
    events["time"] = 1_000 + np.cumsum(rng.integers(0, 700, len(events)))
    events["channel"] = rng.integers(0, 3, len(events))
    events["snippet"] = wandering(60, 8, 9, rng)
    model = ApCodecModel(config, settings, packet_snippets=5, tables=tables)

    packets = decode(model.process_events(events) + model.finish(), asdict(config), tables.tolist())

    restored = [
        (time, group, snippet)
        for group, _, _, times, rows in packets
        for time, snippet in zip(times, np.reshape(rows, (-1, 8)).tolist(), strict=True)
    ]
    sent = [
        (int(event["time"]), int(event["channel"]), event["snippet"].tolist()) for event in events
    ]
    assert sorted(restored) == sorted(sent)


def test_the_decoder_of_the_page_takes_tables_from_the_stream(decode):
    rng = np.random.default_rng(45)
    config = ApCodecConfig(channels=2, training=True)
    tables = tables_for(config, rng)
    samples = wandering(300, 2, 9, rng)
    settings = PacketSettings(engine=Engine.ARITHMETIC)
    model = ApCodecModel(config, settings, packet_frames=60, tables=tables)
    stream = b"".join(model.process(block) + model.train() for block in np.split(samples, 3))

    packets = list(decode(stream, asdict(config), tables[:1].tolist()))

    restored = np.zeros_like(samples)
    for group, time, _, _, rows in packets:
        restored[time : time + len(rows), group] = np.ravel(rows)
    np.testing.assert_array_equal(restored, samples)


@pytest.mark.parametrize("shift", [0, 2])
def test_the_decoder_of_the_page_rebuilds_snippets_from_templates(decode, shift):
    rng = np.random.default_rng(46)
    config = ApCodecConfig(channels=2, snippet_samples=8, templates=4, components=5, step_shift=9)
    rows = random_rows(config.template_encoder, rng=rng)
    events = np.zeros(30, dtype=event_dtype(8))
    events["time"], events["channel"] = 1000 + 100 * np.arange(30), np.arange(30) % 2
    events["snippet"] = wandering(30, 8, 9, rng)
    model = ApCodecModel(config, PacketSettings(table=7, shift=shift), rows=rows)
    stream = b"".join(rows_packet(rows[1, n], channel=n, version=7) for n in range(2))
    stream += model.process_events(events) + model.finish()

    packets = list(decode(stream, asdict(config)))

    decoder = EventDecoder(StreamFormat.of(config), {}, rows=TemplateRows(config.template_encoder))
    wanted = np.concatenate([*decoder.feed(stream), *decoder.finish()])
    restored = [
        (time, group, snippet)
        for group, _, _, times, found in packets
        for time, snippet in zip(times, np.reshape(found, (-1, 8)).tolist(), strict=True)
    ]
    assert restored == [
        (time, channel, list(snippet)) for time, channel, snippet in wanted.tolist()
    ]
    assert len(restored) == 30


@pytest.mark.parametrize("settings", [SETTINGS["golomb_order_3"], SETTINGS["golomb_adaptive"]])
def test_the_decoder_of_the_page_restores_field_potentials(decoder, settings):
    config = LfpCodecConfig(
        decimator=LfpDecimatorConfig(channels=3), packet_channels=2, taps=8, step_shift=8
    )
    samples = wandering(700, 3, config.sample_width, np.random.default_rng(44))
    spikes = ApCodecModel(ApCodecConfig(channels=1), PacketSettings(), packet_frames=9)
    others = spikes.process(np.ones((9, 1), dtype=np.int16))
    stream = {
        **{name: getattr(config, name) for name in ("channels", "sample_width", "packet_channels")},
        **{"cross_eighths": config.predictor.cross_eighths, "window_shift": config.window_shift},
        **{"golomb_base": config.golomb.context_base, "unary_limit": config.golomb.unary_limit},
        **{"taps": config.lms.taps, "weight_fraction_bits": config.lms.weight_fraction_bits},
        **{"long_taps": config.nlms.taps, "step_shift": config.nlms.step_shift},
        "long_fraction_bits": config.nlms.weight_fraction_bits,
    }
    packets = coded_frames(samples, config, settings, packet_frames=300)
    restored = np.full(samples.shape, 1 << 14)
    for group, time, _, _, rows in decoder["decode"](
        others + packets, stream, lfp=decoder["FieldPotential"]
    ):
        block = np.array(rows)
        restored[time : time + len(block), group * 2 :][:, : block.shape[1]] = block

    assert others
    assert abs(restored - samples).max() <= 1 << settings.shift >> 1


def test_damage_costs_the_packet_that_it_hits(decode):
    config = ApCodecConfig(channels=1, snippets=False)
    samples = wandering(40, 1, 9, np.random.default_rng(43))
    model = ApCodecModel(config, PacketSettings(), packet_frames=10)
    packets = model.process(samples) + model.finish()
    damaged = bytearray(packets)
    damaged[20] ^= 8

    times = [time for _, time, *_ in decode(b"\xa7" + damaged, asdict(config))]

    assert times == [10, 20, 30]


def test_the_example_is_what_the_codec_sends(decode):
    (dump,) = re.findall(r"```\n(a7 .*?)```", PAGE, flags=re.DOTALL)
    sent = bytes.fromhex(" ".join(line[:26] for line in dump.splitlines()))
    config = ApCodecConfig(channels=1, snippets=False)
    model = ApCodecModel(config, PacketSettings(order=1), packet_frames=4)
    samples = np.array([[10], [12], [15], [19]])
    before = model.process(np.zeros((300, 1), dtype=np.int16))

    assert model.process(samples).hex(" ") == sent.hex(" ")
    assert before
    assert list(decode(sent, asdict(config))) == [(0, 300, 0, [], samples.tolist())]
