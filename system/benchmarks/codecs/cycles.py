"""Clock cycles that the circuits of the entropy engines take for residuals of a record."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from amaranth.sim._async import SimulatorContext  # amaranth-stubs 0.5 do not re-export it

from rtl.arithmetic_encoder import ArithmeticEncoder
from rtl.golomb_encoder import GolombEncoder
from rtl.packet_format import Engine
from system.benchmarks import BenchmarkRow
from system.benchmarks.codecs.coding import WAYS, codec_config, symbols
from system.codecs.static_tables import static_tables
from verification.streams import Hook, cycles_per_payload
from verification.table_stimuli import table_writes

__all__ = ["rows"]

GOALS = {Engine.ARITHMETIC: 8.0, Engine.GOLOMB: 2.0}

Codes = npt.NDArray[np.int16]


def rows(codes: Codes, report: Callable[[str], None]) -> Iterator[BenchmarkRow]:
    """Yield the rows.

    Parameters
    ----------
    codes : ndarray of int16, shape (frames,)
        Samples of one channel.
    report : callable
        Told in a line of text what is being measured.

    Yields
    ------
    BenchmarkRow
        Mean cycles of a residual, the bytes taken as they come, and the most that one may take.
    """
    config = codec_config(1)
    for key in ("arithmetic.adaptive", "golomb.adaptive"):
        way = WAYS[key]
        report(f"codecs: the circuit of the {way.engine.name.lower()} encoder")
        beats = symbols(codes, way)
        if way.engine is Engine.ARITHMETIC:
            encoder = ArithmeticEncoder(config.arithmetic)
            taken = cycles_per_payload(encoder, beats, before=_tables_of(encoder))
        else:
            encoder = GolombEncoder(config.golomb)
            taken = cycles_per_payload(encoder, beats)
        name = f"codecs.cycles.{way.engine.name.lower()}"
        yield _cycles(name, taken, GOALS[way.engine])
        yield _cycles(f"{name}.most", encoder.config.most_cycles, None)


def _tables_of(encoder: ArithmeticEncoder) -> Hook:
    table = static_tables()

    async def write(ctx: SimulatorContext) -> None:
        for members in table_writes(np.stack((table, table))):
            for name, value in members.items():
                ctx.set(getattr(encoder.table, name), value)
            await ctx.tick()

    return write


def _cycles(name: str, value: float, goal: float | None) -> BenchmarkRow:
    return BenchmarkRow(name=name, value=value, unit="cycles", goal=goal, better="lower")
