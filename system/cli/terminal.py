"""Tables on standard output, progress bars on standard error."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from system.names import displayable

__all__ = ["progress_bar", "show_table", "write"]

WIDTH_WITHOUT_TERMINAL = 160  # columns, so that files and pipes get whole lines


def write(text: str) -> None:
    """Write text to standard output.

    Parameters
    ----------
    text : str
        Any text; a line end is added. What cannot be written is spelled out.
    """
    sys.stdout.write(f"{displayable(text)}\n")


def show_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str | None = None
) -> None:
    """Show a table on standard output.

    Parameters
    ----------
    headings : sequence of str
        One per column; a heading that ends in ``>`` aligns its column to the right.
    rows : iterable of sequence of str
        Plain text of the cells.
    title : str, optional
        Above the table.
    """
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for heading in headings:
        right = heading.endswith(">")
        table.add_column(heading.rstrip(">"), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console()
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
    console.print(table)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """Show what is being done on standard error, if that is a terminal.

    Yields
    ------
    callable
        ``report(stage, fraction)``: a line of text, and how much of it is done, 0 to 1; a
        negative fraction where nobody knows.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=1.0)
        stage_shown = ""

        def report(stage: str, fraction: float) -> None:
            nonlocal stage_shown
            if stage != stage_shown:
                stage_shown = stage
                progress.reset(task, description=stage, total=1.0 if fraction >= 0 else None)
            progress.update(task, completed=max(fraction, 0.0))

        yield report
