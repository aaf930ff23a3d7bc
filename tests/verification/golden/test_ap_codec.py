from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from rtl.ap_codec_config import ApCodecConfig
from rtl.coding_streams import symbol_layout
from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings
from system.codecs.stream_decoder import EventDecoder
from system.codecs.stream_format import StreamFormat
from verification.codec_chain import packets_of_beats, packets_of_groups, symbols_of_beats
from verification.codec_stimuli import random_events, random_tables, waves
from verification.golden.ap_codec import ApCodecModel
from verification.golden.golomb_encoder import golomb_encoder
from verification.golden.packet_framer import packet_framer
from verification.golden.packet_marker import packet_marker
from verification.golden.snippet_buffer import event_dtype
from verification.golden.snippet_marker import snippet_marker
from verification.golden.table_trainer import table_trainer
from verification.golden.template_encoder import template_encoder
from verification.payloads import payload_dtype
from verification.template_stimuli import random_rows

CONFIGS = {
    "three_channels": ApCodecConfig(channels=3),
    "shared_packets": ApCodecConfig(channels=6, packet_channels=4, snippets=False),
    "wide": ApCodecConfig(
        channels=2, packet_channels=2, snippets=False, sample_width=14, cross_eighths=7, contexts=12
    ),
    "narrow": ApCodecConfig(channels=2, sample_width=3, unary_limit=2, alphabet_width=3),
}
TEMPLATES = ApCodecConfig(channels=3, snippet_samples=12, templates=4, components=4, step_shift=8)
SETTINGS = {
    **{f"order_{order}": PacketSettings(order=order) for order in range(4)},
    "cross": PacketSettings(order=1, cross=True),
    "coarse": PacketSettings(order=2, shift=2),
    "adaptive": PacketSettings(order=1, adaptive=True),
    "adaptive_cross": PacketSettings(order=2, cross=True, adaptive=True, shift=1),
    "arithmetic": PacketSettings(engine=Engine.ARITHMETIC, order=2, table=3),
    "arithmetic_cross": PacketSettings(engine=Engine.ARITHMETIC, order=3, cross=True),
}


def recording(config):
    return waves(config, 300, rng=np.random.default_rng(71))


def tables(config):
    return random_tables(config, rng=np.random.default_rng(72))


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=list(SETTINGS))
@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_fast_model_equals_the_models_of_the_blocks(config, settings):
    samples = recording(config)
    model = ApCodecModel(config, settings, packet_frames=64, tables=tables(config))

    stream = model.process(samples) + model.finish()

    beats = packet_marker(samples, config.marker, settings, packet_frames=64)
    expected = packets_of_beats(beats, config, settings, tables(config))
    assert packets_of_groups(stream) == expected
    assert len(expected) == config.groups


@pytest.mark.parametrize("setting", ["coarse", "adaptive", "arithmetic_cross"])
@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_training_equals_the_models_of_the_blocks(config, setting):
    config = replace(config, training=True)
    settings, samples, border = SETTINGS[setting], recording(config), 160
    model = ApCodecModel(config, settings, packet_frames=64, tables=tables(config))

    before = model.process(samples[:border]) + model.finish()
    told = model.train()
    after = model.process(samples[border:]) + model.finish()

    first = packet_marker(samples[:border], config.marker, settings, packet_frames=64)
    trained = table_trainer(symbols_of_beats(first, config), config.trainer, version=1)
    assert told == packet_framer(trained.body)
    assert packets_of_groups(before) == packets_of_beats(first, config, settings, tables(config))
    ends = np.arange(len(samples))[:, None] == border - 1
    next_settings = replace(settings, table=1)
    limits = {"packet_frames": 64, "close": ends}
    beats = packet_marker(samples, config.marker, next_settings, **limits)[len(first) :]
    banks = np.stack([trained.cumulative] * 2)
    assert packets_of_groups(after) == packets_of_beats(beats, config, next_settings, banks)


def test_training_counts_until_a_counter_is_full():
    config = ApCodecConfig(channels=1, training=True, contexts=2, counter_width=4)
    samples = recording(config)
    model = ApCodecModel(config, PacketSettings(), packet_frames=64)

    stream = model.process(samples) + model.train()

    beats = packet_marker(samples, config.marker, PacketSettings(), packet_frames=64)
    trained = table_trainer(symbols_of_beats(beats, config), config.trainer, version=1)
    assert stream.endswith(packet_framer(trained.body))
    assert trained.codes.max() == 15


