import pytest

from system.benchmarks.speed.contest import best_times


def test_contenders_take_turns_and_the_shortest_time_counts():
    now_s, order, said = [0.0], [], []
    takes_s = {"first": iter([3.0, 1.0, 2.0]), "second": iter([5.0, 7.0, 4.0])}

    def contender(name):
        def work():
            order.append(name)
            now_s[0] += next(takes_s[name])

        return work

    best_s = best_times(
        {name: contender(name) for name in takes_s},
        repetitions=3,
        report=said.append,
        benchmark="race",
        clock=lambda: now_s[0],
    )

    assert best_s == {"first": 1.0, "second": 4.0}
    assert order == ["first", "second"] * 3
    assert said[:3] == ["race: first, 1 of 3", "race: second, 1 of 3", "race: first, 2 of 3"]


def test_at_least_one_round_is_asked_for():
    with pytest.raises(ValueError, match=r"^repetitions must be at least 1, not 0$"):
        best_times({}, repetitions=0, report=pytest.fail)
