import torch

from system.attention.adaptation import match_statistics, measured
from system.attention.layer_inputs import LayerInputs
from system.attention.scaler_fit import fit_scalers
from tests.system.attention.test_adaptation import LINEAR, ranged
from tests.system.attention.tiny import HARDWARE, random_tokens


def difference(machine, reference, tokens):
    """What two models' attention gives in the first layer, and how far they are apart."""
    outputs = []
    for model in (machine, reference):
        hook = model.hardware_heads()[0].register_forward_hook(
            lambda *call: outputs.append(call[2].detach())
        )
        model(tokens)
        hook.remove()
    return float((outputs[0] - outputs[1]).square().mean() / outputs[1].var())


def test_fitted_scalers_come_nearer_than_matched_statistics():
    tokens, reference = random_tokens(), ranged(LINEAR)
    bare, matched, fitted = (reference.on_hardware(HARDWARE) for _ in range(3))

    match_statistics(matched, measured(reference, tokens), tokens)
    fit_scalers(fitted, reference, tokens)

    held_out = random_tokens().flip(0, 1)
    without = difference(bare, reference, held_out)
    assert difference(fitted, reference, tokens) < difference(matched, reference, tokens)
    assert difference(fitted, reference, held_out) < 0.7 * without  # a third is gone, at least


def test_the_output_has_the_mean_of_the_reference():
    tokens, reference = random_tokens(), ranged(LINEAR)
    machine = reference.on_hardware(HARDWARE)

    fit_scalers(machine, reference, tokens)

    name = "h.0.attn.mechanism.out"
    found, wanted = (measured(each, tokens)[name] for each in (machine, reference))
    torch.testing.assert_close(found.mean, wanted.mean)
    assert bool((found.deviation <= wanted.deviation).all())  # least squares never overshoots


def test_a_model_that_needs_nothing_keeps_its_scalers():
    tokens, reference = random_tokens(), ranged(LINEAR)
    same = reference.on_hardware(LINEAR)

    fit_scalers(same, reference, tokens)

    for name, each in same.state_dict().items():
        torch.testing.assert_close(each, reference.state_dict()[name], rtol=1e-4, atol=1e-5)


def test_a_head_that_gives_nothing_does_not_break_the_fit():
    tokens, reference = random_tokens(), ranged(LINEAR)
    machine = reference.on_hardware(HARDWARE)
    with torch.no_grad():
        machine.hardware_heads()[0].query.gain.zero_()
        machine.hardware_heads()[0].query.offset.fill_(-1.0)  # no pulse, so no output

    fit_scalers(machine, reference, tokens)

    assert all(bool(each.isfinite().all()) for each in machine.state_dict().values())


def test_inputs_of_a_layer_are_what_its_scalers_are_given():
    tokens, machine = random_tokens(), ranged()
    heads = machine.hardware_heads()[1]

    with torch.no_grad():
        given = LayerInputs.of_model(machine, heads, tokens)
        again = LayerInputs.of(lambda: heads(given.query, given.key, given.value), heads)

    assert given.sums.shape == given.query.shape == (4, 2, 32, 8)
    assert torch.equal(again.sums, given.sums)
    assert not heads.query._forward_pre_hooks
