"""A mistake in a page is told in one paragraph, before any kernel starts."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from papermill_pages.dependencies import read_sources
from papermill_pages.errors import PlanError
from papermill_pages.plan import Page, plan_pages
from papermill_pages.settings import settings_from, settings_of_book
from small_book import Book

RUN = {"notebook": "chapter.ipynb"}


def _run(**run: object) -> Callable[[Book], None]:
    return lambda book: book.write_run("other.run.yml", **run)


def _parameters(**parameters: object) -> Callable[[Book], None]:
    return _run(**RUN, parameters=parameters)


def _file(path: str, text: str) -> Callable[[Book], None]:
    return lambda book: book.write(path, text) and None


def _declared(line: str) -> Callable[[Book], None]:
    return lambda book: book.write_notebook("chapter.ipynb", parameters=line)


NAMED = (
    "unknown parameter",
    "wrong type",
    "value outside its choices",
    "missing notebook",
    "path that leaves the book",
    "broken YAML",
    "notebook without a parameters cell",
)


def _plan(book: Book) -> list[Page]:
    """Plan the book as a build does: its settings, its pages and what they need."""
    settings = settings_of_book(book.root)
    assert settings is not None
    pages = plan_pages(book.root, settings)
    read_sources(pages, settings)
    return pages


MISTAKES: dict[str, tuple[Callable[[Book], None], list[str]]] = {
    "unknown parameter": (
        _parameters(regoin="north"),
        ["other.run.yml", "'regoin'", "did you mean 'region'", "number"],
    ),
    "wrong type": (
        _parameters(number="five"),
        ["other.run.yml", "'number'", "must be int", "str 'five'"],
    ),
    "truth value for a number": (
        _parameters(number=True),
        ["other.run.yml", "'number'", "must be int", "bool True"],
    ),
    "value outside its choices": (
        _parameters(region="norht"),
        ["other.run.yml", "'region'", "not one of north, south", "'north'"],
    ),
    "missing notebook": (
        _run(notebook="chaptr.ipynb"),
        ["other.run.yml", "no notebook 'chaptr.ipynb'", "did you mean 'chapter.ipynb'"],
    ),
    "path that leaves the book": (
        _run(notebook="../../secret.ipynb"),
        ["other.run.yml", "'../../secret.ipynb'", "leads out of the book"],
    ),
    "broken YAML": (
        _file("other.run.yml", "notebook: [chapter.ipynb\nparameters: {"),
        ["other.run.yml, line 2: not readable as YAML"],
    ),
    "run that is a list": (
        _file("other.run.yml", "- chapter.ipynb\n"),
        ["other.run.yml", "a run is a mapping"],
    ),
    "unknown key": (
        _run(**RUN, paramters={}),
        ["other.run.yml", "'paramters'", "did you mean 'parameters'"],
    ),
    "parameters that are no mapping": (
        _run(**RUN, parameters=["region"]),
        ["other.run.yml", "'parameters' must be a mapping"],
    ),
    "notebook without a parameters cell": (
        lambda book: book.write_notebook("chapter.ipynb", parameters=None),
        ["other.run.yml", "chapter.ipynb", "no cell tagged 'parameters'"],
    ),
    "notebook that is no notebook": (
        _file("chapter.ipynb", "{}"),
        ["chapter.ipynb", "not a notebook in the Jupyter format"],
    ),
    "parameter without a type": (
        _declared("region = 'north'"),
        ["chapter.ipynb", "'region'", "has no type. Write 'region: type = default"],
    ),
    "list of an unknown type": (
        _declared("region: list[colour] = []"),
        ["chapter.ipynb", "'region'", "has the type 'list[colour]'"],
    ),
    "default of another type": (
        _declared("region: int = 'north'"),
        ["chapter.ipynb", "default of parameter 'region'", "must be int"],
    ),
    "page that does not exist": (
        lambda book: book.list_pages("chapter", "nowhere"),
        ["_toc.yml", "'nowhere'"],
    ),
    "two sources of one page": (
        _file("chapter.run.yml", "notebook: chapter.ipynb"),
        ["_toc.yml", "chapter.run.yml or chapter.ipynb"],
    ),
    "data that does not exist": (
        lambda book: book.configure(depends_on=["lost.csv"]),
        ["_config.yml: every page depends on 'lost.csv'", "does not exist"],
    ),
    "data that cannot be looked for": (
        lambda book: book.configure(depends_on=["/etc/hosts"]),
        ["depends on '/etc/hosts'"],
    ),
    "data that a build makes": (
        lambda book: (
            book.write("_build/results.json", "{}"),
            book.configure(depends_on=["_build/results.json"]),
        ),
        ["depends on '_build/results.json'", "which a build makes"],
    ),
    "data of a parameter that does not exist": (
        lambda book: (book.root / "south.csv").unlink(),
        ["other.run.yml: its notebook chapter.ipynb depends on 'south.csv'"],
    ),
    "name that is no parameter": (
        lambda book: book.write_notebook("chapter.ipynb", results="small.{"),
        ["chapter.ipynb: 'small.{' in its metadata cannot be filled in"],
    ),
    "notebook that is no JSON": (
        _file("chapter.ipynb", "../elsewhere.ipynb"),
        ["chapter.ipynb", "it is not JSON and begins with '../elsewhere.ipynb'"],
    ),
    "default that is computed": (
        _declared("number: int = 3 * 4"),
        ["chapter.ipynb", "'number', 3 * 4, is no value", "compute in another cell"],
    ),
    "page that is mistyped": (
        lambda book: book.list_pages("chaptr"),
        ["_toc.yml", "'chaptr' (did you mean 'chapter'?)"],
    ),
    "a resource whose file is lost": (
        lambda book: (
            book.write(
                "datapackage.json",
                '{"resources": [{"name": "north", "path": "lost.csv"}]}',
            ),
            book.configure(depends_on=["datapackage.json#north"]),
        ),
        ["depends on 'datapackage.json#north'", "lost.csv is not a file"],
    ),
    "a resource without a Data Package": (
        lambda book: book.configure(depends_on=["datapackage.json#north"]),
        ["depends on 'datapackage.json#north'", "datapackage.json does not exist"],
    ),
    "a Data Package that is no JSON": (
        lambda book: (
            book.write("datapackage.json", "resources: []"),
            book.configure(depends_on=["datapackage.json#north"]),
        ),
        ["datapackage.json is not a Data Package in JSON", "line 1 column 1"],
    ),
    "a Data Package of other resources": (
        lambda book: (
            book.write("datapackage.json", '{"resources": [{"name": "south"}]}'),
            book.configure(depends_on=["datapackage.json#north"]),
        ),
        ["datapackage.json has no resource 'north'; it has 'south'"],
    ),
    "a notebook of no format": (
        lambda book: book.write("chapter.ipynb", '{"cells": [], "metadata": {}}'),
        ["chapter.ipynb", "does not say the version of its format as 'nbformat'"],
    ),
    "kernel that is not installed": (
        lambda book: book.replace("chapter.ipynb", '"name": "python3"', '"name": "r3"'),
        ["chapter.ipynb", "its kernel 'r3' is not installed", "python3"],
    ),
    "prefix that is no text": (
        lambda book: book.write_notebook("chapter.ipynb", results=5),
        ["chapter.ipynb", "'results' in its metadata must be a text"],
    ),
    "folder with the name of a run": (
        lambda book: (
            (book.root / "other.run.yml").unlink(),
            (book.root / "other.run.yml").mkdir(),
        ),
        ["_toc.yml", "'other' is other.run.yml, which is a folder"],
    ),
    "link to a file that is gone": (
        lambda book: (
            (book.root / "other.run.yml").unlink(),
            (book.root / "other.run.yml").symlink_to("elsewhere.run.yml"),
        ),
        [
            "_toc.yml",
            "'other' is other.run.yml, which is a link to a file that is gone",
        ],
    ),
    "title of spaces": (
        _run(**RUN, title=" \t"),
        ["other.run.yml", "'title' holds nothing but spaces"],
    ),
    "unknown setting with a name of three thousand letters": (
        lambda book: book.configure(**{"memory" * 500: 3}),
        ["_config.yml", f"unknown setting '{'memory' * 13}m…. It has: "],
    ),
    "unknown setting": (
        lambda book: book.configure(memry=3),
        ["_config.yml", "'memry'", "did you mean 'memory'"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_one_paragraph_that_names_the_file(
    book: Book, mistake: str
) -> None:
    make_mistake, words = MISTAKES[mistake]
    make_mistake(book)
    with pytest.raises(PlanError) as raised:
        _plan(book)
    assert "\n" not in str(raised.value)
    for word in words:
        assert word in str(raised.value)


@pytest.mark.parametrize("mistake", NAMED)
def test_a_mistake_ends_the_build_before_any_kernel_starts(
    book: Book, mistake: str
) -> None:
    make_mistake, words = MISTAKES[mistake]
    make_mistake(book)
    ended = book.build()
    assert ended.returncode != 0
    assert "Traceback" not in ended.stdout
    error = ended.stdout.split("ERROR: ")[1]
    for word in words:
        assert word in error
    assert not book.kernels_started()


@pytest.mark.parametrize(
    ("make_mistake", "words"),
    [
        (_parameters(regoin="north"), "did you mean 'region'"),
        (lambda book: book.configure(jobs="two"), "jobs must be a whole number"),
        (_file("_config.yml", "sphinx: [a"), "_config.yml, line 1: not readable"),
        (
            _file("_toc.yml", "format: jb-book\nchapters: []"),
            "_toc.yml: cannot be read",
        ),
    ],
)
def test_pytask_alone_tells_a_mistake_without_a_traceback(
    book: Book, make_mistake: Callable[[Book], None], words: str
) -> None:
    make_mistake(book)
    ended = book.run("pytask")
    assert ended.returncode != 0
    assert words in ended.stdout
    assert "Traceback" not in ended.stdout
    assert "papermill_pages/" not in ended.stdout
    assert not book.kernels_started()


def test_a_module_that_cannot_be_preloaded_is_told_without_a_traceback(
    book: Book,
) -> None:
    book.configure(preload=["no_module"])
    ended = book.run("pytask")
    assert ended.returncode != 0
    assert "_config.yml: papermill_pages.preload: there is no module" in ended.stdout
    assert "Traceback" not in ended.stdout
    assert book.executed() == {}


def test_every_wrong_page_is_told_at_once(book: Book) -> None:
    book.list_pages("chapter", "other", "another")
    _parameters(regoin="north")(book)
    book.write_run("another.run.yml", notebook="chapter.ipynb", parameters={"n": 1})
    with pytest.raises(
        PlanError, match=r"(?s)other\.run\.yml.*\n\n.*another\.run\.yml"
    ):
        _plan(book)


def test_a_check_of_the_notebook_judges_parameters_together(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "small_book_rules"
    book.write(
        f"rules/{module}.py",
        "def check(region, number, start):\n"
        "    if region == 'south' and number > 4:\n"
        "        raise ValueError('south has four, not more.')\n",
    )
    monkeypatch.syspath_prepend(str(book.root / "rules"))
    book.write_notebook("chapter.ipynb", check=f"{module}:check")
    with pytest.raises(PlanError, match=r"other\.run\.yml: south has four"):
        _plan(book)
    _parameters(region="south", number=4)(book)
    assert [page.docname for page in _plan(book)] == ["chapter", "other"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def check(**values) pass", "cannot be imported (SyntaxError: expected ':'"),
        ("1 / 0", "cannot be imported (ZeroDivisionError: division by zero)"),
        ("", "has no 'check'"),
        ("def check(**values): values['x']", "raised KeyError: 'x'"),
    ],
)
def test_a_check_that_is_wrong_itself_is_told_once_for_its_notebook(
    book: Book, monkeypatch: pytest.MonkeyPatch, code: str, words: str
) -> None:
    book.write("rules/small_book_wrong_rules.py", code)
    monkeypatch.syspath_prepend(str(book.root / "rules"))
    monkeypatch.delitem(sys.modules, "small_book_wrong_rules", raising=False)
    book.write_notebook("chapter.ipynb", check="small_book_wrong_rules:check")
    with pytest.raises(PlanError) as raised:
        _plan(book)
    assert words in str(raised.value)
    assert str(raised.value).startswith(f"{book.root}/chapter.ipynb: its check ")
    assert "\n" not in str(raised.value)


def test_a_check_that_does_not_take_the_parameters_is_told(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.write("rules/small_book_old_rules.py", "def check(region):\n    pass\n")
    monkeypatch.syspath_prepend(str(book.root / "rules"))
    book.write_notebook("chapter.ipynb", check="small_book_old_rules:check")
    with pytest.raises(PlanError, match=r"chapter\.ipynb.*does not take.*number"):
        _plan(book)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"depends_on": "data.csv"}, "depends_on must be a list"),
        ({"memory": -1}, "memory must be a whole number"),
        ({"jobs": "two"}, "jobs must be a whole number"),
        ({"results": "no"}, "results must be true or false"),
        (["timeout"], "papermill_pages must be a mapping of settings"),
    ],
)
def test_wrong_settings_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        settings_from(options)
