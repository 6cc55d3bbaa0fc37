"""Chapters, executed in this process for the tests that look at them.

Each chapter has one module of tests, ``test_<notebook>.py``. It names its page, and
with `QUICK` the parameters that make a run cheap; the fixtures `chapter`, `before` and
`after` do the rest::

    CHAPTER = "book/models/trends.ipynb"
    QUICK = {"replications": 99}


    # The page as it stands, with QUICK.
    def test_the_fit_is_that_of_r(chapter: Chapter) -> None:
        assert chapter.results["amur.slope"] == approx(R["amur"]["slope"])


    # Item 2 of the box "Try it": the page before, and after what the item says.
    @pytest.mark.try_it(2)
    def test_the_usual_errors_differ_from_hc3(before: Chapter, after: Chapter) -> None:
        hc3, usual = before.namespace["growth"], after.namespace["growth"]
        assert usual.bse.iloc[1] == approx(R["amur"]["nonrobust_se"])
        assert usual.bse.iloc[1] != approx(hc3.bse.iloc[1])


    # Item 3 adds a cell, whose value is that of its last line.
    @pytest.mark.try_it(3)
    def test_the_added_cell_shows_a_smaller_error(after: Chapter) -> None:
        assert after.cells[-1].value[1] < after.namespace["growth"].bse.iloc[1]


    # Once for each point of a grid that the page allows.
    @pytest.mark.grid(region=["primorye", "amur"], last_year=[2003, 2005, None])
    def test_the_prose_about_the_direction_is_true(chapter: Chapter) -> None:
        assert ("rose" in chapter.text) == (chapter.results["change"] > 0)

``test_all_chapters.py`` fails while an item of a box has no such test. A box is written
in a Markdown cell in this form, and `try_it` reads it::

    :::{admonition} Try it
    :class: tip
    1. Set `region = "khabarovsk"` and `last_year = 2004`. Look for …
    2. Replace `cov_type="HC3"` by `cov_type="nonrobust"`. Look for …
    3. Add `growth.get_robustcov_results("HAC", maxlags=2).bse` in a new cell. Look …
    :::

An item begins with what to do, in one or more sentences or joined by "and"; all that
follows is what to look for. *Set* gives parameters their values, *Replace* changes the
text of one code cell, and *Add* puts a cell at the end. A text may run over a line's
end, in the box as in the cell: blanks of any length count as one.

Other tests call `run`, `grid` and `carry_out` themselves. A run is kept, so that many
tests can look at it; none may change what it finds there.
"""

from __future__ import annotations

import ast
import atexit
import gc
import itertools
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import yaml
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import select_figure_formats
from matplotlib.backend_bases import FigureCanvasBase
from nbformat import NotebookNode
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill_pages.declarations import Declarations, read_declarations
from papermill_pages.errors import PlanError
from papermill_pages.insides import format_pasted
from papermill_pages.kernels import ENVIRONMENT
from papermill_pages.pages import Run
from papermill_pages.plan import RUN_SUFFIX, SWEEP_SUFFIX, plan_sweep
from papermill_pages.results import glued_values, write_table
from papermill_pages.settings import Settings
from traitlets import Type
from traitlets.config import Config

from tests.book.published import ROOT

Edits = Sequence[tuple[str, str]]
"""Pairs of a text, which exactly one code cell must show, and what replaces it."""


@dataclass(frozen=True)
class Cell:
    """One cell of an executed chapter."""

    kind: str  # "code" or "markdown"
    source: str
    tags: tuple[str, ...]
    outputs: tuple[Mapping[str, Any], ...]  # as nbformat has them; figures are empty
    value: Any = None  # of its last line, before it was shown

    @property
    def removed(self) -> bool:
        """Whether the page shows nothing of what the cell says."""
        return bool({"remove-cell", "remove-output"} & {*self.tags})


