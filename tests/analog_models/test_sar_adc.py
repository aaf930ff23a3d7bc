import dataclasses
import math

import numpy as np
import pytest

from analog_models.sar_adc import SarAdc, SarAdcConfig
from analog_models.tone import coherent_cycles, measure_tone

IDEAL = SarAdcConfig(bits=10, reference_v=0.6, cap_mismatch=0.0, comparator_noise_v=0, offset_v=0)
SAMPLES = 1 << 14


def make(config, seed=0, temperature_k=0.0):
    return SarAdc(config, mismatch_rng=np.random.default_rng(seed), temperature_k=temperature_k)


def convert(adc, voltage_v, seed=0):
    return adc.convert(voltage_v, noise_rng=np.random.default_rng(seed))


@pytest.mark.parametrize("bits", [2, 9, 10, 16])
def test_ideal_limit_is_the_rounding_quantiser(bits):
    config = dataclasses.replace(IDEAL, bits=bits)
    voltage_v = np.linspace(-0.7, 0.7, 20_011)

    codes = convert(make(config), voltage_v)

    half = 1 << (bits - 1)
    expected = np.clip(np.floor(voltage_v / config.lsb_v + 0.5), -half, half - 1)
    np.testing.assert_array_equal(codes, expected)
    assert (codes.min(), codes.max()) == (config.code_min, config.code_max)


@pytest.mark.parametrize("bits", [8, 9, 10, 12])
def test_ideal_sndr_follows_the_6db_per_bit_law(bits):
    config = dataclasses.replace(IDEAL, bits=bits)
    cycles = coherent_cycles(tone_hz=1e3, sampling_rate_hz=24e3, samples=SAMPLES)
    amplitude_v = (2 ** (bits - 1) - 0.5) * config.lsb_v
    tone_v = amplitude_v * np.sin(2 * np.pi * cycles * np.arange(SAMPLES) / SAMPLES)

    measured = measure_tone(convert(make(config), tone_v), cycles=cycles, bits=bits)

    # The law takes the error as uniform: true to 0.2 dB of a sine at these widths.
    assert measured.sndr_db == pytest.approx(6.02 * bits + 1.76, abs=0.2)
    assert measured.enob_bits == pytest.approx(bits, abs=0.05)


def test_sampled_noise_is_that_of_two_capacitors():
    config = dataclasses.replace(IDEAL, bits=16, unit_cap_f=1e-18)
    codes = convert(make(config, temperature_k=300.0), np.zeros(200_000))

    expected_v = math.sqrt(2 * 1.380649e-23 * 300.0 / (32768 * 1e-18))  # sqrt(2kT/C), C a side
    assert config.sampling_noise_v(300.0) == pytest.approx(expected_v)
    assert codes.std() * config.lsb_v == pytest.approx(expected_v, rel=0.01)  # 1 / sqrt(2n): 0.2 %


def test_comparator_noise_adds_in_power():
    config = dataclasses.replace(IDEAL, bits=16, unit_cap_f=1e-18, comparator_noise_v=400e-6)
    codes = convert(make(config, temperature_k=300.0), np.zeros(200_000))

    expected_v = math.hypot(config.sampling_noise_v(300.0), 400e-6)
    assert codes.std() * config.lsb_v == pytest.approx(expected_v, rel=0.01)


def test_offset_moves_the_codes():
    config = dataclasses.replace(IDEAL, offset_v=10e-3)
    adc = make(config, seed=3)

    codes = convert(adc, np.zeros(1))

    assert codes[0] == math.floor(adc.offset_v / config.lsb_v + 0.5)
    assert codes[0] != 0


@pytest.mark.parametrize("bits", [4, 9, 10])
def test_transition_levels_are_where_the_codes_change(bits):
    adc = make(dataclasses.replace(IDEAL, bits=bits, cap_mismatch=0.03, offset_v=5e-3), seed=5)
    levels_v = adc.transition_levels_v

    above = convert(adc, levels_v + 1e-9).astype(int)
    below = convert(adc, levels_v - 1e-9).astype(int)

    rising = np.diff(levels_v, prepend=-np.inf, append=np.inf) > 2e-9
    regular = rising[1:] & rising[:-1]  # not next to a code that never appears
    np.testing.assert_array_equal((above - below)[regular], 1)
    assert regular.mean() > 0.8


def test_the_middle_step_spreads_by_the_law_of_matching():
    config = dataclasses.replace(IDEAL, cap_mismatch=0.005)
    zero = -config.code_min - 1  # index of the level at which code 0 begins
    widths = []
    for seed in range(1500):
        levels_v = make(config, seed=seed).transition_levels_v
        widths.append((levels_v[zero + 1] - levels_v[zero]) / config.lsb_v)

    # Largest capacitor less all others: 511 units, each side of each off by 0.005 / sqrt(2).
    expected = 0.005 * math.sqrt(511 / 2)
    assert np.std(widths) == pytest.approx(expected, rel=0.07)  # 3.8 / sqrt(2 * 1500)


def test_the_quarter_points_bend_by_the_law_of_matching():
    config = dataclasses.replace(IDEAL, cap_mismatch=0.005)
    quarter = 256 - config.code_min - 1
    bends = [
        make(config, seed=seed).transition_levels_v[quarter] / config.lsb_v - 255.5
        for seed in range(1500)
    ]

    # The largest capacitor against all others, both scaled to the same sum: half the difference.
    expected = 0.005 * math.sqrt(511 / 2) / 2
    assert np.std(bends) == pytest.approx(expected, rel=0.07)


def test_each_die_draws_its_own_capacitors_and_offset():
    config = dataclasses.replace(IDEAL, cap_mismatch=0.02, offset_v=1e-3)

    assert not np.array_equal(make(config, seed=1).weights, make(config, seed=2).weights)
    assert make(config, seed=1).offset_v != make(config, seed=2).offset_v
    np.testing.assert_array_equal(make(config, seed=1).weights, make(config, seed=1).weights)
    assert make(config, seed=1).offset_v == make(config, seed=1).offset_v


BAD = {
    "bits": ({"bits": 17}, "converter bits must be in 2..16, not 17"),
    "reference": ({"reference_v": 0.0}, "converter reference_v must be positive, not 0.0"),
    "capacitor": ({"unit_cap_f": -1.0}, "converter unit_cap_f must be positive, not -1.0"),
    "mismatch": (
        {"cap_mismatch": -0.1},
        "converter cap_mismatch must not be negative, not -0.1",
    ),
    "energy": (
        {"energy_per_conversion_j": math.nan},
        "converter energy_per_conversion_j must be a number, not nan",
    ),
}


@pytest.mark.parametrize(("values", "message"), BAD.values(), ids=list(BAD))
def test_bad_designs_are_refused(values, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        SarAdcConfig(**values)


def test_a_negative_temperature_is_refused():
    message = r"^converter temperature_k must not be negative, not -1.0$"
    with pytest.raises(ValueError, match=message):
        make(IDEAL, temperature_k=-1.0)
