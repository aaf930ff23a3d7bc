"""The check that most configurations begin with."""

__all__ = ["check_ranges"]


def check_ranges(config: object, **ranges: tuple[int, int]) -> None:
    """Raise unless each named field of ``config`` lies in its range.

    Parameters
    ----------
    config : object
        Has the fields as attributes.
    **ranges : tuple of int
        Lowest and highest value of a field, both included, by its name.

    Raises
    ------
    ValueError
        A field does not; the message names it, its range and its value.
    """
    for name, (low, high) in ranges.items():
        value = getattr(config, name)
        if not low <= value <= high:
            raise ValueError(f"{name} must be in {low}..{high}, not {value!r}")
