"""What other people's readers raise and warn, turned into one line and into notes."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from system.errors import UserError

__all__ = ["third_party"]

_FOR_DEVELOPERS = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning)


@contextmanager
def third_party(subject: str, purpose: str, notes: list[str] | None = None) -> Iterator[None]:
    """Run somebody else's code for the user.

    Its warnings would otherwise reach the terminal, or stop a test run that counts warnings as
    errors: those about the file are kept as notes, those for developers are dropped.

    Parameters
    ----------
    subject : str
        Name of the file, for messages.
    purpose : str
        What the code is doing: a failure says ``"cannot be {purpose}"``.
    notes : list of str, optional
        Where to put the warnings.

    Yields
    ------
    None

    Raises
    ------
    UserError
        The code failed: one line with the file, the purpose and the reason.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        except (UserError, MemoryError):
            raise
        except ImportError as error:
            raise UserError(
                f"{subject}: cannot be {purpose} without a package that is not installed:"
                f" {_reason(error)}"
            ) from error
        except Exception as error:
            raise UserError(
                f"{subject}: cannot be {purpose} (damaged, cut short or of another kind?):"
                f" {_reason(error)}"
            ) from error
    if notes is not None:
        said = (_reason(w.message) for w in caught if not issubclass(w.category, _FOR_DEVELOPERS))
        notes.extend(note for note in dict.fromkeys(said) if note not in notes)


def _reason(message: object) -> str:
    """Return what ``message`` says on one line, at most a few hundred characters long."""
    if isinstance(message, OSError) and message.strerror:
        text = message.strerror
    else:
        text = " ".join(str(message).split())
    if isinstance(message, KeyError | AssertionError | IndexError) or not text:
        text = f"{type(message).__name__} {text}".strip()
    return text if len(text) <= 300 else text[:297] + "..."
