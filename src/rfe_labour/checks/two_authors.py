"""Where two authors speak of the same thing, and what others published beside them.

Zabrovskaya's article covers 1992–2005, Weitz's piece appeared in November 2012. A pair
sets one statement of each side by side and says how the two must relate if both hold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rfe_labour.rounding import Interval

BOTH = "both can be true"
NOT_BOTH = "not both, unless"

CONSULATE_YEARS = (1998, 1999)
"""The years of Table 1 that the article's end of the 1990s is taken to mean."""


@dataclass(frozen=True)
class Statement:
    """One thing that an author states, or that follows from it by arithmetic.

    Attributes
    ----------
    what : str
        What is stated, in our words.
    stated : str
        The value as stated, without its unit.
    unit : str
        Its unit.
    lower, upper : float
        Least and greatest value that the wording allows; infinite where it is open.
    """

    what: str
    stated: str
    unit: str
    lower: float
    upper: float


@dataclass(frozen=True)
class Pair:
    """Two statements, and how they must relate if both are true.

    Attributes
    ----------
    subject : str
        What both speak of.
    zabrovskaya, weitz : str
        Names of the two statements.
    periods : tuple of (str, str)
        The time that each speaks of.
    relation : str
        ``equal`` (the same amount), ``at-most`` (Weitz's amount is part of
        Zabrovskaya's, or paid out of it), ``at-least`` (the other way round) or
        ``other-thing`` (they count different things, so that no amount of one
        excludes any of the other).
    verdict : str
        `BOTH` or `NOT_BOTH`: what a reviewer found, for which the reason is written.
    reason : str
        Why both can be true; or, after "unless", what it would take.
    """

    subject: str
    zabrovskaya: str
    weitz: str
    periods: tuple[str, str]
    relation: str
    verdict: str
    reason: str


PAIRS: tuple[Pair, ...] = (
    Pair(
        "Money sent by all in a year",
        "consulate_year",
        "sent_year",
        ("end of the 1990s", "about 2012"),
        "equal",
        NOT_BOTH,
        "the yearly sum grew many times over between the two dates, or one of them "
        "leaves out what the other counts, such as money that goes past the consulate",
    ),
    Pair(
        "Money sent by each, out of building wages",
        "wage_construction",
        "remittance_month",
        ("not dated", "about 2012"),
        "at-most",
        NOT_BOTH,
        "building wages rose several times over, or the sum is what a firm pays for a "
        "worker and not what the worker is paid",
    ),
    Pair(
        "Money sent by each, out of side jobs in Primorye",
        "wage_side_jobs_primorye",
        "remittance_month",
        ("end of the 1990s", "about 2012"),
        "at-most",
        NOT_BOTH,
        "earnings rose, or “over” is read as far above the amounts given",
    ),
    Pair(
        "Money sent by each, out of side jobs on Sakhalin",
        "wage_side_jobs_sakhalin",
        "remittance_month",
        ("end of the 1990s", "about 2012"),
        "at-most",
        NOT_BOTH,
        "earnings rose, or “more than” is read as far above the amount given; the two "
        "are of different places",
    ),
    Pair(
        "Money sent by each, out of the official's wage",
        "wage_khabarovsk_official",
        "remittance_month",
        ("not dated", "about 2012"),
        "at-most",
        NOT_BOTH,
        "wages rose, or a worker near Vladivostok earned far more than one in "
        "Khabarovskiy Krai",
    ),
    Pair(
        "What a worker may keep",
        "consulate_share",
        "earnings_above_remittance",
        ("end of the 1990s", "about 2012"),
        "other-thing",
        BOTH,
        "one gives a part and the other a fixed sum, and a fixed sum is most of the "
        "earnings of whoever earns less than twice as much",
    ),
    Pair(
        "Earnings in logging, as told by workers",
        "wage_logging_dollars",
        "camp_earnings",
        ("not dated", "about 2012"),
        "equal",
        BOTH,
        "a few hundred begins near the amounts given; the regions are neighbours",
    ),
    Pair(
        "Earnings in logging, as told by an official",
        "wage_khabarovsk_official",
        "camp_earnings",
        ("not dated", "about 2012"),
        "equal",
        BOTH,
        "the amount lies among a few hundred; the regions are neighbours",
    ),
    Pair(
        "Length of stay, of many",
        "stay_months",
        "visa_years",
        ("1998–2005", "about 2012"),
        "at-least",
        BOTH,
        "how long a visa lasts limits a stay and does not measure it",
    ),
    Pair(
        "Length of stay, of very few",
        "stay_years_few",
        "visa_years",
        ("1998–2005", "about 2012"),
        "at-least",
        BOTH,
        "even the longest stays fit inside such a visa",
    ),
    Pair(
        "Length of a contract in logging",
        "contract_years",
        "visa_years",
        ("Soviet time", "about 2012"),
        "at-least",
        BOTH,
        "a contract fits inside such a visa, which is told of Vladivostok and not of "
        "the camps",
    ),
    Pair(
        "Workers in the Amur camps",
        "table4_last",
        "amur_camps",
        ("2005", "about 2012"),
        "at-most",
        BOTH,
        "the camps hold a part of the region's workers, and seven years lie between",
    ),
    Pair(
        "Workers near Vladivostok",
        "table1_last",
        "workers_vladivostok",
        ("2005", "about 2012"),
        "at-most",
        BOTH,
        "Zabrovskaya too places most of Primorye's workers near the city",
    ),
    Pair(
        "Food in the camps",
        "full_meals",
        "camp_conditions",
        ("after 1991", "about 2012"),
        "other-thing",
        BOTH,
        "one compares with life at home, the other reports that some complain; years "
        "and camps differ",
    ),
    Pair(
        "Flight to South Korea, and from the camps",
        "no_flight_to_south",
        "deserters",
        ("end of the 1990s", "about 1992–2012"),
        "other-thing",
        BOTH,
        "who leaves a camp has not reached South Korea; those Weitz tells of stayed "
        "in Russia",
    ),
    Pair(
        "Leaving the place of work",
        "low_leaving",
        "deserters",
        ("not dated", "about 1992–2012"),
        "other-thing",
        BOTH,
        "a low rate is not given as a number, and is told of Khabarovskiy Krai alone",
    ),
)
"""The pairs of the book, in the order in which it tells of them."""


