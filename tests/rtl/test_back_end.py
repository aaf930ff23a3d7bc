import os
from contextlib import nullcontext

import pytest
from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from rtl import back_end
from rtl.back_end import LONGEST_LINE, to_cxxrtl, to_verilog
from rtl.frame_tagger import FrameTagger, FrameTaggerConfig
from rtl.pulse_counter import PulseCounter, PulseCounterConfig

CONFIG = FrameTaggerConfig(channels=2, sample_width=4)


@pytest.fixture
def old_yosys(tmp_path, monkeypatch):
    """A Yosys on the path that must not be used."""
    path = tmp_path / "yosys"
    path.write_text("#!/bin/sh\necho 'Yosys 0.99 (a wrong one)'; touch $(dirname $0)/used\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "used"


def test_a_yosys_on_the_path_is_left_alone(old_yosys):
    text = to_verilog(FrameTagger(CONFIG), name="tagger")

    assert "module tagger" in text
    assert not old_yosys.exists()
    assert "struct p_tagger" in to_cxxrtl(FrameTagger(CONFIG), name="tagger")
    assert not old_yosys.exists()


def test_the_environment_is_as_before(monkeypatch):
    monkeypatch.delenv("AMARANTH_USE_YOSYS", raising=False)
    to_verilog(FrameTagger(CONFIG), name="tagger")
    assert "AMARANTH_USE_YOSYS" not in os.environ

    monkeypatch.setenv("AMARANTH_USE_YOSYS", "system")
    to_verilog(FrameTagger(CONFIG), name="tagger")
    assert os.environ["AMARANTH_USE_YOSYS"] == "system"


def test_a_users_cache_that_can_be_written_is_not_needed(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", f"{os.devnull}/cache")

    assert "module tagger" in to_verilog(FrameTagger(CONFIG), name="tagger")


def test_a_yosys_that_cannot_run_is_an_error_with_its_words(monkeypatch):
    monkeypatch.setattr(back_end, "writable_caches", nullcontext)
    monkeypatch.setenv("XDG_CACHE_HOME", f"{os.devnull}/cache")

    with pytest.raises(RuntimeError, match=r"^Yosys failed: (?s:.)* cache directory: /dev/null/"):
        to_verilog(FrameTagger(CONFIG), name="tagger")


def test_the_same_component_gives_the_same_text():
    assert to_verilog(FrameTagger(CONFIG), name="a") == to_verilog(FrameTagger(CONFIG), name="a")


def test_no_line_is_too_long_for_other_tools():
    text = to_verilog(PulseCounter(PulseCounterConfig(lanes=2000)), name="counter")

    # A constant of 2000 bits cannot be broken.
    assert max(len(line) for line in text.splitlines()) < 2 * LONGEST_LINE
    assert " plane_0[1999]" in text


class OneWord(wiring.Component):
    i: Signal
    o: Signal

    def __init__(self):
        super().__init__({"i": In(8), "o": Out(8)})

    def elaborate(self, _platform):
        m = Module()
        m.submodules.words = words = memory.Memory(shape=unsigned(8), depth=1, init=[])
        write, read = words.write_port(), words.read_port()
        m.d.comb += [write.en.eq(1), write.data.eq(self.i), self.o.eq(read.data)]
        return m


def test_the_only_row_of_a_memory_has_an_address_that_is_zero():
    text = to_cxxrtl(OneWord(), name="word")

    assert text.count("memory_index(value<1>(), 0, 1)") == 2  # to write, and to read
    assert "value<0>" not in text  # of which the runtime reads the first, absent word
