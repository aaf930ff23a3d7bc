"""How well a model predicts a text."""

import math

import torch
from torch import Tensor
from torch.nn import functional

from system.attention.transformer import Transformer
from system.errors import UserError

__all__ = ["bits_per_token", "perplexity", "sliding_bits_per_token"]

LOGITS_AT_ONCE = 1 << 21  # keeps the memory of a pass in the hundreds of MB


def bits_per_token(model: Transformer, inputs: Tensor, targets: Tensor) -> float:
    """Return the mean surprise of a model at what follows, in bits.

    Parameters
    ----------
    model : Transformer
        The model.
    inputs, targets : Tensor
        Tokens and the one that follows each, shape (windows, tokens).

    Returns
    -------
    float
        Bits per token: of bytes, bits per character.
    """
    step = max(1, LOGITS_AT_ONCE // (inputs.shape[1] * model.config.vocabulary))
    total = sum(
        _surprise(model, inputs[first : first + step], targets[first : first + step])
        for first in range(0, len(inputs), step)
    )
    return total / targets.numel()


def sliding_bits_per_token(
    model: Transformer, tokens: Tensor, *, window: int, stride: int
) -> float:
    """Return the mean surprise at a text that is read through a sliding window.

    Every token but the first is judged once, with at least ``window - stride`` tokens before it
    as soon as the text has as many.

    Parameters
    ----------
    model : Transformer
        The model.
    tokens : Tensor
        The text.
    window : int
        Tokens that the model sees at once.
    stride : int
        Tokens by which the window moves.

    Returns
    -------
    float
        Bits per token.

    Raises
    ------
    UserError
        The window is longer than the model's positions, or than the text; or the stride than it.
    """
    positions = model.config.positions
    if not 1 <= window <= positions:
        raise UserError(f"window must be in 1..{positions}, the model's positions, not {window}")
    if not 1 <= stride <= window:
        raise UserError(f"stride must be in 1..{window}, the window, not {stride}")
    if len(tokens) <= window:
        raise UserError(
            f"text must have more tokens than a window of {window}, but has {len(tokens)}"
        )
    total, judged = 0.0, 0  # targets 1 .. judged are done
    for first in range(0, len(tokens) - 1, stride):
        last = min(first + window, len(tokens) - 1)
        inputs = tokens[None, first:last].long()
        targets = tokens[None, first + 1 : last + 1].long()
        total += _surprise(model, inputs, targets, skip=judged - first)
        judged = last
        if last == len(tokens) - 1:
            break
    return total / judged


def perplexity(bits: float) -> float:
    """Return the perplexity of a mean surprise.

    Parameters
    ----------
    bits : float
        Bits per token.

    Returns
    -------
    float
        Equally likely tokens that would surprise as much.

    Examples
    --------
    >>> perplexity(5.0)
    32.0
    """
    return 2.0**bits


@torch.no_grad()
def _surprise(model: Transformer, inputs: Tensor, targets: Tensor, skip: int = 0) -> float:
    """Return the sum of surprises in bits, less those at the first targets of each sequence."""
    logits = model(inputs)[:, skip:].flatten(0, 1)
    wanted = targets[:, skip:].flatten()
    return float(functional.cross_entropy(logits, wanted, reduction="sum")) / math.log(2)
