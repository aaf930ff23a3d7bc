import math

import pytest
import torch
from torch.nn import functional

from system.attention.evaluation import bits_per_token, perplexity, sliding_bits_per_token
from system.errors import UserError
from tests.system.attention.tiny import random_tokens, tiny_model


def surprises(model, inputs, targets):
    """Bits of each target, one at a time."""
    with torch.no_grad():
        logits = model(inputs)
    return -functional.log_softmax(logits, -1).gather(-1, targets[..., None])[..., 0] / math.log(2)


def test_bits_are_the_mean_surprise():
    model, tokens = tiny_model(), random_tokens(sequences=5, tokens=33)
    inputs, targets = tokens[:, :-1], tokens[:, 1:]

    bits = bits_per_token(model, inputs, targets)

    assert bits == pytest.approx(float(surprises(model, inputs, targets).mean()), rel=1e-5)


def test_a_model_that_knows_nothing_is_surprised_by_eight_bits_a_byte():
    model = tiny_model()
    with torch.no_grad():
        model.wte.weight.zero_()

    tokens = random_tokens(sequences=2, tokens=33)

    assert bits_per_token(model, tokens[:, :-1], tokens[:, 1:]) == pytest.approx(8.0)


@pytest.mark.parametrize("stride", [1, 5, 16, 32])
@pytest.mark.parametrize("length", [33, 34, 70])
def test_a_sliding_window_judges_every_token_once_with_what_is_before_it(length, stride):
    model, (text,) = tiny_model(), random_tokens(sequences=1, tokens=length)

    bits = sliding_bits_per_token(model, text, window=32, stride=stride)

    each = []
    for target in range(1, length):
        # The first window that has the target; windows begin at multiples of the stride.
        first = next(f for f in range(0, length, stride) if target <= f + 32)
        assert target - first >= 32 - stride + 1 or first == 0
        inputs, targets = text[None, first:target], text[None, first + 1 : target + 1]
        each.append(float(surprises(model, inputs, targets)[0, -1]))
    assert bits == pytest.approx(sum(each) / len(each), rel=1e-5)


@pytest.mark.parametrize(
    ("tokens", "window", "stride", "message"),
    [
        (50, 33, 8, "window must be in 1..32, the model's positions, not 33"),
        (50, 0, 8, "window must be in 1..32, the model's positions, not 0"),
        (50, 32, 33, "stride must be in 1..32, the window, not 33"),
        (32, 32, 8, "text must have more tokens than a window of 32, but has 32"),
    ],
)
def test_what_does_not_fit_is_refused(tokens, window, stride, message):
    with pytest.raises(UserError) as error:
        sliding_bits_per_token(
            tiny_model(), torch.zeros(tokens, dtype=torch.int32), window=window, stride=stride
        )

    assert str(error.value) == message


def test_perplexity_is_the_exponential_of_the_surprise():
    assert perplexity(math.log2(23.1)) == pytest.approx(23.1)
