"""What the figures of the texts give for a claim: chapters' results, and arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rfe_labour import data, rounding, tables
from rfe_labour.article import REGIONAL_TABLES, stated_years
from rfe_labour.checks import totals
from rfe_labour.checks.claims.ledger import interval
from rfe_labour.rounding import Interval
from rfe_labour.tables import changes, joint_ventures

END_OF_1990S = (1998, 1999)
"""The years read as "the end of the 1990s", here and in ``text_figures.csv``."""

_SHARE_OF_MOST = Interval(0.5, 1)
"""What "most" allows, as a fraction."""


def results(directory: Path | None = None) -> dict[str, int | float | str]:
    """Recompute every value that a claim is compared with.

    Parameters
    ----------
    directory : pathlib.Path or None
        Folder of the transcription, as for `rfe_labour.data.load`.

    Returns
    -------
    dict of str to int, float or str
        By result key, and only for the keys of the ledger. An interval is two keys,
        ``<key>_lower`` and ``<key>_upper``; an open end has none.

    Raises
    ------
    ValueError
        If a key of the ledger is one that nothing computes.
    """
    ledger = data.load("claims", directory)
    keys = ledger["key"].dropna().tolist()
    figures = _figures(ledger, directory)
    computed: dict[str, int | float | str] = {}
    for chapter in dict.fromkeys(str(key).split(".")[0] for key in keys):
        if chapter not in _CHAPTERS:
            msg = (
                f'No chapter computes "{chapter}" for the claims; there are '
                f"{', '.join(_CHAPTERS)}."
            )
            raise ValueError(msg)
        for name, value in _CHAPTERS[chapter](figures).items():
            computed[f"{chapter}.{name}"] = value
    names = {name for key in keys for name in (key, f"{key}_lower", f"{key}_upper")}
    return {name: value for name, value in computed.items() if name in names}


@dataclass(frozen=True)
class Figures:
    """What the ledger's own calculations start from.

    Attributes
    ----------
    stated : mapping of str to Interval
        The interval that each claim allows; an open end is infinite.
    cells : mapping of str to pandas.DataFrame
        The printed cells of each regional table.
    regional : mapping of str to pandas.DataFrame
        For each region, its table as `rfe_labour.tables.regional_table` returns it.
    comparison : pandas.DataFrame
        Stated totals against regional sums, as `rfe_labour.checks.totals.compare`
        returns it.
    text_figures, tokens, sources : pandas.DataFrame
        The resources ``text_figures``, ``table2_tokens`` and ``sources``.
    """

    stated: Mapping[str, Interval]
    cells: Mapping[str, pd.DataFrame]
    regional: Mapping[str, pd.DataFrame]
    comparison: pd.DataFrame
    text_figures: pd.DataFrame
    tokens: pd.DataFrame
    sources: pd.DataFrame

    def workers(self, region: str, years: Iterable[int]) -> list[int]:
        """Give the workers of a region in some years, in persons."""
        by_year: list[int] = self.regional[region]["workers"].loc[[*years]].tolist()
        return by_year

    def tokens_of(self, row: str) -> pd.DataFrame:
        """Give what survives of a row of Table 2."""
        return self.tokens[self.tokens["row"] == row]


def _figures(ledger: pd.DataFrame, directory: Path | None) -> Figures:
    cells = {table: data.load(table, directory) for table in REGIONAL_TABLES}
    regional = {
        facts.region: tables.regional_table(cells[table])
        for table, facts in REGIONAL_TABLES.items()
    }
    return Figures(
        stated={
            str(row["claim"]): interval(row["lower"], row["upper"])
            for row in ledger.to_dict("records")
        },
        cells=cells,
        regional=regional,
        comparison=totals.compare(data.load("stated_totals", directory), regional),
        text_figures=data.load("text_figures", directory),
        tokens=data.load("table2_tokens", directory),
        sources=data.load("sources", directory),
    )


# The chapters' results, by the functions that the chapters call -----------------------


def _tables_results(figures: Figures) -> dict[str, Any]:
    values = {}
    for table, facts in REGIONAL_TABLES.items():
        numbers = figures.regional[facts.region]
        agreement = tables.agreement(figures.cells[table], tables.rebuild(numbers))
        values[f"{table}.cells_reproduced"] = int(agreement["agrees"].sum())
        values[f"{table}.workers_last"] = int(numbers["workers"].iloc[-1])
    return values


def _totals_results(figures: Figures) -> dict[str, Any]:
    compared = figures.comparison[["stated", "residual"]]
    return {
        f"{year}.{name}": value
        for name, column in compared.items()
        for year, value in column.to_dict().items()
    }


def _sources_results(figures: Figures) -> dict[str, Any]:
    values = {}
    for table, cells in figures.cells.items():
        beyond = tables.cells_beyond_sources(table, cells, figures.sources)
        values[f"{table}.cells"] = len(cells)
        values[f"{table}.cells_beyond_sources"] = len(beyond)
    return values


def _claims_results(figures: Figures) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for claim, calculate in calculations().items():
        if claim in figures.stated:
            value = calculate(figures)
            if not isinstance(value, Interval):
                values[claim] = value
            elif value.lower == value.upper:
                values[claim] = value.lower
            else:
                values |= {f"{claim}_lower": value.lower, f"{claim}_upper": value.upper}
    return {name: value for name, value in values.items() if math.isfinite(value)}


_CHAPTERS: Mapping[str, Callable[[Figures], dict[str, Any]]] = {
    "tables": _tables_results,
    "totals": _totals_results,
    "trends": lambda f: {
        **changes.regional_sum_results(changes.regional_sum(f.regional))
    },
    "sources": _sources_results,
    "claims": _claims_results,
}


# The ledger's own arithmetic ----------------------------------------------------------


Calculation = Callable[[Figures], Interval | float]
"""What gives the value of a claim: an interval, or an exact number."""


def _told(figures: Figures, *claims: str) -> int:
    """Count those of some statements that the ledger has."""
    return sum(claim in figures.stated for claim in claims)


def _third_period(figures: Figures) -> Interval:
    """From the start of the third wave to the tables' last year, as steps or years."""
    last = max(facts.last_year for facts in REGIONAL_TABLES.values())
    steps = last - figures.stated["wave_3_start"].lower
    return Interval(steps, steps + 1)


