"""A transformer of GPT-2's shape and names, whose attention can be exchanged."""

import copy
import hashlib
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from analog_models.validation import check_integer, check_positive
from system.attention.die import IDEAL, Die, Imperfections
from system.attention.hardware import Hardware
from system.attention.hardware_attention import HardwareAttention
from system.errors import UserError

__all__ = ["SoftwareAttention", "Transformer", "TransformerConfig"]

INITIAL_DEVIATION = 0.02  # of GPT-2's weights
LARGEST = 1 << 20


@dataclass(frozen=True, kw_only=True)
class TransformerConfig:
    """Sizes of a transformer; the defaults are those of the embedded byte-level model.

    Parameters
    ----------
    vocabulary : int
        Different tokens.
    positions : int
        Longest sequence.
    width : int
        Values between the layers; a multiple of ``heads``.
    layers : int
        Number of layers.
    heads : int
        Attention heads of a layer.
    norm_epsilon : float
        Added to the variance in layer normalisation.
    """

    vocabulary: int = 256
    positions: int = 256
    width: int = 128
    layers: int = 4
    heads: int = 4
    norm_epsilon: float = 1e-5

    def __post_init__(self) -> None:
        for name in ("vocabulary", "positions", "width", "layers", "heads"):
            check_integer(f"transformer {name}", getattr(self, name), low=1, high=LARGEST)
        if self.width % self.heads:
            raise ValueError(
                f"transformer width must be a multiple of heads {self.heads}, not {self.width}"
            )
        check_positive("transformer norm_epsilon", self.norm_epsilon)

    @property
    def head_dim(self) -> int:
        """Values of one head's query, key or value."""
        return self.width // self.heads


class SoftwareAttention(nn.Module):
    """Softmax over all earlier tokens and the present one."""

    def __init__(self) -> None:
        super().__init__()

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
        return functional.scaled_dot_product_attention(query, key, value, is_causal=True)


class _SelfAttention(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.c_attn = nn.Linear(config.width, 3 * config.width)
        self.mechanism: nn.Module = SoftwareAttention()
        self.c_proj = nn.Linear(config.width, config.width)

    def forward(self, values: Tensor) -> Tensor:
        return self.c_proj(self.answers(values).transpose(1, 2).flatten(2))

    def answers(self, values: Tensor) -> Tensor:
        """Return what the heads answer, shape (sequences, heads, tokens, head_dim)."""
        split = self.c_attn(values).unflatten(-1, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)
        return self.mechanism(query, key, value)


class _FeedForward(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.width, 4 * config.width)
        self.c_proj = nn.Linear(4 * config.width, config.width)

    def forward(self, values: Tensor) -> Tensor:
        return self.c_proj(functional.gelu(self.c_fc(values), approximate="tanh"))


class _Layer(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.width, eps=config.norm_epsilon)
        self.attn = _SelfAttention(config)
        self.ln_2 = nn.LayerNorm(config.width, eps=config.norm_epsilon)
        self.mlp = _FeedForward(config)

    def forward(self, values: Tensor) -> Tensor:
        values = values + self.attn(self.ln_1(values))
        return values + self.mlp(self.ln_2(values))


class Transformer(nn.Module):
    """The model; its parameters have GPT-2's names, its matrices PyTorch's orientation.

    Parameters
    ----------
    config : TransformerConfig
        Sizes.
    generator : torch.Generator
        Where the initial weights come from.
    """

    def __init__(self, config: TransformerConfig, generator: torch.Generator) -> None:
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocabulary, config.width)
        self.wpe = nn.Embedding(config.positions, config.width)
        self.h = nn.ModuleList(_Layer(config) for _ in range(config.layers))
        self.ln_f = nn.LayerNorm(config.width, eps=config.norm_epsilon)
        residual = INITIAL_DEVIATION / math.sqrt(2 * config.layers)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                deviation = residual if name.endswith("c_proj.weight") else INITIAL_DEVIATION
                nn.init.normal_(parameter, std=deviation, generator=generator)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits of what follows each token.

        Parameters
        ----------
        tokens : Tensor
            Shape (sequences, tokens).

        Returns
        -------
        Tensor
            Shape (sequences, tokens, vocabulary).
        """
        return functional.linear(self.ln_f(self.hidden(tokens)), self.wte.weight)

    def hidden(self, tokens: Tensor) -> Tensor:
        """Return what leaves the last layer: a pass without the logits, the largest part of it.

        Parameters
        ----------
        tokens : Tensor
            Shape (sequences, tokens).

        Returns
        -------
        Tensor
            Shape (sequences, tokens, width).
        """
        values = self.wte(tokens) + self.wpe.weight[: tokens.shape[1]]
        for layer in self.layers:
            values = layer(values)
        return values

    @property
    def sha256(self) -> str:
        """Digest of the weights, in hexadecimal."""
        digest = hashlib.sha256()
        for each in self.state_dict().values():
            digest.update(each.contiguous().numpy())
        return digest.hexdigest()

    @property
    def layers(self) -> list["_Layer"]:
        """The layers in order."""
        return [each for each in self.h if isinstance(each, _Layer)]

    def mechanisms(self) -> list[nn.Module]:
        """Return the attention of each layer.

        Returns
        -------
        list of torch.nn.Module
            From the first layer to the last.
        """
        return [layer.attn.mechanism for layer in self.layers]

    def hardware_heads(self) -> list[HardwareAttention]:
        """Return the hardware attention of each layer that has it.

        Returns
        -------
        list of HardwareAttention
            From the first layer to the last.
        """
        return [each for each in self.mechanisms() if isinstance(each, HardwareAttention)]

    def draw_dies(self, imperfections: Imperfections, *, seed: tuple[int, ...]) -> None:
        """Give each layer's heads a die of their own.

        Parameters
        ----------
        imperfections : Imperfections
            Standard deviations of mismatch and noise.
        seed : tuple of int
            Where dies and their noise come from; a layer's index is added.
        """
        for index, heads in enumerate(self.hardware_heads()):
            if imperfections == Imperfections():
                heads.die = IDEAL
                continue
            drawn = np.random.SeedSequence((*seed, index)).generate_state(2)
            mismatch, noise = (torch.Generator().manual_seed(int(each)) for each in drawn)
            heads.die = Die.draw(
                imperfections,
                heads=self.config.heads,
                geometry=heads.hardware.geometry,
                mismatch=mismatch,
                noise=noise,
            )

    def on_hardware(self, hardware: Hardware) -> "Transformer":
        """Return a copy whose attention runs on a machine; scalers are kept if there are any.

        Parameters
        ----------
        hardware : Hardware
            The machine of each head.

        Returns
        -------
        Transformer
            The copy.

        Raises
        ------
        UserError
            The machine's heads are of another size.
        """
        if hardware.geometry.head_dim != self.config.head_dim:
            raise UserError(
                f"hardware head_dim must be that of the model, {self.config.head_dim}, "
                f"not {hardware.geometry.head_dim}"
            )
        copied = copy.deepcopy(self)
        for layer in copied.layers:
            earlier = layer.attn.mechanism
            mechanism = HardwareAttention(self.config.heads, hardware)
            if isinstance(earlier, HardwareAttention):
                mechanism.load_state_dict(earlier.state_dict())
            layer.attn.mechanism = mechanism
        return copied