@dataclass(frozen=True)
class Chapter:
    """What a chapter said and computed in one run."""

    path: str
    parameters: Mapping[str, Any]  # all of them, defaults included
    # Every plain value that the page glued, by the name that it was given.
    results: Mapping[str, Any] = field(repr=False)
    # Every variable of the notebook, after its last cell.
    namespace: Mapping[str, Any] = field(repr=False)
    cells: tuple[Cell, ...] = field(repr=False)
    # What a reader reads: Markdown with the glued values, and tables and printed text
    # where their cells stand.
    text: str = field(repr=False)
    alts: tuple[str, ...] = field(repr=False)  # the alternative texts of its figures


@dataclass(frozen=True)
class Step:
    """One item of a box "Try it"."""

    parameters: Mapping[str, Any]
    edits: tuple[tuple[str, str], ...]
    added: tuple[str, ...]  # cells to be executed at the end
    text: str  # what to look for


class CellFailed(Exception):
    """A cell of a chapter raised an exception."""


# Runs


def run(
    path: str,
    parameters: Mapping[str, Any] | None = None,
    edits: Edits = (),
    added: Sequence[str] = (),
) -> Chapter:
    """Execute a notebook, a run or the report of a sweep, or recall what was.

    Parameters
    ----------
    path : str
        From the root, such as ``"book/tables/amur.run.yml"``. The page of a sweep is
        its report.
    parameters : mapping of str to object, optional
        In place of the defaults, and of what the run gives. Those for a sweep are for
        the notebook of its points.
    edits : sequence of (str, str)
        Changes of the page's source.
    added : sequence of str
        Code cells to be executed at the end.

    Raises
    ------
    PlanError
        If the notebook has no such parameter or does not allow the value.
    ValueError
        If an edit does not fit.
    CellFailed
        If a cell raises; its message holds the cell.
    """
    return _run(path, _as_key(parameters or {}), tuple(edits), tuple(added))


