"""Colours of the report by what they stand for, for light and for dark pages.

Marks that must be told apart also differ in shape or dash. The hues follow Okabe and Ito's palette
(jfly.uni-koeln.de/color, 2008), which stays distinct under the common colour-vision deficiencies;
the tests hold every ink to a contrast of 3:1 on its page, and text to 4.5:1 (WCAG 2.2).
"""

__all__ = ["DARK", "LIGHT", "TEXT_INKS", "css_variables"]

LIGHT = {
    "page": "#f5f6f8",
    "surface": "#ffffff",
    "ink": "#18202b",
    "muted": "#55606f",
    "rule": "#dde2e8",
    "grid": "#e8ebf0",
    "accent": "#0b5c9e",
    "good": "#0e7350",
    "bad": "#b3261e",
    "signal": "#64748b",
    "detected": "#0072b2",
    "truth": "#0e8a63",
    "alarm": "#c65300",
    "missed": "#b0307f",
}

DARK = {
    "page": "#0f141a",
    "surface": "#171d25",
    "ink": "#e7ebf0",
    "muted": "#a0abb9",
    "rule": "#2b3440",
    "grid": "#27303b",
    "accent": "#79bcf5",
    "good": "#58cfa0",
    "bad": "#ff8f85",
    "signal": "#8d9bb0",
    "detected": "#56b4e9",
    "truth": "#3fcf9f",
    "alarm": "#f59a4a",
    "missed": "#f083c0",
}

TEXT_INKS = ("ink", "muted", "accent", "good", "bad")


def css_variables(palette: dict[str, str]) -> str:
    """Return ``palette`` as CSS custom properties.

    Parameters
    ----------
    palette : dict of str to str
        Colour of each name.

    Returns
    -------
    str
        Declarations for one rule set.

    Examples
    --------
    >>> css_variables({"ink": "#000000", "page": "#ffffff"})
    '--ink:#000000;--page:#ffffff;'
    """
    return "".join(f"--{name}:{colour};" for name, colour in palette.items())
