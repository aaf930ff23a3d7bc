"""What a run may take: threads, and as many steps as fit into some minutes."""

import json
import os
import time
from pathlib import Path

import torch

from system.atomic import atomic_file
from system.attention.plan import Plan
from system.attention.texts import Corpus
from system.attention.training import Steps
from system.attention.transformer import Transformer
from system.errors import UserError

__all__ = ["steps_within", "training_speed", "use_threads"]

FEWEST = 120  # steps; with fewer, nothing is learnt that could be lost
OVERHEAD = 1.35  # judging, adapting and sweeping, over training
KEPT = "budget.json"


def use_threads(count: int) -> None:
    """Let PyTorch work with so many threads; sums may round otherwise with another number.

    Parameters
    ----------
    count : int
        Threads.

    Raises
    ------
    UserError
        The machine has fewer processors.
    """
    processors = os.cpu_count() or 1
    if not 1 <= count <= processors:
        raise UserError(f"threads must be in 1..{processors}, the processors, not {count}")
    torch.set_num_threads(count)


def training_speed(plan: Plan, corpus: Corpus, *, rounds: int = 3) -> dict[str, float]:
    """Return the training tokens per CPU second of softmax and of both machines.

    Parameters
    ----------
    plan : Plan
        Model, machine and batch.
    corpus : Corpus
        Text.
    rounds : int
        How often each kind takes its turn; the best step of each counts.

    Returns
    -------
    dict of str to float
        Of ``software``, ``linear`` and ``nonlinear``.
    """
    software = Transformer(plan.model, torch.Generator().manual_seed(plan.seed))
    kinds = {
        "software": software,
        "linear": software.on_hardware(plan.linear_hardware),
        "nonlinear": software.on_hardware(plan.hardware),
    }
    recipe = plan.recipe(rounds + 1)
    steps = {name: Steps(model, corpus, recipe, seed=plan.seed) for name, model in kinds.items()}
    best = dict.fromkeys(kinds, float("inf"))
    for turn in range(rounds + 1):
        for name, each in steps.items():
            began = time.process_time()
            each.take(turn)
            if turn:  # the first one warms up
                best[name] = min(best[name], time.process_time() - began)
    tokens = recipe.sequences * recipe.tokens
    return {name: tokens / seconds for name, seconds in best.items()}


def steps_within(minutes: float, plan: Plan, corpus: Corpus, folder: Path) -> int:
    """Return the steps of a chain that takes about so long.

    What was measured once is kept in the folder, so that a chain that goes on is the same one.

    Parameters
    ----------
    minutes : float
        CPU time of the whole chain.
    plan : Plan
        Everything but the steps.
    corpus : Corpus
        Text.
    folder : Path
        That of the chain's checkpoints.

    Returns
    -------
    int
        Steps.

    Raises
    ------
    UserError
        The folder cannot be written.
    """
    kept = folder / KEPT
    if kept.is_file():
        try:
            found = json.loads(kept.read_text(encoding="utf-8"))
            if found["minutes"] == minutes:
                return int(found["steps"])
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{kept}: must be what axocell wrote, but cannot be read") from error
    speed = training_speed(plan, corpus)
    tokens = plan.sequences * plan.model.positions
    on_hardware = 1 - plan.pretraining_part
    step_s = tokens * (1 / speed["software"] + on_hardware / speed["nonlinear"])
    steps = max(FEWEST, round(60 * minutes / OVERHEAD / step_s))
    with atomic_file(kept) as temporary:
        temporary.write_text(json.dumps({"minutes": minutes, "steps": steps}), encoding="utf-8")
    return steps
