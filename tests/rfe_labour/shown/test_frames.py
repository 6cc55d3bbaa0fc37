"""Frames as a page shows them: aligned, without NaN, and glued number by number."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import papermill
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from papermill.exceptions import PapermillExecutionError

from rfe_labour.shown import frames

ROOT = Path(__file__).parents[3]


def rows(data: pd.DataFrame | pd.Series) -> list[list[str]]:
    lines = frames.as_markdown(data).text.splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_numbers_stand_on_the_right_with_the_decimals_that_matter() -> None:
    frame = pd.DataFrame(
        {"slope": [0.05931, -0.00123], "workers": [13100, 950]},
        index=pd.Index(["amur", "primorye"], name="region"),
    )
    assert rows(frame) == [
        ["region", "slope", "workers"],
        [":---", "---:", "---:"],
        ["amur", "0.0593", "13,100"],
        ["primorye", "−0.0012", "950"],
    ]


def test_a_column_that_was_rounded_keeps_its_decimals() -> None:
    assert rows(pd.DataFrame({"percent": [6.1, -0.04]}).round(1))[2:] == [
        ["6.1"],
        ["0.0"],
    ]
    assert rows(pd.DataFrame({"share_lower": [20.05, 71.5]}))[2:] == [
        ["20.05"],
        ["71.50"],
    ]


def test_a_short_decimal_is_whole_beside_large_numbers() -> None:
    frame = pd.DataFrame({"lower": [5000.0, 750.0, 1.5]})
    assert rows(frame)[2:] == [["5,000.0"], ["750.0"], ["1.5"]]


def test_a_missing_value_is_blank_and_never_nan() -> None:
    frame = pd.DataFrame({"se": [1.5, np.nan], "of": ["a", None], "yes": [True, False]})
    frame["whole"] = pd.array([3, None], dtype="Int64")
    assert rows(frame)[2:] == [["1.5", "a", "yes", "3"], ["", "", "no", ""]]


def test_a_printed_cell_is_a_target_by_its_resource_and_key() -> None:
    cells = pd.DataFrame({"year": [1998], "printed": ["11,862"]})
    shown = frames.with_targets(cells, "stated_totals", "year")
    assert rows(shown)[2:] == [["1998", "[11,862]{#printed-stated_totals-1998}"]]
    assert cells["printed"].tolist() == ["11,862"]


def test_a_missing_value_of_a_nullable_column_is_blank_too() -> None:
    frame = pd.DataFrame({"change": [12, None], "up": [None, True]})
    nullable = frame.astype({"change": "Int64", "up": "boolean"})
    assert rows(nullable)[2:] == [["12", ""], ["", "yes"]]
    assert _glued(nullable.loc[[1]]) == {"1.up": True}


def test_a_year_has_no_thousands_separator() -> None:
    series = pd.Series([2800], index=pd.Index([1995], name="year"), name="workers")
    assert rows(series)[2:] == [["1995", "2,800"]]


@pytest.mark.parametrize("name", ["p", "holm_p"])
def test_a_small_p_value_is_never_zero(name: str) -> None:
    assert rows(pd.DataFrame({name: [0.2, 1e-9]}))[2:] == [["0.200"], ["< 0.001"]]


def test_a_text_can_neither_break_the_table_nor_open_a_formula() -> None:
    texts = pd.DataFrame({"text": ["a|b $5 and $6\nc"]})
    assert frames.as_markdown(texts).text.splitlines()[2] == r"| a\|b \$5 and \$6 c |"


def test_a_long_frame_shows_its_ends() -> None:
    with pd.option_context("display.max_rows", 20):
        shown = rows(pd.DataFrame({"n": range(100)}))[2:]
    assert [row[0] for row in shown] == [*"01234", "…", *map(str, range(95, 100))]


def test_the_plain_text_is_the_same_wherever_pandas_was_imported() -> None:
    InteractiveShell.instance()
    wide = pd.DataFrame({name: [name * 30] for name in "abcd"})
    html, columns = "display.notebook_repr_html", "display.max_columns"
    with pd.option_context(html, True, columns, 0):
        assert "..." in repr(wide)
        frames.show_as_markdown()
        assert "..." not in repr(wide)


def test_every_number_of_a_frame_is_glued_under_its_row_and_column() -> None:
    slopes = pd.DataFrame(
        {"slope": [0.5, 0.25], "se": [0.125, np.nan]},
        index=pd.MultiIndex.from_tuples([("amur", "ols"), ("amur", "median")]),
    )
    assert _glued(slopes, "trends") == {
        "trends.amur.ols.slope": 0.5,
        "trends.amur.ols.se": 0.125,
        "trends.amur.median.slope": 0.25,
    }


def test_a_mapping_is_glued_under_its_own_names() -> None:
    values = {"steps": np.int64(3), "years": "1996, 1998", "none": None, "na": pd.NA}
    assert _glued(values) == {
        "steps": 3,
        "years": "1996, 1998",
    }


def _glued(values: object, prefix: str = "") -> dict[str, object]:
    InteractiveShell.instance()
    with capture_output() as captured:
        frames.glue_results(values, prefix)
    return {
        output.metadata["scrapbook"]["name"]: ast.literal_eval(
            output.data["application/papermill.record/text/plain"]
        )
        for output in captured.outputs
    }


def test_a_parameter_that_a_chapter_does_not_have_is_refused(tmp_path: Path) -> None:
    notebook = ROOT / "book/tables/regional_table.ipynb"
    with pytest.raises(
        PapermillExecutionError, match='no parameter "tabel"; did you mean "table"'
    ):
        papermill.execute_notebook(
            str(notebook),
            str(tmp_path / "out.ipynb"),
            {"tabel": "table3"},
            cwd=str(notebook.parent),
            progress_bar=False,
        )


def test_parameters_are_those_of_the_cell_before_the_injected_one() -> None:
    cells = ["", "import os", "a: int = 1  # how many\nb: str = 'x'", "", "later = 1"]
    for injected in ("# Parameters\na = 2", "# Parameters\nb = 'y'\na = 3", "c = 1"):
        cells[3] = injected
        frames.refuse_unknown_parameters(cells)
    cells[3] = "# Parameters\na = 2\nbb = 1\n"
    with pytest.raises(ValueError, match=r'"bb"; did you mean "b".* are a, b'):
        frames.refuse_unknown_parameters(cells)
    with pytest.raises(ValueError, match=r'"a"\. This notebook has none'):
        frames.refuse_unknown_parameters(["", "# Parameters\na = 2\n", "import os"])
