"""Where every design value comes from: a table that a report can print."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass

__all__ = ["SourcedValue", "source_markdown", "source_table"]

CHANGED = "set in the design"


@dataclass(frozen=True, kw_only=True)
class SourcedValue:
    """One design value and where it comes from.

    Parameters
    ----------
    name : str
        Dotted path of the value in its configuration.
    value : object
        The value.
    source : str
        A citation, or "assumed: why", or that the user set it.
    """

    name: str
    value: object
    source: str


def source_table(config: object) -> tuple[SourcedValue, ...]:
    """Return every value of a configuration with its source.

    Parameters
    ----------
    config : object
        A configuration: a dataclass whose fields, and those of the dataclasses in it, carry a
        ``source`` in their metadata.

    Returns
    -------
    tuple of SourcedValue
        One row a value, in the order of the fields. A value that differs from its default says
        so in place of the default's source.

    Examples
    --------
    >>> from analog_models.electrode import ElectrodeConfig
    >>> [row.name for row in source_table(ElectrodeConfig())]
    ['resistance_ohm', 'offset_v']
    >>> source_table(ElectrodeConfig(offset_v=0.0))[1].source
    'set in the design'
    """
    return tuple(_rows(config, prefix=""))


def source_markdown(config: object) -> str:
    """Return the table of values and sources in Markdown.

    Parameters
    ----------
    config : object
        A configuration, as for :func:`source_table`.

    Returns
    -------
    str
        The table, one line a value.
    """
    lines = ["| value | default | source |", "|---|---|---|"]
    lines += [f"| `{row.name}` | {row.value!r} | {row.source} |" for row in source_table(config)]
    return "\n".join(lines)


def _rows(config: object, *, prefix: str) -> Iterator[SourcedValue]:
    if not is_dataclass(config):
        raise TypeError(f"configuration must be a dataclass, not {type(config).__name__}")
    for entry in fields(config):
        value = getattr(config, entry.name)
        name = prefix + entry.name
        if is_dataclass(value):
            yield from _rows(value, prefix=f"{name}.")
        else:
            source = entry.metadata["source"] if value == _default(entry) else CHANGED
            yield SourcedValue(name=name, value=value, source=source)


def _default(entry: Field) -> object:
    return None if entry.default is MISSING else entry.default
