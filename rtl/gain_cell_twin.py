"""Gain-cell twin: a tile of gain cells in fixed point, for FPGAs and fast simulation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from amaranth.hdl import Array, Cat, Module, Mux, Shape, Signal, signed, unsigned
from amaranth.lib import data, memory, wiring

from rtl.checks import check_ranges
from rtl.gain_cell_tile import GainCellTileConfig, tile_members

__all__ = ["GainCellTwin", "GainCellTwinConfig"]

COEFFICIENT_BITS = 32  # fraction bits of a term of the cell's current
CURRENT_BITS = 20  # of a current, and of the sums
WEIGHT_BITS = 16  # of a score's pulse, of which 1 is the longest
GAIN_BITS = 24  # of what turns a sum of currents into a pulse
PIPELINE_CYCLES = 5  # from reading a column to the sums that have it


@dataclass(frozen=True, kw_only=True)
class GainCellTwinConfig:
    """Sizes and physics of a :class:`GainCellTwin`.

    Parameters
    ----------
    head_dim : int
        Rows of the key array and columns of the value array, in 1..1024.
    tile_tokens : int
        Tokens that are stored, in 1..1024.
    window_tokens : int
        Tokens after which a column is written again, in ``tile_tokens``..65536.
    longest_count : int
        Longest output pulse, in 15..16 cycles, of which 16 are the saturation.
    cell_a_per_v : tuple of float
        Current of a cell: coefficients of ascending powers of the stored voltage less half of
        ``full_scale_v``, amps per volt to the power. The published cubic at 0.9 V, which is that of
        :data:`analog_models.attention.cell_law.PUBLISHED_CUBIC`.
    full_scale_v : float
        Voltage of the highest stored code, volts.
    decay_per_token : float
        Rate at which the stored voltage relaxes to half of ``full_scale_v``; as published.
    score_saturation_a, output_saturation_a : float
        Mean currents over the longest pulse that saturate the converters, amps; as published.
    """

    head_dim: int = 64
    tile_tokens: int = 64
    window_tokens: int = 1024
    longest_count: int = 16
    cell_a_per_v: tuple[float, ...] = (
        5.2136361391e-07,
        1.3612260634e-05,
        -2.620445619e-06,
        4.605483778e-05,
    )
    full_scale_v: float = 0.9
    decay_per_token: float = 1.6e-4
    score_saturation_a: float = 80e-6
    output_saturation_a: float = 40e-6

    def __post_init__(self) -> None:
        check_ranges(
            self,
            head_dim=(1, 1024),
            tile_tokens=(1, 1024),
            window_tokens=(self.tile_tokens, 1 << 16),
            longest_count=(15, 16),
        )
        if len(self.cell_a_per_v) != 4:
            raise ValueError(
                f"cell_a_per_v must be the 4 coefficients of a cubic, not {self.cell_a_per_v!r}"
            )
        if not 0 <= self.decay_per_token < 1:
            raise ValueError(f"decay_per_token must be in [0, 1), not {self.decay_per_token!r}")
        for name in ("full_scale_v", "score_saturation_a", "output_saturation_a"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        self._check_currents()

    def _check_currents(self) -> None:
        """Raise unless every cell's current is a fraction of the output's saturation."""
        codes = range(-7, 8, 2)
        largest = max(
            abs(sum(term * code**power for power, term in enumerate(terms)))
            for terms in self.coefficients
            for code in codes
        )
        if largest >= (1 << COEFFICIENT_BITS) - (1 << COEFFICIENT_BITS - CURRENT_BITS):
            largest_a = largest / 2**COEFFICIENT_BITS * self.output_saturation_a
            raise ValueError(
                f"output_saturation_a must exceed the largest current of a cell, "
                f"{largest_a:.4g}, but {self.output_saturation_a!r} does not"
            )

    @property
    def tile(self) -> GainCellTileConfig:
        """Sizes of the tile that the twin stands for: queries of 4 bits, stored codes of 3."""
        return GainCellTileConfig(head_dim=self.head_dim, tile_tokens=self.tile_tokens)

    @property
    def drive_cycles(self) -> int:
        """Cycles of the drive phase that the twin needs: it takes one column after the other."""
        return self.tile_tokens + PIPELINE_CYCLES

    @cached_property
    def coefficients(self) -> tuple[tuple[int, ...], ...]:
        """Terms of a cell's current by age and power of its code, over the output's saturation.

        The code is the odd integer -7 to 7 of units of a fourteenth of full scale.
        """
        unit_v = self.full_scale_v / 14
        exact = [
            cell_a * unit_v**power / self.output_saturation_a
            for power, cell_a in enumerate(self.cell_a_per_v)
        ]
        return tuple(
            tuple(
                round(term * math.exp(-self.decay_per_token * age * power) * 2**COEFFICIENT_BITS)
                for power, term in enumerate(exact)
            )
            for age in range(self.window_tokens)
        )

    @property
    def score_gain(self) -> int:
        """What turns a sum of currents, times 15, into a share of the longest pulse."""
        ratio = self.output_saturation_a / (15 * self.score_saturation_a)
        return round(ratio * 2 ** (GAIN_BITS + WEIGHT_BITS - CURRENT_BITS))


class GainCellTwin(wiring.Component):
    """Do what a tile of ideal gain cells does, at the same wires, with a clock.

    The query's pulses are counted while ``integrate`` is high. While ``drive`` is high, which must
    be for ``config.drive_cycles``, one token follows another: the moments of its key's codes,
    weighted by the query, are exact integers; with the token's age they give its score, and that
    weights the currents of its value's cells. While ``count`` is high the sums are given back as
    pulses. A key that is written while an earlier token is being computed waits until that is over:
    the charge of a real array is integrated by then.

    Latency is :attr:`latency` cycles from the beginning of the drive phase to the sums, by default;
    throughput is that of the schedule.

    The bit-exact model is :func:`verification.golden.gain_cell_twin.gain_cell_twin`.

    Parameters
    ----------
    config : GainCellTwinConfig
        Sizes and physics.

    Members
    -------
    codes, column, write_key, write_value, valid, rows, integrate, drive, count : ``In``
    reset_scores, reset_sums : ``In``
    pulses, signs : ``Out``
        As those of :class:`~rtl.gain_cell_tile.GainCellTile`.
    """

    latency = GainCellTwinConfig().drive_cycles
    throughput = "1 token/drive phase"

    codes: Signal
    column: Signal
    write_key: Signal
    write_value: Signal
    valid: Signal
    rows: Signal
    integrate: Signal
    drive: Signal
    count: Signal
    reset_scores: Signal
    reset_sums: Signal
    pulses: Signal
    signs: Signal

    def __init__(self, config: GainCellTwinConfig | None = None) -> None:
        self.config = config = config or GainCellTwinConfig()
        super().__init__(tile_members(config.tile))
        self.latency = config.drive_cycles

    def elaborate(self, platform: object) -> Module:
        m = Module()
        query = self._measured_query(m)
        valid, key, value, coefficients = self._columns(m)
        scores = self._scores(m, query, key, coefficients)
        currents = self._currents(m, coefficients)
        weight = Signal(unsigned(WEIGHT_BITS + 1))
        one = 1 << WEIGHT_BITS
        half = 1 << (GAIN_BITS - 1)
        share = (scores * self.config.score_gain + half) >> GAIN_BITS
        m.d.sync += weight.eq(Mux(share < 0, 0, Mux(share > one, one, share)))
        self._add_up(m, weight, currents, self._delayed(m, valid, 3), self._delayed(m, value, 3))
        return m

    def _measured_query(self, m: Module) -> list[Signal]:
        """Count the cycles of each row's pulse."""
        query = [Signal(4, name=f"query_{row}") for row in range(self.config.head_dim)]
        for row, width in enumerate(query):
            with m.If(self.reset_scores):
                m.d.sync += width.eq(0)
            with m.Elif(self.integrate & self.rows[row]):
                m.d.sync += width.eq(width + 1)
        return query

    def _columns(self, m: Module) -> tuple[Signal, Any, Any, Any]:
        """Store columns, and read one a cycle; return what is valid, key, value; and terms.

        The first three are those of the column read in the cycle before; the terms of its current,
        which follow from its age, come another cycle later.
        """
        config = self.config
        column = data.ArrayLayout(unsigned(3), config.head_dim)
        now = Signal(range(config.window_tokens))  # ages are differences, so it may wrap
        age_shape = now.shape()
        index, read_index = Signal(range(config.tile_tokens + 1)), Signal.like(self.column)
        was_integrating, pending = Signal(), Signal()
        pending_codes, pending_column = Signal(column), Signal.like(self.column)
        stores = {}
        for name, shape in (("key", column), ("value", column), ("stamp", age_shape)):
            m.submodules[name] = store = memory.Memory(
                shape=shape, depth=config.tile_tokens, init=[]
            )
            stores[name] = store.write_port(), store.read_port()
            m.d.comb += stores[name][1].addr.eq(index)
        begins = Signal()
        next_now = Signal.like(now)
        m.d.comb += [
            begins.eq(self.integrate & ~was_integrating),
            next_now.eq(Mux(now == config.window_tokens - 1, 0, now + 1)),
            stores["key"][0].en.eq(begins & pending),
            stores["stamp"][0].en.eq(begins & pending),
            stores["key"][0].addr.eq(pending_column),
            stores["stamp"][0].addr.eq(pending_column),
            stores["key"][0].data.eq(pending_codes),
            stores["stamp"][0].data.eq(next_now),
            stores["value"][0].en.eq(self.write_value),
            stores["value"][0].addr.eq(self.column),
            stores["value"][0].data.eq(self.codes),
        ]
        m.d.sync += was_integrating.eq(self.integrate)
        with m.If(self.write_key):
            m.d.sync += [
                pending.eq(1),
                pending_codes.eq(self.codes),
                pending_column.eq(self.column),
            ]
        with m.Elif(begins):
            m.d.sync += pending.eq(0)
        with m.If(begins):
            m.d.sync += now.eq(next_now)

        is_read = Signal()
        m.d.sync += [is_read.eq(self.drive & (index != config.tile_tokens)), read_index.eq(index)]
        with m.If(~self.drive):
            m.d.sync += index.eq(0)
        with m.Elif(index != config.tile_tokens):
            m.d.sync += index.eq(index + 1)

        # Powers of the code, less the constant, by age.
        terms = [range_shape([row[n] for row in config.coefficients]) for n in (1, 2, 3)]
        term_layout = data.ArrayLayout(max(terms, key=lambda shape: shape.width), 3)
        m.submodules.terms = table = memory.Memory(
            shape=term_layout,
            depth=config.window_tokens,
            init=cast(Any, [list(row[1:]) for row in config.coefficients]),
        )
        of_age = table.read_port()
        stamp = stores["stamp"][1].data
        wrapped = Mux(now < stamp, now + config.window_tokens, now)
        m.d.comb += of_age.addr.eq(wrapped - stamp)
        valid = Signal()
        m.d.comb += valid.eq(is_read & self.valid.bit_select(read_index, 1))
        return valid, stores["key"][1].data, stores["value"][1].data, of_age.data

    def _scores(self, m: Module, query: list[Signal], key: Any, terms: Any) -> Signal:
        """Return the sum of currents of a column, weighted by the query, two cycles later."""
        codes = [2 * key[row] - 7 for row in range(self.config.head_dim)]
        limit = 15 * self.config.head_dim
        moments = []
        for power in range(4):
            largest = limit * 7**power
            moments.append(moment := Signal(range(-largest, largest + 1), name=f"moment_{power}"))
            weighted = list(query)
            for _ in range(power):
                weighted = [term * code for term, code in zip(weighted, codes, strict=True)]
            m.d.sync += moment.eq(tree_sum(weighted))
        exact = moments[0] * self.config.coefficients[0][0] + tree_sum(
            [moment * terms[n] for n, moment in enumerate(moments[1:])]
        )
        score = Signal(signed(CURRENT_BITS + limit.bit_length() + 1))  # currents are below 1
        m.d.sync += score.eq(exact >> (COEFFICIENT_BITS - CURRENT_BITS))
        return score

    def _currents(self, m: Module, terms: Any) -> list[Signal]:
        """Return the current of each stored code in a column, with its score's weight."""
        drop = COEFFICIENT_BITS - CURRENT_BITS
        constant = self.config.coefficients[0][0] + (1 << (drop - 1))
        currents = []
        for level in range(8):
            code = 2 * level - 7
            current = Signal(signed(CURRENT_BITS + 1), name=f"current_{level}")
            exact = tree_sum([constant, *(terms[n] * code ** (n + 1) for n in range(3))])
            m.d.sync += current.eq(exact >> drop)
            currents.append(self._delayed(m, current, 1))
        return currents

    def _add_up(
        self, m: Module, weight: Signal, currents: list[Signal], valid: Signal, value: Any
    ) -> None:
        """Weight the currents, add up those that the value's codes ask for, and give sums back."""
        config = self.config
        half = 1 << (WEIGHT_BITS - 1)
        weighted = [
            Signal.like(current, name=f"weighted_{n}") for n, current in enumerate(currents)
        ]
        m.d.sync += [
            product.eq((current * weight + half) >> WEIGHT_BITS)
            for product, current in zip(weighted, currents, strict=True)
        ]
        adds, code = self._delayed(m, valid, 1), self._delayed(m, value, 1)
        passed = Signal(range(config.longest_count + 1))  # cycles of the pulses before this one
        m.d.sync += passed.eq(Mux(self.count, passed + 1, 0))
        drop = CURRENT_BITS - 4  # to sixteenths of the saturation
        for row in range(config.head_dim):
            total = Signal(
                signed(CURRENT_BITS + 1 + config.tile_tokens.bit_length()), name=f"total_{row}"
            )
            with m.If(self.reset_sums):
                m.d.sync += total.eq(0)
            with m.Elif(adds):
                m.d.sync += total.eq(total + Array(weighted)[code[row]])
            size = Signal(unsigned(len(total)), name=f"size_{row}")
            almost_half = (1 << (drop - 1)) - 1
            rounded = (size + almost_half + Cat(size[drop])) >> drop
            m.d.comb += [
                size.eq(Mux(total < 0, -total, total)),
                self.signs[row].eq(total < 0),
                self.pulses[row].eq(
                    self.count & (rounded > passed) & (passed < config.longest_count)
                ),
            ]

    def _delayed(self, m: Module, value: Any, cycles: int) -> Any:
        """Return ``value`` as it was ``cycles`` cycles ago."""
        for _ in range(cycles):
            later = Signal.like(value)
            m.d.sync += later.eq(value)
            value = later
        return value


def range_shape(numbers: Sequence[int]) -> Shape:
    """Return the narrowest signed shape that holds ``numbers``."""
    return signed(max(Shape.cast(range(-abs(n), abs(n) + 1)).width for n in numbers))


def tree_sum(terms: Sequence[Any]) -> Any:
    """Return the sum of ``terms``, added in pairs: the shortest way through adders."""
    while len(terms) > 1:
        pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*pairs, *terms[len(terms) - len(terms) % 2 :]]
    return terms[0]
