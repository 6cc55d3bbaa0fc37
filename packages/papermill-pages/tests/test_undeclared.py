"""What a page opens of the book and does not declare is told, with the line to add."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from papermill_pages.dependencies import read_sources
from papermill_pages.execution import execute
from papermill_pages.kernels import kernel_environment
from papermill_pages.pages import Page, Point
from papermill_pages.settings import ALL, NONE, Settings
from papermill_pages.undeclared import undeclared, warnings_of, warnings_of_preload
from small_book import Book, make_book

READS = """\
import os
import sqlite3
import threading
from glob import glob
from pathlib import Path

import helper

Path("declared.csv").read_text()
with open(Path("plain.csv").resolve()) as file:
    file.read()
os.close(os.open("raw.csv", os.O_RDONLY))
thread = threading.Thread(target=Path("parts/threaded.csv").read_bytes)
thread.start()
thread.join()
sqlite3.connect("kept.sqlite").close()
sqlite3.connect("file:only.sqlite?mode=ro", uri=True).close()
with open("added.csv", "a") as file:
    file.write("1")
Path("added.csv").read_text()
try:
    open("there.csv", "x")
except FileExistsError:
    Path("there.csv").read_text()
Path(os.environ["LINK"]).read_text()
for name in sorted(glob("listed/*.csv")):
    Path(name).read_text()
os.listdir("declared")
os.chdir("parts")
os.chdir("..")
"""

WRITES = """\
Path("made.csv").write_text("1")
Path("made.csv").read_text()
Path("half.csv").write_text("1")
os.replace("half.csv", "whole.csv")
Path("whole.csv").read_text()
os.makedirs("figures", exist_ok=True)
Path("figures/one.svg").touch()
os.listdir("figures")
for hidden in (".hidden", "_build/x.csv", "__pycache__/y.csv", ".venv/z.csv"):
    Path(hidden).read_text()
Path("chapter.ipynb").read_text()
Path("datapackage.json").read_text()
Path("table.csv").read_text()
try:
    open("absent.csv")
except FileNotFoundError:
    pass
"""

LEFT_NO_TRACE = """\
# What plain papermill's notebooks show.
names = [it for it in dir() if not it.startswith("_")]
print(names, _, In[1] == "7", get_ipython().execution_count)
print(os.open, os.listdir)
"""

FILES = (
    *("declared.csv", "plain.csv", "raw.csv", "parts/threaded.csv", "kept.sqlite"),
    *("listed/a.csv", "listed/b.csv", "declared/one.csv", "unread.csv", "table.csv"),
    *("only.sqlite", "added.csv", "there.csv", "linked.csv"),
    *(".hidden", "_build/x.csv", "__pycache__/y.csv", ".venv/z.csv", "helper.py"),
)

OPENED = [
    *("added.csv", "helper.py", "kept.sqlite", "linked.csv"),
    *("listed/", "listed/a.csv", "listed/b.csv"),
    *("only.sqlite", "parts/threaded.csv", "plain.csv", "raw.csv", "there.csv"),
]


def page(root: Path, *code: str, depends_on: tuple[str, ...] = ()) -> Page:
    """Write a notebook of these cells, and return the page that it is."""
    new = nbformat.v4
    cells = [new.new_code_cell(it, id=f"c{number}") for number, it in enumerate(code)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    source = root / "chapter.ipynb"
    nbformat.write(
        new.new_notebook(cells=cells, metadata={"kernelspec": kernel}), source
    )
    return Page("chapter", source, source, root, depends_on=depends_on)


def found(made: Page | Point) -> list[str]:
    metadata = nbformat.read(made.executed, as_version=4).metadata
    opened: list[str] = metadata.papermill.get("undeclared", [])
    return opened


@pytest.mark.parametrize(("shells", "fork"), [(ALL, True), (NONE, True), (NONE, False)])
def test_what_a_page_reads_is_seen_and_leaves_no_trace(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    shells: str,
    fork: bool,
) -> None:
    link = tmp_path_factory.mktemp("elsewhere") / "link.csv"
    link.symlink_to(tmp_path / "linked.csv")
    monkeypatch.setenv("LINK", str(link))
    for file in FILES:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    resources = [{"name": "table", "path": "table.csv"}]
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": resources}))
    declares = ("declared.csv", "declared/*", "datapackage.json#table")
    made = page(tmp_path, "7", READS, WRITES, LEFT_NO_TRACE, depends_on=declares)
    settings = Settings(shells=shells)
    with kernel_environment(settings, fork=fork):
        execute(made, settings)
    assert found(made) == OPENED
    outputs = nbformat.read(made.executed, as_version=4).cells[-1].outputs
    assert "".join(it.text for it in outputs).splitlines() == [
        "['In', 'Out', 'Path', 'exit', 'file', 'get_ipython', 'glob', 'helper', "
        "'hidden', 'name', 'open', 'os', 'quit', 'sqlite3', 'thread', 'threading'] "
        "7 True 5",
        f"{os.open} {os.listdir}",
    ]


def write(made: Page, *undeclared: str) -> None:
    """Write what its execution would, if it had opened this."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["papermill"] = {"undeclared": list(undeclared)}
    made.executed.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, made.executed)


