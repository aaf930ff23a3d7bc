import pytest
import torch

from system.attention.training import Recipe, train
from system.attention.transfer import transfer_loss
from tests.system.attention.test_adaptation import lively_model, ranged
from tests.system.attention.tiny import random_tokens, tiny_corpus


def loss_of(model, teacher, tokens):
    with torch.no_grad():
        return float(transfer_loss(model, teacher, tokens))


class Mean(torch.nn.Module):
    """What another mechanism answers on average, head by head."""

    def __init__(self, mechanism):
        super().__init__()
        self.mechanism = mechanism

    def forward(self, query, key, value):
        answers = self.mechanism(query, key, value)
        return answers.mean((0, 2, 3), keepdim=True).expand_as(answers)


def test_a_model_that_answers_like_its_teacher_has_nothing_to_learn():
    assert loss_of(lively_model(), lively_model(), random_tokens()) == 0.0


def test_a_layer_whose_heads_answer_the_mean_loses_one():
    model = lively_model()
    for layer in model.layers:
        layer.attn.mechanism = Mean(layer.attn.mechanism)

    loss = loss_of(model, lively_model(), random_tokens())

    assert loss == pytest.approx(len(model.layers), rel=1e-2)  # the variance divides by one less


def test_a_layer_does_not_bear_the_errors_of_the_one_before():
    teacher, model = lively_model(), lively_model()
    with torch.no_grad():
        model.layers[0].attn.c_attn.weight.zero_()

    loss = transfer_loss(model, teacher, random_tokens())

    weights = [each.attn.c_attn.weight for each in model.layers]
    first, second = (float(each.abs().max()) for each in torch.autograd.grad(loss, weights))
    assert first > 0
    assert second < 1e-5 * first  # softmax rounds otherwise where a gradient is kept


def test_only_what_makes_the_answers_gets_a_gradient():
    model = ranged()

    transfer_loss(model, lively_model(), random_tokens()).backward()

    learning = {name for name, each in model.named_parameters() if each.grad is not None}
    assert learning == {
        f"h.{layer}.attn.{name}"
        for layer in range(2)
        for name in (
            "c_attn.weight",
            "c_attn.bias",
            *(
                f"mechanism.{scaler}.{part}"
                for scaler in ("query", "key", "value", "out")
                for part in ("gain", "offset")
            ),
        )
    }


def test_heads_come_nearer_to_their_teacher_on_text_that_they_did_not_see(tmp_path):
    machine, teacher = ranged(), lively_model()
    held_out, _ = tiny_corpus().validation_windows(32)
    before = loss_of(machine, teacher, held_out)

    train(
        machine,
        tiny_corpus(),
        Recipe(steps=30, sequences=4, tokens=32, warm_up=3, cool_down=15),
        seed=1,
        checkpoint=tmp_path / "run.pt",
        teacher=teacher,
    )

    assert loss_of(machine, teacher, held_out) < 0.7 * before
