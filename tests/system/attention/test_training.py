import math
from dataclasses import replace

import pytest
import torch

from system.attention.die import Imperfections
from system.attention.evaluation import bits_per_token
from system.attention.training import Recipe, train
from system.errors import UserError
from tests.system.attention.tiny import HARDWARE, tiny_corpus, tiny_model

RECIPE = Recipe(steps=12, sequences=4, tokens=32, warm_up=3, cool_down=4)
CORPUS = tiny_corpus()


def started(kind):
    return tiny_model() if kind == "software" else tiny_model().on_hardware(HARDWARE)


def trained(tmp_path, kind="software", recipe=RECIPE, **options):
    model = started(kind)
    train(model, CORPUS, recipe, seed=1, checkpoint=tmp_path / "run.pt", **options)
    return model


def same(one, other):
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(left, right) for left, right in pairs)


def killed(_steps, _step):
    raise MemoryError


class Countdown:
    """Asks to stop after some steps."""

    def __init__(self, steps):
        self.left = steps

    def __call__(self):
        self.left -= 1
        return self.left == 0


@pytest.mark.parametrize("kind", ["software", "hardware"])
def test_a_model_learns(kind, tmp_path):
    inputs, targets = CORPUS.validation_windows(32)
    before = bits_per_token(started(kind), inputs, targets)

    model = trained(tmp_path, kind, replace(RECIPE, steps=80, cool_down=20))

    assert before == pytest.approx(8.0, abs=0.1)
    assert bits_per_token(model, inputs, targets) < 3.0


@pytest.mark.parametrize("kind", ["software", "hardware"])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_an_interrupted_run_ends_with_the_same_weights(kind, noise, tmp_path):
    recipe = replace(RECIPE, imperfections=Imperfections(output_noise=noise))
    whole = trained(tmp_path / "whole", kind, recipe)

    with pytest.raises(KeyboardInterrupt) as stop:
        trained(tmp_path / "cut", kind, recipe, stop_requested=Countdown(5))
    resumed = trained(tmp_path / "cut", kind, recipe)

    path = tmp_path / "cut" / "run.pt"
    assert str(stop.value) == f"the first 5 of 12 steps are kept in {path}"
    assert same(resumed, whole)
    assert not same(resumed, started(kind))


def test_a_finished_run_is_not_repeated(tmp_path):
    model = trained(tmp_path)
    parts = []

    again = trained(tmp_path, progress=parts.append)

    assert same(model, again)
    assert parts == []


def test_a_run_goes_on_where_another_stopped_before_its_end(tmp_path):
    whole = trained(tmp_path / "whole")
    trained(tmp_path / "first", until=7)

    model = trained(tmp_path / "second", begin_with=tmp_path / "first" / "run.pt")

    assert same(model, whole)
    assert (tmp_path / "second" / "run.pt").exists()


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    trained(tmp_path)

    with pytest.raises(UserError) as error:
        trained(tmp_path, recipe=replace(RECIPE, steps=13))

    path = tmp_path / "run.pt"
    assert str(error.value) == (
        f"{path}: must be of the same run, whose recipe steps is 13, not 12; "
        f"remove it or choose another folder"
    )


def test_a_checkpoint_of_another_machine_is_refused(tmp_path):
    trained(tmp_path)

    with pytest.raises(UserError, match=r"must be of the same run, whose hardware is "):
        trained(tmp_path, "hardware")


def test_a_checkpoint_cut_short_is_refused(tmp_path):
    trained(tmp_path)
    path = tmp_path / "run.pt"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(UserError, match=r"must be a checkpoint of axocell, but is not one$"):
        trained(tmp_path)


def test_a_checkpoint_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(UserError, match=r"the output cannot be written here"):
        trained(tmp_path / "file")

    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_cannot_be_written_costs_no_step(tmp_path):
    (tmp_path / "file").touch()
    parts = []

    with pytest.raises(UserError, match=r"run\.pt: the output cannot be written here: "):
        trained(tmp_path / "file", progress=parts.append)

    assert parts == []


def test_a_run_killed_in_its_first_step_begins_again(tmp_path, monkeypatch):
    whole = trained(tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr("system.attention.training.Steps.take", killed)
        with pytest.raises(MemoryError):
            trained(tmp_path / "cut")

    assert (tmp_path / "cut" / "run.pt").exists()
    assert same(trained(tmp_path / "cut"), whole)


def test_the_scalers_can_be_trained_alone(tmp_path):
    model = trained(tmp_path, "hardware", replace(RECIPE, scalers_alone=True))

    state = started("hardware").state_dict()
    moved = {
        name for name, each in model.state_dict().items() if not torch.equal(each, state[name])
    }
    assert moved
    assert all(".mechanism." in name for name in moved)
    assert {name.rpartition(".")[2] for name in moved} == {"gain", "offset"}


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path):
    model = tiny_model()
    with torch.no_grad():
        model.wte.weight[3] = math.nan

    with pytest.raises(UserError, match=r"^training loss must stay finite, but is nan at step 0$"):
        train(model, CORPUS, RECIPE, seed=1, checkpoint=tmp_path / "run.pt")

    assert torch.load(tmp_path / "run.pt", weights_only=True)["step"] == 0


def test_checkpoints_hold_nothing_that_runs(tmp_path):
    trained(tmp_path)

    state = torch.load(tmp_path / "run.pt", weights_only=True)

    assert state["step"] == 12


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, r"^recipe steps must be in 1\.\.\d+, not 0$"),
        ({"matrix_rate": 0.0}, r"^recipe matrix_rate must be positive, not 0\.0$"),
        ({"weight_decay": -1.0}, r"^recipe weight_decay must not be negative, not -1\.0$"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(RECIPE, **changes)
