import pytest
import torch

from analog_models.attention.geometry import HeadGeometry
from system.attention.ring import windows


@pytest.mark.parametrize("tokens", [1, 7, 8, 11, 16, 17, 30])
def test_every_query_meets_each_key_that_it_sees_once_and_in_its_tile(tokens):
    geometry = HeadGeometry(head_dim=1, window_tokens=8, tile_tokens=4)
    met = torch.zeros(tokens, tokens)

    for window in windows(tokens, geometry):
        for tile, parts in enumerate(window.tiles):
            for part in parts:
                rows = part.rows.stop - part.rows.start
                phi = torch.ones(1, rows, part.keys.stop - part.keys.start)
                part.mask(phi)
                first = window.queries.start + part.rows.start
                met[first : first + rows, part.keys] += phi[0]
                assert part.keys.start % 8 == part.columns.start
                assert part.columns.start // 4 == (part.columns.stop - 1) // 4 == tile

    age = torch.arange(tokens)[:, None] - torch.arange(tokens)
    assert torch.equal(met, ((age >= 0) & (age < 8)).float())


def test_ages_count_from_within_a_turn_of_the_queries():
    geometry = HeadGeometry(head_dim=1, window_tokens=8, tile_tokens=4)

    for window in windows(50, geometry):
        assert abs(window.epoch - window.queries.start) <= 8
