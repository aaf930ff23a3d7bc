import numpy as np
import pytest
import torch

from analog_models.attention.cell_law import PUBLISHED_CUBIC, PUBLISHED_LINEAR, TableLaw
from analog_models.attention.coding import AttentionCoding
from analog_models.attention.geometry import HeadGeometry
from analog_models.attention.leakage import ExponentialLeakage
from analog_models.attention.published import published_attention
from system.attention.die import IDEAL, Die, Imperfections
from system.attention.hardware import Hardware
from system.attention.tile_sums import tile_sums

HEADS, HEAD_DIM = 2, 8
LEVEL_V = AttentionCoding().level_v
TABLE = TableLaw(
    LEVEL_V, 1.1 * PUBLISHED_CUBIC.current_a(LEVEL_V), PUBLISHED_CUBIC.slope_a_per_v(LEVEL_V)
)
LAWS = {"cubic": PUBLISHED_CUBIC, "linear": PUBLISHED_LINEAR, "table": TABLE}
# Window, tile, tokens, decay: a whole window, several turns of the ring, a part of a tile.
SHAPES = {
    "window": (32, 8, 32, 1.6e-4),
    "ring": (32, 8, 101, 1.6e-3),
    "part": (32, 16, 19, 5e-3),
    "one tile": (16, 16, 40, 0.0),
}


def machine(window=32, tile=8, rate=1.6e-4, **settings):
    return Hardware(
        geometry=HeadGeometry(head_dim=HEAD_DIM, window_tokens=window, tile_tokens=tile),
        leakage=ExponentialLeakage(rate),
        score_saturation_a=10e-6,
        output_saturation_a=8e-6,
        **settings,
    )


def inputs(tokens, seed=0):
    rng = np.random.default_rng(seed)
    query = rng.uniform(-0.1, 1.1, (HEADS, tokens, HEAD_DIM))
    key, value = rng.uniform(-0.1, 1.0, (2, HEADS, tokens, HEAD_DIM))
    return query, key, value


def quantised_inputs(hardware, query, key, value):
    """Operands of the module: one sequence, float32."""
    coding, rest_v = hardware.coding, hardware.leakage.rest_v
    operands = (
        coding.query_codes(query) / coding.query_max,
        coding.stored_v(coding.stored_codes(key)) - rest_v,
        coding.stored_v(coding.stored_codes(value)) - rest_v,
    )
    return [torch.tensor(each, dtype=torch.float32)[None] for each in operands]


@pytest.mark.parametrize("law", LAWS.values(), ids=list(LAWS))
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
@pytest.mark.parametrize("output_codes_are", ["rounded", "counted"])
def test_equals_the_published_equations(law, shape, output_codes_are):
    window, tile, tokens, rate = shape
    coding = AttentionCoding(output_codes_are=output_codes_are)
    hardware = machine(window, tile, rate, law=law, coding=coding)
    query, key, value = inputs(tokens)

    sums = tile_sums(*quantised_inputs(hardware, query, key, value), hardware=hardware, die=IDEAL)

    expected = published_attention(
        query,
        key,
        value,
        geometry=hardware.geometry,
        coding=coding,
        law=law,
        leakage=hardware.leakage,
        score_saturation_a=hardware.score_saturation_a,
        output_saturation_a=hardware.output_saturation_a,
    )
    steps = np.abs(sums[0].numpy() - expected) / coding.output_lsb
    assert np.abs(expected).mean() > 0.1  # most are not zero
    assert steps.max() < 1.01  # float32 may round a tie the other way
    assert (steps > 0.5).mean() <= 1e-3


def test_a_long_text_keeps_its_precision():
    """Ages are counted anew in each window: token 5000 is as good as token 0."""
    hardware = machine(rate=3e-2)
    query, key, value = inputs(32)
    late = [np.tile(each, (1, 157, 1)) for each in (query, key, value)]

    both = [
        tile_sums(*quantised_inputs(hardware, *each), hardware=hardware, die=IDEAL)[0]
        for each in ([np.tile(each, (1, 3, 1)) for each in (query, key, value)], late)
    ]

    torch.testing.assert_close(both[0][:, -32:], both[1][:, -32:], rtol=0, atol=0)


