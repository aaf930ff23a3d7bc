"""What a module is made of: its source, and that of all that it imports from the same tree."""

import hashlib
import re
from functools import cache
from pathlib import Path

__all__ = ["closure_digest"]

IMPORTS = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)


def closure_digest(source: Path) -> str:
    """Return a digest of a file and of every file of its tree that it imports, however far away.

    The tree is the folder in which its outermost package is. Imports at the left margin count;
    those within functions do not.

    Parameters
    ----------
    source : Path
        A Python file.

    Returns
    -------
    str
        Hexadecimal; the same as long as none of the files changes.
    """
    tree = source.parent
    while (tree / "__init__.py").is_file():
        tree = tree.parent
    found = {source}
    ahead = [source]
    while ahead:
        _, imported = _read(ahead.pop(), tree)
        ahead += imported - found
        found |= imported
    parts = sorted(f"{path} {_read(path, tree)[0]}" for path in found)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _read(path: Path, tree: Path) -> tuple[str, frozenset[Path]]:
    """Return the digest of a file, and the files of the tree that it imports itself."""
    text = path.read_bytes()
    imported = set()
    for name in IMPORTS.findall(text.decode(errors="replace")):
        place = tree.joinpath(*name.split("."))
        candidates = (place.with_suffix(".py"), place / "__init__.py")
        imported |= {each for each in candidates if each.is_file()}
    return hashlib.sha256(text).hexdigest(), frozenset(imported)
