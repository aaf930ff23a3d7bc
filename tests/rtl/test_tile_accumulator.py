import numpy as np
import pytest

from rtl.tile_accumulator import TileAccumulator, TileAccumulatorConfig
from verification.attention_stimuli import tile_outputs
from verification.golden.tile_accumulator import tile_accumulator
from verification.pacing import PACES
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIGS = {
    "one_tile": TileAccumulatorConfig(lanes=2, tiles=1),
    "six_tiles": TileAccumulatorConfig(lanes=3, tiles=6, largest=15),
    "sixteen_tiles": TileAccumulatorConfig(lanes=2),
    "pairs": TileAccumulatorConfig(lanes=1, tiles=9, largest=1, fan_in=2),
}
STAGES = {"one_tile": 1, "six_tiles": 2, "sixteen_tiles": 2, "pairs": 4}


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    rng = np.random.default_rng(51)
    outputs = tile_outputs(config, 60, rng=rng)

    received = transfer(TileAccumulator(config), outputs, rng=rng, pace=pace)

    np.testing.assert_array_equal(received, tile_accumulator(outputs, config))


@pytest.mark.parametrize("name", CONFIGS)
def test_latency_and_throughput_are_as_declared(name):
    config = CONFIGS[name]
    outputs = tile_outputs(config, 20, rng=np.random.default_rng(52))
    dut = TileAccumulator(config)

    assert first_output_delay_cycles(dut, outputs[0].tolist()) == dut.latency == STAGES[name]
    assert cycles_per_payload(TileAccumulator(config), outputs) == 1.0


def test_sixteen_tiles_take_as_long_as_the_class_declares():
    assert TileAccumulator.latency == CONFIGS["sixteen_tiles"].stages == 2


def test_golden_matches_worked_example():
    config = TileAccumulatorConfig(lanes=2, tiles=3)

    assert tile_accumulator([[1, 16], [2, 16], [-3, 16]], config).tolist() == [0, 48]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lanes": 0}, r"lanes must be in 1\.\.4096, not 0"),
        ({"tiles": 0}, r"tiles must be in 1\.\.4096, not 0"),
        ({"largest": 0}, r"largest must be in 1\.\.32767, not 0"),
        ({"fan_in": 1}, r"fan_in must be in 2\.\.16, not 1"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        TileAccumulatorConfig(**fields)
