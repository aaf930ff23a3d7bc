import pytest

from rtl.data_memory import DataMemory
from rtl.data_switch import DataSwitch
from rtl.text_memory import TextMemory
from verification.formal import ProofFailure, prove
from verification.memory_proofs import MEMORY_PROOFS, SMALLEST
from verification.memory_properties import (
    data_memory_properties,
    switch_properties,
    text_memory_properties,
)
from verification.stream_properties import StreamHarness


class HastyMemory(DataMemory):
    """Lets the core go on while an event takes its bank."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.data.ready.eq(1)
        return m


class ForgetfulMemory(TextMemory):
    """Shows an instruction for a cycle only."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        with m.If(~self.fetch.ready):
            m.d.comb += self.fetch.data.eq(0)
        return m


class GenerousSwitch(DataSwitch):
    """Refuses nothing to the core."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.d.comb += self.core.fault.eq(0)
        return m


@pytest.mark.parametrize("name", MEMORY_PROOFS)
def test_proof_holds(name, tmp_path):
    proof = MEMORY_PROOFS[name]

    prove(proof.make(), tmp_path, mode=proof.mode, depth=proof.depth)


@pytest.mark.long
@pytest.mark.parametrize("name", MEMORY_PROOFS)
def test_what_is_proven_is_possible(name, tmp_path):
    prove(MEMORY_PROOFS[name].make(), tmp_path, mode="cover", depth=14)


@pytest.mark.parametrize(
    ("make", "properties", "free", "found"),
    [
        (lambda: HastyMemory(32), data_memory_properties, {"spot": 3}, "one port at a time"),
        (lambda: ForgetfulMemory(64), text_memory_properties, {"spot": 5}, "what was fetched"),
        (lambda: GenerousSwitch(SMALLEST), switch_properties, {}, "a refusal is the target's"),
    ],
    ids=["hasty", "forgetful", "generous"],
)
def test_a_broken_part_is_found(make, properties, free, found, tmp_path):
    harness = StreamHarness(make(), properties, free=free)

    with pytest.raises(ProofFailure, match=found):
        prove(harness, tmp_path, mode="bounded", depth=4)
