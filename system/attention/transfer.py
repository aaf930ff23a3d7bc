"""Attention learnt from softmax: each layer's heads are to answer what those of software do.

Every layer is given what the software model's layer is given, so that all of them learn at once
and none has to bear the errors of those before it.
"""

import torch
from torch import Tensor, nn

from system.attention.transformer import Transformer

__all__ = ["transfer_loss"]

AXES = (0, 2, 3)  # all but that of the heads
LEAST_VARIANCE = 1e-12  # of a head that always answers the same


def transfer_loss(model: Transformer, teacher: Transformer, tokens: Tensor) -> Tensor:
    """Return how far the heads' answers are from those of a teacher.

    Parameters
    ----------
    model : Transformer
        What learns; only the projections to query, key and value and what the heads hold get a
        gradient.
    teacher : Transformer
        A model of the same sizes; it gets none.
    tokens : Tensor
        The batch, shape (sequences, tokens).

    Returns
    -------
    Tensor
        Square of the error over the variance of the teacher's answer: the mean over the heads of a
        layer, summed over the layers.
    """
    losses = []
    for layer, (given, wanted) in zip(model.layers, _lessons(teacher, tokens), strict=True):
        error = (layer.attn.answers(given) - wanted).square().mean(AXES)
        losses.append((error / wanted.var(AXES).clamp_min(LEAST_VARIANCE)).mean())
    return torch.stack(losses).sum()


@torch.no_grad()
def _lessons(teacher: Transformer, tokens: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Return what each layer's attention is given, and what its heads answer."""
    given: list[Tensor] = []
    wanted: list[Tensor] = []

    def keep_given(_module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        given.append(inputs[0])

    def keep_wanted(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        wanted.append(output)

    hooks = [each.attn.register_forward_pre_hook(keep_given) for each in teacher.layers]
    hooks += [each.register_forward_hook(keep_wanted) for each in teacher.mechanisms()]
    try:
        teacher.hidden(tokens)
    finally:
        for hook in hooks:
            hook.remove()
    return list(zip(given, wanted, strict=True))
