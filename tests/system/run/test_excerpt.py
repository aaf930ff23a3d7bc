import numpy as np
import pytest

from system.run.excerpt import Excerpt

SAMPLES = np.arange(40, dtype=np.int16).reshape(20, 2)


@pytest.mark.parametrize("block_frames", [1, 3, 20])
def test_the_stretch_is_the_same_whatever_the_blocks(block_frames):
    excerpt = Excerpt(5, 12)

    for first in range(0, 20, block_frames):
        excerpt.add(SAMPLES[first : first + block_frames])

    np.testing.assert_array_equal(excerpt.samples(), SAMPLES[5:12])


def test_a_stretch_that_was_not_reached_is_shorter_or_empty():
    excerpt = Excerpt(5, 12)

    excerpt.add(SAMPLES[:4])
    assert excerpt.samples().size == 0

    excerpt.add(SAMPLES[4:8])
    np.testing.assert_array_equal(excerpt.samples(), SAMPLES[5:8])


def test_the_stretch_does_not_keep_the_blocks_alive():
    block = SAMPLES.copy()
    excerpt = Excerpt(0, 1)

    excerpt.add(block)

    assert not np.shares_memory(excerpt.samples(), block)
