"""Every slip of one digit in a printed number, and no other."""

from __future__ import annotations

import pytest

from rfe_labour.checks import sources


# Nine other digits in each place, but no leading nought: 8 + 9 + 9 + 9 and 8 + 9 + 9.
@pytest.mark.parametrize(("printed", "number"), [("3,126", 35), ("16.7", 26), ("5", 8)])
def test_a_slip_changes_one_digit_and_nothing_else(printed: str, number: int) -> None:
    slips = sources.one_digit_slips(printed)
    assert len({*slips}) == len(slips) == number
    for slip in slips:
        changed = [
            (before, after)
            for before, after in zip(printed, slip, strict=True)
            if before != after
        ]
        assert len(changed) == 1
        assert "".join(changed[0]).isdigit()
        assert not slip.startswith("0")


def test_slips_are_listed_from_the_first_digit_to_the_last() -> None:
    slips = sources.one_digit_slips("10")
    assert slips[:8] == ["20", "30", "40", "50", "60", "70", "80", "90"]
    assert slips[8:] == ["11", "12", "13", "14", "15", "16", "17", "18", "19"]
