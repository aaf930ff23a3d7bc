import itertools
import re
from pathlib import Path

from system.ground_truth import SHAPE_SETS, similarity

PAGE = Path(__file__).parents[2].joinpath("docs", "ground_truth.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)

    exec(compile(example, "docs/ground_truth.md", "exec"), {})


def test_the_similarities_of_the_page_are_those_of_the_table():
    for name, shapes in SHAPE_SETS.items():
        pairs = [f"{similarity(a, b):.2f}" for a, b in itertools.combinations(shapes, 2)]

        assert f"| {name} | {', '.join(pairs)} |" in PAGE
