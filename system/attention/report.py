"""What came of a chain and its sweeps, as plain data."""

import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from system.attention.chain import ChainResult
from system.attention.plan import Plan
from system.attention.sweeps import KNOBS, Knob, SweepPoint, affordable, dominant
from system.attention.texts import Corpus

__all__ = ["build_report"]

SCHEMA = 1
PACKAGES = ("torch", "numpy", "axocell")
ADAPTED = (
    "nonlinear, statistics matched",
    "nonlinear, initialised",
    "nonlinear, scalers calibrated",
)


def build_report(
    result: ChainResult,
    points: Sequence[SweepPoint],
    *,
    noise_aware_points: Sequence[SweepPoint] = (),
    plan: Plan,
    corpus: Corpus,
    command: Sequence[str],
) -> dict[str, Any]:
    """Return everything about a chain as plain data.

    Parameters
    ----------
    result : ChainResult
        The chain.
    points : sequence of SweepPoint
        The sweeps of the nonlinear model; may be empty.
    noise_aware_points : sequence of SweepPoint
        Those of the model trained on with noise and mismatch; may be empty.
    plan : Plan
        What was planned.
    corpus : Corpus
        What was learnt.
    command : sequence of str
        The command, word by word.

    Returns
    -------
    dict
        As plain as JSON; see ``docs/attention_accuracy.md``.
    """
    speed = result.tokens_per_s
    return {
        "schema": SCHEMA,
        "command": list(command),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "corpus": {
            "name": corpus.name,
            "unit": corpus.unit,
            "training_tokens": len(corpus.training),
            "validation_tokens": len(corpus.validation),
            "sha256": corpus.sha256,
        },
        "model": asdict(plan.model),
        "hardware": _hardware(plan),
        "plan": _plan(plan),
        "models": [asdict(each) for each in result.rows],
        "hardware_minus_software_bits": result.bits("nonlinear, fine-tuned")
        - result.bits("software, trained on"),
        "recovered": {name: result.recovered(name) for name in ADAPTED},
        "training_tokens_per_s": {
            name: speed[name] for name in ("software", "linear", "nonlinear")
        },
        "training_speed_ratio": speed["nonlinear"] / speed["software"],
        "sweeps": [
            _swept(knob, points, noise_aware_points)
            for knob in KNOBS
            if any(each.knob.name == knob.name for each in points)
        ],
        "dominant": [
            {
                "knob": each.knob.name,
                "value": each.value,
                "unit": each.knob.unit,
                "bits": each.change,
                "reason": each.knob.reason,
            }
            for each in dominant(points)
        ],
    }


def _hardware(plan: Plan) -> dict[str, Any]:
    hardware = plan.hardware
    return {
        "head_dim": hardware.geometry.head_dim,
        "window_tokens": hardware.geometry.window_tokens,
        "tile_tokens": hardware.geometry.tile_tokens,
        "query_levels": hardware.coding.query_levels,
        "stored_levels": hardware.coding.stored_levels,
        "output_levels": hardware.coding.output_levels,
        "law": repr(hardware.law),
        "rate_per_token": hardware.leakage.rate_per_token,
        "score_saturation_a": hardware.score_saturation_a,
        "output_saturation_a": hardware.output_saturation_a,
        "normalised": hardware.normalised,
    }


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        "seed": plan.seed,
        "steps": plan.steps,
        "pretraining": plan.pretraining,
        "transfer": plan.transfer,
        "linear": plan.linear,
        "scaler_steps": plan.scaler_steps,
        "nonlinear": plan.nonlinear,
        "noise_steps": plan.noise_steps,
        "sequences": plan.sequences,
        "judged_one_in": plan.judged_one_in,
        "passed_one_in": plan.passed_one_in,
        "swept_one_in": plan.swept_one_in,
        "dies": plan.dies,
    }


def _swept(
    knob: Knob, points: Sequence[SweepPoint], noise_aware_points: Sequence[SweepPoint]
) -> dict[str, Any]:
    """Return what one knob costs either model."""
    hardened = {
        each.value: each.change for each in noise_aware_points if each.knob.name == knob.name
    }
    return {
        "knob": knob.name,
        "unit": knob.unit,
        "points": [
            {"value": each.value, "bits": each.change, "noise_aware_bits": hardened.get(each.value)}
            for each in points
            if each.knob.name == knob.name
        ],
        "grows": knob.grows,
        "affordable": affordable(points, knob) if knob.grows else None,
        "affordable_noise_aware": affordable(noise_aware_points, knob) if hardened else None,
    }
