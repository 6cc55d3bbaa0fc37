"""The Sphinx extension: a Jupyter Book whose pages are executed by papermill."""

from __future__ import annotations

import errno
import gc
import hashlib
import json
import logging as std_logging
import os
import shutil
import signal
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, cast

import nbformat
from docutils import nodes
from myst_nb.ext.glue.utils import PendingGlueReference
from myst_nb.sphinx_ext import add_global_html_resources
from nbformat import NotebookNode
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from papermill_pages.dependencies import read_sources
from papermill_pages.downloads import note_on_running, offer, publish
from papermill_pages.errors import INTERRUPTED, OutputError, PlanError
from papermill_pages.freshness import nothing_changed
from papermill_pages.outputs import (
    failure_to_write,
    not_written,
    sole_build,
    write_atomically,
)
from papermill_pages.plan import (
    RUN_SUFFIX,
    SWEEP_SUFFIX,
    Page,
    build_folder,
    plan_pages,
)
from papermill_pages.publishing.listings import DIRECTIVES, cell_label
from papermill_pages.results import glued_values_by_cell, result_key
from papermill_pages.settings import settings_from

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.add_config_value("papermill_pages", {}, "", dict)
    # Lists of what was executed, which no page can make of the others.
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    # One build at a time, which says in plain words why it ended early.
    app.connect("config-inited", begin_build, priority=50)
    # What a killed build left half-written is made anew.
    app.connect("config-inited", discard_interrupted_output)
    # MyST-NB must know the suffixes of runs and sweeps before it registers its own.
    app.connect("config-inited", register_suffixes, priority=100)
    # Pages are executed before Sphinx looks for changed files.
    app.connect("builder-inited", execute_pages)
    # A page whose source is the same may have a new execution.
    app.connect("env-get-outdated", find_outdated_pages)
    # MyST-NB reads the executed notebook in place of the source.
    app.connect("source-read", read_executed_page)
    # Each cell is a target for the list of exhibits.
    app.connect("doctree-read", add_cell_targets)
    # Each result is a target at the cell that computed it, ...
    app.connect("doctree-read", add_result_targets)
    # ... and a value that another page computed is a link to it.
    app.connect("doctree-read", link_borrowed_values)
    # A page that shows another page's values is written again when they change.
    app.connect("doctree-read", remember_borrowed_values)
    app.connect("env-updated", rewrite_changed_pages)
    # A reader can download what was executed, with its data; the theme's own buttons
    # are there at 501.
    app.connect("html-page-context", offer_downloads, priority=600)
    app.connect("build-finished", publish_downloads)
    # A site brought up to date has the bytes of one built anew.
    app.connect("env-updated", write_stylesheet_of_notebooks)
    app.connect("html-collect-pages", forget_words_of_no_page)
    # What is remembered follows Sphinx's own bookkeeping.
    app.connect("env-purge-doc", forget_page)
    app.connect("env-merge-info", merge_pages)
    app.connect("build-finished", remember_end)
    app.connect("build-finished", end_build, priority=999)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def begin_build(app: Sphinx, _config: Config) -> None:
    """Take the book for this build, and watch for the keyboard and for full disks."""
    with _plainly(app):
        _stack_of(app).enter_context(sole_build(Path(app.srcdir)))
    _stack_of(app).enter_context(_stopped_by_keyboard())
    std_logging.getLogger("sphinx").addHandler(_FailuresToWrite(app))


def discard_interrupted_output(app: Sphinx, _config: Config) -> None:
    """Delete the rendered site if its last build did not come to its end.

    Sphinx writes pages in place and takes a half-written one for finished. The
    executed notebooks, which take the time, are written at once and stay. So does a
    site outside the book's own folder, of which `find_outdated_pages` names all pages.
    """
    if _rendering(app).exists():
        logger.info("papermill: the last build was interrupted, rendering all pages")
        folders = [app.doctreedir, app.outdir, app.outdir.parent / "jupyter_execute"]
        for folder in map(Path, folders):
            if folder.is_relative_to(build_folder(Path(app.srcdir))):
                with _plainly(app):
                    shutil.rmtree(folder, ignore_errors=True)
                    folder.mkdir(exist_ok=True)
        with _plainly(app):
            _rendering(app).touch()


