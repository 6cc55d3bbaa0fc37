"""One page carried out: papermill runs the notebook, and its bytes are made stable."""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import nbformat
import papermill
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from papermill_pages.errors import PageFailed
from papermill_pages.plan import Page

logging.getLogger("papermill").setLevel(logging.ERROR)

_KERNEL_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "COLUMNS": "88",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}

_RUNTIME = "JUPYTER_RUNTIME_DIR"


def execute_page(page: Page, timeout: int) -> None:
    """Execute a page and put the result in its place at once.

    Parameters
    ----------
    page : Page
        The page. Afterwards `page.executed` holds the executed notebook.
    timeout : int
        Seconds that one cell may take; 0 for no limit.

    Raises
    ------
    PageFailed
        If a cell raises, takes too long or kills its kernel. `page.unfinished` then
        holds what was executed, and an earlier `page.executed` is left as it was.
    """
    __tracebackhide__ = True
    page.unfinished.parent.mkdir(parents=True, exist_ok=True)
    try:
        papermill.execute_notebook(
            page.notebook,
            page.unfinished,
            dict(page.parameters),
            progress_bar=False,
            execution_timeout=timeout or None,
            resources={"metadata": {"path": str(page.notebook.parent)}},
            config=_kernel_manager_config(),
            extra_arguments=["--log-level=CRITICAL"],
        )
    except PapermillExecutionError as error:
        _keep_unfinished(page)
        raise PageFailed(_failure(page, error)) from None
    except (CellControlSignal, DeadKernelError, RuntimeError) as error:
        _keep_unfinished(page)
        msg = f"{_where(page)} stopped: {error}\n{_kept(page)}"
        raise PageFailed(msg) from None
    executed = nbformat.read(page.unfinished, as_version=4)
    _stabilise(executed, page)
    if page.title:
        _set_title(executed, page.title)
    write_atomically(page.executed, nbformat.writes(executed))
    page.unfinished.unlink()


def kernel_environment() -> AbstractContextManager[None]:
    """Give all kernels started inside the same time zone, locale and hash seed.

    A profile of the reader's own and their kernels' files are kept apart as well.
    """
    return _ENVIRONMENT


class _SharedEnvironment:
    """The environment of kernels, there while anyone holds it.

    A build holds it from its first page to its last. A worker of a cluster has no
    build: there each page holds it, and pages in several threads hold it together.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.holders = 0
        self.environment = ExitStack()

    def __enter__(self) -> None:
        with self.lock:
            if not self.holders:
                self.environment.enter_context(_changed_environment())
            self.holders += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.holders -= 1
            if not self.holders:
                self.environment.close()


_ENVIRONMENT = _SharedEnvironment()


@contextmanager
def _changed_environment() -> Iterator[None]:
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="papermill-pages-") as folder:
        os.environ.update(
            _KERNEL_ENVIRONMENT,
            IPYTHONDIR=os.path.join(folder, "ipython"),
            **{_RUNTIME: folder},
        )
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _kernel_manager_config() -> Config:
    """Connect a kernel by sockets in a private folder, not by ports open to all."""
    if os.name == "nt" or _RUNTIME not in os.environ:
        return Config()
    sockets = os.path.join(os.environ[_RUNTIME], f"{uuid4().hex[:8]}")
    return Config({"KernelManager": {"transport": "ipc", "ip": sockets}})


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old bytes or the new, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)


def _keep_unfinished(page: Page) -> None:
    """Make the kept notebook readable and free of one machine's traces."""
    if page.unfinished.is_file():
        notebook = nbformat.read(page.unfinished, as_version=4)
        _stabilise(notebook, page)
        write_atomically(page.unfinished, nbformat.writes(notebook))


def _failure(page: Page, error: PapermillExecutionError) -> str:
    traceback = _stable_text("\n".join(error.traceback), page.root)
    return (
        f"{_where(page)} failed in cell [{error.exec_count}]: "
        f"{error.ename}: {error.evalue}\n"
        f"{_kept(page)}\n\n{_without_colours(traceback)}"
    )


def _where(page: Page) -> str:
    source = page.source.relative_to(page.root)
    if page.source == page.notebook:
        return f"{source}:"
    if page.point:
        return f"{source} ({page.point}): {page.notebook.relative_to(page.root)}"
    return f"{source}: {page.notebook.relative_to(page.root)}"


def _kept(page: Page) -> str:
    kept = page.unfinished.relative_to(page.root)
    return f"The partly executed notebook is kept in {kept}."


def _stabilise(notebook: NotebookNode, page: Page) -> None:
    """Take out of an executed notebook all that another machine would not repeat."""
    notebook.metadata["papermill"] = {"parameters": dict(page.parameters)}
    notebook.metadata.get("language_info", {}).pop("version", None)
    sources = nbformat.read(page.notebook, as_version=nbformat.NO_CONVERT)
    known = {cell.get("id") for cell in sources.cells}
    declared: list[str] = []
    for number, cell in enumerate(notebook.cells):
        if cell.id not in known:
            cell["id"] = f"cell-{number}"
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        tags = cell.metadata.get("tags", [])
        if "parameters" in tags:
            declared = [tag for tag in tags if tag != "parameters"]
        elif "injected-parameters" in tags:
            # Given values are shown or hidden as the declared ones are.
            cell.metadata["tags"] = [*tags, *declared]
        if not cell.metadata.get("tags"):
            cell.metadata.pop("tags", None)
        if cell.cell_type == "code":
            cell["outputs"] = _in_order(cell.outputs)
            for output in cell.outputs:
                _stabilise_output(output, page.root)


def _in_order(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join the pieces of each stream between two other outputs, standard output first.

    A kernel sends its two streams in pieces, whose borders and mutual order are a
    matter of timing.
    """
    ordered: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in [*outputs, None]:
        if output is not None and output.output_type == "stream":
            if output.name in streams:
                streams[output.name]["text"] += output.text
            else:
                streams[output.name] = output
            continue
        ordered += [streams[name] for name in sorted(streams, reverse=True)]
        streams = {}
        ordered += [output] if output is not None else []
    return ordered


def _stabilise_output(output: NotebookNode, root: Path) -> None:
    if "text" in output:
        output["text"] = _stable_text(output.text, root)
    if "traceback" in output:
        output["traceback"] = [_stable_text(line, root) for line in output.traceback]
    data: Mapping[str, Any] = output.get("data", {})
    for mime in ("text/plain", "text/html", "text/markdown"):
        if mime in data:
            # What a cell shows is its own text, in which a path means itself.
            output.data[mime] = _without_addresses(data[mime])


def _stable_text(text: str, root: Path) -> str:
    """Replace paths of this machine, of the kernel's cells, and memory addresses."""
    places = {str(root): "", sys.prefix: "<environment>/", sys.base_prefix: "<python>/"}
    for place, name in places.items():
        whole = rf"(?<![\w/.-]){re.escape(place + os.sep)}"
        text = re.sub(whole, name, text)
    text = re.sub(r"[^\s\"']*ipykernel_\d+[/\\]\d+\.py", "<cell>", text)
    return _without_addresses(text)


def _without_addresses(text: str) -> str:
    return re.sub(r"\bat 0x[0-9a-fA-F]{6,}", "at 0x…", text)


def _without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _set_title(notebook: NotebookNode, title: str) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            source, found = re.subn(
                r"(?m)^# .*$", lambda _: f"# {title}", cell.source, count=1
            )
            if found:
                cell["source"] = source
                return
    heading = nbformat.v4.new_markdown_cell(f"# {title}", id="title")
    notebook.cells.insert(0, heading)
