"""What the README lists is what there is."""

from __future__ import annotations

import re
from dataclasses import MISSING, Field, fields
from pathlib import Path

import yaml
from papermill_pages.parameters import declared_parameters
from papermill_pages.plan import plan_pages
from papermill_pages.settings import ExpectedSettings, Settings, settings_of_book
from small_book import Book

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def rows(section: str) -> list[list[str]]:
    """The cells of the first table of a section, without its header."""
    (text,) = re.findall(rf"(?ms)^#+ {section}\n(.*?)(?=^#|\Z)", README)
    lines = re.findall(r"(?m)^\| (.*) \|$", text)
    return [line.split(" | ") for line in lines[1:]]


def blocks(section: str, language: str) -> list[str]:
    (text,) = re.findall(rf"(?ms)^#+ {section}\n(.*?)(?=^#+ |\Z)", README)
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```", text)


def default(field: Field[object]) -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return list(field.default) if isinstance(field.default, tuple) else field.default


def test_every_setting_is_listed_with_its_default() -> None:
    listed = {}
    for name, kind, _ in rows("Settings"):
        value = kind.rpartition(", ")[2].strip("`")
        listed[name.strip("`")] = yaml.safe_load(value)
    there = {one.name: default(one) for one in fields(Settings)}
    for other in ("expected", "execution", "file"):
        there.pop(other)
    there |= {f"expected.{one.name}": default(one) for one in fields(ExpectedSettings)}
    assert listed == there


def test_every_command_is_listed(book: Book) -> None:
    listed = [row[0].strip("`").split()[0] for row in rows("Commands")]
    for command in listed:
        assert (
            book.run("python", "-m", "papermill_pages", command, "-h").returncode == 0
        )
    help_text = book.run("python", "-m", "papermill_pages", "--help").stdout
    assert "{" + ",".join(listed) + "}" in help_text


def test_the_parameters_of_the_readme_are_declared_as_it_says(book: Book) -> None:
    (cell,) = blocks("A notebook", "python")
    book.write_notebook("chapter.ipynb", parameters=cell)
    parameters = declared_parameters(book.root / "chapter.ipynb")
    assert {name: one.default for name, one in parameters.items()} == {
        "region": "south",
        "first_year": None,
        "levels": [0.9],
    }
    assert parameters["region"].choices == ("north", "south")


def test_the_first_use_is_a_book_of_two_pages(tmp_path: Path) -> None:
    config, run = blocks("First use", "yaml")
    book = Book(tmp_path)
    book.write("_config.yml", config)
    book.write("north.run.yml", run)
    book.write("index.md", "# Home\n")
    book.list_pages("region", "north")
    book.write_notebook("region.ipynb", parameters='region: str = "south"')
    settings = settings_of_book(tmp_path)
    assert settings == Settings(preload=("pandas", "matplotlib.pyplot"))
    pages = plan_pages(tmp_path, settings)
    assert [(page.docname, page.parameters) for page in pages] == [
        ("region", {}),
        ("north", {"region": "north"}),
    ]