def _summits(figures: Figures) -> int:
    visits = ("visit_putin_2000", "visit_kim_2001", "visit_kim_2002")
    years = [figures.stated[visit] for visit in visits]
    return sum(year.lower >= 2000 and year.upper <= 2002 for year in years)


def _loggers(figures: Figures) -> Interval:
    """Loggers outside the Far East, and from none to all of Khabarovsk and Amur."""
    both = [figures.workers(region, END_OF_1990S) for region in ("khabarovsk", "amur")]
    most = max(map(sum, zip(*both, strict=True)))
    return figures.stated["irkutsk_krasnoyarsk"] + Interval(0, most)


def _consulate(figures: Figures) -> Interval:
    """Take half to all of 200 to 300 dollars from any number of Primorye's workers.

    In million dollars a year. The article says "over" these sums, which sets no upper
    end, so the printed sums are taken; the greater is printed for both regions.
    """
    payers = Interval(0, max(figures.workers("primorye", END_OF_1990S)))
    lowest, highest = (
        figures.stated[f"wage_side_jobs_{region}"].lower
        for region in ("primorye", "sakhalin")
    )
    return payers * (_SHARE_OF_MOST * Interval(lowest, highest)) * (12 / 1e6)


def _consulate_per_worker(figures: Figures) -> Interval:
    """Share what the consulate collects among Primorye, in dollars a month."""
    workers = figures.workers("primorye", END_OF_1990S)
    a_month = figures.stated["consulate_year"] * (1e6 / 12)
    return a_month / Interval(min(workers), max(workers))


def _increases_since_the_requests(figures: Figures) -> Interval:
    """Span the yearly changes of totals and tables since the first request."""
    first = int(figures.stated["visit_kim_2001"].lower)
    change = figures.comparison[["stated", "regional_sum"]].diff()
    later = change[change.index > first].to_numpy(np.float64)
    return Interval(int(later.min()), int(later.max()))


def _savings(figures: Figures) -> Interval:
    """Save "around 100 dollars" in each month of three years."""
    months = figures.stated["contract_years"] * 12
    return months * figures.stated["savings_month"]


def _savings_against_cost(figures: Figures) -> Interval:
    """Measure a month's savings in a family's costs of living in a month.

    The cost is that of half a year, and only its upper end is given.
    """
    costliest = figures.stated["cost_of_living"].upper / 6
    return Interval(figures.stated["savings_month"].lower / costliest, math.inf)


