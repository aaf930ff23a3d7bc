import numpy as np
import pytest
from amaranth.sim import Simulator

from rtl.attention_head import AttentionHead, AttentionHeadConfig
from rtl.back_end import to_verilog
from rtl.gain_cell_twin import GainCellTwinConfig
from tests.rtl.attention_circuits import TwinHead, setting, twin_head
from verification.attention_stimuli import attention_scaling, attention_tokens
from verification.golden.attention_head import attention_head
from verification.pacing import PACES
from verification.simulating import run_to_end
from verification.streams import transfer

# Sixteen tiles at the published phases: tiles this small let a twin keep up with them.
SIXTEEN = AttentionHeadConfig(head_dim=2, window_tokens=64, tile_tokens=4, tiles_outside=True)
SIXTEEN_TWINS = GainCellTwinConfig(head_dim=2, tile_tokens=4, window_tokens=64)
COUNTED = AttentionHeadConfig(
    head_dim=3, window_tokens=6, tile_tokens=2, longest_count=15, tiles_outside=True
)
COUNTED_TWINS = GainCellTwinConfig(  # so easily saturated that two tokens fill a counter
    head_dim=3,
    tile_tokens=2,
    window_tokens=6,
    longest_count=15,
    score_saturation_a=20e-6,
    output_saturation_a=11e-6,
)


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_counted_codes_match_golden(pace):
    rng = np.random.default_rng(91)
    tokens, scaling = attention_tokens(COUNTED, 20, rng=rng), attention_scaling(COUNTED)
    dut = TwinHead(COUNTED, COUNTED_TWINS)

    received = transfer(
        dut, tokens, rng=rng, pace=pace, before=setting(dut, scaling), settle_cycles=150
    )

    expected = twin_head(tokens, scaling, COUNTED, COUNTED_TWINS)
    np.testing.assert_array_equal(received, expected)
    assert np.unique(expected).size > 5


def test_latency_and_interval_of_sixteen_tiles_are_as_declared():
    dut = TwinHead(SIXTEEN, SIXTEEN_TWINS)
    tokens = attention_tokens(SIXTEEN, 5, rng=np.random.default_rng(92))
    accepted, given = [], []

    async def bench(ctx):
        await setting(dut, attention_scaling(SIXTEEN))(ctx)
        ctx.set(dut.o.ready, 1)
        ctx.set(dut.i.valid, 1)
        for cycle in range(250):
            if len(accepted) < len(tokens):
                token = tokens[len(accepted)]
                ctx.set(dut.i.payload, {name: token[name].tolist() for name in token.dtype.names})
            if ctx.get(dut.i.ready):
                accepted.append(cycle)
            if ctx.get(dut.o.valid):
                given.append(cycle)
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    run_to_end(simulator)

    assert SIXTEEN.tiles == AttentionHeadConfig().tiles
    assert given[0] == AttentionHead.latency == 65  # offered in cycle 0
    assert accepted[0] == 1
    assert set(np.diff(given)) == set(np.diff(accepted)) == {34}
    assert AttentionHead.throughput == "1 token/34 cycles"


def test_tiles_are_black_boxes_in_the_netlist():
    config = AttentionHeadConfig(head_dim=2, window_tokens=6, tile_tokens=2)

    netlist = to_verilog(AttentionHead(config), name="attention_head")

    assert config.tiles == 3
    assert netlist.count(".HEAD_DIM(") == netlist.count(") macro (") == config.tiles
    assert netlist.count("module gain_cell_tile") == 1
    assert "input  wire [1:0] valid" in netlist
    assert "endmodule" in netlist.partition("module gain_cell_tile")[2]


def test_a_query_of_zeros_gets_nothing_and_a_lone_token_itself():
    config = AttentionHeadConfig(head_dim=64, window_tokens=64, tile_tokens=64)
    tokens = np.zeros(2, dtype=[(name, int, 64) for name in ("query", "key", "value")])
    tokens["query"][1], tokens["key"], tokens["value"] = 15, 7, 7
    as_it_is = {"gain": 1024, "offset": 0}

    scaling = dict.fromkeys(["query", "key", "value", "output"], as_it_is)
    outputs = attention_head(tokens, scaling, config)

    assert set(outputs[0]) == {0}
    # Two tokens of which each saturates its score: 2 x 10.31 uA of 40 uA are 8.2 sixteenths.
    assert set(outputs[1]) == {8}
