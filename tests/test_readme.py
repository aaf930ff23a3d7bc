"""What the README shows is what happens."""

import doctest
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def test_the_example_runs_as_printed():
    failures, tests = doctest.testfile(str(README), module_relative=False)

    assert tests >= 9
    assert failures == 0


def test_every_local_link_leads_somewhere():
    text = "\n".join(
        page.read_text(encoding="utf-8") for page in [README, ROOT / "CONTRIBUTING.md"]
    )
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
