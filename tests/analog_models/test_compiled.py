import math
from pathlib import Path

import numba
import numpy as np
import pytest

from analog_models.compiled import compiled, compiled_for
from tests.project.sources import PACKAGES, sources


def ratio(dividend, divisor):
    return dividend / divisor


def test_machine_code_is_kept_for_the_next_process(tmp_path, monkeypatch):
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))

    assert compiled(ratio)(1.0, 4.0) == 0.25

    assert {path.suffix for path in tmp_path.rglob(f"{Path(__file__).stem}.ratio-*")} == {
        ".nbi",
        ".nbc",
    }


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


def test_everything_is_compiled_in_this_way():
    users = [
        source.name
        for source in sources(*PACKAGES)
        if any(module.partition(".")[0] == "numba" for module, _ in source.imports)
    ]

    assert users == ["analog_models/compiled.py", "analog_models/instructions.py"]
