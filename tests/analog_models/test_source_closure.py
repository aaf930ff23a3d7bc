from pathlib import Path

from analog_models import source_closure
from analog_models.source_closure import closure_digest

FILES = {
    "package/__init__.py": "",
    "package/first.py": "import math\nfrom package.second import other\n",
    "package/second.py": "import package.folder\nother = 1\n",
    "package/folder/__init__.py": "from package.first import nothing\n",
    "package/apart.py": "",
    "alone.py": "def later():\n    import package.first\n",
}


def digests(folder: Path) -> dict[str, str]:
    source_closure._read.cache_clear()
    return {name: closure_digest(folder / name) for name in FILES}


def changed(tmp_path, name):
    """Return which digests are others after a change of a file."""
    for each, text in FILES.items():
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each).write_text(text)
    before = digests(tmp_path)
    (tmp_path / name).write_text(FILES[name] + "more = 2\n")
    after = digests(tmp_path)
    return {each for each in FILES if before[each] != after[each]}


def test_a_change_reaches_whoever_imports_it_in_circles_too(tmp_path):
    circle = {"package/first.py", "package/second.py", "package/folder/__init__.py"}

    for name in circle:
        assert changed(tmp_path, name) == circle


def test_a_change_elsewhere_reaches_nobody_else(tmp_path):
    assert changed(tmp_path, "package/apart.py") == {"package/apart.py"}
    assert changed(tmp_path, "alone.py") == {"alone.py"}