def dense(query, key, value, hardware):
    """The equations without quantisers, every age and pair written out."""
    geometry, tokens = hardware.geometry, query.shape[2]
    age = torch.arange(tokens)[:, None] - torch.arange(tokens)
    seen = (age >= 0) & (age < geometry.window_tokens)
    decay = torch.exp(-hardware.leakage.rate_per_token * age.clamp(0))[:, :, None]
    coefficients = hardware.law.about(hardware.leakage.rest_v)

    def current(voltage_v, saturation_a):
        now = voltage_v[:, :, None] * decay
        return sum(c * now**n for n, c in enumerate(coefficients)) / saturation_a

    scores = (query[:, :, :, None] * current(key, hardware.score_saturation_a)).sum(-1)
    phi = scores.clamp(0, 1) * seen
    products = phi[..., None] * current(value, hardware.output_saturation_a)
    column = torch.arange(tokens) % geometry.window_tokens
    tiles = [
        products[:, :, :, column // geometry.tile_tokens == tile].sum(3).clamp(-1, 1)
        for tile in range(geometry.tiles)
    ]
    return sum(tiles)


@pytest.mark.parametrize("law", [PUBLISHED_LINEAR, PUBLISHED_CUBIC], ids=["linear", "cubic"])
def test_the_gradient_is_that_of_the_equations_without_quantisers(law):
    hardware = machine(rate=1e-2, law=law, gradient_law=law)
    operands = [each.requires_grad_() for each in quantised_inputs(hardware, *inputs(75))]
    query, key, value = (each.detach().double().requires_grad_() for each in operands)
    weights = torch.randn(operands[0].shape, generator=torch.Generator().manual_seed(1))

    sums = tile_sums(*operands, hardware=hardware, die=IDEAL)
    gradients = torch.autograd.grad((sums * weights).sum(), operands)

    exact = dense(query, key, value, hardware)
    expected = torch.autograd.grad((exact * weights).sum(), (query, key, value))
    assert (sums - exact).abs().max() <= 4 * 0.5 / 16 + 1e-4  # half a step of each of four tiles
    for gradient, wanted in zip(gradients, expected, strict=True):
        assert gradient.abs().max() > 0.1
        torch.testing.assert_close(gradient.double(), wanted, rtol=1e-3, atol=1e-3)


def test_the_published_backward_pass_is_that_of_the_linear_model():
    query, key, value = (each.requires_grad_() for each in quantised_inputs(machine(), *inputs(32)))
    gradients = []
    for law in (PUBLISHED_LINEAR, PUBLISHED_CUBIC):
        # Wide converters: nothing is limited, so that the two differ by nothing but the law.
        hardware = Hardware(
            geometry=machine().geometry, law=law, score_saturation_a=1.0, output_saturation_a=1.0
        )
        sums = tile_sums(query, key + 0.5, value, hardware=hardware, die=IDEAL)
        gradients.append(torch.autograd.grad(sums.sum(), query)[0])

    assert gradients[0].abs().max() > 0
    torch.testing.assert_close(gradients[0], gradients[1])


def test_the_true_gradient_is_another_one_on_request():
    query, key, value = (each.requires_grad_() for each in quantised_inputs(machine(), *inputs(32)))

    gradients = [
        torch.autograd.grad(
            tile_sums(query, key, value, hardware=machine(gradient_law=law), die=IDEAL).sum(),
            key,
        )[0]
        for law in (PUBLISHED_LINEAR, PUBLISHED_CUBIC)
    ]

    assert not torch.allclose(gradients[0], gradients[1])


def drawn(seed, **imperfections):
    return Die.draw(
        Imperfections(**imperfections),
        heads=HEADS,
        geometry=machine().geometry,
        mismatch=torch.Generator().manual_seed(seed),
        noise=torch.Generator().manual_seed(7),
    )


IMPERFECTIONS = {
    "decay_per_token": 0.02,
    "storage_noise_v": 0.03,
    "cell_gain": 0.2,
    "cell_threshold_v": 0.05,
    "score_gain": 0.2,
    "score_offset": 0.1,
    "score_noise": 0.1,
    "output_gain": 0.2,
    "output_offset": 0.1,
    "output_noise": 0.1,
}


@pytest.mark.parametrize(("name", "deviation"), IMPERFECTIONS.items())
def test_every_imperfection_changes_the_answer_and_its_die_repeats(name, deviation):
    operands = quantised_inputs(machine(), *inputs(40))

    ideal, one, again, other = (
        tile_sums(*operands, hardware=machine(), die=die)
        for die in (
            IDEAL,
            drawn(1, **{name: deviation}),
            drawn(1, **{name: deviation}),
            drawn(2, **{name: deviation}),
        )
    )

    assert (one != ideal).float().mean() > 0.05
    assert torch.equal(one, again)
    assert torch.equal(one, other) == name.endswith(("noise", "noise_v"))


def test_a_die_of_shifted_and_stronger_cells_equals_a_machine_of_such_a_law():
    hardware = machine()
    cells = (2, HEADS, 32, HEAD_DIM)
    die = Die(cell_gain=torch.full(cells, 1.2), cell_threshold_v=torch.full(cells, 0.03))
    moved = PUBLISHED_CUBIC.about(0.45 + 0.03)
    law = type(PUBLISHED_CUBIC)([1.2 * each for each in moved])
    operands = quantised_inputs(hardware, *inputs(70))

    sums = tile_sums(*operands, hardware=hardware, die=die)

    expected = tile_sums(*operands, hardware=machine(law=law), die=IDEAL)
    assert (sums != expected).float().mean() <= 1e-3  # ties


def test_a_die_that_leaks_faster_equals_such_a_machine():
    operands = quantised_inputs(machine(), *inputs(70))

    sums = tile_sums(*operands, hardware=machine(), die=Die(decay_per_token=0.01))

    expected = tile_sums(*operands, hardware=machine(rate=0.01), die=IDEAL)
    assert torch.equal(sums, expected)


def test_rates_of_leakage_are_drawn_up_to_that_of_the_worst_die():
    dies = [drawn(seed, decay_per_token=0.01) for seed in range(50)]
    rates = [die.decay_per_token for die in dies if die.decay_per_token is not None]

    assert len(rates) == len(dies)
    assert 0 <= min(rates) < 0.002
    assert 0.008 < max(rates) <= 0.01


def test_gains_and_offsets_of_converters_are_those_of_the_charge():
    hardware = machine()
    operands = quantised_inputs(hardware, *inputs(20))
    heads, outputs = (HEADS, 32), (HEADS, 4, HEAD_DIM)
    die = Die(score_gain=torch.full(heads, 1.25), output_gain=torch.full(outputs, 0.8))
    other = Hardware(
        geometry=hardware.geometry,
        leakage=hardware.leakage,
        score_saturation_a=hardware.score_saturation_a / 1.25,
        output_saturation_a=hardware.output_saturation_a / 0.8,
    )

    sums = tile_sums(*operands, hardware=hardware, die=die)

    expected = tile_sums(*operands, hardware=other, die=IDEAL)
    assert (sums != expected).float().mean() <= 1e-3  # ties
    offset = Die(output_offset=torch.full(outputs, 1e3))
    full = tile_sums(*operands, hardware=hardware, die=offset)
    assert bool((full[0, :, -1] == 3.0).all())  # three tiles hold tokens, each at its limit


def test_an_imperfection_cannot_be_negative():
    with pytest.raises(ValueError, match=r"^imperfection cell_gain must not be negative, not -1$"):
        Imperfections(cell_gain=-1)