def statements(
    claims: pd.DataFrame, regional: Mapping[str, pd.DataFrame], months: int = 12
) -> dict[str, Statement]:
    """Gather what both authors state, and what follows from it by arithmetic.

    Parameters
    ----------
    claims : pandas.DataFrame
        The ledger: needs ``claim``, ``what``, ``stated``, ``unit``, ``lower`` and
        ``upper``; an end that is missing is open.
    regional : mapping of str to pandas.DataFrame
        Tables of ``primorye`` and ``amur``, as `rfe_labour.tables.regional_table`
        returns them.
    months : int
        Months of a year in which a worker sends money.

    Returns
    -------
    dict of str to Statement
        One per claim, and what follows: ``sent_year`` (workers times remittance times
        months), ``consulate_month`` (the consulate's yearly sum for each month and
        worker of Primorye in `CONSULATE_YEARS`), ``table1_last`` and ``table4_last``
        (workers in the last year of the table).
    """
    found = {
        row["claim"]: Statement(
            row["what"],
            str(row["stated"]),
            "" if pd.isna(row["unit"]) else str(row["unit"]),
            _end(row["lower"], 0.0),
            _end(row["upper"], math.inf),
        )
        for row in claims.to_dict("records")
    }
    workers, sent = found["workers_vladivostok"], found["remittance_month"]
    lower = workers.lower * sent.lower * months
    upper = workers.upper * sent.upper * months
    consulate = found["consulate_year"]
    _, dollars = _UNITS[consulate.unit]
    found["sent_year"] = Statement(
        f"What these workers would send in {months} months",
        f"{workers.stated} × {sent.stated} × {months}",
        consulate.unit,
        lower / dollars,
        upper / dollars,
    )
    primorye = regional["primorye"]["workers"].loc[slice(*CONSULATE_YEARS)]
    found["consulate_month"] = Statement(
        "What reaches the consulate for each worker of Primorye and month",
        f"{consulate.stated}, shared",
        sent.unit,
        consulate.lower * dollars / float(primorye.max()) / months,
        consulate.upper * dollars / float(primorye.min()) / months,
    )
    for name, region in (("table1_last", "primorye"), ("table4_last", "amur")):
        last = regional[region]["workers"].iloc[-1:]
        count, year = float(last.iloc[0]), last.index[0]
        what = f"North Korean workers in the region in {year}"
        found[name] = Statement(what, f"{count:,.0f}", workers.unit, count, count)
    return found


