import numpy as np
import pytest
from amaranth.hdl import Fragment

from rtl.ap_codec import ApCodec, ApCodecConfig
from rtl.frame_tagger import FrameTaggerConfig
from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings
from verification.codec_stimuli import random_tables, waves
from verification.golden.ap_codec import ApCodecModel
from verification.golden.frame_tagger import frame_tagger
from verification.pacing import PACES
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

PACKET_FRAMES = 20
CONFIG = ApCodecConfig(
    channels=3,
    packet_channels=4,
    snippets=False,
    alphabet_width=5,
    contexts=3,
    table_base=8,
    ring_bytes=1024,
)
SETTINGS = {
    "golomb": PacketSettings(order=2),
    "golomb_adaptive": PacketSettings(order=1, cross=True, adaptive=True),
    "arithmetic": PacketSettings(engine=Engine.ARITHMETIC, order=2, table=1, shift=1),
}


def beats(samples, config):
    tagger = FrameTaggerConfig(channels=config.channels, sample_width=config.sample_width)
    names = "sample", "channel", "restart"
    rows = frame_tagger(samples, tagger).tolist()
    return [dict(zip(names, row, strict=True)) for row in rows]


def configured(dut, settings, *, packet_frames=PACKET_FRAMES, tables=None):
    """What sets up a codec, and loads its tables."""

    async def before(ctx):
        ctx.set(dut.packet_frames, packet_frames)
        for name, value in settings.fields.items():
            ctx.set(dut.settings[name], int(value))
        if tables is not None:
            ctx.set(dut.table.valid, 1)
            for (bank, context, symbol), cumulative in np.ndenumerate(tables[:, :, :-1]):
                ctx.set(dut.table.bank, bank)
                ctx.set(dut.table.context, context)
                ctx.set(dut.table.symbol, symbol)
                ctx.set(dut.table.cumulative, int(cumulative))
                await ctx.tick()
            ctx.set(dut.table.valid, 0)
        for _ in range(4):
            await ctx.tick()

    return before


@pytest.mark.parametrize("pace", ["streaming", "random"])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=list(SETTINGS))
def test_matches_golden(settings, pace):
    tables = random_tables(CONFIG, rng=np.random.default_rng(81))
    samples = waves(CONFIG, 3 * PACKET_FRAMES, rng=np.random.default_rng(82))
    dut = ApCodec(CONFIG)
    model = ApCodecModel(CONFIG, settings, packet_frames=PACKET_FRAMES, tables=tables)

    received = transfer(
        dut,
        beats(samples, CONFIG),
        rng=np.random.default_rng(83),
        pace=PACES[pace],
        before=configured(dut, settings, tables=tables),
    )

    packets = model.process(samples)
    assert received["byte"].astype(np.uint8).tobytes() == packets
    assert received["last"].sum() == 3


@pytest.mark.parametrize("snippets", [False, True])
def test_latency_is_as_declared(snippets):
    config = ApCodecConfig(channels=1, snippets=snippets, snippet_samples=8, adaptive=False)
    dut = ApCodec(config)
    before = configured(dut, PacketSettings(), packet_frames=1)

    delay = first_output_delay_cycles(dut, beats([5], config)[0], before=before)

    assert delay == ApCodec.latency


@pytest.mark.parametrize(
    ("setting", "least", "most"),
    [("golomb", 1.2, 1.6), ("golomb_adaptive", 9.0, 9.5), ("arithmetic", 2.0, 3.5)],
)
def test_a_sample_takes_as_many_cycles_as_the_slowest_part(setting, least, most):
    """And a packet of 60 samples up to 14 more, and an escaped residual 6 for 2."""
    tables = random_tables(CONFIG, rng=np.random.default_rng(84))
    samples = waves(CONFIG, 6 * PACKET_FRAMES, rng=np.random.default_rng(85))
    dut = ApCodec(CONFIG)

    cycles = cycles_per_payload(
        dut,
        beats(samples, CONFIG),
        before=configured(dut, SETTINGS[setting], tables=tables),
    )

    assert least < cycles < most


def test_what_is_not_built_has_no_ports():
    whole, trained = ApCodec(), ApCodec(ApCodecConfig(training=True))
    by_templates = ApCodec(ApCodecConfig(templates=32))
    small = ApCodec(ApCodecConfig(engines=(Engine.GOLOMB,), snippets=False))

    missing = set(whole.signature.members) - set(small.signature.members)

    assert missing == {"events", "snippets", "packet_snippets", "max_age", "table"}
    training = set(trained.signature.members) - set(whole.signature.members)
    assert training == {"build", "send", "busy", "version"}
    templates = set(by_templates.signature.members) - set(whole.signature.members)
    assert templates == {"templates", "rows", "rows_valid", "told", "told_length"}
    for each in (whole, small, trained, by_templates):
        Fragment.get(each, platform=None)
