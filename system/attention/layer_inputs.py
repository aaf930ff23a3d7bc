"""What enters the scalers of one layer."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from system.attention.hardware_attention import HardwareAttention
from system.attention.transformer import Transformer

__all__ = ["LayerInputs"]


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerInputs:
    """What the four scalers of a layer are given.

    Parameters
    ----------
    query, key, value : Tensor
        Before the quantisers, shape (sequences, heads, tokens, head_dim).
    sums : Tensor
        Sums of the tiles, of the same shape.
    """

    query: Tensor
    key: Tensor
    value: Tensor
    sums: Tensor

    @classmethod
    def of(cls, run: Callable[[], object], heads: HardwareAttention) -> "LayerInputs":
        """Return what the scalers of heads are given in a pass.

        Parameters
        ----------
        run : callable
            Makes the pass.
        heads : HardwareAttention
            The heads of one layer.

        Returns
        -------
        LayerInputs
            The inputs.
        """
        found: dict[str, Tensor] = {}

        def keep(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
            return lambda _module, inputs: found.update({name: inputs[0]})

        names = {"query": "query", "key": "key", "value": "value", "out": "sums"}
        hooks = [
            heads.get_submodule(each).register_forward_pre_hook(keep(name))
            for each, name in names.items()
        ]
        try:
            run()
        finally:
            for hook in hooks:
                hook.remove()
        return cls(**found)

    @classmethod
    def of_model(
        cls, model: Transformer, heads: HardwareAttention, tokens: Tensor
    ) -> "LayerInputs":
        """Return what the scalers of a layer are given when a model reads a batch.

        Parameters
        ----------
        model : Transformer
            The model.
        heads : HardwareAttention
            The heads of one of its layers.
        tokens : Tensor
            The batch, shape (sequences, tokens).

        Returns
        -------
        LayerInputs
            The inputs.
        """
        return cls.of(lambda: model.hidden(tokens), heads)
