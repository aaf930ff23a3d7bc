import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtl.coding_streams import Kind, symbol_layout
from rtl.template_encoder_config import TemplateEncoderConfig
from verification.golden.golomb_encoder import golomb_code
from verification.golden.template_encoder import (
    rebuilt_snippets,
    snippet_coefficients,
    symbol_contexts,
    symbol_values,
    symbols_read,
    template_encoder,
)
from verification.template_stimuli import random_rows, snippet_packets
from verification.template_training import snippet_sndr_db, train_rows

CONFIG = TemplateEncoderConfig(channels=1, templates=4, components=8)


def spikes(count, *, rng):
    """Three shapes, wider or narrower, in smooth noise."""
    time = np.arange(CONFIG.snippet_samples)
    shape = rng.integers(3, size=count)[:, None]
    width = 3 + 2 * shape + rng.normal(0, 0.3, size=(count, 1))
    wave = 110 * np.exp(-(((time - 20) / width) ** 2)) * np.cos((time - 20) / (6 - shape))
    noise = rng.normal(0, 12, size=(count, len(time) + 8))
    smooth = np.lib.stride_tricks.sliding_window_view(noise, 9, axis=1).sum(axis=-1) / 3
    return np.clip(np.rint(wave + smooth), -256, 255).astype(np.int64)


@pytest.fixture(scope="module")
def trained():
    known = spikes(600, rng=np.random.default_rng(60))
    return known, train_rows(known, CONFIG, sndr_db=14.0, rng=np.random.default_rng(61))


def bits_of(snippets, rows):
    found = snippet_coefficients(snippets, rows, CONFIG)
    lengths = 0
    for nearest, coefficients in zip(*found, strict=True):
        values = symbol_values(int(nearest), coefficients.tolist(), CONFIG)
        contexts = symbol_contexts(values, rows[CONFIG.contexts_row].tolist())
        lengths += sum(
            golomb_code(value, context, 9, 16, 2)[1]
            for value, context in zip(values, contexts, strict=True)
        )
    return lengths / len(snippets)


@given(st.integers(0, 3), st.lists(st.integers(-255, 255), min_size=8, max_size=8))
def test_symbols_say_what_was_coded(nearest, coefficients):
    values = symbol_values(nearest, coefficients, CONFIG)

    assert symbols_read(values, CONFIG) == (nearest, coefficients)
    for known in range(1, len(values)):
        assert symbols_read(values[:known], CONFIG) == len(values) - known
    assert symbols_read([], CONFIG) == 1


def test_a_first_symbol_that_no_encoder_sends_is_refused():
    with pytest.raises(ValueError, match=r"^first value must be that of 0\.\.35, not 36$"):
        symbols_read([18], CONFIG)


def test_training_reaches_what_is_asked_for(trained):
    """On its own snippets at least that, on others of the kind nearly; far fewer bits than raw."""
    known, rows = trained
    others = spikes(300, rng=np.random.default_rng(62))

    reached = [
        snippet_sndr_db(
            each, rebuilt_snippets(*snippet_coefficients(each, rows, CONFIG), rows, CONFIG)
        )
        for each in (known, others)
    ]

    assert reached[0] >= 14.0
    assert reached[0] - 0.5 < reached[1]
    assert bits_of(others, rows) < 0.1 * 9 * CONFIG.snippet_samples


def test_errors_stay_within_half_a_step_of_what_the_basis_holds(trained):
    """Each coefficient that is kept is off by no more than its dead zone, 9/16 of a step."""
    known, rows = trained
    nearest, coefficients = snippet_coefficients(known, rows, CONFIG)
    weights = rows[CONFIG.templates : CONFIG.contexts_row]

    left = (known - rows[nearest]) @ weights.T - (coefficients << CONFIG.step_shift)
    last = np.max(np.where(coefficients != 0, np.arange(1, 9), 0), axis=1)
    kept = np.arange(8) < last[:, None]

    assert np.abs(left[kept]).max() <= 9 / 16 * (1 << CONFIG.step_shift)
    assert np.abs(left).max() < 11 / 16 * (1 << CONFIG.step_shift)


def test_a_given_step_is_the_one_that_weights_have():
    known = spikes(100, rng=np.random.default_rng(63))
    for step in (20.0, 40.0):
        rows = train_rows(known, CONFIG, step=step, rng=np.random.default_rng(64))
        lengths = np.linalg.norm(rows[CONFIG.templates : CONFIG.contexts_row], axis=1)
        # Weights are rounded by a quarter on average, to one part in some hundred.
        np.testing.assert_allclose(2.0**CONFIG.step_shift / lengths, step, rtol=0.02)


def test_trained_contexts_need_no_more_bits_than_others(trained):
    known, rows = trained
    least = bits_of(known, rows)

    for change in (-2, 2):
        worse = rows.copy()
        worse[CONFIG.contexts_row] = np.clip(worse[CONFIG.contexts_row] + change, 0, 31)
        assert bits_of(known, worse) > least


def test_too_few_snippets_cannot_be_trained_on():
    message = r"^snippets must be at least 4, one a template, not 3$"
    with pytest.raises(ValueError, match=message):
        train_rows(np.zeros((3, 64), dtype=int), CONFIG, rng=np.random.default_rng(0))


def test_equal_snippets_can_be_trained_on():
    rows = train_rows(np.full((9, 64), 7), CONFIG, rng=np.random.default_rng(0))

    nearest, coefficients = snippet_coefficients(np.full((1, 64), 7), rows, CONFIG)
    assert not coefficients.any()
    assert (rebuilt_snippets(nearest, coefficients, rows, CONFIG) == 7).all()


def test_what_is_sent_rebuilds_the_snippets_that_the_parts_give():
    """From the symbols alone, as a decoder has them, whatever the packets mix."""
    config = TemplateEncoderConfig(
        channels=2, snippet_samples=8, templates=4, components=5, step_shift=12
    )
    rows = random_rows(config, rng=np.random.default_rng(65))
    beats = snippet_packets(config, rows, 6, rng=np.random.default_rng(66))
    beats = beats[(beats["kind"] == Kind.SAMPLE.value)]  # no header: none is coarser
    snippets = beats["value"].reshape(-1, config.snippet_samples)

    sent = template_encoder(beats, config, rows)

    assert sent.dtype.names == tuple(name for name, _ in symbol_layout(9, 2))
    values: list[int] = []
    decoded = []
    for value in sent["value"].tolist():
        values.append(value)
        read = symbols_read(values, config)
        if not isinstance(read, int):
            decoded.append(read)
            values = []
    owners = beats[:: config.snippet_samples][["bank", "channel"]].tolist()
    for snippet, place, read in zip(snippets, owners, decoded, strict=True):
        nearest, coefficients = snippet_coefficients([snippet], rows[place], config)
        assert read == (nearest[0], coefficients[0].tolist())
