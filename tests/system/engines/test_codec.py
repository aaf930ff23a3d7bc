import numpy as np
import pytest

from rtl.ap_codec_config import ApCodecConfig
from rtl.lfp_codec_config import LfpCodecConfig
from rtl.lfp_decimator_config import LfpDecimatorConfig
from rtl.packet_format import Engine
from rtl.packet_settings import PacketSettings, settings_layout
from rtl.streams import sample_layout
from system.engines import codec
from system.engines.codec import CodecEngine
from verification.codec_chain import packets_of_groups
from verification.golden.ap_codec import ApCodecModel
from verification.golden.lfp_codec import LfpCodecModel
from verification.payloads import pack
from verification.stimuli import sample_records

WIDTH = 10
PACKET_FRAMES = 20
SETTINGS = PacketSettings(order=1, adaptive=True)
AP = ApCodecConfig(
    channels=2, sample_width=WIDTH, engines=(Engine.GOLOMB,), snippets=False, ring_bytes=1024
)
LFP = LfpCodecConfig(decimator=LfpDecimatorConfig(channels=2, sample_width=WIDTH))
CODECS = [
    pytest.param(AP, ApCodecModel, 50, id="ap"),
    pytest.param(LFP, LfpCodecModel, 1200, id="lfp", marks=pytest.mark.long),
]


def noise(frames):
    codes = np.random.default_rng(7).normal(0, 30, (frames, 2))
    return np.cumsum(codes, axis=0).round().astype(np.int64) % 1000 - 500


def engine_of(name, config, settings=SETTINGS):
    (word,) = pack(settings_layout(), [settings.fields])
    ports = {"settings": word, "packet_frames": PACKET_FRAMES}
    return CodecEngine(name, config, stream="i", ports=ports)


def words_of(codes):
    return pack(sample_layout(WIDTH, codes.shape[1]), sample_records(codes, width=WIDTH))


@pytest.mark.parametrize(("config", "model_of", "frames"), CODECS)
def test_compiled_codecs_send_the_packets_of_their_models(config, model_of, frames):
    codes = noise(frames)
    model = model_of(config, SETTINGS, packet_frames=PACKET_FRAMES)
    expected = packets_of_groups(model.process(codes) + model.finish())

    engine = engine_of("cxxrtl", config)
    first, again = engine.process(words_of(codes)), engine.process(words_of(codes))

    assert packets_of_groups(b"".join(first.packets)) == expected
    assert sum(len(packets) for packets in expected.values()) == len(first.packets) > 2
    assert first.taken == codes.size < first.cycles
    assert again.packets == first.packets  # every stretch begins with a reset


def test_both_engines_simulate_the_same_cycles():
    words = words_of(noise(30))

    compiled, simulated = (engine_of(n, AP).process(words) for n in ("cxxrtl", "pysim"))

    assert simulated.packets == compiled.packets
    assert (simulated.taken, simulated.cycles) == (compiled.taken, compiled.cycles)


def test_without_a_compiler_the_compiled_engine_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    codec._compiled.cache_clear()

    with pytest.raises(RuntimeError, match=r"^CXXRTL needs a C\+\+ compiler: none of g\+\+, "):
        engine_of("cxxrtl", AP)
