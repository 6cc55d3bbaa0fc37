"""What the books of others hold, typeset: nothing is lost, and a PDF comes out."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import pypdf
import pytest
from docutils import nodes
from typst_builder.compiler import Compiler
from typst_builder.html import read
from typst_builder.translator import _bands, _coloured

from .conftest import Book


def png() -> bytes:
    """Return a grey point, by PNG's specification."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        sums = len(data), zlib.crc32(kind + data)
        size, check = (struct.pack(">I", it) for it in sums)
        return size + kind + data + check

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0\x80")
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


FRAME = (
    "<style>td {color: red}</style>"
    "<table><thead><tr><th></th><th>year</th></tr></thead>"
    "<tbody><tr><th>rice</th><td>1992</td></tr></tbody></table>"
)
OUTPUTS: dict[str, dict[str, Any]] = {
    "frame": {"text/html": FRAME, "text/plain": "not this"},
    "plotly": {"text/html": "<div></div><script>draw()</script>"},
    "chart": {"text/html": "<p>x</p><script>1</script>", "text/plain": "a Chart"},
    "widget": {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}},
    "bare": {"image/png": base64.b64encode(png()).decode()},
    "broken": {"image/png": base64.b64encode(b"junk").decode()},
    "sum": {"text/latex": r"$\frac{1}{2}$", "text/plain": "not this"},
    "said": {"text/html": "<h2>Summary</h2><p>Some <b>words</b></p>"},
    "beside": {"text/html": "<p>A map</p><div></div><script>draw()</script>"},
    "sorted": {"text/html": f"{FRAME}<script>sort()</script>"},
    "data": {
        "text/html": '<p>Facts</p><script type="application/json">{}</script>',
    },
    "paper": {"application/pdf": base64.b64encode(b"%PDF-1.7").decode()},
    "mixed": {"text/latex": r"The mean $\bar{x}$ is $2$ here.", "text/plain": "no"},
    "two": {"text/latex": r"$a_1$ and $b$", "text/plain": "not this"},
    "cases": {"text/latex": r"$$x = \text{as $y$}$$", "text/plain": "not this"},
}
WORD = "0aB" * 1000  # which cannot be hyphenated
PROGRESS = "loading 10%\rloading 90%\rloaded\r\nnext\r"
ANSI = "\x1b[31mred\x1b[0m plain\x1b[2K\n"
MARKDOWN = """# A page ✅ of others

{WORD}

H<sub>2</sub>O and 10<sup>3</sup>, <span>in a span</span>.

<details><summary>More</summary>

kept

</details>

<iframe src="https://example.org/film"></iframe>
"""


def notebook() -> str:
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "markdown",
            "metadata": {},
            "source": MARKDOWN.replace("{WORD}", WORD),
        },
        code("ansi", {"output_type": "stream", "name": "stdout", "text": ANSI}),
    ]
    for name, data in OUTPUTS.items():
        shown = {"output_type": "display_data", "data": data, "metadata": {}}
        cells.append(code(name, shown))
    stream = {"output_type": "stream", "name": "stdout", "text": PROGRESS}
    cells.append(code("progress", stream))
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python"}}
    kept = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(kept)


def code(source: str, output: dict[str, Any]) -> dict[str, Any]:
    kept = {"execution_count": 1, "metadata": {}, "source": source}
    return {"cell_type": "code", "outputs": [output], **kept}


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, str]:
    """Return the book of a notebook of others, and what was said when it was built."""
    book = Book(tmp_path_factory.mktemp("others"))
    book.write(
        "conf.py",
        'extensions = ["myst_nb", "typst_builder"]\nnb_execution_mode = "off"\n'
        'exclude_patterns = ["_build"]\n',
    )
    book.write("index.ipynb", notebook())
    ended = book.build(strict=False)
    assert ended.returncode == 0, ended.stdout
    return book, ended.stdout


def test_all_outputs_of_a_notebook_of_others_have_a_place_in_the_pdf(
    others: tuple[Book, str],
) -> None:
    text = " ".join(others[0].pages())
    for part in (
        "A page ✓ of others",
        "H2O and 103, in a span.",
        "https://example.org/film",
        "More kept",
        "red plain",
        "year rice 1992",
        "plotly What stands here moves",
        "chart a Chart",
        "widget What stands here moves",
        "broken [A picture is missing]",
        "said Summary Some words",
        "beside A map What stands here moves",
        "year rice 1992 data Facts paper",
        "paper What stands here cannot be typeset: application/pdf.",
        "The mean 𝑥̄ is 2 here.",
        "𝑎1 and 𝑏",
        "progress loaded next",
    ):
        assert part in text, text
    assert "not this" not in text


