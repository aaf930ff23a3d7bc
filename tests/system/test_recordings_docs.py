import re
from pathlib import Path

from system.recordings.formats import FORMATS

PAGE = Path(__file__).parents[2].joinpath("docs", "recordings.md").read_text(encoding="utf-8")


def test_the_example_of_the_page_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)

    exec(compile(example, "docs/recordings.md", "exec"), {})


def test_the_page_names_every_format():
    missing = {known.name for known in FORMATS if known.name.split()[0] not in PAGE}

    assert missing == set()
