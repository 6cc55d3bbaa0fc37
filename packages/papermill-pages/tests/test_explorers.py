"""Explorers: which points a reader can choose, and what she then sees."""

from __future__ import annotations

import base64
import json
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import papermill
import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from papermill_pages.errors import PlanError
from papermill_pages.explorers import explored_in, explorer_of
from papermill_pages.plan import plan_pages, plan_sweep
from papermill_pages.settings import Settings
from small_book import Book, make_book

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
PARAMETERS = """\
place: str = "north"  # where it rained {north, south}
first: int = 1992  # first year
last: int = 1996  # last year
"""
DRAW = """\
import matplotlib.pyplot as plt
from IPython.display import Markdown
plt.figure(figsize=(2, 1))
plt.plot([first, last], [len(place), last - first]);"""
TABLE = (
    'Markdown(f"| {place} | years |\\n|---|---|\\n| from {first} | {last - first} |")'
)
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
SAY = 'print(f"Rain of {place} from {first} to {last}: unlike{place}{first}{last}")'
GLUE = """\
from myst_nb import glue
glue("years", last - first, display=False)
glue("sentence", f"It was {place}, *not* east.", display=False)"""
# The south has no year before 1993, and every window at least two years.
GRID: list[dict[str, list[Any]]] = [
    {"place": [place], "first": [first], "last": list(range(first + 2, 1997))}
    for place, begins in (("north", 1992), ("south", 1993))
    for first in range(begins, 1995)
]
DIRECTIVE = """\
```{explore} rain.sweep.yml
:start: place=south, first=1993
:map: first, last, years:d
:note: Short windows **say** little.

fig-rain
tab-rain
words
sentence
```"""


def notebook(*cells: Any) -> str:
    made = nbformat.v4.new_notebook(
        cells=list(cells),
        metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}},
    )
    for number, cell in enumerate(made.cells):
        cell["id"] = f"c{number}"
    return nbformat.writes(made)


