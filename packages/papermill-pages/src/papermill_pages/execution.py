"""One page carried out: papermill runs the notebook, and its bytes are made stable."""

from __future__ import annotations

import atexit
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import forked_kernels
import nbformat
import papermill
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import (
    NBClientEngine,
    NotebookExecutionManager,
    papermill_engines,
)
from papermill.exceptions import PapermillExecutionError

from papermill_pages.errors import OutputError, PageFailed, PlanError
from papermill_pages.outputs import failure_to_write, not_written, write_atomically
from papermill_pages.plan import Page, build_folder
from papermill_pages.settings import Settings

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


def execute_page(page: Page, settings: Settings) -> None:
    """Execute a page and put the result in its place at once.

    Parameters
    ----------
    page : Page
        The page. Afterwards `page.executed` holds the executed notebook.
    settings : Settings
        The engine's settings.

    Raises
    ------
    PageFailed
        If a cell raises, takes too long or kills its kernel. `page.unfinished` then
        holds what was executed, and an earlier `page.executed` is left as it was.
    OutputError
        If the executed notebook cannot be written. Here, too, an earlier one is left.
    """
    __tracebackhide__ = True
    try:
        _execute(page, settings)
    except (OSError, OutputError) as error:
        failure = failure_to_write(error, build_folder(page.root))
        if failure is None:
            raise
        with suppress(OSError):
            page.unfinished.unlink()
        told = not_written(page.executed, failure)
        raise told from None


def _execute(page: Page, settings: Settings) -> None:
    __tracebackhide__ = True
    page.unfinished.parent.mkdir(parents=True, exist_ok=True)
    try:
        try:
            _run(page, settings)
        except (DeadKernelError, RuntimeError):
            # A kernel that died with the server it was forked from did nothing wrong.
            if not forked_kernels.lost():
                raise
            _run(page, settings)
    except PapermillExecutionError as error:
        _keep_unfinished(page)
        raise PageFailed(_failure(page, error, settings)) from None
    except (CellControlSignal, DeadKernelError, RuntimeError) as error:
        cell = _keep_unfinished(page)
        msg = f"{_where(page)} stopped{cell}: {_reason(error, settings)}\n{_kept(page)}"
        raise PageFailed(msg) from None
    executed = nbformat.read(page.unfinished, as_version=4)
    _stabilise(executed, page)
    if page.title:
        _set_title(executed, page.title)
    write_atomically(page.executed, nbformat.writes(executed))
    page.unfinished.unlink()


def _run(page: Page, settings: Settings) -> None:
    __tracebackhide__ = True
    papermill.execute_notebook(
        page.notebook,
        page.unfinished,
        dict(page.parameters),
        engine_name=_Engine.__module__,
        request_save_on_cell_execute=False,
        kept=page.unfinished,
        progress_bar=False,
        execution_timeout=settings.timeout or None,
        resources={"metadata": {"path": str(page.notebook.parent)}},
        extra_arguments=["--log-level=CRITICAL"],
    )


class _Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, but it writes the notebook once.

    papermill writes it before and after each cell, which takes longer than most cells.
    """

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, *args: Any, kept: Path, **kwargs: Any
    ) -> None:
        try:
            super().execute_managed_notebook(nb_man, *args, **kwargs)
        except BaseException:
            # papermill would keep nothing of a run that has no end.
            write_atomically(kept, nbformat.writes(nb_man.nb))
            raise


papermill_engines.register(_Engine.__module__, _Engine)


@contextmanager
def kernel_environment(settings: Settings) -> Iterator[None]:
    """Give all kernels started inside the same time zone, locale and hash seed.

    They are forked from one process where this can be done. A profile of the reader's
    own and their kernels' files are kept apart as well.

    Raises
    ------
    PlanError
        If a module that the settings preload does not exist.
    """
    before = dict(os.environ)
    os.environ.update(_KERNEL_ENVIRONMENT)
    try:
        with forked_kernels.serve(settings.preload, memory=settings.memory) as folder:
            os.environ["IPYTHONDIR"] = str(folder / "ipython")
            yield
    except forked_kernels.PreloadError as error:
        msg = f"_config.yml: papermill_pages.preload: {error}."
        raise PlanError(msg) from None
    finally:
        os.environ.clear()
        os.environ.update(before)


_staying = threading.Lock()
_until_exit: list[ExitStack] = []


def stay_in_kernel_environment(settings: Settings) -> None:
    """Enter `kernel_environment` until this process ends.

    A worker of a cluster executes pages of a build that it does not see, and cannot
    tell which of them is the last.
    """
    with _staying:
        if not _until_exit:
            stack = ExitStack()
            stack.enter_context(kernel_environment(settings))
            atexit.register(stack.close)
            _until_exit.append(stack)


def _keep_unfinished(page: Page) -> str:
    """Make the kept notebook readable and free of one machine's traces.

    Returns
    -------
    str
        The cell that ran last, as " in cell [3]".
    """
    if not page.unfinished.is_file():
        return ""
    notebook = nbformat.read(page.unfinished, as_version=4)
    started = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code"
        and cell.source.strip()
        and cell.metadata.get("papermill", {}).get("start_time")
    ]
    _stabilise(notebook, page)
    write_atomically(page.unfinished, nbformat.writes(notebook))
    return f" in cell [{len(started)}]" if started else ""


def _failure(page: Page, error: PapermillExecutionError, settings: Settings) -> str:
    traceback = _stable_text("\n".join(error.traceback), page.root)
    limit = _limit(settings) if error.ename.endswith("MemoryError") else ""
    return (
        f"{_where(page)} failed in cell [{error.exec_count}]: "
        f"{error.ename}: {error.evalue}{limit}\n"
        f"{_kept(page)}\n\n{_without_colours(traceback)}"
    )


def _reason(error: Exception, settings: Settings) -> str:
    if isinstance(error, CellTimeoutError):
        return (
            f"it took longer than the {settings.timeout} s that papermill_pages.timeout"
            " in _config.yml allows."
        )
    return f"{error}.{_limit(settings)}"


def _limit(settings: Settings) -> str:
    if not settings.memory:
        return ""
    return f" (papermill_pages.memory in _config.yml allows {settings.memory} MiB)"


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