def _logging_pay_in_dollars(figures: Figures) -> Interval:
    """Convert the pay in rubles at the rate that the two lower ends imply."""
    rubles = figures.stated["wage_logging_rubles"]
    return rubles * (figures.stated["wage_logging_dollars"].lower / rubles.lower)


def _growth_up_to_the_last_total(figures: Figures) -> Interval:
    """Compare the last stated total with each of those before."""
    *before, last = figures.comparison["stated"].astype(int)
    return Interval(last - max(before), last - min(before))


def _change_of_workers(figures: Figures) -> Interval:
    """Span the changes from 2000 to 2002 of the stated totals and of the tables."""
    both = figures.comparison[["stated", "regional_sum"]]
    change = (both.loc[2002] - both.loc[2000]).to_numpy(np.float64)
    return Interval(int(change.min()), int(change.max()))


def _workers_elsewhere(figures: Figures) -> Interval:
    """Measure the stated totals in workers who go to Mongolia and Europe in a year."""
    totals = figures.comparison["stated"].astype(int)
    others = figures.stated["workers_mongolia"] + figures.stated["workers_europe"]
    return Interval(totals.min(), totals.max()) / others


def _pledged_of_invested(figures: Figures) -> Interval:
    """Measure the pledge in what was invested before, of which the least is given."""
    pledged, invested = (
        figures.stated[f"rason_{sum_}"] for sum_ in ("pledged", "invested")
    )
    return Interval(0, pledged.upper / invested.lower)


def _at_least_held(year: int, figures: Figures) -> Interval:
    """Add Sakhalin to the three regions: the Far East holds at least as many."""
    regions = figures.comparison["regional_sum"].to_dict()[year]
    return Interval(regions + figures.stated["sakhalin_yearly"].lower, math.inf)


def _near_vladivostok(figures: Figures) -> Interval:
    """Most of the workers of Primorye in the last year of Table 1."""
    last = REGIONAL_TABLES["table1"].last_year
    (workers,) = figures.workers("primorye", [last])
    return _SHARE_OF_MOST * workers


def _korean_side(figures: Figures) -> Interval:
    """Measure the rest of the bridge in lengths of the Russian side."""
    russian = figures.stated["bridge_russian_side"]
    return (figures.stated["bridge_length"] - russian) / russian


def _joint_venture_counts(figures: Figures) -> Interval:
    counts = figures.tokens_of("count")["printed"].map(rounding.parse_number)
    return Interval(float(counts.min()), float(counts.max()))


def _surviving_shares(figures: Figures) -> Interval:
    """Span the shares of Table 2 as printed and with lost decimal points restored."""
    printed = figures.tokens_of("share")["printed"]
    restored = joint_ventures.survivors(figures.tokens).shares
    return _span(*map(rounding.interval, [*printed, *restored]))


def _table_number(table: str, _: Figures) -> int:
    return REGIONAL_TABLES[table].number


def _regions_of(numbers: Collection[int], _: Figures) -> int:
    """Count the regions whose table has one of these numbers."""
    return sum(facts.number in numbers for facts in REGIONAL_TABLES.values())


def _printed_years(table: str, figures: Figures) -> int:
    return figures.cells[table]["year"].nunique()


def _khabarovsk_pay(figures: Figures) -> Interval:
    names = ("wage_logging_dollars", "wage_khabarovsk_official")
    return _span(*(figures.stated[name] for name in names))


def _span(*parts: Interval) -> Interval:
    """Give the smallest interval that holds all parts."""
    return Interval(
        min(part.lower for part in parts), max(part.upper for part in parts)
    )


