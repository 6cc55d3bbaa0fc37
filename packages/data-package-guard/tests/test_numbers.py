"""Printed numbers and their decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from data_package_guard.numbers import decimals, parse_number


@pytest.mark.parametrize(
    ("printed", "value", "places"),
    [("1,779", "1779", 0), ("14.0", "14.0", 1), ("5", "5", 0), ("0.25", "0.25", 2)],
)
def test_a_printed_number_keeps_its_value_and_decimals(
    printed: str, value: str, places: int
) -> None:
    assert str(parse_number(printed)) == value
    assert decimals(printed) == decimals(Decimal(value)) == places


@pytest.mark.parametrize(
    "garbled",
    [
        *("", " ", "-5", "+5", "1,77", "1,7790", ",779", "5.", ".5", "1.2.3", "5 "),
        *("5%", "nan", "inf", "1e3", "１２", "5\n"),
    ],
)
def test_what_is_no_printed_number_is_refused(garbled: str) -> None:
    for function in (parse_number, decimals):
        with pytest.raises(ValueError, match="is not a printed number"):
            function(garbled)
