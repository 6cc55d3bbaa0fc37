"""No number of the book's prose is typed, and the lint that says so can tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .prose_numbers import (
    IN_CODE,
    IN_MATH,
    LIST_START,
    LITERAL,
    MONEY,
    TYPED,
    Typed,
    typed_in_book,
    typed_in_code,
    typed_in_file,
    typed_in_text,
)
from .published import ROOT


def test_no_number_of_the_book_is_typed() -> None:
    found = typed_in_book(ROOT)
    assert not found, "\n" + "\n".join(map(str, found))


ALLOWED = {
    "year": "From 1998 to 2005, and in 1992.",
    "span of years": "1992–2005, 1992-2005, 1998–99 and 1995/96",
    "decade": "the late 1990s and the mid-1980s",
    "year before a noun": "The 2001 requests and the 2005 jump in the tables' years.",
    "date": "on 16 November 2012, on 18 May, and on November 1, 2000",
    "date as computers write it": "fetched on 2012-11-16",
    "table": "Table 4 names another region; table 2 is damaged.",
    "tables": "Tables 1, 3 and 4, Tables 3 or 4, Tables 1–4, tables 1, 2, and 3",
    "table on two lines": "see Table\n4 and Tables 1,\n3 and 4",
    "linked table": "[Table 1. Primorye](tables/primorye.run.yml)",
    "locator": "vol. 31, no. 4, pp. 799–815; p. 12, page 3, note 11, version 2.0",
    "volume of a named journal": "*Demoscope Weekly* 69–70, 2002, *X* 3(2), 1999",
    "DOI": "doi:10.1000/182 and 10.1080/0266476042000214501",
    "target of a link": "[the archive](https://example.org/2000/5000.html)",
    "bare address": "https://example.org/5000 and <https://example.org/70>",
    "image": "![the years](figure-7.png)",
    "name": "HC3, I4R, HAC(2), the AR(1)-calibrated test, Data Package v2, CC BY 4.0",
    "release": "Python 3.11 or newer",
    "glued": "about {glue:text}`stated.2003:,d` of {glue:text}`a.ipynb::x.7:.2f`",
    "glued beside a unit": "{glue:text}`level:.0%` and {glue:text}`y:d` per cent",
    "reference": "{doc}`the chapter <../chapter-7>` of 1999",
    "bare reference": "{ref}`step-7` {cite:p}`holm1979` {eq}`4`",
    "code": "`make -j 2` and `first_year=2000` and `2000`",
    "fenced code": "```shell\npapermill in.ipynb out.ipynb -p level 0.9\n```",
    "indented code": "As follows:\n\n    x = 5\n",
    "listing": "```{code-block} python\nx = 5\n```",
    "formula": r"$\nu = 0.4\,T^{2/3}$ and $(k + 1)/(n + 1)$",
    "null hypothesis": r"$\beta = 0$ and $x \leq 1$",
    "displayed formula": "$$\nx = \\frac{1}{2} y\n$$",
    "formula of a role": "{math}`0.4 T^{2/3}`",
    "numbered list": "1. first\n2. second\n3. third",
    "note": "The wave[^7] came.\n\n[^7]: As the article says.",
    "comment": "% 5 todos",
    "label": "(step-7)=\n## A step",
    "options of a directive": "```{image} x7.png\n:width: 80%\n:name: f-7\n```",
    "markup": '<div style="width: 80%">words</div>\n\nand <b class="x7">words</b>',
    "numbers in words": "four cases of five, eleven years",
}

REFUSED = {
    "count": ("There were 5 of them.", [(1, "5")]),
    "thousands": ("of 14,946 workers", [(1, "14,946")]),
    "thousands with a space": ("of 14\u202f946 workers", [(1, "14\u202f946")]),
    "decimals": ("ρ = 0.7 is high", [(1, "0.7")]),
    "negative": ("changed by −0.55 or -2000", [(1, "−0.55"), (1, "-2000")]),
    "per cent": ("the 95% interval", [(1, "95%")]),
    "per cent like a year": ("2000 per cent, 1900%", [(1, "2000"), (1, "1900%")]),
    "as many as a year": ("some 2000 workers", [(1, "2000")]),
    "beyond the years": ("some 4000 came", [(1, "4000")]),
    "size of a sample": ("n=11 or n = 14", [(1, "11"), (1, "14")]),
    "money": (r"earned \$120 or €95", [(1, "$120"), (1, "€95")]),
    "money beside money": ("of $100 and $200", [(1, "100 and "), (1, "200")]),
    "range": ("5–6 thousand", [(1, "5"), (1, "6")]),
    "unit": ("cans of 220g, the 5th", [(1, "220"), (1, "5")]),
    "fraction": ("½ of them", [(1, "½")]),
    "after the one table": ("In Table 3, 5 fell.", [(1, "5")]),
    "after the tables": ("Tables 1, 3 and 4 have 72 cells", [(1, "72")]),
    "a table's decimals": ("Table 3.5", [(1, "3.5")]),
    "no with no full stop": ("there were no 7 workers", [(1, "7")]),
    "line of a paragraph": ("one\ntwo {glue:text}`x:d`\nand 7", [(3, "7")]),
    "line of a page": ("# Title\n\n- one\n- and 7\n  and 8", [(4, "7"), (5, "8")]),
    "heading": ("# The 72 cells", [(1, "72")]),
    "emphasis": ("**72** of *73*", [(1, "72"), (1, "73")]),
    "cell of a table": ("| a | b |\n|---|---|\n| x | 72 |", [(3, "72")]),
    "text of a link": ("[all 72](x.md)", [(1, "72")]),
    "words for an image": ("![7 workers](x.png)", [(1, "7")]),
    "entity": ("&#55; workers", [(1, "7")]),
    "quotation": ("> about 200 a year", [(1, "200")]),
    "footnote": ("x[^1]\n\n[^1]: About 200.", [(3, "200")]),
    "reference's text": ("{doc}`the 7 <x>`", [(1, "7")]),
    "raised": ("10{sup}`6`", [(1, "6"), (1, "10")]),
    "admonition": ("```{note} All 8\n:class: x7\n\nand 7\n```", [(1, "8"), (4, "7")]),
    "admonition of colons": (":::{tip}\nthen 7\n:::", [(2, "7")]),
    "admonition in another": ("````{note}\n```{tip}\n7\n```\n````", [(3, "7")]),
    "caption": ("```{figure} x7.png\n:alt: all 8\n\nOf 9.\n```", [(1, "8"), (4, "9")]),
    "markup": ("<div>\n<p>all 7</p>\n</div>", [(2, "7")]),
    "inside a line of markup": ("all <b>7</b>", [(1, "7")]),
}

REFUSED_FOR_ANOTHER_REASON = {
    "number as code": ("all `72` and `95%`", ["72", "95%"], IN_CODE),
    "number as a role of code": ("all {code}`72`", ["72"], IN_CODE),
    "number as a formula": ("all $72$", ["72"], IN_MATH),
    "formula that states a value": (r"at $\alpha = 0.05$", [r"\alpha = 0.05"], IN_MATH),
    "displayed value": ("$$\nn = 11\n$$", ["n = 11"], IN_MATH),
    "value of a role": ("{math}`95\\%`", ["95\\%"], IN_MATH),
    "money read as a formula": ("of $100 and $200", ["100 and "], MONEY),
    "sentence read as a list": ("72. That is all.", ["72."], LIST_START),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_names_something_may_be_typed(name: str) -> None:
    assert typed_in_text(ALLOWED[name]) == []


@pytest.mark.parametrize("name", REFUSED)
def test_a_number_is_refused_with_its_line(name: str) -> None:
    text, expected = REFUSED[name]
    assert [(found.line, found.number) for found in typed_in_text(text)] == expected


@pytest.mark.parametrize("name", REFUSED_FOR_ANOTHER_REASON)
def test_a_number_in_disguise_is_refused_with_its_reason(name: str) -> None:
    text, numbers, advice = REFUSED_FOR_ANOTHER_REASON[name]
    found = [one for one in typed_in_text(text) if one.advice == advice]
    assert [one.number for one in found] == numbers


CITATION = "Holm, Sture. “A Test.” *Statistics* 6 (1979): 65–70."


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (CITATION, []),
        (f"{CITATION} P-values of several tables.", []),
        (f"{CITATION} It has 401 readers.", ["401"]),
        ("Papke, L. “401(k) Plans.”\n*Econometrics* 11, 1996.", []),
        ("Weitz, Richard. A piece of 800 words, 2012.", ["800"]),
        ("In 1996 there were 800.", ["800"]),
    ],
)
def test_a_citation_is_free_up_to_its_year_on_the_page_of_references(
    text: str, numbers: list[str]
) -> None:
    assert [found.number for found in typed_in_text(text, citations=True)] == numbers
    assert typed_in_text(CITATION) != []


def test_a_literal_handed_to_glue_is_typed_too() -> None:
    source = 'glue("n", n)\nif n:\n    glue("level", -0.95, display=False)\nprint(5)'
    assert typed_in_code(source) == [Typed("code", 3, "-0.95", LITERAL)]


def test_the_file_the_cell_and_the_line_are_named(tmp_path: Path) -> None:
    options = {"mystnb": {"figure": {"caption": "All 9 regions."}}}
    cells = [
        {"cell_type": "markdown", "id": "aa", "metadata": {}, "source": ["a\n", "7"]},
        {"cell_type": "code", "id": "bb", "metadata": options, "source": ["x = 5"]},
        {"cell_type": "raw", "id": "cc", "metadata": {}, "source": ["8"]},
    ]
    book = tmp_path / "book"
    book.mkdir()
    (book / "a.ipynb").write_text(json.dumps({"cells": cells}))
    (book / "b.run.yml").write_text('title: "The 8 first years of Table 3"\n')
    (book / "c.md").write_text("Words.\n\n11 is typed.\n")
    (book / "references.md").write_text(f"{CITATION}\n")
    assert typed_in_book(tmp_path) == [
        Typed("book/a.ipynb, cell aa", 2, "7"),
        Typed("book/a.ipynb, cell bb, caption", 1, "9"),
        Typed("book/b.run.yml, title", 1, "8"),
        Typed("book/c.md", 3, "11"),
    ]
    told = str(typed_in_file(book / "a.ipynb", tmp_path)[0])
    assert told.startswith("book/a.ipynb, cell aa, line 2: '7' is typed. Compute it")
    assert TYPED in told
