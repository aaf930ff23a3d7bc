import json
import re
import signal
import sys

import numpy as np
import pytest
import torch

from system.attention.training import Steps
from system.cli import main
from tests.system.attention.gpt2_folder import gpt2_tensors, write_gpt2

TEXT = "the hand and the then, and then the other hand and the end\n" * 40
STEPS = 60


@pytest.fixture(autouse=True, scope="module")
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """The words that name a tiny model and a text."""
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "hands.txt").write_text(TEXT)
    model = write_gpt2(folder / "gpt2")
    return ["--gpt2", str(model), "--text", str(folder / "hands.txt"), "--tile", "8"]


def attention(*words):
    return main(["attention", *map(str, words)])


@pytest.fixture(scope="module")
def finished(inputs, tmp_path_factory):
    """Output folder of a whole chain."""
    output = tmp_path_factory.mktemp("attention") / "output"
    assert attention(*inputs, "--output", output, "--steps", STEPS) == 0
    return output


def test_the_folder_holds_report_page_and_checkpoints(finished):
    assert sorted(each.name for each in finished.iterdir()) == [
        "checkpoints",
        "report.html",
        "report.json",
    ]
    assert sorted(each.name for each in (finished / "checkpoints").iterdir()) == [
        "linear.pt",
        "nonlinear.pt",
        "scalers.pt",
        "software.pt",
        "transfer.pt",
    ]


def test_the_report_tells_what_ran(finished, inputs):
    report = json.loads((finished / "report.json").read_text())

    assert report["command"][:2] == ["axocell", "attention"]
    assert report["command"][2:6] == inputs[:4]
    assert report["plan"]["steps"] == STEPS
    assert report["hardware"]["tile_tokens"] == 8
    assert report["hardware"]["score_saturation_a"] == pytest.approx(10e-6)  # of 8 rows
    assert [each["name"] for each in report["models"]][-1] == "nonlinear, fine-tuned"


def test_a_finished_chain_is_not_trained_again(finished, inputs, capsys, monkeypatch):
    first = json.loads((finished / "report.json").read_text())
    monkeypatch.setattr(Steps, "take", lambda *_: pytest.fail("trained"))

    assert attention(*inputs, "--output", finished, "--steps", STEPS) == 0

    again = json.loads((finished / "report.json").read_text())
    assert [each["bits"] for each in again["models"]] == [each["bits"] for each in first["models"]]
    shown = capsys.readouterr().out
    assert "Bits per token" in shown
    assert "What dominates, dearest first" in shown
    assert f"Written: {finished / 'report.json'}, {finished / 'report.html'}" in shown
    assert re.search(r"nonlinear, fine-tuned +\d+\.\d+ +\d+\.\d+", shown)  # perplexity


def test_without_steps_there_is_the_perplexity_alone(inputs, tmp_path, capsys):
    assert attention(*inputs, "--output", tmp_path / "output") == 0

    shown = capsys.readouterr().out
    assert re.search(r"GPT-2 as given +\d+\.\d+ +\d+\.\d+", shown)
    assert not (tmp_path / "output").exists()


def test_an_interrupted_chain_goes_on(finished, inputs, tmp_path, capsys, monkeypatch):
    """A request to stop in the middle of a stage, then the same command again."""
    take, taken = Steps.take, []

    def interrupted(self, step):
        taken.append(step)
        if len(taken) == STEPS + 3:
            signal.raise_signal(signal.SIGINT)
        take(self, step)

    command = [*inputs, "--output", tmp_path, "--steps", STEPS]
    with monkeypatch.context() as patch:
        patch.setattr(Steps, "take", interrupted)
        assert attention(*command) == 130
    kept = capsys.readouterr().err
    assert attention(*command) == 0

    assert kept == (
        "axocell: interrupted: the first 3 of 4 steps are kept in "
        f"{tmp_path / 'checkpoints' / 'transfer.pt'}\n"
    )
    reports = [json.loads((each / "report.json").read_text()) for each in (finished, tmp_path)]
    whole, resumed = ([each["bits"] for each in report["models"]] for report in reports)
    assert resumed == whole


def bad_tensors():
    tensors = gpt2_tensors()
    tensors["wpe.weight"][3, 3] = np.nan
    return tensors


REFUSED = {
    "one alone": (["--gpt2", "."], r"--gpt2 and --text must come together, but one is missing"),
    "tile": (
        ["--tile", "7", "--window", "30"],
        r"head window_tokens must be a multiple of tile_tokens 7, not 30",
    ),
    "window": (["--window", "40"], r"--window must be at most the model's positions 32, not 40"),
    "tile too long": (["--tile", "64"], r"--tile must be at most the model's positions 32, not 64"),
    "steps": (
        ["--steps", "11"],
        r"plan steps must leave some for the last stage, but the stages before it take 32 of 11",
    ),
    "seed": (["--seed", "9999999999"], r"plan seed must be in 0\.\.1073741824, not 9999999999"),
    "threads": (
        ["--threads", "100000"],
        r"threads must be in 1\.\.\d+, the processors, not 100000",
    ),
}


@pytest.mark.parametrize(("words", "message"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_done_is_one_line_and_nothing_is_written(
    words, message, inputs, tmp_path, capsys
):
    given = [] if words[0] == "--gpt2" else [*inputs, "--steps", STEPS]

    assert attention(*given, *words, "--output", tmp_path / "output") == 2

    assert re.fullmatch(rf"axocell: {message}\n", capsys.readouterr().err)
    assert not (tmp_path / "output").exists()


def test_a_text_shorter_than_a_window_is_refused(inputs, tmp_path, capsys):
    (tmp_path / "short").write_text("the end")

    for words, message in (
        ((), "text must have more tokens than a window of 32, but has 5\n"),
        (
            ("--steps", STEPS),
            (
                "short: must have more than 329 tokens, so that its last tenth is longer than a "
                "window of 32, but has 5\n"
            ),
        ),
    ):
        assert attention(*inputs, "--text", tmp_path / "short", *words) == 2
        assert capsys.readouterr().err == f"axocell: {message}"


def test_weights_that_are_not_finite_are_refused(inputs, tmp_path, capsys):
    folder = write_gpt2(tmp_path / "bad", tensors=bad_tensors())

    assert attention(*inputs, "--gpt2", folder) == 2

    assert capsys.readouterr().err == (
        f"axocell: {folder / 'model.safetensors'}: the tensor 'wpe.weight' must be finite, "
        "but 1 values are not\n"
    )


def test_without_torch_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    for name in [each for each in sys.modules if each.startswith("system.attention")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "system.cli.attention")

    assert attention() == 2

    assert capsys.readouterr().err == (
        "axocell: torch must be installed, but is not: pip install 'axocell[attention]'\n"
    )


@pytest.mark.long
def test_the_embedded_default_runs_whole(tmp_path, capsys):
    assert attention("--steps", 150, "--output", tmp_path) == 0

    report = json.loads((tmp_path / "report.json").read_text())
    bits = {each["name"]: each["bits"] for each in report["models"]}
    assert report["corpus"]["unit"] == "character"
    assert bits["software, trained on"] < 3.8  # a byte's neighbour is learnt
    assert bits["nonlinear, fine-tuned"] < 3.8
    assert bits["nonlinear, mapped directly"] > bits["linear, fine-tuned"]
    assert len(report["sweeps"]) == len(report["dominant"]) == 15
    assert "Bits per character" in capsys.readouterr().out
