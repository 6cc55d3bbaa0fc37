"""Files of the theme that no page asks for: templates, translations, maps, icons.

Sphinx copies a theme's whole folder of static files into a site. Some of them are
templates for the theme's own build, whose links lead nowhere.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

STATIC = "_static"
_TEXTS = (".css", ".js")
# A map is for whoever changes the theme, and is named by what was made from its source.
_MAP = re.compile(r"\n?(?://|/\*)# sourceMappingURL=\S+\.map(?: ?\*/)?")


def drop_leftovers(app: Sphinx, exception: Exception | None) -> None:
    """Take out of a site the static files that no page, style or script names."""
    if exception is not None or app.builder.name != "html":
        return
    site = Path(app.outdir)
    static = [path for path in (site / STATIC).rglob("*") if path.is_file()]
    for path in static:
        if path.suffix in _TEXTS:
            _drop_map(path)
    pages = [path for path in site.rglob("*.html") if path not in static]
    for path in unnamed(static, pages):
        path.unlink()
    # The deepest first, so that a folder of empty folders goes, too.
    for folder in sorted((site / STATIC).rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def unnamed(files: list[Path], pages: list[Path]) -> list[Path]:
    """Return the files whose name stands neither in a page nor in what a page names.

    A name is looked for anywhere in a text, so that a file which a script puts together
    by its whole name is kept as well.
    """
    rest = set(files)
    reading = list(pages)
    while reading:
        text = reading.pop().read_text(encoding="utf-8")
        named = {path for path in rest if path.name in text}
        rest -= named
        reading += [path for path in named if path.suffix in _TEXTS]
    return sorted(rest)


def _drop_map(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    without = _MAP.sub("", text)
    if without != text:
        path.write_text(without, encoding="utf-8", newline="\n")
