"""Hardware-aware training beside full softmax, on the same code."""

from collections.abc import Callable, Iterator

from system.attention.budget import training_speed, use_threads
from system.attention.plan import Plan
from system.attention.texts import standard_library
from system.benchmarks import BenchmarkRow

__all__ = ["measure"]

SPEED_GOAL = 0.6
ROUNDS = 5


def measure(
    report: Callable[[str], None], *, plan: Plan | None = None, rounds: int = ROUNDS
) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    report : callable
        Told in a line of text what is being measured.
    plan : Plan, optional
        Model, machine and batch; those of ``axocell attention`` unless told.
    rounds : int
        Steps that each kind of model takes in turn; the best counts.

    Yields
    ------
    BenchmarkRow
        Tokens per CPU second of one thread, over those of softmax.
    """
    report("attention: a few steps of training of each kind")
    use_threads(1)
    speed = training_speed(plan or Plan(), standard_library(), rounds=rounds)
    for name, goal in (("nonlinear", SPEED_GOAL), ("linear", None)):
        yield BenchmarkRow(
            name=f"attention.training_speed.{name}",
            value=speed[name] / speed["software"],
            unit="",
            goal=goal,
            better="higher",
        )
    yield BenchmarkRow(
        name="attention.training_speed.softmax",
        value=speed["software"],
        unit="1/s",
        goal=None,
        better="higher",
    )
