"""Run Amaranth's simulator to the end of its testbenches, which has to come."""

from amaranth.sim import Simulator

__all__ = ["run_to_end"]

MOST_CYCLES = 1_000_000  # most of a minute, of a small circuit
STEPS_PER_CYCLE = 2  # a clock rises and falls


def run_to_end(simulator: Simulator, *, most_cycles: int = MOST_CYCLES) -> None:
    """Run a simulator as its ``run`` does, but not for ever.

    Parameters
    ----------
    simulator : Simulator
        With a clock and testbenches.
    most_cycles : int
        Cycles of the clock after which to give up.

    Raises
    ------
    TimeoutError
        If a testbench still waits for something then.
    """
    for _ in range(STEPS_PER_CYCLE * most_cycles):
        if not simulator.advance():
            return
    raise TimeoutError(f"testbenches must end within {most_cycles} cycles, but do not")
