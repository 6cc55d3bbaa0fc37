"""The trend of one region's share in words, and its curve in one picture."""

from __future__ import annotations

from rfe_labour.shown.markdown import Markdown, Row, p_value, signed, signed_span


def trend_in_words(
    region: str, judged: Row, level: float, points: float, single: Row
) -> Markdown:
    """Say how the share of one region changed, and how surely.

    Parameters
    ----------
    region : str
        Name of the region in prose.
    judged : mapping
        ``slope``, ``lower`` and ``upper``, the change of the odds in per cent a year
        with its calibrated interval, and the ``p`` of that test.
    level : float
        Confidence level of the interval.
    points : float
        The average marginal effect in percentage points a year.
    single : mapping
        ``lower``, ``lower_year``, ``upper`` and ``upper_year``: the change of the odds
        in per cent a year without each single year, at its lowest and its highest.
    """
    lower, upper = judged["lower"], judged["upper"]
    settled = "It excludes zero."
    if lower <= 0 <= upper:
        settled = "It includes zero: not even the direction is settled."
    p = p_value(judged["p"])
    turns = single["lower"] <= 0 <= single["upper"]
    sign = (
        "its sign depends on such a year"
        if turns
        else "no single year decides its sign"
    )
    found = p if p.startswith("<") else f"= {p}"
    return Markdown(
        f"In {region}, the odds that a foreign worker is North Korean **change by "
        f"{signed(judged['slope'])} per cent a year**. The calibrated {100 * level:g}% "
        f"interval runs from {signed_span(lower, upper)} per cent (p {found}). "
        f"{settled} In an average year the share moves by {signed(points)} percentage "
        "points. When a single year is left out, the change of the odds lies between "
        f"{signed(single['lower'])} (without {single['lower_year']:.0f}) and "
        f"{signed(single['upper'])} (without {single['upper_year']:.0f}) per cent a "
        f"year: {sign}."
    )
