"""What is proven of the processor core: what it tells of its instructions is true."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from rtl.processor_config import ProcessorCoreConfig
from verification.alternative_core import AlternativeCore
from verification.formal import Mode
from verification.trace_harness import Property, TraceHarness

__all__ = ["PROCESSOR_PROOFS", "ProcessorProof", "followed_core"]


TRACED = ProcessorCoreConfig(trace=True)
OF_WORDS = replace(TRACED, compressed=False)
COUNTING = replace(TRACED, event_counters=True)
DOTTED = replace(TRACED, dot=True)


@dataclass(frozen=True, kw_only=True)
class ProcessorProof:
    """A check of some properties.

    Parameters
    ----------
    demands : str
        Which, as :class:`~verification.trace_harness.TraceHarness` takes it.
    mode : str
        As :func:`verification.formal.prove` takes it.
    depth : int
        Cycles; the first instruction is told in the third.
    config : ProcessorCoreConfig
        Of the core.
    """

    demands: Property
    mode: Mode
    depth: int
    config: ProcessorCoreConfig = TRACED


def followed_core(demands: Property, config: ProcessorCoreConfig = TRACED) -> TraceHarness:
    """Return a core whose arithmetic a solver can follow, with its properties.

    Parameters
    ----------
    demands : str
        Which, as :class:`~verification.trace_harness.TraceHarness` takes it.
    config : ProcessorCoreConfig
        Of the core.

    Returns
    -------
    TraceHarness
        What to prove.
    """
    return TraceHarness(AlternativeCore(config), demands)


PROCESSOR_PROOFS: Mapping[str, ProcessorProof] = MappingProxyType(
    {
        "every_instruction_does_what_it_must": ProcessorProof(
            demands="instructions", mode="induction", depth=2
        ),
        "and_without_compressed_ones": ProcessorProof(
            demands="instructions", mode="induction", depth=2, config=OF_WORDS
        ),
        "and_with_dot_products": ProcessorProof(
            demands="instructions", mode="induction", depth=2, config=DOTTED
        ),
        "instructions_make_a_story": ProcessorProof(demands="story", mode="bounded", depth=10),
        "and_one_of_words": ProcessorProof(
            demands="story", mode="bounded", depth=10, config=OF_WORDS
        ),
        "the_machine_does_what_it_must": ProcessorProof(
            demands="machine", mode="induction", depth=3, config=COUNTING
        ),
        "and_its_sums_hold_what_they_must": ProcessorProof(
            demands="machine", mode="induction", depth=3, config=DOTTED
        ),
        "and_with_neither_counters_nor_short_instructions": ProcessorProof(
            demands="machine", mode="induction", depth=3, config=OF_WORDS
        ),
        "instructions_are_reached": ProcessorProof(demands="instructions", mode="cover", depth=6),
        "a_story_is_reached": ProcessorProof(demands="story", mode="cover", depth=8),
        "interrupts_are_reached": ProcessorProof(demands="machine", mode="cover", depth=12),
    }
)
"""By what they say."""
