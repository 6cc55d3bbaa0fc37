"""The chapter that compares two authors, from `rfe_labour.checks.two_authors`.

`statements` come from the function of that name, `pairs` from ``compare``, `placed`
from ``beside`` and `series` from ``series``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from rfe_labour.checks import two_authors
from rfe_labour.checks.two_authors import Statement
from rfe_labour.shown import charts
from rfe_labour.shown.charts import COLOURS, INK, Picture
from rfe_labour.shown.markdown import Markdown, Row, span, write_table

MONEY: tuple[tuple[str, str, bool], ...] = (
    ("consulate_month", "reaches the consulate, per worker (derived)", True),
    ("wage_construction", "wage in building", True),
    ("wage_logging_dollars", "wage in logging, Khabarovskiy Krai", True),
    ("wage_side_jobs_primorye", "side jobs, Primorye", True),
    ("wage_khabarovsk_official", "official's wage, Khabarovskiy Krai", True),
    ("wage_side_jobs_sakhalin", "side jobs, Sakhalin", True),
    ("camp_earnings", "earnings in the Amur camps", False),
    ("remittance_month", "sent to the state, each worker", False),
)
"""The sums of a month in the picture: statement, its words, whether Zabrovskaya's."""

PANELS: dict[str, str] = {
    "primorye": "Primorye: Table 1",
    "amur": "Amurskaya oblast: Table 4",
    "far_east": "The Far East: stated totals",
}
"""The series in the picture of external figures, from top to bottom."""

_ARROW = {"arrowstyle": "->", "color": INK, "linewidth": 2}
_AUTHORS: dict[bool, tuple[str, dict[str, Any]]] = {
    True: ("Zabrovskaya", {"marker": "o", "markerfacecolor": COLOURS["primorye"]}),
    False: ("Weitz", {"marker": "D", "markerfacecolor": "white"}),
}
"""The author of a sum, by whether it is Zabrovskaya's, and the look of its mark."""

_BESIDE_ITS_MARK: dict[str, tuple[float, str]] = {
    "primorye_2000": (1000, "right"),
    "russia_2001": (-2900, "right"),
    "far_east_2003": (-6500, "left"),
    "russia_2006": (0, "left"),
}
"""Where a label stands if not left of its mark: how much higher, and aligned where."""


def money_of_a_month(statements: Mapping[str, Statement]) -> Picture:
    """Draw every sum that either author gives for one worker and month."""
    sent = statements["remittance_month"]
    with charts.open_panels(rows=1, height=4.2) as (figure, (axes,)):
        axes.axvspan(sent.lower, sent.upper, color="#e3e3e3", linewidth=0)
        for place, (name, _, hers) in enumerate(MONEY):
            _draw_sum(axes, place, statements[name], hers)
        axes.set_ylim(len(MONEY) - 0.4, -0.6)
        axes.set_xlim(0, 1.12 * sent.upper)
        axes.set_yticks(range(len(MONEY)), [words for _, words, _ in MONEY])
        axes.set_xlabel("US dollars a month, as stated (years differ)")
        charts.grid(axes, "x")
        for author, look in _AUTHORS.values():
            axes.plot([], [], linestyle="none", color=INK, label=author, **look)
        axes.legend(frameon=False, fontsize=9, loc="center right")
        title = (
            f"Weitz: each sends the state {sent.stated} dollars a month,\n"
            "more than any wage that Zabrovskaya gives"
        )
        figure.suptitle(title, x=0.02, ha="left")
    alt = (
        "Horizontal intervals, one for each sum of a month in US dollars. "
        + " ".join(
            f"{_AUTHORS[hers][0]}, {words}: {_ends(statements[name])}."
            for name, words, hers in MONEY
        )
    )
    return Picture(figure, alt)


def _draw_sum(axes: Axes, place: int, statement: Statement, hers: bool) -> None:
    upper = statement.upper
    if math.isinf(upper):
        upper = two_authors.stated_end(statement)
        axes.annotate("", (upper + 70, place), (upper, place), arrowprops=_ARROW)
    axes.plot([statement.lower, upper], [place, place], color=INK, linewidth=2)
    middle = (statement.lower + upper) / 2
    axes.plot([middle], [place], markersize=8, color=INK, **_AUTHORS[hers][1])


def _ends(statement: Statement) -> str:
    if math.isinf(statement.upper):
        return f"{statement.lower:,.0f} or more"
    return f"{statement.lower:,.0f} to {statement.upper:,.0f}"


