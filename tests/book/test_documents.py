"""What the repository says about itself: README, citation, licences, lists, package."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from bs4 import BeautifulSoup, Tag
from papermill_pages.pages import Page, sweeps_of
from papermill_pages.plan import plan_pages
from papermill_pages.publishing.descriptions import descriptions
from papermill_pages.publishing.durations import Recording, read_durations
from papermill_pages.publishing.metadata import read_citation, read_licences
from papermill_pages.publishing.origin import Origin
from papermill_pages.publishing.reproduction_package import assemble
from papermill_pages.settings import settings_of_book
from run_crate import assert_is_provenance_run_crate, parameters_of

from tests.source_files import source_files

from .published import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
TEMPLATE = (
    "Overview",
    "Data availability and provenance statements",
    "Statement about rights",
    "Licence for data",
    "Summary of availability",
    "Details on each data source",
    "Dataset list",
    "Computational requirements",
    "Software requirements",
    "Controlled randomness",
    "Memory, runtime and storage requirements",
    "Description of programs",
    "Licence for code",
    "Instructions to replicators",
    "List of tables, figures and programs",
    "References",
)
"""The sections of the Social Science Data Editors' template, in its order."""


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    settings = settings_of_book(ROOT)
    assert settings
    return plan_pages(ROOT, settings)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return read_durations(ROOT / "expected" / "durations.json")


def article(built_book: Path, name: str) -> Tag:
    path = built_book / "book" / "appendix" / f"{name}.html"
    found = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").article
    assert found is not None
    return found


# The README


def test_the_readme_opens_with_the_commands() -> None:
    first = README.split("```")[1].splitlines()[1:]
    assert [line.split("#")[0].strip() for line in first[:2]] == [
        "make book",
        "make test",
    ]


def test_the_readme_has_the_sections_of_the_data_editors_template() -> None:
    headings = re.findall(r"(?m)^#{2,3} (.+)$", README)
    assert tuple(heading for heading in headings if heading in TEMPLATE) == TEMPLATE


def test_the_readme_lists_every_file_of_the_data() -> None:
    listed = set(re.findall(r"(?m)^\| `(data/[^`]+)` \|", README))
    assert listed == {f"data/{path.name}" for path in (ROOT / "data").iterdir()}


def test_the_readme_maps_every_page_to_its_program_and_output(
    pages: list[Page],
) -> None:
    rows = re.findall(r"(?m)^\| [^|]+ \| (`book/[^|]+) \| `([^`]+)` \|$", README)
    programs = {output: re.findall("`([^`]+)`", program) for program, output in rows}
    expected = {}
    for page in pages:
        notebook = page.notebook.relative_to(ROOT).as_posix()
        source = page.source.relative_to(ROOT).as_posix()
        both = [notebook] if source == notebook else [notebook, source]
        expected[f"{page.docname}.ipynb"] = both
    assert programs == expected


def test_the_readme_states_the_measured_time_and_memory(recording: Recording) -> None:
    measured = recording.pages.values()
    sentence = (
        f"took {sum(one.seconds for one in measured):.0f} seconds, "
        f"{sum(one.processor_seconds for one in measured):.0f} of them computing, and "
        f"a kernel had at most {max(one.megabytes for one in measured)} MB of memory"
    )
    assert sentence in " ".join(README.split())


def test_every_page_has_a_recorded_duration_and_no_other(
    pages: list[Page], recording: Recording
) -> None:
    assert set(recording.pages) == {page.docname for page in pages}, (
        "run `make durations`, on a machine that does nothing else"
    )


def test_each_file_that_the_readme_links_to_is_there() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / link).is_file(), link


# The citation and the licences


def test_the_citation_file_follows_the_schema_of_its_format() -> None:
    schema = json.loads((ROOT / "tests/schemas/cff-1.2.0.json").read_text("utf-8"))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    jsonschema.validate(citation, schema, jsonschema.Draft7Validator)