def register_suffixes(_app: Sphinx, config: Config) -> None:
    """Let MyST-NB parse a run as the notebook that `read_executed_page` puts there."""
    reader = [f"{__name__}.read_notebook", {}, False]
    ours = {RUN_SUFFIX: reader, SWEEP_SUFFIX: reader}
    config["nb_custom_formats"] = {**config["nb_custom_formats"], **ours}


def execute_pages(app: Sphinx) -> None:
    """Bring every page up to date, or end the build with what went wrong."""
    # All modules are loaded. The collector need not look for garbage among them while
    # Sphinx reads its pages, which makes many objects.
    gc.freeze()
    root = Path(app.srcdir)
    try:
        settings = settings_from(app.config["papermill_pages"])
        pages = plan_pages(root, settings)
        sources = read_sources(pages, settings)
        if nothing_changed(pages, root, settings, sources):
            failures = []
            _log_progress(f"nothing changed, all {len(pages)} pages are up to date")
        else:
            # pytask and papermill take longer to import than such a build as a whole.
            from papermill_pages.workflow import bring_up_to_date

            failures = bring_up_to_date(pages, sources, root, settings, _log_progress)
    except PlanError as error:
        failures = [str(error)]
    if failures:
        for failure in failures:
            logger.error(failure)
        # Not an exception that Sphinx knows: Jupyter Book would add a traceback of
        # its own to what is a mistake in a page.
        raise SystemExit(1)
    with _plainly(app):
        _check_room(app)
        _remembered(app, "papermill_pages_interrupted", _rendering(app).exists())
        _rendering(app).touch()
    _pages_of(app.env).clear()
    _pages_of(app.env).update({page.docname: page for page in pages})


def find_outdated_pages(
    app: Sphinx,
    env: BuildEnvironment,
    _added: set[str],
    _changed: set[str],
    _removed: set[str],
) -> list[str]:
    """Name the pages whose execution is not the one that Sphinx last read."""
    if _remembered(app, "papermill_pages_interrupted", False):
        return sorted(env.found_docs)
    read = _digests_of(env)
    return [
        docname
        for docname, page in _pages_of(env).items()
        if docname in env.found_docs and read.get(docname) != _digest(page)
    ]


def read_executed_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace a page's source by its executed notebook."""
    page = _pages_of(app.env).get(docname)
    if page is not None:
        notebook = nbformat.read(page.executed, as_version=4)
        _promote_alternative_texts(notebook)
        _digests_of(app.env)[docname] = _digest(page)
        # For those who ask what a page is made of, such as the date of its last change.
        notebooks = {page.notebook}
        if page.sweep:
            notebooks |= {point.notebook for point in page.sweep.points}
        for notebook_of_page in notebooks:
            path = notebook_of_page.relative_to(page.root).as_posix()
            app.env.note_dependency(path)
        source[0] = nbformat.writes(notebook)


def read_notebook(text: str) -> NotebookNode:
    """Parse the text that `read_executed_page` put in place of a run or a sweep."""
    notebook: NotebookNode = nbformat.reads(text, as_version=4)
    return notebook


def add_cell_targets(app: Sphinx, doctree: nodes.document) -> None:
    """Let `cell.<page>.<number>` be a reference to a cell of an executed page."""
    page = _pages_of(app.env).get(app.env.docname)
    if page is None:
        return
    domain = cast(StandardDomain, app.env.get_domain("std"))
    for container in _code_cells(doctree):
        number = container["cell_index"]
        container["ids"].append(f"cell-{number}")
        label = cell_label(page.docname, number)
        # A label without a title, so that it stays out of the inventory.
        domain.anonlabels[label] = page.docname, f"cell-{number}"


