"""From one model of the machine to the next without training: scalers that keep the statistics.

The published algorithm keeps the mean and deviation of what each scaler gives. That cannot see the
cell's law: the same voltages make other currents, and only the output scaler notices.
:func:`fit_scalers` keeps the mean and deviation of the currents instead, and fits the outputs.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from system.attention.hardware import Hardware
from system.attention.hardware_attention import HardwareAttention
from system.attention.scaler import HeadScaler, quantised
from system.attention.transformer import Transformer

__all__ = [
    "Statistics",
    "fit_scalers",
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
CURRENT_ROUNDS = 20  # each halves what is left, at least


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
def fit_scalers(model: Transformer, reference: Transformer, tokens: Tensor) -> None:
    """Fit the scalers, in place and layer by layer, so that a model does what another does.

    Keys and values are moved until the cells' currents have the mean and deviation that they have
    in the reference. Then gain and offset of the outputs are those of least squares.

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
        target = _passing(reference, wanted, tokens)
        now = _passing(model, heads, tokens)
        for scaler, inputs, scaled in (
            (heads.key, now.key, wanted.key(target.key)),
            (heads.value, now.value, wanted.value(target.value)),
        ):
            aim = Statistics.of(_currents(scaled, wanted.hardware))
            _fit_currents(scaler, inputs, hardware=heads.hardware, target=aim)
        sums = _passing(model, heads, tokens).sums
        _fit_output(heads.out, sums, wanted.out(target.sums))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Passing:
    """What enters the scalers of one layer."""

    query: Tensor
    key: Tensor
    value: Tensor
    sums: Tensor


def _passing(model: Transformer, heads: HardwareAttention, tokens: Tensor) -> _Passing:
    found: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        return lambda _module, inputs: found.update({name: inputs[0]})

    names = {"query": "query", "key": "key", "value": "value", "out": "sums"}
    hooks = [
        heads.get_submodule(each).register_forward_pre_hook(keep(name))
        for each, name in names.items()
    ]
    try:
        model.hidden(tokens)
    finally:
        for hook in hooks:
            hook.remove()
    return _Passing(**found)


def _currents(voltage_v: Tensor, hardware: Hardware) -> Tensor:
    """Return what cells conduct when just written, microamps."""
    coding = hardware.coding
    scaled = voltage_v * (coding.stored_max / coding.stored_full_scale_v)
    codes = quantised(scaled, high=float(coding.stored_max), levels=coding.stored_levels)
    table = torch.from_numpy(hardware.law.current_a(coding.level_v) * 1e6).to(voltage_v)
    return table[codes.round().long()]


def _fit_currents(
    scaler: HeadScaler, inputs: Tensor, *, hardware: Hardware, target: Statistics
) -> None:
    slope = float(abs(hardware.gradient_law.slope_a_per_v(hardware.leakage.rest_v))) * 1e6
    for _ in range(CURRENT_ROUNDS):
        now = Statistics.of(_currents(scaler(inputs), hardware))
        factor = (target.deviation / now.deviation.clamp_min(1e-9)).clamp(0.5, 2.0)
        move = (target.mean - now.mean) / slope
        middle = scaler(inputs).mean((0, 2, 3))
        # Around the mean, so that the two corrections do not disturb each other.
        gain = scaler.gain * factor**0.5
        scaler.offset.copy_(middle + 0.5 * move - gain * (middle - scaler.offset) / scaler.gain)
        scaler.gain.copy_(gain)


def _fit_output(scaler: HeadScaler, sums: Tensor, target: Tensor) -> None:
    axes = (0, 2, 3)
    mean, wanted = sums.mean(axes, keepdim=True), target.mean(axes, keepdim=True)
    covariance = ((sums - mean) * (target - wanted)).mean(axes)
    variance = (sums - mean).square().mean(axes)
    gain = torch.where(variance > 0, covariance / variance.clamp_min(1e-12), scaler.gain)
    scaler.gain.copy_(gain)
    scaler.offset.copy_(wanted.flatten() - gain * mean.flatten())


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
        sums = Statistics.of(_passing(model, heads, tokens).sums)
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
