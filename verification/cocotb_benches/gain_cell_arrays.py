"""The arrays of an attention head as a model that lives on its wires, one transaction a phase."""

from dataclasses import dataclass, fields
from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from cocotb.triggers import FallingEdge, First, ReadOnly, RisingEdge, ValueChange
from cocotb.utils import get_sim_time

from analog_models.attention.cell_law import PUBLISHED_CUBIC
from analog_models.attention.leakage import PUBLISHED_LEAKAGE
from analog_models.attention.published import OUTPUT_SATURATION_A, SCORE_SATURATION_A
from rtl.attention_head_config import AttentionHeadConfig
from verification.cocotb_benches.setup import CLOCK_PERIOD_NS
from verification.golden.attention_head import array_coding

__all__ = ["GainCellArrays"]


@dataclass(frozen=True, kw_only=True)
class ArrayWires:
    """The wires between a head and its tiles, by the names of the head's port."""

    codes: Any
    column: Any
    write_key: Any
    write_value: Any
    valid: Any
    rows: Any
    integrate: Any
    drive: Any
    count: Any
    reset_scores: Any
    reset_sums: Any
    pulses: Any
    signs: Any

    @classmethod
    def find(cls, dut: Any) -> "ArrayWires":
        """Return those of ``dut``, found by Amaranth's naming ``arrays__member``."""
        return cls(**{each.name: getattr(dut, f"arrays__{each.name}") for each in fields(cls)})