def _end(value: Any, otherwise: float) -> float:
    return otherwise if pd.isna(value) or value == "" else float(value)


def compare(found: Mapping[str, Statement]) -> pd.DataFrame:
    """Set every pair side by side and say whether both can be true.

    Parameters
    ----------
    found : mapping of str to Statement
        As `statements` returns them.

    Returns
    -------
    pandas.DataFrame, shape (pairs, 18)
        In the order of `PAIRS`: ``subject``, ``zabrovskaya`` and ``weitz`` (names of
        the statements), for each of them ``…_stated``, ``…_unit``, ``…_lower``,
        ``…_upper`` and ``…_period``;
        ``relation``; ``ratio_lower`` and ``ratio_upper`` (Weitz's amount as a multiple
        of Zabrovskaya's, missing where they count different things); ``meets`` (bool);
        ``verdict`` (`BOTH` or `NOT_BOTH`); ``reason``.

    Raises
    ------
    ValueError
        If a statement of a pair is missing, two amounts that are to be compared have
        units that cannot be, or a verdict is not the one that was reviewed.

    Notes
    -----
    Amounts are equal if their intervals have a value in common, and one is at most the
    other if its least value is no more than the other's greatest. An open end of
    Zabrovskaya's ("more than 300") counts as the amount that she gives: that it could
    be read as far more is said after "unless" and not taken for granted.
    """
    rows = []
    for pair in PAIRS:
        absent = {pair.zabrovskaya, pair.weitz} - found.keys()
        if absent:
            msg = f'The ledger has no claim "{min(absent)}", which a pair needs.'
            raise ValueError(msg)
        hers, his = found[pair.zabrovskaya], found[pair.weitz]
        a, b = _in_common_unit(hers, his, pair)
        meets = _meets(a, b, pair.relation)
        lower, upper = _multiple(a, b, pair.relation)
        rows.append(
            {
                "subject": pair.subject,
                "zabrovskaya": pair.zabrovskaya,
                "weitz": pair.weitz,
                "zabrovskaya_stated": hers.stated,
                "zabrovskaya_unit": hers.unit,
                "zabrovskaya_lower": hers.lower,
                "zabrovskaya_upper": hers.upper,
                "zabrovskaya_period": pair.periods[0],
                "weitz_stated": his.stated,
                "weitz_unit": his.unit,
                "weitz_lower": his.lower,
                "weitz_upper": his.upper,
                "weitz_period": pair.periods[1],
                "relation": pair.relation,
                "ratio_lower": lower,
                "ratio_upper": upper,
                "meets": meets,
                "verdict": _reviewed(pair, BOTH if meets else NOT_BOTH),
                "reason": pair.reason,
            }
        )
    return pd.DataFrame(rows)


def _reviewed(pair: Pair, verdict: str) -> str:
    """Refuse a verdict for which the recorded reason was not written."""
    if verdict != pair.verdict:
        msg = (
            f"{pair.subject}: the verdict is now {verdict!r} and no longer "
            f"{pair.verdict!r}. Review the pair and its reason in {__name__}.PAIRS."
        )
        raise ValueError(msg)
    return verdict


def _in_common_unit(
    hers: Statement, his: Statement, pair: Pair
) -> tuple[Interval, Interval]:
    """Express both in one unit, and close her open end."""
    (unit, scale), (other, other_scale) = (
        _UNITS.get(statement.unit, (statement.unit, 1.0)) for statement in (hers, his)
    )
    if unit != other and pair.relation != "other-thing":
        msg = f"{pair.subject}: {hers.unit} cannot be compared with {his.unit}."
        raise ValueError(msg)
    upper = stated_end(hers) if math.isinf(hers.upper) else hers.upper
    return (
        Interval(hers.lower * scale, upper * scale),
        Interval(his.lower * other_scale, his.upper * other_scale),
    )


_UNITS = {
    "years": ("months", 12.0),
    "million USD per year": ("USD per year", 1_000_000.0),
}