def test_the_citation_names_the_book_and_its_version() -> None:
    citation = read_citation(ROOT)
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert citation.title.startswith(config["title"])
    assert citation.authors[0]["name"] == config["author"]
    assert citation.version == project["version"]


def test_every_file_is_under_a_licence_whose_text_is_there() -> None:
    licences = read_licences(ROOT)
    for name in source_files():
        if not name.startswith("LICENSES/"):
            assert licences.of(name), name
    texts = {path.stem for path in (ROOT / "LICENSES").glob("*.txt")}
    assert texts == set(licences.all)


# What archives and reviewers read


def test_the_descriptions_are_those_of_the_citation_and_of_the_pages(
    pages: list[Page],
) -> None:
    for name, text in descriptions(ROOT, pages).items():
        assert (ROOT / name).read_text("utf-8") == text, "run `make descriptions`"


def test_the_descriptions_agree_with_their_source_and_with_each_other() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    meta, zenodo = (
        json.loads((ROOT / name).read_text(encoding="utf-8"))
        for name in ("codemeta.json", ".zenodo.json")
    )
    check = yaml.safe_load((ROOT / "codecheck.yml").read_text(encoding="utf-8"))
    assert cited["title"] == meta["name"] == zenodo["title"] == check["paper"]["title"]
    assert cited["version"] == project["version"] == meta["version"]
    assert meta["version"] == zenodo["version"]
    assert cited["license"] == project["license"] == zenodo["license"]
    assert meta["license"] == [f"https://spdx.org/licenses/{project['license']}"]
    names = [author["name"] for author in cited["authors"]]
    authors = meta["author"], zenodo["creators"], check["paper"]["authors"]
    assert all([it["name"] for it in listed] == names for listed in authors)
    assert meta["softwareRequirements"] == project["dependencies"]
    assert cited["keywords"] == meta["keywords"] == zenodo["keywords"]
    article = cited["references"][0]["title"]
    assert article == meta["citation"][0]["name"]
    assert zenodo["references"] == [f"Zabrovskaya, Larisa V.: {article}"]


def test_a_codechecker_is_told_what_is_made_again(built_book: Path) -> None:
    """By https://codecheck.org.uk/spec/config/2.0/, written from its text."""
    text = (ROOT / "codecheck.yml").read_text(encoding="utf-8")
    assert text.startswith("%YAML 1.1\n---\n")
    check = yaml.safe_load(text)
    assert check["version"] == "https://codecheck.org.uk/spec/config/2.0/"
    made = {
        path.relative_to(ROOT).as_posix()
        for folder in ("executed", "sweeps")
        for path in (built_book.parent / folder).rglob("*.*")
        # Points of a sweep are many, and in its table.
        if path.is_file() and "=" not in path.name
    }
    listed = [item["file"] for item in check["manifest"]]
    assert {*listed} == made | {"_build/results.json"}
    assert len(listed) == len({*listed})
    assert all(item["comment"] for item in check["manifest"])
    assert check["paper"]["reference"]
    # What is not known before a check is marked, as CODECHECK's own template does.
    assert check["codechecker"] == [{"name": "FIXME", "ORCID": "FIXME"}]
    assert "FIXME" in check["summary"] + check["certificate"]
    assert check["report"].endswith("zenodo.FIXME")


# The lists that the build makes


def test_the_page_on_reproducibility_shows_the_hash_of_each_file(
    built_book: Path, pages: list[Page]
) -> None:
    shown = {code.get_text() for code in article(built_book, "reproducibility")("code")}
    files = [
        *(ROOT / "data").iterdir(),
        *(page.notebook for page in pages),
        *(page.source for page in pages),
        *(page.executed for page in pages),
        ROOT / "uv.lock",
        built_book.parent / "results.json",
    ]
    for file in files:
        assert hashlib.sha256(file.read_bytes()).hexdigest() in shown, file


