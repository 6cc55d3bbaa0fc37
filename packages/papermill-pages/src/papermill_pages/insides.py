"""What this package uses of other libraries that they do not document.

Each use says why it is there. Where a newer version lacks it, a build goes on with
less, and one line says so. ``tests/test_insides.py`` names each of them, and
``pyproject.toml`` keeps out the versions that were not tried.
"""

from __future__ import annotations

import html
import logging
import re
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytask_parallel import execute

if TYPE_CHECKING:
    from docutils import nodes
    from nbformat import NotebookNode
    from pluggy import PluginManager
    from sphinx.application import Sphinx
    from sphinx.domains.std import StandardDomain
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger("papermill_pages")


@cache
def say_once(missing: str, consequence: str) -> None:
    """Say in one line what a library lacks, and what a build does without it."""
    logger.warning(
        "%s: unknown to this version of papermill-pages. %s", missing, consequence
    )


# pytask and pytask-parallel

_DATABASE = "_pytask.database"


def leave_out_database(plugins: PluginManager) -> None:
    """Keep pytask from its older database.

    The lock file holds all states. The database would hold them once more, and take as
    much of this process as executing a short notebook does.
    """
    if plugins.has_plugin(_DATABASE):
        plugins.unregister(name=_DATABASE)
    else:
        say_once("pytask's database", "A build may take a little longer.")


_SECONDS_BETWEEN_LOOKS = 0.05


def look_often() -> None:
    """Have pytask-parallel look often for tasks that have ended.

    By itself it sleeps for up to a second, longer than a short page takes.
    """
    sleeper: Any = getattr(execute, "_Sleeper", None)
    if sleeper is None:
        say_once("pytask-parallel's sleep", "A build may take a few seconds longer.")
    else:
        sleeper.sleep = lambda _: time.sleep(_SECONDS_BETWEEN_LOOKS)


def leave_path_alone() -> None:
    """Keep pytask-parallel from adding the book's folder to ``PYTHONPATH``.

    It does so for processes of its own, which are not used. Kernels would get it as
    well, and notebooks import from there what they do not find elsewhere.
    """
    if hasattr(execute, "set_worker_root"):
        execute.set_worker_root = lambda _: None


def half_written(lock: Path) -> Path:
    """Return where pytask writes its lock before it takes the place of the last one."""
    return lock.with_suffix(f"{lock.suffix}.tmp")


# Sphinx


class FailuresToWrite(logging.Handler):
    """Hears of files that Sphinx could not write, of which it only warns.

    Sphinx hands its logger the error itself. Should it no longer, then a full disk is
    a warning in the log, as it is without this package.
    """

    def __init__(self, hear: Callable[[OSError], None]) -> None:
        super().__init__(logging.WARNING)
        self.hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on the error that a warning is about."""
        for part in record.args if isinstance(record.args, tuple) else ():
            if isinstance(part, OSError):
                self.hear(part)


def add_target(
    domain: StandardDomain, label: str, docname: str, node_id: str, title: str = ""
) -> None:
    """Let a label lead to an id of a page; without a title by explicit text alone.

    What Sphinx documents for this works for a node that docutils has named, before
    Sphinx collects these names. The cells of a notebook have none.
    """
    try:
        domain.anonlabels[label] = docname, node_id
        if title:
            domain.labels[label] = docname, node_id, title
    except AttributeError:
        say_once("Sphinx's labels", "Pasted values do not lead to their cells.")


def dependencies(env: BuildEnvironment, docname: str) -> list[Path]:
    """Return the files that a page has noted beside its source, such as its images.

    Sphinx documents how to note them, but not where they stand.
    """
    noted = getattr(env, "dependencies", None)
    if noted is None:
        consequence = "A page may be old if a file that it shows has an older time."
        say_once("Sphinx's dependencies of pages", consequence)
        return []
    return [Path(env.srcdir, file) for file in sorted(map(str, noted.get(docname, ())))]


def forget_words_of_no_page(app: Sphinx) -> tuple[()]:
    """Drop the words that Sphinx keeps in its search index after their last page.

    Sphinx takes a page that it writes again out of the list of each word's pages, and
    writes a word without pages all the same: the index would tell a site's history.
    """
    indexer: Any = getattr(app.builder, "indexer", None)
    try:
        for words in (indexer._mapping, indexer._title_mapping) if indexer else ():
            for word in [word for word, pages in words.items() if not pages]:
                del words[word]
    except (AttributeError, TypeError):
        consequence = "A site brought up to date may differ there from one built anew."
        say_once("Sphinx's search index", consequence)
    return ()


# MyST-NB

_NAME = "papermill_pages_name"
"""The attribute in which a pasted value keeps its name."""


def glued_output(output: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the name under which an output was glued, if it was, and its data.

    The notebook is the only place where MyST-NB keeps what a page glued.
    """
    name = output.get("metadata", {}).get("scrapbook", {}).get("name", "")
    prefix = "application/papermill.record/"  # of what is glued without being shown
    data = {
        mime.removeprefix(prefix): content
        for mime, content in output.get("data", {}).items()
    }
    if name and "text/plain" in data:
        data["text/plain"] = _without_numpy("".join(data["text/plain"]))
    return name, data


