import math
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from numba.core.errors import NumbaError

from analog_models.compiled import compiled, compiled_for, compiled_in_place
from tests.project.sources import PACKAGES, sources

CALLEE = """
from analog_models.compiled import compiled


@compiled
def scaled(number):
    return {factor} * number
"""
CALLER = """
from analog_models.compiled import compiled
from callee import scaled


@compiled
def twice_scaled(number):
    return scaled(number)


def show():
    print(twice_scaled(10), sum(twice_scaled.stats.cache_hits.values()))
"""


def ratio(dividend, divisor):
    return dividend / divisor


def test_machine_code_is_kept_for_the_next_process(tmp_path, monkeypatch):
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))

    assert compiled(ratio)(1.0, 4.0) == 0.25

    assert {path.suffix for path in tmp_path.rglob(f"{Path(__file__).stem}.ratio-*")} == {
        ".nbi",
        ".nbc",
    }


def test_what_a_called_function_becomes_is_compiled_anew(tmp_path):
    (tmp_path / "callee.py").write_text(CALLEE.format(factor=2))
    (tmp_path / "caller.py").write_text(CALLER)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import caller; caller.show()"

    def shown():
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    first = shown()
    again = shown()
    (tmp_path / "callee.py").write_text(CALLEE.format(factor=3))

    assert (first, again) == (["20", "0"], ["20", "1"])
    assert shown() == ["30", "0"]


def test_where_no_folder_can_be_written_it_is_compiled_all_the_same(monkeypatch):
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])

    with pytest.raises(RuntimeError, match="no locator available"):
        numba.njit(cache=True)(ratio)
    assert compiled(ratio)(1.0, 4.0) == 0.25


def test_a_division_by_zero_is_as_in_numpy():
    assert compiled(ratio)(1.0, 0.0) == math.inf


def test_what_is_compiled_for_some_types_takes_no_others():
    halved = compiled_for(ratio, 1.0, 1)

    assert halved(1.0, 4) == 0.25
    with pytest.raises(TypeError, match="No matching definition"):
        halved(np.zeros(3), 4)


def filled(array, number):
    for place in range(len(array)):
        array[place] = number
    return array.sum()


def doubled(array):
    return (2 * array).sum()


def test_what_works_in_place_may_write_to_arrays_but_not_make_any():
    array = np.zeros(3)

    assert compiled_in_place(filled)(array, 2.0) == 6.0
    assert array.tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(NumbaError, match="NRT required"):
        compiled_in_place(doubled)(array)


def test_everything_is_compiled_in_this_way():
    users = [
        source.name
        for source in sources(*PACKAGES)
        if any(module.partition(".")[0] == "numba" for module, _ in source.imports)
    ]

    assert users == ["analog_models/compiled.py", "analog_models/instructions.py"]
