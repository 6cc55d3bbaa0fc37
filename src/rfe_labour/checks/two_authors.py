"""Where two authors speak of the same thing, and what others published beside them.

Zabrovskaya's article covers 1992–2005, Weitz's piece appeared in November 2012. A pair
of ``data/author_pairs.csv`` sets one statement of each side by side and says how the
two must relate if both hold; ``data/external_beside.csv`` says the same of published
figures and series of the article.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from rfe_labour.rounding import Interval

BOTH_CAN_HOLD = "both can be true"
NOT_BOTH_UNLESS = "not both, unless"
"""The two verdicts on a pair; what follows "unless" is in its reason."""

CONSULATE_YEARS = (1998, 1999)
"""The years of Table 1 that the article's end of the 1990s is taken to mean."""

_UNITS = {
    "years": ("months", 12.0),
    "million USD per year": ("USD per year", 1_000_000.0),
}


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
    ledger = claims.fillna({"unit": "", "lower": 0.0, "upper": math.inf})
    stated = {
        str(row["claim"]): Statement(
            *(row[column] for column in ("what", "stated", "unit", "lower", "upper"))
        )
        for row in ledger.to_dict("records")
    }
    workers, sent = stated["workers_vladivostok"], stated["remittance_month"]
    consulate = stated["consulate_year"]
    _, dollars = _UNITS[consulate.unit]
    stated["sent_year"] = Statement(
        f"What these workers would send in {months} months",
        f"{workers.stated} × {sent.stated} × {months}",
        consulate.unit,
        workers.lower * sent.lower * months / dollars,
        workers.upper * sent.upper * months / dollars,
    )
    primorye = regional["primorye"]["workers"].loc[slice(*CONSULATE_YEARS)]
    stated["consulate_month"] = Statement(
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
        stated[name] = Statement(what, f"{count:,.0f}", workers.unit, count, count)
    return stated


def compare(statements: Mapping[str, Statement], pairs: pd.DataFrame) -> pd.DataFrame:
    """Set every pair side by side and say whether both can be true.

    Parameters
    ----------
    statements : mapping of str to Statement
        As `statements` returns them.
    pairs : pandas.DataFrame
        As ``rfe_labour.data.load("author_pairs")`` gives them.

    Returns
    -------
    pandas.DataFrame, shape (pairs, 21)
        The columns of `pairs`; for each author ``…_what``, ``…_stated``, ``…_unit``,
        ``…_lower`` and ``…_upper``; ``ratio_lower`` and ``ratio_upper`` (Weitz's amount
        as a multiple of Zabrovskaya's, missing where they count different things); and
        ``meets`` (bool), whether they relate as they must.

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
    return pd.DataFrame(
        [_compare_one(pair, statements) for pair in pairs.to_dict("records")]
    )


def _compare_one(
    pair: dict[Any, Any], statements: Mapping[str, Statement]
) -> dict[Any, Any]:
    absent = {pair["zabrovskaya"], pair["weitz"]} - statements.keys()
    if absent:
        msg = f'The ledger has no claim "{min(absent)}", which a pair needs.'
        raise ValueError(msg)
    sides = {author: statements[pair[author]] for author in ("zabrovskaya", "weitz")}
    hers, his = _in_common_unit(sides["zabrovskaya"], sides["weitz"], pair)
    meets = _meets(hers, his, pair["relation"])
    verdict = BOTH_CAN_HOLD if meets else NOT_BOTH_UNLESS
    if verdict != pair["verdict"]:  # its reason was written for the other one
        msg = (
            f"{pair['subject']}: the verdict is now {verdict!r} and no longer "
            f"{pair['verdict']!r}. Review the pair and its reason in "
            "data/author_pairs.csv."
        )
        raise ValueError(msg)
    lower, upper = _multiple(hers, his, pair["relation"])
    stated = {
        f"{author}_{name}": value
        for author, statement in sides.items()
        for name, value in asdict(statement).items()
    }
    return pair | stated | {"ratio_lower": lower, "ratio_upper": upper, "meets": meets}


def _in_common_unit(
    hers: Statement, his: Statement, pair: Mapping[Any, Any]
) -> tuple[Interval, Interval]:
    """Express both in one unit, and close her open end."""
    (unit, scale), (other, other_scale) = (
        _UNITS.get(statement.unit, (statement.unit, 1.0)) for statement in (hers, his)
    )
    if unit != other and pair["relation"] != "other-thing":
        msg = f"{pair['subject']}: {hers.unit} cannot be compared with {his.unit}."
        raise ValueError(msg)
    upper = stated_end(hers) if math.isinf(hers.upper) else hers.upper
    return (
        Interval(hers.lower * scale, upper * scale),
        Interval(his.lower * other_scale, his.upper * other_scale),
    )


def stated_end(statement: Statement) -> float:
    """Give the greatest number in an open statement: 300 for "over 200–300"."""
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
    by_region = {
        region: pd.DataFrame({"lower": table["workers"], "upper": table["workers"]})
        for region, table in regional.items()
    }
    primorye = regional["primorye"]
    others = primorye[["foreign_lower", "foreign_upper"]].sub(
        primorye["workers"], axis=0
    )
    sums = stated["regional_sum"]
    return by_region | {
        "far_east": pd.DataFrame(
            {
                "lower": sums + stated["residual_lower"],
                "upper": sums + stated["residual_upper"],
            }
        ),
        "primorye_others": others.set_axis(["lower", "upper"], axis="columns"),
    }


def beside(
    external: pd.DataFrame,
    comparisons: pd.DataFrame,
    series: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Set each external figure beside the article's own, where there is one.

    Parameters
    ----------
    external : pandas.DataFrame
        As ``rfe_labour.data.load("external_figures")`` gives it.
    comparisons : pandas.DataFrame
        As ``rfe_labour.data.load("external_beside")`` gives it. Figures that are parts
        of one whole are added up; those of different authors never are.
    series : mapping of str to pandas.DataFrame
        As `series` returns them.

    Returns
    -------
    pandas.DataFrame, shape (figures, 16)
        ``figure``, ``place``, ``people``, ``year``, ``lower``, ``upper``, ``authors``,
        ``outlet``, ``reliability``; ``series``, ``article_year`` (the series' nearest
        year), ``article_lower`` and ``article_upper`` (all four missing where the
        article has nothing to set beside); ``relation``; ``ratio_lower`` and
        ``ratio_upper`` (the figure as a multiple of the article's); ``verdict``:
        ``compatible``, ``incompatible`` or ``nothing beside it``.
    """
    merged = external.merge(comparisons, how="left", on="figure", validate="1:1")
    merged["figure"] = merged["part_of"].fillna(merged["figure"])
    same = ["year", "figure", "place", "people", "authors", "outlet", "reliability"]
    figures = merged.groupby([*same, "series", "relation"], dropna=False)
    wholes = figures[["lower", "upper"]].sum().reset_index()
    rows = [row | _beside_one(row, series) for row in wholes.to_dict("records")]
    return pd.DataFrame(rows).astype({"article_year": "Int64"})


def _beside_one(
    row: Mapping[Any, Any], series: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    if row["series"] not in series:
        return {"verdict": "nothing beside it"}
    ends = series[row["series"]]
    year = ends.index[np.abs(ends.index.to_numpy() - row["year"]).argmin()]
    article = Interval(*map(float, ends.loc[year, ["lower", "upper"]]))
    figure = Interval(float(row["lower"]), float(row["upper"]))
    meets = _meets(article, figure, row["relation"])
    lower, upper = _multiple(article, figure, row["relation"])
    return {
        "article_year": year,
        "article_lower": article.lower,
        "article_upper": article.upper,
        "ratio_lower": lower,
        "ratio_upper": upper,
        "verdict": "compatible" if meets else "incompatible",
    }


def summary(
    statements: Mapping[str, Statement], pairs: pd.DataFrame, placed: pd.DataFrame
) -> dict[str, Any]:
    """Gather what the prose states of `statements`, `compare` and `beside`.

    ``pairs``, ``pairs_both`` and ``pairs_not_both``; for each statement of a pair
    ``<statement>.stated``, ``.lower`` and ``.upper``; for each pair with amounts
    ``<zabrovskaya>.<weitz>.ratio_lower`` and ``.ratio_upper``; the lowest and highest
    multiple of a stated wage that the remittance is, ``remittance_of_wage_lower`` and
    ``_upper``; for each external figure after ``external.<figure>`` the columns of
    `beside`; ``external.compared`` and ``external.compatible``. An open end, or one
    that is missing, has no key.
    """
    values: dict[str, Any] = {
        "pairs": len(pairs),
        "pairs_both": int(pairs["meets"].sum()),
        "pairs_not_both": int((~pairs["meets"]).sum()),
    }
    for name, statement in statements.items():
        if name in {*pairs["zabrovskaya"], *pairs["weitz"], "consulate_month"}:
            values[f"{name}.stated"] = statement.stated
            if statement.unit:
                values[f"{name}.lower"] = statement.lower
                values[f"{name}.upper"] = statement.upper
    ratio = ("ratio_lower", "ratio_upper")
    for row in pairs.to_dict("records"):
        for end in ratio:
            values[f"{row['zabrovskaya']}.{row['weitz']}.{end}"] = row[end]
    wages = pairs[pairs["weitz"] == "remittance_month"]
    values["remittance_of_wage_lower"] = float(wages["ratio_lower"].min())
    values["remittance_of_wage_upper"] = float(wages["ratio_upper"].max())
    compared = placed[placed["verdict"] != "nothing beside it"]
    values["external.compared"] = len(compared)
    values["external.compatible"] = int((compared["verdict"] == "compatible").sum())
    article = ("article_year", "article_lower", "article_upper")
    for row in placed.to_dict("records"):
        for name in ("lower", "upper", "verdict", *article, *ratio):
            values[f"external.{row['figure']}.{name}"] = row[name]
    # JSON has no infinity, and a missing value says nothing.
    return {
        name: value
        for name, value in values.items()
        if not pd.isna(value) and value != math.inf
    }
