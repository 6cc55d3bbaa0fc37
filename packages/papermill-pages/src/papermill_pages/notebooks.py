"""Notebooks in each form that Jupyter Book executes, all read as one."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
import yaml
from jupyter_client.kernelspec import (
    NATIVE_KERNEL_NAME,
    KernelSpecManager,
    NoSuchKernel,
)
from nbformat import NotebookNode

from papermill_pages import insides
from papermill_pages.errors import PlanError
from papermill_pages.execution_settings import ExecutionSettings

TEXT_SUFFIX = ".md"
"""The suffix of notebooks that are written as MyST Markdown."""

NOTEBOOK_SUFFIXES = (".ipynb", TEXT_SUFFIX)

_KINDS = ("code", "markdown", "raw")
_HEADERS = ("file_format", "jupytext", "kernelspec")


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook as the newest version of Jupyter's format 4 has it.

    Where it names no kernel it has Python's own, as nbclient takes it; the language of
    the kernel is filled in, and what YAML has as keys and dates is text, as in JSON.
    Cells that had no ids of their own have none. What is returned is shared and not to
    be changed.

    Raises
    ------
    PlanError
        If it is no notebook.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PlanError(
            f"{path}: not readable as UTF-8 ({error.reason} at byte {error.start})."
        ) from None
    return _parsed(text, path)


def loaded_files(notebook: NotebookNode, path: Path) -> tuple[Path, ...]:
    """Return the files from which cells of a notebook in Markdown take their code."""
    cells = notebook.cells if path.suffix == TEXT_SUFFIX else ()
    return tuple(
        path.parent / cell.metadata["load"] for cell in cells if "load" in cell.metadata
    )


@lru_cache(maxsize=256)  # for a plan asks several times for each
def _parsed(text: str, path: Path) -> NotebookNode:
    is_text = path.suffix == TEXT_SUFFIX
    notebook = _from_markdown(text, path) if is_text else _from_json(text, path)
    _fill_in(notebook, path)
    _complete_kernel(notebook)
    return notebook


def is_text_notebook(path: Path) -> bool:
    """Tell whether a file in Markdown is a notebook, by what it begins with.

    MyST-NB wants to be told its format, with ``file_format: mystnb`` or jupytext's
    ``format_name: myst``. A page that has cells of code and names a kernel for them is
    meant as one, too.
    """
    if path.suffix != TEXT_SUFFIX:
        return False
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False  # Sphinx tells
    header = _front_matter(text)
    if not any(key in header for key in _HEADERS):
        return False  # as most pages, for which MyST-NB need not be imported
    return insides.is_myst_notebook(text) or (
        "kernelspec" in header and "{code-cell}" in text
    )


def is_left_alone(path: Path, settings: ExecutionSettings) -> bool:
    """Tell whether a notebook is published as it is.

    Its metadata ask MyST-NB for that, perhaps only if it has all its outputs, or the
    book excludes it.
    """
    notebook = read_notebook(path)
    options = notebook.metadata.get("mystnb")
    mode = options.get("execution_mode") if isinstance(options, dict) else None
    code = (cell for cell in notebook.cells if cell.cell_type == "code")
    return (
        mode == "off"
        or (mode == "auto" and all(cell.outputs for cell in code))
        or bool(settings.excluding(path))
    )


def _front_matter(text: str) -> dict[str, Any]:
    if not text.startswith("---"):
        return {}
    _, _, rest = text.partition("\n")
    lines = rest.splitlines()
    end = next((n for n, it in enumerate(lines) if it.startswith(("---", "..."))), 0)
    try:
        content = yaml.safe_load("\n".join(lines[:end]))
    except yaml.YAMLError:
        return {}
    return content if isinstance(content, dict) else {}


def _from_json(text: str, path: Path) -> NotebookNode:
    try:
        notebook = nbformat.reader.reads(text)
        version = notebook.nbformat, notebook.setdefault("nbformat_minor", 0)
        if version[0] != nbformat.current_nbformat:
            converted = nbformat.convert(notebook, nbformat.current_nbformat)
            notebook = nbformat.from_dict(converted)  # whose class was that version's
        ids = {cell.get("id") for cell in notebook.cells}
        has_ids = len(ids - {None}) == len(notebook.cells) and version >= (4, 5)
    except nbformat.reader.NotJSONError:
        raise PlanError(
            f"{path}: not a notebook in the Jupyter format: it is not JSON and begins "
            f"with {text[:40]!r}."
        ) from None
    except (AttributeError, KeyError):
        raise PlanError(
            f"{path}: not a notebook in the Jupyter format: it is JSON, but does not "
            "say the version of its format as 'nbformat'."
        ) from None
    except Exception as error:
        # Which ones there are, nbformat does not say.
        raise PlanError(
            f"{path}: not a notebook in the Jupyter format: {_line(error)}."
        ) from None
    return notebook if has_ids else _without_ids(notebook)


def _from_markdown(text: str, path: Path) -> NotebookNode:
    try:
        notebook = insides.read_myst_notebook(text, path)
    except Exception as error:
        # Of MyST-NB, PyYAML and whatever they use.
        raise PlanError(
            f"{path}: not readable as a notebook in MyST Markdown: {_line(error)}."
        ) from None
    for node in (notebook, *notebook.cells):
        node["metadata"] = nbformat.from_dict(_as_json(node.metadata))
    return _without_ids(notebook)


def _without_ids(notebook: NotebookNode) -> NotebookNode:
    """Take out ids that lack or stand twice, for those made up are others each time."""
    notebook["nbformat_minor"] = min(notebook.nbformat_minor, 4)
    for cell in notebook.cells:
        cell.pop("id", None)
    return notebook


def _fill_in(notebook: NotebookNode, path: Path) -> None:
    """Put in what a notebook lacks, or has as null, and what readers expect there."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.get("cell_type") not in _KINDS:
            raise PlanError(
                f"{path}: its cell {number} has the 'cell_type' "
                f"{cell.get('cell_type')!r}, not one of {', '.join(_KINDS)}."
            )
        cell.setdefault("source", "")
        if cell.cell_type == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
    for node in (notebook, *notebook.cells):
        given = node.get("metadata") or NotebookNode()
        node["metadata"] = NotebookNode(
            {key: it for key, it in given.items() if it is not None}
        )


def _complete_kernel(notebook: NotebookNode) -> None:
    kernel = notebook.metadata.setdefault("kernelspec", NotebookNode())
    if kernel.get("name", "python") == "python":  # what Jupyter calls its own, too
        kernel["name"] = NATIVE_KERNEL_NAME
        kernel.setdefault("display_name", "Python 3")
    kernel.setdefault("display_name", kernel.name)
    known = notebook.metadata.get("language_info", {}).get("name")
    if not (known or kernel.get("language")):
        try:
            language = KernelSpecManager().get_kernel_spec(kernel.name).language
        except NoSuchKernel:
            return  # which is told where kernels are looked for
        kernel["language"] = language


def _as_json(metadata: Any) -> Any:
    return json.loads(json.dumps(metadata, default=str))


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")[:300]
