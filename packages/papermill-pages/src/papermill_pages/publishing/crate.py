"""A book's package described as an RO-Crate: what ran, on what, with which parameters.

The description follows RO-Crate 1.1 and the Provenance Run Crate profile 0.5
(https://w3id.org/ro/wfrun/provenance/0.5). Its terms are those of workflows, and a book
is one: ``_toc.yml`` is the workflow, each page a step, a notebook the tool that carries
it out, and this engine the system that runs the workflow. For each page there is one
``CreateAction`` with all its parameters, the hashes of what it read and the hash of the
executed notebook.

What the profile recommends and a package that is the same bytes on every machine cannot
hold is left out: who ran the pages, and when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

from rocrate.model import ContextEntity, Entity, File
from rocrate.rocrate import ROCrate

from papermill_pages.dependencies import dependency_files
from papermill_pages.pages import Page, Run
from papermill_pages.parameters import Parameter, declared_parameters, with_defaults
from papermill_pages.publishing.citation import Citation
from papermill_pages.publishing.licences import Licences
from papermill_pages.publishing.origin import PUBLISHED, Origin, published
from papermill_pages.results import results_file

RO_CRATE = "1.1"
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/ro/wfrun/provenance/0.5": "Provenance Run Crate",
    WORKFLOW_CRATE: "Workflow RO-Crate",
}

_SOFTWARE = "SoftwareApplication"
_TOOL = ["File", "SoftwareSourceCode"]
_WORKFLOW = [*_TOOL, "ComputationalWorkflow", "HowTo"]
_ENGINE_RUNS_ON = ("papermill", "pytask", "pytask-parallel", "ipykernel")
_DOES = "Executes the pages that _toc.yml lists and gathers their results."
_TYPES = {
    "bool": "Boolean",
    "int": "Integer",
    "float": "Float",
    "str": "Text",
    "dict": "PropertyValue",
    "list": "Text",
}
_FORMATS = {
    ".cff": "application/yaml",
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".yml": "application/yaml",
}


def describe(
    contents: Mapping[str, bytes],
    pages: Sequence[Page],
    root: Path,
    citation: Citation,
    licences: Licences,
    origin: Origin,
) -> str:
    """Write the metadata file of a package.

    Parameters
    ----------
    contents : mapping of str to bytes
        Every file of the package, by its path there, without the metadata file.
    pages, root, citation, licences, origin
        As for `papermill_pages.publishing.reproduction_package.assemble`.

    Returns
    -------
    str
        The text of ``ro-crate-metadata.json``; the same for the same arguments.
    """
    crate = _Description(root)
    runs = [run for page in pages for run in page.runs]
    tools = {crate.path(run.notebook): _TOOL for run in runs}
    crate.add_files(contents, {**tools, "_toc.yml": _WORKFLOW}, licences)
    crate.add_book(citation, origin)
    crate.add_programs(runs, citation, origin)
    for page in pages:
        if page.sweep:
            for point in page.sweep.points:
                crate.add_run(point)
            name = f"{page.docname}.csv"
            crate.add_gathering(name, page.sweep.points, page.sweep.table)
        crate.add_run(page)
    crate.add_gathering("results", pages, results_file(root))
    crate.add_build()
    return crate.text()


class _Description:
    """A crate that is filled step by step: files, programs, what these have done."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.crate = ROCrate(version=RO_CRATE)
        self.crate.metadata.extra_contexts.append(TERMS)
        self.files: dict[str, Entity] = {}
        self.steps: list[Entity] = []
        self.runs: list[Entity] = []

    def text(self) -> str:
        """Return the text of the metadata file."""
        graph = self.crate.metadata.generate()
        return json.dumps(graph, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def add(self, identifier: str, kind: str, /, **properties: Any) -> Entity:
        """Add an entity that is no file."""
        entity = ContextEntity(self.crate, identifier, properties={"@type": kind})
        self.crate.add(entity)
        for name, value in properties.items():
            entity[name] = _one_or_all(value) if isinstance(value, list) else value
        return entity

    def path(self, path: Path) -> str:
        """Return a path as the package names it; one outside the book stays whole."""
        inside = path.is_relative_to(self.root)
        return path.relative_to(self.root).as_posix() if inside else path.as_posix()

    def made(self, path: Path) -> Entity:
        """Return a file that a build wrote."""
        return self.files[published(path, self.root)]

    def add_files(
        self,
        contents: Mapping[str, bytes],
        types: Mapping[str, list[str]],
        licences: Licences,
    ) -> None:
        """Add every file, with its hash and its licence."""
        addresses = {name: f"https://spdx.org/licenses/{name}" for name in licences.all}
        texts = {
            name: self.add(address, "CreativeWork", name=name, url=address)
            for name, address in addresses.items()
        }
        for name, content in sorted(contents.items()):
            path = PurePosixPath(name)
            properties: dict[str, Any] = {
                "@type": types.get(name, "File"),
                "name": name,
                "encodingFormat": _FORMATS.get(path.suffix, "text/plain"),
                "contentSize": str(len(content)),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            if path.is_relative_to(PUBLISHED):
                # Where it was written, and is again by whoever repeats the run.
                properties["alternateName"] = f"_build/{path.relative_to(PUBLISHED)}"
            file = File(self.crate, dest_path=name, properties=properties)
            self.files[name] = self.crate.add(file)
            if licences.of(name):
                file["license"] = _one_or_all([texts[it] for it in licences.of(name)])
        self.crate.root_dataset["license"] = _one_or_all(list(texts.values()))

    def add_book(self, citation: Citation, origin: Origin) -> None:
        """Say what the book is, by whom, and which profiles the crate follows."""
        dataset = self.crate.root_dataset
        readme = self.crate.get("README.md")
        if readme:
            readme["about"] = dataset
        dataset["name"] = citation.title
        dataset["description"] = citation.abstract
        dataset["version"] = citation.version
        dataset["keywords"] = ", ".join(citation.keywords)
        time = datetime.fromtimestamp(origin.time, UTC)
        dataset["datePublished"] = time.isoformat()
        authors = []
        for number, author in enumerate(citation.authors, start=1):
            kind = "Organization" if "name" in author else "Person"
            parts = (author.get("given-names"), author.get("family-names"))
            name = author.get("name") or " ".join(filter(None, parts))
            address = author.get("orcid") or author.get("website")
            authors.append(self.add(address or f"#author-{number}", kind, name=name))
        dataset["author"] = _one_or_all(authors)
        dataset["conformsTo"] = [
            self.add(
                profile, "CreativeWork", name=name, version=profile.rsplit("/", 1)[-1]
            )
            for profile, name in PROFILES.items()
        ]
        self.crate.metadata["conformsTo"] = [
            {"@id": f"https://w3id.org/ro/crate/{RO_CRATE}"},
            {"@id": WORKFLOW_CRATE},
        ]

    def add_programs(
        self, runs: Sequence[Run], citation: Citation, origin: Origin
    ) -> None:
        """Add what runs the workflow, its tools, and the workflow itself."""
        addresses = {
            name: f"https://pypi.org/project/{name}/{version(name)}/"
            for name in _ENGINE_RUNS_ON
        }
        self.engine = self.add(
            "#papermill_pages",
            _SOFTWARE,
            name="papermill_pages",
            description=_DOES,
            softwareRequirements=[
                self.add(it, _SOFTWARE, name=name, version=version(name), url=it)
                for name, it in addresses.items()
            ],
        )
        tools = self._add_tools(runs)
        self.gather = self.add(
            "#gather",
            _SOFTWARE,
            name="papermill_pages.results",
            description="Gathers the values that pages or the points of a sweep glued.",
            softwareRequirements=self.engine,
        )
        self.workflow = self.files["_toc.yml"]
        self.workflow["name"] = f"The pages of “{citation.title}”"
        self.workflow["programmingLanguage"] = self._add_language(
            "#jupyter-book-contents",
            "Table of contents of Jupyter Book",
            "https://jupyterbook.org",
        )
        self.workflow["hasPart"] = [*tools, self.gather]
        self.crate.root_dataset["mainEntity"] = self.workflow
        for program in (self.workflow, self.engine, self.gather, *tools):
            program["version"] = origin.revision

    def _add_tools(self, runs: Sequence[Run]) -> list[Entity]:
        """Make each notebook a tool with formal parameters."""
        python = self._add_language(
            "https://w3id.org/workflowhub/workflow-ro-crate#python",
            "Python",
            "https://www.python.org",
        )
        notebooks = {self.path(run.notebook): run.notebook for run in runs}
        for path, notebook in notebooks.items():
            self.files[path]["programmingLanguage"] = python
            declared = declared_parameters(notebook).values()
            if declared:
                inputs = [self._add_formal(path, one) for one in declared]
                self.files[path]["input"] = _one_or_all(inputs)
        return [self.files[path] for path in notebooks]

    def _add_language(self, identifier: str, name: str, address: str) -> Entity:
        place = {"@id": address}
        kind = "ComputerLanguage"
        return self.add(identifier, kind, name=name, identifier=place, url=place)

    def _add_formal(self, notebook: str, parameter: Parameter) -> Entity:
        plain = parameter.type.removeprefix("Optional[").split("[")[0].rstrip("]")
        properties: dict[str, Any] = {
            "name": parameter.name,
            "additionalType": _TYPES[plain],
            "defaultValue": str(parameter.default),
            "valueRequired": False,
            "multipleValues": plain == "list",
        }
        if parameter.choices:
            properties["description"] = f"One of {', '.join(parameter.choices)}."
        identifier = f"{notebook}#{parameter.name}"
        return self.add(identifier, "FormalParameter", **properties)

    def add_run(self, run: Run) -> None:
        """Add what happened on one page, or at one point of a sweep."""
        tool, executed = self.files[self.path(run.notebook)], self.made(run.executed)
        read = [self.path(path) for path in dependency_files(run)]
        tables = [run.sweep.table] if isinstance(run, Page) and run.sweep else []
        values = with_defaults(run.parameters, declared_parameters(run.notebook))
        given = [
            self.add(
                f"#run/{run.docname}/{name}",
                "PropertyValue",
                name=name,
                value=str(value),
                exampleOfWork={"@id": f"{tool.id}#{name}"},
            )
            for name, value in values.items()
        ]
        options = "".join(f" -p {name} {it}" for name, it in run.parameters.items())
        self._add_step(
            run.docname,
            tool,
            name=run.title or run.docname,
            description=f"papermill {tool['name']} {executed['name']}{options}",
            object=[
                *(self.files[path] for path in read if path in self.files),
                *map(self.made, tables),
                *given,
            ],
            result=executed,
        )

    def add_gathering(self, name: str, runs: Sequence[Run], file: Path) -> None:
        """Add how the values of several runs came into one file."""
        values = self.made(file)
        self._add_step(
            name,
            self.gather,
            name=f"Gathering {values.id}",
            description=f"{len(runs)} executed notebooks, one file of values.",
            object=[self.made(run.executed) for run in runs],
            result=values,
        )

    def _add_step(self, step: str, tool: Entity, **properties: Any) -> None:
        action = self.add(f"#run/{step}", "CreateAction", instrument=tool, **properties)
        self.runs.append(action)
        position = len(self.runs)
        described = {"name": step, "position": position, "workExample": tool}
        self.steps.append(self.add(f"#step/{step}", "HowToStep", **described))

    def add_build(self) -> None:
        """Add the run of the whole workflow, and that of the engine which did it."""
        self.workflow["step"] = self.steps
        made = [one for run in self.runs for one in _as_list(run["result"])]
        names = {one.id for one in made}
        # What any of the runs read and none of them made, each file once.
        read = {one.id: one for run in self.runs for one in _as_list(run["object"])}
        inputs = [
            one
            for one in read.values()
            if one.type != "PropertyValue" and one.id not in names
        ]
        whole = self.add(
            "#run",
            "CreateAction",
            name="Executing the book",
            description="python -m papermill_pages package",
            instrument=self.workflow,
            # The profile would have the settings beside the steps of the engine's run,
            # but its validator takes nothing but steps there.
            object=[*inputs, self.files["_config.yml"]],
            result=made,
        )
        controls = [
            self.add(
                f"#control/{step['name']}",
                "ControlAction",
                name=f"Running {step['name']}",
                instrument=step,
                object=run,
            )
            for step, run in zip(self.steps, self.runs, strict=True)
        ]
        organised = self.add(
            "#organised",
            "OrganizeAction",
            name="Running the engine",
            instrument=self.engine,
            object=controls,
            result=whole,
        )
        self.crate.root_dataset["mentions"] = [whole, *self.runs, organised]


def _one_or_all(values: list[Any]) -> Any:
    """Return what RO-Crate recommends: a single value is not in a list."""
    return values[0] if len(values) == 1 else values


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