def calculations() -> dict[str, Calculation]:
    """Say what the other figures give for a claim, under ``claims.<claim>``."""
    return {
        # History
        "title_period": lambda f: len(
            {year for cells in f.cells.values() for year in cells["year"]}
        ),
        "sources_local": lambda f: int(
            f.sources.loc[
                f.sources["publication"].str.contains("State Board of Statistic"),
                "title",
            ].nunique()
        ),
        "waves_count": lambda f: _told(f, *(f"wave_{n}_start" for n in range(10))),
        "wave_2_end": lambda f: f.stated["wave_3_start"],
        "work_resumed_after_war": lambda f: f.stated["wave_1_end"],
        "second_period_start": lambda f: f.stated["wave_2_start"],
        "period_ten_years": _third_period,
        # Workers and totals
        "places_limited": lambda f: f.stated["sakhalin_yearly"],
        # The list is of Sakhalin and Amurskaya oblast together.
        "amur_only_logging": lambda f: Interval(
            1, f.stated["sakhalin_amur_branches"].upper
        ),
        "khabarovsk_only_logging": lambda f: f.stated["khabarovsk_sectors"],
        "primorye_two_branches": lambda f: f.stated["primorye_sectors"],
        "drug_trade_later": lambda f: f.stated["drug_trade_reported"],
        "proved_no_escape": lambda f: f.stated["deserters"],
        "labour_contacts_grew": _growth_up_to_the_last_total,
        "russia_first": _workers_elsewhere,
        "loggers_end_1990s": _loggers,
        "permits_refused": _increases_since_the_requests,
        **{
            f"stated_total_{year}": partial(_at_least_held, year)
            for year in range(stated_years()[0], stated_years()[1] + 1)
        },
        "sakhalin_yearly": lambda f: Interval(0, int(f.comparison["residual"].min())),
        "candidate_conditions": lambda f: f.stated["conditions_1980s"],
        "khabarovsk_city_2003": lambda f: Interval(
            0, f.stated["khabarovsk_area_2003"].upper
        ),
        "khabarovsk_area_2003": lambda f: f.workers("khabarovsk", [2003])[0],
        # Wages and money
        "work_poorly_paid": lambda f: f.stated["wage_half_russian"],
        "labour_cheap": lambda f: f.stated["wage_half_russian"],
        "logging_good_pay": lambda f: (
            f.stated["wage_logging_dollars"] / f.stated["wage_construction"]
        ),
        # Told as done is the first alone; the others are consents and wishes.
        "lack_of_means": lambda f: Interval(
            _told(f, "consulate_uses"),
            _told(f, "consulate_uses", "coal_investment", "bridge_korean_pays"),
        ),
        "lack_of_means_russia": lambda f: f.stated["rason_invested"],
        "consulate_year": _consulate,
        "wage_logging_dollars": _logging_pay_in_dollars,
        "wage_khabarovsk_official": lambda f: f.stated["wage_logging_dollars"],
        "khabarovsk_better_paid": lambda f: (
            _khabarovsk_pay(f) / f.stated["wage_construction"]
        ),
        "savings_three_years": _savings,
        "savings_against_cost": _savings_against_cost,
        # Around the tables
        "reference_growth": partial(_regions_of, (1, 3, 4)),
        "reference_places": partial(_regions_of, (1, 2)),
        "reference_wages": partial(_table_number, "table3"),
        **{f"{name}_note": partial(_table_number, name) for name in REGIONAL_TABLES},
        **{f"{name}_period": partial(_printed_years, name) for name in REGIONAL_TABLES},
        # Labels may have been lost with the columns.
        "table2_period": lambda f: Interval(len(f.tokens_of("year")), math.inf),
        "table2_sources": lambda f: len(
            tables.cells_beyond_sources("table2", f.tokens_of("year"), f.sources)
        ),
        # Visits and cooperation
        "self_isolation": lambda f: _told(f, "not_isolated"),
        "sardines_ahead": lambda f: f.stated["bridge_reported"],
        "fish_unharvested": lambda f: f.stated["quota_caught"],
        "visit_kim_2001": lambda f: f.stated["visit_putin_2000"] + 1,
        "visit_kim_2002": lambda f: f.stated["visit_kim_2001"] + 1,
        "putin_visit_again": lambda f: f.stated["visit_putin_2000"],
        "summits_three": _summits,
        "ties_on_the_mend": _change_of_workers,
        "exchanges_since_2001": lambda f: f.stated["visit_kim_2001"],
        "bridge_korean_longer": _korean_side,
        "other_fish_share": lambda f: f.stated["seaweed_share"],
        "only_company": _joint_venture_counts,
        "joint_ventures_very_few": _surviving_shares,
        # Weitz against Zabrovskaya, and against himself
        "rason_went_further": _pledged_of_invested,
        "rason_unrestored_2009": lambda f: f.stated["rajin_rail_2004"],
        "odd_jobs_kept": lambda f: f.stated["consulate_share"],
        "kim_visit_2001_weitz": lambda f: f.stated["visit_kim_2001"],
        "workers_vladivostok": _near_vladivostok,
        "thousands_employed": lambda f: f.stated["amur_camps"],
        "remittance_month": _consulate_per_worker,
        "earnings_above_remittance": lambda f: _span(
            _khabarovsk_pay(f), f.stated["wage_construction"]
        ),
        "camp_earnings": _khabarovsk_pay,
    }