def test_the_line_to_add_has_the_form_of_the_book(tmp_path: Path) -> None:
    made = page(tmp_path, "1")
    write(made, "data/", "data/a.csv", "b.csv")
    added = '["b.csv", "data/*"]'
    (told,) = warnings_of([made, made], Settings(), [made])
    assert told.startswith("chapter.ipynb reads what it does not declare, so that ")
    assert ": b.csv, data/, data/a.csv. " in told
    assert (
        f'Write in its metadata "papermill_pages": {{"depends_on": {added}}}.' in told
    )
    text = tmp_path / "text.md"
    text.write_text(
        "---\nfile_format: mystnb\nkernelspec: {name: python3}\n"
        "papermill_pages: {depends_on: [a.csv]}\n---\n"
    )
    declares = replace(made, notebook=text, source=text, depends_on=("a.csv",))
    (told,) = warnings_of([declares], Settings(), [declares])
    line = '\'depends_on: ["a.csv", "b.csv", "data/*"]\''
    assert f"Write at its beginning, under 'papermill_pages:', {line}." in told
    common = replace(made, depends_on=("lock.txt",))
    line = '"lock.txt", "b.csv", "data/*"]'
    for file, wanted in {
        "_config.yml": f"_config.yml, under 'papermill_pages:', 'depends_on: [{line}'.",
        "conf.py": f'conf.py papermill_pages = {{"depends_on": [{line}}}.',
    }.items():
        settings = Settings(depends_on=("lock.txt",), file=file)
        (told,) = warnings_of([common], settings, [common])
        assert f"Write in {wanted}" in told
        assert f"may_read in {file}" in told
        # Where one page declares in its notebook, others do as well.
        (told,) = warnings_of([common], settings, [common, declares])
        assert "Write in its metadata" in told


def test_what_is_meant_to_be_read_undeclared_is_not_told(tmp_path: Path) -> None:
    made = page(tmp_path, "1")
    write(made, "cache/a/b.bin", "data/x.csv", "log.txt")
    (told,) = warnings_of([made], Settings(may_read=("cache", "*.txt")), [made])
    assert ": data/x.csv. " in told
    every = Settings(may_read=("cache/**", "data/*.csv", "log.txt"))
    assert warnings_of([made], every, [made]) == []


def test_a_page_that_depends_on_a_pattern_is_stale_without_a_file(
    tmp_path: Path,
) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).touch()
    made = page(tmp_path, "1", depends_on=("*.csv",))

    def states() -> dict[str, str]:
        sources = read_sources([made], Settings())
        return {name: node.hash for name, node in sources["chapter"].items()}

    before = states()
    assert states() == before
    (tmp_path / "a.csv").unlink()
    assert {name for name, state in states().items() if before[name] != state}


