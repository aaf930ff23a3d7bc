"""What a template encoder's memory is to hold, learned from snippets.

Templates are the means that Lloyd's algorithm ends with (IEEE Trans. Inf. Theory 28, 1982), begun
as k-means++ begins (Arthur and Vassilvitskii, SODA 2007). The basis is that of the principal
components of what templates leave. All coefficients have one step: at a given error that needs
the fewest bits ("reverse water-filling": Cover and Thomas, Elements of Information Theory, 10.3).
"""

import numpy as np
import numpy.typing as npt

from rtl.coding_streams import CONTEXT_WIDTH
from rtl.template_encoder_config import TemplateEncoderConfig
from verification.golden.golomb_encoder import golomb_code
from verification.golden.template_encoder import (
    rebuilt_snippets,
    snippet_coefficients,
    symbol_contexts,
    symbol_values,
)

__all__ = ["snippet_sndr_db", "train_rows"]

STARTS = 2
ROUNDS = 25
BISECTIONS = 12
COARSEST_STEP = 1 / 4  # of full scale


def snippet_sndr_db(snippets: npt.NDArray, rebuilt: npt.NDArray) -> float:
    """Return the energy of snippets over that of their errors, dB.

    Parameters
    ----------
    snippets, rebuilt : ndarray of the same shape
        What went in, and what came out.

    Returns
    -------
    float
        Their ratio; infinite where nothing differs.

    Examples
    --------
    >>> snippet_sndr_db(np.array([[30, 40]]), np.array([[30, 45]]))
    20.0
    """
    signal = np.sum(np.square(snippets, dtype=np.float64))
    error = np.sum(np.square(np.subtract(snippets, rebuilt, dtype=np.float64)))
    with np.errstate(divide="ignore"):
        return float(10 * np.log10(signal / error))


def train_rows(
    snippets: npt.NDArray[np.integer],
    config: TemplateEncoderConfig,
    *,
    sndr_db: float = 20.0,
    step: float | None = None,
    formats: tuple[int, int] = (16, 2),
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Return templates, weights and contexts for a channel of which some snippets are known.

    Parameters
    ----------
    snippets : ndarray of int, shape (snippets, snippet_samples)
        Snippets, at least as many as there are templates.
    config : TemplateEncoderConfig
        The configuration of the hardware.
    sndr_db : float
        Signal over error that is to be reached on these snippets, dB. What cannot be reached with
        so few components is approached with the finest step.
    step : float, optional
        Step of all coefficients, in units of a sample, instead of the coarsest that reaches
        ``sndr_db``; at least the finest whose weights fit.
    formats : tuple of int
        ``unary_limit`` and ``context_base`` of the Golomb encoder that contexts are meant for.
    rng : numpy.random.Generator
        Chooses where the search for templates begins.

    Returns
    -------
    ndarray of int, shape (rows, snippet_samples)
        The rows.

    Raises
    ------
    ValueError
        There are too few snippets.
    """
    if len(snippets) < config.templates:
        raise ValueError(
            f"snippets must be at least {config.templates}, one a template, not {len(snippets)}"
        )
    known = np.asarray(snippets, dtype=np.float64)
    templates = np.rint(_means(known, config.templates, rng))
    left = known - templates[_nearest(known, templates)]
    _, vectors = np.linalg.eigh(left.T @ left)
    basis = vectors[:, ::-1][:, : config.components].T
    rows = np.zeros((config.rows, config.snippet_samples), dtype=np.int64)
    rows[: config.templates] = np.clip(templates, -config.largest - 1, config.largest)

    def set_step(chosen: float) -> None:
        weights = np.rint(basis * (2.0**config.step_shift / chosen))
        rows[config.templates : config.contexts_row] = weights

    finest = 2.0**config.step_shift * np.abs(basis).max() / config.largest
    low, high = finest, max(finest, COARSEST_STEP * 2 * config.largest)
    for _ in range(BISECTIONS if step is None else 0):
        middle = float(np.sqrt(low * high))
        set_step(middle)
        found = snippet_coefficients(snippets, rows, config)
        reached = snippet_sndr_db(snippets, rebuilt_snippets(*found, rows, config)) >= sndr_db
        low, high = (middle, high) if reached else (low, middle)
    set_step(low if step is None else max(step, finest))
    rows[config.contexts_row, : config.components + 1] = _contexts(snippets, rows, config, formats)
    return rows


def _nearest(
    snippets: npt.NDArray[np.float64], templates: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Return the number of each snippet's nearest template."""
    return np.argmin((templates**2).sum(axis=1) - 2 * snippets @ templates.T, axis=1)


def _means(
    snippets: npt.NDArray[np.float64], count: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return the best means of some starts."""
    best, least = np.empty(0), np.inf
    for _ in range(STARTS):
        means = snippets[rng.integers(len(snippets), size=1)]
        while len(means) < count:
            apart = ((snippets - means[_nearest(snippets, means)]) ** 2).sum(axis=1)
            chances = (apart + 1e-9) / (apart + 1e-9).sum()  # all alike: any will do
            means = np.append(means, snippets[rng.choice(len(snippets), size=1, p=chances)], axis=0)
        for _ in range(ROUNDS):
            members = np.eye(count)[_nearest(snippets, means)]
            sizes = members.sum(axis=0)[:, None]
            means = np.where(sizes > 0, members.T @ snippets / np.maximum(sizes, 1), means)
        error = ((snippets - means[_nearest(snippets, means)]) ** 2).sum()
        if error < least:
            best, least = means, error
    return best


def _contexts(
    snippets: npt.NDArray[np.integer],
    rows: npt.NDArray[np.int64],
    config: TemplateEncoderConfig,
    formats: tuple[int, int],
) -> npt.NDArray[np.int64]:
    """Return for each place the context with which its symbols take the fewest bits."""
    offsets = 1 << CONTEXT_WIDTH
    bits = np.zeros((config.components + 1, offsets), dtype=np.int64)
    for nearest, coefficients in zip(*snippet_coefficients(snippets, rows, config), strict=True):
        values = symbol_values(int(nearest), coefficients.tolist(), config)
        more = symbol_contexts(values, [0] * len(values))
        for place, (value, activity) in enumerate(zip(values, more, strict=True)):
            for offset in range(offsets):
                context = min(offset + activity, offsets - 1)
                _, length = golomb_code(value, context, config.sample_width, *formats)
                bits[place, offset] += length
    return np.argmin(bits, axis=1)
