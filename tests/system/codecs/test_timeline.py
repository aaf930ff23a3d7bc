import numpy as np
import pytest

from system.codecs.decoding import Pieces
from system.codecs.timeline import Loss, Timeline

CHANNELS, FRAMES = 3, 100
TRUE = np.arange(CHANNELS * FRAMES, dtype=np.int16).reshape(FRAMES, CHANNELS) + 1


def pieces(cuts, packet_channels=1, true=TRUE, clock=0):
    """Packets of (group, first frame, frame after the last)."""
    parts = [
        true[start:stop, group * packet_channels : (group + 1) * packet_channels].ravel()
        for group, start, stop in cuts
    ]
    sizes = [part.size for part in parts]
    table = np.array(cuts, dtype=np.int64).reshape(-1, 3)
    return Pieces(
        number=np.arange(len(cuts)),
        offset=np.arange(len(cuts)) * 1000,
        length=np.full(len(cuts), 50),
        group=table[:, 0].copy(),
        time=(table[:, 1] + clock) & 0xFFFFFFFF,
        count=table[:, 2] - table[:, 1],
        place=np.cumsum([0, *sizes[:-1]]),
        samples=np.concatenate(parts) if parts else np.empty(0, dtype=np.int16),
        distances=np.empty(0, dtype=np.int64),
    )


def play(*batches, packet_channels=1, packet_frames=10, **options):
    """Return samples, losses and damage, and check that blocks follow each other."""
    timeline = Timeline(
        CHANNELS, packet_channels=packet_channels, packet_frames=packet_frames, **options
    )
    damage, blocks = [], []
    for batch in batches:
        blocks += timeline.place(batch, damage)
    blocks += timeline.finish(damage)
    if options.get("filling") != "omit":
        ends = [block.frame + len(block.samples) for block in blocks]
        assert [block.frame for block in blocks[1:]] == ends[:-1]
    samples = np.concatenate(
        [np.empty((0, CHANNELS), dtype=np.int16), *(b.samples for b in blocks)]
    )
    return samples, [loss for block in blocks for loss in block.losses], list(map(str, damage))


def cuts(step, groups=CHANNELS, stagger=0):
    """All packets of ``step`` frames, the first of each group shorter, as they would end."""
    borders = [
        (min(start + step - group * stagger, FRAMES), group, max(start - group * stagger, 0))
        for group in range(groups)
        for start in range(0, FRAMES + group * stagger, step)
    ]
    borders = [each for each in borders if each[0] > each[2]]
    return [(group, start, stop) for stop, group, start in sorted(borders)]


