"""``axocell attention``: a language model moves from softmax to gain cells."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from analog_models.attention.geometry import HeadGeometry
from system.attention.budget import steps_within, use_threads
from system.attention.chain import Chain, ChainResult
from system.attention.evaluation import perplexity, sliding_bits_per_token
from system.attention.gpt2 import load_gpt2, read_tokens
from system.attention.hardware import Hardware
from system.attention.plan import Plan, full_plan
from system.attention.report import build_report
from system.attention.report_page import tables, write_report
from system.attention.sweeps import SweepPoint, fitting_knobs, sweep
from system.attention.texts import Corpus, corpus_of, standard_library
from system.attention.transformer import Transformer
from system.cli.terminal import progress_bar, show_table, write
from system.errors import UserError
from system.run.interruption import deferred_interrupts

__all__ = ["execute"]

CHECKPOINTS = "checkpoints"
GPT2_RATE_PART = 0.1  # it is trained already
UNKNOWN = -1.0  # how much of a stage is done

Progress = Callable[[str, float], None]
StopRequested = Callable[[], bool]


def execute(arguments: argparse.Namespace) -> int:
    """Run the chain, show what came of it and write the report.

    Parameters
    ----------
    arguments : argparse.Namespace
        The options of ``axocell attention``, and ``words``: the command word by word.

    Returns
    -------
    int
        Exit status: 0.

    Raises
    ------
    UserError
        A file or an option cannot be used, or the output cannot be written.
    KeyboardInterrupt
        The run was stopped; the message says what was kept.
    """
    if (arguments.gpt2 is None) != (arguments.text is None):
        raise UserError("--gpt2 and --text must come together, but one is missing")
    use_threads(arguments.threads)
    with deferred_interrupts() as stop_requested, progress_bar() as progress:
        if arguments.gpt2 is None:
            progress("reading the text", UNKNOWN)
            _run_chain(arguments, None, standard_library(), progress, stop_requested)
            return 0
        progress("reading the model and the text", UNKNOWN)
        start = load_gpt2(arguments.gpt2)
        tokens = read_tokens(arguments.text, arguments.gpt2, vocabulary=start.config.vocabulary)
        if arguments.steps or arguments.minutes or arguments.full:
            corpus = corpus_of(arguments.text.name, tokens, window=start.config.positions)
            result = _run_chain(arguments, start, corpus, progress, stop_requested)
            models = {
                "GPT-2 as given": start,
                "software, trained on": result.software,
                "nonlinear, fine-tuned": result.nonlinear,
            }
            tokens, part = corpus.validation, "last tenth of the text"
        else:
            models, part = {"GPT-2 as given": start}, "whole text"
        progress("reading through a sliding window", UNKNOWN)
        window = start.config.positions
        rows = []
        for name, model in models.items():
            stride = max(1, window // 2)
            bits = sliding_bits_per_token(model, tokens, window=window, stride=stride)
            rows.append((name, f"{bits:.4f}", f"{perplexity(bits):.3f}"))
    show_table(
        ("model", "bits per token>", "perplexity>"),
        rows,
        title=f"The {part}, {len(tokens)} tokens, through a sliding window of {window}",
    )
    return 0


def _run_chain(
    arguments: argparse.Namespace,
    start: Transformer | None,
    corpus: Corpus,
    progress: Progress,
    stop_requested: StopRequested,
) -> ChainResult:
    """Train, adapt, judge and sweep; show and write what came of it."""
    plan = _plan(arguments, start, corpus)
    chain = Chain(
        plan,
        corpus,
        arguments.output / CHECKPOINTS,
        progress=progress,
        stop_requested=stop_requested,
        start=start,
    )
    result = chain.run()

    def swept(model: Transformer | None, name: str, *, machine: bool) -> list[SweepPoint]:
        if model is None or not plan.dies:
            return []
        knobs = fitting_knobs(plan.hardware.geometry)
        return sweep(
            model,
            lambda changed: chain.bits(changed, one_in=plan.swept_one_in),
            seed=plan.seed,
            dies=plan.dies,
            knobs=[each for each in knobs if machine or each.grows],
            progress=lambda part: progress(f"turning one knob at a time: {name}", part),
            stop_requested=stop_requested,
        )

    report = build_report(
        result,
        swept(result.nonlinear, "nonlinear", machine=True),
        noise_aware_points=swept(result.noise_aware, "noise-aware", machine=False),
        plan=chain.plan,
        corpus=corpus,
        command=arguments.words,
    )
    paths = write_report(report, arguments.output)
    for table in tables(report):
        show_table(table.headings, table.rows, title=table.title)
    write("Written: " + ", ".join(map(str, paths)))
    return result


def _plan(arguments: argparse.Namespace, start: Transformer | None, corpus: Corpus) -> Plan:
    """Return what the options ask for."""
    make = full_plan if arguments.full else lambda seed: Plan(seed=seed)
    plan = _explained(lambda: make(arguments.seed))
    if start is not None:
        plan = replace(
            plan,
            model=start.config,
            pretraining_part=0.0,
            rate_part=GPT2_RATE_PART,
            sequences=1,
        )
    plan = replace(plan, hardware=_hardware(plan, arguments))
    if arguments.steps is not None:
        return _explained(lambda: replace(plan, steps=arguments.steps))
    if arguments.minutes is not None:
        folder = arguments.output / CHECKPOINTS
        return replace(plan, steps=steps_within(arguments.minutes, plan, corpus, folder))
    return plan


def _hardware(plan: Plan, arguments: argparse.Namespace) -> Hardware:
    """Return the machine for a model's heads, its window no longer than the model's positions."""
    head_dim, positions = plan.model.head_dim, plan.model.positions
    tile = arguments.tile or min(plan.hardware.geometry.tile_tokens, positions)
    window = arguments.window or max(tile, positions // tile * tile)
    if window > positions:
        name = "--window" if arguments.window else "--tile"
        raise UserError(f"{name} must be at most the model's positions {positions}, not {window}")
    geometry = _explained(
        lambda: HeadGeometry(head_dim=head_dim, window_tokens=window, tile_tokens=tile)
    )
    return replace(
        plan.hardware,
        geometry=geometry,
        # In proportion to the rows that add up to a score: 80 uA for the published 64.
        score_saturation_a=80e-6 * head_dim / 64,
    )


T = TypeVar("T")


def _explained(make: Callable[[], T]) -> T:
    """Return what is made; what a configuration refuses is the user's mistake here."""
    try:
        return make()
    except (TypeError, ValueError) as error:
        raise UserError(str(error)) from error
