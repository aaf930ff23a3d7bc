"""What every name and every sentence in a register map must look like."""

import keyword
import re
from collections.abc import Iterable

__all__ = ["check_name", "check_sentence", "check_unique"]

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

# SystemRDL 2.0 (Accellera, January 2018): keywords and words reserved for later versions.
_SYSTEMRDL_KEYWORDS = """
    abstract accesstype addressingtype addrmap alias all alternate bit boolean bothedge byte compact
    component componentwidth constraint default encode enum external false field fullalign hw inside
    int internal level longint mem na negedge nonsticky number onreadtype onwritetype posedge
    precedencetype property r rclr real ref reg regalign regfile rset ruser rw rw1 shortint
    shortreal signal signed string struct sw this true type unsigned w w1 wclr with within woclr
    woset wot wr wset wuser wzc wzs wzt
"""

# ISO/IEC 9899:1999, 6.4.1, those in lower case.
_C_KEYWORDS = """
    auto break case char const continue default do double else enum extern float for goto if inline
    int long register restrict return short signed sizeof static struct switch typedef union
    unsigned void volatile while
"""

_KEYWORDS = {
    "Python": frozenset(keyword.kwlist),
    "C": frozenset(_C_KEYWORDS.split()),
    "SystemRDL": frozenset(_SYSTEMRDL_KEYWORDS.split()),
}


def check_name(what: str, name: str) -> None:
    """Accept a name that is good in Python, Verilog, C and SystemRDL.

    Single underscores only: a double one separates the levels of hierarchy in port names.

    Parameters
    ----------
    what : str
        What is called so, for the error, as in ``"field"``.
    name : str
        The name.

    Raises
    ------
    ValueError
        If the name is not made of lowercase words and numbers, or is a keyword.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{what} name must be lowercase words joined by single underscores, not {name!r}"
        )
    for language, keywords in _KEYWORDS.items():
        if name in keywords:
            raise ValueError(f"{what} name must not be a keyword of {language}, as {name!r} is")


def check_sentence(what: str, doc: str) -> None:
    """Accept a doc that reads as a sentence wherever it is exported to.

    Parameters
    ----------
    what : str
        What the doc is of, for the error, as in ``"field 'gain'"``.
    doc : str
        The doc.

    Raises
    ------
    ValueError
        If the doc does not begin with a capital or a digit, does not end with a full stop, or has
        more than one line.
    """
    starts_well = doc[:1].isupper() or doc[:1].isdigit()
    if not (starts_well and doc.endswith(".") and doc.isprintable()):
        raise ValueError(
            f"{what} doc must be a sentence on one line, from a capital to a full stop, not {doc!r}"
        )


def check_unique(what: str, names: Iterable[str]) -> None:
    """Accept names that differ from one another.

    Parameters
    ----------
    what : str
        Whose names these are, for the error, as in ``"fields of register 'gain'"``.
    names : Iterable[str]
        The names.

    Raises
    ------
    ValueError
        If a name occurs twice.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} must have different names, not {name!r} twice")
        seen.add(name)
