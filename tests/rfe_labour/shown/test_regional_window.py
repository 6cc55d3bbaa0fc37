"""The sentences and the table on two years of a regional table."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pandas as pd
import pytest

from rfe_labour import data
from rfe_labour.shown import regional_window
from rfe_labour.tables import regional_table
from tests.rfe_labour.printed_page import SHARES, WORKERS, by_year
from tests.rfe_labour.shown.reading import rows


def two_years(workers: tuple[str, str], share: tuple[str, str]) -> pd.DataFrame:
    """Print the cells of two years."""
    return pd.DataFrame({"workers": workers, "share": share}, index=[1995, 2000])


def numbers(printed: pd.DataFrame) -> pd.DataFrame:
    cells = printed.rename_axis("year").reset_index()
    return regional_table(cells.melt("year", var_name="measure", value_name="printed"))


def told(printed: pd.DataFrame) -> str:
    return regional_window.sentences("Chita", numbers(printed), printed).text


def test_a_change_is_told_with_its_two_parts() -> None:
    # 100 of 2,000 and 400 of 4,000: four times the workers, twice each part.
    printed = two_years(("100", "400"), ("5.0", "10.0"))
    assert told(printed) == (
        "**Chita, 1995 to 2000.** The number of North Korean workers rose from 100 to "
        "400. Their share of all foreign workers rose from 5.0 to 10.0 per cent. "
        "Allowing for rounding, the two rows imply that the number of all foreign "
        "workers rose from 1,980–2,020 to 3,980–4,020. The change in the workers, "
        "+138.6 log points, is the sum of +69.3 from their share and +69.3 from the "
        "number of all foreign workers, before rounding."
    )
    # 5.05 and 9.95 are the ends nearest to each other, 4.95 and 10.05 the farthest.
    ends = [9.95 / 5.05, 10.05 / 4.95]
    logs = [f"+{100 * math.log(end):.1f}" for end in ends]
    assert rows(regional_window.changes_table(numbers(printed)))[:2] == [
        ["workers", "100", "400", "4.00", "+138.6"],
        [
            "their share, %",
            "4.95–5.05",
            "9.95–10.05",
            "–".join(f"{end:.2f}" for end in ends),
            " to ".join(logs),
        ],
    ]


def test_what_rounding_may_undo_is_neither_a_rise_nor_a_fall() -> None:
    text = told(two_years(("2,800", "2,698"), ("72", "71.7")))
    assert "workers fell from 2,800 to 2,698." in text
    open_to = (
        "was 72, then 71.7 per cent; rounding leaves open whether it rose or fell."
    )
    assert open_to in text


@pytest.mark.parametrize("share", ["5", "5.0"])
def test_the_same_count_is_told_once(share: str) -> None:
    text = told(two_years(("100", "100"), (share, "4.0")))
    assert "workers was the same in both years, 100. Their" in text


Ends = tuple[Fraction, Fraction]


@pytest.mark.parametrize("table", ["table1", "table3", "table4"])
def test_every_two_years_are_told_as_the_printed_cells_say(table: str) -> None:
    whole = regional_table(data.load(table))
    printed = pd.DataFrame(
        {
            "workers": pd.Series(by_year(*WORKERS[table])),
            "share": pd.Series(by_year(*SHARES[table])),
        }
    )
    for years in itertools.combinations(printed.index, 2):
        ends, cells = whole.loc[[*years]], printed.loc[[*years]]
        text = regional_window.sentences("Chita", ends, cells).text
        for words in told_by_hand(cells["workers"].tolist(), cells["share"].tolist()):
            assert words in text, years


def told_by_hand(counts: list[str], cells: list[str]) -> list[str]:
    workers = [Fraction(count.replace(",", "")) for count in counts]
    shares = [rounded(cell) for cell in cells]
    foreign = [
        (100 * count / upper, 100 * count / lower)
        for count, (lower, upper) in zip(workers, shares, strict=True)
    ]
    implied = [f"{float(low):,.0f}–{float(high):,.0f}" for low, high in foreign]
    of_workers = math.log(workers[1] / workers[0])
    of_share = math.log(Fraction(cells[1]) / Fraction(cells[0]))
    parts = [
        f"{100 * change:+.1f}".replace("-", "−")
        for change in (of_workers, of_share, of_workers - of_share)
    ]
    return [
        f"** The number of North Korean workers "
        f"{course([(it, it) for it in workers], counts)}.",
        f" Their share of all foreign workers {course(shares, cells, ' per cent')}.",
        f" imply that the number of all foreign workers {course(foreign, implied)}.",
        f"{parts[0]} log points, is the sum of {parts[1]} from their share and "
        f"{parts[2]} from the number of all foreign workers, before rounding.",
    ]


def rounded(cell: str) -> Ends:
    half = Fraction(1, 2 * 10 ** len(cell.partition(".")[2]))
    return Fraction(cell) - half, Fraction(cell) + half


def course(ends: list[Ends], texts: list[str], unit: str = "") -> str:
    (low, high), (low_then, high_then) = ends
    if low_then > high:
        return f"rose from {texts[0]} to {texts[1]}{unit}"
    if high_then < low:
        return f"fell from {texts[0]} to {texts[1]}{unit}"
    open_to = "rounding leaves open whether it rose or fell"
    return f"was {texts[0]}, then {texts[1]}{unit}; {open_to}"
