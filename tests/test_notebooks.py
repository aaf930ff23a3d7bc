"""Every notebook runs as it is committed, and keeps to what a notebook here is."""

import ast
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
PATHS = sorted((ROOT / "notebooks").glob("*.ipynb"))
KIT = {"rtl", "analog_models", "verification", "system"}
LIMIT_S = (
    300  # for a cell, on a loaded machine; all of a notebook takes half a minute on a free one
)

each_notebook = pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def code(path):
    return ast.parse("\n".join(cell.source for cell in code_cells(path)))


def test_notebooks_are_numbered_from_one():
    numbers = [int(path.stem.partition("_")[0]) for path in PATHS]

    assert numbers == list(range(1, len(PATHS) + 1))
    assert numbers


@each_notebook
def test_a_notebook_runs(path):
    client = NotebookClient(
        read(path),
        timeout=LIMIT_S,
        kernel_name="python3",
        resources={"metadata": {"path": str(ROOT)}},
    )

    client.execute()


@each_notebook
def test_a_notebook_is_kept_without_outputs(path):
    notebook = read(path)

    nbformat.validate(notebook)
    assert all(cell.outputs == [] for cell in code_cells(path))
    assert all(cell.execution_count is None for cell in code_cells(path))
    assert notebook.metadata.kernelspec.name == "python3"


@each_notebook
def test_a_notebook_begins_with_one_question_and_ends_by_asserting_its_answer(path):
    first, last = read(path).cells[0], code_cells(path)[-1]

    assert first.cell_type == "markdown"
    assert first.source.splitlines()[0].startswith("# ")
    assert first.source.splitlines()[0].endswith("?")
    assert len(first.source) > 200
    assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(last.source)))


@each_notebook
def test_a_notebook_is_thin(path):
    functions = [node for node in ast.walk(code(path)) if isinstance(node, ast.FunctionDef)]

    assert len(code_cells(path)) <= 12
    for function in functions:
        lines = 1 + (function.body[-1].end_lineno or 0) - function.body[0].lineno
        assert lines <= 5, f"{function.name} belongs into a package"


@each_notebook
def test_a_notebook_imports_the_kit_and_what_draws(path):
    imported = {
        name.partition(".")[0]
        for node in ast.walk(code(path))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported - sys.stdlib_module_names <= KIT | {"numpy", "matplotlib", "torch"}
