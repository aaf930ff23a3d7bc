"""What pyproject.toml says that the project needs."""

import re
import tomllib
from functools import cache

from tests.project.sources import ROOT


@cache
def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements():
    """Requirements by group: ``dependencies`` and each extra."""
    project = pyproject()["project"]
    return {"dependencies": project["dependencies"], **project["optional-dependencies"]}


def declared(group):
    """Names of the distributions of a group, lower case."""
    return {name_of(each) for each in requirements()[group]}


def name_of(requirement):
    """Name of the distribution that a requirement asks for, lower case."""
    return re.split(r"[^\w.-]", requirement)[0].lower()
