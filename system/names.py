"""Names of files, which may hold bytes that are no text."""

__all__ = ["displayable"]


def displayable(name: object) -> str:
    r"""Return a name that any file, page or terminal takes.

    Python hands a byte of a file's name that is no UTF-8 on as a lone surrogate, which opens the
    file but cannot be written.

    Parameters
    ----------
    name : object
        A path, or a text that holds one.

    Returns
    -------
    str
        The same, such bytes spelled out.

    Examples
    --------
    >>> displayable("day\udcff.npy")
    'day\\udcff.npy'
    """
    return str(name).encode("utf-8", "backslashreplace").decode("utf-8")
