"""Training that can stop at any step and go on from its last checkpoint."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

from analog_models.validation import check_integer, check_not_negative, check_positive
from system.attention.checkpoint import Checkpoint
from system.attention.die import Imperfections
from system.attention.scaler import HeadScaler
from system.attention.texts import Corpus
from system.attention.transfer import transfer_loss
from system.attention.transformer import Transformer
from system.errors import UserError

__all__ = ["Recipe", "Steps", "Trained", "train"]

CHECKPOINT_S = 60.0  # of work that a kill may cost
BETAS = (0.9, 0.95)  # published training
MANY_STEPS = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is trained; learning rates rise, stay and fall.

    Parameters
    ----------
    steps : int
        Steps of the whole schedule.
    sequences, tokens : int
        Shape of a batch.
    matrix_rate : float
        Learning rate of the layers' matrices, which Muon moves: its steps are of one size, and it
        needs about half the steps of AdamW, which the published training uses.
    learning_rate : float
        Of embeddings, normalisations and biases, which AdamW moves, and so it does scalers.
    scaler_rate : float
        Of the scalers; they are few, and each moves a whole head.
    rate_part : float
        Part of all these rates that is used.
    warm_up, cool_down : int
        Steps of the rise and of the fall of the learning rates.
    late_from : int
        First of the late steps; none unless told.
    late_part : float
        Part of the learning rates that late steps use.
    weight_decay : float
        Of the layers' matrices; published training.
    clip : float
        Largest norm of the gradient; published training.
    scalers_alone : bool
        Everything else keeps its value.
    imperfections : Imperfections
        Of the dies, a new one every step.
    """

    steps: int
    sequences: int = 8
    tokens: int = 256
    matrix_rate: float = 2e-2
    learning_rate: float = 3e-3
    scaler_rate: float = 1e-2
    rate_part: float = 1.0
    warm_up: int = 50
    cool_down: int = 0
    late_from: int = MANY_STEPS
    late_part: float = 1.0
    weight_decay: float = 0.1
    clip: float = 1.0
    scalers_alone: bool = False
    imperfections: Imperfections = field(default_factory=Imperfections)

    def __post_init__(self) -> None:
        for name in ("steps", "sequences", "tokens"):
            check_integer(f"recipe {name}", getattr(self, name), low=1, high=MANY_STEPS)
        for name in ("warm_up", "cool_down", "late_from"):
            check_integer(f"recipe {name}", getattr(self, name), low=0, high=MANY_STEPS)
        for name in (
            "matrix_rate", "learning_rate", "scaler_rate", "rate_part", "late_part", "clip",
        ):  # fmt: skip
            check_positive(f"recipe {name}", getattr(self, name))
        check_not_negative("recipe weight_decay", self.weight_decay)

    def rate(self, step: int) -> float:
        """Return the part of the learning rates that is used at a step.

        Parameters
        ----------
        step : int
            From 0.

        Returns
        -------
        float
            0 to ``rate_part``.

        Examples
        --------
        >>> recipe = Recipe(steps=10, warm_up=2, cool_down=5)
        >>> [recipe.rate(step) for step in (0, 1, 5, 9)]
        [0.5, 1.0, 1.0, 0.2]
        """
        rising = (step + 1) / self.warm_up if self.warm_up else 1.0
        falling = (self.steps - step) / self.cool_down if self.cool_down else 1.0
        late = self.late_part if step >= self.late_from else 1.0
        return self.rate_part * late * min(1.0, rising, falling)


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a run took.

    Parameters
    ----------
    steps : int
        Steps done.
    seconds : float
        CPU time.
    """

    steps: int
    seconds: float


def train(
    model: Transformer,
    corpus: Corpus,
    recipe: Recipe,
    *,
    seed: int,
    checkpoint: Path,
    until: int | None = None,
    first_batch: int = 0,
    begin_with: Path | None = None,
    start: str | None = None,
    teacher: Transformer | None = None,
    progress: Callable[[float], None] = lambda _: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Trained:
    """Train a model in place, from its last checkpoint if there is one.

    Every step draws its batch, and its die if there are imperfections, from the seed and its own
    number: a run that was interrupted ends with the weights that it would have had.

    Parameters
    ----------
    model : Transformer
        The model as the run begins.
    corpus : Corpus
        What it learns.
    recipe : Recipe
        How.
    seed : int
        Seed of batches and dies.
    checkpoint : Path
        Where the run is kept: before its first step, every minute, when it stops and at its end.
    until : int, optional
        Where to stop, if before the end of the schedule.
    first_batch : int
        Number of the batch of the first step, so that stages do not repeat each other's.
    begin_with : Path, optional
        Checkpoint of a run of the same settings that stopped before its end, used if there is
        none of this run.
    start : str, optional
        Digest of the weights that came from elsewhere; a checkpoint of others is refused.
    teacher : Transformer, optional
        The heads learn to answer what those of this model do; without it, the model learns to
        predict the text.
    progress : callable
        Is told the part that is done.
    stop_requested : callable
        Asked after every step.

    Returns
    -------
    Trained
        What it took; of an earlier part, too.

    Raises
    ------
    UserError
        A checkpoint cannot be used or written, or the loss is not finite.
    KeyboardInterrupt
        A stop was requested; the checkpoint is written.
    """
    last = recipe.steps if until is None else until
    settings = {
        "seed": seed,
        "corpus": corpus.sha256,
        "first_batch": first_batch,
        **_flat("model", asdict(model.config)),
        **_flat("recipe", asdict(recipe)),
        "hardware": repr([each.hardware for each in model.hardware_heads()[:1]]),
    }
    if start is not None:
        settings["start"] = start
    if teacher is not None:
        settings["teacher"] = teacher.sha256
    found = Checkpoint.load(checkpoint, settings)
    if found is None and begin_with is not None:
        found = Checkpoint.load(begin_with, settings)
    steps = Steps(model, corpus, recipe, seed=seed, first_batch=first_batch, teacher=teacher)
    step, seconds = 0, 0.0
    if found is not None:
        model.load_state_dict(found.model)
        steps.restore(found.optimisers)
        step, seconds = found.step, found.seconds

    def save() -> None:
        Checkpoint(
            settings=settings,
            step=step,
            model=model.state_dict(),
            optimisers=steps.state(),
            seconds=seconds,
        ).save(checkpoint)

    if found is None or not checkpoint.exists():
        save()  # where it cannot be written, no step is wasted
    saved_at, is_saved = time.monotonic(), True
    while step < last:
        began = time.process_time()
        steps.take(step)
        step, is_saved = step + 1, False
        seconds += time.process_time() - began
        progress(step / last)
        if stop_requested():
            save()
            raise KeyboardInterrupt(f"the first {step} of {last} steps are kept in {checkpoint}")
        if time.monotonic() - saved_at > CHECKPOINT_S:
            save()
            saved_at, is_saved = time.monotonic(), True
    if not is_saved:
        save()
    return Trained(steps=step, seconds=seconds)


def _flat(prefix: str, values: dict[str, object]) -> dict[str, object]:
    return {f"{prefix} {name}": value for name, value in values.items()}


class Steps:
    """Steps of training of one model.

    Parameters
    ----------
    model : Transformer
        Trained in place.
    corpus : Corpus
        What it learns.
    recipe : Recipe
        How.
    seed : int
        Seed of batches and dies.
    first_batch : int
        Number of the batch of the first step.
    teacher : Transformer, optional
        As of :func:`train`.
    """

    def __init__(
        self,
        model: Transformer,
        corpus: Corpus,
        recipe: Recipe,
        *,
        seed: int,
        first_batch: int = 0,
        teacher: Transformer | None = None,
    ) -> None:
        self._model = model
        self._corpus = corpus
        self._recipe = recipe
        self._seed = seed
        self._first_batch = first_batch
        self._teacher = teacher
        self._optimisers = _optimisers(model, recipe)

    def take(self, step: int) -> None:
        """Take one step.

        Parameters
        ----------
        step : int
            Its number, from 0.

        Raises
        ------
        UserError
            The loss is not finite.
        """
        recipe, batch = self._recipe, self._first_batch + step
        self._model.draw_dies(recipe.imperfections, seed=(self._seed, batch))
        inputs, targets = self._corpus.batch(
            batch, sequences=recipe.sequences, tokens=recipe.tokens, seed=self._seed
        )
        if self._teacher is None:
            logits = self._model(inputs)
            loss = functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
        else:
            loss = transfer_loss(self._model, self._teacher, inputs)
        if not math.isfinite(loss.item()):
            raise UserError(f"training loss must stay finite, but is {loss.item()} at step {step}")
        self._model.zero_grad()
        loss.backward()
        groups = [group for each in self._optimisers for group in each.param_groups]
        trained = [each for group in groups for each in group["params"]]
        torch.nn.utils.clip_grad_norm_(trained, recipe.clip)
        for group in groups:
            group["lr"] = group["full_rate"] * recipe.rate(step)
        for optimiser in self._optimisers:
            optimiser.step()

    def state(self) -> list[dict[str, Any]]:
        """Return the states of the optimisers.

        Returns
        -------
        list of dict
            For :meth:`restore`.
        """
        return [each.state_dict() for each in self._optimisers]

    def restore(self, states: list[dict[str, Any]]) -> None:
        """Go on with other states of the optimisers.

        Parameters
        ----------
        states : list of dict
            Of :meth:`state`.
        """
        for optimiser, state in zip(self._optimisers, states, strict=True):
            optimiser.load_state_dict(state)


def _optimisers(model: Transformer, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Return Muon for the layers' matrices and AdamW for the rest; matrices alone decay."""
    scalers = [
        each
        for module in model.modules()
        if isinstance(module, HeadScaler)
        for each in module.parameters()
    ]
    are_scalers = {id(each) for each in scalers}
    groups = [{"params": scalers, "full_rate": recipe.scaler_rate}]
    optimisers: list[torch.optim.Optimizer] = []
    if not recipe.scalers_alone:
        inner = {id(each) for each in model.h.parameters() if each.dim() > 1}
        matrices = [each for each in model.parameters() if id(each) in inner]
        group = {"params": matrices, "full_rate": recipe.matrix_rate}
        optimisers.append(torch.optim.Muon([group], weight_decay=recipe.weight_decay))
        others = [
            each
            for each in model.parameters()
            if id(each) not in inner and id(each) not in are_scalers
        ]
        groups.append({"params": others, "full_rate": recipe.learning_rate})
    groups = [each for each in groups if each["params"]]
    if groups:
        optimisers.append(torch.optim.AdamW(groups, betas=BETAS, weight_decay=0.0, fused=True))
    return optimisers
