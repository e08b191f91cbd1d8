"""Text that goes through a spreadsheet program and back without being taken for a formula.

A cell that begins with one of = + - @ (also in full width), a tab or a line break may be run as a formula (OWASP
Application Security Verification Standard 5, 1.2.10). Such a text gets an apostrophe in front. A text that begins with
an apostrophe gets one too, so that taking one away again gives back exactly what was written.
"""

from typing import Final

_GUARD: Final = "'"
_STARTS_FORMULA: Final = frozenset("=+-@\t\r\n\0＝＋－＠")


def safe_cell(text: str) -> str:
    """The text as it is written to a cell; `plain_cell` is the way back."""
    return _GUARD + text if _looks_dangerous(text) else text


def plain_cell(cell: str) -> str:
    """The text of a cell, without the guard that `safe_cell` put in front.

    Spreadsheet programs may drop the guard when they save; a cell without one is taken as it is.
    """
    rest = cell[1:]
    return rest if cell.startswith(_GUARD) and _looks_dangerous(rest) else cell


def _looks_dangerous(text: str) -> bool:
    return (
        text[:1] in _STARTS_FORMULA
        or text.lstrip(" \u00a0")[:1] in _STARTS_FORMULA
        or text.startswith(_GUARD)
    )
