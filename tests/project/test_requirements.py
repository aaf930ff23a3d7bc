import re
from importlib.metadata import packages_distributions, version

import pytest

from tests.project.requirements import declared, pyproject, requirements
from tests.project.sources import PACKAGES, ROOT, sources


@pytest.mark.parametrize("group", requirements())
def test_every_requirement_has_a_sentence_of_reason(group):
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()

    for requirement in requirements()[group]:
        (number,) = (n for n, line in enumerate(lines) if line.strip() == f'"{requirement}",')
        above = number - 1
        while lines[above].strip().startswith('"'):
            above -= 1  # one sentence may speak of several
        if requirement.startswith("axocell["):
            continue
        assert re.fullmatch(r"    # [A-Z].*\.", lines[above]), requirement


def test_every_runtime_dependency_is_imported():
    distributions = packages_distributions()
    imported = {
        name.lower()
        for source in sources(*PACKAGES)
        for module, _ in source.imports
        for name in distributions.get(module.partition(".")[0], [])
    }

    assert declared("dependencies") - imported == set()


def test_the_installed_version_is_that_of_the_project():
    assert version("axocell") == pyproject()["project"]["version"]


def test_the_changelog_tells_of_this_version_or_the_next():
    headings = re.findall(
        r"^## (?:\[?)([\w.]+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert {"Unreleased", pyproject()["project"]["version"]} & set(headings[:2])


def test_every_package_of_the_project_is_installed_and_nothing_else():
    include = pyproject()["tool"]["setuptools"]["packages"]["find"]["include"]

    assert sorted(include) == sorted(f"{name}*" for name in PACKAGES)