def _without_numpy(text: str) -> str:
    """Write a scalar of NumPy as Python's own, as NumPy itself did before version 2."""
    scalar = re.fullmatch(
        r"np\.(?:(True|False)_|(?:u?int|float|str|bool|longlong)\d*_?\((.*)\))", text
    )
    return (scalar[1] or scalar[2]) if scalar else text


def is_myst_notebook(text: str) -> bool:
    """Tell whether MyST-NB takes a text in Markdown for a notebook."""
    try:
        from myst_nb.core.read import is_myst_markdown_notebook

        return bool(is_myst_markdown_notebook(text))
    except (ImportError, AttributeError):  # or of metadata that it does not expect
        return False


def read_myst_notebook(text: str, path: Path) -> NotebookNode:
    """Read a notebook in MyST Markdown as MyST-NB does in a book of Jupyter Book.

    What its other extensions add has no part in where a cell ends. Its metadata have a
    ``source_map``: the line in which each cell begins.
    """
    from myst_nb.core.read import read_myst_markdown_notebook
    from myst_parser.config.main import MdParserConfig

    config = MdParserConfig(enable_extensions={"colon_fence", "dollarmath"})
    notebook: NotebookNode = read_myst_markdown_notebook(
        text, config, add_source_map=True, path=path
    )
    return notebook


def read_as_notebook(env: BuildEnvironment, docname: str) -> None:
    """Let MyST-NB read a page as a notebook in JSON, although it is in Markdown.

    Its setting for other formats goes by the end of a file's name, and a whole path is
    one. It copies its settings before any page is known.
    """
    try:
        formats = env.mystnb_config.custom_formats  # type: ignore[attr-defined]
    except AttributeError:
        consequence = "Pages in Markdown show no outputs."
        say_once("MyST-NB's formats of notebooks", consequence)
        return
    formats[env.doc2path(docname)] = ("nbformat.reads", {"as_version": 4}, False)


def render_output(
    document: nodes.document,
    output: Mapping[str, Any],
    options: Mapping[str, Any],
    source: str,
    line: int,
) -> list[nodes.Node]:
    """Make nodes of an output of another notebook, as of one of the page's own.

    MyST-NB has this for glued outputs. The output has ``data`` and ``metadata``; the
    options are those of its cell for MyST-NB.

    Raises
    ------
    ValueError
        If this version of MyST-NB has no such function.
    """
    try:
        from myst_nb.core.variables import VariableOutput, render_variable_outputs

        renderer = document["nb_renderer"]
    except (ImportError, KeyError):
        msg = "this version of MyST-NB cannot show the outputs of other notebooks."
        raise ValueError(msg) from None
    render = dict(options)
    for described in output["metadata"].values():
        if isinstance(described, dict) and "alt" in described:
            render["image"] = {**render.get("image", {}), "alt": described["alt"]}
    made = VariableOutput(output["data"], output["metadata"], renderer, "explore")
    rendered = render_variable_outputs(
        [made], document, line, source, render=render or None
    )
    return list(rendered)


def bundles(doctree: nodes.document, *, expected: bool) -> list[nodes.container]:
    """Find what MyST-NB made of each output in all formats, of which it selects one.

    It marks them until the page is resolved. `expected` tells whether there are any.
    """
    from docutils import nodes

    containers = list(doctree.findall(nodes.container))
    found = [node for node in containers if node.get("nb_element") == "mime_bundle"]
    if expected and not found:
        say_once("MyST-NB's outputs in several formats", "Figures offer no data.")
    return found


