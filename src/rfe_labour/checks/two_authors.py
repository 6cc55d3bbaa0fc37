"""Where two authors speak of the same thing, and what others published beside them.

Zabrovskaya's article covers 1992–2005, Weitz's piece appeared in November 2012. A pair
of ``data/author_pairs.csv`` sets one statement of each side by side and says how the
two must relate if both hold; ``data/external_beside.csv`` says the same of published
figures and series of the article.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

AUTHORS = ("zabrovskaya", "weitz")

BOTH_CAN_HOLD = "both can be true"
NOT_BOTH_UNLESS = "not both, unless"
"""The two verdicts on a pair; what follows "unless" is in its reason."""

_ENDS = ["lower", "upper"]


def compare(statements: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Set every pair side by side and say whether both can be true.

    Parameters
    ----------
    statements : pandas.DataFrame
        Indexed by the name of a claim, or of what follows from claims by arithmetic:
        ``stated`` (the value as stated), ``unit``, and ``lower`` and ``upper``, the
        least and greatest value that the wording allows; an end that is missing is
        open.
    pairs : pandas.DataFrame
        As ``rfe_labour.data.load("author_pairs")`` gives them.

    Returns
    -------
    pandas.DataFrame, shape (pairs, 19)
        The columns of `pairs`; for each author ``…_stated``, ``…_unit``, ``…_lower``
        and ``…_upper``; ``ratio_lower`` and ``ratio_upper`` (Weitz's amount as a
        multiple of Zabrovskaya's; missing where it is open, and where they count
        different things); and ``meets`` (bool), whether they relate as they must.

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
    absent = {*pairs[AUTHORS[0]], *pairs[AUTHORS[1]]} - {*statements.index}
    if absent:
        msg = f'The ledger has no claim "{min(absent)}", which a pair needs.'
        raise ValueError(msg)
    amounts = statements[["stated", "unit", *_ENDS]].astype(
        dict.fromkeys(_ENDS, "float64")
    )
    hers, his = (
        amounts.loc[pairs[author]].set_index(pairs.index) for author in AUTHORS
    )
    related = _relate(
        _in_months(hers.assign(upper=_closed(hers))), _in_months(his), pairs["relation"]
    )
    found = pd.concat(
        [pairs, hers.add_prefix("zabrovskaya_"), his.add_prefix("weitz_"), related],
        axis="columns",
    )
    _check_units(found)
    _check_verdicts(found)
    return found


def _closed(statements: pd.DataFrame) -> pd.Series:
    """Close open upper ends by the amounts that are given."""
    given = statements["stated"].map(stated_end)
    return statements["upper"].fillna(given).fillna(statements["lower"])


def stated_end(stated: str) -> float:
    """Give the greatest number in a statement: 300 for "over 200–300", else NaN."""
    numbers = re.findall(r"[0-9][0-9,]*(?:\.[0-9]+)?", stated)
    return max((float(it.replace(",", "")) for it in numbers), default=np.nan)


def _in_months(statements: pd.DataFrame) -> pd.DataFrame:
    """Give the ends as numbers, years in months."""
    scale = np.where(statements["unit"] == "years", 12.0, 1.0)
    return statements[_ENDS].mul(scale, axis="index")


def _check_units(pairs: pd.DataFrame) -> None:
    hers, his = (
        pairs[f"{author}_unit"].replace("years", "months") for author in AUTHORS
    )
    wrong = pairs[(hers != his) & (pairs["relation"] != "other-thing")]
    for pair in wrong.to_dict("records"):
        msg = (
            f"{pair['subject']}: {pair['zabrovskaya_unit']} cannot be compared with "
            f"{pair['weitz_unit']}."
        )
        raise ValueError(msg)


def _check_verdicts(pairs: pd.DataFrame) -> None:
    """Refuse a verdict whose reason was written for the other one."""
    verdict = np.where(pairs["meets"], BOTH_CAN_HOLD, NOT_BOTH_UNLESS)
    moved = pairs.assign(now=verdict)[verdict != pairs["verdict"]]
    for pair in moved.to_dict("records"):
        msg = (
            f"{pair['subject']}: the verdict is now {pair['now']!r} and no longer "
            f"{pair['verdict']!r}. Review the pair and its reason in "
            "data/author_pairs.csv."
        )
        raise ValueError(msg)


def _relate(
    ours: pd.DataFrame, theirs: pd.DataFrame, relation: pd.Series
) -> pd.DataFrame:
    """Say how amounts of others relate to ours, and whether they do as they must.

    Both have ``lower`` and ``upper``; an end that is missing is open.
    """
    other_thing = relation == "other-thing"
    no_more = theirs["lower"].fillna(0) <= ours["upper"].fillna(np.inf)
    no_less = ours["lower"].fillna(0) <= theirs["upper"].fillna(np.inf)
    ratio = pd.DataFrame(
        {
            "ratio_lower": theirs["lower"] / ours["upper"],
            "ratio_upper": theirs["upper"] / ours["lower"],
        }
    )
    return ratio.mask(other_thing).assign(
        meets=other_thing
        | ((no_more | (relation == "at-least")) & (no_less | (relation == "at-most")))
    )


def series(stated: pd.DataFrame, regional: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Gather the article's series that an external figure can stand beside.

    Parameters
    ----------
    stated : pandas.DataFrame
        ``residual_lower``, ``residual_upper`` and ``regional_sum`` by ``year``, as
        `rfe_labour.checks.totals.compare` returns them.
    regional : mapping of str to pandas.DataFrame
        For each region its table, as `rfe_labour.tables.regional_table` returns it.

    Returns
    -------
    pandas.DataFrame
        ``series`` (``primorye``, ``khabarovsk``, ``amur``, ``far_east``, or
        ``primorye_others``: foreign workers that are not North Koreans, as implied),
        ``year``, and ``lower`` and ``upper`` (persons).
    """
    counted = {
        region: table[["workers", "workers"]] for region, table in regional.items()
    }
    residual = stated[["residual_lower", "residual_upper"]]
    primorye = regional["primorye"]
    others = primorye[["foreign_lower", "foreign_upper"]]
    derived = {
        "far_east": residual.add(stated["regional_sum"], axis="index"),
        "primorye_others": others.sub(primorye["workers"], axis="index"),
    }
    parts = {
        name: part.set_axis(_ENDS, axis="columns")
        for name, part in (counted | derived).items()
    }
    return pd.concat(parts, names=["series", "year"]).reset_index()


