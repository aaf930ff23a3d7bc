"""Scalers from statistics: ranges filled at first, and the published matching of two models."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from system.attention.layer_inputs import LayerInputs
from system.attention.scaler import HeadScaler
from system.attention.transformer import Transformer

__all__ = [
    "Statistics",
    "match_statistics",
    "measured",
    "recorded",
    "recording",
    "scalers",
    "use_ranges",
]

TOLERANCE = 1e-4  # published code: a value this near its target is left
ITERATIONS = 100  # published code: at most
STEPS_TO_SLOW = 50  # published code: alpha falls from 1.0 to 0.1 over so many iterations
RANGE_DEVIATIONS = 2.5  # of a quantiser's input, from the middle of its range to either end


@dataclass(frozen=True, kw_only=True, eq=False)
class Statistics:
    """Mean and standard deviation of what a scaler gives, of each head.

    Parameters
    ----------
    mean, deviation : Tensor
        Shape (heads,).
    """

    mean: Tensor
    deviation: Tensor

    @classmethod
    def of(cls, values: Tensor) -> "Statistics":
        """Return the statistics of values.

        Parameters
        ----------
        values : Tensor
            Shape (sequences, heads, tokens, head_dim).

        Returns
        -------
        Statistics
            Of each head.
        """
        variance, mean = torch.var_mean(values, dim=(0, 2, 3), correction=0)
        return cls(mean=mean, deviation=variance.sqrt())


def scalers(model: Transformer) -> dict[str, HeadScaler]:
    """Return the scalers of a model by name.

    Parameters
    ----------
    model : Transformer
        The model.

    Returns
    -------
    dict of str to HeadScaler
        Layer by layer: query, key, value, out.
    """
    return {
        name: module for name, module in model.named_modules() if isinstance(module, HeadScaler)
    }


@contextmanager
def recording(model: Transformer) -> Iterator[None]:
    """Let the scalers keep averages of their statistics while the body runs.

    Parameters
    ----------
    model : Transformer
        The model, trained or evaluated in the body.

    Yields
    ------
    None
        Nothing.
    """
    for scaler in scalers(model).values():
        scaler.recording = True
    try:
        yield
    finally:
        for scaler in scalers(model).values():
            scaler.recording = False


def recorded(model: Transformer) -> dict[str, Statistics]:
    """Return the averages that the scalers of a model have kept.

    Parameters
    ----------
    model : Transformer
        The model.

    Returns
    -------
    dict of str to Statistics
        By the scalers' names.
    """
    return {
        name: Statistics(mean=each.mean.clone(), deviation=each.deviation.clone())
        for name, each in scalers(model).items()
    }


@torch.no_grad()
def measured(model: Transformer, tokens: Tensor) -> dict[str, Statistics]:
    """Return the statistics of a model's scalers on a batch.

    Parameters
    ----------
    model : Transformer
        The model.
    tokens : Tensor
        The batch, shape (sequences, tokens).

    Returns
    -------
    dict of str to Statistics
        By the scalers' names.
    """
    found: dict[str, Statistics] = {}

    def keep(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        return lambda _module, _inputs, output: found.update({name: Statistics.of(output)})

    hooks = [each.register_forward_hook(keep(name)) for name, each in scalers(model).items()]
    try:
        model.hidden(tokens)
    finally:
        for hook in hooks:
            hook.remove()
    return found


@torch.no_grad()
def match_statistics(model: Transformer, targets: Mapping[str, Statistics], tokens: Tensor) -> int:
    """Move every scaler, in place, until its statistics on a batch are the targets: as published.

    Repeated: ``a <- alpha a deviation_target / deviation + (1 - alpha) a`` and
    ``b <- b + alpha (mean_target - mean)``.

    Parameters
    ----------
    model : Transformer
        The model.
    targets : Mapping
        Statistics by the scalers' names.
    tokens : Tensor
        The batch, shape (sequences, tokens).

    Returns
    -------
    int
        Passes over the batch.
    """
    for iteration in range(ITERATIONS):
        alpha = max(0.1, 1.0 - 0.9 * iteration / STEPS_TO_SLOW)
        moved = False
        found = measured(model, tokens)
        for name, scaler in scalers(model).items():
            target, now = targets[name], found[name]
            wide = (now.deviation - target.deviation).abs() > TOLERANCE
            wide &= now.deviation > 0  # a head that gives nothing cannot be scaled
            off = (now.mean - target.mean).abs() > TOLERANCE
            factor = 1 + alpha * (target.deviation / now.deviation - 1)
            scaler.gain.copy_(torch.where(wide, scaler.gain * factor, scaler.gain))
            scaler.offset.add_(torch.where(off, alpha * (target.mean - now.mean), 0.0))
            moved |= bool((wide | off).any())
        if not moved:
            return iteration + 1
    return ITERATIONS


@torch.no_grad()
def use_ranges(model: Transformer, software: Transformer, tokens: Tensor) -> None:
    """Set first scalers of a model, in place, so that its inputs fill the quantisers' ranges.

    The output then has the mean and the deviation that it has in software.

    Parameters
    ----------
    model : Transformer
        The model, on a machine.
    software : Transformer
        The model of the same weights, with softmax.
    tokens : Tensor
        The batch, shape (sequences, tokens).
    """
    for heads, mechanism in zip(model.hardware_heads(), software.mechanisms(), strict=True):
        query, key, value, out = _software_statistics(software, mechanism, tokens)
        half_v = heads.hardware.coding.stored_full_scale_v / 2
        for scaler, inputs, half in (
            (heads.query, query, 0.5),
            (heads.key, key, half_v),
            (heads.value, value, half_v),
        ):
            scaler.gain.copy_(half / (RANGE_DEVIATIONS * inputs.deviation.clamp_min(1e-9)))
            scaler.offset.copy_(half - scaler.gain * inputs.mean)
        sums = Statistics.of(LayerInputs.of_model(model, heads, tokens).sums)
        heads.out.gain.copy_(out.deviation / sums.deviation.clamp_min(1e-9))
        heads.out.offset.copy_(out.mean - heads.out.gain * sums.mean)


def _software_statistics(
    software: Transformer, mechanism: nn.Module, tokens: Tensor
) -> list[Statistics]:
    """Return those of query, key, value and output of one layer."""
    found: list[Statistics] = []

    def keep(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        found.extend(Statistics.of(each) for each in (*inputs, output))

    hook = mechanism.register_forward_hook(keep)
    try:
        software.hidden(tokens)
    finally:
        hook.remove()
    return found
