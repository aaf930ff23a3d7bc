from dataclasses import replace

import pytest

from analog_models.attention.cell_law import PUBLISHED_CUBIC, PUBLISHED_LINEAR
from system.attention.plan import Plan, full_plan


def test_the_stages_of_the_hardware_take_the_steps_of_software():
    plan = Plan(steps=1000)

    stages = plan.pretraining, plan.transfer, plan.linear, plan.scaler_steps, plan.nonlinear
    assert sum(stages) == 1000
    assert min(stages) > 0


def test_the_intermediate_machine_differs_by_its_law_alone():
    plan = Plan()

    assert plan.hardware.law == PUBLISHED_CUBIC
    assert plan.linear_hardware == replace(plan.hardware, law=PUBLISHED_LINEAR)


def test_a_stage_is_trained_as_planned():
    plan = Plan(sequences=3, rate_part=0.5)

    recipe = plan.recipe(20, cool_down=7)

    assert (recipe.steps, recipe.cool_down, recipe.sequences) == (20, 7, 3)
    assert recipe.tokens == plan.model.positions
    assert recipe.rate(10) == 0.5
    assert plan.recipe(20, rate_part=0.2).rate_part == pytest.approx(0.1)


def test_software_learns_at_the_rates_of_the_last_stage_once_the_paths_have_parted():
    plan = Plan(steps=1000, last_rate_part=0.5)

    rate = plan.software_recipe.rate
    assert (rate(plan.pretraining - 1), rate(plan.pretraining)) == (1.0, 0.5)
    assert rate(999) == pytest.approx(0.5 / plan.cool_down)


def test_the_learning_rate_falls_on_the_nonlinear_machine_alone():
    plan = Plan(steps=200, cool_down_part=1.0)

    assert plan.cool_down == plan.nonlinear


def test_full_runs_differ_by_what_follows_the_figure_alone():
    plans = [full_plan(seed) for seed in (1, 2, 3)]

    assert [each.dies > 0 for each in plans] == [True, False, False]
    assert [each.noise_steps > 0 for each in plans] == [True, False, False]
    same = {replace(each, seed=0, dies=0, noise_steps=0) for each in plans}
    assert len(same) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 9}, r"^plan steps must be in 10\.\.\d+, not 9$"),
        ({"dies": -1}, r"^plan dies must be in 0\.\.\d+, not -1$"),
        ({"seed": -1}, r"^plan seed must be in 0\.\.\d+, not -1$"),
        (
            {"last_rate_part": 1.5},
            r"^plan last_rate_part must be in 0\.\.1, not 1\.5$",
        ),
        ({"linear_part": 1.5}, r"^plan linear_part must be in 0\.\.1, not 1\.5$"),
        (
            {"steps": 50, "scaler_steps": 40},
            r"^plan steps must leave some for the last stage, but .* before it take 74 of 50$",
        ),
    ],
)
def test_a_plan_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(Plan(), **changes)
