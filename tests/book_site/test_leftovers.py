"""Which of a theme's files a site needs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from book_site.leftovers import drop_leftovers

FILES = {
    "index.html": '<link href="_static/styles/a.css"><script src="_static/a.js">',
    "_static/styles/a.css": '@import "b.css"; p {}\n/*# sourceMappingURL=a.css.map */',
    "_static/styles/a.css.map": "{}",
    "_static/b.css": "i { background: url(icon.png) }",
    "_static/icon.png": "",
    "_static/a.js": "run()\n//# sourceMappingURL=a.js.map",
    "_static/a.js.map": "{}",
    "_static/locales/de/theme.po": "",
    "_static/macros.html": "{% macro head() %}<link href=\"{{ pathto('a.css') }}\">",
    "_static/big.js": "// named by the macros alone, and names big.js.LICENSE.txt",
    "_static/big.js.LICENSE.txt": "",
    "book/unnamed.csv": "what is no static file is left alone",
}
NEEDED = {
    "index.html",
    "_static/styles/a.css",
    "_static/b.css",
    "_static/icon.png",
    "_static/a.js",
    "book/unnamed.csv",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def built(site: Path, builder: str = "html") -> Any:
    return cast(
        Any, SimpleNamespace(outdir=site, builder=SimpleNamespace(name=builder))
    )


def files_of(site: Path) -> set[str]:
    return {
        path.relative_to(site).as_posix()
        for path in site.rglob("*")
        if path.is_file() or not any(path.iterdir())
    }


def test_what_neither_a_page_nor_what_it_names_asks_for_goes(site: Path) -> None:
    drop_leftovers(built(site), None)
    assert files_of(site) == NEEDED
    assert (site / "_static/styles/a.css").read_text() == '@import "b.css"; p {}'
    assert (site / "_static/a.js").read_text() == "run()"


@pytest.mark.parametrize(
    ("builder", "failed"), [("html", OSError("full")), ("epub", None)]
)
def test_what_is_no_finished_site_is_left_as_it_is(
    site: Path, builder: str, failed: Exception | None
) -> None:
    drop_leftovers(built(site, builder), failed)
    assert files_of(site) == set(FILES)
