"""The stated totals against the regional tables."""

import pandas as pd
import pytest

from rfe_labour.checks import totals
from rfe_labour.data import load
from tests.rfe_labour.printed_page import STATED_TOTALS, WORKERS, by_year

REGIONS = {"primorye": "table1", "khabarovsk": "table3", "amur": "table4"}


def stated(rows: dict[int, str], doubt: str | None = None) -> pd.DataFrame:
    return pd.DataFrame({"year": rows.keys(), "printed": rows.values(), "doubt": doubt})


def workers(rows: dict[int, int]) -> pd.DataFrame:
    index = pd.Index(rows.keys(), name="year")
    return pd.DataFrame({"workers": list(rows.values())}, index=index)


def test_residual_and_sum_follow_from_the_printed_page(
    comparison: pd.DataFrame,
) -> None:
    def number(printed: str) -> int:
        return int(printed.replace(",", ""))

    for year, total in by_year(*STATED_TOTALS).items():
        regions = [number(by_year(*WORKERS[table])[year]) for table in REGIONS.values()]
        row = comparison.loc[year]
        assert row["stated"] == number(total)
        assert row[list(REGIONS)].tolist() == regions
        assert row["regional_sum"] == sum(regions)
        assert row["residual"] == number(total) - sum(regions)
        assert row["coverage"] == pytest.approx(sum(regions) / number(total))
    assert comparison.index.tolist() == list(range(1998, 2006))


def test_the_residuals_are_those_worked_out_by_hand(comparison: pd.DataFrame) -> None:
    assert comparison["residual"].tolist() == [
        *(7263, 3920, 7789, 6203, 3890, 4019, 4925, 2680)
    ]


def test_only_the_round_total_of_2001_leaves_its_residual_open(
    comparison: pd.DataFrame,
) -> None:
    width = comparison["residual_upper"] - comparison["residual_lower"]
    assert width.to_dict() == dict.fromkeys(range(1998, 2006), 0) | {2001: 100}
    assert comparison.loc[2001, "residual_lower"] == 6153


def test_totals_and_regions_move_together_in_two_of_seven_steps(
    comparison: pd.DataFrame,
) -> None:
    assert totals.direction_agreements(comparison) == (2, 7)
    same = comparison["same_direction"]
    assert same[same.fillna(False)].index.tolist() == [2004, 2005]
    assert pd.isna(same[1998])


def test_a_change_of_zero_has_no_direction() -> None:
    found = totals.compare(
        stated({2000: "10", 2001: "10", 2002: "20", 2003: "15", 2004: "10"}),
        {"only": workers({2000: 5, 2001: 6, 2002: 6, 2003: 4, 2004: 5})},
    )
    assert found["same_direction"].isna().tolist() == [True, True, True, False, False]
    assert found["same_direction"].tolist()[3:] == [True, False]
    assert totals.direction_agreements(found) == (1, 2)


def test_years_are_put_in_order_and_years_without_a_total_left_out() -> None:
    found = totals.compare(
        stated({2001: "30", 2000: "10"}), {"only": workers({1999: 1, 2000: 5, 2001: 6})}
    )
    assert found.index.tolist() == [2000, 2001]
    assert found["stated_change"].tolist()[1] == 20
    assert found["sum_change"].tolist()[1] == 1


def test_what_cannot_be_compared_is_refused() -> None:
    one = stated({2000: "10"})
    with pytest.raises(ValueError, match="no regional table"):
        totals.compare(one, {})
    with pytest.raises(ValueError, match="table of only has no year 2000"):
        totals.compare(one, {"only": workers({1999: 5})})
    with pytest.raises(ValueError, match="more than one stated total"):
        totals.compare(pd.concat([one, one]), {"only": workers({2000: 5})})


def test_sakhalin_alone_fills_no_residual(comparison: pd.DataFrame) -> None:
    found = totals.fill(comparison, load("text_figures"))
    sakhalin = found[found["candidates"] == "sakhalin"].set_index("year")
    assert sakhalin["verdict"].eq("incompatible").all()
    assert sakhalin["in_far_east"].all()
    assert sakhalin["stated_for_year"].all()
    assert sakhalin["note"].eq("").all()
    assert sakhalin.loc[1998, ["remains_lower", "remains_upper"]].tolist() == [
        *(7263 - 250, 7263 - 150)
    ]


def test_with_loggers_from_outside_three_residuals_could_be_filled(
    comparison: pd.DataFrame,
) -> None:
    found = totals.fill(comparison, load("text_figures"))
    both = found[found["candidates"] == "sakhalin + irkutsk_krasnoyarsk"]
    both = both.set_index("year")
    assert both[["filled_lower", "filled_upper"]].drop_duplicates().to_numpy().tolist()[
        0
    ] == [3650, 4750]
    fits = both.index[both["verdict"] == "compatible"]
    assert fits.tolist() == [1999, 2002, 2003]
    assert not both["in_far_east"].any()
    assert both["note"].str.contains("Not in the Far East: irkutsk_krasnoyarsk").all()
    assert both.index[both["stated_for_year"]].tolist() == [2003]
    assert both.loc[2005, ["remains_lower", "remains_upper"]].tolist() == [
        *(2680 - 4750, 2680 - 3650)
    ]


def test_a_round_total_fits_where_its_interval_only_touches() -> None:
    figures = load("text_figures")
    for doubt, verdict in (("round-number", "compatible"), (None, "incompatible")):
        open_total = totals.compare(
            stated({2000: "12,500"}, doubt), {"only": workers({2000: 12_200})}
        )
        found = totals.fill(open_total, figures)
        assert found.loc[found["candidates"] == "sakhalin", "verdict"].item() == verdict


def test_a_figure_that_the_article_does_not_give_is_refused(
    comparison: pd.DataFrame,
) -> None:
    figures = load("text_figures").query("figure != 'irkutsk_krasnoyarsk'")
    with pytest.raises(ValueError, match='no figure "irkutsk_krasnoyarsk"'):
        totals.fill(comparison, figures)


def test_the_summary_tells_the_extremes_and_their_years(
    comparison: pd.DataFrame,
) -> None:
    told = totals.summary(comparison, totals.fill(comparison, load("text_figures")))
    assert (told["years"], told["years_exceeded"]) == (8, 0)
    assert (told["residual_lowest"], told["residual_lowest_year"]) == (2680, 2005)
    assert (told["residual_highest"], told["residual_highest_year"]) == (7789, 2000)
    assert told["coverage_lowest"] == pytest.approx(4599 / 11862)
    assert told["coverage_highest"] == pytest.approx(11126 / 13806)
    assert (told["coverage_lowest_year"], told["coverage_highest_year"]) == (1998, 2005)
    assert (told["direction_agreements"], told["direction_steps"]) == (2, 7)
    assert (told["2004.stated"], told["2004.regional_sum"]) == (13294, 8369)
    assert told["2004.residual"] == 13294 - 8369
    assert told["fill_sakhalin_years"] == 0
    assert told["fill_sakhalin_list"] == "none"
    assert told["fill_with_loggers_list"] == "1999, 2002, 2003"
    assert {type(value) for value in told.values()} == {int, float, str}