@pytest.mark.parametrize("packet_channels", [1, 2, 4])
@pytest.mark.parametrize("stagger", [0, 3])
def test_frames_leave_in_order(packet_channels, stagger):
    groups = -(-CHANNELS // packet_channels)
    all_cuts = cuts(10, groups, stagger)

    samples, losses, damage = play(
        pieces(all_cuts, packet_channels), packet_channels=packet_channels
    )

    np.testing.assert_array_equal(samples, TRUE)
    assert (losses, damage) == ([], [])


def test_it_does_not_matter_how_packets_are_batched():
    batches = [pieces([cut]) for cut in cuts(10, stagger=3)]

    np.testing.assert_array_equal(play(*batches)[0], TRUE)


def test_a_lost_packet_is_zeros_and_is_reported():
    missing = (1, 20, 30)

    samples, losses, _ = play(pieces([cut for cut in cuts(10) if cut != missing]))

    expected = TRUE.copy()
    expected[20:30, 1] = 0
    np.testing.assert_array_equal(samples, expected)
    assert losses == [Loss(group=1, frame=20, frames=10)]


def test_frames_that_are_not_whole_can_be_left_out():
    missing = (1, 20, 30)

    samples, losses, _ = play(pieces([cut for cut in cuts(10) if cut != missing]), filling="omit")

    np.testing.assert_array_equal(samples, np.delete(TRUE, np.s_[20:30], axis=0))
    assert losses == [Loss(group=1, frame=20, frames=10)]


def test_a_group_that_falls_silent_does_not_hold_up_the_others():
    timeline = Timeline(CHANNELS, packet_channels=1, packet_frames=10)
    talking = [cut for cut in cuts(10) if cut[0] != 2 or cut[1] < 10]

    blocks = list(timeline.place(pieces(talking), []))

    assert timeline.frame == FRAMES - 40
    blocks += timeline.finish([])
    assert [loss for block in blocks for loss in block.losses] == [
        Loss(group=2, frame=10, frames=FRAMES - 10)
    ]


def test_packets_that_change_places_are_put_right():
    swapped = cuts(10)
    swapped[3:9] = swapped[8:2:-1]

    samples, losses, damage = play(pieces(swapped))

    np.testing.assert_array_equal(samples, TRUE)
    assert (losses, damage) == ([], [])


def test_a_packet_that_comes_too_late_is_refused():
    late = cuts(10)
    late.append(late.pop(0))

    samples, losses, damage = play(pieces(late))

    assert losses == [Loss(group=0, frame=0, frames=10)]
    assert damage == ["packet 29 at byte 29000: time must be at least 60, not 0"]
    assert not samples[:10, 0].any()


def test_a_packet_that_comes_twice_counts_once():
    twice = cuts(10)
    twice.insert(3, twice[1])

    samples, _, damage = play(pieces(twice[:9]))

    np.testing.assert_array_equal(samples[:20], TRUE[:20])
    assert len(damage) == 1
    assert "time must" in damage[0]


def test_frames_that_never_came_are_known_where_their_number_is():
    samples, losses, _ = play(pieces([cut for cut in cuts(10) if cut[1] < 50]), frames=FRAMES)

    assert samples.shape == TRUE.shape
    assert losses == [Loss(group=group, frame=50, frames=50) for group in range(CHANNELS)]


LIE = np.full_like(TRUE, -7)


@pytest.mark.parametrize("frames", [None, FRAMES])
@pytest.mark.parametrize("time", [15, 33, 45, 60, 89, 100, 500, (1 << 24) - 50, -20, -(1 << 31)])
@pytest.mark.parametrize("after", [0, 7, 14, 22])
@pytest.mark.parametrize("group", [0, 2])
def test_a_time_that_lies_costs_its_own_packet_alone(frames, time, after, group):
    truth = cuts(10)
    lie = pieces([(group, 0, 10)], true=LIE, clock=time)
    batches = [pieces(truth[:after]), lie, pieces(truth[after:])]
    samples, losses, damage = play(*batches, frames=frames)

    np.testing.assert_array_equal(samples[:FRAMES], TRUE)
    if time == FRAMES and frames is None:  # a frame that nobody else has, next to the last
        assert np.delete(samples[FRAMES:], group, axis=1).any() == 0
        assert damage == []
    else:
        assert len(samples) == FRAMES
        assert losses == []
        assert len(damage) == 1


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("gap", [30, 41, 1000])
def test_packets_after_a_long_gap_are_found_again(groups, gap):
    before, later = pieces(cuts(10, groups)[: 4 * groups]), cuts(10, groups)[4 * groups :]

    samples, losses, damage = play(before, pieces(later, clock=gap))

    kept = TRUE.copy()
    kept[:, groups:] = 0
    np.testing.assert_array_equal(samples[:40], kept[:40])
    np.testing.assert_array_equal(samples[40 + gap :], kept[40:])
    assert losses[:groups] == [Loss(group=n, frame=40, frames=gap) for n in range(groups)]
    assert damage == []


@pytest.mark.parametrize("gap", [0, 500])
def test_packets_of_which_every_second_is_lost_are_kept(gap):
    few = [cut for cut in cuts(10) if (cut[1] // 10 + cut[0]) % 2]
    batches = [pieces([cut], clock=gap * (cut[1] >= 50)) for cut in few]

    samples, _, damage = play(*batches, frames=FRAMES + gap)

    expected = np.zeros_like(TRUE)
    for group, start, stop in few:
        expected[start:stop, group] = TRUE[start:stop, group]
    np.testing.assert_array_equal(samples[:50], expected[:50])
    np.testing.assert_array_equal(samples[50 + gap :], expected[50:])
    assert damage == []


def test_many_lies_are_held_in_bounded_memory():
    rng = np.random.default_rng(8)
    timeline = Timeline(CHANNELS, packet_channels=1, packet_frames=10)
    damage = []

    for _ in range(300):
        wild = pieces([(int(rng.integers(3)), 0, 10)], true=LIE, clock=int(rng.integers(1 << 15)))
        list(timeline.place(wild, damage))
        assert len(timeline._waiting) <= 4 * CHANNELS
    list(timeline.finish(damage))

    assert damage


def test_a_last_packet_that_nothing_agrees_with_is_refused():
    last = pieces([(1, 90, 100)], clock=500)
    both = pieces([(1, 90, 100), (2, 90, 100)], clock=500)

    samples, _, damage = play(pieces(cuts(10)), last)
    assert len(samples) == FRAMES
    assert damage == [
        "packet 0 at byte 0: time must be near that of another packet, not 590 with 10 frames"
    ]

    samples, _, damage = play(pieces(cuts(10)), both)
    np.testing.assert_array_equal(samples[590:, 1:], TRUE[90:, 1:])
    assert damage == []


def test_a_time_beyond_the_end_is_refused():
    _, _, damage = play(pieces([*cuts(10), (0, 0, 10)], clock=0), frames=FRAMES)
    assert len(damage) == 1

    beyond = pieces([(0, 0, 10)], clock=95)
    samples, _, damage = play(beyond, frames=FRAMES)
    assert damage == ["packet 0 at byte 0: time must be plausible, not 95 with 10 frames after 0"]
    assert not samples.any()


def test_a_gap_beyond_the_longest_is_refused():
    wild = pieces([(0, 0, 10)], clock=1 << 30)

    samples, _, damage = play(wild, longest_gap_frames=1000)

    assert len(samples) == 0
    assert damage == [
        "packet 0 at byte 0: time must be plausible, not 1073741824 with 10 frames after 0"
    ]


def test_a_time_before_the_beginning_is_refused():
    _, _, damage = play(pieces([(0, 0, 10)], clock=-5))

    assert damage == [
        f"packet 0 at byte 0: time must be plausible, not {(1 << 32) - 5} with 10 frames after 0"
    ]


def test_the_clock_of_32_bits_may_wrap():
    clock = (1 << 32) - 45
    timeline = Timeline(CHANNELS, packet_channels=1, packet_frames=10, first_frame=clock)

    blocks = [*timeline.place(pieces(cuts(10), clock=clock), []), *timeline.finish([])]

    np.testing.assert_array_equal(np.concatenate([block.samples for block in blocks]), TRUE)
    assert timeline.frame == clock + FRAMES


def test_a_later_beginning_ignores_what_was_before():
    timeline = Timeline(CHANNELS, packet_channels=1, packet_frames=10, first_frame=25)
    damage = []

    blocks = [*timeline.place(pieces(cuts(10, stagger=3)), damage), *timeline.finish([])]

    np.testing.assert_array_equal(np.concatenate([block.samples for block in blocks]), TRUE[25:])
    assert damage == []


def test_long_gaps_leave_in_blocks_of_bounded_size():
    timeline = Timeline(1, packet_channels=1, packet_frames=10)

    later = pieces([(0, 0, 10), (0, 10, 20)], clock=1 << 14)
    blocks = [*timeline.place(later, []), *timeline.finish([])]

    assert sum(len(block.samples) for block in blocks) == (1 << 14) + 20
    assert max(len(block.samples) for block in blocks) <= 40


def test_a_filling_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"^filling must be one of zeros, omit, not 'nan'$"):
        Timeline(1, packet_channels=1, packet_frames=1, filling="nan")
