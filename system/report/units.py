"""Numbers as people read them: SI prefixes, significant digits, grouped thousands."""

import math

__all__ = ["count", "percent", "prefix_for", "quantity", "significant", "times"]

ABSENT = "\N{EM DASH}"
SPACE = "\N{NO-BREAK SPACE}"
THIN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
PREFIXES = {
    -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T",
}  # fmt: skip


def significant(value: float | None, digits: int = 3) -> str:
    """Return ``value`` with so many significant digits and no exponent.

    Parameters
    ----------
    value : float or None
        The number; None reads as a dash.
    digits : int
        Significant digits.

    Returns
    -------
    str
        The digits, with a true minus sign.

    Examples
    --------
    >>> significant(0.41023), significant(112.4), significant(98765.0), significant(None)
    ('0.410', '112', '98\u202f765', '—')
    """
    if value is None:
        return ABSENT
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits}g}")  # 9.996 has one digit before the point less than 10.0
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    if decimals == 0:
        return count(round(value))
    return f"{rounded:.{decimals}f}".replace("-", MINUS)


def prefix_for(value: float | None) -> tuple[float, str]:
    """Return (factor, prefix) that bring ``value`` into 1..1000.

    Parameters
    ----------
    value : float or None
        A number in an unprefixed unit.

    Returns
    -------
    tuple of (float, str)
        What one prefixed unit is worth, and the prefix.

    Examples
    --------
    >>> prefix_for(4.1e-7), prefix_for(24000.0), prefix_for(0.0)
    ((1e-09, 'n'), (1000.0, 'k'), (1.0, ''))
    """
    if not value:
        return 1.0, ""
    power = 3 * math.floor(math.log10(abs(float(f"{value:.4g}"))) / 3)
    power = min(max(power, min(PREFIXES)), max(PREFIXES))
    return float(f"1e{power}"), PREFIXES[power]


def quantity(value: float | None, unit: str, digits: int = 3) -> str:
    r"""Return ``value`` with its unit and an SI prefix.

    Parameters
    ----------
    value : float or None
        The number, in ``unit``; None reads as a dash.
    unit : str
        Unit without prefix.
    digits : int
        Significant digits.

    Returns
    -------
    str
        For example "12.3 µV"; the space does not break.

    Examples
    --------
    >>> quantity(1.632e7, "bit/s"), quantity(5e-4, "s"), quantity(0.0, "V")
    ('16.3\xa0Mbit/s', '500\xa0µs', '0\xa0V')
    """
    if value is None:
        return ABSENT
    factor, prefix = prefix_for(value)
    if unit == "s" and factor > 1:  # nobody counts in kiloseconds
        factor, prefix = 1.0, ""
    return f"{significant(value / factor, digits)}{SPACE}{prefix}{unit}"


def percent(fraction: float | None, digits: int = 3) -> str:
    r"""Return ``fraction`` in percent.

    Parameters
    ----------
    fraction : float or None
        The number; None reads as a dash.
    digits : int
        Significant digits.

    Returns
    -------
    str
        For example "95.8 %". What is not all never reads 100 %.

    Examples
    --------
    >>> percent(0.9581), percent(0.99999), percent(1.0), percent(None)
    ('95.8\xa0%', '99.9\xa0%', '100\xa0%', '—')
    """
    if fraction is None:
        return ABSENT
    text = significant(100 * fraction, digits)
    if text.startswith("100") and fraction < 1:
        text = "99." + "9" * (digits - 2)
    return f"{text}{SPACE}%"


def count(number: int | None) -> str:
    """Return ``number`` with its thousands grouped by narrow spaces.

    Parameters
    ----------
    number : int or None
        The number; None reads as a dash.

    Returns
    -------
    str
        The digits.

    Examples
    --------
    >>> count(97920000), count(-12) == MINUS + "12", count(None)
    ('97\u202f920\u202f000', True, '—')
    """
    if number is None:
        return ABSENT
    return f"{number:,}".replace(",", THIN).replace("-", MINUS)


def times(value: float | None) -> str:
    """Return ``value`` as a factor.

    Parameters
    ----------
    value : float or None
        The number; None reads as a dash.

    Returns
    -------
    str
        Three digits and a multiplication sign.

    Examples
    --------
    >>> times(112.4) == f"112{SPACE}{TIMES}", times(None)
    (True, '—')
    """
    return ABSENT if value is None else f"{significant(value)}{SPACE}{TIMES}"
