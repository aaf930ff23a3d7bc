"""A head whose tiles are twins, and what it should put out."""

import numpy as np
from amaranth.hdl import Elaboratable, Module
from amaranth.lib import wiring

from rtl.attention_head import AttentionHead
from rtl.gain_cell_twin import GainCellTwin
from verification.golden.attention_head import token_codes
from verification.golden.gain_cell_twin import gain_cell_twin
from verification.golden.head_scaler import head_scaler
from verification.register_access import write_register

OWN = {"write_key", "write_value", "valid", "pulses", "signs"}  # of each tile


class TwinHead(Elaboratable):
    """Streams in, streams out, and no array that is not a circuit."""

    def __init__(self, head_config, twin_config):
        self.config, self.twin_config = head_config, twin_config
        self.head = AttentionHead(head_config)
        self.i, self.o, self.bus = self.head.i, self.head.o, self.head.bus

    def elaborate(self, _platform):
        m = Module()
        m.submodules.head = head = self.head
        for tile in range(self.config.tiles):
            m.submodules[f"tile_{tile}"] = twin = GainCellTwin(self.twin_config)
            for name, member in twin.signature.members.items():
                own, wires = getattr(twin, name), getattr(head.arrays, name)
                if name in OWN:
                    wires = wires[tile * len(own) : (tile + 1) * len(own)]
                m.d.comb += own.eq(wires) if member.flow is wiring.In else wires.eq(own)
        return m


def setting(dut, scaling):
    """What writes gains and offsets to the registers first."""

    async def before(ctx):
        for address, word in dut.config.register_writes(scaling):
            await write_register(ctx, dut.bus, address, word)

    return before


def twin_head(tokens, scaling, config, twin_config):
    """Outputs of a head whose tiles are twins, from the definition of the window."""
    query, key, value = token_codes(tokens, scaling, config)
    sums = np.zeros((len(tokens), config.head_dim), dtype=np.int64)
    for i in range(len(tokens)):
        seen = np.arange(max(0, i - config.window_tokens + 1), i + 1)
        tile = seen % config.window_tokens // config.tile_tokens
        for n in np.unique(tile):
            own = seen[tile == n]
            sums[i] += gain_cell_twin(query[i], key[own], value[own], i - own, twin_config)
    output = scaling["output"]
    return head_scaler(sums, output["gain"], output["offset"], config.output_scaler)
