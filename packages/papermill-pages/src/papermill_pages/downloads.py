"""What a reader can take away from a page: its executed notebook and its data."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from papermill_pages.outputs import write_atomically
from papermill_pages.plan import Page
from papermill_pages.resources import data_files, data_packages, package_files


def publish(pages: Iterable[Page], site: Path, note: str) -> None:
    """Put each page's executed notebook and data into the built site.

    The notebook stands beside the page, under the page's own name. A Data Package from
    which a page reads is published whole, at the path that it has in the book. The
    table of a sweep stands beside the notebook that reports on it and reads it there.
    What is there already, byte for byte, is left as it is.

    Parameters
    ----------
    pages : iterable of Page
        The executed pages.
    site : Path
        The folder of the built pages.
    note : str
        What a reader must know to run a notebook elsewhere, in Markdown; empty for
        nothing.
    """
    packages = dict[Path, Path]()
    for page in pages:
        notebook = json.loads(page.executed.read_text(encoding="utf-8"))
        told = [note] if note else []
        if page.sweep:
            table = page.sweep.table
            _read_beside(notebook, table.name)
            _copy(table, site / f"{page.docname}.csv")
            told.append(
                f"This notebook reads the table `{table.name}`, which is offered "
                "beside it: keep both in one folder."
            )
        if told:
            notebook["cells"].insert(0, _told("\n\n".join(told)))
        # As nbformat writes it, which would check it again and take thrice as long.
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
        published = site / f"{page.docname}.ipynb"
        if not _has(published, text.encode()):
            write_atomically(published, text)
        packages |= dict.fromkeys(data_packages(page), page.root)
    for descriptor, root in packages.items():
        for file in (descriptor, *package_files(descriptor)):
            if file.is_file():  # or of a resource that no page has read
                _copy(file, site / file.relative_to(root))


def _told(text: str) -> dict[str, Any]:
    """Return a cell of text as it stands in a file."""
    return {
        "cell_type": "markdown",
        "id": "run-elsewhere",
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }


def _copy(file: Path, target: Path) -> None:
    """Copy a file unless it is there."""
    if not _has(target, file.read_bytes()):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _has(file: Path, content: bytes) -> bool:
    return file.is_file() and file.read_bytes() == content


def _read_beside(notebook: dict[str, Any], table: str) -> None:
    """Let a report read its table from the folder in which it is itself."""
    path = notebook["metadata"]["papermill"]["parameters"]["table"]
    for cell in notebook["cells"]:
        if "injected-parameters" in cell["metadata"].get("tags", ()):
            cell["source"] = [line.replace(path, table) for line in cell["source"]]


def note_on_running(package: str, repository: str, revision: str) -> str:
    """Say what a downloaded notebook needs to be run.

    Parameters
    ----------
    package : str
        The distribution that the notebooks import; empty if they need none.
    repository, revision : str
        Where the book's source is published; empty if that is not known.
    """
    if not package:
        return ""
    if repository:
        source = f"{package} @ git+{repository}" + (f"@{revision}" if revision else "")
        how = f'```shell\npip install "{source}"\n```'
    else:
        how = "run `pip install .` in the folder of the book's source."
    return (
        f"To run this notebook outside its book, install the package `{package}`; the "
        f"data come with it:\n\n{how}"
    )


def offer(page: Page, context: dict[str, Any]) -> None:
    """Let the theme's download button offer what `publish` has put there.

    The theme knows the sources of pages alone: a notebook without results, or a run.
    """
    for button in context.get("header_buttons", ()):
        if button.get("label") == "download-buttons":
            own = [
                _link("Notebook with results (.ipynb)", f"{_name(page)}.ipynb"),
                *_data_links(page, context),
                *_table_links(page),
            ]
            rest = [one for one in button["buttons"] if one["type"] != "link"]
            button["buttons"] = own + rest
        elif button.get("label") == "launch-buttons":
            # The theme would launch a run's own file, which is not a notebook.
            _launch_notebook(page, button["buttons"])


def _data_links(page: Page, context: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        _link(
            f"Data: {file.name}",
            context["pathto"](file.relative_to(page.root).as_posix(), 1),
        )
        for file in data_files(page)
    ]


def _table_links(page: Page) -> list[dict[str, str]]:
    if page.sweep is None:
        return []
    name = page.sweep.table.name
    return [_link(f"Table of all points: {name}", name)]


def _link(text: str, url: str) -> dict[str, str]:
    return {
        "type": "link",
        "text": text,
        "url": url,
        "icon": "fas fa-file",
        "tooltip": "Download",
        "label": "download-button",
    }


def _name(page: Page) -> str:
    return page.docname.rpartition("/")[2]


def _launch_notebook(page: Page, buttons: Iterable[dict[str, Any]]) -> None:
    notebook = page.notebook.relative_to(page.root).as_posix()
    for button in buttons:
        if "url" in button:
            published = rf"{re.escape(page.docname)}\.\w+"
            button["url"] = re.sub(published, notebook, button["url"])
