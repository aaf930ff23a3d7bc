"""Keep the table of keys in ``docs/report.md`` as the schema has it.

Run as ``python -m system.report.document docs/report.md`` after a change of the schema.
"""

import sys
from pathlib import Path

from system.report.schema import key_table

__all__ = ["documented"]

BEGIN = "<!-- begin: python -m system.report.document docs/report.md -->\n"
END = "<!-- end -->\n"


def documented(text: str) -> str:
    """Return ``text`` with a fresh table between its two markers.

    Parameters
    ----------
    text : str
        Markdown with the markers.

    Returns
    -------
    str
        The same with the table of :func:`system.report.schema.key_table`.

    Raises
    ------
    ValueError
        If a marker is missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document must hold both {BEGIN.strip()!r} and {END.strip()!r}")
    return f"{before}{begin}\n{key_table()}\n{end}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(documented(path.read_text(encoding="utf-8")), encoding="utf-8")
