"""A small book of everything that a page may hold, typeset."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pypdfium2
import pytest
from typst_builder.translator import _lowest

from .conftest import Book, alternatives

CONFIG = """
extensions = ["myst_parser", "typst_builder"]
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
typst_title_page = {"subtitle": "All of it", "imprint": ["At https://example.org/a."]}
"""

INDEX = r"""
# Signs & “quotes” \ #not [a] < b $1 *é*

Text with H{sub}`2`O and 10{sup}`3`, a note[^why], *slant*, **weight**, `co"de\`.

[^why]: Because of this note.

```{code-block} shell
:caption: In a terminal
make "it"
```

:::{note}
Mind this.
:::

term
: What it means.

3. third
4. fourth

- one

  with a second paragraph
- two

> quoted

```{toctree}
:caption: The part
other
```
"""

OTHER = """
# Other

See [the start](index.md), [a cell](#the-cell), [a remark](#remark),
<https://example.org/b>.

(remark)=
A remark.

```{list-table} What it counts
:header-rows: 1
:name: counts

* - year
  - number
* - 1992
  - [1,779]{#the-cell}
```

```{figure} drawing.svg
:alt: A square.

What it shows.
```
"""

WORKS = """
Works
=====

As [Sen68]_ shows, see :term:`slope`.

.. glossary::

   slope
      How steep a line is.

.. [Sen68] Sen, Pranab Kumar. 1968. *On slopes.*
"""

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    '<path d="M1 1H8V8H1z"/></svg>'
)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    book = Book(tmp_path)
    book.write("conf.py", CONFIG)
    book.write("index.md", INDEX)
    book.write("other.md", OTHER)
    book.write("drawing.svg", DRAWING)
    return book


def test_all_that_a_page_holds_stands_in_the_pdf_as_it_was_written(book: Book) -> None:
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    text = " ".join(book.pages())
    for part in (
        "Signs & “quotes” \\ #not [a] < b $1 é",
        'H2O and 103, a note1, slant, weight, co"de\\.',
        "Because of this note.",
        'In a terminal make "it"',
        "Note Mind this.",
        "term What it means.",
        "3. third 4. fourth",
        "with a second paragraph",
        "quoted",
        "Table 1. What it counts year number 1992 1,779",
        "Figure 1. What it shows.",
        "The part",
    ):
        assert part.casefold() in text.casefold(), text
    for address in ("https://example.org/a", "https://example.org/b"):
        assert address in links(pypdf.PdfReader(book.pdf).pages)


def test_a_work_and_a_term_are_typeset_and_led_to(book: Book) -> None:
    book.write("other.rst", WORKS)
    (book.root / "other.md").unlink()
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    *_, page = pypdf.PdfReader(book.pdf).pages
    text = " ".join(page.extract_text().split())
    assert "slope How steep a line is. [Sen68] Sen, Pranab Kumar. 1968. On" in text
    notes = [note.get_object() for note in page.annotations or ()]
    assert len([note for note in notes if note["/Subtype"] == "/Link"]) == 2


def test_a_long_text_in_a_table_leaves_the_words_of_other_columns_whole(
    book: Book,
) -> None:
    words = ["recomputed", "undeterminable", "internationally"]
    rows = [*words, "what a remark says at length " * 12]
    table = "".join(f"  - {cell}\n" for cell in rows).replace("  -", "* -", 1)
    book.write("other.md", f"# Other\n\n```{{list-table}}\n{table * 60}```\n")
    assert book.build().returncode == 0
    text = "".join(book.pages())
    assert [text.count(word) for word in words] == [60, 60, 60]


def test_a_table_has_the_number_by_which_the_text_calls_it_and_may_be_long(
    book: Book,
) -> None:
    numbered = 'numfig = True\nnumfig_format = {"table": "Table B%s"}\n'
    book.write("conf.py", CONFIG + numbered)
    long = OTHER.replace("* - 1992", "* - 1992\n  - 5\n" * 90 + "* - 1992")
    book.write("other.md", long.replace("# Other", "# Other\n\n{numref}`counts`"))
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    text = " ".join(book.pages())
    assert "Table B1 See" in text
    assert "Table B1. What it counts year number" in text
    assert text.count("1992 5") == 90
    assert "1992 1,779" in text


def test_the_room_of_a_table_goes_to_the_column_that_makes_its_rows_lowest() -> None:
    # A text thrice as long gets thrice the room; a short one no more than it needs.
    assert _lowest([[300, 100]], [1, 1], 80) == [60, 20]
    assert _lowest([[400, 5], [400, 40]], [5, 5], 50) == [45, 5]
    assert _lowest([[9, 9]], [20, 20], 30) == [20, 20]


CELLS = """---
file_format: mystnb
kernelspec: {name: python3}
---

# Cells
"""


def cell(number: int, tags: str) -> str:
    code = f'print("out" + str({number}))  # code{number}'
    return f"\n```{{code-cell}} python\n:tags: [{tags}]\n{code}\n```\n"


def test_code_is_typeset_unless_its_page_folds_it_away_or_removes_it(
    tmp_path: Path,
) -> None:
    tags = {
        "": {"code", "out"},
        "hide-input": {"out"},
        "remove-input": {"out"},
        "hide-output": {"code", "out"},
        "hide-cell": {"out"},
        "remove-output": {"code"},
        "remove-cell": set[str](),
    }
    book = Book(tmp_path)
    book.write("conf.py", 'extensions = ["myst_nb", "typst_builder"]\n')
    pages = "".join(cell(number, tag) for number, tag in enumerate(tags))
    book.write("index.md", CELLS + pages)
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    text = " ".join(book.pages())
    for number, (tag, shown) in enumerate(tags.items()):
        found = {what for what in ("code", "out") if f"{what}{number}" in text}
        assert found == shown, tag


GLUED = """
The slope is {glue:text}`slope:.2f`.

```{glue:md} frame
:format: myst
```

```{code-cell} python
:tags: [remove-cell]
from IPython.display import Markdown
from myst_nb import glue

glue("slope", 0.125, display=False)
table = Markdown("| term | per year |\\n|:---|---:|\\n| growth | −0.04 |")
glue("frame", table, display=False)
```

```{code-cell} python
:tags: [hide-input]
table
```
"""


def test_what_a_removed_cell_glues_is_typeset_and_numbers_stand_right(
    tmp_path: Path,
) -> None:
    book = Book(tmp_path)
    book.write(
        "conf.py",
        'extensions = ["myst_nb", "typst_builder"]\nnb_render_markdown_format = "myst"',
    )
    book.write("index.md", CELLS + GLUED)
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    text = " ".join(book.pages())
    assert "The slope is 0.12." in text
    assert text.count("term per year growth −0.04") == 2
    source = (book.root / "_build/typst/book.typ").read_text(encoding="utf-8")
    assert source.count("align: (left, right, )") == 2


def test_long_code_goes_on_in_the_next_line_and_on_the_next_page(
    book: Book,
) -> None:
    lines = [
        "x" * 300,
        "y " * 34 + "yy",
        *(f"number_{i} = {i}  # " + "z " * 60 for i in range(80)),
    ]
    code = "\n".join(lines)
    book.write("other.md", f"# Other\n\n```{{code-block}} python\n{code}\n```\n")
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    first, *rest = list(pypdfium2.PdfDocument(book.pdf))[3:]
    assert rest
    side = round(20 / 25.4 * 72)  # of the margin of 25 mm
    for page in (first, *rest):
        ink = page.render(scale=1, grayscale=True).to_numpy() < 250
        assert not ink[:, :side].any()
        assert not ink[:, -side:].any()
    letters = first.get_textpage().get_text_range()
    assert letters.count("x") == 300
    assert "y " * 34 + "yy" in letters  # a line of seventy stays whole


def links(pages: list[pypdf.PageObject]) -> set[str]:
    notes = (note.get_object() for page in pages for note in page.annotations or ())
    return {str(note["/A"]["/URI"]) for note in notes if "/URI" in note.get("/A", {})}


def test_the_same_commit_gives_the_same_bytes_in_any_time_zone(book: Book) -> None:
    made = []
    for zone, seed in (("UTC", "1"), ("Asia/Vladivostok", "2")):
        env = {"SOURCE_DATE_EPOCH": "1700000000", "TZ": zone, "PYTHONHASHSEED": seed}
        assert book.build(**env).returncode == 0
        made.append(book.pdf.read_bytes())
    assert made[0] == made[1]


def test_a_site_shows_what_changed_though_the_pdf_was_made_first(book: Book) -> None:
    book.write("other.md", "# Other\n\n```{literalinclude} numbers.txt\n```\n")
    for number, builders in {"1992": ["html"], "2005": ["typst", "html"]}.items():
        book.write("numbers.txt", number)
        for builder in builders:
            assert book.build(builder).returncode == 0
    assert "2005" in (book.root / "_build/html/other.html").read_text(encoding="utf-8")


UNKNOWN = """
from docutils import nodes
from docutils.parsers.rst import Directive

class oddity(nodes.Element):
    pass

class Odd(Directive):
    has_content = True

    def run(self):
        node = oddity()
        self.state.nested_parse(self.content, self.content_offset, node)
        node.line = self.lineno
        return [node]

def setup(app):
    app.add_directive("odd", Odd)
"""


def test_an_unknown_element_is_named_and_what_it_holds_is_typeset(book: Book) -> None:
    book.write("odd.py", UNKNOWN)
    here = "import sys\nsys.path.insert(0, '.')\n"
    book.write("conf.py", here + CONFIG.replace('["', '["odd", "', 1))
    book.write("other.md", "# Other\n\n```{odd}\nA remark.\n```\n")
    ended = book.build(strict=False)
    assert ended.returncode == 0
    assert "other.md:3: WARNING: the Typst builder does not know" in ended.stdout
    assert "'oddity'" in ended.stdout
    assert "A remark." in book.pages()[-1]


def test_a_figure_without_words_for_those_who_do_not_see_it_is_named(
    book: Book,
) -> None:
    book.write("other.md", OTHER.replace(":alt: A square.\n", ""))
    ended = book.build(strict=False)
    assert ended.returncode == 0
    assert "other.md:20: WARNING: this picture has no alternative" in ended.stdout
    # PDF/UA asks for words: the caption's are the nearest.
    assert "What it shows." in set(alternatives(pypdf.PdfReader(book.pdf)))
    assert book.build().returncode != 0


def test_without_the_compiler_the_source_is_kept_and_the_build_fails(
    book: Book,
) -> None:
    assert book.build().returncode == 0
    book.write("typst.py", "raise ImportError\n")
    ended = book.build(PYTHONPATH=str(book.root))
    assert ended.returncode != 0
    assert "pip install 'typst-builder[compiler]'" in ended.stdout
    source = (book.root / "_build/typst/book.typ").read_text(encoding="utf-8")
    assert "What it counts" in source
    assert not book.pdf.exists()


def test_who_asks_for_a_page_alone_gets_the_whole_book(book: Book) -> None:
    ended = book.build("typst", "other.md")
    assert ended.returncode == 0, ended.stdout
    assert "quoted" in " ".join(book.pages())


SQUARE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
    '<rect width="40" height="40" fill="#ff0000"/></svg>'
)


@pytest.mark.parametrize(
    "markdown",
    [
        "![A red square](x.svg)",
        "A square ![A red square](x.svg) in a line.",
        "[![A red square](x.svg)](https://example.org/a)",
        "- ![A red square](x.svg)",
    ],
    ids=["alone", "in a line", "in a link", "in a list"],
)
def test_a_picture_is_drawn_wherever_it_stands(tmp_path: Path, markdown: str) -> None:
    book = Book(tmp_path)
    book.write("conf.py", 'extensions = ["myst_parser", "typst_builder"]\n')
    book.write("x.svg", SQUARE)
    book.write("index.md", f"# A page\n\n{markdown}\n")
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    pdf = pypdfium2.PdfDocument(book.pdf)
    pixels = pdf[len(pdf) - 1].render().to_pil().convert("RGB").getcolors(1_000_000)
    red = sum(count for count, colour in pixels if colour == (255, 0, 0))
    assert red > 400
