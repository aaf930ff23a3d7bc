"""Causal self-attention as gain cells compute it: a drop-in for the softmax."""

from torch import Tensor, nn
from torch.nn import functional

from system.attention.die import IDEAL, Die
from system.attention.hardware import Hardware
from system.attention.scaler import HeadScaler, quantised
from system.attention.tile_sums import tile_sums

__all__ = ["HardwareAttention"]

LEAST_SQUARE = 0.01  # of sums over full scale, added to their mean square before it divides them


class HardwareAttention(nn.Module):
    """Heads of gain cells between their scalers.

    Parameters
    ----------
    heads : int
        Number of heads.
    hardware : Hardware
        The machine of each.

    Attributes
    ----------
    die : Die
        Imperfections of the heads; none unless replaced.
    query, key, value, out : HeadScaler
        What is applied before the quantisers, and to the sum of the tiles, normalised if the
        machine does so. They begin with gain 1
        and offset 0, or the rest voltage for keys and values, as the published ones do.
    """

    def __init__(self, heads: int, hardware: Hardware) -> None:
        super().__init__()
        self.hardware = hardware
        self.die: Die = IDEAL
        rest_v = hardware.leakage.rest_v
        self.query = HeadScaler(heads)
        self.key = HeadScaler(heads, offset=rest_v)
        self.value = HeadScaler(heads, offset=rest_v)
        self.out = HeadScaler(heads)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Return what the heads answer.

        Parameters
        ----------
        query, key, value : Tensor
            Shape (sequences, heads, tokens, head_dim).

        Returns
        -------
        Tensor
            Same shape.
        """
        coding = self.hardware.coding
        sums = tile_sums(
            quantised(self.query(query), high=1.0, levels=coding.query_levels),
            self._stored(self.key(key)),
            self._stored(self.value(value)),
            hardware=self.hardware,
            die=self.die,
        )
        if self.hardware.normalised:
            sums = functional.rms_norm(sums, sums.shape[-1:], eps=LEAST_SQUARE)
        return self.out(sums)

    def _stored(self, voltage_v: Tensor) -> Tensor:
        """Return what is stored of voltages, less the rest voltage."""
        coding = self.hardware.coding
        return quantised(
            voltage_v,
            high=coding.stored_full_scale_v,
            levels=coding.stored_levels,
            centre=self.hardware.leakage.rest_v,
        )
