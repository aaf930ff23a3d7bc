"""A model on gain cells that is trained in under a minute, to turn knobs on."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from analog_models.attention.geometry import HeadGeometry
from system.attention.adaptation import use_ranges
from system.attention.evaluation import bits_per_token
from system.attention.hardware import Hardware
from system.attention.texts import Corpus, standard_library
from system.attention.training import Recipe, train
from system.attention.transformer import Transformer, TransformerConfig

__all__ = ["SMALL_HARDWARE", "SMALL_MODEL", "SmallModel", "train_small_model"]

SMALL_MODEL = TransformerConfig(positions=128, width=64, layers=2, heads=2)
SMALL_HARDWARE = Hardware(
    geometry=HeadGeometry(head_dim=32, window_tokens=128, tile_tokens=32),
    score_saturation_a=40e-6,  # in proportion to the rows: the published 80 uA is for 64
)
"""The published cell and codes in arrays of its size."""

RANGE_BATCH = 1 << 40  # number of a batch that no training reaches
RANGE_SEQUENCES = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class SmallModel:
    """A model and the text that it is judged by.

    Parameters
    ----------
    software, nonlinear : Transformer
        The same model with softmax, and moved to gain cells and trained on.
    inputs, targets : Tensor
        Windows of the validation text and what follows each of their tokens.
    """

    software: Transformer
    nonlinear: Transformer
    inputs: Tensor
    targets: Tensor

    def bits(self, model: Transformer, *, one_in: int = 1) -> float:
        """Return how well a model predicts the validation text.

        Parameters
        ----------
        model : Transformer
            The model.
        one_in : int
            Windows of which one is judged.

        Returns
        -------
        float
            Bits per character.
        """
        return bits_per_token(model, self.inputs[::one_in], self.targets[::one_in])


def train_small_model(
    folder: Path,
    *,
    seed: int = 1,
    software_steps: int = 1000,
    hardware_steps: int = 400,
    judged_one_in: int = 12,
    corpus: Corpus | None = None,
    progress: Callable[[str, float], None] = lambda _stage, _part: None,
) -> SmallModel:
    """Train with softmax, move to gain cells, train on.

    Parameters
    ----------
    folder : Path
        Checkpoints; what is there is not done again.
    seed : int
        Everything random starts from it.
    software_steps, hardware_steps : int
        Steps with softmax and on gain cells.
    judged_one_in : int
        Windows of the validation text of which one is kept.
    corpus : Corpus, optional
        What is learnt; the sources of Python's standard library unless given.
    progress : callable
        Is told the stage, and how much of it is done.

    Returns
    -------
    SmallModel
        Both models.
    """
    corpus = corpus or standard_library()
    tokens = SMALL_MODEL.positions
    software = Transformer(SMALL_MODEL, torch.Generator().manual_seed(seed))
    train(
        software,
        corpus,
        Recipe(steps=software_steps, tokens=tokens),
        seed=seed,
        checkpoint=folder / "software.pt",
        progress=lambda part: progress("softmax", part),
    )
    nonlinear = software.on_hardware(SMALL_HARDWARE)
    batch, _ = corpus.batch(RANGE_BATCH, sequences=RANGE_SEQUENCES, tokens=tokens, seed=seed)
    use_ranges(nonlinear, software, batch)
    train(
        nonlinear,
        corpus,
        Recipe(
            steps=hardware_steps,
            tokens=tokens,
            warm_up=min(10, hardware_steps),
            cool_down=hardware_steps // 2,
        ),
        seed=seed,
        first_batch=software_steps,
        checkpoint=folder / "nonlinear.pt",
        progress=lambda part: progress("gain cells", part),
    )
    inputs, targets = corpus.validation_windows(tokens)
    return SmallModel(
        software=software,
        nonlinear=nonlinear,
        inputs=inputs[::judged_one_in],
        targets=targets[::judged_one_in],
    )
