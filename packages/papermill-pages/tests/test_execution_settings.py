"""What MyST-NB has for the execution of notebooks, which means here the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import foreign_notebooks as foreign
import nbformat
import pytest
import yaml
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.config import NbParserConfig
from papermill_pages.errors import PageFailed, PlanError
from papermill_pages.execution import execute
from papermill_pages.execution_settings import (
    ExecutionSettings,
    as_sphinx_has_it,
    execution_settings,
)
from papermill_pages.kernels import kernel_environment
from papermill_pages.pages import Point
from papermill_pages.plan import plan_pages
from papermill_pages.settings import Settings, settings_from, settings_of_book
from papermill_pages.stability import stable_text
from small_book import Book

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
OUTPUT = nbformat.v4.new_output("stream", name="stdout", text="stored\n")
RAISES, SKIPPED = {"tags": ["raises-exception"]}, {"tags": ["skip-execution"]}
ERROR = nbformat.v4.new_output("error", ename="E", evalue="old", traceback=["old"])


def notebook(*cells: Any, **metadata: Any) -> nbformat.NotebookNode:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    new = nbformat.v4.new_notebook(metadata={"kernelspec": kernel, **metadata})
    for number, (source, options, outputs) in enumerate(cells):
        cell = nbformat.v4.new_code_cell(source, id=f"c{number}", metadata=options)
        cell.outputs = deepcopy(outputs)
        new.cells.append(cell)
    return new


NOTEBOOKS = {
    "tags": notebook(
        ("x = 1", {}, [OUTPUT]),
        ("print(x); 1 / 0", RAISES, []),
        ("x = 2", SKIPPED, [OUTPUT, ERROR]),
        ("", {}, [OUTPUT]),
        ("x", {}, [ERROR]),
    ),
    "a notebook that allows errors": notebook(
        ("1 / 0", {}, []), ("'on'", {}, []), mystnb={"execution_allow_errors": True}
    ),
    "its older words for that": notebook(
        ("1 / 0", {}, []),
        ("'on'", {}, []),
        execution={"allow_errors": True},
        mystnb={"execution_allow_errors": False},
    ),
    "an end that is meant": notebook(("raise SystemExit", RAISES, []), ("1", {}, [])),
}


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with foreign.executor("points") as settings:
        yield settings


def run_of(folder: Path, content: nbformat.NotebookNode) -> Point:
    source = folder / "chapter.ipynb"
    nbformat.write(content, source)
    execution = ExecutionSettings().of_notebook(content.metadata, source)
    return Point("chapter", source, source, folder, execution=execution)


@pytest.mark.parametrize(
    ("name", "shells"), [*((it, "points") for it in NOTEBOOKS), ("tags", "none")]
)
def test_tags_and_metadata_give_the_outputs_that_myst_nb_has(
    name: str, shells: str, settings: Settings, tmp_path: Path
) -> None:
    content = NOTEBOOKS[name]
    run = run_of(tmp_path, content)
    execute(run, replace(settings, shells=shells))
    theirs = deepcopy(content)
    ended = single_nb_execution(
        theirs,
        str(tmp_path),
        timeout=30,
        allow_errors=bool(
            content.metadata.get("mystnb", {}).get("execution_allow_errors")
        ),
    )
    assert ended.err is None
    ours = nbformat.read(run.executed, as_version=4)
    for one, other in zip(ours.cells, theirs.cells, strict=True):
        assert one.execution_count == other.execution_count
        assert len(one.outputs) == len(other.outputs)
        for made, expected in zip(one.outputs, other.outputs, strict=True):
            if "text" in expected:
                expected["text"] = stable_text(expected["text"], tmp_path)
            # Where a cell is in a traceback is made stable as well.
            assert made | {"traceback": []} == expected | {"traceback": []}


def test_an_error_that_nobody_allows_is_the_one_that_is_told(
    settings: Settings, tmp_path: Path
) -> None:
    cells = ("1 / 0", RAISES, []), ("x = 2", SKIPPED, [ERROR]), ("wrong", {}, [])
    run = run_of(tmp_path, notebook(*cells))
    with pytest.raises(PageFailed, match=r"failed in cell \[2\]: NameError"):
        execute(run, settings)


def test_a_notebook_that_ends_its_kernel_is_not_taken_for_executed(
    settings: Settings, tmp_path: Path
) -> None:
    run = run_of(tmp_path, notebook(("raise SystemExit", {}, []), ("1", {}, [])))
    with pytest.raises(PageFailed, match=r"in cell \[1\], which raises SystemExit"):
        execute(run, settings)


def test_a_notebook_can_run_in_a_folder_of_its_own(
    settings: Settings, tmp_path: Path
) -> None:
    code = "from pathlib import Path\nprint([*Path().iterdir()], Path().resolve())"
    run = run_of(tmp_path, notebook((code, {}, [])))
    execute(replace(run, execution=ExecutionSettings(in_temp=True)), settings)
    (output,) = nbformat.read(run.executed, as_version=4).cells[0].outputs
    assert output.text.startswith("[] ")
    assert not Path(output.text.removeprefix("[] ").strip()).exists()


@pytest.mark.parametrize(("threads", "expected"), [(1, "1"), (3, "3"), (0, None)])
def test_a_book_sets_the_threads_of_linear_algebra(
    threads: int, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in THREADS:
        monkeypatch.setenv(name, "7")  # a reader's own
    with kernel_environment(Settings(threads=threads), fork=False):
        assert {os.environ.get(name) for name in THREADS} == {expected}
    assert {os.environ[name] for name in THREADS} == {"7"}


def test_the_defaults_are_those_of_myst_nb() -> None:
    theirs = NbParserConfig()
    for name, value in vars(ExecutionSettings()).items():
        assert value == getattr(theirs, f"execution_{name}")


@pytest.mark.parametrize(("seconds", "limit"), [(60, 60), (0, -1), (None, 7)])
def test_a_limit_of_the_engines_own_comes_first(
    seconds: int | None, limit: int
) -> None:
    settings = settings_from({"timeout": seconds}, ExecutionSettings(timeout=7))
    assert settings.execution.timeout == limit


@pytest.mark.parametrize(
    ("config", "settings"),
    [
        ({"execute": None}, {}),
        ({"execute": {"timeout": -1, "allow_errors": True}}, {"allow_errors": True}),
        ({"execute": {"run_in_temp": True}}, {"in_temp": True}),
        ({"execute": {"exclude_patterns": ["a/*"]}}, {"excludepatterns": ("a/*",)}),
        (
            {"execute": {"timeout": 5}, "sphinx": {"config": {"execution_timeout": 7}}},
            {"timeout": 7},
        ),
    ],
)
def test_settings_are_those_that_jupyter_book_gives_to_sphinx(
    config: dict[str, Any], settings: dict[str, Any]
) -> None:
    wanted = {"timeout": -1} if "allow_errors" in settings else {}
    made = execution_settings(as_sphinx_has_it(config))
    assert made == ExecutionSettings(**wanted, **settings)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nb_execution_timeout": "60"}, "whole number of seconds, not '60'"),
        ({"nb_execution_timeout": True}, "whole number of seconds, not True"),
        ({"nb_execution_allow_errors": "yes"}, "true or false"),
        ({"nb_execution_excludepatterns": "a/*"}, "list of patterns"),
        ({"nb_kernel_rgx_aliases": {"r": "ir"}}, "papermill starts the kernel"),
        ({"nb_metadata_key": "book"}, "have their options under 'mystnb'"),
        ({"nb_render_key": "render"}, "have their options under 'mystnb'"),
    ],
)
def test_what_cannot_be_is_refused_by_name(options: dict[str, Any], words: str) -> None:
    with pytest.raises(PlanError, match=words) as refused:
        execution_settings(options)
    assert next(iter(options)) in str(refused.value)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"mystnb": {"execution_timeout": "1"}}, "'execution_timeout' must be a whole"),
        ({"execution": {"allow_errors": 1}}, "'execution_allow_errors' must be true"),
        ({"mystnb": {"execution_mode": "inline"}}, "'execution_mode: inline'"),
        ({"mystnb": [1]}, "'mystnb' in its metadata must be a mapping"),
    ],
)
def test_what_a_notebook_cannot_have_is_refused(
    metadata: dict[str, Any], words: str
) -> None:
    with pytest.raises(PlanError, match=f"a.ipynb: .*{words}"):
        ExecutionSettings().of_notebook(metadata, Path("a.ipynb"))


def test_which_pages_are_not_executed(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.configure()
    config = yaml.safe_load((tmp_path / "_config.yml").read_text())
    config["execute"]["exclude_patterns"] = ["old/*"]
    book.write("_config.yml", yaml.safe_dump(config))
    (tmp_path / "old").mkdir()
    auto = {"mystnb": {"execution_mode": "auto"}}
    contents = {
        "old/a": notebook(("1", {}, [])),
        "complete": notebook(("1", {}, [OUTPUT]), **auto),
        "lacking": notebook(("1", {}, [OUTPUT]), ("2", {}, []), **auto),
        "off": notebook(("1", {}, []), mystnb={"execution_mode": "off"}),
        "plain": notebook(("1", {}, [OUTPUT])),
    }
    for name, content in contents.items():
        nbformat.write(content, tmp_path / f"{name}.ipynb")
    book.write("index.md", "# Home\n")
    book.list_pages(*contents)
    settings = settings_of_book(tmp_path)
    assert settings is not None
    executed = [page.docname for page in plan_pages(tmp_path, settings)]
    assert executed == ["lacking", "plain"]
    book.write_run("old/b.run.yml", notebook="../plain.ipynb")
    book.list_pages("old/b")
    with pytest.raises(PlanError, match=r"b\.run\.yml: the pattern 'old/\*'"):
        plan_pages(tmp_path, settings)


def test_a_report_stays_where_it_can_read_its_table(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.configure()
    book.write("index.md", "# Home\n")
    book.write_notebook("chapter.ipynb", "1")
    book.write_notebook("report.ipynb", "1", parameters='table: str = "t.csv"')
    grid = {"number": [1]}
    book.write_run(
        "a.sweep.yml", notebook="chapter.ipynb", report="report.ipynb", grid=grid
    )
    book.list_pages("a")
    execution = ExecutionSettings(in_temp=True)
    with pytest.raises(PlanError, match=r"a\.sweep\.yml: its report report\.ipynb"):
        plan_pages(tmp_path, Settings(execution=execution))
