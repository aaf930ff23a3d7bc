import math

import numpy as np
import pytest

from analog_models.tone import coherent_cycles, fit_sine, measure_tone, spectrum

SAMPLES = 4096
CYCLES = 171
PHASE = 2 * np.pi * CYCLES * np.arange(SAMPLES) / SAMPLES


@pytest.mark.parametrize(
    ("tone_hz", "cycles"), [(1.0, 1), (1e3, 171), (5e3, 853), (11.999e3, 2047)]
)
def test_cycles_are_odd_and_inside_the_band(tone_hz, cycles):
    found = coherent_cycles(tone_hz=tone_hz, sampling_rate_hz=24e3, samples=SAMPLES)

    assert found == cycles
    assert math.gcd(found, SAMPLES) == 1


def test_tones_outside_the_band_and_odd_records_are_refused():
    message = r"^tone must be between 0 and half the sampling rate 24000.0 Hz, not 12000.0 Hz$"
    with pytest.raises(ValueError, match=message):
        coherent_cycles(tone_hz=12e3, sampling_rate_hz=24e3, samples=SAMPLES)
    with pytest.raises(ValueError, match=r"^tone samples must be a power of two from 16, not 100"):
        coherent_cycles(tone_hz=1e3, sampling_rate_hz=24e3, samples=100)


def test_the_fit_finds_amplitude_offset_and_residue():
    fit = fit_sine(3.0 * np.sin(PHASE + 0.4) - 1.0 + 0.1 * np.sin(2 * PHASE), cycles=CYCLES)

    assert (fit.amplitude, fit.offset) == pytest.approx((3.0, -1.0))
    np.testing.assert_allclose(fit.residue, 0.1 * np.sin(2 * PHASE), atol=1e-9)


def test_known_noise_and_distortion_are_found():
    codes = 400.0 * np.sin(PHASE) + 4.0 * np.cos(3 * PHASE) + 2.0 * np.sin(5 * PHASE)
    codes += np.random.default_rng(0).normal(0.0, 1.0, SAMPLES)

    measured = measure_tone(codes, cycles=CYCLES, bits=10)

    noise_and_distortion = 4.0**2 / 2 + 2.0**2 / 2 + 1.0
    assert measured.sndr_db == pytest.approx(
        10 * math.log10(400.0**2 / 2 / noise_and_distortion), abs=0.1
    )
    assert measured.sfdr_db == pytest.approx(40.0, abs=0.1)
    assert measured.thd_db == pytest.approx(-20 * math.log10(400 / math.hypot(4, 2)), abs=0.1)
    assert measured.enob_bits == pytest.approx(
        10 - math.log2(math.sqrt(12 * noise_and_distortion)), abs=0.02
    )


def test_harmonics_beyond_half_the_sampling_rate_fold_back():
    cycles = 853  # the third harmonic, 2559 cycles, appears at 1537
    phase = 2 * np.pi * cycles * np.arange(SAMPLES) / SAMPLES
    codes = 100.0 * np.sin(phase) + 1.0 * np.sin(3 * phase)

    measured = measure_tone(codes, cycles=cycles, bits=8)

    assert measured.thd_db == pytest.approx(-40.0, abs=1e-6)


def test_an_absent_tone_is_refused():
    message = r"^tone must come out of the channel, not a constant code$"
    with pytest.raises(ValueError, match=message):
        measure_tone(np.zeros(SAMPLES), cycles=CYCLES, bits=10)


def test_a_full_scale_sine_is_at_0_dbfs():
    record = np.tile(512.0 * np.sin(PHASE), 3) + 7.0
    found = spectrum(record, cycles=CYCLES, bits=10, sampling_rate_hz=24e3)

    assert found.frequency_hz.size == found.power_dbfs.size == 2048
    assert found.power_dbfs[CYCLES - 1] == pytest.approx(0.0, abs=1e-6)
    assert np.delete(found.power_dbfs, CYCLES - 1).max() < -150
    assert found.frequency_hz[CYCLES - 1] == pytest.approx(found.tone_hz)
    assert found.frequency_hz[-1] == 12e3


def test_power_of_the_lines_adds_up_to_that_of_the_record():
    record = np.random.default_rng(0).normal(0.0, 5.0, 4 * SAMPLES)
    found = spectrum(record, cycles=CYCLES, bits=10, sampling_rate_hz=24e3)

    total = np.sum(10 ** (found.power_dbfs / 10)) * 512**2 / 2
    assert total == pytest.approx(record.var(), rel=2e-3)  # the means of segments are left out


def test_the_last_line_holds_half_the_sampling_rate():
    found = spectrum(np.tile([3.0, -3.0], SAMPLES), cycles=CYCLES, bits=10, sampling_rate_hz=24e3)

    assert found.power_dbfs[-1] == pytest.approx(10 * math.log10(9.0 / (512**2 / 2)))


def test_a_broken_segment_is_refused():
    with pytest.raises(ValueError, match=r"^spectrum record must be a multiple of 4096, not 100$"):
        spectrum(np.zeros(100), cycles=3, bits=10, sampling_rate_hz=24e3)
