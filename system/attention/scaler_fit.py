"""Scalers that make a model on one machine do what it did on another, without training.

The published matching of statistics looks at each scaler alone, and cannot see the cell's law: the
same voltages make other currents, and only the output scaler notices. Here the head's answer
counts. A head has six numbers before its arrays; each is moved a little either way, and stays where
the sums of the tiles come nearer to the wanted answer, but for the gain and the offset that the
output scaler has yet to give. All heads of a layer are searched at once, and no gradient is needed.
"""

from itertools import product

import torch
from torch import Tensor

from system.attention.hardware_attention import HardwareAttention
from system.attention.layer_inputs import LayerInputs
from system.attention.scaler import HeadScaler
from system.attention.transformer import Transformer

__all__ = ["fit_scalers"]

SEARCHED_SEQUENCES = 8  # of the batch
ROUNDS = 2
FINER = 0.5  # moves of a round over those of the round before
MOVES = (-1.0, 1.0, -0.5, 0.5)
GAIN_MOVE = 0.15  # part of the gain
OFFSET_MOVE = 0.04  # part of the quantiser's range
AXES = (0, 2, 3)  # all but that of the heads


@torch.no_grad()
def fit_scalers(model: Transformer, reference: Transformer, tokens: Tensor) -> None:
    """Fit the scalers, in place and layer by layer, so that a model does what another does.

    Parameters
    ----------
    model : Transformer
        The model.
    reference : Transformer
        What it is to do: of the same weights, on another machine.
    tokens : Tensor
        The batch, shape (sequences, tokens).
    """
    layers = zip(model.hardware_heads(), reference.hardware_heads(), strict=True)
    for heads, wanted in layers:
        target = wanted.out(LayerInputs.of_model(reference, wanted, tokens).sums)
        given = LayerInputs.of_model(model, heads, tokens)
        part = slice(0, SEARCHED_SEQUENCES)
        _search(heads, (given.query[part], given.key[part], given.value[part]), target[part])
        _fit_output(heads.out, LayerInputs.of_model(model, heads, tokens).sums, target)


def _search(heads: HardwareAttention, given: tuple[Tensor, Tensor, Tensor], target: Tensor) -> None:
    """Move gains and offsets of queries, keys and values, one at a time."""
    full_scale_v = heads.hardware.coding.stored_full_scale_v
    before = (
        (heads.key, given[1], full_scale_v),
        (heads.query, given[0], 1.0),
        (heads.value, given[2], full_scale_v),
    )
    least = _left_over(heads, given, target)
    for turn, (scaler, inputs, span) in product(range(ROUNDS), before):
        middle = inputs.mean(AXES)
        for gain_move, offset_move in ((0.0, OFFSET_MOVE * span), (GAIN_MOVE, 0.0)):
            for move in MOVES:
                gain, offset = scaler.gain.clone(), scaler.offset.clone()
                size = move * FINER**turn
                scaler.gain.mul_(1 + gain_move * size)
                # The gain turns around the mean, so that it does not move it.
                scaler.offset.add_((gain - scaler.gain) * middle + offset_move * size)
                found = _left_over(heads, given, target)
                better = found < least
                least = torch.where(better, found, least)
                scaler.gain.copy_(torch.where(better, scaler.gain, gain))
                scaler.offset.copy_(torch.where(better, scaler.offset, offset))


def _left_over(
    heads: HardwareAttention, given: tuple[Tensor, Tensor, Tensor], target: Tensor
) -> Tensor:
    """Return the variance, head by head, that no gain and offset of the output can explain."""
    sums = LayerInputs.of(lambda: heads(*given), heads).sums
    covariance, variance = _moments(sums, target)
    return target.var(AXES, correction=0) - covariance.square() / variance.clamp_min(1e-12)


def _moments(sums: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the covariance of sums with a target, and their variance, of each head."""
    centred = sums - sums.mean(AXES, keepdim=True)
    return (centred * target).mean(AXES), centred.square().mean(AXES)


def _fit_output(scaler: HeadScaler, sums: Tensor, target: Tensor) -> None:
    """Set gain and offset to those of least squares."""
    covariance, variance = _moments(sums, target)
    gain = torch.where(variance > 0, covariance / variance.clamp_min(1e-12), scaler.gain)
    scaler.gain.copy_(gain)
    scaler.offset.copy_(target.mean(AXES) - gain * sums.mean(AXES))