def test_what_has_no_place_on_paper_is_named_with_its_cell(
    others: tuple[Book, str],
) -> None:
    for cell, said in {
        4: "what a script draws cannot be typeset",
        6: "what moves on the screen (application/vnd.jupyter.widget-view+json)",
        7: "this picture has no alternative text",
        8: "this picture cannot be read",
        11: "what a script draws cannot be typeset",
        14: "no form of this output can be typeset (application/pdf)",
    }.items():
        assert f"index.ipynb: WARNING: cell {cell}: {said}" in others[1], others[1]
    assert "the PDF does not show <iframe> (https://example.org/film)" in others[1]
    assert "no font has 1 characters of this page: ✅ (as ✓)" in others[1]


def test_a_word_of_thousands_of_letters_stays_on_the_paper(
    others: tuple[Book, str],
) -> None:
    text = " ".join(others[0].pages())
    lines = [it for it in text.split() if it in WORD and len(it) > 2]
    assert sum(map(len, lines)) == len(WORD)
    assert max(map(len, lines)) == 70


def test_a_pdf_of_the_notebook_of_others_can_still_be_read_aloud(
    others: tuple[Book, str],
) -> None:
    metadata = pypdf.PdfReader(others[0].pdf).xmp_metadata
    assert metadata is not None
    assert "pdfuaid:part" in metadata.stream.get_data().decode()


RST = """
Elements
========

:Author: someone

Elements
--------

| one
| two

-f FILE  A file.

.. function:: spread(x: int) -> float

   What it does.

.. topic:: Aside

   A remark [#once]_ and again [#once]_.

.. [#once] Said once.

b) second
c) third

_`a place` in the text.

.. productionlist::
   letter : "a" | "b"

.. image:: nowhere.png
   :alt: a lost picture

.. toctree::

   self
   untitled
   Elsewhere <https://example.org/>
   untitled
"""


def test_elements_of_all_kinds_are_typeset(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.write("conf.py", 'extensions = ["typst_builder"]\n')
    book.write("index.rst", RST)
    book.write("untitled.rst", "Only a text.\n")
    ended = book.build(strict=False)
    assert ended.returncode == 0, ended.stdout
    text = " ".join(book.pages())
    for part in (
        "Author someone",
        "one two -f FILE A file.",
        "spread(x: int) -> float What it does.",
        "Aside A remark",
        "b) second c) third a place in the text.",
        'letter ::= "a" | "b"',
        "[A picture is missing: a lost picture]",
        "untitled Only a text.",
    ):
        assert part in text, text
    assert text.count("Said once.") == 1
    assert text.count("Only a text.") == 1
    assert "index.rst:33: WARNING: this picture cannot be read" in ended.stdout
    assert "does not know" not in ended.stdout


NUMBERED = """
# Numbers

## Formulas

{eq}`one`, {numref}`square`, {numref}`swing`

```{math}
:label: one
x = 1
```

```{code-block} python
:name: swing
:caption: A swing
swing()
```

```{figure} drawing.svg
:name: square
:alt: A square.

What it shows.
```
"""


def test_sections_figures_code_and_formulas_have_the_numbers_of_the_site(
    tmp_path: Path,
) -> None:
    book = Book(tmp_path)
    book.write(
        "conf.py",
        'extensions = ["myst_parser", "typst_builder"]\nnumfig = True\n',
    )
    book.write("drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    book.write("index.md", "# Book\n\n```{toctree}\n:numbered:\none\ntwo\n```\n")
    book.write("one.md", "# First\n")
    book.write("two.md", NUMBERED)
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    page = book.pages()[-1]
    # As Sphinx counts in HTML: the page is the second of a numbered list.
    for part in (
        "2 Numbers 2.1 Formulas",
        "(2.1), Fig. 2.1, Listing 2.1",
        "𝑥 = 1 (2.1)",
        "Listing 2.1. A swing",
        "Fig. 2.1. What it shows.",
    ):
        assert part in page, page


def test_html_is_read_as_browsers_read_it() -> None:
    found, lost = read(
        "<p>one<p>two <i>three</i><ul><li>a<li>b</ul><pre> x\n  y</pre>"
        "<table><tr><th>h<tr><td colspan=2>1</table><script>no()</script>after"
        "<video src='film.mp4'></video>"
    )
    assert [type(node).__name__ for node in found] == [
        *("paragraph", "paragraph", "bullet_list", "literal_block", "table"),
        "paragraph",
    ]
    shown = "".join(str(node.astext()) for node in found)
    assert "".join(shown.split()) == "onetwothreeabxyh1after"
    assert found[3].astext() == " x\n  y"
    (cell,) = [it for it in found[4].findall(nodes.entry) if "morecols" in it]
    assert cell["morecols"] == 1
    assert lost == ["<video> (film.mp4)"]


def test_a_file_that_a_site_offers_keeps_its_words_and_a_page_its_link() -> None:
    (text,), _ = read('<a href="a.csv" download>a file</a> <a href="b.html">b</a>')
    assert text.astext() == "a file b"
    assert [link["refuri"] for link in text.findall(nodes.reference)] == ["b.html"]


def test_a_table_inside_a_table_keeps_its_cells() -> None:
    inner = "<table><tr><td>in</td></tr></table>"
    (outer,), _ = read(f"<table><tr><td>{inner}</td><td>out</td></tr></table>")
    assert [len(row.children) for row in outer.findall(nodes.row)] == [2, 1]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("<tr><td>a<tr><td>b<td>c", [["a", ""], ["b", "c"]]),
        ("<tr><td rowspan=2>a<td>b<tr>", [["a", "b"], [""]]),
        (
            "<tr><td>a<td rowspan=9>b<td>c<tr><td colspan=9>d",
            [["a", "b", "c"], ["d", ""]],
        ),
    ],
)
def test_each_cell_of_a_ragged_table_stays_in_its_row(
    rows: str, expected: list[list[str]], tmp_path: Path
) -> None:
    (table,), _ = read(f"<table>{rows}</table>")
    found = [
        [cell.astext() for cell in row.findall(nodes.entry)]
        for row in table.findall(nodes.row)
    ]
    assert found == expected
    book = Book(tmp_path)
    book.write("conf.py", 'extensions = ["myst_parser", "typst_builder"]\n')
    book.write("index.md", f"# Ragged\n\n<table>{rows}</table>\n")
    ended = book.build()
    assert ended.returncode == 0, ended.stdout


