"""Rules that every file keeps, whatever it is for."""

import ast
import re

import pytest

from tests.project.sources import PACKAGES, ROOT, kept_files, sources

LONGEST = 400  # lines; most files have fewer than 250, and one idea
TEXT = {".py", ".md", ".toml", ".cc", ".css", ".html", ".js", ".sh", ".ipynb", ".yml", ""}
WRITTEN_BY_HAND = {".py", ".md", ".cc", ".css", ".html", ".js", ".sh"}
HERE = "tests/project/test_house_rules.py"

# A warning that is silenced, a test that does not run, work that is left for later.
FORBIDDEN = {
    "a suppressed lint": r"#\s*noqa",
    "a suppressed type error": r"#\s*(type|pyright):\s*ignore",
    "a skipped test": r"pytest\.skip\(|pytest\.importorskip",
    "a test that may fail": r"\bxfail\b(?!_strict)",
    "work left for later": r"\b(TODO|FIXME|XXX|HACK)\b",
}


def named(paths):
    return [path.relative_to(ROOT).as_posix() for path in paths]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_there_is_nowhere(what):
    found = [
        path
        for path in kept_files()
        if path.suffix in TEXT and re.search(FORBIDDEN[what], path.read_text(encoding="utf-8"))
    ]

    assert [name for name in named(found) if name != HERE] == []


def test_no_file_is_long():
    long = [
        path
        for path in kept_files()
        if path.suffix in WRITTEN_BY_HAND
        and len(path.read_text(encoding="utf-8").splitlines()) > LONGEST
    ]

    assert named(long) == []


def test_no_kept_file_is_large():
    """Recordings, builds and binaries stay out; a picture of a report may come in."""
    large = [path for path in kept_files() if path.stat().st_size > 600_000]

    assert named(large) == []


def calls(source, *names):
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in names:
            yield f"{source.name}:{node.lineno}"


def test_packages_do_not_print():
    assert [place for each in sources(*PACKAGES) for place in calls(each, "print", "pprint")] == []


def test_packages_draw_from_no_hidden_generator():
    """Numbers come from a generator that is handed in."""
    hidden = re.compile(r"(np|numpy)\.random\.(?!default_rng|Generator|SeedSequence|PCG64)\w+")

    assert [
        f"{source.name}: {found[0]}"
        for source in sources(*PACKAGES)
        for found in hidden.finditer(source.path.read_text(encoding="utf-8"))
    ] == []


def test_packages_do_not_assert():
    """An assertion is for tests and benches: what a user did wrong is an error with a message."""
    assert [
        f"{source.name}:{node.lineno}"
        for source in sources(*PACKAGES)
        if not source.name.startswith("verification/cocotb_benches/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assert)
    ] == []


def test_every_test_folder_is_a_package():
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}

    assert [
        folder for folder in named(folders) if not (ROOT / folder / "__init__.py").is_file()
    ] == []


def test_every_module_of_a_package_says_what_it_offers():
    silent = [
        source.name
        for source in sources(*PACKAGES)
        if source.path.name != "__init__.py"
        and not source.name.startswith("verification/cocotb_benches/bench_")
        and not any(
            isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
            for node in source.tree.body
        )
    ]

    assert silent == []
