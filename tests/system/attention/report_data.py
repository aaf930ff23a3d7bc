"""A report without a chain behind it."""

from system.attention.chain import ChainResult, Judged
from system.attention.plan import Plan
from system.attention.report import build_report
from system.attention.sweeps import KNOBS, SweepPoint
from tests.system.attention.tiny import CONFIG, HARDWARE, tiny_corpus, tiny_model

BITS = {
    "software, pretrained": 2.6,
    "software, trained on": 2.3,
    "linear, fine-tuned": 2.7,
    "nonlinear, not adapted": 3.2,
    "nonlinear, statistics matched": 2.9,
    "nonlinear, initialised": 2.75,
    "nonlinear, scalers calibrated": 2.72,
    "nonlinear, fine-tuned": 2.4,
}
PLAN = Plan(model=CONFIG, hardware=HARDWARE)


def some_points(factor=1.0):
    """Costs that grow with the value, of every knob."""
    return [
        SweepPoint(knob=knob, value=value, change=factor * 0.01 * (number + position))
        for number, knob in enumerate(KNOBS)
        for position, value in enumerate(knob.values)
    ]


def a_report(points=None, noise_aware_points=(), **bits):
    model = tiny_model()
    result = ChainResult(
        rows=tuple(
            Judged(name=name, bits=each, steps=100, seconds=1.5)
            for name, each in {**BITS, **bits}.items()
        ),
        software=model,
        linear=model,
        nonlinear=model,
        noise_aware=None,
        tokens_per_s={"software": 10000.0, "linear": 7000.0, "nonlinear": 6500.0},
    )
    return build_report(
        result,
        some_points() if points is None else points,
        noise_aware_points=noise_aware_points,
        plan=PLAN,
        corpus=tiny_corpus(),
        command=["axocell", "attention", "--output", "<b>&"],
    )