def test_a_formula_that_says_nothing_leaves_the_pdf_readable_aloud(
    tmp_path: Path,
) -> None:
    book = Book(tmp_path)
    book.write("conf.py", 'extensions = ["myst_parser", "typst_builder"]\n')
    book.write("index.md", "# Empty\n\n```{math}\n```\n\nThe end.\n")
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    assert "The end." in " ".join(book.pages())


def test_the_colours_of_a_terminal_are_cut_apart_and_its_other_signs_left_out() -> None:
    assert _coloured("a\x1b[1;34mb\x1b[0m c\x1b[2K\x1b[92md") == [
        *('("", false, "a")', '("blue", true, "b")', '("", false, " c")'),
        '("green", false, "d")',
    ]


def test_a_table_that_is_too_wide_goes_on_below_after_its_first_column() -> None:
    names = ["first", *("a" * 36 for _ in range(8))]
    rows = [[nodes.entry("", nodes.paragraph("", name)) for name in names]]
    assert _bands(rows) == [[0, 1, 2, 3], [0, 4, 5, 6], [0, 7, 8]]
    assert _bands([row[:4] for row in rows]) == []


def test_a_letter_that_no_font_has_is_named_and_others_are_left(tmp_path: Path) -> None:
    # The fonts that Typst brings along have Greek and arrows, but no pictures or Han.
    found = Compiler(tmp_path).replacements("aβ→🎉漢\x00\x1b\ue000\u200d")
    assert found == {
        "🎉": "[party popper]",
        "漢": "□",
        "\x00": "",
        "\x1b": "",
        "\ue000": "",
    }


FAULTY = """
from typst_builder import translator
translator._CALLS["emphasis"] = "no-such-function"
"""


def test_what_the_compiler_refuses_is_its_plain_text_and_named(
    tmp_path: Path,
) -> None:
    book = Book(tmp_path)
    book.write("conf.py", f'extensions = ["myst_parser", "typst_builder"]\n{FAULTY}')
    book.write("index.md", "# A page\n\nBefore.\n\nA *slant* here.\n\nAfter.\n")
    ended = book.build(strict=False)
    assert ended.returncode == 0, ended.stdout
    assert "Before. A slant here. After." in book.pages()[-1]
    assert "index.md:5: WARNING: Typst refuses this" in ended.stdout
    assert book.build().returncode != 0
