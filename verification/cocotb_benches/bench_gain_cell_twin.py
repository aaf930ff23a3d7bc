"""Bench for the exported Verilog of :class:`rtl.gain_cell_twin.GainCellTwin`."""

from typing import Any

import cocotb
import numpy as np
import numpy.typing as npt
from cocotb.triggers import RisingEdge

from rtl.gain_cell_twin import GainCellTwinConfig
from verification.cocotb_benches.gain_cell_arrays import bits_of, number_of
from verification.cocotb_benches.setup import bench_setup, scaled, seeded_rng, start
from verification.golden.gain_cell_twin import gain_cell_twin

INTEGRATE_CYCLES = 16
COUNT_CYCLES = 16


class TileDriver:
    """Takes a tile through the phases of one token after the other, as a head would."""

    def __init__(self, dut: Any, config: GainCellTwinConfig) -> None:
        self.dut, self.config = dut, config
        self.edge = RisingEdge(dut.clk)

    async def token(
        self, query: npt.NDArray[np.int64], stored: tuple[int, Any, Any] | None, valid: int
    ) -> npt.NDArray[np.int64]:
        """Write a key and a value, if any, into a column; return what the query gets."""
        dut, config = self.dut, self.config
        if stored:
            await self.write("write_key", stored[0], stored[1])
        dut.reset_scores.value, dut.integrate.value = 0, 1
        for cycle in range(INTEGRATE_CYCLES):
            dut.rows.value = number_of(query > cycle)
            if stored and cycle < 2:
                dut.write_value.value, dut.column.value = 1 - cycle, stored[0]
                dut.codes.value = word_of(stored[2])
            await self.edge
        dut.integrate.value, dut.valid.value = 0, valid
        dut.drive.value, dut.reset_sums.value = 1, 0
        for _ in range(config.drive_cycles):
            await self.edge
        dut.drive.value, dut.reset_scores.value, dut.count.value = 0, 1, 1
        sizes = np.zeros(config.head_dim, dtype=np.int64)
        signs = sizes
        await self.edge
        for _ in range(COUNT_CYCLES):
            sizes = sizes + bits_of(int(dut.pulses.value), config.head_dim)
            signs = bits_of(int(dut.signs.value), config.head_dim)
            await self.edge
        dut.count.value, dut.reset_sums.value = 0, 1
        await self.edge
        await self.edge
        return np.where(signs, -sizes, sizes)

    async def write(self, line: str, column: int, codes: npt.NDArray[np.int64]) -> None:
        """Write one column."""
        self.dut.column.value, self.dut.codes.value = column, word_of(codes)
        getattr(self.dut, line).value = 1
        await self.edge
        getattr(self.dut, line).value = 0
        await self.edge


def word_of(codes: npt.NDArray[np.int64]) -> int:
    """Return stored codes as the number on the wires."""
    return sum(int(code) << 3 * row for row, code in enumerate(codes))


@cocotb.test(timeout_time=20, timeout_unit="ms")
async def gives_what_the_model_gives(dut: Any) -> None:
    config: GainCellTwinConfig = bench_setup().config
    dim, columns, window = config.head_dim, config.tile_tokens, config.window_tokens
    rng = seeded_rng()
    count = bench_setup().parameters.get("tokens", max(scaled(4 * window), window + 4))
    query = rng.integers(0, 16, size=(count, dim))
    query[1], query[2], query[4:] = (
        0,
        15,
        np.maximum(query[4:], rng.integers(16, size=(count - 4, 1))),
    )
    key = np.maximum(rng.integers(8, size=(count, dim)), rng.integers(8, size=(count, 1)))
    value = np.where(
        np.arange(dim) % 3, rng.integers(8, size=(count, dim)), 7 * (np.arange(dim) % 2)
    )
    key[:4], value[:4] = 7, [[7], [0], [7], [0]]
    driver = TileDriver(dut, config)
    await start(dut)
    dut.reset_scores.value, dut.reset_sums.value = 1, 1
    await driver.edge

    written: dict[int, int] = {}  # token by column
    for token in range(count):
        column = token % window  # those beyond this tile belong to others
        stored = (column, key[token], value[token]) if column < columns else None
        if stored:
            written[column] = token
        # Columns that were written may be hidden as well: those that never were weigh nothing here.
        shown = [each for each in written if each == column or rng.random() < 0.8]
        seen = np.array(sorted(written[each] for each in shown), dtype=np.int64)
        valid = sum(1 << each for each in shown)

        received = await driver.token(query[token], stored, valid)

        expected = gain_cell_twin(query[token], key[seen], value[seen], token - seen, config)
        np.testing.assert_array_equal(received, expected, err_msg=f"token {token}")