def grid(
    path: str,
    values: Mapping[str, Sequence[Any]],
    common: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Combine values of parameters, without the points that the page refuses.

    Parameters
    ----------
    path : str
        A notebook, a run or a sweep, whose points have the parameters.
    values : mapping of str to sequence
        The values of each parameter.
    common : mapping of str to object, optional
        Parameters of all points.

    Raises
    ------
    PlanError
        If the page refuses all of them.
    """
    notebook, given = _notebook_of(path, in_sweep="notebook")
    points, refusal = [], None
    for combined in itertools.product(*values.values()):
        point = {**(common or {}), **dict(zip(values, combined, strict=True))}
        try:
            _declarations(notebook).values({**given, **point}, ROOT / path)
        except PlanError as error:
            refusal = error
        else:
            points.append(point)
    if not points and refusal:
        raise refusal
    return points


def _as_key(parameters: Mapping[str, Any]) -> str:
    return json.dumps(parameters, sort_keys=True)


@cache
def _run(
    path: str,
    parameters: str,
    edits: tuple[tuple[str, str], ...],
    added: tuple[str, ...],
) -> Chapter:
    notebook, given = _notebook_of(path)
    if path.endswith(SWEEP_SUFFIX):
        given = {"table": str(_table_of_sweep(path, parameters))}
    else:
        given |= json.loads(parameters)
    values = _declarations(notebook).values(given, ROOT / path)
    source = load_notebook_node(str(notebook))
    for old, new in edits:
        _edit(source, old, new, path)
    untagged = {"tags": []}  # as papermill has it
    source.cells += [nbformat.v4.new_code_cell(it, metadata=untagged) for it in added]
    executed, values_of_cells, namespace = _execute(source, given, notebook)
    results = _results(executed)
    cells = tuple(map(_cell, executed.cells, values_of_cells))
    return Chapter(
        path=path,
        parameters=values,
        results=results,
        namespace=namespace,
        cells=cells,
        text="\n\n".join(_text(cells, results, path)),
        alts=tuple(alt for cell in executed.cells for alt in _alts(cell)),
    )


def _notebook_of(path: str, in_sweep: str = "report") -> tuple[Path, dict[str, Any]]:
    """Find the notebook that makes a page, and the parameters that it is given."""
    source = ROOT / path
    if path.endswith((RUN_SUFFIX, SWEEP_SUFFIX)):
        content = yaml.safe_load(source.read_text(encoding="utf-8"))
        name = content[in_sweep if path.endswith(SWEEP_SUFFIX) else "notebook"]
        return (source.parent / name).resolve(), dict(content.get("parameters") or {})
    return source.resolve(), {}


@cache
def _declarations(notebook: Path) -> Declarations:
    return read_declarations(notebook)


@cache
def _table_of_sweep(path: str, parameters: str) -> Path:
    """Execute the points of a sweep, and write their table as the engine does."""
    sweep, _ = plan_sweep(ROOT, ROOT / path, Settings())
    root = Path(tempfile.mkdtemp())
    points = tuple(replace(point, root=root) for point in sweep.points)
    for point in points:
        given = {**point.parameters, **json.loads(parameters)}
        _declarations(point.notebook).values(given, ROOT / path)
        source = load_notebook_node(str(point.notebook))
        executed, _, _ = _execute(source, given, point.notebook)
        _write(executed, point)
    moved = replace(sweep, root=root, source=root / path, points=points)
    write_table(moved)
    return moved.table


def _edit(notebook: NotebookNode, old: str, new: str, path: str) -> None:
    pattern = re.compile(r"\s+".join(map(re.escape, old.split())))
    cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code"
        and not {"remove-cell", "remove-input"} & {*cell.metadata.get("tags", ())}
        and pattern.search(cell.source)
    ]
    if len(cells) != 1:
        raise ValueError(
            f"{path}: {old!r} stands in {len(cells)} of the code cells that the page "
            "shows, not in one."
        )
    cells[0].source = pattern.sub(lambda _: new, cells[0].source)


# A notebook in a shell of its own


class _DisplayHook(DisplayHook):
    """Keeps what a cell's last line shows, and prints nothing."""

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        self.shell.display_pub.publish(format_dict, md_dict)


class _Shell(InteractiveShell):
    displayhook_class = Type(_DisplayHook)
    display_pub_class = Type(CapturingDisplayPublisher)

    def enable_gui(self, gui: str | None = None) -> None:
        """Do without; figures are shown inline."""

    def showtraceback(self, *_: Any, **__: Any) -> None:
        """Leave it to the exception that is raised."""


def _execute(
    source: NotebookNode, given: Mapping[str, Any], path: Path
) -> tuple[NotebookNode, list[Any], dict[str, Any]]:
    """Execute a notebook, and return it with the values of its cells and variables."""
    notebook = parameterize_notebook(source, given) if given else source
    values: list[Any] = []
    with _shell(path.parent) as shell:
        for cell in notebook.cells:
            values.append(None)
            if cell.cell_type != "code":
                continue
            shell.display_pub.outputs = []
            with redirect_stdout(StringIO()) as out, redirect_stderr(out):
                result = shell.run_cell(cell.source, store_history=True)
            error = result.error_before_exec or result.error_in_exec
            if error:
                where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
                msg = f"{where}: {type(error).__name__}: {error}, in\n\n{cell.source}"
                raise CellFailed(msg) from error
            cell.outputs = list(_outputs(shell, out.getvalue()))
            values[-1] = result.result
        hidden = {*shell.user_ns_hidden}
        variables = {
            name: value
            for name, value in shell.user_ns.items()
            if name not in hidden and not name.startswith("_")
        }
    return notebook, values, variables


@contextmanager
def _shell(folder: Path) -> Iterator[InteractiveShell]:
    """Give a new shell in a folder, and afterwards leave no trace of it.

    Figures are drawn, but nothing is rendered from them: that would take most of the
    time, and the built book shows that it can be done.
    """
    with ExitStack() as stack:
        # What a cell defines belongs to the module that the shell calls __main__.
        stack.callback(sys.modules.__setitem__, "__main__", sys.modules["__main__"])
        stack.enter_context(mock.patch.object(sys, "path", [str(folder), *sys.path]))
        stack.enter_context(mock.patch.dict(os.environ, ENVIRONMENT))
        stack.enter_context(mpl.rc_context())
        stack.enter_context(mock.patch.object(FigureCanvasBase, "print_figure"))
        # The first cell would show a figure that another test of this process left.
        plt.close("all")
        stack.callback(plt.close, "all")
        # Some functions collect garbage, for as long as there is much to look through.
        gc.freeze()
        stack.callback(gc.unfreeze)
        stack.callback(os.chdir, Path.cwd())
        os.chdir(folder)
        InteractiveShell.clear_instance()
        stack.callback(_Shell.clear_instance)
        shell = _Shell.instance(
            ipython_dir=_settings_of_ipython(),
            config=Config(HistoryManager={"enabled": False}),
        )
        # The variables are for the tests, and no shell is to clear them at the end.
        atexit.unregister(shell.atexit_operations)
        shell.enable_matplotlib("inline")
        # IPython does so for the first shell alone.
        select_figure_formats(shell, {"png"})
        yield shell


@cache
def _settings_of_ipython() -> str:
    """Make a folder that has no settings of the reader's own."""
    return tempfile.mkdtemp()


def _outputs(shell: InteractiveShell, printed: str) -> Iterator[NotebookNode]:
    if printed:
        yield nbformat.v4.new_output("stream", name="stdout", text=printed)
    for shown in shell.display_pub.outputs:
        yield nbformat.v4.new_output(
            "display_data", data=shown["data"], metadata=shown["metadata"] or {}
        )


# What is read from an executed notebook


def _results(executed: NotebookNode) -> dict[str, Any]:
    """Read the glued values as the engine does, under the names that were given."""
    with tempfile.TemporaryDirectory() as folder:
        page = Run("page", Path("page"), Path("page"), Path(folder))
        _write(executed, page)
        return glued_values(page)


def _write(executed: NotebookNode, page: Run) -> None:
    page.executed.parent.mkdir(parents=True, exist_ok=True)
    page.executed.write_text(json.dumps(executed), encoding="utf-8")


def _cell(cell: NotebookNode, value: Any) -> Cell:
    tags = tuple(cell.metadata.get("tags", ()))
    outputs = tuple(cell.get("outputs", ()))
    return Cell(cell.cell_type, cell.source, tags, outputs, value)


_BREAK = re.compile(r"(?<=[^\s|])\n *(?!\s|[|#>]|[-*] |\d+\. |:::|```|\$\$)")
"""Where a line of prose goes on: a reader sees a blank."""


def _text(
    cells: Sequence[Cell], results: Mapping[str, Any], path: str
) -> Iterator[str]:
    for cell in cells:
        if cell.removed:
            continue
        if cell.kind == "markdown":
            yield _with_glued_values(cell.source, results, path)
        for output in cell.outputs:
            data = output.get("data", {"text/plain": output.get("text", "")})
            if any(mime.startswith("image/") for mime in data):
                continue
            shown = [data[it] for it in ("text/markdown", "text/plain") if it in data]
            yield from shown[:1]


def _with_glued_values(source: str, results: Mapping[str, Any], path: str) -> str:
    """Put the values of this page in the places of the roles that paste them."""

    def pasted(role: re.Match[str]) -> str:
        name, colon, spec = role[1].rpartition(":")
        name, spec = (name, spec) if colon else (spec, "s")
        if "::" in role[1]:
            return role[0]  # a value of another page
        if name not in results:
            raise ValueError(f"{path}: no cell glues {name!r}, which its text pastes.")
        return format_pasted(repr(results[name]), spec)

    return re.sub(r"\{glue:text\}`([^`]+)`", pasted, _BREAK.sub(" ", source))


def _alts(cell: NotebookNode) -> Iterator[str]:
    for output in cell.get("outputs", ()):
        for metadata in output.get("metadata", {}).values():
            if isinstance(metadata, Mapping) and "alt" in metadata:
                yield metadata["alt"]
    image = cell.metadata.get("mystnb", {}).get("image", {})
    if "alt" in image:
        yield image["alt"]


# Boxes "Try it"

_BOX = re.compile(
    r"^(?P<fence>:{3,}|`{3,})\{admonition\} Try it *\n(?P<body>.*?)^(?P=fence) *$",
    re.MULTILINE | re.DOTALL,
)
_SPAN = r"(?<!`)(`+)(?!`)(.+?)(?<!`)\{}(?!`)"
_ONE, _TWO = _SPAN.format(1), _SPAN.format(3)
_ACTIONS = {
    "set": re.compile(_ONE),
    "replace": re.compile(f"{_ONE} by {_TWO}"),
    "add": re.compile(f"{_ONE} in a new cell"),
}
_FORMS = (
    "Begin it with 'Set `name = value`.', 'Replace `text` by `text`.' or "
    "'Add `code` in a new cell.'"
)
_VERB = re.compile(r"(set|replace|add) (?=`)", re.IGNORECASE)
_JOINT = re.compile(r",? and |, |[.;:] ")


@cache
def try_it(path: str) -> list[Step]:
    """Read the box "Try it" of a page.

    Raises
    ------
    ValueError
        If there is not exactly one box, or an item is not of the form that the module
        describes.
    """
    notebook, _ = _notebook_of(path)
    cells = nbformat.read(notebook, as_version=4).cells
    boxes = [
        box["body"]
        for cell in cells
        if cell.cell_type == "markdown"
        for box in _BOX.finditer(cell.source)
    ]
    if len(boxes) != 1:
        raise ValueError(f"{path}: it has {len(boxes)} boxes 'Try it', not one.")
    _, *items = re.split(r"^ {0,3}\d+\. ", boxes[0], flags=re.MULTILINE)
    if not items:
        raise ValueError(f"{path}: its box 'Try it' has no numbered item.")
    return [
        _read_step(" ".join(item.split()), f"{path}, item {number} of 'Try it'")
        for number, item in enumerate(items, 1)
    ]


def carry_out(
    path: str, number: int, parameters: Mapping[str, Any] | None = None
) -> tuple[Chapter, Chapter]:
    """Run a page before and after what an item of its box says, from 1.

    Parameters
    ----------
    path : str
        As for `run`.
    number : int
        The number of the item.
    parameters : mapping of str to object, optional
        Of both runs, such as fewer replications.
    """
    steps, given = try_it(path), parameters or {}
    if not 1 <= number <= len(steps):
        raise ValueError(f"{path}: its box 'Try it' has {len(steps)} items.")
    step = steps[number - 1]
    after = run(path, {**given, **step.parameters}, step.edits, step.added)
    return run(path, given), after


def _read_step(item: str, where: str) -> Step:
    parameters: dict[str, Any] = {}
    edits: list[tuple[str, str]] = []
    added: list[str] = []
    verb, rest = "", item
    while True:
        named = _VERB.match(rest)
        if named:
            verb, rest = named[1].lower(), rest[named.end() :]
        elif not (verb and rest.startswith("`")):
            break
        action = _ACTIONS[verb].match(rest)
        if not action:
            raise ValueError(f"{where}: cannot read {rest!r} after {verb!r}. {_FORMS}")
        if verb == "set":
            parameters |= _assignment(_code(action[2]), where)
        elif verb == "replace":
            edits.append((_code(action[2]), _code(action[4])))
        else:
            added.append(_code(action[2]))
        rest = rest[action.end() :]
        joint = _JOINT.match(rest)
        if not joint:
            break
        rest = rest[joint.end() :]
    if not verb:
        raise ValueError(f"{where}: it does not say what to do. {_FORMS}")
    if _VERB.search(rest) or not re.match(r"\w", rest):
        raise ValueError(
            f"{where}: cannot read {rest!r}. After all that is to be done, say what to "
            "look for."
        )
    return Step(parameters, tuple(edits), tuple(added), rest)


def _code(span: str) -> str:
    """Take the blanks away that let a span begin or end with a backtick."""
    padded = span.startswith(" ") and span.endswith(" ") and span.strip()
    return span[1:-1] if padded else span


def _assignment(code: str, where: str) -> dict[str, Any]:
    try:
        (statement,) = ast.parse(code).body
        assert isinstance(statement, ast.Assign)
        (target,) = statement.targets
        assert isinstance(target, ast.Name)
        return {target.id: ast.literal_eval(statement.value)}
    except (AssertionError, SyntaxError, ValueError):
        msg = f"{where}: {code!r} does not set a parameter to a Python literal."
        raise ValueError(msg) from None