def beside(
    external: pd.DataFrame, comparisons: pd.DataFrame, series: pd.DataFrame
) -> pd.DataFrame:
    """Set each external figure beside the article's own, where there is one.

    Parameters
    ----------
    external : pandas.DataFrame
        As ``rfe_labour.data.load("external_figures")`` gives it.
    comparisons : pandas.DataFrame
        As ``rfe_labour.data.load("external_beside")`` gives it. Figures that are parts
        of one whole are added up; those of different authors never are.
    series : pandas.DataFrame
        As `series` returns it.

    Returns
    -------
    pandas.DataFrame, shape (figures, 16)
        ``figure``, ``place``, ``people``, ``year``, ``lower``, ``upper``, ``authors``,
        ``outlet``, ``reliability``; ``series``, ``article_year`` (the series' nearest
        year), ``article_lower`` and ``article_upper`` (all four missing where the
        article has nothing to set beside); ``relation``; ``ratio_lower`` and
        ``ratio_upper`` (the figure as a multiple of the article's); ``verdict``:
        ``compatible``, ``incompatible``, ``different things`` (which cannot disagree)
        or ``nothing beside it``. In order of years.
    """
    merged = external.merge(comparisons, how="left", on="figure", validate="1:1")
    merged["figure"] = merged["part_of"].fillna(merged["figure"])
    same = ["year", "figure", "place", "people", "authors", "outlet", "reliability"]
    figures = merged.groupby([*same, "series", "relation"], dropna=False)
    wholes = figures[_ENDS].sum().reset_index()
    ends = {"lower": "article_lower", "upper": "article_upper"}
    article = series.rename(columns=ends).assign(article_year=series["year"])
    placed = pd.merge_asof(
        wholes,
        article.sort_values("year"),
        on="year",
        by="series",
        direction="nearest",
    ).astype({"article_year": "Int64"})
    own = placed[[*ends.values()]].set_axis(_ENDS, axis="columns")
    related = _relate(own, placed[_ENDS], placed["relation"])
    verdict = related["meets"].map({True: "compatible", False: "incompatible"})
    verdict = verdict.mask(placed["relation"] == "other-thing", "different things")
    return placed.join(related.drop(columns="meets")).assign(
        verdict=verdict.mask(placed["article_year"].isna(), "nothing beside it")
    )
