import numpy as np
import pytest

from rtl.lfp_decimator_config import LfpDecimatorConfig

CONFIGS = {
    "default": LfpDecimatorConfig(),
    "20_kS": LfpDecimatorConfig(sampling_rate_hz=20e3, decimation=20, sample_width=12),
    "30_kS": LfpDecimatorConfig(sampling_rate_hz=30e3, decimation=30),
    "fine": LfpDecimatorConfig(alias_db=80.0, ripple_db=0.03, coefficient_width=17),
    "wide_band": LfpDecimatorConfig(pass_hz=400.0),
    "narrow_band": LfpDecimatorConfig(pass_hz=50.0, decimation=128),
    "shortest": LfpDecimatorConfig(sampling_rate_hz=4e3, decimation=4, sample_width=2),
    "widest": LfpDecimatorConfig(sample_width=16, output_width=16, coefficient_width=18),
}


def spectrum(config, points=1 << 19):
    """Return frequencies and the gain there, of the integers, by Fourier transform."""
    unit = 2.0 ** (config.comb_shift + config.tap_shift + config.output_width - config.sample_width)
    frequency_hz = np.fft.rfftfreq(points, 1 / config.sampling_rate_hz)
    return frequency_hz, np.abs(np.fft.rfft(config.impulse_response, points)) / unit


def distance_hz(frequency_hz, config):
    """Return how far each frequency is from a multiple of the output rate."""
    rate_hz = config.output_rate_hz
    return np.abs(frequency_hz - np.rint(frequency_hz / rate_hz) * rate_hz)


@pytest.fixture(params=CONFIGS.values(), ids=list(CONFIGS))
def config(request):
    return request.param


def test_the_integers_keep_to_ripple_and_alias(config):
    frequency_hz, gain = spectrum(config)
    kept = frequency_hz <= config.pass_hz
    folds = (distance_hz(frequency_hz, config) <= config.pass_hz) & ~kept

    assert np.max(np.abs(20 * np.log10(gain[kept]))) <= config.ripple_db
    assert -20 * np.log10(np.max(gain[folds])) >= config.alias_db


def test_the_figures_are_those_of_the_spectrum(config):
    frequency_hz, gain = spectrum(config)
    kept = frequency_hz <= config.pass_hz
    folds = (distance_hz(frequency_hz, config) <= config.pass_hz) & ~kept

    # Both look at a grid of frequencies, each at another one.
    ripple_db = np.max(np.abs(20 * np.log10(gain[kept])))
    assert config.pass_ripple_db == pytest.approx(ripple_db, abs=2e-3)
    assert config.alias_attenuation_db == pytest.approx(
        -20 * np.log10(np.max(gain[folds])), abs=0.1
    )
    np.testing.assert_allclose(config.response(frequency_hz), gain, atol=1e-9)


def test_the_boxes_stop_alone_what_the_taps_let_through_again():
    """At twice the output rate the taps pass what they pass at 0 Hz."""
    config = LfpDecimatorConfig()
    again_hz = 2 * config.output_rate_hz - np.array([0.0, config.pass_hz])

    assert np.all(config.response(again_hz) < 1e-3)
    assert config.order == 4


def test_taps_are_symmetric_and_use_their_width(config):
    largest = max(map(abs, config.taps))

    assert config.taps == config.taps[::-1]
    assert len(config.taps) % 2 == 0
    assert 1 << (config.coefficient_width - 2) <= largest < 1 << (config.coefficient_width - 1)


def test_a_wider_transition_takes_fewer_taps():
    found = {hz: len(LfpDecimatorConfig(pass_hz=hz).taps) for hz in (100.0, 250.0, 400.0)}

    assert found[100.0] < found[250.0] < found[400.0]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"channels": 0}, r"channels must be in 1\.\.1024, not 0"),
        ({"sample_width": 17}, r"sample_width must be in 2\.\.16, not 17"),
        ({"output_width": 9}, r"output_width must be in 10\.\.16, not 9"),
        ({"decimation": 2}, r"decimation must be in 4\.\.128, not 2"),
        ({"decimation": 25}, r"decimation must be even, not 25"),
        ({"coefficient_width": 19}, r"coefficient_width must be in 8\.\.18, not 19"),
        ({"sampling_rate_hz": 0.0}, r"sampling_rate_hz must be positive, not 0\.0"),
        ({"sampling_rate_hz": float("nan")}, r"sampling_rate_hz must be positive, not nan"),
        ({"ripple_db": 0.0}, r"ripple_db must be in 0\.001\.\.3, not 0\.0"),
        ({"alias_db": 200.0}, r"alias_db must be in 20\.\.120, not 200\.0"),
        (
            {"pass_hz": 500.0},
            r"pass_hz must be positive and below half the output rate, 500, not 500\.0",
        ),
        (
            {"pass_hz": 480.0},
            (
                r"pass_hz, ripple_db and alias_db must be met by some filter of at most 48 taps "
                r"of 14 bits, but 480 Hz, 0\.1 dB and 60 dB are not: allow more, or raise "
                r"coefficient_width"
            ),
        ),
    ],
)
def test_config_rejects(fields, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        LfpDecimatorConfig(**fields)