def code(source: str, **metadata: Any) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def text(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def described(kind: str, name: str) -> dict[str, Any]:
    return {kind: {"name": name, "caption": f"The caption of {name}"}}


def write_sweep(book: Book, **content: Any) -> None:
    given = {"notebook": "rain.ipynb", "grid": GRID, **content}
    book.write("rain.sweep.yml", yaml.safe_dump(given, sort_keys=False))


def make_explored(folder: Path, *pages: str, directive: str = DIRECTIVE) -> Book:
    """Make a book with a notebook, its sweep, and pages that explore it."""
    book = make_book(folder, [*pages])
    book.configure()
    book.write("index.md", "# Home\n")
    config = yaml.safe_load((book.root / "_config.yml").read_text())
    config["sphinx"]["config"]["nb_render_markdown_format"] = "myst"
    book.write("_config.yml", yaml.safe_dump(config))
    book.write(
        "rain.ipynb",
        notebook(
            text("# Rain"),
            code(PARAMETERS, tags=["parameters"]),
            code(DRAW, mystnb=described("figure", "fig-rain")),
            code(TABLE, mystnb=described("table", "tab-rain")),
            code(SAY, name="words"),
            code(GLUE),
        ),
    )
    write_sweep(book, labels={"place": {"north": "the north", "south": "the south"}})
    for page in pages:
        head = f"# Choose\n\nSee {{numref}}`{{}}fig-rain`.\n\n{directive}"
        scope = f"{page}." if len(pages) > 1 else ""
        later = code(PLOT, mystnb=described("figure", f"fig-{page}"))
        book.write(f"{page}.ipynb", notebook(text(head.replace("{}", scope)), later))
    return book


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A site with an explorer, built by Jupyter Book."""
    book = make_explored(tmp_path_factory.mktemp("explored") / "book", "choose")
    ended = book.build("--warningiserror", "--nitpick")
    assert ended.returncode == 0, ended.stdout
    return book


def facts(book: Book, page: str = "choose") -> dict[str, Any]:
    soup = BeautifulSoup(book.page(page), "html.parser")
    script = soup.select_one(".explorer script")
    assert script is not None
    told: dict[str, Any] = json.loads(script.get_text())
    return told


def told_of(book: Book, values: dict[str, Any]) -> dict[str, str]:
    """Return what the site has for a choice, which it does not show first."""
    known = facts(book)
    place = [
        control["texts"].index(str(values[control["name"]]))
        for control in known["controls"]
    ]
    name = known["files"][known["places"].index(place)]
    script = (book.root / "_build/html" / known["folder"] / f"{name}.js").read_text()
    given = re.fullmatch(r'papermillPages\.arrived\("(\w+)", (.*)\);\n', script)
    assert given is not None
    assert given[1] == name
    told: dict[str, str] = json.loads(given[2])
    return told


CHOICE = {"place": "the north", "first": 1993, "last": 1995}
GIVEN = {"place": "north", "first": 1993, "last": 1995}


# What a reader sees


def test_a_choice_shows_what_plain_papermill_gives(
    explored: Book, tmp_path: Path
) -> None:
    papermill.execute_notebook(
        explored.root / "rain.ipynb", tmp_path / "out.ipynb", GIVEN, progress_bar=False
    )
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    named = [it for it in cells if {"mystnb", "name"} & it.metadata.keys()]
    image, table, words = (cell.outputs for cell in named)
    told = told_of(explored, CHOICE)
    shown = BeautifulSoup(told["html"], "html.parser")
    picture = shown.select_one("figure img")
    assert isinstance(picture, Tag)
    site = explored.root / "_build/html"
    (drawn,) = (it.data["image/png"] for it in image if "image/png" in it.data)
    assert (site / str(picture["src"])).read_bytes() == base64.b64decode(drawn)
    lines = table[0].data["text/markdown"].split("\n")
    rows = [line.strip("| ").split(" | ") for line in lines]
    assert [it.get_text() for it in shown.select("th")] == rows[0]
    assert [it.get_text() for it in shown.select("td")] == rows[2]
    block = shown.select_one("pre")
    assert block is not None
    assert block.get_text() == words[0].text
    assert "It was north, *not* east." in shown.get_text()


def test_the_archive_of_a_choice_holds_what_papermill_made_of_the_shown_command(
    explored: Book,
) -> None:
    told = told_of(explored, CHOICE)
    command = shlex.split(told["command"])
    assert command[:2] == ["papermill", "rain.ipynb"]
    program = Path(sys.executable).parent / command[0]
    given = [program, *command[1:], "--no-progress-bar"]
    subprocess.run(given, cwd=explored.root, check=True, capture_output=True)
    made = nbformat.read(explored.root / command[2], as_version=4)
    (explored.root / command[2]).unlink()
    archive = explored.root / "_build/html" / unquote(told["notebook"])
    with zipfile.ZipFile(archive) as packed:
        (name,) = packed.namelist()
        kept = nbformat.reads(packed.read(name).decode(), as_version=4)
    assert name == "place=north,first=1993,last=1995.ipynb"
    assert [cell.get("outputs") for cell in kept.cells] == [
        cell.get("outputs") for cell in made.cells
    ]


def test_the_page_shows_one_point_and_says_what_else_there_is(explored: Book) -> None:
    soup = BeautifulSoup(explored.page("choose"), "html.parser")
    region = soup.select_one(".explorer-outputs")
    assert region is not None
    assert "unlikesouth19931995" in region.get_text()
    assert len(soup.select(".explorer-outputs figure")) == 1
    others = soup.select_one(".explorer-others")
    assert others is not None
    assert others.get_text() == (
        "9 combinations were executed in all: Where it rained: the north, the south; "
        "First year: 1992, 1993, 1994; Last year: 1994, 1995, 1996."
    )
    assert "Short windows say little." in soup.get_text()


def test_there_is_a_file_for_each_other_point_and_no_other(explored: Book) -> None:
    known = facts(explored)
    assert len(known["places"]) == 9
    assert known["files"][known["start"]] is None
    folder = explored.root / "_build/html" / known["folder"]
    named = {f"{name}.js" for name in known["files"] if name}
    assert {file.name for file in folder.iterdir()} == named
    assert len(named) == 8


def test_pictures_of_other_points_take_no_number_and_have_that_of_the_first(
    explored: Book,
) -> None:
    numbers = [
        caption.get_text()
        for caption in BeautifulSoup(explored.page("choose"), "html.parser").select(
            "figcaption .caption-number"
        )
    ]
    assert numbers == ["Fig. 1 ", "Fig. 2 "]
    told = BeautifulSoup(told_of(explored, CHOICE)["html"], "html.parser")
    assert [it.get_text() for it in told.select(".caption-number")] == [
        "Fig. 1 ",
        "Table 1 ",
    ]
    figure = told.select_one("figure")
    assert figure is not None
    assert figure["id"] == "fig-rain"


def test_the_search_knows_the_words_of_the_first_point_alone(explored: Book) -> None:
    index = (explored.root / "_build/html/searchindex.js").read_text()
    assert "unlikesouth19931995" in index
    assert "unlikenorth19931995" not in index


def test_other_builders_show_the_first_point_and_list_the_others(
    explored: Book,
) -> None:
    ended = explored.build("--builder", "custom", "--custom-builder", "text")
    assert ended.returncode == 0, ended.stdout
    page = (explored.root / "_build/text/choose.txt").read_text()
    assert "Shown: Where it rained: the south; First year: 1993; Last year: 1995." in (
        " ".join(page.split())
    )
    assert "unlikesouth19931995" in page
    assert "unlikenorth" not in page
    assert "9 combinations were executed in all" in page
    # The site is as it was: Sphinx reads a page once for all builders.
    ended = explored.build("--warningiserror")
    assert ended.returncode == 0, ended.stdout
    assert "unlikenorth" not in explored.page("choose")


# When the sweep changes


def site_of(book: Book) -> dict[str, bytes]:
    site = book.root / "_build/html"
    return {
        str(file.relative_to(site)): file.read_bytes()
        for file in sorted(site.rglob("*"))
        if file.is_file() and file.name not in (".buildinfo", "environment.pickle")
    }


def test_a_point_that_goes_leaves_nothing_and_a_new_one_is_there(
    tmp_path: Path,
) -> None:
    directive = DIRECTIVE.replace(":map: first, last, years:d\n", "")
    book = make_explored(tmp_path / "old", "choose", directive=directive)
    assert book.build().returncode == 0
    grid = [{"place": ["south"], "first": [1993], "last": [1995, 1997]}]
    write_sweep(book, grid=grid)
    ended = book.build("--warningiserror")
    assert ended.returncode == 0, ended.stdout
    fresh = make_explored(tmp_path / "new", "choose", directive=directive)
    write_sweep(fresh, grid=grid)
    assert fresh.build().returncode == 0
    old, new = site_of(book), site_of(fresh)
    # Sphinx keeps pictures that no page shows any more.
    old = {name: it for name, it in old.items() if not name.startswith("_images")}
    new = {name: it for name, it in new.items() if not name.startswith("_images")}
    assert old.keys() == new.keys()
    assert [name for name in new if old[name] != new[name]] == []
    book.write("choose.ipynb", notebook(text("# No more"), code("1")))
    assert book.build().returncode == 0
    assert not (book.root / "_build/html/_explore").exists()


def test_a_point_that_fails_fails_the_build(tmp_path: Path) -> None:
    book = make_explored(tmp_path, "choose")
    book.replace("rain.ipynb", "plt.figure(", "1 / (first - 1993); plt.figure(")
    ended = book.build()
    assert ended.returncode == 1
    assert "rain.sweep.yml (place=" in ended.stdout  # whichever failed first
    assert "(place=south, first=1993, last=1995)" in ended.stdout
    assert "ZeroDivisionError" in ended.stdout
    assert "Traceback (most recent call last):\n  File" not in ended.stdout


def test_pages_that_explore_one_sweep_have_names_of_their_own(tmp_path: Path) -> None:
    book = make_explored(tmp_path, "choose", "again")
    ended = book.build("--warningiserror", "--nitpick")
    assert ended.returncode == 0, ended.stdout
    for page in ("choose", "again"):
        ids = re.findall(r'<figure[^>]* id="([^"]*)"', book.page(page))
        assert ids[0] == f"{page}-fig-rain"


# What is refused


@pytest.mark.parametrize(
    ("directive", "words"),
    [
        (
            DIRECTIVE.replace("rain.sweep", "rian.sweep"),
            "is no file (did you mean 'rain.sweep.yml'?)",
        ),
        (
            DIRECTIVE.replace("rain.sweep.yml", "../x.sweep.yml"),
            "leads out of the book",
        ),
    ],
)
def test_a_wrong_sweep_is_refused_before_anything_runs(
    tmp_path: Path, directive: str, words: str
) -> None:
    book = make_explored(tmp_path, "choose", directive=directive)
    with pytest.raises(PlanError, match=re.escape(words)) as raised:
        plan_pages(book.root, Settings())
    assert "choose.ipynb" in str(raised.value)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"plaice": {}}, "'plaice' (did you mean 'place'?)"),
        ({"place": {"nort": "x"}}, "'nort' (did you mean 'north'?)"),
        ({"place": "north"}, "must give 'place' a mapping"),
        ([1], "'labels' must be a mapping"),
    ],
)
def test_wrong_labels_are_refused(tmp_path: Path, labels: Any, words: str) -> None:
    book = make_explored(tmp_path, "choose")
    write_sweep(book, labels=labels)
    with pytest.raises(PlanError, match=re.escape(words)):
        plan_pages(book.root, Settings())


WRONG = {
    ":start: place=east": "no point with place=east",
    ":start: plaice=north": "':start:' names 'plaice'",
    ":start: first=017": "':start:': '017' is the number 15 in one version of YAML",
    ":start: north": "where 'parameter=value' belongs",
    ":fixed: year": "'year' is to be fixed, but the grid of the sweep has place, first",
    ":fixed: place": "'place' is to be fixed, but the page has no such parameter",
    ":map: first, last": "':map:' must name",
    ":map: first, last, sentence": "glues no number under 'sentence'",
    "fig-rein": "has no output 'fig-rein' (did you mean 'fig-rain'?)",
    "": "must name the outputs to show",
}


def test_each_mistake_of_a_directive_is_told_with_its_page(tmp_path: Path) -> None:
    pages = {f"p{number}": line for number, line in enumerate(WRONG)}
    book = make_explored(tmp_path, "choose")
    write_sweep(
        book, grid={"place": ["north"], "first": [1992, 1993], "last": [1995, 1996]}
    )
    for page, line in pages.items():
        body = line if line.startswith("fig") or not line else f"{line}\n\nwords"
        head = f"# Wrong\n\n```{{explore}} rain.sweep.yml\n{body}\n```"
        book.write(f"{page}.ipynb", notebook(text(head), code("1")))
    book.write("plain.md", f"# Plain\n\n{DIRECTIVE}\n")
    book.write("part.txt", DIRECTIVE)
    include = text("# Includes\n\n```{include} part.txt\n```")
    book.write("includes.ipynb", notebook(include, code("1")))
    book.list_pages("plain", "includes", *pages)
    ended = book.build()
    for page, line in pages.items():
        told = [it for it in ended.stdout.split("\n") if f"{page}.ipynb" in it]
        assert any(WRONG[line] in it for it in told), (line, told)
    assert "neither in an included file nor in reStructuredText" in ended.stdout
    told = [it for it in ended.stdout.split("\n") if "plain.md" in it]
    assert any("only a page that is executed can hold an explorer" in it for it in told)


# Which controls


def explorer(book: Book, given: dict[str, Any], *fixed: str, start: str = "") -> Any:
    sweep, _ = plan_sweep(book.root, book.root / "rain.sweep.yml", Settings())
    return explorer_of(sweep, given, start, fixed)


def test_a_control_suits_the_type_the_order_and_the_number_of_values(
    tmp_path: Path,
) -> None:
    book = make_explored(tmp_path, "choose")
    grid = {
        "place": ["south", "north"],
        "first": [1994, 1992, 1993],
        "last": list(range(2000, 1994, -1)),
    }
    write_sweep(book, grid=grid)
    place, first, last = explorer(book, {}).controls
    assert [it.kind for it in (place, first, last)] == ["buttons", "buttons", "range"]
    assert place.values == ("south", "north")
    assert first.values == (1992, 1993, 1994)
    assert last.texts == ("1995", "1996", "1997", "1998", "1999", "2000")
    assert [it.title for it in (place, first, last)] == [
        "Where it rained",
        "First year",
        "Last year",
    ]
    long = {"north": "the whole of the north " * 2, "south": "the south " * 3}
    write_sweep(book, grid=grid, labels={"place": long})
    assert explorer(book, {}).controls[0].kind == "list"


def test_it_starts_with_the_page_s_own_parameters_as_far_as_it_can(
    tmp_path: Path,
) -> None:
    book = make_explored(tmp_path, "choose")
    label = [it.label for it in explorer(book, {}).points]

    def starts(given: dict[str, Any], start: str = "") -> str:
        made = explorer(book, given, start=start)
        return str(made.points[made.start].label)

    assert starts({}) == label[0] == "place=north, first=1992, last=1994"
    assert starts({"place": "south", "first": 1992}) == (
        "place=south, first=1993, last=1995"
    )
    assert starts({"place": "south"}, "place=north, last=1996") == (
        "place=north, first=1992, last=1996"
    )


def test_a_fixed_parameter_is_no_control(tmp_path: Path) -> None:
    book = make_explored(tmp_path, "choose")
    made = explorer(book, {"place": "south"}, "place")
    assert [it.name for it in made.controls] == ["first", "last"]
    assert [it.label for it in made.points] == [
        "place=south, first=1993, last=1995",
        "place=south, first=1993, last=1996",
        "place=south, first=1994, last=1996",
    ]
    with pytest.raises(ValueError, match="no point with place=east"):
        explorer(book, {"place": "east"}, "place")


@pytest.mark.parametrize(
    "value",
    ["north", "1992", "1.5", "True", "None", "two words", "it's", "-1", "1e3", "nan"],
)
def test_the_command_gives_a_text_as_it_is(value: str) -> None:
    from papermill.cli import _resolve_type
    from papermill_pages.explorers import _option

    kind, name, given = _option("place", value)
    assert name == "place"
    arrived = _resolve_type(given) if kind == "-p" else given
    assert arrived == value
    assert isinstance(arrived, str)


# Where a directive counts


def test_a_directive_is_found_where_it_acts_and_nowhere_else(tmp_path: Path) -> None:
    cells = (
        text("```{explore} a.sweep.yml\nx\n```"),
        text(":::{admonition} Try it\n```{explore} b.sweep.yml\nx\n```\n:::"),
        text("````md\n```{explore} c.sweep.yml\nx\n```\n````"),
        text("````{code-block} md\n```{explore} d.sweep.yml\nx\n```\n````"),
        text("`{explore} e.sweep.yml`"),
        text(":::{explore} f.sweep.yml\nx\n:::\n\n```{explore} a.sweep.yml\ny\n```"),
        code("'''\n```{explore} g.sweep.yml\n```\n'''"),
    )
    file = tmp_path / "page.ipynb"
    file.write_text(notebook(*cells), encoding="utf-8")
    assert explored_in(file) == ["a.sweep.yml", "b.sweep.yml", "f.sweep.yml"]


def test_points_for_which_no_report_waits_are_left_for_the_end(tmp_path: Path) -> None:
    book = make_explored(tmp_path / "book", "choose")
    book.configure(jobs=1)
    others = ["one", "two", "three", "four"]
    for other in others:
        book.write(f"{other}.ipynb", notebook(text(f"# {other}"), code("1")))
    book.list_pages("choose", *others)
    ended = book.run("pytask")
    assert ended.returncode == 0
    order = re.findall(r"\d/14\] (\w+)[/:]", ended.stdout)
    assert sorted(order) == sorted(["choose", *others, *["rain"] * 9])
    # Tasks are handed over four at a time, of which the pages need not be the first.
    assert order[8:] == ["rain"] * 6
