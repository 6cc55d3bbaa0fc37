"""What a notebook's text is outside its book: Markdown without MyST."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from papermill_pages.plain_markdown import Link, to_plain
from small_book import Book, make_book

EXTENSIONS = ["colon_fence", "dollarmath", "attrs_inline", "attrs_block", "amsmath"]


class Known:
    """References to one value, one page and one label."""

    def value(self, content: str) -> str | None:
        return {"n:d": "7", "name": "a*b|c"}.get(content)

    def link(self, target: str) -> Link | None:
        known = {"rain.ipynb": "rain.html", "#wet": "rain.html#wet"}
        return Link("Rain", known[target]) if target in known else None

    def role(self, name: str, target: str, text: str | None) -> Link | None:
        if (name, target) == ("ref", "wet"):
            return Link(text or "Wet days", "rain.html#wet")
        return None


def plain(source: str) -> str:
    return to_plain(source, Known(), EXTENSIONS)


@pytest.mark.parametrize(
    ("myst", "markdown"),
    [
        # values
        ("Of {glue:text}`n:d` days", "Of 7 days"),
        ("| {glue:text}`name` |\n|---|\n| x |", "| a\\*b\\|c |\n|---|\n| x |"),
        ("We counted\n{glue:text}`n:d`. Then", "We counted\n7\\. Then"),
        ("**{glue:text}`n:d`** {glue:text}`other`", "**7** {glue:text}`other`"),
        # links
        ("See [](rain.ipynb).", "See [Rain](rain.html)."),
        ("[the *rain*](rain.ipynb)", "[the *rain*](rain.html)"),
        ("[{glue:text}`n:d` days](#wet)", "[7 days](rain.html#wet)"),
        ("[x](https://example.org/a)", "[x](https://example.org/a)"),
        ('[x](other.csv "Data") ![y](y.png)', '[x](other.csv "Data") ![y](y.png)'),
        ("{ref}`wet`, {ref}`these\ndays <wet>`", None),
        # anchors and attributes
        ("[12]{#printed-12} | [a](rain.ipynb){.b}", "12 | [a](rain.html)"),
        ("`x`{.python} ![y](y.png){width=3em}", "`x` ![y](y.png)"),
        ("(wet)=\n# Wet days", "# Wet days"),
        ("{#wet .wide}\n| a |\n|---|", "| a |\n|---|"),
        ("% for authors\nText\n\n+++\n\nMore", "Text\n\n\nMore"),
        # code and mathematics
        ("``{glue:text}`n:d` ``", "``{glue:text}`n:d` ``"),
        ("$[a](rain.ipynb){b}$ costs", "$[a](rain.ipynb){b}$ costs"),
        ("```\n[](rain.ipynb)\n```", "```\n[](rain.ipynb)\n```"),
        ("    [](rain.ipynb)", "    [](rain.ipynb)"),
        ("$$\nx = 1\n$$ (one)", "$$\nx = 1\n$$"),
        ("{math}`x^2`, m{sup}`2`", "$x^2$, m<sup>2</sup>"),
        ("```{code-block} r\n:linenos:\nlm(y ~ x)\n```", "```r\nlm(y ~ x)\n```"),
        ("```{math}\n:label: one\nx = 1\n```", "$$\nx = 1\n$$"),
        (
            "```{explore} a.sweep.yml\n:fixed: x\n\nfig-rain\n```",
            "> On the page of the site, a reader can choose a point of `a.sweep.yml` "
            "here.",
        ),
        # what is not known stays
        ("{cite}`author` and {ref}`lost`", "{cite}`author` and {ref}`lost`"),
        (":::{grid}\n[](rain.ipynb)\n:::", ":::{grid}\n[](rain.ipynb)\n:::"),
        ("Set {a, b} in [1, 2] (c)", "Set {a, b} in [1, 2] (c)"),
    ],
)
def test_myst_becomes_markdown(myst: str, markdown: str | None) -> None:
    if markdown is None:
        markdown = "[Wet days](rain.html#wet), [these\ndays](rain.html#wet)"
    assert plain(myst) == markdown


def test_an_admonition_is_a_quotation_under_its_title() -> None:
    source = (
        ":::{admonition} Try it\n:class: tip\n1. Set `n = 1`.\n"
        "2. See [](rain.ipynb).\n:::\n\nAfter it."
    )
    assert plain(source) == (
        "> **Try it**\n>\n> 1. Set `n = 1`.\n> 2. See [Rain](rain.html).\n\nAfter it."
    )


@pytest.mark.parametrize("fence", ["```", ":::"])
def test_an_admonition_without_a_title_is_named_by_its_kind(fence: str) -> None:
    source = f"{fence}{{seealso}} [](rain.ipynb)\nand more\n{fence}"
    assert plain(source) == "> **See also**\n>\n> [Rain](rain.html)\n> and more"


def test_admonitions_stay_where_they_are_nested() -> None:
    source = (
        "- first\n\n  ::::{note}\n  :::{tip}\n  {glue:text}`n:d`\n  :::\n  ::::\n- last"
    )
    assert plain(source) == (
        "- first\n\n  > **Note**\n  >\n  > > **Tip**\n  > >\n  > > 7\n- last"
    )


def test_a_table_stands_below_its_title() -> None:
    source = (
        ":::{table} What *it* is\n:name: it\n\n| a |\n|---|\n| {glue:text}`n:d` |\n:::"
    )
    assert plain(source) == "**What *it* is**\n\n| a |\n|---|\n| 7 |"


def test_dollars_are_prices_where_a_book_has_no_mathematics() -> None:
    source = "From $5 to {glue:text}`n:d` and $6"
    assert to_plain(source, Known()) == "From $5 to 7 and $6"


# The notebooks of the example


def text_cells(path: Path) -> list[str]:
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def words(html: str) -> str:
    return re.sub(r"[\s#]+", "", BeautifulSoup(html, "html.parser").get_text())


@pytest.mark.parametrize("page", ["station", "hill", "thresholds"])
def test_a_download_reads_as_its_page_does(example: Book, page: str) -> None:
    article = BeautifulSoup(example.page(page), "html.parser").select_one("article")
    note, *cells = text_cells(example.root / f"_build/html/{page}.ipynb")
    assert "The numbers in its text are those of the page" in note
    for cell in cells:
        text = cell.split("> On the page of the site")[0]  # where that has an explorer
        assert words(MarkdownIt().render(text)) in words(str(article))


def test_a_download_says_which_page_it_is_and_links_to_others(example: Book) -> None:
    note, _, *_, last = text_cells(example.root / "_build/html/hill.ipynb")
    assert note.startswith(
        "This notebook is the page [Rain on the hill](hill.html) of "
        "*Rain at two stations*."
    )
    assert last.startswith("> **Try it**\n>\n> 1. Set `wet = 5.0`.")
    assert "[What makes a day wet?](thresholds.html)" in last


def test_a_download_has_the_code_and_the_results_of_its_page(example: Book) -> None:
    executed, offered = (
        json.loads((example.root / f"_build/{path}").read_text(encoding="utf-8"))
        for path in ("executed/hill.ipynb", "html/hill.ipynb")
    )
    code = [
        [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        for notebook in (executed, offered)
    ]
    assert code[0] == code[1]
    assert offered["metadata"] == executed["metadata"]


def test_links_lead_to_the_published_site_where_the_book_names_it(
    tmp_path: Path,
) -> None:
    book = make_book(tmp_path)
    book.write("index.md", "(start)=\n# Home\n")
    source = (
        "# A notebook\n\n{glue:text}`other.run.yml::x:.2f` in [](other.run.yml#x), "
        "{doc}`index`, {ref}`start`, {ref}`the\n  start <start>`."
    )
    text = json.loads((tmp_path / "chapter.ipynb").read_text(encoding="utf-8"))
    text["cells"][0]["source"] = source
    book.write("chapter.ipynb", json.dumps(text))
    book.replace(
        "_config.yml",
        "papermill_pages:\n",
        "html_baseurl: https://example.org/rain/\n    papermill_pages:\n",
    )
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    _, head = text_cells(tmp_path / "_build/html/chapter.ipynb")
    site = "https://example.org/rain"
    assert head == (
        f"# A notebook\n\n2.86 in [The other chapter]({site}/other.html#x), "
        f"[Home]({site}/index.html), [Home]({site}/index.html#start), "
        f"[the start]({site}/index.html#start)."
    )