def test_every_training_begins_anew_and_versions_come_round():
    config = ApCodecConfig(channels=3, training=True)
    model = ApCodecModel(config, PacketSettings(), packet_frames=64)
    model.process(recording(config))
    model.train()

    empty = [model.train() for _ in range(256)]

    nothing = table_trainer(
        np.empty(0, payload_dtype(symbol_layout(9, 3))), config.trainer, version=2
    )
    assert empty[0] == packet_framer(nothing.body)
    assert [packet[6] for packet in empty[253:]] == [255, 0, 1]


@pytest.mark.parametrize("block_frames", [1, 7, 64, 299])
def test_blocks_of_frames_do_not_matter(block_frames):
    config = CONFIGS["three_channels"]
    samples = recording(config)
    whole = ApCodecModel(config, PacketSettings(), packet_frames=50)
    model = ApCodecModel(config, PacketSettings(), packet_frames=50)
    borders = [*range(0, len(samples), block_frames), len(samples)]

    stream = b"".join(model.process(samples[start:stop]) for start, stop in pairwise(borders))

    assert stream + model.finish() == whole.process(samples) + whole.finish()


def test_after_its_end_a_recording_can_go_on():
    config = CONFIGS["three_channels"]
    samples = recording(config)
    model = ApCodecModel(config, PacketSettings(), packet_frames=50)

    stream = model.process(samples[:120]) + model.finish()
    stream += model.process(samples[120:]) + model.finish()

    times = [int.from_bytes(packet[7:11], "little") for packet in packets_of_groups(stream)[2]]
    assert times == [0, 26, 76, 120, 170, 220, 270]


@pytest.mark.parametrize("shift", [0, 2])
def test_snippets_as_templates_equal_the_models_of_the_blocks(shift):
    config = TEMPLATES
    rng = np.random.default_rng(77)
    rows = random_rows(config.template_encoder, rng=rng)
    events = random_events(config, 60, rng=rng)
    settings = PacketSettings(table=5, shift=shift)
    limits = {"packet_snippets": 6, "max_age": 3000}
    model = ApCodecModel(config, settings, rows=rows, **limits)

    stream = model.process_events(events) + model.finish()

    marked = snippet_marker(events, config.snippet_marker, settings, **limits)
    symbols = template_encoder(marked, config.template_encoder, rows)
    coded = golomb_encoder(symbols, config.golomb)
    for channel, packets in packets_of_groups(stream).items():
        own = coded[coded["group"] == channel]
        bodies = np.split(own["byte"].astype(np.uint8), np.flatnonzero(own["last"]) + 1)[:-1]
        assert packets == [packet_framer(body.tobytes()) for body in bodies]


def test_packets_of_templates_that_get_too_long_end():
    config = replace(TEMPLATES, channels=1, ring_bytes=1024)
    rng = np.random.default_rng(78)
    events = random_events(config, 80, rng=rng)
    events["time"] = np.arange(80) * 100
    rows = random_rows(config.template_encoder, rng=rng)
    model = ApCodecModel(config, PacketSettings(), packet_snippets=80, rows=rows)

    stream = model.process_events(events) + model.finish()

    bodies = [len(packet) - 7 for packet in packets_of_groups(stream)[0]]
    assert len(bodies) > 2
    ends = config.closing_body_bytes
    assert all(ends <= body < ends + 2 + 4 * 5 for body in bodies[:-1])


@pytest.mark.parametrize("block_events", [1, 10, 200])
@pytest.mark.parametrize("setting", ["order_2", "arithmetic", "adaptive"])
def test_events_come_back(setting, block_events):
    """Times that repeat, step back, and are far from each other; packets for every reason."""
    config = ApCodecConfig(channels=3, snippet_samples=20)
    events = random_events(config, 200, rng=np.random.default_rng(74))
    fixed = {"packet_snippets": 6, "max_age": 3000, "tables": tables(config)}
    model = ApCodecModel(config, SETTINGS[setting], **fixed)
    versions = {3: tables(config)[1]}
    decoder = EventDecoder(StreamFormat.of(config), versions)

    stream = b"".join(
        model.process_events(events[n : n + block_events]) for n in range(0, 200, block_events)
    )
    stream += model.finish()
    got = np.concatenate([*decoder.feed(stream), *decoder.finish()])

    for channel in range(3):
        np.testing.assert_array_equal(
            got[got["channel"] == channel], events[events["channel"] == channel]
        )
    packets = [packet for of_group in packets_of_groups(stream).values() for packet in of_group]
    counts = [int.from_bytes(packet[-6:-4], "little") for packet in packets]
    assert max(counts) == 6
    assert min(counts) < 6