def add_result_targets(app: Sphinx, doctree: nodes.document) -> None:
    """Let `result.<key>` be a reference to the cell that glued a result."""
    page = _pages_of(app.env).get(app.env.docname)
    if page is None:
        return
    domain = cast(StandardDomain, app.env.get_domain("std"))
    by_cell = glued_values_by_cell(page)
    for container in _code_cells(doctree):
        for key in by_cell[container["cell_index"]]:
            label, node_id = f"result.{key}".lower(), nodes.make_id(f"result.{key}")
            container["ids"].append(node_id)
            domain.anonlabels[label] = app.env.docname, node_id
            domain.labels[label] = app.env.docname, node_id, key


def link_borrowed_values(app: Sphinx, doctree: nodes.document) -> None:
    """Make every value that is pasted from another page a link to its cell."""
    for value in list(doctree.findall(PendingGlueReference)):
        page = _pages_of(app.env).get(value.refdoc)
        if page is not None and value.gtype == "text":
            link = addnodes.pending_xref(
                refdoc=app.env.docname,
                refdomain="std",
                reftype="ref",
                refexplicit=True,
                refwarn=True,
                reftarget=f"result.{result_key(page, value.key)}".lower(),
            )
            value.replace_self(link)
            link += value


def remember_borrowed_values(app: Sphinx, doctree: nodes.document) -> None:
    """Remember from which pages a page pastes glued values."""
    lenders = {node.refdoc for node in doctree.findall(PendingGlueReference)}
    _borrowers_of(app.env)[app.env.docname] = lenders


