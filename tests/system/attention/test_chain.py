import pytest
import torch

from system.attention.chain import Chain, ChainResult, Judged
from system.attention.evaluation import bits_per_token
from system.attention.plan import Plan
from system.errors import UserError
from tests.system.attention.tiny import CONFIG, HARDWARE, tiny_corpus, tiny_model

PLAN = Plan(
    steps=60,
    scaler_steps=5,
    noise_steps=6,
    sequences=4,
    last_rate_part=0.5,
    judged_one_in=1,
    passed_one_in=1,
    seed=3,
    model=CONFIG,
    hardware=HARDWARE,
)
CORPUS = tiny_corpus()
NAMES = [
    "software, pretrained",
    "software, trained on",
    "linear, mapped directly",
    "nonlinear, mapped directly",
    "linear, ranges fitted",
    "linear, attention transferred",
    "linear, fine-tuned",
    "nonlinear, not adapted",
    "nonlinear, statistics matched",
    "nonlinear, initialised",
    "nonlinear, scalers calibrated",
    "nonlinear, fine-tuned",
    "nonlinear, noise-aware",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("chain")


@pytest.fixture(scope="module")
def result(folder):
    return Chain(PLAN, CORPUS, folder).run()


def test_the_ends_of_both_paths_take_the_same_part_of_the_learning_rates(result, folder):
    del result  # the stages have left their checkpoints
    stages = ("software", "linear", "nonlinear")
    settings = {name: torch.load(folder / f"{name}.pt")["settings"] for name in stages}

    parts = [settings[name]["recipe rate_part"] for name in stages]
    late = [settings[name]["recipe late_part"] for name in stages]
    assert parts == [1.0, 1.0, 0.5]
    assert late == [0.5, 1.0, 1.0]
    assert settings["software"]["recipe late_from"] == PLAN.pretraining


def test_every_model_is_judged_once(result):
    assert [each.name for each in result.rows] == NAMES
    assert all(0 < each.bits < 9 for each in result.rows)


def test_software_and_hardware_take_the_same_number_of_steps(result):
    steps = {each.name: each.steps for each in result.rows}

    assert steps["software, trained on"] == steps["nonlinear, fine-tuned"] == PLAN.steps
    assert steps["linear, attention transferred"] == PLAN.pretraining + PLAN.transfer
    assert steps["linear, fine-tuned"] == PLAN.before_scalers
    assert steps["nonlinear, scalers calibrated"] - steps["nonlinear, initialised"] == 5
    assert steps["nonlinear, noise-aware"] == PLAN.steps + PLAN.noise_steps


def test_all_of_them_learn(result):
    assert result.bits("software, trained on") < result.bits("software, pretrained") - 0.5
    assert result.bits("nonlinear, fine-tuned") < result.bits("nonlinear, initialised")


def test_models_are_what_their_rows_say(result):
    inputs, targets = CORPUS.validation_windows(CONFIG.positions)

    for model, name in (
        (result.software, "software, trained on"),
        (result.linear, "linear, fine-tuned"),
        (result.nonlinear, "nonlinear, fine-tuned"),
        (result.noise_aware, "nonlinear, noise-aware"),
    ):
        assert bits_per_token(model, inputs, targets) == result.bits(name)
    assert result.software.hardware_heads() == []
    assert {each.hardware for each in map(first_head, (result.nonlinear,))} == {HARDWARE}
    assert first_head(result.linear).hardware == PLAN.linear_hardware


def first_head(model):
    return model.hardware_heads()[0]


def test_speeds_of_all_stages_are_told(result):
    assert {"software", "transfer", "linear", "nonlinear"} <= set(result.tokens_per_s)
    assert all(each > 0 for each in result.tokens_per_s.values())


def test_a_second_run_finds_everything_done(result, folder):
    stages = []

    again = Chain(PLAN, CORPUS, folder, progress=lambda stage, _: stages.append(stage)).run()

    assert [each.bits for each in again.rows] == [each.bits for each in result.rows]
    assert not [each for each in stages if each.startswith("training")]


def test_a_model_that_is_trained_already_is_not_pretrained(tmp_path):
    start = tiny_model(9)

    result = Chain(PLAN, CORPUS, tmp_path, start=start).run()

    inputs, targets = CORPUS.validation_windows(CONFIG.positions)
    assert result.bits("software, pretrained") == bits_per_token(start, inputs, targets)
    assert next(each.steps for each in result.rows) == 0
    assert not (tmp_path / "pretraining.pt").exists()


def test_checkpoints_of_another_trained_model_are_refused(tmp_path):
    Chain(PLAN, CORPUS, tmp_path, start=tiny_model(9)).run()

    with pytest.raises(UserError, match=r"software\.pt: must be of the same run, whose start is "):
        Chain(PLAN, CORPUS, tmp_path, start=tiny_model(10)).run()


def rows(**bits):
    names = {"linear": "linear, fine-tuned", "bare": "nonlinear, not adapted", "now": "now"}
    found = tuple(
        Judged(name=names[key], bits=value, steps=1, seconds=0.0) for key, value in bits.items()
    )
    model = tiny_model()
    return ChainResult(
        rows=found, software=model, linear=model, nonlinear=model, noise_aware=None, tokens_per_s={}
    )


def test_the_recovered_part_goes_from_not_adapted_to_linear():
    assert rows(linear=2.7, bare=3.3, now=2.85).recovered("now") == pytest.approx(0.75)


def test_where_hardly_anything_was_lost_nothing_is_recovered():
    assert rows(linear=2.700, bare=2.705, now=2.703).recovered("now") is None
