"""Where a link to a result arrives, and which ways lead on from there."""

from __future__ import annotations

import re

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from papermill_pages.arrivals import Entry
from small_book import Book, make_book

IMPORTS = "from IPython.display import Markdown\nfrom myst_nb import glue"
TABLE = (
    r"| year | mm | hours |\n|---|---|---|\n| 1999 | 7,125 | 0.23 |\n"
    r"| 2000 | 9 | 25 |\n| 2001 | 25 | 9 |\n| 2002 | 31 | 31 |"
)
PRINTED = r"| printed |\n|---|\n| 7125 |"
FIGURE = (
    "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1))\nplt.plot([1, 2]);"
)
HEAD = """# A notebook

## Of {glue:text}`stated:.1f`

It rained {glue:text}`stated:.1f` mm, or {glue:text}`stated:.2f`, [see
{glue:text}`linked:d`](index.md). The table has {glue:text}`rested:d`.
"""


def glued(**values: object) -> str:
    return "\n".join(
        f"glue({name!r}, {value!r}, display=False)" for name, value in values.items()
    )


CELLS: list[tuple[str, str, dict[str, object]]] = [
    ("", IMPORTS, {}),
    (
        "",
        f'Markdown("{PRINTED}")',
        {"mystnb": {"table": {"caption": "Printed", "name": "tab-printed"}}},
    ),
    ("", "one = 1", {}),
    (
        "remove-cell",
        glued(stated=2.345, linked=4),
        {},
    ),
    (
        "",
        f"{glued(rain=7125, sun=0.2345, twice=25, thrice=31, year=1999, unseen=0.5)}\n"
        f'Markdown("{TABLE}")',
        {},
    ),
    ("remove-cell", glued(near=7125.25, nowhere=8.1234), {}),
    ("", f"{glued(slope=-3.5)}\n{FIGURE}", {"mystnb": {"figure": {"caption": "Up"}}}),
    (
        "",
        glued(rested=5),
        {"papermill_pages": {"rests_on": {"tab-printed": "a printed cell"}}},
    ),
    (
        "hide-output",
        f'{glued(folded=0.777)}\nMarkdown("| a |\\n|---|\\n| 0.777 |")',
        {},
    ),
]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    book = make_book(tmp_path_factory.mktemp("arrivals"), ["north", "south", "third"])
    book.configure()
    config = (book.root / "_config.yml").read_text()
    own = "  config:\n    nb_render_markdown_format: myst\n"
    book.write("_config.yml", config.replace("  config:\n", own))
    new = nbformat.v4
    cells = [new.new_markdown_cell(HEAD, id="head")]
    tags = {"tags": ["parameters", "remove-cell"]}
    cells.append(new.new_code_cell('table: str = "T1"', id="p", metadata=tags))
    cells += [
        new.new_code_cell(code, id=f"c{i}", metadata={"tags": tag.split(), **metadata})
        for i, (tag, code, metadata) in enumerate(CELLS)
    ]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "P", "language": "python"},
        "language_info": {"name": "python"},
        "papermill_pages": {
            "results": "{table}",
            "rests_on": {"tab-printed": "the printed {table}"},
        },
    }
    notebook = new.new_notebook(cells=cells, metadata=metadata)
    book.write("north.ipynb", nbformat.writes(notebook))
    book.write_run("south.run.yml", notebook="north.ipynb", parameters={"table": "T2"})
    book.write("third.md", "# Third\n\nFrom {glue:text}`south.run.yml::stated:.1f`.\n")
    linked = "[{glue:text}`north.ipynb::stated:.2f`](third.md)"
    book.write("index.md", f"# Home\n\nIn a link: {linked}.\n")
    ended = book.build("--warningiserror", "--nitpick")
    assert ended.returncode == 0, ended.stdout
    return book


def soup(book: Book, page: str) -> BeautifulSoup:
    return BeautifulSoup(book.page(page), "html.parser")


def place(book: Book, name: str, page: str = "south", prefix: str = "t2") -> Tag:
    found = soup(book, page).find_all(id=f"result-{prefix}-{name}")
    assert len(found) == 1, name
    (target,) = found
    assert isinstance(target, Tag)
    # docutils writes the second id of a place as an empty element in it.
    return target if target.get_text() or target.parent is None else target.parent


def ways_on(target: Tag) -> dict[str, str]:
    link = target.find_parent("a") or target
    ways = {}
    for way in link.find_next_siblings():
        if "way-on" not in (way.get("class") or ()):
            break
        ways[str(way["data-words"])] = str(way["href"])
    return ways


def code_of(book: Book, address: str, page: str = "south") -> str:
    cell = soup(book, page).find(id=address.removeprefix("#"))
    assert isinstance(cell, Tag)
    return cell.select(".cell_input pre")[0].get_text().strip()