def rewrite_changed_pages(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Name the pages that this site has as they were, and those that paste from them.

    Another builder may have read them since, and they are read once for all builders.
    """
    try:
        written = json.loads(_written(app).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        written = {}
    digests = _digests_of(env)
    changed = {name for name, digest in digests.items() if written.get(name) != digest}
    borrowers = {name for name, them in _borrowers_of(env).items() if them & changed}
    return sorted(changed | borrowers)


def offer_downloads(
    app: Sphinx, docname: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Offer a page's executed notebook and data in place of its source."""
    page = _pages_of(app.env).get(docname)
    if page is not None:
        offer(page, context)


def publish_downloads(app: Sphinx, exception: Exception | None) -> None:
    """Put what the pages offer into the site."""
    if exception is None and app.builder.format == "html":
        settings = settings_from(app.config["papermill_pages"])
        options = app.config["html_theme_options"]
        note = note_on_running(
            settings.package,
            options.get("repository_url", ""),
            options.get("repository_branch", ""),
        )
        with _plainly(app):
            publish(_pages_of(app.env).values(), Path(app.outdir), note)


def write_stylesheet_of_notebooks(app: Sphinx, _env: BuildEnvironment) -> None:
    """Write MyST-NB's stylesheet before the pages, which state its checksum.

    MyST-NB writes it last, so the pages of a first build would state none.
    """
    if app.builder.format == "html":
        (Path(app.outdir) / "_static").mkdir(exist_ok=True)
        add_global_html_resources(app, None)


def forget_words_of_no_page(app: Sphinx) -> Iterable[tuple[str, dict[str, Any], str]]:
    """Drop the words that Sphinx keeps in its search index after their last page.

    Sphinx takes a page that it writes again out of the list of each word's pages, and
    writes a word without pages all the same: the index would tell a site's history.
    """
    indexer = getattr(app.builder, "indexer", None)
    if indexer is not None:
        for words in (indexer._mapping, indexer._title_mapping):
            for word in [word for word, pages in words.items() if not pages]:
                del words[word]
    return ()


def forget_page(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page that is read again or has gone."""
    _digests_of(env).pop(docname, None)
    _borrowers_of(env).pop(docname, None)


def merge_pages(
    _app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
) -> None:
    """Take over what a process that read some of the pages remembers."""
    for docname in docnames:
        if docname in _digests_of(other):
            _digests_of(env)[docname] = _digests_of(other)[docname]
        if docname in _borrowers_of(other):
            _borrowers_of(env)[docname] = _borrowers_of(other)[docname]


def remember_end(app: Sphinx, exception: Exception | None) -> None:
    """Note that the site was written to its end, and from which executions."""
    if exception is None:
        with _plainly(app):
            write_atomically(_written(app), json.dumps(_digests_of(app.env)))
        _rendering(app).unlink(missing_ok=True)


def end_build(app: Sphinx, exception: Exception | None) -> None:
    """Let the next build begin; tell plainly if this one could not write the site."""
    _stack_of(app).close()
    if exception is not None:
        with _plainly(app):
            raise exception


def _check_room(app: Sphinx) -> None:
    """Refuse to render if an earlier site might be lost halfway.

    Sphinx empties a file before it writes it.
    """
    files = [
        file
        for folder in (app.outdir, app.doctreedir)
        for file in Path(folder).rglob("*")
        if file.is_file()
    ]
    needed = sum(file.stat().st_size for file in files)
    if shutil.disk_usage(app.outdir).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(app.outdir))


@contextmanager
def _plainly(app: Sphinx) -> Iterator[None]:
    """End the build with one line if something cannot be written."""
    try:
        yield
    except Exception as error:
        told: Exception = error
        failure = failure_to_write(error, build_folder(Path(app.srcdir)))
        if failure is not None:
            told = not_written(Path(failure.filename or app.outdir), failure)
        if not isinstance(told, OutputError):
            raise
        logger.error(told)
        raise SystemExit(1) from None


class _FailuresToWrite(std_logging.Handler):
    """Ends a build where Sphinx warns that it could not write a file, and goes on."""

    def __init__(self, app: Sphinx) -> None:
        super().__init__(std_logging.WARNING)
        self.folder = build_folder(Path(app.srcdir))

    def emit(self, record: std_logging.LogRecord) -> None:
        """Raise the error that a warning is about."""
        for part in record.args if isinstance(record.args, tuple) else ():
            if isinstance(part, OSError) and failure_to_write(part, self.folder):
                raise part


@contextmanager
def _stopped_by_keyboard() -> Iterator[None]:
    """End with the status 130 on Ctrl-C; Jupyter Book would print a traceback."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        # Whatever is interrupted may be printing.
        os.write(2, b"\nInterrupted. The next build renders the site anew.\n")
        raise SystemExit(INTERRUPTED)

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _stack_of(app: Sphinx) -> ExitStack:
    """Return what is given back when the build ends."""
    stack: ExitStack = _remembered(app, "papermill_pages_stack", ExitStack())
    return stack


def _rendering(app: Sphinx) -> Path:
    """Return the file that exists while the site is being written."""
    return Path(app.doctreedir) / f"{app.outdir.name}.rendering"


def _written(app: Sphinx) -> Path:
    """Return the file that holds the digests of the executions in the site."""
    return Path(app.doctreedir) / f"{app.outdir.name}.json"


def _promote_alternative_texts(notebook: NotebookNode) -> None:
    """Give MyST-NB the alternative text that a figure's output carries.

    Jupyter keeps it in the metadata of the output, where a computed text belongs;
    MyST-NB reads it from the metadata of the cell.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            for mime, metadata in output.get("metadata", {}).items():
                if mime.startswith("image/") and "alt" in metadata:
                    options = cell.metadata.setdefault("mystnb", {})
                    options.setdefault("image", {})["alt"] = metadata["alt"]


def _code_cells(doctree: nodes.document) -> list[nodes.container]:
    return [
        container
        for container in doctree.findall(nodes.container)
        if container.get("nb_element") == "cell_code"
    ]


def _log_progress(line: str) -> None:
    logger.info("papermill: %s", line)


def _digest(page: Page) -> str:
    return hashlib.sha256(page.executed.read_bytes()).hexdigest()


def _remembered(holder: BuildEnvironment | Sphinx, name: str, empty: Any) -> Any:
    if not hasattr(holder, name):
        setattr(holder, name, empty)
    return getattr(holder, name)


def _pages_of(env: BuildEnvironment) -> dict[str, Page]:
    pages: dict[str, Page] = _remembered(env, "papermill_pages_plan", {})
    return pages


def _digests_of(env: BuildEnvironment) -> dict[str, str]:
    digests: dict[str, str] = _remembered(env, "papermill_pages_digests", {})
    return digests


def _borrowers_of(env: BuildEnvironment) -> dict[str, set[str]]:
    borrowers: dict[str, set[str]] = _remembered(env, "papermill_pages_borrowers", {})
    return borrowers
