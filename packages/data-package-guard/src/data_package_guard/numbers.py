"""Numbers as they are printed: their value, and how many decimals they show."""

from __future__ import annotations

import re
from decimal import Decimal

_PRINTED_NUMBER = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")

_NUMBER_IN_TEXT = re.compile(
    r"(?:(?<![0-9])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
)


def parse_number(printed: str) -> Decimal:
    """Read a printed number that is not negative.

    Parameters
    ----------
    printed : str
        Digits with optional thousands commas and decimals: ``"1,779"``, ``"14.0"``.

    Returns
    -------
    decimal.Decimal
        The value, with as many decimals as are printed.

    Raises
    ------
    ValueError
        If the text is empty, negative, or anything else but such a number.
    """
    if not isinstance(printed, str) or not _PRINTED_NUMBER.fullmatch(printed):
        raise ValueError(
            f"{printed!r} is not a printed number: expected digits with optional "
            'thousands commas and decimals, such as "1,779" or "14.0".'
        )
    return Decimal(printed.replace(",", ""))


def decimals(printed: str | Decimal) -> int:
    """Count the decimals of a printed number or of its value: 1 for ``"14.0"``.

    Raises
    ------
    ValueError
        As `parse_number`.
    """
    value = printed if isinstance(printed, Decimal) else parse_number(printed)
    return -int(value.as_tuple().exponent)


def numbers_in(text: str) -> list[Decimal]:
    """Read every number of a running text, one after another.

    A number ends where its digits end: ``"1992-2005"`` holds 1992 and 2005, ``"2.5 to
    3"`` holds 2.5 and 3.
    """
    return [parse_number(found) for found in _NUMBER_IN_TEXT.findall(text)]
