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
from collections.abc import Iterable, Mapping, Sequence
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

_CONTENTS = "_toc.yml"
_TOOL = ["File", "SoftwareSourceCode"]
_WORKFLOW = [*_TOOL, "ComputationalWorkflow", "HowTo"]
_ENGINE = "#papermill_pages"
_ENGINE_RUNS_ON = ("papermill", "pytask", "pytask-parallel", "ipykernel")
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
    crate = ROCrate(version=RO_CRATE)
    crate.metadata.extra_contexts.append(TERMS)
    types = {_inside(run, run.notebook): _TOOL for page in pages for run in page.runs}
    files = _add_files(crate, contents, {**types, _CONTENTS: _WORKFLOW}, licences)
    _describe_root(crate, citation, origin)
    for name, entity in files.items():
        path = PurePosixPath(name)
        if path.is_relative_to(PUBLISHED):
            # Where it was written, and is again by whoever repeats the run.
            entity["alternateName"] = f"_build/{path.relative_to(PUBLISHED)}"
    engine = _add_engine(crate)
    tools = _add_tools(crate, pages, files)
    gather = _add(
        crate,
        "#gather",
        "SoftwareApplication",
        name="papermill_pages.results",
        description="Gathers the values that pages or the points of a sweep glued.",
        softwareRequirements=engine,
    )
    workflow = _describe_workflow(crate, files, [*tools.values(), gather], citation)
    for program in (workflow, engine, gather, *tools.values()):
        program["version"] = origin.revision

    steps: list[Entity] = []
    runs: list[Entity] = []

    def file(path: Path) -> Entity:
        return files[published(path, root)]

    def add(name: str, tool: Entity, run: Entity) -> None:
        runs.append(run)
        properties = {"name": name, "position": len(runs), "workExample": tool}
        steps.append(_add(crate, f"#step/{name}", "HowToStep", **properties))

    def execute(run: Run, tables: Sequence[Entity] = ()) -> None:
        tool = tools[_inside(run, run.notebook)]
        executed = file(run.executed)
        add(run.docname, tool, _add_run(crate, run, tool, files, executed, tables))

    def collect(name: str, executed: Sequence[Run], values: Entity) -> None:
        action = _add(
            crate,
            f"#run/{name}",
            "CreateAction",
            name=f"Gathering {values.id}",
            description=f"{len(executed)} executed notebooks, one file of values.",
            instrument=gather,
            object=[file(run.executed) for run in executed],
            result=values,
        )
        add(name, gather, action)

    for page in pages:
        tables = []
        if page.sweep:
            for point in page.sweep.points:
                execute(point)
            tables.append(file(page.sweep.table))
            collect(f"{page.docname}.csv", page.sweep.points, tables[0])
        execute(page, tables)
    collect("results", pages, file(results_file(root)))
    workflow["step"] = steps
    whole = _add(
        crate,
        "#run",
        "CreateAction",
        name="Executing the book",
        description="python -m papermill_pages package",
        instrument=workflow,
        # The profile would have the settings beside the steps of the engine's run, but
        # its validator takes nothing but steps there.
        object=[*_inputs(runs), files["_config.yml"]],
        result=[entity for run in runs for entity in _as_list(run["result"])],
    )
    controls = [
        _add(
            crate,
            f"#control/{step.id.removeprefix('#step/')}",
            "ControlAction",
            name=f"Running {step['name']}",
            instrument=step,
            object=run,
        )
        for step, run in zip(steps, runs, strict=True)
    ]
    organised = _add(
        crate,
        "#organised",
        "OrganizeAction",
        name="Running the engine",
        instrument=engine,
        object=controls,
        result=whole,
    )
    crate.root_dataset["mentions"] = [whole, *runs, organised]
    graph = crate.metadata.generate()
    return json.dumps(graph, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _add_files(
    crate: ROCrate,
    contents: Mapping[str, bytes],
    types: Mapping[str, list[str]],
    licences: Licences,
) -> dict[str, Entity]:
    texts = {
        licence: _add(
            crate,
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
        if licences.of(path):
            under = [texts[name] for name in licences.of(path)]
            files[path]["license"] = _one_or_all(under)
    crate.root_dataset["license"] = _one_or_all(list(texts.values()))
    return files


def _describe_root(crate: ROCrate, citation: Citation, origin: Origin) -> None:
    published = datetime.fromtimestamp(origin.time, UTC).isoformat()
    root = crate.root_dataset
    readme = crate.get("README.md")
    if readme:
        readme["about"] = root
    root["name"] = citation.title
    root["description"] = citation.abstract
    root["version"] = citation.version
    root["keywords"] = ", ".join(citation.keywords)
    root["datePublished"] = published
    root["author"] = _one_or_all(_add_authors(crate, citation))
    root["conformsTo"] = [
        _add(crate, profile, "CreativeWork", name=name, version=_last(profile))
        for profile, name in PROFILES.items()
    ]
    crate.metadata["conformsTo"] = [
        {"@id": f"https://w3id.org/ro/crate/{RO_CRATE}"},
        {"@id": WORKFLOW_CRATE},
    ]


def _add_authors(crate: ROCrate, citation: Citation) -> list[Entity]:
    authors = []
    for number, author in enumerate(citation.authors, start=1):
        kind = "Organization" if "name" in author else "Person"
        parts = (author.get("given-names"), author.get("family-names"))
        name = author.get("name") or " ".join(filter(None, parts))
        identifier = author.get("orcid") or author.get("website") or f"#author-{number}"
        authors.append(_add(crate, identifier, kind, name=name))
    return authors


def _add_engine(crate: ROCrate) -> Entity:
    """Add this package as the system that ran the workflow, with what it stands on."""
    parts = [
        _add(
            crate,
            f"https://pypi.org/project/{name}/{version(name)}/",
            "SoftwareApplication",
            name=name,
            version=version(name),
            url=f"https://pypi.org/project/{name}/{version(name)}/",
        )
        for name in _ENGINE_RUNS_ON
    ]
    return _add(
        crate,
        _ENGINE,
        "SoftwareApplication",
        name="papermill_pages",
        description="Executes the pages that _toc.yml lists and gathers their results.",
        softwareRequirements=parts,
    )


def _add_tools(
    crate: ROCrate, pages: Iterable[Page], files: Mapping[str, Entity]
) -> dict[str, Entity]:
    """Make each notebook a tool with formal parameters."""
    python = _add(
        crate,
        "https://w3id.org/workflowhub/workflow-ro-crate#python",
        "ComputerLanguage",
        name="Python",
        identifier={"@id": "https://www.python.org"},
        url={"@id": "https://www.python.org"},
    )
    tools: dict[str, Entity] = {}
    for run in (run for page in pages for run in page.runs):
        path = _inside(run, run.notebook)
        if path in tools:
            continue
        tool = tools[path] = files[path]
        tool["programmingLanguage"] = python
        declared = declared_parameters(run.notebook).values()
        if declared:
            inputs = [_add_formal(crate, path, one) for one in declared]
            tool["input"] = _one_or_all(inputs)
    return tools


def _add_formal(crate: ROCrate, notebook: str, parameter: Parameter) -> Entity:
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
    return _add(crate, identifier, "FormalParameter", **properties)


def _describe_workflow(
    crate: ROCrate, files: Mapping[str, Entity], tools: list[Entity], citation: Citation
) -> Entity:
    workflow = files[_CONTENTS]
    workflow["name"] = f"The pages of “{citation.title}”"
    workflow["programmingLanguage"] = _add(
        crate,
        "#jupyter-book-contents",
        "ComputerLanguage",
        name="Table of contents of Jupyter Book",
        identifier={"@id": "https://jupyterbook.org"},
        url={"@id": "https://jupyterbook.org"},
    )
    workflow["hasPart"] = tools
    crate.root_dataset["mainEntity"] = workflow
    return workflow


def _add_run(
    crate: ROCrate,
    run: Run,
    tool: Entity,
    files: Mapping[str, Entity],
    executed: Entity,
    tables: Sequence[Entity],
) -> Entity:
    """Add what happened on one page, or at one point of a sweep."""
    read = [_inside(run, path) for path in dependency_files(run)]
    values = with_defaults(run.parameters, declared_parameters(run.notebook))
    given = [
        _add(
            crate,
            f"#run/{run.docname}/{name}",
            "PropertyValue",
            name=name,
            value=str(value),
            exampleOfWork={"@id": f"{tool.id}#{name}"},
        )
        for name, value in values.items()
    ]
    options = "".join(f" -p {name} {it}" for name, it in run.parameters.items())
    return _add(
        crate,
        f"#run/{run.docname}",
        "CreateAction",
        name=run.title or run.docname,
        description=f"papermill {tool['name']} {executed['name']}{options}",
        instrument=tool,
        object=[*(files[path] for path in read if path in files), *tables, *given],
        result=executed,
    )


def _inputs(runs: Iterable[Entity]) -> list[Entity]:
    """Return what any of the runs read and none of them made, each file once."""
    runs = list(runs)
    made = {one.id for run in runs for one in _as_list(run["result"])}
    read = {one.id: one for run in runs for one in _as_list(run["object"])}
    return [
        one
        for one in read.values()
        if one.type != "PropertyValue" and one.id not in made
    ]


def _add(crate: ROCrate, identifier: str, kind: str, /, **properties: Any) -> Entity:
    entity = ContextEntity(crate, identifier, properties={"@type": kind})
    crate.add(entity)
    for name, value in properties.items():
        entity[name] = _one_or_all(value) if isinstance(value, list) else value
    return entity


def _one_or_all(values: list[Any]) -> Any:
    """Return what RO-Crate recommends: a single value is not in a list."""
    return values[0] if len(values) == 1 else values


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _inside(run: Run, path: Path) -> str:
    """Return a path as the package names it; paths outside of the book stay whole."""
    inside = path.is_relative_to(run.root)
    return path.relative_to(run.root).as_posix() if inside else path.as_posix()


def _last(address: str) -> str:
    return address.rsplit("/", 1)[-1]