def test_a_result_is_met_in_the_first_sentence_that_states_it(book: Book) -> None:
    link = soup(book, "third").find("a", string="2.3")
    assert isinstance(link, Tag)
    assert str(link["href"]) == "south.html#result-t2-stated"
    target = place(book, "stated")
    assert target.get_text() == "2.3"
    sentence = target.find_parent("p")
    assert sentence is not None
    assert sentence.get_text().startswith("It rained 2.3 mm, or 2.35")


def test_a_value_of_the_page_is_a_link_to_the_code_that_computed_it(book: Book) -> None:
    page = soup(book, "south")
    computed = page.select("p a.computed")
    assert [link.get_text() for link in computed] == ["2.3", "2.35", "5"]
    assert [code_of(book, str(link["href"])) for link in computed[:2]] == [
        "one = 1"
    ] * 2
    assert {str(link["title"]) for link in computed} == {
        "To the code that computed this value"
    }
    # No link stands in another, and none in a heading.
    assert page.select("a a, h2 a.computed") == []


def test_a_value_in_a_link_of_the_authors_is_a_part_of_that_link(book: Book) -> None:
    (link,) = soup(book, "index").select("p:has(.pasted-text) a")
    assert link["href"] == "third.html"
    assert link.get_text() == "2.35"


def test_ways_on_stand_only_where_a_link_arrives_and_hold_no_text(book: Book) -> None:
    values = soup(book, "south").select("p a.computed .pasted-text")
    assert [list(ways_on(value)) for value in values] == [
        ["code", "the printed T2"],
        [],
        ["code", "a printed cell"],
    ]
    for way in soup(book, "south").select("a.way-on"):
        assert way.get_text() == ""
        assert way["aria-label"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rain", "7,125"),
        ("sun", "0.23"),
        ("thrice", "31"),  # twice in one row
        ("near", "7,125"),  # of another cell, whose table states it
        ("folded", "0.777"),
    ],
)
def test_a_result_without_a_sentence_is_met_in_the_table_that_shows_it(
    book: Book, name: str, text: str
) -> None:
    target = place(book, name)
    assert target.get_text() == text
    assert target.find_parent("td") is not None
    assert list(ways_on(target)) == ["code", "the printed T2"]


@pytest.mark.parametrize("name", ["twice", "year", "unseen"])
def test_where_a_table_shows_a_value_twice_or_not_the_table_is_met(
    book: Book, name: str
) -> None:
    target = place(book, name)
    assert "cell_output" in (target.get("class") or ())
    assert "7,125" in target.get_text()


@pytest.mark.parametrize(
    ("value", "expected"), [(10**400, False), (-(10**400), False), (7200, True)]
)
def test_a_number_that_is_too_long_for_a_table_is_not_shown(
    value: int, *, expected: bool
) -> None:
    cells = ("7200", (7200.0, 0, 4)), ("9" * 400, (float("9" * 400), 0, 400))
    shown = [Entry(nodes.entry(), text, (number,)) for text, number in cells]
    assert any(it.states(value, 1) for it in shown) is expected


def test_a_result_of_a_cell_that_draws_is_met_at_its_figure(book: Book) -> None:
    assert place(book, "slope").name == "figure"


def test_what_nothing_states_is_met_at_its_cell(book: Book) -> None:
    target = place(book, "nowhere")
    assert "cell" in (target.get("class") or ())


def test_a_result_leads_on_to_what_its_own_page_printed(book: Book) -> None:
    for page, prefix in (("north", "t1"), ("south", "t2")):
        target = place(book, "stated", page, prefix)
        address = ways_on(target)[f"the printed {prefix.upper()}"]
        printed = soup(book, page).find(id=address.removeprefix("#"))
        assert isinstance(printed, Tag)
        assert printed.name == "table"
        assert "7125" in printed.get_text()


def test_a_label_that_is_not_there_is_told(book: Book) -> None:
    book.replace("north.ipynb", '"tab-printed": "the printed', '"tab-x": "the printed')
    ended = book.build()
    assert "a result rests on 'tab-x', which is no label" in ended.stdout
    book.replace("north.ipynb", '"tab-x": "the printed', '"tab-printed": "the printed')


@pytest.mark.parametrize("wrong", ['["tab-printed"]', '{"tab-printed": 1}'])
def test_what_results_rest_on_must_map_labels_to_words(book: Book, wrong: str) -> None:
    path = book.root / "north.ipynb"
    source = path.read_text()
    changed = re.sub(r'("rests_on": )\{[^{}]*\{table\}"\s*\}', rf"\g<1>{wrong}", source)
    path.write_text(changed)
    try:
        ended = book.build()
    finally:
        path.write_text(source)
    assert ended.returncode != 0
    assert "'rests_on' in its metadata must map labels to words" in ended.stdout
