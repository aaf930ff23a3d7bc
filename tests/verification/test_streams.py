import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from tests.verification.blocks import (
    FAULTS,
    FaultyStage,
    Scale,
    ScaleConfig,
    number,
    scale,
    scale_stimulus,
)
from verification import stream_drivers
from verification.pacing import PACES
from verification.stream_rules import StreamRuleError, check_payloads
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIG = ScaleConfig()
SENT = np.arange(10, 60)


class DeadEnd(wiring.Component):
    """Never accepts anything."""

    i: stream.Interface
    o: stream.Interface

    def __init__(self):
        super().__init__({"i": In(stream.Signature(8)), "o": Out(stream.Signature(8))})

    def elaborate(self, _platform):
        return Module()


def through(dut, pace="random", payloads=None, **options):
    sent = SENT if payloads is None else payloads
    return transfer(dut, sent, rng=np.random.default_rng(7), pace=PACES[pace], **options)


def inject(dut, fault):
    async def before(ctx):
        ctx.set(dut.fault, number(fault))

    return before


def through_faulty(fault, pace, **options):
    dut = FaultyStage(**options)
    return through(dut, pace, before=inject(dut, fault))


@pytest.mark.parametrize("pace", PACES)
def test_every_payload_arrives_once_and_in_order_at_every_pace(pace):
    sent = scale_stimulus(CONFIG, 200, np.random.default_rng(1))

    received = through(Scale(CONFIG), pace, sent)

    np.testing.assert_array_equal(received, scale(sent, CONFIG))


def test_plain_integers_and_mappings_are_payloads_too():
    np.testing.assert_array_equal(through(FaultyStage()), SENT)

    received = through(Scale(CONFIG), payloads=[{"sample": -2, "last": 1}])

    assert received["sample"].tolist() == [-6]


def test_no_payload_gives_no_payload():
    assert len(through(FaultyStage(), payloads=[])) == 0


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (FAULTS[0], "payload must be stable while stalled, but became 0xe in cycle"),
        (FAULTS[1], "valid must hold until ready, but fell in cycle"),
        (FAULTS[4], "valid and payload must not follow ready within a cycle, but did in cycle"),
    ],
    ids=FAULTS[:2] + FAULTS[4:],
)
def test_a_broken_rule_is_caught(fault, message):
    with pytest.raises(StreamRuleError, match=f"^stream o: {message}"):
        through_faulty(fault, "stalled")


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (FAULTS[2], r"payload 4 is 13, not 14; the one before was repeated"),
        (FAULTS[3], r"payload 4 is 15, not 14; it was skipped \(49 payloads came, 50 were"),
    ],
    ids=FAULTS[2:4],
)
def test_a_wrong_payload_is_named(fault, message):
    received = through_faulty(fault, "streaming")

    with pytest.raises(AssertionError, match=f"^stream o: {message}"):
        check_payloads("o", received, SENT)


@pytest.mark.parametrize("fault", FAULTS[2:4])
def test_a_fault_at_the_very_last_payload_is_caught(fault):
    after = len(SENT) - 1 - (fault == FAULTS[3])
    received = through_faulty(fault, "streaming", after=after)

    with pytest.raises(AssertionError, match=r"is too many|never came"):
        check_payloads("o", received, SENT)


def test_equal_payloads_pass():
    check_payloads("o", [1, 2], np.array([1, 2]))


def test_an_input_that_is_never_accepted_is_a_timeout():
    with pytest.raises(TimeoutError, match=r"^0 payloads came out of 50 in 30 cycles, and not all"):
        through(DeadEnd(), timeout_cycles=30)


def test_cycles_are_not_counted_for_ever(monkeypatch):
    monkeypatch.setattr(stream_drivers, "ACCEPTED_LIMIT_CYCLES", 50)

    with pytest.raises(TimeoutError, match=r"^nothing was accepted in 50 cycles$"):
        cycles_per_payload(DeadEnd(), SENT)


def test_hooks_run_before_the_first_payload_and_after_the_last():
    seen = []
    dut = FaultyStage()

    async def before(ctx):
        for _ in range(100):
            await ctx.tick()
        seen.append(ctx.get(dut.i.valid))

    async def after(ctx):
        seen.append(ctx.get(dut.o.payload))

    received = through(dut, before=before, after=after)

    assert seen == [0, SENT[-1]]
    np.testing.assert_array_equal(received, SENT)


def test_latency_and_throughput_are_measured():
    assert first_output_delay_cycles(Scale(CONFIG), {"sample": 1, "last": 0}) == Scale.latency
    assert cycles_per_payload(FaultyStage(), SENT) == 1.0

    dut = FaultyStage()

    assert cycles_per_payload(dut, SENT, before=inject(dut, FAULTS[2])) == 1.02


def test_waveforms_are_written_on_request(tmp_path):
    through(FaultyStage(), vcd_path=tmp_path / "stage.vcd")

    assert "$enddefinitions" in (tmp_path / "stage.vcd").read_text()