def test_the_page_on_reproducibility_shows_parameters_as_a_notebook_takes_them(
    built_book: Path,
) -> None:
    (shown,) = (
        [code.get_text() for code in row("code")]
        for row in article(built_book, "reproducibility")("tr")
        if row.find("a", href=re.compile(r"/khabarovsk\.html$"))
    )
    assert "table='table3'" in shown
    assert "first_year=None" in shown


def test_the_page_on_reproducibility_shows_the_locked_versions(
    built_book: Path,
) -> None:
    rows = {
        cells[0].get_text(strip=True): cells[1].get_text(strip=True)
        for row in article(built_book, "reproducibility")("tr")
        if len(cells := row("td")) == 2
    }
    lock = (ROOT / "uv.lock").read_text(encoding="utf-8")
    for name in ("pandas", "statsmodels", "papermill", "sphinx"):
        assert f'name = "{name}"\nversion = "{rows[name]}"\n' in lock


def test_every_number_of_the_results_is_listed_with_its_program(
    built_book: Path, pages: list[Page]
) -> None:
    listed: list[str] = []
    numbers = 0
    tables = article(built_book, "programs_and_outputs")("table")
    for page, table in zip(pages, tables[-len(pages) :], strict=True):
        for row in table("tr")[1:]:
            exhibit, kind, *_ = row("td")
            names = [code.get_text() for code in exhibit("code")]
            assert bool(names) == (kind.get_text(strip=True) == "numbers")
            listed += [f"{page.results}.{name}" for name in names]
            numbers += (
                int(re.search(r"\((\d+)\): ", exhibit.get_text())[1]) if names else 0
            )
    results = json.loads((built_book.parent / "results.json").read_text("utf-8"))
    assert all(sum(fnmatchcase(key, name) for name in listed) == 1 for key in results)
    assert numbers == len(results)


def test_every_figure_of_a_page_is_listed_with_the_function_that_drew_it(
    built_book: Path, pages: list[Page]
) -> None:
    tables = article(built_book, "programs_and_outputs")("table")
    for page, table in zip(pages, tables[-len(pages) :], strict=True):
        html = (built_book / f"{page.docname}.html").read_text(encoding="utf-8")
        # An explorer shows what another notebook drew.
        drawn = BeautifulSoup(html, "html.parser").select(
            "article .cell_output img:not(.explorer img)"
        )
        listed = [
            row("td")[2].get_text()
            for row in table("tr")[1:]
            if row("td")[1].get_text(strip=True) == "figure"
        ]
        assert len(listed) == len(drawn), page.docname
        assert all("rfe_labour." in made_by for made_by in listed), page.docname


# The package of this book


def test_the_package_of_this_book_is_a_provenance_run_crate(
    built_book: Path,  # noqa: ARG001
    pages: list[Page],
) -> None:
    names = tuple(sorted(name for name in source_files() if (ROOT / name).is_file()))
    origin = Origin(names, 1000000000, "0" * 40)
    packed = assemble(ROOT, pages, read_citation(ROOT), read_licences(ROOT), origin)
    packed.pop("SHA256SUMS")
    metadata: dict[str, Any] = json.loads(packed.pop("ro-crate-metadata.json"))
    crate = assert_is_provenance_run_crate(metadata, packed)
    steps: list[str] = []
    for sweep in sweeps_of(pages):
        steps += [point.docname for point in sweep.points]
        steps.append(f"{sweep.docname}.csv")
    steps += [page.docname for page in pages]
    assert [step["name"] for step in crate.of_type("HowToStep")] == [
        *steps,
        "results",
    ]
    action = crate.entities["#run/book/tables/khabarovsk"]
    assert dict(parameters_of(crate, action))["table"] == "table3"
    read = {one["@id"] for one in crate.follow(action, "object")}
    assert {"data/table3.csv", "data/datapackage.json", "uv.lock"} <= read
    assert "data/table1.csv" not in read
