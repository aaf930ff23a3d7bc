import pytest
import torch

from system.attention.checkpoint import Checkpoint
from system.errors import UserError

SETTINGS = {"seed": 1, "recipe steps": 12}


def a_checkpoint(**changes):
    values = {
        "settings": SETTINGS,
        "step": 3,
        "model": {"weight": torch.arange(4.0)},
        "optimisers": [{"state": {0: {"step": 3}}}],
        "seconds": 1.5,
    }
    return Checkpoint(**{**values, **changes})


def test_what_was_saved_is_loaded(tmp_path):
    path = tmp_path / "new folder" / "run.pt"

    a_checkpoint().save(path)
    found = Checkpoint.load(path, SETTINGS)

    assert found is not None
    assert (found.step, found.seconds, found.settings) == (3, 1.5, SETTINGS)
    assert found.model["weight"].tolist() == [0, 1, 2, 3]
    assert found.optimisers == [{"state": {0: {"step": 3}}}]
    assert [each.name for each in path.parent.iterdir()] == ["run.pt"]


def test_no_file_is_no_checkpoint(tmp_path):
    assert Checkpoint.load(tmp_path / "run.pt", SETTINGS) is None


def test_a_failing_save_leaves_the_earlier_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    a_checkpoint().save(path)

    def fail(_state, temporary):
        temporary.write_bytes(b"half of a")
        raise RuntimeError

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(RuntimeError):
        a_checkpoint(step=4).save(path)

    found = Checkpoint.load(path, SETTINGS)
    assert found is not None
    assert found.step == 3
    assert [each.name for each in tmp_path.iterdir()] == ["run.pt"]


def test_other_settings_are_refused(tmp_path):
    path = tmp_path / "run.pt"
    a_checkpoint().save(path)

    with pytest.raises(UserError) as error:
        Checkpoint.load(path, {**SETTINGS, "seed": 2})

    assert str(error.value) == (
        f"{path}: must be of the same run, whose seed is 2, not 1; "
        f"remove it or choose another folder"
    )


def test_a_checkpoint_of_another_version_is_refused(tmp_path):
    path = tmp_path / "run.pt"
    torch.save({**vars(a_checkpoint()), "format": 99}, path)

    with pytest.raises(UserError) as error:
        Checkpoint.load(path, SETTINGS)

    assert str(error.value) == (
        f"{path}: must be a checkpoint of format 1, that of this version of axocell, not 99"
    )


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 half of one"])
def test_a_file_that_is_no_checkpoint_is_refused(content, tmp_path):
    path = tmp_path / "run.pt"
    path.write_bytes(content)

    with pytest.raises(UserError) as error:
        Checkpoint.load(path, SETTINGS)

    assert str(error.value) == f"{path}: must be a checkpoint of axocell, but is not one"
    assert path.read_bytes() == content
