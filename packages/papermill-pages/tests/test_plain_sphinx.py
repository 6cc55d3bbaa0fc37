"""Projects of Sphinx alone: no `_config.yml`, no `_toc.yml`, no Jupyter Book."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from papermill_pages.__main__ import main
from papermill_pages.errors import PlanError
from papermill_pages.plan import plan_pages
from papermill_pages.settings import Settings, settings_of_book
from small_book import Book, executed_pages

CONF = """\
from pathlib import Path

extensions = ["papermill_pages"]
exclude_patterns = ["drafts"] + Path("excluded.txt").read_text().split()
papermill_pages = {"pages": ["*", "parts/**"], "preload": ["myst_nb.ext.glue"]}
"""

INDEX = """\
# Home

It is {glue:text}`chapter.ipynb::x:d`.

```{toctree}
chapter
parts/text
other
parts/table
aside/left
```
"""

GLUED = "glue('x', number, display=False)\nnumber"

TEXT = """\
---
file_format: mystnb
kernelspec: {name: python3, display_name: P}
---

# In Markdown

```{code-cell}
6 * 7
```
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Book:
    book = Book(tmp_path_factory.mktemp("plain") / "docs")
    book.write("conf.py", CONF)
    book.write("excluded.txt", "swept.ipynb report.ipynb")
    book.write("index.md", INDEX)
    book.write("parts/text.md", TEXT)
    book.write_notebook("chapter.ipynb", GLUED)
    book.write_run("other.run.yml", notebook="chapter.ipynb", parameters={"number": 5})
    book.write_notebook("swept.ipynb", GLUED)
    book.write_notebook(
        "report.ipynb",
        "glue('x', 0)",
        "open(table).read()",
        parameters='table: str = "x"',
    )
    grid = {"number": [1, 2]}
    sweep = {"notebook": "../swept.ipynb", "grid": grid}
    book.write_run("parts/table.sweep.yml", **sweep, report="../report.ipynb")
    book.write_run("parts/unreported.sweep.yml", **sweep)
    left = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    left.metadata["language_info"] = {"name": "python"}
    left.cells.insert(0, nbformat.v4.new_markdown_cell("# Left"))
    book.write("aside/left.ipynb", nbformat.writes(left))
    book.write_notebook("drafts/half.ipynb", "1 / 0")
    return book


def build(book: Book) -> str:
    command = ("sphinx-build", "-W", "--keep-going", ".", "_build/html")
    ended = book.run(*command, env={"PYTHONUNBUFFERED": "1"})
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def test_what_sphinx_finds_is_executed_where_the_setting_says(project: Book) -> None:
    assert executed_pages(build(project)) == [
        *("chapter", "other", "parts/table"),
        *("parts/table/number=1", "parts/table/number=2", "parts/text"),
    ]
    pages = {"chapter": "3", "other": "5", "parts/text": "42"}
    for page, shown in pages.items():
        content = BeautifulSoup(project.page(page), "html.parser")
        assert content.select(".cell_output")[-1].get_text().strip() == shown
    home = BeautifulSoup(project.page("index"), "html.parser")
    assert "It is 3." in home.get_text()
    left = BeautifulSoup(project.page("aside/left"), "html.parser")
    assert not left.select(".cell_output")
    unlisted = ("parts/unreported", "drafts/half", "swept", "_build/executed/chapter")
    for page in unlisted:
        assert not (project.root / f"_build/html/{page}.html").exists()
    assert executed_pages(build(project)) == []


def test_pytask_and_the_commands_read_conf_py(project: Book) -> None:
    build(project)
    assert "executed in" not in project.run("pytask").stdout
    accepted = project.run("python", "-m", "papermill_pages", "accept")
    assert accepted.returncode == 0, accepted.stdout
    assert '"chapter.x": 3' in (project.root / "expected/results.json").read_text()
    packed = project.run("python", "-m", "papermill_pages", "package")
    assert packed.returncode == 2
    assert "has no _toc.yml: a package describes a Jupyter Book" in packed.stdout


def test_a_conf_py_that_cannot_be_executed_is_named(tmp_path: Path) -> None:
    Book(tmp_path).write("conf.py", "papermill_pages = {}\n1 / 0\n")
    with pytest.raises(PlanError, match=r"conf\.py: cannot be executed: ZeroDivision"):
        settings_of_book(tmp_path)


def test_what_is_wrong_in_conf_py_is_told_of_it(tmp_path: Path) -> None:
    project = tmp_path / "conf.py"
    project.write_text('extensions = ["papermill_pages"]\npapermill_pages = {"job": 1}')
    told = r"conf.py: papermill_pages: unknown setting 'job' \(did you mean 'jobs'"
    with pytest.raises(PlanError, match=told):
        settings_of_book(tmp_path)
    project.write_text(
        'extensions = ["papermill_pages"]\npapermill_pages = {"jobs": -1}'
    )
    with pytest.raises(PlanError, match=r"conf.py: papermill_pages\.jobs must be"):
        settings_of_book(tmp_path)
    project.write_text('extensions = ["papermill_pages"]')
    settings = settings_of_book(tmp_path)
    assert settings is not None
    assert settings.file == "conf.py"


@pytest.mark.parametrize(
    ("command", "setting", "told"),
    [
        ("check", '"results": False', "conf.py: papermill_pages.results is false"),
        ("report", '"report": "nowhere:words"', "conf.py: papermill_pages.report: 'no"),
    ],
)
def test_a_command_names_conf_py_for_a_setting_that_is_there(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    setting: str,
    told: str,
) -> None:
    Book(tmp_path).write(
        "conf.py",
        f'extensions = ["papermill_pages"]\npapermill_pages = {{{setting}}}\n',
    )
    assert main([command, "--book", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(told)


def test_a_conf_py_of_another_project_is_not_executed(tmp_path: Path) -> None:
    Book(tmp_path).write("conf.py", "raise SystemExit")
    assert settings_of_book(tmp_path) is None


def test_a_book_that_lists_its_pages_refuses_to_have_them_found(tmp_path: Path) -> None:
    Book(tmp_path).list_pages()
    with pytest.raises(PlanError, match=r"pages is for projects .* without _toc\.yml"):
        plan_pages(tmp_path, Settings(pages=("*",)))


def test_a_pattern_that_finds_no_page_is_named(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.write("conf.py", CONF)
    book.write("excluded.txt", "")
    book.write_notebook("parts/chapter.ipynb", GLUED)
    assert plan_pages(tmp_path, Settings(pages=("parts/**",)))
    with pytest.raises(PlanError, match=r"no notebook.* matches 'prats/\*\*'"):
        plan_pages(tmp_path, Settings(pages=("parts/**", "prats/**")))
