import numpy as np
import pytest

from rtl.registers import Access
from tests.rtl.register_maps import EVERYTHING, MAPS
from verification.golden.register_bank import RegisterBankModel
from verification.register_stimuli import register_stimulus

COUNTERS = [
    (register.name, field.name, field.max_value)
    for register in EVERYTHING.registers
    for field in register.fields
    if field.access is Access.COUNTER
]


def stimulus(config, *, random_count=0, seed=7):
    rng = np.random.default_rng(seed=seed)
    return register_stimulus(config, random_count=random_count, rng=rng)


@pytest.mark.parametrize("config", MAPS.values(), ids=list(MAPS))
def test_every_address_is_read_and_written(config):
    cycles = stimulus(config)

    addresses = set(range(1 << config.address_width))

    assert {cycle.address for cycle in cycles if cycle.read} == addresses
    assert {cycle.address for cycle in cycles if cycle.write_data is not None} == addresses


@pytest.mark.parametrize(("register", "field", "top"), COUNTERS)
def test_every_counter_saturates_and_is_cleared_while_it_counts(register, field, top):
    key = register, field
    model = RegisterBankModel(EVERYTHING)
    counted_at_the_top, cleared_while_counting = False, False

    for cycle in stimulus(EVERYTHING):
        before = model.value(*key)
        model.cycle(cycle.address, write_data=cycle.write_data, increments=cycle.increments)
        increment = cycle.increments.get(key, 0)
        counted_at_the_top |= before == top and increment > 0 and model.value(*key) == top
        cleared_while_counting |= before > increment > 0 and model.value(*key) == increment

    assert counted_at_the_top
    # A counter of one bit cannot be above its increment.
    assert cleared_while_counting == (top > 1)


def test_random_cycles_repeat_with_the_seed():
    assert stimulus(EVERYTHING, random_count=50) == stimulus(EVERYTHING, random_count=50)
    assert stimulus(EVERYTHING, random_count=50) != stimulus(EVERYTHING, random_count=50, seed=8)
