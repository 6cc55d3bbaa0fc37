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
from papermill_pages.pages import Page, Run, name_from_root, sweeps_of
from papermill_pages.parameters import Parameter, declared_parameters, with_defaults
from papermill_pages.publishing.metadata import Citation, Licences, name_of
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

_CONTENTS = "_toc.yml"
_TOOL = ["File", "SoftwareSourceCode"]
_WORKFLOW = [*_TOOL, "ComputationalWorkflow", "HowTo"]
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
    """Write the metadata file of a package, the same text for the same arguments.

    `contents` are all its other files, by their paths in the package; the rest is as
    for `papermill_pages.publishing.reproduction_package.assemble`.
    """
    crate = _Crate(version=RO_CRATE)
    crate.metadata.extra_contexts.append(TERMS)
    points = (point for sweep in sweeps_of(pages) for point in sweep.points)
    notebooks = {
        name_from_root(run.notebook, root): run.notebook for run in (*points, *pages)
    }
    types = {**dict.fromkeys(notebooks, _TOOL), _CONTENTS: _WORKFLOW}
    files = _add_files(crate, contents, types, licences)
    _describe_root(crate, citation, origin)
    for name, entity in files.items():
        path = PurePosixPath(name)
        if path.is_relative_to(PUBLISHED):
            # Where it was written, and is again by whoever repeats the run.
            entity["alternateName"] = f"_build/{path.relative_to(PUBLISHED)}"
    engine = _add_engine(crate)
    tools = _describe_tools(crate, notebooks, files)
    gather = crate.describe(
        "#gather",
        "SoftwareApplication",
        name="papermill_pages.results",
        description="Gathers the values that pages or the points of a sweep glued.",
        softwareRequirements=engine,
    )
    workflow = files[_CONTENTS]
    workflow["name"] = f"The pages of “{citation.title}”"
    workflow["programmingLanguage"] = _add_language(
        crate,
        "#jupyter-book-contents",
        "Table of contents of Jupyter Book",
        "https://jupyterbook.org",
    )
    workflow["hasPart"] = [*tools, gather]
    crate.root_dataset["mainEntity"] = workflow
    for program in (workflow, engine, gather, *tools):
        program["version"] = origin.revision
    actions = _Actions(crate, files, root, gather)
    for sweep in sweeps_of(pages):
        for point in sweep.points:
            actions.execute(point)
        table = actions.file(sweep.table)
        actions.collect(f"{sweep.docname}.csv", sweep.points, table)
    for page in pages:
        actions.execute(page, [actions.file(page.sweep.table)] if page.sweep else [])
    actions.collect("results", pages, actions.file(results_file(root)))
    workflow["step"] = actions.steps
    whole = crate.describe(
        "#run",
        "CreateAction",
        name="Executing the book",
        description="python -m papermill_pages package",
        instrument=workflow,
        # The profile would have the settings beside the steps of the engine's run, but
        # its validator takes nothing but steps there.
        object=[*_inputs(actions.runs), files["_config.yml"]],
        result=[entity for run in actions.runs for entity in _as_list(run["result"])],
    )
    controls = [
        crate.describe(
            f"#control/{step.id.removeprefix('#step/')}",
            "ControlAction",
            name=f"Running {step['name']}",
            instrument=step,
            object=run,
        )
        for step, run in zip(actions.steps, actions.runs, strict=True)
    ]
    organised = crate.describe(
        "#organised",
        "OrganizeAction",
        name="Running the engine",
        instrument=engine,
        object=controls,
        result=whole,
    )
    crate.root_dataset["mentions"] = [whole, *actions.runs, organised]
    graph = crate.metadata.generate()
    return json.dumps(graph, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


class _Crate(ROCrate):  # type: ignore[misc]
    """A crate that also describes what is no file."""

    def describe(self, identifier: str, kind: str, /, **properties: Any) -> Entity:
        """Add an entity; a single value is not in a list."""
        entity = self.add(ContextEntity(self, identifier, {"@type": kind}))
        for name, value in properties.items():
            entity[name] = _one_or_all(value) if isinstance(value, list) else value
        return entity


class _Actions:
    """What was executed and gathered, in this order, each with its step."""

    def __init__(
        self, crate: _Crate, files: Mapping[str, Entity], root: Path, gather: Entity
    ) -> None:
        self.crate, self.files, self.root, self.gather = crate, files, root, gather
        self.runs: list[Entity] = []
        self.steps: list[Entity] = []

    def file(self, path: Path) -> Entity:
        """Return what a build wrote."""
        return self.files[published(path, self.root)]

    def execute(self, run: Run, tables: Sequence[Entity] = ()) -> None:
        """Add what happened on one page, or at one point of a sweep."""
        tool = self.files[name_from_root(run.notebook, self.root)]
        executed = self.file(run.executed)
        read = [name_from_root(path, self.root) for path in dependency_files(run)]
        values = with_defaults(run.parameters, declared_parameters(run.notebook))
        given = [
            self.crate.describe(
                f"#run/{run.docname}/{name}",
                "PropertyValue",
                name=name,
                value=str(value),
                exampleOfWork={"@id": f"{tool.id}#{name}"},
            )
            for name, value in values.items()
        ]
        options = "".join(f" -p {name} {it}" for name, it in run.parameters.items())
        inputs = [self.files[name] for name in read if name in self.files]
        self._add(
            run.docname,
            tool,
            name=run.title or run.docname,
            description=f"papermill {tool['name']} {executed['name']}{options}",
            object=[*inputs, *tables, *given],
            result=executed,
        )

    def collect(self, name: str, executed: Sequence[Run], values: Entity) -> None:
        """Add the gathering of what executed notebooks have glued."""
        self._add(
            name,
            self.gather,
            name=f"Gathering {values.id}",
            description=f"{len(executed)} executed notebooks, one file of values.",
            object=[self.file(run.executed) for run in executed],
            result=values,
        )

    def _add(self, done: str, tool: Entity, **properties: Any) -> None:
        identifier, kind = f"#run/{done}", "CreateAction"
        run = self.crate.describe(identifier, kind, instrument=tool, **properties)
        self.runs.append(run)
        step = {"name": done, "position": len(self.runs), "workExample": tool}
        self.steps.append(self.crate.describe(f"#step/{done}", "HowToStep", **step))


def _add_files(
    crate: _Crate,
    contents: Mapping[str, bytes],
    types: Mapping[str, list[str]],
    licences: Licences,
) -> dict[str, Entity]:
    texts = {
        licence: crate.describe(
            f"https://spdx.org/licenses/{licence}",
            "CreativeWork",
            name=licence,
            url=f"https://spdx.org/licenses/{licence}",
        )
        for licence in licences.all
    }
    files = {}
    for path, content in sorted(contents.items()):
        properties: dict[str, Any] = {
            "@type": types.get(path, "File"),
            "name": path,
            "encodingFormat": _FORMATS.get(PurePosixPath(path).suffix, "text/plain"),
            "contentSize": str(len(content)),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        files[path] = crate.add(File(crate, dest_path=path, properties=properties))
        under = [texts[name] for name in licences.of(path)]
        if under:
            files[path]["license"] = _one_or_all(under)
    crate.root_dataset["license"] = _one_or_all(list(texts.values()))
    return files


def _describe_root(crate: _Crate, citation: Citation, origin: Origin) -> None:
    root = crate.root_dataset
    readme = crate.get("README.md")
    if readme:
        readme["about"] = root
    root["name"] = citation.title
    root["description"] = citation.abstract
    root["version"] = citation.version
    root["keywords"] = ", ".join(citation.keywords)
    root["datePublished"] = datetime.fromtimestamp(origin.time, UTC).isoformat()
    root["author"] = _one_or_all(_add_authors(crate, citation))
    root["conformsTo"] = [
        crate.describe(
            profile, "CreativeWork", name=name, version=profile.rpartition("/")[2]
        )
        for profile, name in PROFILES.items()
    ]
    crate.metadata["conformsTo"] = [
        {"@id": f"https://w3id.org/ro/crate/{RO_CRATE}"},
        {"@id": WORKFLOW_CRATE},
    ]


def _add_authors(crate: _Crate, citation: Citation) -> list[Entity]:
    authors = []
    for number, author in enumerate(citation.authors, start=1):
        kind = "Organization" if "name" in author else "Person"
        identifier = author.get("orcid") or author.get("website") or f"#author-{number}"
        described = crate.describe(identifier, kind, name=name_of(author))
        if "website" in author:
            described["url"] = author["website"]
        if "affiliation" in author:
            described["affiliation"] = crate.describe(
                f"#affiliation-{number}", "Organization", name=author["affiliation"]
            )
        authors.append(described)
    return authors


def _add_engine(crate: _Crate) -> Entity:
    """Add this package as the system that ran the workflow, with what it stands on."""
    parts = []
    for name in ("papermill", "pytask", "pytask-parallel", "ipykernel"):
        software = {"name": name, "version": version(name)}
        url = f"https://pypi.org/project/{name}/{version(name)}/"
        parts.append(crate.describe(url, "SoftwareApplication", **software, url=url))
    return crate.describe(
        "#papermill_pages",
        "SoftwareApplication",
        name="papermill_pages",
        description="Executes the pages that _toc.yml lists and gathers their results.",
        softwareRequirements=parts,
    )


def _describe_tools(
    crate: _Crate, notebooks: Mapping[str, Path], files: Mapping[str, Entity]
) -> list[Entity]:
    """Make each notebook a tool with formal parameters."""
    python = _add_language(
        crate,
        "https://w3id.org/workflowhub/workflow-ro-crate#python",
        "Python",
        "https://www.python.org",
    )
    for name, notebook in notebooks.items():
        files[name]["programmingLanguage"] = python
        declared = declared_parameters(notebook).values()
        if declared:
            inputs = [_add_formal(crate, name, one) for one in declared]
            files[name]["input"] = _one_or_all(inputs)
    return [files[name] for name in notebooks]


def _add_language(crate: _Crate, identifier: str, name: str, url: str) -> Entity:
    link = {"@id": url}
    return crate.describe(
        identifier, "ComputerLanguage", name=name, identifier=link, url=link
    )


def _add_formal(crate: _Crate, notebook: str, parameter: Parameter) -> Entity:
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
    return crate.describe(identifier, "FormalParameter", **properties)


def _inputs(runs: Sequence[Entity]) -> list[Entity]:
    """Return what any of the runs read and none of them made, each file once."""
    made = {one.id for run in runs for one in _as_list(run["result"])}
    read = {one.id: one for run in runs for one in _as_list(run["object"])}
    return [
        one
        for one in read.values()
        if one.type != "PropertyValue" and one.id not in made
    ]


def _one_or_all(values: list[Any]) -> Any:
    """Return what RO-Crate recommends: a single value is not in a list."""
    return values[0] if len(values) == 1 else values


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
