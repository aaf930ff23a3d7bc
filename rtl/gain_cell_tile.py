"""Gain-cell tile: the analog macro of an attention head, a black box with wires."""

from dataclasses import dataclass

from amaranth.hdl import Instance, Module, Shape, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from rtl.checks import check_ranges
from rtl.streams import channel_shape

__all__ = ["GainCellTile", "GainCellTileConfig", "tile_declaration", "tile_members"]

MACRO = "gain_cell_tile"


@dataclass(frozen=True, kw_only=True)
class GainCellTileConfig:
    """Sizes of a :class:`GainCellTile`.

    Parameters
    ----------
    head_dim : int
        Rows of the key array and columns of the value array, in 1..4096.
    tile_tokens : int
        Tokens that are stored, in 1..65536.
    stored_width : int
        Bits of a stored code, in 1..8.
    """

    head_dim: int = 64
    tile_tokens: int = 64
    stored_width: int = 3

    def __post_init__(self) -> None:
        check_ranges(self, head_dim=(1, 4096), tile_tokens=(1, 1 << 16), stored_width=(1, 8))


def tile_members(config: GainCellTileConfig) -> dict[str, wiring.Member]:
    """Return the wires of a tile, as ``config`` sizes them and as the tile sees them."""
    return {
        "codes": In(config.head_dim * config.stored_width),
        "column": In(channel_shape(config.tile_tokens)),
        "write_key": In(1),
        "write_value": In(1),
        "valid": In(config.tile_tokens),
        "rows": In(config.head_dim),
        "integrate": In(1),
        "drive": In(1),
        "count": In(1),
        "reset_scores": In(1),
        "reset_sums": In(1),
        "pulses": Out(config.head_dim),
        "signs": Out(config.head_dim),
    }


class GainCellTile(wiring.Component):
    """Two arrays of gain cells with their converters, as a place in the netlist.

    The key array holds a token in each column; its rows are the head's dimensions. Currents of a
    column are integrated while ``integrate`` is high and give the token's score, which
    ``drive`` turns into a pulse, its width a hard sigmoid of the charge. That pulse drives the
    token's row of the value array, whose columns are again the head's dimensions; their charge is
    integrated while ``drive`` is high and given back, while ``count`` is high, as a pulse and a
    sign a column. Nothing here is clocked. The macro is module ``gain_cell_tile`` with parameters
    ``HEAD_DIM``, ``TILE_TOKENS`` and ``STORED_WIDTH``; its contract is in
    ``docs/blocks/attention_head.md``.

    Parameters
    ----------
    config : GainCellTileConfig
        Sizes.

    Members
    -------
    codes : ``In(config.head_dim * config.stored_width)``
        Voltages that a write stores, as codes.
    column : ``In(range(config.tile_tokens))``
        Column of the key array and row of the value array that is written.
    write_key, write_value : ``In(1)``
        Write pulses.
    valid : ``In(config.tile_tokens)``
        Tokens that are stored; all others contribute nothing at all.
    rows : ``In(config.head_dim)``
        The query's pulses.
    integrate, drive, count : ``In(1)``
        Phases.
    reset_scores, reset_sums : ``In(1)``
        Discharge of the converters behind the key and the value array.
    pulses, signs : ``Out(config.head_dim)``
        The outputs: pulses, and whether they are negative.
    """

    latency = 0

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

    def __init__(self, config: GainCellTileConfig | None = None) -> None:
        self.config = config = config or GainCellTileConfig()
        super().__init__(tile_members(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        wires = {
            f"{'i' if member.flow is In else 'o'}_{name}": getattr(self, name)
            for name, member in self.signature.members.items()
        }
        parameters = {f"p_{name}": value for name, value in _parameters(self.config).items()}
        m.submodules.macro = Instance(MACRO, **parameters, **wires)
        return m


def tile_declaration(config: GainCellTileConfig) -> str:
    """Return Verilog that declares the macro and has nothing inside.

    Parameters
    ----------
    config : GainCellTileConfig
        Sizes: the defaults of the macro's parameters, and the widths of its ports.

    Returns
    -------
    str
        A module, marked as a black box.
    """
    parameters = ",\n".join(
        f"  parameter {name} = {value}" for name, value in _parameters(config).items()
    )
    ports = ",\n".join(
        f"  {'input ' if member.flow is In else 'output'} wire "
        f"[{Shape.cast(member.shape).width - 1}:0] {name}"
        for name, member in tile_members(config).items()
    )
    return f"\n(* blackbox *)\nmodule {MACRO} #(\n{parameters}\n) (\n{ports}\n);\nendmodule\n"


def _parameters(config: GainCellTileConfig) -> dict[str, int]:
    return {
        "HEAD_DIM": config.head_dim,
        "TILE_TOKENS": config.tile_tokens,
        "STORED_WIDTH": config.stored_width,
    }
