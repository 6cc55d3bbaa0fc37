"""A small book that is told where it will be published, and its history."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image
from pybtex.database import parse_string
from small_book import CONFIG, Book, make_book
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

from book_site.addresses import files_of_book, use_addresses
from book_site.history import is_complete, last_change
from book_site.markdown import read_front_matter

SITE = "https://example.org/some/book"
REPOSITORY = "https://github.com/someone/book"
TOLD = {
    "BOOK_URL": SITE,
    "BOOK_REPOSITORY_URL": f"{REPOSITORY}.git",
    "BOOK_REPOSITORY_REF": "0123abc",
    "BOOK_PDF": "printed.pdf",
    "PYTHONPATH": ".",
}
CARD = """
from matplotlib.figure import Figure

def draw():
    return Figure(figsize=(12, 6.3))
"""
WITH_A_FORMULA = """# Home

```{include} part.md
```

Half is $\\frac{1}{2}$, and

$$
a^2 + b^2
$$ (pythagoras)
"""


WORDS = """# Words and works

A {term}`slope <Slope>` is *steep* or not, as {cite:t}`sen` says and {cite:p}`sen,two`.
It costs 5 % of $x_1$ [^note].

[^note]: A `note`.

:::{note}
Mind | this.
:::

1. One

   and more
2. Two

| name | value |
|:---|---:|
| a \\| b | 1 |

:::{glossary}
Slope
  How steep a line is.
:::

