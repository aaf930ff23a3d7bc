import json
import os
from dataclasses import replace

import pytest
import torch

from system.attention import budget
from system.attention.budget import steps_within, training_speed, use_threads
from system.attention.plan import Plan
from system.errors import UserError
from tests.system.attention.tiny import CONFIG, HARDWARE, tiny_corpus

PLAN = Plan(model=CONFIG, hardware=HARDWARE, sequences=2)
CORPUS = tiny_corpus()
SPEED = {"software": 4000.0, "linear": 2500.0, "nonlinear": 2000.0}  # tokens a second


@pytest.fixture
def known_speed(monkeypatch):
    asked = []
    monkeypatch.setattr(budget, "training_speed", lambda *_: asked.append(1) or SPEED)
    return asked


def test_every_kind_of_model_is_timed():
    speed = training_speed(PLAN, CORPUS, rounds=1)

    assert list(speed) == ["software", "linear", "nonlinear"]
    assert all(each > 0 for each in speed.values())


@pytest.mark.usefixtures("known_speed")
def test_steps_fill_the_minutes(tmp_path):
    steps = steps_within(10.0, PLAN, CORPUS, tmp_path)

    tokens = steps * PLAN.sequences * CONFIG.positions
    on_hardware = 1 - PLAN.pretraining_part
    training_s = tokens * (1 / SPEED["software"] + on_hardware / SPEED["nonlinear"])
    assert 1.35 * training_s == pytest.approx(600, rel=1e-2)  # 1.35: judging and sweeping


@pytest.mark.usefixtures("known_speed")
def test_few_minutes_are_enough_for_some_steps(tmp_path):
    assert steps_within(1e-3, PLAN, CORPUS, tmp_path) == 120


def test_what_was_measured_holds_for_the_same_minutes(known_speed, tmp_path):
    steps = [steps_within(minutes, PLAN, CORPUS, tmp_path) for minutes in (10.0, 10.0, 20.0)]

    assert len(known_speed) == 2
    assert steps[0] == steps[1]
    assert steps[2] == pytest.approx(2 * steps[0], rel=1e-2)


@pytest.mark.parametrize("content", ["", "[]", json.dumps({"minutes": 10.0})])
def test_a_file_of_another_kind_is_refused(content, tmp_path):
    (tmp_path / "budget.json").write_text(content)

    with pytest.raises(UserError) as error:
        steps_within(10.0, PLAN, CORPUS, tmp_path)

    assert str(error.value) == (
        f"{tmp_path / 'budget.json'}: must be what axocell wrote, but cannot be read"
    )


def test_threads_are_those_of_the_machine():
    processors = os.cpu_count() or 1
    use_threads(1)

    assert torch.get_num_threads() == 1
    for count in (0, processors + 1):
        with pytest.raises(UserError) as error:
            use_threads(count)
        assert str(error.value) == (
            f"threads must be in 1..{processors}, the processors, not {count}"
        )


@pytest.mark.usefixtures("known_speed")
def test_a_longer_pretraining_leaves_time_for_more_steps(tmp_path):
    longer = replace(PLAN, pretraining_part=0.8)

    assert steps_within(10.0, longer, CORPUS, tmp_path / "longer") > steps_within(
        10.0, PLAN, CORPUS, tmp_path / "shorter"
    )
