"""The passes of the parallel form that are not matrix products, compiled."""

import numpy as np
import numpy.typing as npt

from analog_models.compiled import compiled

__all__ = ["fill_operand", "quantise_tile", "weigh_scores"]

Singles = npt.NDArray[np.float32]


@compiled
def fill_operand(
    codes: npt.NDArray[np.int8], terms: Singles, factors: Singles, last: Singles
) -> Singles:
    """Return one side of a product that is separable in powers.

    Parameters
    ----------
    codes : numpy.ndarray
        Codes ``[tokens, head_dim]``.
    terms : numpy.ndarray
        What each code stands for ``[powers, codes]``.
    factors : numpy.ndarray
        Decay of each power at each token ``[powers, tokens]``.
    last : numpy.ndarray
        Last column ``[tokens]``.

    Returns
    -------
    numpy.ndarray
        ``[tokens, powers * head_dim + 1]``.
    """
    tokens, head_dim = codes.shape
    powers = terms.shape[0]
    operand = np.empty((tokens, powers * head_dim + 1), dtype=np.float32)
    for token in range(tokens):
        for power in range(powers):
            part = operand[token, power * head_dim : (power + 1) * head_dim]
            factor = factors[power, token]
            for r in range(head_dim):
                part[r] = terms[power, codes[token, r]] * factor
        operand[token, powers * head_dim] = last[token]
    return operand


@compiled
def weigh_scores(scores: Singles, newest: int, window: int) -> None:
    """Limit scores to ``0 .. 1`` in place; zero for tokens out of sight.

    Parameters
    ----------
    scores : numpy.ndarray
        Scores over their saturation ``[queries, keys]``, of queries one after the other.
    newest : int
        Column of the first query's own key.
    window : int
        Tokens in sight.
    """
    for row in range(scores.shape[0]):
        line = scores[row]
        start = max(0, newest + row - window + 1)
        stop = newest + row + 1
        line[:start] = 0
        line[stop:] = 0
        for column in range(start, stop):
            line[column] = min(max(line[column], np.float32(0)), np.float32(1))


@compiled
def quantise_tile(sums: Singles, factors: Singles, largest: float, codes: Singles) -> None:
    """Put a tile's outputs together, quantise them and add their codes.

    Parameters
    ----------
    sums : numpy.ndarray
        Product of the weights and the values' operand ``[queries, powers * head_dim + 1]``.
    factors : numpy.ndarray
        Decay of each power at each query ``[powers, queries]``.
    largest : float
        Highest code.
    codes : numpy.ndarray
        Sums of codes ``[queries, head_dim]``, added to.
    """
    queries, head_dim = codes.shape
    powers = factors.shape[0]
    limit = np.float32(largest)
    output = np.empty(head_dim, dtype=np.float32)
    for query in range(queries):
        line = sums[query]
        output[:] = line[powers * head_dim]
        for power in range(powers):
            factor = factors[power, query]
            part = line[power * head_dim : (power + 1) * head_dim]
            for r in range(head_dim):
                output[r] += factor * part[r]
        target = codes[query]
        for r in range(head_dim):
            target[r] += np.rint(min(max(output[r], -limit), limit))