def stated_end(statement: Statement) -> float:
    """Give the greatest number that stands in the statement itself.

    Parameters
    ----------
    statement : Statement
        A statement whose upper end is open, such as "over 200–300".

    Returns
    -------
    float
        In the statement's unit: 300 for "200–300".
    """
    numbers = re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?", statement.stated)
    given = [float(number.replace(",", "")) for number in numbers]
    return max([*given, statement.lower])


def _meets(hers: Interval, his: Interval, relation: str) -> bool:
    return {
        "equal": hers.lower <= his.upper and his.lower <= hers.upper,
        "at-most": his.lower <= hers.upper,
        "at-least": hers.lower <= his.upper,
        "other-thing": True,
    }[relation]


def _multiple(hers: Interval, his: Interval, relation: str) -> tuple[float, float]:
    if relation == "other-thing" or hers.upper == 0:
        return math.nan, math.nan
    highest = math.inf if hers.lower == 0 else his.upper / hers.lower
    return his.lower / hers.upper, highest


BESIDE: dict[str, tuple[str, str]] = {
    "primorye_2000": ("primorye", "equal"),
    "primorye_chinese_2000": ("primorye_others", "at-most"),
    "russia_2001": ("far_east", "at-least"),
    "far_east_2003": ("far_east", "equal"),
    "russia_2006": ("far_east", "at-least"),
    "amur_camps_2009": ("amur", "at-most"),
}
"""The series beside each external figure, and how the two relate if both hold.

A figure for all of Russia is at least one for the Far East; the Chinese are at most all
other foreign workers; a region's camps are at most its workers.
"""


