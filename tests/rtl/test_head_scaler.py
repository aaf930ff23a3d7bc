import numpy as np
import pytest

from rtl.head_scaler import HeadScaler, HeadScalerConfig
from verification.attention_stimuli import scaler_vectors
from verification.golden.head_scaler import head_scaler
from verification.pacing import PACES
from verification.streams import cycles_per_payload, first_output_delay_cycles, transfer

CONFIGS = {
    "queries": HeadScalerConfig(lanes=3),
    "outputs": HeadScalerConfig(
        lanes=2, in_width=10, gain_width=9, fraction_bits=4, code_min=-128, code_max=127
    ),
    "one_bit": HeadScalerConfig(
        lanes=1, in_width=2, gain_width=2, offset_width=2, fraction_bits=1, code_max=1
    ),
}


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


@pytest.mark.parametrize("pace", PACES.values(), ids=list(PACES))
def test_matches_golden(config, pace):
    rng = np.random.default_rng(41)
    vectors = scaler_vectors(config, 120, rng=rng)
    gain, offset = (vectors["scaling"][name][:, np.newaxis] for name in ("gain", "offset"))

    received = transfer(HeadScaler(config), vectors, rng=rng, pace=pace)

    np.testing.assert_array_equal(received, head_scaler(vectors["values"], gain, offset, config))


def test_every_value_of_the_smallest_matches_golden():
    config = CONFIGS["one_bit"]
    every = [
        {"values": [value], "scaling": {"gain": gain, "offset": offset}}
        for value in range(-2, 2)
        for gain in range(-2, 2)
        for offset in range(-2, 2)
    ]

    received = transfer(HeadScaler(config), every, rng=np.random.default_rng(0))

    expected = [
        head_scaler(each["values"], each["scaling"]["gain"], each["scaling"]["offset"], config)
        for each in every
    ]
    np.testing.assert_array_equal(received, expected)


def test_latency_and_throughput_are_as_declared(config):
    vectors = scaler_vectors(config, 30, rng=np.random.default_rng(42))

    assert first_output_delay_cycles(HeadScaler(config), vectors[0]) == HeadScaler.latency
    assert cycles_per_payload(HeadScaler(config), vectors) == 1.0


def test_golden_matches_worked_example():
    """Gain 0.75, offset 1.5: 2 becomes 3, 0 and 4 are ties that go to the even code."""
    config = HeadScalerConfig(fraction_bits=2)

    assert head_scaler([2, 0, 4, -4, 40], 3, 6, config).tolist() == [3, 2, 4, 0, 15]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lanes": 0}, r"lanes must be in 1\.\.4096, not 0"),
        ({"in_width": 1}, r"in_width must be in 2\.\.24, not 1"),
        ({"gain_width": 25}, r"gain_width must be in 2\.\.24, not 25"),
        ({"offset_width": 49}, r"offset_width must be in 2\.\.48, not 49"),
        ({"fraction_bits": 0}, r"fraction_bits must be in 1\.\.24, not 0"),
        ({"code_min": 3, "code_max": 3}, r"code_max must be in 4\.\.32767, not 3"),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        HeadScalerConfig(**fields)