def test_packets_of_snippets_that_get_too_long_end():
    """Snippets of noise of full scale fill a packet before their number does."""
    config = ApCodecConfig(channels=1, snippet_samples=64, ring_bytes=2048)
    events = random_events(config, 40, rng=np.random.default_rng(75))
    events["time"] = np.arange(40) * 100
    events["snippet"] = np.random.default_rng(76).integers(-256, 256, size=(40, 64))
    model = ApCodecModel(config, PacketSettings(order=3), packet_snippets=30)
    decoder = EventDecoder(StreamFormat.of(config), {})

    stream = model.process_events(events) + model.finish()

    np.testing.assert_array_equal(np.concatenate(list(decoder.feed(stream))), events)
    bodies = [len(packet) - 7 for packet in packets_of_groups(stream)[0]]
    assert len(bodies) == 6
    assert max(bodies) < config.closing_body_bytes + 64 * 25 // 8 + 5


@pytest.mark.parametrize("engine", Engine)
def test_packets_that_get_too_long_end(engine):
    """Noise of full scale: no body is longer than its ring allows, but by its last frame."""
    config = ApCodecConfig(channels=4, packet_channels=4, snippets=False, ring_bytes=1024)
    samples = np.random.default_rng(73).integers(-256, 256, size=(500, 4))
    settings = PacketSettings(engine=engine)
    model = ApCodecModel(config, settings, packet_frames=400, tables=tables(config))

    packets = packets_of_groups(model.process(samples) + model.finish())[0]

    frames = [int.from_bytes(packet[-6:-4], "little") for packet in packets]
    bodies = [len(packet) - 7 for packet in packets]
    assert sum(frames) == 500
    assert all(frame < 400 for frame in frames)
    ends = config.closing_body_bytes
    assert all(ends <= body < ends + 4 * 4 for body in bodies[:-1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda: model(engines=(Engine.ARITHMETIC,)),
            "engine must be one that is built, not GOLOMB",
        ),
        (
            lambda: model(settings=PacketSettings(adaptive=True)),
            "adaptive must be False, as no adaptive predictor is built, not True",
        ),
        (
            lambda: model(rows=np.zeros((2, 3, 47, 64))),
            "templates must be built for snippets to be coded by them, not 0",
        ),
        (
            lambda: model(rows=0, templates=4),
            r"rows must have shape \(2, 3, 19, 64\), not \(\)",
        ),
        (
            lambda: model(
                rows=np.zeros((2, 3, 19, 64)),
                templates=4,
                settings=PacketSettings(engine=Engine.ARITHMETIC),
            ),
            "engine must be GOLOMB for templates, not ARITHMETIC",
        ),
        (
            lambda: model(rows=np.zeros((2, 3, 19, 64)), templates=4, training=True).train(),
            "rows must be None for tables to be trained: they have versions too",
        ),
        (lambda: model().train(), "training must be True for tables to be trained, not False"),
        (
            lambda: model(settings=PacketSettings(table=3), training=True),
            "table must be 0 until one is trained, not 3",
        ),
        (lambda: model(packet_frames=0), r"packet_frames must be in 1\.\.65535, not 0"),
        (
            lambda: model(settings=PacketSettings(engine=Engine.ARITHMETIC)),
            r"tables must have shape \(2, 10, 129\), not None",
        ),
        (
            lambda: model().process(np.zeros((2, 4), dtype=int)),
            r"samples must have shape \(frames, 3\), not \(2, 4\)",
        ),
        (
            lambda: model(snippets=False).process_events(np.empty(0, dtype=event_dtype(1))),
            "snippets must be True for events to be coded, not False",
        ),
        (
            lambda: model().process(np.full((1, 3), 256)),
            r"samples must be in -256\.\.255, not 256",
        ),
    ],
)
def test_model_rejects(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        change()


def model(*, settings=None, packet_frames=10, rows=None, **fields):
    config = ApCodecConfig(channels=3, adaptive=False, **fields)
    settings = settings or PacketSettings()
    return ApCodecModel(config, settings, packet_frames=packet_frames, rows=rows)
