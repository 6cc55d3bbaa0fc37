"""Tests of what runs chapters: notebooks in a shell, edits, grids and boxes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import pytest
from papermill_pages.errors import PlanError

from tests.book.published import ROOT

from .running import CellFailed, Step, carry_out, grid, run, try_it

PARAMETERS = (
    'region: str = "north"  # one of {north, south}\nyears: int = 3  # how many'
)
BOX = """:::{admonition} Try it
:class: tip
1. Set `region = "south"`. Look for the
   other name.
2. Replace `2 * years` by
   `3 * years` and add `doubled + 1` in a new cell. Look for more.
:::
"""


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., str]:
    """Write a notebook with parameters, some code cells and a text at its end."""

    def write(*code: str, text: str = "", name: str = "page") -> str:
        tagged = {"tags": ["parameters"]}
        cells = [
            nbformat.v4.new_code_cell(PARAMETERS, metadata=tagged),
            *map(nbformat.v4.new_code_cell, code),
            nbformat.v4.new_markdown_cell(text),
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(made, path)
        return str(path)

    return write


def test_parameters_take_the_place_of_defaults(notebook: Callable[..., str]) -> None:
    page = notebook("seen = region, years")
    chapter = run(page, {"region": "south"})
    assert chapter.namespace["seen"] == ("south", 3)
    assert chapter.parameters == {"region": "south", "years": 3}


@pytest.mark.parametrize("given", [{"regoin": "south"}, {"region": "east"}])
def test_a_parameter_that_the_notebook_does_not_allow_is_refused(
    notebook: Callable[..., str], given: dict[str, str]
) -> None:
    with pytest.raises(PlanError, match="parameter 'reg"):
        run(notebook("1"), given)


def test_glued_values_are_results_and_stand_in_the_text(
    notebook: Callable[..., str],
) -> None:
    page = notebook(
        "from myst_nb import glue\nglue('total', 1234.5, display=False)",
        text="In\nall {glue:text}`total:,.0f` in\n\n- {glue:text}`total`.",
    )
    chapter = run(page)
    assert chapter.results == {"total": 1234.5}
    assert chapter.text == "In all 1,234 in\n\n- 1234.5."


def test_a_negative_number_has_a_minus_sign_in_the_text_and_a_date_its_hyphens(
    notebook: Callable[..., str],
) -> None:
    glued = {"change": -5.94, "day": "1992-05-01"}
    source = f"from myst_nb import glue\nfor it in {glued}.items(): glue(*it, False)"
    text = "{glue:text}`change:+.1f` from {glue:text}`day`"
    assert run(notebook(source, text=text)).text == "−5.9 from 1992-05-01"


def test_a_value_that_no_cell_glues_is_an_error(notebook: Callable[..., str]) -> None:
    with pytest.raises(ValueError, match="no cell glues 'total'"):
        run(notebook("1", text="{glue:text}`total:d`"))


def test_what_a_cell_shows_stands_in_the_text(notebook: Callable[..., str]) -> None:
    shown = "from IPython.display import Markdown\nMarkdown('**bold**')"
    assert run(notebook("print('said')", shown)).text == "said\n\n\n**bold**\n\n"


def test_a_figure_is_drawn_and_not_rendered(notebook: Callable[..., str]) -> None:
    drawn = "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()"
    chapter = run(notebook(f"{drawn}\naxes.plot([1, 2])\nNone"))
    assert len(chapter.namespace["axes"].lines) == 1
    (shown,) = chapter.cells[1].outputs
    assert shown["data"]["image/png"] == ""


def test_a_figure_that_another_test_left_open_is_not_shown(
    notebook: Callable[..., str],
) -> None:
    plt.figure()
    drawn = run(notebook("import matplotlib.pyplot as plt\nplt.plot([1])\nNone"))
    assert len(drawn.cells[1].outputs) == 1
    assert not plt.get_fignums()


def test_the_alternative_texts_of_figures_are_kept(
    notebook: Callable[..., str],
) -> None:
    bundle = "{mime: ''}, metadata={mime: {'alt': 'A line.'}}, raw=True"
    shown = f"mime = 'image/svg+xml'\ndisplay({bundle})"
    chapter = run(notebook(shown))
    assert chapter.alts == ("A line.",)
    assert chapter.text == ""


def test_a_run_of_the_book_glues_what_the_book_publishes() -> None:
    published = json.loads((ROOT / "expected/results.json").read_text("utf-8"))
    results = run("book/tables/amur.run.yml").results
    prefix = "tables.table4."
    assert {f"{prefix}{name}": value for name, value in results.items()} == {
        key: value for key, value in published.items() if key.startswith(prefix)
    }


def test_a_cell_that_raises_is_shown_in_the_error(
    notebook: Callable[..., str],
) -> None:
    with pytest.raises(CellFailed, match=r"(?s)KeyError: 'no'.*\{\}\['no'\]"):
        run(notebook("{}['no']"))


def test_a_run_leaves_no_trace(notebook: Callable[..., str]) -> None:
    folder, path, main = Path.cwd(), list(sys.path), sys.modules["__main__"]
    page = notebook("import os\nos.environ['LEFT'] = '1'\nhere = os.getcwd()")
    assert Path(run(page).namespace["here"]) == Path(page).parent
    assert (Path.cwd(), sys.path, sys.modules["__main__"]) == (folder, path, main)
    assert "LEFT" not in os.environ


def test_an_edit_changes_one_cell_whatever_its_blanks_are(
    notebook: Callable[..., str],
) -> None:
    page = notebook("total = (years +\n    1)", "double = 2 * total")
    assert run(page, edits=[("years + 1", "years")]).namespace["double"] == 6


@pytest.mark.parametrize(("old", "cells"), [("total", 2), ("years + 2", 0)])
def test_an_edit_that_does_not_fit_one_cell_is_refused(
    notebook: Callable[..., str], old: str, cells: int
) -> None:
    page = notebook("total = years + 1", "double = 2 * total")
    with pytest.raises(ValueError, match=f"stands in {cells} of the code cells"):
        run(page, edits=[(old, "x")])


def test_a_grid_leaves_out_what_the_page_refuses(notebook: Callable[..., str]) -> None:
    points = grid(notebook("1"), {"region": ["south", "east"], "years": [1, 2]})
    assert points == [{"region": "south", "years": 1}, {"region": "south", "years": 2}]


def test_a_grid_that_the_page_refuses_altogether_is_an_error(
    notebook: Callable[..., str],
) -> None:
    with pytest.raises(PlanError, match="'east', not one of north, south"):
        grid(notebook("1"), {"region": ["east"]})


# Boxes


def test_a_box_says_what_to_set_replace_and_add(notebook: Callable[..., str]) -> None:
    assert try_it(notebook("1", text=BOX)) == [
        Step({"region": "south"}, (), (), "Look for the other name."),
        Step({}, (("2 * years", "3 * years"),), ("doubled + 1",), "Look for more."),
    ]


def test_an_item_is_carried_out_beside_the_page_as_it_was(
    notebook: Callable[..., str],
) -> None:
    page = notebook("doubled = 2 * years", text=BOX)
    before, after = carry_out(page, 2, {"years": 5})
    assert before.namespace["doubled"] == 10
    assert after.namespace["doubled"] == 15
    assert after.cells[-1].value == 16


ITEMS = {
    "Set `a = 1`, `b = None` and `c = [2]`. See": {"a": 1, "b": None, "c": [2]},
    'Set `a = 1`. Set `b = "x; y"`. See `b`.': {"a": 1, "b": "x; y"},
    "Set `a = 1` and set ``b = '`'``: see": {"a": 1, "b": "`"},
}


@pytest.mark.parametrize("item", ITEMS)
def test_one_item_may_set_several_parameters(
    notebook: Callable[..., str], item: str
) -> None:
    box = f":::{{admonition}} Try it\n:class: tip\n1. {item}\n:::"
    (step,) = try_it(notebook("1", text=box))
    assert step.parameters == ITEMS[item]


UNREADABLE = {
    "Look at `a`.": "does not say what to do",
    "Set `a == 1`. Look.": "does not set a parameter to a Python literal",
    "Set `a = b`. Look.": "does not set a parameter to a Python literal",
    "Replace `a`. Look.": "cannot read '`a`. Look.' after 'replace'",
    "Add `a`. Look.": "cannot read '`a`. Look.' after 'add'",
    "Set `a = 1`.": "say what to look for",
    "Set `a = 1` in the cell. Look.": "say what to look for",
    "Set `a = 1`. Look, then add `b` in a new cell.": "say what to look for",
}


@pytest.mark.parametrize("item", UNREADABLE)
def test_an_item_that_cannot_be_read_is_named(
    notebook: Callable[..., str], item: str
) -> None:
    box = f":::{{admonition}} Try it\n1. Set `a = 1`. Look.\n2. {item}\n:::"
    with pytest.raises(ValueError, match="item 2 of 'Try it'") as refused:
        try_it(notebook("1", text=box))
    assert UNREADABLE[item] in str(refused.value)


@pytest.mark.parametrize(("text", "boxes"), [("No box.", 0), (BOX + "\n" + BOX, 2)])
def test_a_page_has_one_box(
    notebook: Callable[..., str], text: str, boxes: int
) -> None:
    with pytest.raises(ValueError, match=f"it has {boxes} boxes 'Try it', not one"):
        try_it(notebook("1", text=text))
