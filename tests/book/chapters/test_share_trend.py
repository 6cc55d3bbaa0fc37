"""The point of the explorer of shares, beside what the chapter finds by region."""

from __future__ import annotations

import numpy as np
import pytest

from .running import Chapter, run

CHAPTER = "book/models/share_trend.ipynb"
SHARES = "book/models/shares.ipynb"
QUICK = {"replications": 99}
GRID = {"region": ["primorye", "khabarovsk", "amur"]}


def of_chapter(chapter: Chapter) -> dict[str, float]:
    """What the chapter glues for the region of the point."""
    region = chapter.parameters["region"]
    return {
        name.removeprefix(f"{region}."): value
        for name, value in run(SHARES, QUICK).results.items()
        if name.startswith(f"{region}.")
    }


@pytest.mark.grid(**GRID)
def test_a_point_glues_what_the_chapter_says_of_all_regions(chapter: Chapter) -> None:
    whole, own = of_chapter(chapter), chapter.results
    logit = "fractional_logit"
    for name, in_chapter in {
        "ar1.slope": f"{logit}.odds_percent",
        "ar1.lower": f"{logit}.odds_percent_ar1_lower",
        "ar1.upper": f"{logit}.odds_percent_ar1_upper",
        "ar1.p": f"{logit}.ar1_p",
        f"{logit}.p": f"{logit}.hc3_p",
        "ewc.p": f"{logit}.ewc_p",
        "beta.p": "beta.p",
        "logit_ols.p": "logit_ols.hc3_p",
        "points": "marginal_effect.slope",
        "without_one.lower.percent": "leave_one_out.percent_lower",
        "without_one.upper.percent": "leave_one_out.percent_upper",
    }.items():
        assert own[name] == pytest.approx(whole[in_chapter], rel=1e-9), name


@pytest.mark.grid(**GRID)
def test_its_sentence_follows_from_the_chapters_numbers(chapter: Chapter) -> None:
    whole, text = of_chapter(chapter), " ".join(chapter.text.split())
    at = {name: whole[f"fractional_logit.{name}"] for name in ("odds_percent", "ar1_p")}
    slope = f"{at['odds_percent']:+.1f}".replace("-", "−")
    assert f"**change by {slope} per cent a year**" in text
    assert f"(p = {at['ar1_p']:.3f})" in text
    ends = [whole[f"fractional_logit.ar1_{end}"] for end in ("lower", "upper")]
    assert ("It excludes zero." in text) == (ends[0] * ends[1] > 0)
    assert ("not even the direction is settled" in text) == (ends[0] * ends[1] <= 0)
    moved = [whole[f"leave_one_out.{end}"] for end in ("lower", "upper")]
    turns = "its sign depends on such a year" in text
    assert turns == (moved[0] < 0 < moved[1])
    assert turns != ("no single year decides its sign" in text)
    for end in ("lower", "upper"):
        assert f"(without {whole[f'leave_one_out.{end}_year']:.0f})" in text


@pytest.mark.grid(**GRID)
def test_its_table_has_the_chapters_intervals(chapter: Chapter) -> None:
    whole = of_chapter(chapter)
    (table,) = (
        it.value for it in chapter.cells if it.source.startswith('methods[["change"')
    )
    judged = {"ar1_": "calibrated", "ewc_": "EWC", "": "HC3"}
    for prefix, words in judged.items():
        lower, upper = (
            whole[f"fractional_logit.odds_percent_{prefix}{end}"]
            for end in ("lower", "upper")
        )
        told = f"{lower:+.1f} to {upper:+.1f}".replace("-", "−")
        assert table.loc[f"fractional logit, {words}", "interval"] == told
    for row, name in (("beta regression", "beta"), ("line, HC3", "logit_ols")):
        change = 100 * np.expm1(whole[f"{name}.slope"])
        assert table.loc[row, "change"] == f"{change:+.1f}".replace("-", "−")


def test_each_thin_curve_leaves_out_one_year(chapter: Chapter) -> None:
    """Steepest and flattest are those that the sentence names."""
    own = chapter.namespace
    ends = []
    for curve in own["without"]:
        odds = np.log(curve / (1 - curve))
        ends.append((odds[-1] - odds[0]) / (len(odds) - 1))
    percents = 100 * np.expm1(ends)
    years = own["years"].tolist()
    for end, at in (("lower", np.argmin(percents)), ("upper", np.argmax(percents))):
        told = f"without_one.{end}"
        assert chapter.results[f"{told}.percent"] == pytest.approx(percents[at])
        assert chapter.results[f"{told}.year"] == years[at]