:::{bibliography}
:::
"""
WORKS = """
@article{sen, author = {Sen, Pranab Kumar}, title = {On {Kendall}'s tau},
  journal = {Statistics}, volume = {63}, number = {324}, pages = {1379--1389},
  year = {1968}, doi = {10.1/a<b>}, annote = {The median of slopes}}
@book{two, author = {One, Ann B. and Two, Bob and Three, Cy}, title = {Lines},
  publisher = {A Press}}
"""
AS_MARKDOWN = """# Words and works

A [slope](#term-Slope) is *steep* or not, as Sen ([1968](#work-1-sen)) says and \
([One *et al.*, n.d.](#work-1-two); [Sen, 1968](#work-1-sen)). \
It costs 5 % of $x_1$ [^1].

> **Note**
>
> Mind \\| this.

1. One

   and more

2. Two

| name | value |
| --- | ---: |
| a \\| b | 1 |

**Slope**

How steep a line is.

One, Ann B., Bob Two, and Cy Three. n.d. *Lines.* A Press.

Sen, Pranab Kumar. 1968. “On Kendall’s tau.” *Statistics* 63 (324): 1379–1389. \
[https://doi.org/10.1/a%3Cb%3E](https://doi.org/10.1/a%3Cb%3E). The median of slopes.

---

[^1]: A `note`.
"""


def commit(root: Path, day: str) -> None:
    at = {"GIT_AUTHOR_DATE": f"{day}T23:30:00-0500"}
    at["GIT_COMMITTER_DATE"] = at["GIT_AUTHOR_DATE"]
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", day]):
        subprocess.run(
            ["git", "-c", "init.defaultBranch=main", *command],
            cwd=root,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(root), **at},
            check=True,
        )


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A book that was published, changed, committed and published again."""
    book = make_book(tmp_path_factory.mktemp("published"))
    sphinx: dict[str, Any] = {
        "extra_extensions": ["sphinxcontrib.bibtex", "papermill_pages", "book_site"],
        "config": {
            "bibtex_bibfiles": ["works.bib"],
            "bibtex_default_style": "author_date",
            "bibtex_reference_style": "author_date",
            "bibtex_cite_id": "work-{bibliography_count}-{key}",
            "book_site_card": "card:draw",
            "papermill_pages": {"distributions": ["small"]},
            "html_theme_options": {"article_footer_items": ["cite.html"]},
        },
    }
    book.write(
        "_config.yml",
        yaml.safe_dump({**CONFIG, "author": "Ann Author", "sphinx": sphinx}),
    )
    book.write("card.py", CARD)
    book.write("index.md", WITH_A_FORMULA)
    book.write("part.md", "What the book is about.\n")
    book.write("words.md", WORDS)
    book.write("works.bib", WORKS)
    book.write("printed.pdf", "a PDF")
    book.list_pages("chapter", "other", "words")
    source = "A {term}`slope <Slope>` of {cite:t}`sen`, {cite:p}`two` and more."
    book.replace("chapter.ipynb", "See {glue", f"{source} {{glue")
    book.write(".gitignore", "_build/\n.pytask/\npytask.lock*\n__pycache__/\n")
    commit(book.root, "2026-03-01")
    ended = book.build("--warningiserror", env=TOLD)
    assert ended.returncode == 0, ended.stdout
    assert "2 March 2026" in book.page("chapter")
    book.replace("part.md", "What the book", "What this book")
    commit(book.root, "2026-03-05")
    ended = book.build("--warningiserror", env=TOLD)
    assert ended.returncode == 0, ended.stdout
    return book


def soup_of(book: Book, page: str) -> BeautifulSoup:
    return BeautifulSoup(book.page(page), "html.parser")


def properties(page: BeautifulSoup) -> Mapping[str, str]:
    return {
        str(meta.get("property") or meta.get("name")): str(meta["content"])
        for meta in page.select("meta[content]")
    }


def test_the_menu_of_downloads_offers_the_pdf_and_the_results_and_prints(
    book: Book,
) -> None:
    site = book.root / "_build/html"
    for page, more in (("chapter", {"All results: results.json"}), ("words", set())):
        menu = soup_of(book, page).select(".dropdown-download-buttons .dropdown-item")
        offered = {item.get_text(strip=True): item for item in menu}
        assert {"Print this page", "The whole book (.pdf)"} | more <= set(offered)
        assert ".pdf" not in offered
        for item in menu:
            if item.name == "a":
                assert (site / str(item["href"])).is_file()
    assert (site / "printed.pdf").read_text(encoding="utf-8") == "a PDF"
    results = (book.root / "_build/results.json").read_bytes()
    assert (site / "results.json").read_bytes() == results


@pytest.mark.parametrize("kind", ["PDF", "EPUB"])
def test_a_file_of_the_book_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for variable in ("BOOK_PDF", "BOOK_EPUB"):
        monkeypatch.delenv(variable, raising=False)
    assert files_of_book(tmp_path) == {}
    monkeypatch.setenv(f"BOOK_{kind}", "book.file")
    with pytest.raises(ConfigError, match=f"no file; make the {kind} first"):
        files_of_book(tmp_path)
    (tmp_path / "book.file").touch()
    assert files_of_book(tmp_path) == {kind: tmp_path / "book.file"}


def test_a_shared_link_shows_title_description_and_card(book: Book) -> None:
    found = properties(soup_of(book, "index"))
    assert found["og:title"] == "Home"
    assert found["og:site_name"] == "A small book"
    assert found["og:description"] == found["description"] == "What this book is about."
    assert found["og:url"] == f"{SITE}/index.html"
    assert found["og:image"] == f"{SITE}/_static/card.png"
    assert found["twitter:card"] == "summary_large_image"
    with Image.open(book.root / "_build/html/_static/card.png") as card:
        assert card.size == (1200, 630)
        assert (int(found["og:image:width"]), int(found["og:image:height"])) == (
            card.size
        )


def test_a_page_says_how_to_cite_it(book: Book) -> None:
    cite = soup_of(book, "chapter").select_one(".cite")
    assert cite is not None
    words = " ".join(cite.get_text().split())
    assert "Ann Author. 2026. “A notebook.” In A small book." in words
    assert "Page last changed on 2 March 2026." in words
    assert f"{SITE}/chapter.html" in words
    entry = parse_string(cite.select("pre")[0].get_text(), "bibtex").entries
    assert entry["chapter-2026"].fields["url"] == f"{SITE}/chapter.html"


def test_programs_find_the_page_by_its_whole_address(book: Book) -> None:
    page = soup_of(book, "chapter")
    assert properties(page)["citation_fulltext_html_url"] == f"{SITE}/chapter.html"
    assert properties(page)["citation_publication_date"] == "2026/03/02"
    script = page.select_one('script[type="application/ld+json"]')
    assert script is not None
    described = json.loads(str(script.string))
    assert described["url"] == f"{SITE}/chapter.html"
    assert described["isPartOf"]["@id"] == f"{SITE}/index.html#book"
    summary = (book.root / "_build/html/llms.txt").read_text(encoding="utf-8")
    assert f"- [A notebook]({SITE}/chapter.md)" in summary


def test_a_page_of_words_and_works_is_there_as_markdown(book: Book) -> None:
    text = (book.root / "_build/html/words.md").read_text(encoding="utf-8")
    known = read_front_matter(text)
    assert known["page"] == f"{SITE}/words.html"
    assert text.partition("---\n\n")[2] == AS_MARKDOWN.replace("\\\n", "")


def test_a_downloaded_notebook_names_terms_and_works(book: Book) -> None:
    text = (book.root / "_build/html/chapter.ipynb").read_text(encoding="utf-8")
    words = "".join(json.loads(text)["cells"][1]["source"])
    assert (
        f"A [slope]({SITE}/words.html#term-Slope) of [Sen (1968)]"
        f"({SITE}/words.html#work-1-sen), [(One et al., n.d.)]"
        f"({SITE}/words.html#work-1-two) and more."
    ) in words


def test_buttons_lead_to_the_repository_and_to_the_notebook_of_a_run(
    book: Book,
) -> None:
    for page, source in (("chapter", "chapter.ipynb"), ("other", "other.run.yml")):
        links = [str(link["href"]) for link in soup_of(book, page).select("a[href]")]
        assert REPOSITORY in links
        assert f"{REPOSITORY}/blob/0123abc/{source}?plain=1" in links
        assert (
            "https://mybinder.org/v2/gh/someone/book/0123abc"
            "?urlpath=lab/tree/chapter.ipynb"
        ) in links


def test_a_downloaded_notebook_names_the_commit_to_install(book: Book) -> None:
    text = (book.root / "_build/html/other.ipynb").read_text(encoding="utf-8")
    note = "".join(json.loads(text)["cells"][0]["source"])
    assert f'pip install "small @ git+{REPOSITORY}@0123abc"' in note


def test_the_page_of_a_missing_page_begins_where_the_site_begins(book: Book) -> None:
    base = soup_of(book, "404").select_one("base")
    assert base is not None
    assert base["href"] == "/some/book/"


def test_a_formula_needs_no_script(book: Book) -> None:
    page = soup_of(book, "index")
    assert page.select_one("math mfrac") is not None
    assert page.select_one("div.math#equation-pythagoras math[display=block]")
    assert "mathjax" not in "".join(map(str, page.select("script"))).lower()
    number = page.select_one("div.math .eqno")
    assert number is not None
    assert number.get_text().startswith("(1)")
    assert number.select_one("a[href='#equation-pythagoras']") is not None


def test_a_page_loads_the_scripts_that_it_uses_at_its_end_and_no_icons(
    book: Book,
) -> None:
    buttons = {"clipboard.min.js", "code_switch.js", "copybutton.js"}
    for page, expected in (("index", set()), ("chapter", buttons)):
        loaded = [
            str(script["src"]).partition("?")[0].rpartition("/")[2]
            for script in soup_of(book, page).select("body script[src]")
        ]
        assert "doctools.js" in loaded
        assert buttons & {*loaded} == expected
        assert "fontawesome" not in book.page(page)
    assert soup_of(book, "index").select("head script[src]") == []


def test_a_commit_dates_the_pages_that_it_changed_and_no_others(book: Book) -> None:
    assert "Last updated on 6 March 2026." in book.page("index")
    assert "Last updated on 2 March 2026." in book.page("chapter")
    assert "Last updated on 2 March 2026." in book.page("other")


def test_a_site_brought_up_to_date_is_one_built_anew(book: Book) -> None:
    # Every page lists the titles of all.
    book.write("more.md", "# One page more\n")
    book.list_pages("chapter", "other", "words", "more")
    ended = book.build("--warningiserror", env=TOLD)
    assert ended.returncode == 0, ended.stdout
    before = book.site()
    assert "One page more" in book.page("chapter")
    book.write("card.py", CARD)  # the same, at another time
    assert book.run("jupyter-book", "clean", ".", "--html").returncode == 0
    ended = book.build("--warningiserror", env=TOLD)
    assert ended.returncode == 0, ended.stdout
    after = book.site()
    assert sorted(before) == sorted(after)
    assert [name for name in after if after[name] != before[name]] == []


def test_a_page_is_dated_by_the_latest_commit_to_its_files_in_utc(
    tmp_path: Path,
) -> None:
    for name, day in (("a.md", "2026-01-31"), ("b.md", "2026-02-01")):
        (tmp_path / name).write_text(day)
        commit(tmp_path, day)
    (tmp_path / "c.md").write_text("new")
    files = {name: tmp_path / f"{name}.md" for name in "abc"}
    assert is_complete(tmp_path)
    assert last_change([files["a"]], tmp_path) == "1 February 2026"
    assert last_change([files["a"], files["b"]], tmp_path) == "2 February 2026"
    assert last_change([files["c"]], tmp_path) == ""
    shallow = tmp_path / "shallow"
    clone = ["git", "clone", "-q", "--depth=1", f"file://{tmp_path}", str(shallow)]
    subprocess.run(clone, check=True)
    assert not is_complete(shallow)


def test_without_a_repository_no_page_has_a_date(tmp_path: Path) -> None:
    assert not is_complete(tmp_path)
    assert last_change([tmp_path / "a.md"], tmp_path) == ""


def test_the_pdf_says_where_the_site_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOK_URL", SITE)
    config = Config()
    config.add("typst_title_page", {"imprint": ["Text CC0."]}, "", dict)
    use_addresses(cast(Sphinx, None), config)
    said = config["typst_title_page"]["imprint"]
    assert said == ["Text CC0.", f"On the web: {SITE}/"]


@pytest.mark.parametrize("variable", ["BOOK_URL", "BOOK_REPOSITORY_URL"])
def test_an_address_that_is_none_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "example.org/book")
    with pytest.raises(ConfigError, match=f"{variable} is 'example.org/book'; it must"):
        use_addresses(cast(Sphinx, None), Config())
