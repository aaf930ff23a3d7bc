import itertools

import numpy as np
import pytest

from system.ground_truth import SHAPE_SETS, Lobe, SpikeShape, similarity

ALL = {f"{name}{unit}": s for name, set_ in SHAPE_SETS.items() for unit, s in enumerate(set_)}
TIME_S = np.arange(-4e-3, 6e-3, 1e-6)


@pytest.mark.parametrize("shape", ALL.values(), ids=list(ALL))
def test_the_extremum_is_one_and_at_time_zero(shape):
    magnitude = np.abs(shape.evaluate(TIME_S))

    assert abs(TIME_S[np.argmax(magnitude)]) <= 1.1e-6  # the grid on which it is looked for
    assert magnitude.max() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("shape", ALL.values(), ids=list(ALL))
def test_a_waveform_is_as_long_and_as_narrow_as_extracellular_spikes_are(shape):
    above_half = np.abs(shape.evaluate(TIME_S)) > 0.5
    main_lobe = above_half & (np.abs(TIME_S) < 0.5e-3)
    first, last = shape.support_s

    assert 0.15e-3 < np.count_nonzero(main_lobe) * 1e-6 < 0.5e-3
    assert 1e-3 < last - first < 3e-3
    assert np.abs(shape.evaluate([first - 1e-5, last + 1e-5])).max() <= 1e-3


@pytest.mark.parametrize("shape", ALL.values(), ids=list(ALL))
def test_a_waveform_has_little_power_beyond_half_the_sampling_rate(shape):
    spectrum = np.abs(np.fft.rfft(shape.evaluate(np.arange(-512, 512) / 96e3))) ** 2
    frequency_hz = np.fft.rfftfreq(1024, 1 / 96e3)

    assert spectrum[frequency_hz > 12e3].sum() < 1e-4 * spectrum.sum()


def pair_similarities(name):
    return [similarity(a, b) for a, b in itertools.combinations(SHAPE_SETS[name], 2)]


@pytest.mark.parametrize("name", ["easy1", "easy2"])
def test_shapes_of_an_easy_set_differ(name):
    assert max(pair_similarities(name)) < 0.93


@pytest.mark.parametrize("name", ["difficult1", "difficult2"])
def test_shapes_of_a_difficult_set_are_alike_but_not_equal(name):
    assert min(pair_similarities(name)) > 0.95
    assert max(pair_similarities(name)) < 0.99


def test_similarity_ignores_height_and_place_but_not_sign():
    bump = SpikeShape((Lobe(1.0, 0.0, 2e-4, 3e-4),))
    shifted = SpikeShape((Lobe(0.2, 1e-3, 2e-4, 3e-4),))
    turned = SpikeShape((Lobe(-1.0, 0.0, 2e-4, 3e-4),))

    assert similarity(bump, shifted) == pytest.approx(1.0)
    assert similarity(bump, turned) <= 0.0


def test_stretching_a_waveform_stretches_its_time_axis():
    shape = SHAPE_SETS["easy1"][1]

    # The peak is located to a microsecond, in which a flank moves by less than 0.5 %.
    np.testing.assert_allclose(
        shape.stretched(1.5).evaluate(1.5 * TIME_S), shape.evaluate(TIME_S), atol=5e-3
    )


def test_a_lobe_without_width_is_refused():
    with pytest.raises(ValueError, match=r"^lobe fall_s must be positive, not 0\.0$"):
        Lobe(1.0, 0.0, 1e-4, 0.0)


def test_a_shape_without_height_is_refused():
    message = "^spike shape must have a lobe with an amplitude other than zero$"
    with pytest.raises(ValueError, match=message):
        SpikeShape((Lobe(0.0, 0.0, 1e-4, 1e-4),))