def code_cells(
    doctree: nodes.document, *, expected: bool
) -> list[tuple[int, nodes.container]]:
    """Find the code cells of a notebook, each with its place among all cells.

    `expected` tells whether it has any. If then MyST-NB's doctree shows none, one line
    says so.
    """
    from docutils import nodes

    cells = [
        (node["cell_index"], node)
        for node in doctree.findall(nodes.container)
        if node.get("nb_element") == "cell_code" and "cell_index" in node
    ]
    if expected and not cells:
        say_once("MyST-NB's code cells", "Pasted values do not lead to their cells.")
    return cells


def is_removed(cell: Mapping[str, Any], *parts: str) -> bool:
    """Tell whether an author keeps a cell's input, its output or both off its page."""
    tags = {tag.replace("_", "-") for tag in cell["metadata"].get("tags", ())}
    wanted = {f"remove-{part}" for part in parts or ("input", "output")}
    empty = not "".join(cell["source"]).strip()
    return empty or "remove-cell" in tags or wanted <= tags


def code_is_shown(cell: nodes.container, *, folded: bool = False) -> bool:
    """Tell whether a page shows the code of a cell; `folded`: or lets it unfold.

    MyST-NB keeps in the cell what its tags hide, and folds that away at the end. Were
    this kept elsewhere, a link to a result might lead to a cell that is folded.
    """
    code = any(_is(part, "cell_code_source") for part in _parts(cell))
    return code and (folded or cell.get("hide_mode") in (None, "output"))


def output_is_shown(cell: nodes.container, *, folded: bool = False) -> bool:
    """Tell whether a page shows what a cell put out; `folded`: or lets it unfold.

    Glued values are not shown.
    """
    from docutils import nodes

    return (folded or cell.get("hide_mode") in (None, "input")) and any(
        output.astext().strip() or output.next_node(nodes.image)
        for output in outputs(cell)
    )


def outputs(cell: nodes.container) -> list[nodes.container]:
    """Return what holds the outputs of a cell, nothing if it has none."""
    return [part for part in _parts(cell) if _is(part, "cell_code_output")]


def fold_code(cell: nodes.container) -> None:
    """Let MyST-NB fold the code of a cell, as the tag ``hide-input`` does.

    Without it, the code stands unfolded.
    """
    modes = {None: "input", "output": "input+output"}
    if cell.get("hide_mode") in modes:
        cell["hide_mode"] = modes[cell.get("hide_mode")]
        cell.setdefault("prompt_show", "Show code cell {type}")
        cell.setdefault("prompt_hide", "Hide code cell {type}")


def join_code(cell: nodes.container, next_cell: nodes.container) -> None:
    """Let one cell show the code of the next as well, which has put out nothing."""
    code, more = (
        next(part for part in _parts(it) if _is(part, "cell_code_source"))
        for it in (cell, next_cell)
    )
    code.extend(more.children)
    cell["ids"] += next_cell["ids"]
    next_cell.parent.remove(next_cell)


def _parts(cell: nodes.container) -> list[nodes.container]:
    from docutils import nodes

    parts = [part for part in cell.children if isinstance(part, nodes.container)]
    if parts and not any("nb_element" in part for part in parts):
        consequence = "A result may lead to a cell that shows nothing."
        say_once("the parts of MyST-NB's code cells", consequence)
    return parts


def _is(part: nodes.container, name: str) -> bool:
    return bool(part.get("nb_element") == name)


def pasted_values(doctree: nodes.document) -> list[Any] | None:
    """Find the values that a page pastes from other pages; None if that is unknown.

    Each has the attributes ``refdoc``, ``key`` and ``gtype``. When MyST-NB resolves
    them, Sphinx has decided which pages are out of date, and no link can be made.
    """
    try:
        from myst_nb.ext.glue.utils import PendingGlueReference
    except ImportError:
        consequence = "Pages that paste values are always written again, without links."
        say_once("MyST-NB's pasted values", consequence)
        return None
    return list(doctree.findall(PendingGlueReference))


