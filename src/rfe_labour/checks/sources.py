"""What a slip in print could have made of a number."""

from __future__ import annotations


def one_digit_slips(printed: str) -> list[str]:
    """List every text that differs from a printed number in one digit.

    Parameters
    ----------
    printed : str
        A number as it is printed, for example ``"3,126"`` or ``"17.6"``.

    Returns
    -------
    list of str
        From the first digit to the last, each in order of size. A leading digit never
        becomes nought, since nobody prints 0,693.
    """
    return [
        f"{printed[:place]}{other}{printed[place + 1 :]}"
        for place, digit in enumerate(printed)
        if digit.isdigit()
        for other in range(1 if place == 0 else 0, 10)
        if str(other) != digit
    ]
