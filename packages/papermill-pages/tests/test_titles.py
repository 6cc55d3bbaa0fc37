"""The title of a run is text."""

from __future__ import annotations

import html

import nbformat
import pytest
from markdown_it import MarkdownIt
from papermill_pages.titles import as_markdown, set_title

MARKUP = (
    "<script>window.began = 1</script> <img src=x onerror=began()>",
    "[a](javascript:alert(1)) ![b](c) <https://example.org> www.example.org x@y.org",
    "{ref}`there` {{ name }} $x^2$ `code` *em* __strong__ ~~not~~ H~2~O",
    "&lt; \\( a_b_c | %d # ## ##",
    "1. 12.5 per cent, e.g. a = b + c - d",
)


@pytest.mark.parametrize("title", MARKUP)
def test_what_looks_like_markup_in_a_title_is_text(title: str) -> None:
    """As the reference implementation of CommonMark in Python renders it."""
    parser = MarkdownIt("gfm-like", {"html": True})
    shown = parser.render(f"# {as_markdown(title)}")
    assert shown == f"<h1>{html.escape(title).replace('&#x27;', chr(39))}</h1>\n"


@pytest.mark.parametrize(
    ("source", "titled"),
    [
        ("# Old\n\nText.", "# New\n\nText."),
        ("(here)=\nOld\nname\n===\nText.", "(here)=\n# New\nText."),
        ("Old\n===\n\nText.", "# New\n\nText."),
        ("```\n# a comment\n```\n\n# Old", "```\n# a comment\n```\n\n# New"),
        ("## Second", "# New"),
    ],
)
def test_a_title_takes_the_place_of_the_first_heading(source: str, titled: str) -> None:
    cells = [nbformat.v4.new_markdown_cell(source)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    set_title(notebook, "New")
    assert notebook.cells[0].source == titled
