"""The Sphinx extension: a Jupyter Book whose pages are executed by papermill."""

from __future__ import annotations

import errno
import gc
import glob
import hashlib
import json
import logging as std_logging
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from papermill_pages import exploring, figures, insides, reading
from papermill_pages.arrivals import add_targets, is_in_link, show_ways_on
from papermill_pages.builders import makes_site
from papermill_pages.downloads import has_button, note_on_running, offer, publish
from papermill_pages.environment import VERSION, forget_page, merge_pages, read_pages
from papermill_pages.errors import OutputError, PlanError
from papermill_pages.execution_settings import UNSET, execution_settings
from papermill_pages.freshness import nothing_changed
from papermill_pages.interruption import INTERRUPTED, on_interrupt
from papermill_pages.notebooks import TEXT_SUFFIX, is_left_alone, is_text_notebook
from papermill_pages.numbering import (
    TablesOfCells,
    describe_tables,
    shares_notebook,
)
from papermill_pages.outputs import (
    failure_to_write,
    not_written,
    sole_build,
    write_atomically,
)
from papermill_pages.pages import Page, build_folder, contents_file
from papermill_pages.plan import RUN_SUFFIX, SWEEP_SUFFIX, plan_book, unlisted_runs
from papermill_pages.publishing.listings import DIRECTIVES
from papermill_pages.publishing.parameter_table import show_parameters
from papermill_pages.references import DomainThatReadsOnce
from papermill_pages.results import result_key
from papermill_pages.settings import (
    NEVER_PAGES,
    Settings,
    settings_file,
    settings_from,
)
from papermill_pages.undeclared import warnings_of, warnings_of_preload

logger = logging.getLogger(__name__)

STYLESHEET = Path(__file__).parent / "static" / "papermill_pages.css"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    # What Jupyter Book loads by itself.
    app.setup_extension("myst_nb")
    # Whether parameters are shown changes the pages that Sphinx has read. The engine
    # itself refuses settings of the wrong type.
    app.add_config_value("papermill_pages", {}, "env", Any)
    # Lists of what was executed, which no page can make of the others.
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    # A page is read once, however many refer to its figures.
    app.add_domain(DomainThatReadsOnce, override=True)
    # A negative number of the prose has a minus sign, and a value its name.
    insides.paste_minus_signs()
    insides.keep_names_of_pasted_values()
    site = SiteBuild(app)
    # One build at a time, which says in plain words why it ended early.
    app.connect("config-inited", site.begin, priority=50)
    # What a killed build left half-written is made anew.
    app.connect("config-inited", site.discard_interrupted_output)
    # MyST-NB must know the suffixes of runs and sweeps before it registers its own.
    app.connect("config-inited", register_suffixes, priority=100)
    # No page is executed twice.
    app.connect("config-inited", execute_in_place_of_myst_nb)
    # Pages are executed before Sphinx looks for changed files.
    app.connect("builder-inited", site.execute_pages)
    # A page whose source is the same may have a new execution.
    app.connect("env-get-outdated", site.find_outdated_pages)
    # What pages opened and do not declare is told once for all that are read.
    app.connect("env-before-read-docs", warn_of_undeclared)
    # MyST-NB reads the executed notebook in place of the source.
    app.connect("source-read", read_executed_page)
    # A reader chooses among the points of a sweep.
    exploring.register(app)
    # A figure offers its data and its drawing, and tells single values.
    figures.register(app)
    # A table may have a caption, a number and a name, as a figure has from MyST-NB.
    app.add_transform(TablesOfCells)
    # The cell of the parameters is shown as what it is, ...
    app.connect("doctree-read", show_page_parameters)
    # ... each cell is a target for the list of exhibits, each result where the page
    # states it, with ways on to its code and to what it rests on, ...
    app.connect("doctree-read", add_targets)
    app.connect("doctree-resolved", show_ways_on)
    app.connect("config-inited", use_stylesheet)
    app.add_css_file(STYLESHEET.name)
    # ... and a value that another page computed is a link to where that states it.
    app.connect("doctree-read", link_pasted_values)
    app.add_post_transform(DropEmptyLinks)
    # A page that shows another page's values is written again when they change.
    app.connect("env-updated", site.rewrite_changed_pages)
    # A reader can download what was executed, with its data; the theme's own buttons
    # are there at 501.
    app.connect("html-page-context", offer_downloads, priority=600)
    app.connect("build-finished", site.publish_downloads)
    # A site brought up to date has the bytes of one built anew.
    app.connect("env-updated", insides.write_stylesheet_of_notebooks)
    app.connect("html-collect-pages", insides.forget_words_of_no_page)
    # What is remembered follows Sphinx's own bookkeeping.
    app.connect("env-purge-doc", forget_page)
    # What Sphinx has read is known by its bytes, whatever a clock says.
    app.connect("env-purge-doc", reading.note_source)
    app.connect("doctree-read", reading.note_dependencies, priority=900)
    app.connect("env-merge-info", merge_pages)
    app.connect("build-finished", site.remember_end)
    app.connect("build-finished", site.end, priority=999)
    return {
        "version": "1",
        "env_version": VERSION,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }


