from dataclasses import replace

import numpy as np
import pytest

from analog_models.converter_bench import measure_converter
from analog_models.sar_adc import SarAdc, SarAdcConfig


def measure(config, *, seed=0, temperature_k=310.0):
    return measure_converter(
        SarAdc(config, mismatch_rng=np.random.default_rng(seed), temperature_k=temperature_k),
        sampling_rate_hz=24e3,
        tone_hz=1e3,
        noise_rng=np.random.default_rng(1),
    )


@pytest.mark.parametrize("bits", [9, 10])
def test_an_ideal_converter_has_all_its_bits(bits):
    measured = measure(
        SarAdcConfig(bits=bits, cap_mismatch=0, comparator_noise_v=0, offset_v=0), temperature_k=0
    )

    assert measured.enob_bits == pytest.approx(bits, abs=0.05)
    assert (measured.dnl_lsb, measured.inl_lsb) == pytest.approx((0, 0), abs=1e-9)
    assert measured.offset_lsb == pytest.approx(0, abs=0.01)


def test_noise_costs_the_bits_that_its_power_gives():
    config = SarAdcConfig(cap_mismatch=0.0, offset_v=0.0)
    measured = measure(config)

    noise_lsb = config.noise_v(310.0) / config.lsb_v
    assert measured.enob_bits == pytest.approx(
        10 - np.log2(np.sqrt(1 + 12 * noise_lsb**2)), abs=0.05
    )


def test_mismatch_costs_linearity_and_bits():
    good = measure(SarAdcConfig())
    bad = measure(SarAdcConfig(cap_mismatch=0.1), seed=3)

    assert good.dnl_lsb < 0.5
    assert bad.dnl_lsb > 0.5
    assert bad.inl_lsb > good.inl_lsb
    assert bad.enob_bits < good.enob_bits
    assert bad.sfdr_db < good.sfdr_db


def test_offset_is_read_in_codes():
    config = replace(SarAdcConfig(), offset_v=10e-3)
    adc = SarAdc(config, mismatch_rng=np.random.default_rng(4))

    assert measure(config, seed=4).offset_lsb == pytest.approx(adc.offset_v / config.lsb_v, abs=0.1)


def test_the_default_converter_serves_spikes():
    assert measure(SarAdcConfig()).enob_bits > 9.3  # 10 bits, kT/C, comparator and mismatch
    assert measure(SarAdcConfig(bits=9)).enob_bits > 8.6