class GainCellArrays:
    """Stands in for all tiles of a head: measures pulses on the wires, and gives pulses back.

    It knows nothing of tokens but what the wires say, and raises at whatever would spoil charge or
    voltages in a real array: a cell written while it is read, a write pulse cut short, codes or
    column that move under it, a converter that integrates without having been discharged or is
    discharged while it holds charge, a query pulse outside its phase. Cells never written hold
    anything.

    Parameters
    ----------
    dut : handle
        The head, its tiles outside.
    config : AttentionHeadConfig
        Its sizes.
    rng : numpy.random.Generator
        Source of what unwritten cells hold.
    """

    def __init__(self, dut: Any, config: AttentionHeadConfig, rng: np.random.Generator) -> None:
        self.config = config
        self.tasks: list[Any] = []
        self.clk = dut.clk
        self.wires = ArrayWires.find(dut)
        self.coding = array_coding(config)
        levels = 1 << config.stored_width
        shape = (config.window_tokens, config.head_dim)
        self.keys, self.values = rng.integers(levels, size=(2, *shape))
        self.written = np.zeros(config.window_tokens, dtype=np.int64)  # the token, by column
        self.value_written = np.zeros_like(self.written)
        self.token = -1
        ages = np.arange(config.window_tokens)[:, np.newaxis]
        stored_v = PUBLISHED_LEAKAGE.voltage_v(self.coding.level_v[np.newaxis], ages)
        self.current_a = PUBLISHED_CUBIC.current_a(stored_v)
        self.weight = np.zeros(config.window_tokens)

    def start(self) -> None:
        """Begin to live on the wires, until stopped."""
        wires = self.wires
        for task in (
            self._write("key", wires.write_key, self.keys, self.written, wires.integrate),
            self._write("value", wires.write_value, self.values, self.value_written, wires.drive),
            self._score(),
            self._sum(),
            self._hold("scores", wires.reset_scores, (wires.integrate, wires.drive)),
            self._hold("sums", wires.reset_sums, (wires.drive, wires.count)),
        ):
            self.tasks.append(cocotb.start_soon(task))

    def stop(self) -> None:
        """Leave the wires alone from now on."""
        for task in self.tasks:
            task.cancel()
        self.wires.pulses.value = 0

    async def _write(
        self,
        what: str,
        line: Any,
        cells: npt.NDArray[np.int64],
        written: npt.NDArray[np.int64],
        reading: Any,
    ) -> None:
        config = self.config
        token = 0
        while True:
            await ValueChange(line)
            await ReadOnly()  # until all wires have changed that change with it
            tiles = int(line.value)
            if not tiles:
                continue
            began = cycles_now()
            codes, column = int(self.wires.codes.value), int(self.wires.column.value)
            assert tiles.bit_count() == 1, f"a {what} is written to one tile, not {tiles:b}"
            assert not int(reading.value), f"a {what} must not be written while others are read"
            await ValueChange(line)
            assert cycles_now() - began == config.write_cycles, f"a {what}'s pulse is cut short"
            held = int(self.wires.codes.value), int(self.wires.column.value), int(line.value)
            assert held == (codes, column, 0), f"a {what} must hold until its pulse has ended"
            place = (tiles.bit_length() - 1) * config.tile_tokens + column
            width = config.stored_width
            cells[place] = [
                codes >> width * row & (1 << width) - 1 for row in range(config.head_dim)
            ]
            written[place] = token
            token += 1

    async def _hold(self, what: str, reset: Any, phases: tuple[Any, ...]) -> None:
        """Watch that converters are not discharged in the phases in which they hold charge."""
        while True:
            await First(*(ValueChange(each) for each in (reset, *phases)))
            await ReadOnly()  # until all wires have changed that change with it
            holds = any(int(each.value) for each in phases)
            assert not (holds and int(reset.value)), f"{what} are discharged while they are held"

    async def _score(self) -> None:
        """Integrate the query's pulses; what they charged decides how long each token drives."""
        while True:
            discharged = await discharge(self.wires.reset_scores)
            await RisingEdge(self.wires.integrate)
            await ReadOnly()
            assert discharged() >= self.config.reset_cycles, "scores begin without a discharge"
            assert not int(self.wires.write_key.value), "keys must not be read while one is written"
            self.token += 1
            widths = await self._pulse_widths()
            age = (self.token - self.written) % self.config.window_tokens
            score_a = self.current_a[age[:, np.newaxis], self.keys] @ (
                widths / self.coding.query_max
            )
            self.weight = np.clip(score_a / SCORE_SATURATION_A, 0.0, 1.0)
            if not int(self.wires.drive.value):
                await RisingEdge(self.wires.drive)
            await FallingEdge(self.wires.drive)

    async def _pulse_widths(self) -> npt.NDArray[np.int64]:
        """Return how long each row was high until the phase ends, cycles."""
        rows = self.config.head_dim
        widths = np.zeros(rows, dtype=np.int64)
        before, high = cycles_now(), 0
        end = FallingEdge(self.wires.integrate)
        change = ValueChange(self.wires.rows)
        high = int(self.wires.rows.value)
        while True:
            fired = await First(change, end)
            now = cycles_now()
            widths += (now - before) * bits_of(high, rows)
            before, high = now, int(self.wires.rows.value)
            if fired is end:
                assert not high, "a query pulse must end within its phase"
                return widths

    async def _sum(self) -> None:
        """Let the tokens drive the second array; what they charged is the head's output."""
        config = self.config
        while True:
            discharged = await discharge(self.wires.reset_sums)
            await RisingEdge(self.wires.drive)
            await ReadOnly()
            assert discharged() >= config.reset_cycles, "sums begin without a discharge"
            assert not int(self.wires.write_value.value), (
                "values must not be read while one is written"
            )
            valid = bits_of(int(self.wires.valid.value), config.window_tokens)
            token = self.token
            await FallingEdge(self.wires.drive)
            age = (token - self.value_written) % config.window_tokens
            columns_a = (self.weight * valid)[:, np.newaxis] * self.current_a[
                age[:, np.newaxis], self.values
            ]
            tiles_a = columns_a.reshape(config.tiles, config.tile_tokens, -1).sum(axis=1)
            await self._give_back(self.coding.output_codes(tiles_a / OUTPUT_SATURATION_A).ravel())

    async def _give_back(self, sums: npt.NDArray[np.int16]) -> None:
        """Pulse each output for as many cycles as its charge says."""
        if not int(self.wires.count.value):
            await RisingEdge(self.wires.count)
        self.wires.signs.value = number_of(sums < 0)
        sizes = np.abs(sums)
        for cycle in range(self.config.longest_count):
            self.wires.pulses.value = number_of(sizes > cycle)
            await RisingEdge(self.clk)
        self.wires.pulses.value = 0


async def discharge(line: Any) -> Any:
    """Wait until ``line`` is high; return what says for how long it has been, in cycles."""
    if not int(line.value):
        await RisingEdge(line)
    began = cycles_now()
    return lambda: cycles_now() - began


def cycles_now() -> int:
    """Return the cycles since the simulation began."""
    return round(get_sim_time("ns") / CLOCK_PERIOD_NS)


def bits_of(word: int, count: int) -> npt.NDArray[np.uint8]:
    """Return the lowest ``count`` bits of ``word``, the lowest first."""
    octets = np.frombuffer(word.to_bytes(-(-count // 8), "little"), dtype=np.uint8)
    return np.unpackbits(octets, count=count, bitorder="little")


def number_of(bits: npt.NDArray[np.bool_]) -> int:
    """Return the number that has these bits, the lowest first."""
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
