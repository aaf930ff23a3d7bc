import runpy
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "draw_figures.py"))
IMAGES = ROOT / "docs" / "images"


def test_the_figures_are_drawn_the_same_twice(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        TOOL["draw"](folder)

    drawn = sorted(path.name for path in first.iterdir())
    assert drawn == sorted(f"{name}.svg" for name in TOOL["FIGURES"])
    for name in drawn:
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_every_drawing_of_the_docs_is_one_of_them_and_says_so():
    drawings = sorted(IMAGES.glob("*.svg"))

    assert [path.stem for path in drawings] == sorted(TOOL["FIGURES"])
    for path in drawings:
        text = path.read_text(encoding="utf-8")
        ElementTree.fromstring(text)
        assert "Drawn by tools/draw_figures.py" in text