def keep_names_of_pasted_values() -> None:
    """Let MyST-NB keep the name of a value that a page pastes of its own.

    It puts the text of the value there and nothing else.
    """
    try:
        from myst_nb.ext.glue.roles import PasteTextRole

        paste = PasteTextRole.run
    except (ImportError, AttributeError):
        say_once("MyST-NB's role of values", "Results do not lead to sentences.")
        return

    def paste_with_name(role: Any) -> Any:
        made, messages = paste(role)
        for node in made:
            if is_pasted(node):
                node[_NAME] = role.text.rpartition(":")[0] or role.text
        return made, messages

    if paste.__name__ != paste_with_name.__name__:
        PasteTextRole.run = paste_with_name


def own_pasted_values(doctree: nodes.document) -> list[tuple[nodes.inline, str]]:
    """Find the values that a page pastes of its own, each with its name."""
    from docutils import nodes

    return [
        (node, node[_NAME]) for node in doctree.findall(nodes.inline) if _NAME in node
    ]


def is_pasted(node: nodes.Node) -> bool:
    """Tell whether a node is the text of a pasted value, which MyST-NB marks so."""
    return "pasted-text" in getattr(node, "attributes", {}).get("classes", ())


def format_pasted(text: str, spec: str) -> str:
    """Format a value as prose pastes it: as MyST-NB, but with a true minus sign.

    `text` represents the value, so that a glued text has quotation marks; it stays as
    it is, whatever hyphens it holds.
    """
    from myst_nb.core.variables import format_plain_text

    text = _without_numpy(text)
    shown = str(format_plain_text(text, spec))
    try:
        float(text)
    except ValueError:
        return shown
    return shown.replace("-", "−")


def paste_minus_signs() -> None:
    """Let MyST-NB paste a negative number with a minus sign in place of a hyphen.

    It formats the values of a page as it reads it, and those of other pages as it
    writes it; neither can be set, and afterwards a number is a text like any other.
    """
    try:
        from myst_nb.ext.glue import crossref, roles

        places: tuple[Any, ...] = roles, crossref
        for place in places:
            place.format_plain_text  # noqa: B018
    except (ImportError, AttributeError):
        consequence = "A negative number has a hyphen for its minus sign."
        say_once("MyST-NB's format of pasted values", consequence)
        return
    for place in places:
        place.format_plain_text = format_pasted


def write_stylesheet_of_notebooks(app: Sphinx, _env: BuildEnvironment) -> None:
    """Write MyST-NB's stylesheet before the pages, which state its checksum.

    MyST-NB writes it last, so the pages of a first build would state none.
    """
    if app.builder.format != "html":
        return
    try:
        from myst_nb.sphinx_ext import add_global_html_resources

        (Path(app.outdir) / "_static").mkdir(exist_ok=True)
        add_global_html_resources(app, None)
    except (ImportError, TypeError):
        consequence = "Pages of a first build do not state its checksum."
        say_once("MyST-NB's stylesheet", consequence)


# The theme of Jupyter Book


def header_buttons(
    context: Mapping[str, Any], theme: str
) -> dict[str, list[dict[str, Any]]]:
    """Return the buttons of each menu above a page, by the menu's label.

    The theme offers the sources of pages for download, and has no setting for other
    files. Another theme has no such menus.
    """
    menus = context.get("header_buttons")
    if menus is None and theme == "sphinx_book_theme":
        say_once("the menus of sphinx-book-theme", "Pages offer no download.")
    return {
        menu["label"]: menu["buttons"]
        for menu in menus or ()
        if "label" in menu and "buttons" in menu
    }


def escape_titles(context: dict[str, Any], theme: str) -> None:
    """Let the theme show titles as text in print and in its list of pages.

    It puts them there as if they were HTML, so that ``<`` would begin a tag.
    """
    if theme == "sphinx_book_theme":
        for name in {"pagetitle", "root_title"} & context.keys():
            context[name] = html.escape(context[name], quote=False)


def repository(options: Mapping[str, Any]) -> tuple[str, str]:
    """Return the address and the branch of a book's source, from the theme's options.

    Where a book names none, Jupyter Book 1 writes its own repository there.
    """
    address = options.get("repository_url", "")
    if address == "https://github.com/executablebooks/jupyter-book":
        return "", ""
    return address, options.get("repository_branch", "")