class SiteBuild:
    """One build of a site: what it holds until its end, and how it ends early.

    None of this can be pickled with Sphinx's environment, nor outlives the build.
    """

    def __init__(self, app: Sphinx) -> None:
        self.app = app
        self.until_end = ExitStack()
        self.follows_interrupted = False

    def begin(self, app: Sphinx, _config: Config) -> None:
        """Take the book for this build, and watch for the keyboard and full disks."""
        with self.plainly():
            self.until_end.enter_context(sole_build(Path(app.srcdir)))
        self.until_end.enter_context(on_interrupt(self.stop))
        log, watch = std_logging.getLogger("sphinx"), insides.FailuresToWrite(self.hear)
        log.addHandler(watch)
        self.until_end.callback(log.removeHandler, watch)

    def stop(self) -> None:
        """End with the status 130; Jupyter Book would print a traceback."""
        # Whatever is interrupted may be printing.
        os.write(2, b"\nInterrupted. The next build renders the site anew.\n")
        self.until_end.close()
        raise SystemExit(INTERRUPTED)

    def hear(self, error: OSError) -> None:
        """End a build where Sphinx warns that it could not write a file and goes on."""
        if failure_to_write(error, self.folder):
            raise error

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """End the build with one line if something cannot be written."""
        try:
            yield
        except Exception as error:
            told: Exception = error
            failure = failure_to_write(error, self.folder)
            if failure is not None:
                told = not_written(Path(failure.filename or self.app.outdir), failure)
            if not isinstance(told, OutputError):
                raise
            self.fail(str(told))

    def fail(self, *messages: str) -> NoReturn:
        """End the build.

        Not by an exception that Sphinx knows: Jupyter Book would add a traceback of its
        own to what is a mistake in a page.
        """
        for message in messages:
            logger.error(message)
        self.until_end.close()
        raise SystemExit(1) from None

    @property
    def folder(self) -> Path:
        """The folder that holds all that a build writes."""
        return build_folder(Path(self.app.srcdir))

    @property
    def rendering(self) -> Path:
        """The file that exists while the site is being written."""
        return Path(self.app.doctreedir) / f"{self.app.outdir.name}.rendering"

    @property
    def written(self) -> Path:
        """The file that holds the digests of the executions in the site."""
        return Path(self.app.doctreedir) / f"{self.app.outdir.name}.json"

    def discard_interrupted_output(self, app: Sphinx, _config: Config) -> None:
        """Delete the rendered site if its last build did not come to its end.

        Sphinx writes pages in place and takes a half-written one for finished. The
        executed notebooks, which take the time, are written at once and stay. So does a
        site outside the book's own folder, of which `find_outdated_pages` names all
        pages.
        """
        if self.rendering.exists():
            _log_progress("the last build was interrupted, rendering all pages")
            folders = app.doctreedir, app.outdir, app.outdir.parent / "jupyter_execute"
            with self.plainly():
                for folder in map(Path, folders):
                    if folder.is_relative_to(self.folder):
                        shutil.rmtree(folder, ignore_errors=True)
                        folder.mkdir(exist_ok=True)
                self.rendering.touch()

    def execute_pages(self, app: Sphinx) -> None:
        """Bring every page up to date, or end the build with what went wrong."""
        # All modules are loaded. The collector need not look for garbage among them
        # while Sphinx reads its pages, which makes many objects.
        gc.freeze()
        try:
            settings = _settings(app)
            plan = plan_book(Path(app.srcdir), settings)
            if nothing_changed(plan):
                failures, count = [], len(plan.pages)
                _log_progress(f"nothing changed, all {count} pages are up to date")
            else:
                # pytask takes longer to import than such a build as a whole.
                from papermill_pages.build import bring_up_to_date

                failures = bring_up_to_date(plan, _log_progress)
        except PlanError as error:
            failures = [str(error)]
        if failures:
            self.fail(*failures)
        for told in warnings_of_preload(plan.root, settings):
            logger.warning("%s", told, type="papermill_pages", subtype="undeclared")
        with self.plainly():
            _check_room(app)
            self.follows_interrupted = self.rendering.exists()
            self.rendering.touch()
        read_pages(app.env).pages = {page.docname: page for page in plan.pages}

    def find_outdated_pages(
        self,
        _app: Sphinx,
        env: BuildEnvironment,
        _added: set[str],
        _changed: set[str],
        _removed: set[str],
    ) -> list[str]:
        """Name the pages of which Sphinx has not read the present bytes."""
        for path in map(Path, map(env.doc2path, sorted(env.found_docs))):
            if not path.is_file():  # Sphinx would wait for ever for what it says
                self.fail(
                    f"{path} would be a page, but is no file (a named pipe, say). "
                    "Delete it, or name it in exclude_patterns."
                )
        if self.follows_interrupted:
            return sorted(env.found_docs)
        record = read_pages(env)
        executed_anew = [
            docname
            for docname, page in record.pages.items()
            if docname in env.found_docs
            and record.digests.get(docname) != _digest(page, record.pages)
        ]
        return executed_anew + reading.outdated(env)

    def rewrite_changed_pages(
        self, _app: Sphinx, env: BuildEnvironment
    ) -> Iterable[str]:
        """Name the pages that this site has as they were, and those that paste of them.

        Another builder may have read them since, and they are read once for all
        builders.
        """
        try:
            written = json.loads(self.written.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            written = {}
        record = read_pages(env)
        changed = {
            name
            for name, digest in record.digests.items()
            if written.get(name) != digest
        }
        borrowers = {name for name, them in record.lenders.items() if them & changed}
        return sorted(changed | borrowers)

    def publish_downloads(self, app: Sphinx, exception: Exception | None) -> None:
        """Put what the pages offer into the site."""
        if exception is None and makes_site(app):
            note = note_on_running(
                _settings(app).distributions,
                *insides.repository(app.config["html_theme_options"]),
            )
            with self.plainly():
                publish(app, read_pages(app.env).pages, note)
                exploring.publish_points(app)
                figures.publish(app)

    def remember_end(self, app: Sphinx, exception: Exception | None) -> None:
        """Note that the site was written to its end, and from which executions."""
        if exception is None:
            with self.plainly():
                digests = read_pages(app.env).digests
                write_atomically(self.written, json.dumps(digests))
            self.rendering.unlink(missing_ok=True)

    def end(self, _app: Sphinx, exception: Exception | None) -> None:
        """Let the next build begin; tell plainly if this one could not write a file."""
        self.until_end.close()
        if exception is not None:
            with self.plainly():
                raise exception


def register_suffixes(app: Sphinx, config: Config) -> None:
    """Let MyST-NB parse a run as the notebook that `read_executed_page` puts there.

    Those that are not listed are no pages, though Sphinx may look for all files.
    """
    if "external_toc_exclude_missing" in config:
        looks_for_all = not config["external_toc_exclude_missing"]
    else:  # a project of Sphinx, which may not say either that `_build` has no pages
        looks_for_all = True
        config["exclude_patterns"] = [*config["exclude_patterns"], *NEVER_PAGES]
    if looks_for_all:
        with suppress(PlanError):  # which is told where pages are planned
            settings = settings_from(config["papermill_pages"])
            unlisted = map(glob.escape, unlisted_runs(Path(app.srcdir), settings))
            config["exclude_patterns"] = [*config["exclude_patterns"], *unlisted]
    reader = ["nbformat.reads", {"as_version": 4}, False]
    ours = {RUN_SUFFIX: reader, SWEEP_SUFFIX: reader}
    config["nb_custom_formats"] = {**config["nb_custom_formats"], **ours}


def execute_in_place_of_myst_nb(_app: Sphinx, config: Config) -> None:
    """Switch MyST-NB's own execution off, which Jupyter Book switches on by itself."""
    mode = config["nb_execution_mode"]
    if mode == "inline":
        logger.warning(
            "execute_notebooks: inline has no effect, for papermill executes the pages,"
            " each as a whole. Paste values with MyST-NB's glue."
        )
    elif mode != "off":
        _log_progress(f"executes the pages in place of MyST-NB (mode {mode!r})")
    config["nb_execution_mode"] = "off"
    config["jupyter_execute_notebooks"] = UNSET  # the older name, which would win
    if config["nb_execution_cache_path"]:
        logger.warning(
            "execute: cache has no effect, for pytask remembers in pytask.lock what was"
            " executed. Take it out of the settings."
        )


def use_stylesheet(_app: Sphinx, config: Config) -> None:
    """Put the style of computed values, and of where a link arrives, into the site."""
    config["html_static_path"] = [*config["html_static_path"], str(STYLESHEET.parent)]


def warn_of_undeclared(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Say what pages, or points that are shown on them, opened undeclared."""
    pages = read_pages(env).pages
    read = (run for it in docnames if it in pages for run in pages[it].runs)
    runs = (run for page in pages.values() for run in page.runs)
    for told in warnings_of(read, _settings(app), runs):
        logger.warning("%s", told, type="papermill_pages", subtype="undeclared")


def read_executed_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace a page's source by its executed notebook."""
    record = read_pages(app.env)
    page = record.pages.get(docname)
    if page is None:
        _warn_of_unexecuted(app, docname)
    else:
        notebook = nbformat.read(page.executed, as_version=4)
        notebook.metadata.get("mystnb", {}).pop("execution_mode", None)
        if page.source.suffix == TEXT_SUFFIX:
            insides.read_as_notebook(app.env, docname)
        else:  # papermill has put in a cell, so that no line is where it was
            notebook.metadata.pop("source_map", None)
        _promote_alternative_texts(notebook)
        shared = shares_notebook(page, record.pages)
        describe_tables(notebook, docname, shared=shared)
        record.digests[docname] = _digest(page, record.pages)
        # For those who ask what a page is made of, such as the date of its last change.
        for path in {run.notebook for run in page.runs}:
            app.env.note_dependency(path.relative_to(page.root).as_posix())
        source[0] = nbformat.writes(notebook)


def _warn_of_unexecuted(app: Sphinx, docname: str) -> None:
    """Name a notebook that is published as it is, for `_toc.yml` does not list it."""
    path = Path(app.env.doc2path(docname))
    is_notebook = path.suffix == ".ipynb" or is_text_notebook(path)
    is_listed = contents_file(Path(app.srcdir)).name == "_toc.yml"
    left_alone = is_left_alone(path, execution_settings(app.config))
    if is_listed and is_notebook and not left_alone:
        logger.warning(
            "this notebook is a page, but _toc.yml does not list it, so that it is not "
            "executed. List it, or set only_build_toc_files: true in _config.yml if it "
            "should be no page",
            location=docname,
            type="papermill_pages",
            subtype="unexecuted",
        )


def show_page_parameters(app: Sphinx, doctree: nodes.document) -> None:
    """Show the parameters of a page as a table, unless the author does not want it."""
    page = read_pages(app.env).pages.get(app.env.docname)
    if page and _settings(app).show_parameters:
        show_parameters(page, doctree, offered=has_button(app.config))


def link_pasted_values(app: Sphinx, doctree: nodes.document) -> None:
    """Make every value that is pasted from another page a link to what states it there.

    In a link of the author's it is a part of that. What a page pastes from which others
    is remembered as well.
    """
    record = read_pages(app.env)
    values = insides.pasted_values(doctree)
    if values is None:
        record.lenders[app.env.docname] = set(record.pages)
        return
    record.lenders[app.env.docname] = {value.refdoc for value in values}
    for value in values:
        page = record.pages.get(value.refdoc)
        if page is not None and value.gtype == "text" and not is_in_link(value):
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


class DropEmptyLinks(SphinxPostTransform):
    """Drop the links of values that MyST-NB could not paste, of which it warns."""

    default_priority = 7  # MyST-NB pastes at 5, Sphinx resolves links at 10

    def run(self, **_: Any) -> None:
        """Look at each link that `link_pasted_values` has made."""
        for link in list(self.document.findall(addnodes.pending_xref)):
            if not link.children and link["reftarget"].startswith("result."):
                link.parent.remove(link)


def offer_downloads(
    app: Sphinx, docname: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Offer a page's executed notebook and data in place of its source."""
    insides.escape_titles(context, app.config["html_theme"])
    page = read_pages(app.env).pages.get(docname)
    if page is not None:
        menus = insides.header_buttons(context, app.config["html_theme"])
        offer(page, menus, context["pathto"])


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


def _settings(app: Sphinx) -> Settings:
    """Check the settings of a build, which an author wrote in the book's folder."""
    file = settings_file(Path(app.srcdir))
    execution = execution_settings(app.config, file)
    return settings_from(app.config["papermill_pages"], execution, file)


def _log_progress(line: str) -> None:
    logger.info("papermill: %s", line)


def _digest(page: Page, pages: Mapping[str, Page]) -> str:
    """Hash what Sphinx reads of a page; its names depend on who shares its notebook."""
    read = hashlib.sha256(b"shared" if shares_notebook(page, pages) else b"")
    points = (point for sweep in page.explored for point in sweep.points)
    for run in (page, *points):
        read.update(run.executed.read_bytes())
    words = [[it.docname, it.titles, it.labels] for it in page.explored]
    read.update(repr(words).encode())
    return read.hexdigest()
