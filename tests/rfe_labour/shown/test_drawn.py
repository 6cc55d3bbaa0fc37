"""What is read from a chart: the numbers that were drawn, in words that it shows."""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rfe_labour.shown import charts, drawn

RAIN = pd.DataFrame(
    {
        "year": [1995, 1996, 1995, 1996],
        "place": ["coast", "coast", "hills", "hills"],
        "mm": [0.1 + 0.2, 20, 30.5, 40],
    }
)


def one_panel(**labels: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.set(**labels)  # type: ignore[arg-type]
    return figure, axes


def rows(figure: Figure) -> list[list[Any]]:
    return drawn.data_of(drawn.panels_of(figure)).to_numpy().tolist()


def words(figure: Figure) -> list[str]:
    figure.draw_without_rendering()
    return [told for _, _, told in drawn.marks_of(drawn.panels_of(figure))]


@pytest.mark.parametrize("plot", [sns.scatterplot, sns.lineplot, sns.barplot])
def test_a_series_has_its_name_from_the_legend(plot: Any) -> None:
    figure, axes = one_panel()
    marker = {"marker": "o"} if plot is sns.lineplot else {}
    plot(RAIN, x="year", y="mm", hue="place", ax=axes, **marker)
    table = drawn.data_of(drawn.panels_of(figure)).sort_values(
        ["series", axes.get_xlabel()]
    )
    assert table["series"].tolist() == RAIN["place"].tolist()
    assert table["year"].astype(int).tolist() == RAIN["year"].tolist()
    assert table["mm"].tolist() == RAIN["mm"].tolist()
    assert "hills, 1995: mm 30.5" in words(figure)


def test_a_csv_has_whole_years_and_all_digits_that_count() -> None:
    figure, axes = one_panel(ylabel="rain, mm")
    axes.plot([1995, 1996], [1 / 3, 0.1 + 0.2], "o")
    assert drawn.to_csv(drawn.data_of(drawn.panels_of(figure))).splitlines() == [
        'year,"rain, mm"',
        "1995,0.333333333333333",
        "1996,0.3",
    ]


def test_an_interval_belongs_to_the_point_that_it_spans() -> None:
    figure, axes = one_panel(xlabel="growth, % a year")
    axes.hlines(["coast", "hills"], [-3, 1], [5, 2], color="k")
    axes.hlines(["coast"], [-1], [3], color="k", linewidth=5)
    axes.plot([1, 1.5], ["coast", "hills"], "o")
    assert rows(figure)[0] == ["coast", 1, -3, 5, -1, 3]
    assert words(figure) == [
        "hills: growth 1.5% a year (1.0 to 2.0)",
        "coast: growth 1% a year (−3 to 5)",
    ]


def test_an_interval_without_a_point_and_a_band_stand_alone() -> None:
    figure, axes = one_panel(ylabel="mm")
    axes.vlines([1995], [2], [4])
    axes.fill_between([1995, 1996], [1, 2], [5, 6], alpha=0.2)
    assert rows(figure) == [
        ["band", 1995, 1, 5],
        ["band", 1996, 2, 6],
        ["interval", 1995, 2, 4],
    ]
    assert words(figure) == []


def test_stacked_bars_tell_their_lengths_and_floating_bars_their_ends() -> None:
    figure = Figure()
    stacked, floating = figure.subplots(2)
    stacked.bar([1995, 1996], [3, 4], label="coast")
    stacked.bar([1995, 1996], [1, 2], bottom=[3, 4], label="hills")
    stacked.legend()
    floating.bar([1995, 1996], [5, 6], bottom=[10, 20])
    stacked.set(ylabel="mm", title="Rain: more")
    floating.set(ylabel="days", title="Snow: less")
    table = drawn.data_of(drawn.panels_of(figure)).set_index(
        ["panel", "series", "year"]
    )
    assert table.loc["Rain", "mm"].tolist() == [3, 4, 1, 2]
    assert table.loc["Snow", ["lower", "upper"]].to_numpy().tolist() == [
        [10, 15],
        [20, 26],
    ]
    assert table.loc["Rain", ["lower", "upper"]].isna().all(axis=None)
    assert "1995: 10 to 15 days" in words(figure)


def test_a_label_that_the_figure_does_not_show_names_nothing() -> None:
    """Matplotlib itself labels a line by its column."""
    figure, axes = one_panel(ylabel="mm")
    axes.plot("year", "mm", "o", data=RAIN)
    assert words(figure)[0] == "1995: mm 0.3"
    assert "series" not in drawn.data_of(drawn.panels_of(figure))
    axes.annotate("mm on the coast", (1995, 20))
    assert words(figure)[0] == "mm, 1995: mm 0.3"


def test_labels_without_a_legend_tell_the_series_of_a_panel_apart() -> None:
    figure, axes = one_panel(ylabel="mm")
    axes.plot([1995, 1998], [3, 4], "o", label="outside the window")
    axes.plot([1996, 1997], [5, 6], "o", label="inside")
    axes.plot([1996, 1997], [5.5, 5.6], label="fitted")
    names = [row[0] for row in rows(figure)]
    assert sorted({*names}) == ["fitted", "inside", "outside the window"]
    # From the left, whichever series a point is of; a curve is pointed at nowhere.
    assert words(figure) == [
        "outside the window, 1995: mm 3",
        "inside, 1996: mm 5",
        "inside, 1997: mm 6",
        "outside the window, 1998: mm 4",
    ]


def test_a_line_is_followed_to_its_end_before_the_next_one() -> None:
    figure, axes = one_panel(ylabel="mm")
    sns.lineplot(RAIN[::-1], x="year", y="mm", hue="place", marker="o", ax=axes)
    axes.set(xlabel="", ylabel="mm")
    assert [told.partition(":")[0] for told in words(figure)] == [
        "hills, 1995",
        "hills, 1996",
        "coast, 1995",
        "coast, 1996",
    ]


def test_lines_that_cross_keep_all_their_points_and_are_told_apart() -> None:
    figure, axes = one_panel(ylabel="mm")
    axes.plot([1995, 1996, 1997], [[1, 3], [2, 2], [3, 1]], "--")
    table = drawn.data_of(drawn.panels_of(figure))
    assert table["series"].tolist() == ["dashed line 1"] * 3 + ["dashed line 2"] * 3
    assert table["mm"].tolist() == [1, 2, 3, 3, 2, 1]


def test_a_cell_of_a_heatmap_is_told_by_its_row_and_column() -> None:
    figure, axes = one_panel()
    grid = pd.DataFrame([[1.5, np.nan], [-2, 3]], [1992, 1993], [2000, 2001])
    sns.heatmap(grid, ax=axes, cbar=False)
    axes.set(xlabel="last year", ylabel="first year")
    assert rows(figure) == [
        ["1992", "2000", 1.5],
        ["1993", "2000", -2],
        ["1993", "2001", 3],
    ]
    assert words(figure)[1] == "first year 1993, last year 2000: −2"


def test_markers_that_no_legend_explains_are_called_by_their_shape() -> None:
    figure, axes = one_panel(ylabel="mm")
    jump = pd.DataFrame({"year": [1, 2], "mm": [3, 4], "jump": [False, True]})
    looks = {"style": "jump", "markers": {False: "o", True: "X"}, "legend": False}
    sns.scatterplot(jump, x="year", y="mm", ax=axes, **looks)
    assert [row[0] for row in rows(figure)] == ["dot", "cross"]


def test_arrows_of_open_intervals_and_lines_of_reference_are_no_data() -> None:
    figure, axes = one_panel()
    axes.errorbar([1], [2], xerr=9, xlolims=True, fmt="none")
    axes.axhline(0)
    axes.axvspan(0, 1)
    assert drawn.data_of(drawn.panels_of(figure)).empty


def test_a_mark_lies_where_its_point_is_drawn() -> None:
    """Matplotlib writes the point into the drawing, which is 4 by 3 inches large."""
    figure, axes = one_panel(ylabel="mm")
    axes.plot([1995, 1996, 1997], [3, 1, 2], "o", gid="dots")
    with mpl.rc_context({"figure.constrained_layout.use": True}):
        figure.savefig(buffer := io.StringIO(), format="svg")
    dots = buffer.getvalue().partition('id="dots"')[2].partition("</g>\n   </g>")[0]
    places = re.findall(r'<use .*? x="([\d.]+)" y="([\d.]+)"', dots)
    expected = [[float(x) / 288, float(y) / 216] for x, y in places]
    found = [[x, y] for x, y, _ in drawn.marks_of(drawn.panels_of(figure))]
    assert found == [pytest.approx(place, abs=6e-4) for place in expected]
    assert len(found) == 3


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([5200.0], ["5,200"]),
        ([-0.93, 12.64], ["−0.93", "12.64"]),
        ([-0.9339, 12.6451], ["−0.9", "12.6"]),
        ([1.2345], ["1.23"]),
        ([0.06034], ["0.060"]),
        ([-0.0001, 20.55555], ["0.0", "20.6"]),
    ],
)
def test_numbers_side_by_side_have_as_many_decimals(
    values: list[float], told: list[str]
) -> None:
    assert drawn.numbers(*values) == told


def test_a_chart_of_very_many_points_tells_none() -> None:
    figure, axes = one_panel()
    axes.plot(range(drawn.MOST_MARKS + 1), "o")
    assert words(figure) == []
    assert len(drawn.data_of(drawn.panels_of(figure))) == drawn.MOST_MARKS + 1


def test_a_smaller_drawing_is_the_same_but_for_a_hundredth_of_a_point() -> None:
    with charts.open_panels(1, 3) as (figure, (axes,)):
        axes.plot([1, 2, 3], [1 / 3, 2 / 3, 1], "o-")
        axes.set_title("Title")
    figure.savefig(whole := io.StringIO(), format="svg", metadata={"Date": None})
    (bundle, _) = charts.Picture(figure, "A line.")._repr_mimebundle_()
    small = bundle["image/svg+xml"]
    assert len(small) < 0.9 * len(whole.getvalue())
    letter = r'id="(DejaVuSans[\w-]+)" d="([^"]+)"'
    before, after = (dict(re.findall(letter, it)) for it in (whole.getvalue(), small))
    assert after
    assert {name: "".join(path.split()) for name, path in before.items()} == {
        name: "".join(path.split()) for name, path in after.items()
    }
