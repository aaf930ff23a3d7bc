"""Per-head affine scalers, the statistics of what they give, and quantisers that gradients pass."""

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

__all__ = ["HeadScaler", "quantised"]

hardtanh_backward = torch.ops.aten.hardtanh_backward
RECENT = 0.1  # weight of the newest batch in the averages; published code


class HeadScaler(nn.Module):
    """``gain x + offset`` of each head, as the digital side applies it.

    Parameters
    ----------
    heads : int
        Number of heads.
    gain, offset : float
        Initial values.
    """

    gain: Tensor
    offset: Tensor
    mean: Tensor
    deviation: Tensor

    def __init__(self, heads: int, *, gain: float = 1.0, offset: float = 0.0) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.full((heads,), gain))
        self.offset = nn.Parameter(torch.full((heads,), offset))
        self.register_buffer("mean", torch.zeros(heads))
        self.register_buffer("deviation", torch.zeros(heads))
        self.recording = False

    def forward(self, values: Tensor) -> Tensor:
        """Return the scaled values, and record their statistics if :attr:`recording`.

        Parameters
        ----------
        values : Tensor
            Shape (sequences, heads, tokens, head_dim).

        Returns
        -------
        Tensor
            Same shape.
        """
        scaled = torch.addcmul(self.offset[:, None, None], values, self.gain[:, None, None])
        if self.recording:
            with torch.no_grad():
                variance, mean = torch.var_mean(scaled, dim=(0, 2, 3), correction=0)
                weight = RECENT if bool((self.deviation > 0).all()) else 1.0
                self.mean.lerp_(mean, weight)
                self.deviation.lerp_(variance.sqrt(), weight)
        return scaled


def quantised(values: Tensor, *, high: float, levels: int, centre: float = 0.0) -> Tensor:
    """Return values at the nearest of equidistant levels from 0 to ``high``, less ``centre``.

    Parameters
    ----------
    values : Tensor
        Any shape; values outside the range are limited.
    high : float
        The highest level.
    levels : int
        How many there are.
    centre : float
        What is subtracted.

    Returns
    -------
    Tensor
        Same shape. The gradient passes straight through, except where values were limited.
    """
    return _Quantise.apply(values, high, levels - 1, centre)


class _Context(FunctionCtx):
    saved_tensors: tuple[Tensor]
    high: float


class _Quantise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: _Context, values: Tensor, high: float, steps: int, centre: float) -> Tensor:
        ctx.save_for_backward(values)
        ctx.high = high
        codes = (values * (steps / high)).round_().clamp_(0, steps)
        return codes.mul_(high / steps).sub_(centre) if centre else codes.mul_(high / steps)

    @staticmethod
    def backward(ctx: _Context, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return hardtanh_backward(gradients[0], ctx.saved_tensors[0], 0, ctx.high), None, None, None
