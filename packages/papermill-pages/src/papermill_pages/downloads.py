"""What a reader can take away from a page: its executed notebook and its data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from papermill_pages.data_packages import all_files, data_files, descriptors
from papermill_pages.numbering import TABLE, described, labels_of, shares_notebook
from papermill_pages.outputs import write_atomically
from papermill_pages.pages import Page
from papermill_pages.plain_markdown import References, literal, to_plain
from papermill_pages.references import GluedValues, PageReferences
from papermill_pages.results import results_file


def publish(app: Sphinx, pages: Mapping[str, Page], note: str) -> None:
    """Put each page's executed notebook and data into the built site.

    The notebook stands beside the page, under the page's own name. Its text is plain
    Markdown (`to_plain`), its code that of the page. It begins with what it is and with
    the note, Markdown on what a reader must know to run it elsewhere, unless that is
    empty. A Data Package from which a page reads is published whole, at the path that
    it has in the book. The table of a sweep stands beside the notebook that reports on
    it and reads it there, and all results at the site's root. What is there already,
    byte for byte, is left as it is.
    """
    site = Path(app.outdir)
    glued = GluedValues(pages)
    data_packages = dict[Path, Path]()
    for page in pages.values():
        notebook = json.loads(page.executed.read_text(encoding="utf-8"))
        references = PageReferences(app, page.docname, glued)
        if shares_notebook(page, pages):
            references.own = labels_of(notebook, page.docname)
        _state_captions(notebook, references)
        _make_plain(notebook, references, app.config.myst_enable_extensions)
        notes = [
            f"This notebook is the page {references.page.markdown} of "
            f"*{literal(app.config.html_title)}*. The numbers in its text are those of "
            "the page: they stay as they are when you change the code and run it."
        ]
        notes += [note] if note else []
        if page.sweep:
            table = page.sweep.table
            _read_beside(notebook, table.name)
            _copy(table, site / f"{page.docname}.csv")
            notes.append(
                f"This notebook reads the table `{table.name}`, which is offered "
                "beside it: keep both in one folder."
            )
        lines = "\n\n".join(notes).splitlines(keepends=True)
        cell = {"cell_type": "markdown", "id": "run-elsewhere", "metadata": {}}
        notebook["cells"].insert(0, {**cell, "source": lines})
        # As nbformat writes it, which would check it again and take thrice as long.
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
        write_atomically(site / f"{page.docname}.ipynb", text, unless_same=True)
        data_packages |= dict.fromkeys(descriptors(page), page.root)
    for root in {page.root for page in pages.values()}:
        _copy(results_file(root), site / results_file(root).name)
    for descriptor, root in data_packages.items():
        for file in (descriptor, *all_files(descriptor)):
            if file.is_file():  # or of a resource that no page has read
                _copy(file, site / file.relative_to(root))


def _copy(file: Path, target: Path) -> None:
    write_atomically(target, file.read_bytes(), unless_same=True)


def _state_captions(notebook: dict[str, Any], references: References) -> None:
    """Put the number and the caption of each table above it, as its page does.

    Elsewhere nobody reads them in the metadata of a cell.
    """
    for cell, kind, options in described(notebook):
        for output in cell.get("outputs", ()) if kind == TABLE else ():
            data = output.get("data", {})
            if "text/markdown" in data and "caption" in options:
                number = references.role("numref", options.get("name", ""), None)
                label = f"**{literal(number.text)}** " if number else ""
                data["text/markdown"] = [
                    f"{label}{options['caption']}\n\n",
                    *data["text/markdown"],
                ]


def _make_plain(
    notebook: dict[str, Any], references: References, extensions: Collection[str]
) -> None:
    """Write the text of a notebook, and what its code shows as text, without MyST."""

    def plain(lines: str | list[str]) -> list[str]:
        text = to_plain("".join(lines), references, extensions)
        return text.splitlines(keepends=True)

    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = plain(cell["source"])
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "text/markdown" in data:
                data["text/markdown"] = plain(data["text/markdown"])


def _read_beside(notebook: dict[str, Any], table: str) -> None:
    """Let a report read its table from the folder in which it is itself."""
    path = notebook["metadata"]["papermill"]["parameters"]["table"]
    for cell in notebook["cells"]:
        if "injected-parameters" in cell["metadata"].get("tags", ()):
            cell["source"] = [line.replace(path, table) for line in cell["source"]]


def note_on_running(
    distributions: Iterable[str], repository: str, revision: str
) -> str:
    """Say what a downloaded notebook needs to be run.

    Parameters
    ----------
    distributions : iterable of str
        The Python distributions of the book that the notebooks import, each by its
        name, with the folder of its project file as ``name#subdirectory=folder``.
    repository, revision : str
        Where the book's source is published; empty if that is not known.
    """
    needed = [name.partition("#subdirectory=")[::2] for name in distributions]
    if not needed:
        return ""
    names = " and ".join(f"`{name.partition('[')[0]}`" for name, _ in needed)
    if repository:
        place = f"git+{repository}" + (f"@{revision}" if revision else "")
        sources = [
            f"{name} @ {place}" + (f"#subdirectory={folder}" if folder else "")
            for name, folder in needed
        ]
        where = ""
    else:
        sources = [
            (f"./{folder}" if folder else ".") + "".join(name.partition("[")[1:])
            for name, folder in needed
        ]
        where = " In the folder of the book's source:"
    arguments = " ".join(f'"{source}"' for source in sources)
    return (
        f"To run this notebook outside its book, install {names}; the data come with "
        f"it.{where}\n\n```shell\npip install {arguments}\n```"
    )


def has_button(config: Config) -> bool:
    """Tell whether the pages of a site have the button that `offer` fills."""
    wanted = config.html_theme_options.get("use_download_button", True)
    return config.html_theme == "sphinx_book_theme" and wanted in (True, "True", "true")


def offer(
    page: Page,
    menus: Mapping[str, list[dict[str, Any]]],
    pathto: Callable[[str, int], str],
) -> None:
    """Let the theme's download button offer what `publish` has put there.

    The theme knows the sources of pages alone: a notebook without results, or a run.
    The menus above the page are changed in place. Sphinx's own `pathto` returns the
    address of a file of the site.
    """
    if "download-buttons" in menus:
        buttons = menus["download-buttons"]
        name = page.docname.rpartition("/")[2]
        links = [_link("Notebook with results (.ipynb)", f"{name}.ipynb")]
        for file in data_files(page):
            address = pathto(file.relative_to(page.root).as_posix(), 1)
            links.append(_link(f"Data: {file.name}", address))
        if page.sweep:
            table = page.sweep.table.name
            links.append(_link(f"Table of all points: {table}", table))
        results = results_file(page.root)
        if json.loads(results.read_text(encoding="utf-8")):
            address = pathto(results.name, 1)
            links.append(_link(f"All results: {results.name}", address))
        # Sources are links as well; the others print the page.
        buttons[:] = links + [one for one in buttons if one["type"] != "link"]
    # The theme would launch a run's own file, which is not a notebook.
    notebook = page.notebook.relative_to(page.root).as_posix()
    for button in menus.get("launch-buttons", ()):
        if "url" in button:
            source = rf"{re.escape(page.docname)}\.\w+"
            button["url"] = re.sub(source, notebook, button["url"])


def _link(text: str, url: str) -> dict[str, str]:
    return {
        "type": "link",
        "text": text,
        "url": url,
        "icon": "fas fa-file",
        "tooltip": "Download",
        "label": "download-button",
    }
