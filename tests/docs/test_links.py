"""Links from page to page lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://|mailto:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
FENCED = re.compile(r"^```.*?^```", flags=re.DOTALL | re.MULTILINE)

each_page = pytest.mark.parametrize(
    "page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES]
)


def text(page):
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def anchors(page):
    """Anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_every_link_of_a_page_leads_to_a_file_of_the_project(page):
    for link in LINK.finditer(text(page)):
        target = (page.parent / link["path"]).resolve() if link["path"] else page

        assert target.is_relative_to(ROOT), link[0]
        assert target.exists(), link[0]
        if link["anchor"]:
            assert link["anchor"] in anchors(target), link[0]


def test_every_page_is_linked_from_another():
    linked = {
        (page.parent / link["path"]).resolve()
        for page in PAGES
        for link in LINK.finditer(text(page))
        if link["path"]
    }

    assert {page for page in PAGES if page.parent != ROOT} <= linked


def test_every_image_is_shown_on_a_page():
    everything = "".join(text(page) for page in PAGES)

    for image in (ROOT / "docs" / "images").iterdir():
        assert f"images/{image.name})" in everything