def series(
    stated: pd.DataFrame, regional: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Gather the article's series that an external figure can stand beside.

    Parameters
    ----------
    stated : pandas.DataFrame
        ``year``, ``stated``, ``residual_lower``, ``residual_upper`` and
        ``regional_sum``, as `rfe_labour.checks.totals.compare` returns them.
    regional : mapping of str to pandas.DataFrame
        For each region its table, as `rfe_labour.tables.regional_table` returns it.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``primorye``, ``khabarovsk``, ``amur``, ``far_east`` and ``primorye_others``
        (foreign workers that are not North Koreans, as implied), each with ``lower``
        and ``upper`` (persons) indexed by ``year``.
    """
    found = {
        region: pd.DataFrame({"lower": table["workers"], "upper": table["workers"]})
        for region, table in regional.items()
    }
    primorye = regional["primorye"]
    others = primorye[["foreign_lower", "foreign_upper"]].sub(
        primorye["workers"], axis=0
    )
    sums = stated["regional_sum"]
    return found | {
        "far_east": pd.DataFrame(
            {
                "lower": sums + stated["residual_lower"],
                "upper": sums + stated["residual_upper"],
            }
        ),
        "primorye_others": others.set_axis(["lower", "upper"], axis="columns"),
    }


def together(external: pd.DataFrame) -> pd.DataFrame:
    """Add up the one author's two parts of one whole, loggers and others in Russia.

    Parameters
    ----------
    external : pandas.DataFrame
        As ``rfe_labour.data.load("external_figures")`` gives it.

    Returns
    -------
    pandas.DataFrame
        The same with ``russia_2006`` in place of its two parts. Figures of different
        authors are never added up.
    """
    parts = external["figure"].isin(["russia_loggers_2006", "russia_others_2006"])
    whole = (
        external[parts]
        .head(1)
        .assign(
            figure="russia_2006",
            what="North Korean loggers and other workers in joint projects in Russia",
            lower=external.loc[parts, "lower"].sum(),
            upper=external.loc[parts, "upper"].sum(),
        )
    )
    both = pd.concat([external[~parts], whole], ignore_index=True)
    return both.sort_values(["year", "figure"], ignore_index=True)


def beside(external: pd.DataFrame, found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Set each external figure beside the article's own, where there is one.

    Parameters
    ----------
    external : pandas.DataFrame
        As `together` returns it.
    found : mapping of str to pandas.DataFrame
        As `series` returns them.

    Returns
    -------
    pandas.DataFrame, shape (figures, 12)
        ``figure``, ``place``, ``people``, ``year``, ``lower``, ``upper``, ``outlet``,
        ``reliability``; ``series``, ``article_year`` (the series' nearest year),
        ``article_lower`` and ``article_upper`` (all four missing where the article has
        nothing to set beside); ``relation``; ``ratio_lower`` and ``ratio_upper``
        (the figure as a multiple of the article's); ``verdict``: ``compatible``,
        ``incompatible`` or ``nothing beside it``.
    """
    columns = ["figure", "place", "people", "year", "lower", "upper", "outlet"]
    rows: list[dict[Any, Any]] = []
    for row in external[[*columns, "reliability"]].to_dict("records"):
        name, relation = BESIDE.get(row["figure"], ("", ""))
        rows.append(row | _beside_one(row, found.get(name), name, relation))
    return pd.DataFrame(rows)


def _beside_one(
    row: Mapping[Any, Any], own: pd.DataFrame | None, name: str, relation: str
) -> dict[str, Any]:
    if own is None:
        return {"series": None, "relation": None, "verdict": "nothing beside it"}
    year = int(own.index[np.abs(own.index.to_numpy() - row["year"]).argmin()])
    ends = own.to_dict("index")[year]
    article = Interval(float(ends["lower"]), float(ends["upper"]))
    figure = Interval(float(row["lower"]), float(row["upper"]))
    lower, upper = _multiple(article, figure, relation)
    return {
        "series": name,
        "article_year": year,
        "article_lower": article.lower,
        "article_upper": article.upper,
        "relation": relation,
        "ratio_lower": lower,
        "ratio_upper": upper,
        "verdict": "compatible"
        if _meets(article, figure, relation)
        else "incompatible",
    }


def summary(
    found: Mapping[str, Statement], pairs: pd.DataFrame, placed: pd.DataFrame
) -> dict[str, Any]:
    """Gather the numbers that the prose about the two authors states.

    Parameters
    ----------
    found : mapping of str to Statement
        As `statements` returns them.
    pairs : pandas.DataFrame
        As `compare` returns it.
    placed : pandas.DataFrame
        As `beside` returns it.

    Returns
    -------
    dict of str to int, float or str
        ``pairs``, ``pairs_both`` and ``pairs_not_both``; for each statement of a pair
        ``<statement>.stated``, ``.lower`` and ``.upper`` (finite ends only); for each
        pair with amounts ``<zabrovskaya>.<weitz>.ratio_lower`` and ``.ratio_upper``
        (finite ends only); the lowest and highest multiple of a stated wage that the
        remittance is, ``remittance_of_wage_lower`` and ``_upper``; for each external
        figure ``external.<figure>.lower``, ``.upper`` and ``.verdict``, and where
        there is one the article's ``.article_year``, ``.article_lower``,
        ``.article_upper``, ``.ratio_lower`` and ``.ratio_upper``;
        ``external.compared`` and ``external.compatible``.
    """
    values: dict[str, Any] = {
        "pairs": len(pairs),
        "pairs_both": int(pairs["meets"].sum()),
        "pairs_not_both": int((~pairs["meets"]).sum()),
    }
    for name, statement in found.items():
        if name in {*pairs["zabrovskaya"], *pairs["weitz"], "consulate_month"}:
            values[f"{name}.stated"] = statement.stated
            if statement.unit:
                values[f"{name}.lower"] = statement.lower
                values[f"{name}.upper"] = statement.upper
    for row in pairs.to_dict("records"):
        for end in ("ratio_lower", "ratio_upper"):
            values[f"{row['zabrovskaya']}.{row['weitz']}.{end}"] = row[end]
    wages = pairs[pairs["weitz"] == "remittance_month"]
    values["remittance_of_wage_lower"] = float(wages["ratio_lower"].min())
    values["remittance_of_wage_upper"] = float(wages["ratio_upper"].max())
    compared = placed[placed["verdict"] != "nothing beside it"]
    values["external.compared"] = len(compared)
    values["external.compatible"] = int((compared["verdict"] == "compatible").sum())
    names = ("article_year", "article_lower", "article_upper", "ratio_lower")
    for row in placed.to_dict("records"):
        for name in ("lower", "upper", "verdict", *names, "ratio_upper"):
            value = row[name]
            whole = name == "article_year" and not pd.isna(value)
            values[f"external.{row['figure']}.{name}"] = int(value) if whole else value
    return {name: value for name, value in values.items() if not _open(value)}


def _open(value: Any) -> bool:
    """Tell an open end: JSON has no infinity, and a missing value says nothing."""
    return isinstance(value, float) and not math.isfinite(value)
