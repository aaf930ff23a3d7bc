import pytest

from analog_models.attention.geometry import HeadGeometry


def test_the_published_head_has_sixteen_tiles():
    assert HeadGeometry().tiles == 16


def test_the_ring_overwrites_the_oldest_column():
    geometry = HeadGeometry(head_dim=4, window_tokens=6, tile_tokens=2)

    assert [geometry.column(token) for token in range(8)] == [0, 1, 2, 3, 4, 5, 0, 1]
    assert [geometry.tile(token) for token in range(8)] == [0, 0, 1, 1, 2, 2, 0, 0]


BAD = {
    "no rows": ({"head_dim": 0}, r"head head_dim must be in 1\.\.1048576, not 0"),
    "no columns": ({"window_tokens": 0}, r"head window_tokens must be in 1\.\.1048576, not 0"),
    "does not tile": (
        {"window_tokens": 1000},
        "head window_tokens must be a multiple of tile_tokens 64, not 1000",
    ),
    "shorter than a tile": (
        {"window_tokens": 32},
        "head window_tokens must be a multiple of tile_tokens 64, not 32",
    ),
}


@pytest.mark.parametrize(("values", "message"), BAD.values(), ids=list(BAD))
def test_sizes_that_do_not_tile_are_refused(values, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        HeadGeometry(**values)
