import math

import pytest
import torch

from analog_models.attention.geometry import HeadGeometry
from system.attention.die import IDEAL, Imperfections
from system.attention.hardware import Hardware
from system.attention.transformer import TransformerConfig
from system.errors import UserError
from tests.system.attention.tiny import CONFIG, HARDWARE, random_tokens, tiny_model


def test_weights_come_from_the_generator():
    one, again, other = tiny_model(1), tiny_model(1), tiny_model(2)

    assert torch.equal(one.wte.weight, again.wte.weight)
    assert not torch.equal(one.wte.weight, other.wte.weight)


def test_initial_weights_have_the_deviations_of_gpt2():
    state = tiny_model().state_dict()

    assert float(state["wte.weight"].std()) == pytest.approx(0.02, rel=0.05)
    residual = 0.02 / math.sqrt(2 * CONFIG.layers)
    assert float(state["h.0.mlp.c_proj.weight"].std()) == pytest.approx(residual, rel=0.1)
    assert float(state["h.0.attn.c_attn.bias"].abs().max()) == 0


def test_an_untrained_model_knows_nothing():
    logits = tiny_model()(random_tokens())

    assert logits.shape == (4, 32, 256)
    assert float(logits.detach().std()) < 0.2


def test_nothing_of_the_future_is_seen():
    model, tokens = tiny_model(), random_tokens()
    changed = tokens.clone()
    changed[:, 20:] += 1

    before, after = model(tokens), model(changed % 256)

    torch.testing.assert_close(before[:, :20], after[:, :20])
    assert not torch.allclose(before[:, 20:], after[:, 20:])


def test_a_copy_moves_to_hardware_and_the_original_stays():
    software = tiny_model()

    machine = software.on_hardware(HARDWARE)

    assert software.hardware_heads() == []
    assert [each.hardware for each in machine.hardware_heads()] == [HARDWARE] * CONFIG.layers
    assert torch.equal(machine.wte.weight, software.wte.weight)
    assert machine.wte.weight is not software.wte.weight


def test_from_one_machine_to_the_next_scalers_are_kept():
    machine = tiny_model().on_hardware(HARDWARE)
    with torch.no_grad():
        machine.hardware_heads()[1].out.gain.fill_(2.0)

    other = machine.on_hardware(HARDWARE)

    assert other.hardware_heads()[1].out.gain.tolist() == [2.0, 2.0]


def test_heads_of_another_size_are_refused():
    hardware = Hardware(geometry=HeadGeometry(head_dim=16, window_tokens=32, tile_tokens=8))

    with pytest.raises(UserError) as error:
        tiny_model().on_hardware(hardware)

    assert str(error.value) == "hardware head_dim must be that of the model, 8, not 16"


def test_every_layer_gets_a_die_of_its_own_that_the_seed_decides():
    machine = tiny_model().on_hardware(HARDWARE)

    def offsets(seed):
        machine.draw_dies(Imperfections(output_offset=0.1), seed=seed)
        drawn = [each.die.output_offset for each in machine.hardware_heads()]
        return torch.stack([each for each in drawn if each is not None])

    one = offsets((1, 2))
    assert not torch.equal(one[0], one[1])
    assert torch.equal(one, offsets((1, 2)))
    assert not torch.equal(one, offsets((1, 3)))


def test_without_imperfections_dies_are_ideal():
    machine = tiny_model().on_hardware(HARDWARE)
    machine.draw_dies(Imperfections(output_offset=0.1), seed=(1,))

    machine.draw_dies(Imperfections(), seed=(1,))

    assert all(each.die is IDEAL for each in machine.hardware_heads())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heads": 3}, "transformer width must be a multiple of heads 3, not 128"),
        ({"layers": 0}, "transformer layers must be in 1..1048576, not 0"),
        ({"width": 1.5}, "transformer width must be a whole number, not 1.5"),
    ],
)
def test_sizes_that_cannot_be_are_refused(changes, message):
    with pytest.raises((TypeError, ValueError)) as error:
        TransformerConfig(**changes)

    assert str(error.value) == message
