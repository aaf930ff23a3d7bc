"""What the page on accuracy shows runs."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "attention_accuracy.md"


def test_the_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names = {}

    exec(compile(example, str(PAGE), "exec"), names)

    assert names["answer"].shape == (1, 12, 200, 64)