def external_beside(
    placed: pd.DataFrame,
    series: Mapping[str, pd.DataFrame],
    statements: Mapping[str, Statement],
) -> Picture:
    """Draw external figures with their intervals beside the article's series.

    Only figures of North Koreans are drawn; two of them are statements by Weitz.
    """
    drawn = placed[
        (placed["people"] == "north-koreans") & placed["series"].isin(PANELS)
    ]
    weitz = {
        "primorye": ("Weitz 2012, Vladivostok", statements["workers_vladivostok"]),
        "amur": ("Weitz 2012, camps", statements["amur_camps"]),
    }
    with charts.open_panels(rows=len(PANELS), height=7.4) as (figure, panels):
        for axes, (name, title) in zip(panels, PANELS.items(), strict=True):
            line = series[name].mean(axis="columns")
            regional = name in COLOURS
            axes.plot(
                line.index,
                line,
                color=COLOURS[name] if regional else INK,
                marker=charts.MARKERS[name] if regional else "d",
                markersize=5,
            )
            for row in drawn[drawn["series"] == name].to_dict("records"):
                _draw_external(axes, row, f"{row['outlet']} {row['year']}")
            if name in weitz:
                text, said = weitz[name]
                mark = {"year": 2012, "lower": said.lower, "upper": said.upper}
                _draw_external(axes, mark, text)
            axes.set_title(title)
            axes.set_ylabel("workers")
            axes.set_ylim(0, axes.get_ylim()[1] * 1.12)
            axes.yaxis.set_major_formatter("{x:,.0f}")
            charts.grid(axes, "y")
        charts.label_years(panels[-1], pd.Index(range(1992, 2013, 2)))
        panels[-1].set_xlim(1991.3, 2012.7)
        title = (
            f"{(drawn['verdict'] == 'compatible').sum()} of {len(drawn)} published "
            "figures fit the article's; they count\n"
            "other places, years or people, and are context only"
        )
        figure.suptitle(title, x=0.02, ha="left")
    external = [
        f"{row['outlet']}, {row['year']}: {row['lower']:,} to {row['upper']:,}; "
        f"the article in {row['article_year']:.0f}: {_article(row)}."
        for row in drawn.to_dict("records")
    ]
    stated = [f"{text}: {_ends(said)}." for text, said in weitz.values()]
    alt = (
        "Three line charts of North Korean workers in the article's series, each with "
        "figures published by others as white diamonds with a bar for what their "
        "wording leaves open. "
    )
    return Picture(figure, alt + " ".join([*external, *stated]))


def _draw_external(axes: Axes, row: Row, text: str) -> None:
    year, lower, upper = row["year"], row["lower"], row["upper"]
    if math.isinf(upper):
        mark = lower
        axes.annotate("", (year, lower + 900), (year, lower), arrowprops=_ARROW)
    else:
        mark = (lower + upper) / 2 if lower else upper
        axes.plot([year, year], [lower, upper], color=INK, linewidth=2, zorder=3)
    axes.plot(
        [year],
        [mark],
        marker="D",
        markersize=7,
        color=INK,
        markerfacecolor="white",
        zorder=4,
    )
    rise, align = _BESIDE_ITS_MARK.get(row.get("figure", ""), (0, "right"))
    axes.annotate(
        text,
        (year, mark + rise),
        xytext=(7 if align == "left" else -7, 0),
        textcoords="offset points",
        ha=align,
        va="center",
        fontsize=9,
    )


def _article(row: Row) -> str:
    return span(round(row["article_lower"]), round(row["article_upper"]))


def pairs_table(pairs: pd.DataFrame) -> Markdown:
    """List what each author says of a subject, and whether both can be true."""
    rows = [
        [
            row["subject"],
            _said(row, "zabrovskaya"),
            _said(row, "weitz"),
            multiple(row["ratio_lower"], row["ratio_upper"]),
            f"**{row['verdict']}**{':' * row['meets']} {row['reason']}",
        ]
        for row in pairs.to_dict("records")
    ]
    header = ["subject", "Zabrovskaya", "Weitz", "Weitz's as a multiple", "verdict"]
    return write_table(header, rows, "lllll")


def _said(row: Row, author: str) -> str:
    """Write what is stated, the interval read from it, and the time it speaks of."""
    stated, unit = row[f"{author}_stated"], row[f"{author}_unit"]
    lower, upper = row[f"{author}_lower"], row[f"{author}_upper"]
    ends = f"at least {lower:,g}" if math.isinf(upper) else f"{lower:,g} to {upper:,g}"
    if lower == upper:
        ends = f"{lower:,g}"
    reading = f"{ends} {unit}" if unit else ""
    said = reading if stated == ends else f"“{stated}”" + f" ({reading})" * bool(unit)
    return f"{said}; {row[f'{author}_period']}"


def beside_table(
    placed: pd.DataFrame, labels: Mapping[str, Mapping[str, str]]
) -> Markdown:
    """List external figures, what they rest on, and the article's figure beside them.

    `labels` says for the columns ``place``, ``people`` and ``reliability`` what each
    code stands for.
    """
    rows = []
    for row in placed.to_dict("records"):
        article, times = "none", ""
        if not pd.isna(row["article_year"]):
            article = f"{_article(row)} ({row['article_year']:.0f})"
            times = multiple(row["ratio_lower"], row["ratio_upper"])
        people, place, reliability = (
            labels[column][row[column]] for column in ("people", "place", "reliability")
        )
        rows.append(
            [
                f"{people}, {place}, {row['year']}",
                span(row["lower"], row["upper"]),
                f"{row['outlet']}. {reliability}",
                article,
                times,
                row["verdict"],
            ]
        )
    header = ["who, where, when", "published", "source", "the article's", "multiple"]
    return write_table([*header, "verdict"], rows, "lrlrrl")


def multiple(lower: float, upper: float) -> str:
    """Write a multiple, which may be open at one end, or that there is none."""
    if math.isnan(lower):
        return "other things"
    low, high = (f"{end:,.2g}" if end < 10 else f"{end:,.0f}" for end in (lower, upper))
    if math.isinf(upper):
        return f"at least ×{low}"
    if lower == 0:
        return f"at most ×{high}"
    return f"×{low}" if low == high else f"×{low} to ×{high}"
