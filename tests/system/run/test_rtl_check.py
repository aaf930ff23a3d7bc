import dataclasses
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from system.design import Design, RtlSimulation
from system.errors import UserError
from system.run import rtl_check
from system.run.rtl_check import RtlCheck
from verification.golden.detection_chain import ChainOutput, DetectionChainModel, detection_chain

CHANNELS = 2
SPIKE_FRAMES = (3_000, 4_000)


def a_design(**simulation):
    return Design(
        **{
            **vars(Design.default(channels=CHANNELS)),
            "rtl_simulation": RtlSimulation(**simulation),
        }
    )


def some_codes():
    codes = np.random.default_rng(5).integers(-9, 10, size=(6_000, CHANNELS)).astype(np.int16)
    for frame in SPIKE_FRAMES:
        codes[frame - 4 : frame + 5, 1] -= np.array([0, 20, 90, 240, 400, 240, 90, 20, 0])
    return codes


class ModelAsEngine:
    """A circuit without fault, or with one, that counts some events as lost while it runs."""

    def __init__(self, design, fault=None, lost=(0,)):
        self._model = DetectionChainModel(design.chain, design.detector_settings)
        self._fault = fault or (lambda output: output)
        self._lost = iter(lost)
        self._lost_so_far = 0
        self.cycles = 0
        self.seconds = 0.0
        self.closed = False

    def process(self, codes):
        output = self._model.process(codes)
        self.cycles += codes.size
        self.seconds += 0.5
        self._lost_so_far += next(self._lost, 0)
        if not len(output.events):
            return output
        return self._fault(ChainOutput(output.filtered.copy(), output.events.copy()))

    def read(self, register):
        return {"events_lost": self._lost_so_far}[register]


@pytest.fixture
def engine(monkeypatch):
    """Make the engine of the next check a model with a fault; return what became of it."""
    seen = SimpleNamespace(opened=[], closed=0)

    def install(fault=None, available="cxxrtl", lost=(0,)):
        @contextmanager
        def open_engine(name, chain, settings):
            seen.opened.append(name)
            parts = SimpleNamespace(chain=chain, detector_settings=settings)
            yield ModelAsEngine(parts, fault, lost)
            seen.closed += 1

        monkeypatch.setattr(rtl_check, "open_engine", open_engine)
        monkeypatch.setattr(rtl_check, "available_engine", lambda: available)
        return seen

    return install


def checked(design, codes, *, blocks=3):
    model = DetectionChainModel(design.chain, design.detector_settings)
    with RtlCheck(design, len(codes)) as check:
        first = 0
        edges = [*np.linspace(0, check.limit, blocks, dtype=int)[1:], len(codes)]
        for last in edges:
            check.compare(codes[first:last], model.process(codes[first:last]))
            first = last
    return check


def test_a_circuit_without_fault_agrees_over_everything(engine):
    seen = engine()

    check = checked(a_design(), some_codes())

    assert check.counts.agree
    assert check.counts.samples == 6_000 * CHANNELS
    assert check.counts.events == len(SPIKE_FRAMES)
    assert (check.counts.cycles, check.counts.events_lost) == (6_000 * CHANNELS, 0)
    assert check.note(6_000) is None
    assert seen == SimpleNamespace(opened=["cxxrtl"], closed=1)


def test_the_circuit_processes_only_the_beginning_that_the_design_asks_for(engine):
    engine()

    check = checked(a_design(seconds=0.1), some_codes())

    assert check.limit == check.counts.frames == 2_400
    assert check.note(2_400) is None
    assert check.note(6_000) == "The circuit processed the first 0.1 s of the recording only."


def test_a_block_across_the_limit_is_refused(engine):
    engine()
    design, codes = a_design(seconds=0.1), some_codes()
    parts = design.chain, design.detector_settings

    with (
        RtlCheck(design, len(codes)) as check,
        pytest.raises(ValueError, match=r"^block must end at frame 2400 at the latest, not 2401$"),
    ):
        check.compare(codes[:2_401], DetectionChainModel(*parts).process(codes[:2_401]))


def test_a_wrong_sample_is_counted_and_described(engine):
    def fault(output):
        output.filtered[-1, 1] += 1
        return output

    engine(fault)

    check = checked(a_design(), some_codes(), blocks=2)

    assert not check.counts.agree
    assert check.counts.mismatches == 1
    assert check.counts.event_mismatches == 0
    assert check.counts.first_mismatch is not None
    assert check.counts.first_mismatch.startswith("filtered sample of channel 1 at frame 5999: ")


def wrong_snippet(output):
    output.events["snippet"][:1, 63] += 1
    return output


FAULTS = {
    "wrong_snippet": (wrong_snippet, 3, 2, "model"),
    "missing": (lambda output: ChainOutput(output.filtered, output.events[1:]), 2, 1, "model"),
    "twice": (
        lambda output: ChainOutput(output.filtered, output.events[[0, 0, 1]]),
        3,
        1,
        "circuit",
    ),
}


