"""From software to gain cells: every stage trained, adapted and judged."""

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from system.attention.adaptation import (
    match_statistics,
    recorded,
    recording,
    use_ranges,
)
from system.attention.die import Imperfections
from system.attention.evaluation import bits_per_token
from system.attention.plan import Plan
from system.attention.scaler_fit import fit_scalers
from system.attention.texts import Corpus
from system.attention.training import Recipe, Trained, train
from system.attention.transformer import Transformer

__all__ = ["TRAINED_FOR", "Chain", "ChainResult", "Judged"]

ADAPTATION_BATCH = 1 << 40  # number of a batch that no training reaches
ADAPTATION_SEQUENCES = 16  # published code
LEAST_LOSS = 0.01  # bits; parts of less are parts of chance
SCALER_RATE = 2e-2  # where few steps are taken and little else moves
TRANSFER_MATRIX_RATE = 5e-2  # each layer learns for itself, and bears larger steps
TRAINED_FOR = Imperfections(  # about twice of what a model can bear that never met them
    decay_per_token=4e-3,
    storage_noise_v=0.04,
    cell_gain=0.2,
    cell_threshold_v=0.05,
    score_gain=0.25,
    score_offset=0.04,
    score_noise=0.03,
    output_gain=0.2,
    output_offset=0.03,
    output_noise=0.025,
)
NOISE_RATE_PART = 0.3  # the model is trained already


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How well one model of the chain predicts the validation text.

    Parameters
    ----------
    name : str
        The model.
    bits : float
        Bits per character.
    steps : int
        Training steps behind it, of all its stages.
    seconds : float
        CPU time of what came since the model before it.
    one_in : int
        Validation windows of which one was judged.
    """

    name: str
    bits: float
    steps: int
    seconds: float
    one_in: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class ChainResult:
    """What came of a chain.

    Parameters
    ----------
    rows : tuple of Judged
        In the order of the chain.
    software, linear, nonlinear : Transformer
        The trained models.
    noise_aware : Transformer or None
        The nonlinear model trained on with noise and mismatch.
    tokens_per_s : dict of str to float
        Training tokens per CPU second of each kind of model.
    """

    rows: tuple[Judged, ...]
    software: Transformer
    linear: Transformer
    nonlinear: Transformer
    noise_aware: Transformer | None
    tokens_per_s: dict[str, float]

    def bits(self, name: str) -> float:
        """Return the bits per character of a model.

        Parameters
        ----------
        name : str
            One of the rows.

        Returns
        -------
        float
            Bits per character.
        """
        (row,) = (each for each in self.rows if each.name == name)
        return row.bits

    def recovered(self, name: str) -> float | None:
        """Return the part of the loss from linear to nonlinear that a model does not have.

        Parameters
        ----------
        name : str
            One of the rows.

        Returns
        -------
        float or None
            1 if it is as good as the linear model, 0 if as bad as the nonlinear one unadapted;
            None if hardly anything was lost.
        """
        loss = self.bits("nonlinear, not adapted") - self.bits("linear, fine-tuned")
        if loss < LEAST_LOSS:
            return None
        return (self.bits("nonlinear, not adapted") - self.bits(name)) / loss


class Chain:
    """A chain in a folder of checkpoints, from which an interrupted one goes on.

    Parameters
    ----------
    plan : Plan
        What to do.
    corpus : Corpus
        What is learnt.
    folder : Path
        Where the checkpoints are.
    progress : callable
        Is told the stage, and how much of it is done.
    stop_requested : callable
        Asked after every step.
    start : Transformer, optional
        A software model that is trained already: nothing is pretrained.
    """

    def __init__(
        self,
        plan: Plan,
        corpus: Corpus,
        folder: Path,
        *,
        progress: Callable[[str, float], None] = lambda _stage, _part: None,
        stop_requested: Callable[[], bool] = lambda: False,
        start: Transformer | None = None,
    ) -> None:
        self.plan = plan if start is None else replace(plan, pretraining_part=0.0)
        self._start = start
        self._start_sha256 = None if start is None else start.sha256
        self._corpus = corpus
        self._folder = folder
        self._progress = progress
        self._stop_requested = stop_requested
        self._windows = corpus.validation_windows(plan.model.positions)
        self._rows: list[Judged] = []
        self._speed: dict[str, float] = {}
        self._batch, _ = corpus.batch(
            ADAPTATION_BATCH,
            sequences=ADAPTATION_SEQUENCES,
            tokens=plan.model.positions,
            seed=plan.seed,
        )

    def run(self) -> ChainResult:
        """Train, adapt and judge.

        Returns
        -------
        ChainResult
            Everything.

        Raises
        ------
        UserError
            A checkpoint cannot be used or written.
        KeyboardInterrupt
            A stop was requested; the checkpoints are written.
        """
        plan = self.plan
        pretrained, software = self._software()
        linear = self._linear(pretrained)
        nonlinear = self._adapted(linear)
        recipe = plan.recipe(
            plan.nonlinear, cool_down=plan.cool_down, rate_part=plan.last_rate_part
        )
        done = plan.before_scalers + plan.scaler_steps
        trained = self._train("nonlinear", nonlinear, recipe, first_batch=done)
        self._judge("nonlinear, fine-tuned", nonlinear, plan.steps, trained.seconds)
        noise_aware = self._noise_aware(nonlinear) if plan.noise_steps else None
        return ChainResult(
            rows=tuple(self._rows),
            software=software,
            linear=linear,
            nonlinear=nonlinear,
            noise_aware=noise_aware,
            tokens_per_s=self._speed,
        )

    def bits(self, model: Transformer, *, one_in: int) -> float:
        """Return how well a model predicts the validation text.

        Parameters
        ----------
        model : Transformer
            Any model of the same vocabulary.
        one_in : int
            Windows of which one is judged.

        Returns
        -------
        float
            Bits per character.
        """
        inputs, targets = self._windows
        return bits_per_token(model, inputs[::one_in], targets[::one_in])

    def _software(self) -> tuple[Transformer, Transformer]:
        """Return the software model after the pretraining, and after all steps."""
        plan, begin, seconds = self.plan, None, 0.0
        recipe = plan.software_recipe
        if self._start is None:
            model = Transformer(plan.model, torch.Generator().manual_seed(plan.seed))
            seconds = self._train("pretraining", model, recipe, until=plan.pretraining).seconds
            begin = self._path("pretraining")
        else:
            model = copy.deepcopy(self._start)
        self._judge("software, pretrained", model, plan.pretraining, seconds)
        pretrained = copy.deepcopy(model)
        whole = self._train("software", model, recipe, begin_with=begin)
        self._judge("software, trained on", model, plan.steps, whole.seconds - seconds)
        return pretrained, model

    def _linear(self, pretrained: Transformer) -> Transformer:
        plan, steps = self.plan, self.plan.pretraining
        direct = pretrained.on_hardware(plan.linear_hardware)
        self._judge("linear, mapped directly", direct, steps, 0.0)
        direct = pretrained.on_hardware(plan.hardware)
        self._judge("nonlinear, mapped directly", direct, steps, 0.0)
        linear = pretrained.on_hardware(plan.linear_hardware)
        with _timed() as seconds:
            use_ranges(linear, pretrained, self._batch)
        self._judge("linear, ranges fitted", linear, steps, seconds())
        recipe = replace(
            plan.recipe(plan.transfer, cool_down=plan.transfer // 2),
            matrix_rate=TRANSFER_MATRIX_RATE,
            scaler_rate=SCALER_RATE,
            warm_up=min(5, plan.transfer),
        )
        trained = self._train("transfer", linear, recipe, first_batch=steps, teacher=pretrained)
        steps += plan.transfer
        self._judge("linear, attention transferred", linear, steps, trained.seconds)
        with recording(linear):
            recipe = plan.recipe(plan.linear)
            trained = self._train("linear", linear, recipe, first_batch=steps)
        self._judge("linear, fine-tuned", linear, plan.before_scalers, trained.seconds)
        return linear

    def _adapted(self, linear: Transformer) -> Transformer:
        """Return the nonlinear model after everything that is not training."""
        plan, steps = self.plan, self.plan.before_scalers
        bare = linear.on_hardware(plan.hardware)
        self._judge("nonlinear, not adapted", bare, steps, 0.0)
        with _timed() as seconds:
            match_statistics(bare, recorded(linear), self._batch)
        self._judge("nonlinear, statistics matched", bare, steps, seconds())
        adapted = linear.on_hardware(plan.hardware)
        with _timed() as seconds:
            fit_scalers(adapted, linear, self._batch)
        self._judge("nonlinear, initialised", adapted, steps, seconds())
        recipe = replace(
            plan.recipe(plan.scaler_steps, cool_down=plan.scaler_steps),
            scalers_alone=True,
            scaler_rate=SCALER_RATE,
            warm_up=1,
        )
        calibrated = copy.deepcopy(adapted)
        trained = self._train("scalers", calibrated, recipe, first_batch=steps)
        steps += plan.scaler_steps
        self._judge("nonlinear, scalers calibrated", calibrated, steps, trained.seconds)
        return calibrated

    def _noise_aware(self, nonlinear: Transformer) -> Transformer:
        plan = self.plan
        model = copy.deepcopy(nonlinear)
        recipe = replace(
            plan.recipe(plan.noise_steps, cool_down=plan.noise_steps),
            rate_part=NOISE_RATE_PART * plan.rate_part,
            imperfections=TRAINED_FOR,
        )
        trained = self._train("noise-aware", model, recipe, first_batch=plan.steps)
        model.draw_dies(Imperfections(), seed=(plan.seed,))
        steps = plan.steps + plan.noise_steps
        self._judge("nonlinear, noise-aware", model, steps, trained.seconds)
        return model

    def _train(
        self,
        stage: str,
        model: Transformer,
        recipe: Recipe,
        *,
        until: int | None = None,
        first_batch: int = 0,
        begin_with: Path | None = None,
        teacher: Transformer | None = None,
    ) -> Trained:
        trained = train(
            model,
            self._corpus,
            recipe,
            seed=self.plan.seed,
            checkpoint=self._path(stage),
            until=until,
            first_batch=first_batch,
            begin_with=begin_with,
            start=self._start_sha256,
            teacher=teacher,
            progress=lambda part: self._progress(f"training: {stage}", part),
            stop_requested=self._stop_requested,
        )
        tokens = trained.steps * recipe.sequences * recipe.tokens
        self._speed[stage] = tokens / trained.seconds
        return trained

    def _judge(self, name: str, model: Transformer, steps: int, seconds: float) -> None:
        self._progress(f"judging: {name}", -1.0)
        last = steps >= self.plan.steps
        one_in = self.plan.judged_one_in if last else self.plan.passed_one_in
        bits = self.bits(model, one_in=one_in)
        self._rows.append(Judged(name=name, bits=bits, steps=steps, seconds=seconds, one_in=one_in))

    def _path(self, stage: str) -> Path:
        return self._folder / f"{stage}.pt"


@contextmanager
def _timed() -> Iterator[Callable[[], float]]:
    """Give a function that returns the CPU time since."""
    began = time.process_time()
    yield lambda: time.process_time() - began
