from dataclasses import replace

import pytest
import torch

from analog_models.attention.cell_law import PUBLISHED_LINEAR
from system.attention.adaptation import (
    Statistics,
    match_statistics,
    measured,
    recorded,
    recording,
    scalers,
    use_ranges,
)
from tests.system.attention.tiny import HARDWARE, random_tokens, tiny_model

LINEAR = replace(HARDWARE, law=PUBLISHED_LINEAR)


def lively_model():
    """A model whose attention says something, unlike that of a fresh one."""
    model = tiny_model()
    with torch.no_grad():
        for layer in model.layers:
            layer.attn.c_attn.weight.mul_(20)
    return model


def ranged(hardware=HARDWARE):
    software = lively_model()
    machine = software.on_hardware(hardware)
    use_ranges(machine, software, random_tokens())
    return machine


def test_statistics_are_those_of_each_head():
    values = torch.zeros(1, 2, 2, 1)
    values[0, 1, :, 0] = torch.tensor([1.0, 5.0])

    found = Statistics.of(values)

    assert found.mean.tolist() == [0.0, 3.0]
    assert found.deviation.tolist() == [0.0, 2.0]


def test_scalers_are_found_layer_by_layer():
    names = [name.rpartition(".")[2] for name in scalers(tiny_model().on_hardware(HARDWARE))]

    assert names == ["query", "key", "value", "out"] * 2


def test_statistics_are_recorded_in_the_body_alone():
    machine, tokens = ranged(), random_tokens()
    with torch.no_grad():
        with recording(machine):
            machine(tokens)
        machine(tokens.flip(1))

    kept, found = recorded(machine), measured(machine, tokens)

    assert list(kept) == list(found) == list(scalers(machine))
    for name, each in kept.items():
        torch.testing.assert_close(each.mean, found[name].mean)
        torch.testing.assert_close(each.deviation, found[name].deviation)


@pytest.mark.parametrize(("name", "high"), [("query", 1.0), ("key", 0.9), ("value", 0.9)])
def test_inputs_fill_the_ranges_of_their_quantisers(name, high):
    found = measured(ranged(), random_tokens())[f"h.0.attn.mechanism.{name}"]

    torch.testing.assert_close(found.mean, torch.full((2,), high / 2))
    torch.testing.assert_close(found.deviation, torch.full((2,), high / 2 / 2.5))


def test_outputs_have_the_statistics_of_software():
    software, tokens = lively_model(), random_tokens()
    outputs = []
    software.layers[0].attn.mechanism.register_forward_hook(lambda *call: outputs.append(call[2]))
    with torch.no_grad():
        software(tokens)

    found = measured(ranged(), tokens)["h.0.attn.mechanism.out"]

    wanted = Statistics.of(outputs[0])
    torch.testing.assert_close(found.mean, wanted.mean, rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(found.deviation, wanted.deviation, rtol=1e-3, atol=1e-5)


def test_matching_reaches_its_targets_in_a_few_passes():
    tokens, reference = random_tokens(), ranged(LINEAR)
    targets, machine = measured(reference, tokens), reference.on_hardware(HARDWARE)
    before = measured(machine, tokens)

    passes = match_statistics(machine, targets, tokens)

    assert 1 < passes <= 20  # about six in the published work
    name = "h.1.attn.mechanism.out"
    found = measured(machine, tokens)[name]
    assert (before[name].deviation - targets[name].deviation).abs().max() > 1e-3
    assert (found.deviation - targets[name].deviation).abs().max() <= 1e-4
    assert (found.mean - targets[name].mean).abs().max() <= 1e-4


def test_matching_what_matches_changes_nothing():
    tokens, machine = random_tokens(), ranged()
    state = {name: each.clone() for name, each in machine.state_dict().items()}

    passes = match_statistics(machine, measured(machine, tokens), tokens)

    assert passes == 1
    assert all(torch.equal(each, state[name]) for name, each in machine.state_dict().items())


def test_a_head_that_gives_nothing_does_not_break_the_matching():
    tokens, machine = random_tokens(), ranged()
    with torch.no_grad():
        machine.hardware_heads()[0].query.gain.zero_()
        machine.hardware_heads()[0].query.offset.zero_()  # no pulse, so no output

    match_statistics(machine, measured(ranged(), tokens), tokens)

    assert all(bool(each.isfinite().all()) for each in machine.state_dict().values())
