"""What stands behind a figure, a table or a number, as the code of its page says."""

from __future__ import annotations

from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from papermill_pages.pages import Page
from papermill_pages.publishing.calls import Behind, Cells
from papermill_pages.publishing.exhibits import exhibits_of
from small_book import Book

FIGURE = {"image/svg+xml": "<svg/>"}
TABLE = {"text/markdown": "| term | slope |\n|:---|---:|\n| year | 0.1 |"}


def behind(*cells: str) -> Behind:
    """What stands behind the last of some cells."""
    read = Cells()
    return [read.read(cell) for cell in cells][-1]


IMPORTS = """
import numpy as np
import pandas as pd
import seaborn as sns
import statsmodels.api as sm
import statsmodels.formula.api as smf
from harvest import data, drawing
"""
FIT = """
amur = data.load("barley").query("year > 1990")
line = smf.ols("np.log(tons) ~ year", amur)
growth = line.fit(cov_type="HC3")
"""
DRAW = """
curve = np.exp(growth.get_prediction().summary_frame())
with drawing.figure(alt="A line ~ a curve") as axes:
    sns.scatterplot(amur, x="year", y="tons", ax=axes)
    sns.lineplot(x=amur["year"], y=np.exp(curve["mean"]), ax=axes)
"""


def test_a_figure_has_its_drawing_calls_and_the_model_and_data_of_earlier_cells() -> (
    None
):
    assert behind(IMPORTS, FIT, "unused = pd.read_csv('other.csv')", DRAW) == Behind(
        (
            "numpy.exp",
            "harvest.drawing.figure",
            "seaborn.scatterplot",
            "seaborn.lineplot",
        ),
        ('statsmodels.formula.api.ols("np.log(tons) ~ year")',),
        ('harvest.data.load("barley")',),
    )


def test_a_frame_that_a_cell_only_shows_was_made_by_what_defined_it() -> None:
    table = "slopes = drawing.table({'line': growth})"
    assert behind(IMPORTS, FIT, table, "slopes") == Behind(
        ("harvest.drawing.table",),
        ('statsmodels.formula.api.ols("np.log(tons) ~ year")',),
        ('harvest.data.load("barley")',),
    )


def test_a_model_without_a_formula_is_known_by_its_fit() -> None:
    cells = "model = sm.GLM(amur['tons'], amur['year'])", "model.fit()"
    assert behind(IMPORTS, FIT, *cells).models == ("statsmodels.api.GLM",)
    chained = "from sklearn.linear_model import Lasso\nLasso(0.1).fit(amur)"
    assert behind(chained).models == ("sklearn.linear_model.Lasso",)


def test_a_parameter_stands_as_its_value_and_the_injected_one_counts() -> None:
    cells = 'crop: str = "rye"', '# Parameters\ncrop = "oats"', "x = data.load(crop)"
    assert behind(IMPORTS, *cells).data == ('harvest.data.load("oats")',)
    all_crops = "{name: data.load(name) for name in crops}"
    assert behind(IMPORTS, all_crops).data == ("harvest.data.load(name)",)


def test_files_are_data_whoever_reads_them() -> None:
    assert behind(
        "import csv",
        'with open("rain.csv") as file:\n    rain = list(csv.DictReader(file))',
        "total = sum(rain)",
    ) == Behind(("csv.DictReader",), (), ('open("rain.csv")',))


def test_what_a_method_or_an_item_adds_to_a_variable_stands_behind_it() -> None:
    cells = "frame = pd.DataFrame()", "frame['tons'] = data.load('rye')", "frame"
    assert behind(IMPORTS, *cells).data == ('harvest.data.load("rye")',)
    cells = "rows = []", "for it in 'ab':\n    rows.append(data.load('rye'))", "rows"
    assert behind(IMPORTS, *cells).data == ('harvest.data.load("rye")',)


def test_a_function_of_the_notebook_hands_on_what_it_calls() -> None:
    cells = "def draw(it):\n    sns.lineplot(it, y='tons')", "draw(amur)"
    found = behind(IMPORTS, FIT, *cells)
    assert found.programs == ("seaborn.lineplot",)
    assert found.data == ('harvest.data.load("barley")',)


def test_a_variable_that_takes_the_name_of_a_module_is_no_module() -> None:
    found = behind(IMPORTS, "data = data.load('rye')", "data.describe()")
    assert found == Behind((), (), ('harvest.data.load("rye")',))


def test_plumbing_magics_and_other_languages_are_no_programs() -> None:
    glued = "from myst_nb import glue\nglue('n', 1, display=False)"
    assert behind("%matplotlib inline\n!ls", glued) == Behind()
    assert behind("%%bash\nls -la | sort") == Behind()
    assert behind("from harvest import ALL", "ALL.values()") == Behind()


def test_what_a_page_does_not_show_is_no_exhibit(tmp_path: Path) -> None:
    new = nbformat.v4
    cells = []
    for tag in ("hide-input", "remove-cell", "remove-output"):
        outputs = [
            new.new_output("display_data", data=FIGURE),
            new.new_output("execute_result", data=TABLE),
        ]
        metadata = {"tags": [tag]}
        cells.append(new.new_code_cell("1", outputs=outputs, metadata=metadata))
    page = Page("chapter", tmp_path / "chapter.ipynb", tmp_path, tmp_path)
    page.executed.parent.mkdir(parents=True)
    page.executed.write_text(nbformat.writes(new.new_notebook(cells=cells)))
    found = [(exhibit.kind, exhibit.cell) for exhibit in exhibits_of(page)]
    assert found == [("figure", 0), ("table", 0)]


def test_the_list_of_exhibits_has_a_row_for_each_with_its_model_and_data(
    book: Book,
) -> None:
    book.write(
        "harvest.py", "def load(crop): return [1, 2, 3]\ndef show(it): return it"
    )
    book.write_notebook(
        "chapter.ipynb",
        "import harvest\nrye = harvest.load(region)",
        "from IPython.display import Markdown\nharvest.show(rye)\n"
        "Markdown('| n |\\n|---|\\n| 3 |')",
        "glue('x', float(len(rye)), display=False)",
        results="{region}",
    )
    book.write("index.md", "# Home\n\n```{exhibits}\n```\n")
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    first, second = BeautifulSoup(book.page("index"), "html.parser").select("table")
    for table, title, region in (
        (first, "A notebook", "north"),
        (second, "The other chapter", "south"),
    ):
        rows = [
            [it.get_text().strip() for it in row(["th", "td"])] for row in table("tr")
        ]
        assert rows == [
            ["exhibit", "kind", "made by", "model and data"],
            [title, "table", "harvest.show", f'harvest.load("{region}")'],
            [
                f"{title} (1): x",
                "numbers",
                "the cell itself",
                f'harvest.load("{region}")',
            ],
        ]