@pytest.mark.parametrize(
    ("fault", "events", "mismatches", "owner"), FAULTS.values(), ids=list(FAULTS)
)
def test_a_wrong_event_is_counted_and_described(engine, fault, events, mismatches, owner):
    engine(fault)

    design, codes = a_design(), some_codes()
    first = detection_chain(codes, design.chain, design.detector_settings).events[0]["time"]

    counts = checked(design, codes, blocks=2).counts

    assert (counts.events, counts.mismatches, counts.event_mismatches) == (events, 0, mismatches)
    assert counts.first_mismatch == (
        f"event of channel 1 at frame {first}: the {owner} alone has it with this snippet"
    )


def without_events(output):
    return ChainOutput(output.filtered, output.events[:0])


# The engine is called for the frames before the first possible event, then for each block.
LOSSES = {
    "counted_in_the_block_of_the_event": ((0, 0, 2), 0, 2),
    "counted_in_an_earlier_block": ((0, 2), 0, 2),
    "counted_in_part": ((0, 1), 1, 1),
    "not_counted": ((0,), 2, 0),
    "counted_before_any_event_could_be": ((2,), 2, 0),
}


@pytest.mark.parametrize(("lost", "mismatches", "losses"), LOSSES.values(), ids=list(LOSSES))
def test_an_event_that_the_circuit_counts_as_lost_is_no_mismatch(engine, lost, mismatches, losses):
    engine(without_events, lost=lost)

    counts = checked(a_design(), some_codes(), blocks=3).counts

    assert counts.events == len(SPIKE_FRAMES)
    assert (counts.event_mismatches, counts.event_losses) == (mismatches, losses)
    assert counts.events_lost == sum(lost)
    assert counts.agree == (mismatches == 0)
    assert (counts.first_mismatch is None) == counts.agree


def test_a_loss_excuses_only_one_event(engine):
    engine(without_events, lost=(0, 1))

    counts = checked(a_design(), some_codes(), blocks=7).counts  # an event in two of them

    assert (counts.event_mismatches, counts.event_losses) == (1, 1)


def test_a_full_queue_of_the_circuit_is_told_from_a_disagreement():
    parts = vars(a_design(engine="pysim", pysim_samples=1_200 * CHANNELS))
    snippets = dataclasses.replace(parts["snippet_buffer"], queue_events=1)
    settings = dataclasses.replace(
        parts["detector_settings"], mode="absolute", adaptive=False, threshold=200, warm_up_s=0.0
    )
    design = Design(**{**parts, "snippet_buffer": snippets, "detector_settings": settings})
    codes = np.zeros((1_200, CHANNELS), dtype=np.int16)
    codes[[5, 300, 600]] = 400  # the first before a whole snippet; on both channels at once

    counts = checked(design, codes, blocks=4).counts

    assert counts.agree
    assert counts.event_losses >= 2
    assert counts.events_lost == counts.event_losses + CHANNELS
    assert counts.events > counts.event_losses


def test_without_a_compiler_the_slow_simulator_does_an_excerpt_and_says_so(engine):
    seen = engine(available="pysim")

    check = checked(a_design(pysim_samples=2_000), some_codes())

    assert check.engine == "pysim"
    assert seen.opened == ["pysim"]
    assert check.counts.frames == 1_000
    assert check.note(6_000) == (
        "There is no C++ compiler. The circuit ran on Amaranth's own simulator, which is slow. "
        "The circuit processed the first 0.0417 s of the recording only."
    )


@pytest.fixture
def broken_compiler(engine, monkeypatch):
    seen = engine()
    works = rtl_check.open_engine

    def open_engine(name, chain, settings):
        if name == "cxxrtl":
            raise RuntimeError("g++ failed on the generated chain:\nno such header")
        return works(name, chain, settings)

    monkeypatch.setattr(rtl_check, "open_engine", open_engine)
    return seen


def test_a_compiler_that_fails_is_as_good_as_none(broken_compiler):
    check = checked(a_design(pysim_samples=2_000), some_codes())

    assert broken_compiler.opened == ["pysim"]
    assert check.engine == "pysim"
    assert check.counts.frames == 1_000
    assert check.note(1_000) == (
        "The circuit could not be compiled (no such header). "
        "The circuit ran on Amaranth's own simulator, which is slow."
    )


@pytest.mark.usefixtures("broken_compiler")
def test_a_compiler_that_fails_is_an_error_where_the_design_insists():
    with pytest.raises(UserError) as error:
        checked(a_design(engine="cxxrtl"), some_codes())

    assert str(error.value) == "the circuit cannot be run on cxxrtl: no such header"


def test_the_circuit_can_be_left_out(engine):
    seen = engine()

    check = checked(a_design(engine="none"), some_codes())

    assert check.limit == check.counts.samples == 0
    assert check.note(6_000) == "The design leaves the circuit out."
    assert seen.opened == []


def test_the_compiled_engine_without_a_compiler_is_refused(engine):
    engine(available="pysim")

    with pytest.raises(UserError) as error:
        RtlCheck(a_design(engine="cxxrtl"), 100)

    assert str(error.value) == (
        'rtl_simulation.engine must be "auto", "pysim" or "none" where there is no C++ compiler, '
        'not "cxxrtl"'
    )