@pytest.mark.parametrize(
    "pattern",
    ["*.csv", "**/*.csv", "data/*", "data/**/b?.csv", "*/[!b]*.csv", "**/x/*"],
)
def test_a_pattern_declares_what_a_glob_finds(tmp_path: Path, pattern: str) -> None:
    names = ["a.csv", "data/a.csv", "data/b1.csv", "data/x/b2.csv", "data/x/y/b3.csv"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    declares = page(tmp_path, "1", depends_on=(pattern,))
    noted = {"read": names, "written": [], "listed": []}
    matching = {it.relative_to(tmp_path).as_posix() for it in tmp_path.glob(pattern)}
    assert {*undeclared(declares, noted)} == {*names} - matching


def test_preloaded_modules_of_the_book_are_to_be_declared_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ours/__init__.py", "ours/part.py", "alone.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise RuntimeError('not to be imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    settings = Settings(
        preload=("json", "papermill_pages.titles", "ours.part", "alone")
    )
    (told,) = warnings_of_preload(tmp_path, settings)
    assert 'depends_on: ["alone.py", "ours/__init__.py", "ours/part.py"]' in told
    declared = replace(settings, depends_on=("*.py", "ours/**/*.py"))
    assert warnings_of_preload(tmp_path, declared) == []


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Book, str]:
    """A book of which a page, a run, a report and a point read undeclared files."""
    book = make_book(tmp_path_factory.mktemp("book"), ["chapter", "other", "swept"])
    book.configure(may_read=["allowed.csv"], shells=ALL)
    for name in ("once.csv", "always.csv", "allowed.csv", "of_report.csv"):
        book.write(name, "1\n")
    book.write_notebook(
        "chapter.ipynb",
        "open('always.csv'), open('allowed.csv')\n"
        "number == 5 and open('once.csv')\n"
        "glue('x', 1.0, display=False)",
        results="small.{region}",
    )
    book.write_notebook(
        "report.ipynb",
        "glue('x', len(open(table).read() + open('of_report.csv').read()))",
        parameters='table: str = "_build/sweeps/swept.csv"',
    )
    book.write_run(
        "swept.sweep.yml",
        notebook="chapter.ipynb",
        grid={"number": [1, 5]},
        report="report.ipynb",
    )
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    return book, ended.stdout


def test_each_notebook_is_told_once_what_its_pages_read(told: tuple[Book, str]) -> None:
    lines = [it for it in told[1].splitlines() if "does not declare" in it]
    told_of = [it.split(". ")[0].partition("WARNING: ")[2] for it in lines]
    assert sorted(told_of) == [
        f"{name} reads what it does not declare, so that a change there would "
        f"go unnoticed: {files}"
        for name, files in (
            ("chapter.ipynb", "always.csv, once.csv"),
            ("report.ipynb", "of_report.csv"),
        )
    ]


def test_the_commands_tell_it_as_well(told: tuple[Book, str]) -> None:
    book, _ = told
    swept = book.run("python", "-m", "papermill_pages", "sweep", "swept.sweep.yml")
    assert swept.returncode == 0
    assert swept.stdout.count("chapter.ipynb reads what") == 1
    assert "always.csv, once.csv" in swept.stdout
    assert "chapter.ipynb reads what" in book.run("pytask").stdout


def _chapters(root: Path, count: int, depends_on: tuple[str, ...] = ()) -> list[Page]:
    """Pages that have opened one module, and the second of them its own data."""
    pages = []
    for number in range(1, count + 1):
        made = page(root, "import ours", depends_on=depends_on)
        source = made.notebook.rename(root / f"c{number}.ipynb")
        made = replace(made, docname=f"c{number}", notebook=source, source=source)
        write(made, "ours.py", *(["own.csv"] if number == 2 else []))
        pages.append(made)
    return pages


def test_a_file_that_many_pages_read_is_told_in_one_line(tmp_path: Path) -> None:
    pages = _chapters(tmp_path, 20)
    shared, own = warnings_of(pages, Settings(), pages)
    assert shared == (
        "c1.ipynb, c2.ipynb, c3.ipynb and 17 more read what they do not declare, so "
        'that a change there would go unnoticed: ours.py. Add "ours.py" to '
        "'depends_on' in the metadata of each, or for all pages: Write in _config.yml, "
        "under 'papermill_pages:', 'depends_on: [\"ours.py\"]'. Or let may_read in "
        "_config.yml name what is meant to be read so."
    )
    assert own.startswith("c2.ipynb reads what it does not declare, so that a change ")
    assert ": own.csv. Write in its metadata " in own


def test_a_book_that_declares_in_its_settings_is_told_one_line_to_write(
    tmp_path: Path,
) -> None:
    pages = _chapters(tmp_path, 20, ("lock.txt",))
    (told,) = warnings_of(pages, Settings(depends_on=("lock.txt",)), pages)
    assert "c3.ipynb and 17 more read what they do not declare" in told
    assert "c2.ipynb reads what it does not declare" in told
    assert told.count("Write in ") == 1
    assert '["lock.txt", "ours.py", "own.csv"]' in told
