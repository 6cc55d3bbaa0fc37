"""What RO-Crate 1.1 and the Provenance Run Crate profile 0.5 require of a crate.

Of what they recommend, what a crate of a book can hold is asked for as well. Written
from the text of the profiles, https://w3id.org/ro/wfrun/provenance/0.5 and those that
it extends, apart from the code that writes crates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote

CRATE = "https://w3id.org/ro/crate/1.1"
TERMS = "https://w3id.org/ro/terms/workflow-run/context"
WORKFLOW_CRATE = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5",
    "https://w3id.org/ro/wfrun/workflow/0.5",
    "https://w3id.org/ro/wfrun/provenance/0.5",
    WORKFLOW_CRATE,
}


class Crate:
    """The entities of a metadata file, by their identifiers."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self.context = metadata["@context"]
        self.entities = {entity["@id"]: entity for entity in metadata["@graph"]}
        assert len(self.entities) == len(metadata["@graph"]), "an @id stands twice"

    def follow(self, entity: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
        """The entities that a property names."""
        return [self.entities[one["@id"]] for one in listed(entity.get(name, []))]

    def of_type(self, name: str) -> list[dict[str, Any]]:
        return [it for it in self.entities.values() if name in types(it)]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def types(entity: Mapping[str, Any]) -> set[str]:
    return set(listed(entity["@type"]))


def assert_is_provenance_run_crate(
    metadata: Mapping[str, Any], contents: Mapping[str, bytes]
) -> Crate:
    """Check a crate with the given files against the profiles."""
    crate = Crate(metadata)
    _check_flatness(crate)
    _check_descriptor(crate)
    _check_files(crate, contents)
    workflow = _check_workflow(crate)
    _check_parameters(crate)
    _check_actions(crate, workflow)
    return crate


def _check_flatness(crate: Crate) -> None:
    assert {f"{CRATE}/context", TERMS} <= set(crate.context)
    for entity in crate.entities.values():
        assert types(entity), entity
        for name, value in entity.items():
            for one in listed(value):
                assert one is not None, (entity["@id"], name)
                if isinstance(one, dict):
                    assert set(one) == {"@id"}, (entity["@id"], name)
                    if not one["@id"].startswith("http"):
                        assert one["@id"] in crate.entities, (entity["@id"], one)


def _check_descriptor(crate: Crate) -> None:
    descriptor = crate.entities["ro-crate-metadata.json"]
    assert types(descriptor) == {"CreativeWork"}
    assert descriptor["about"] == {"@id": "./"}
    conforming = {one["@id"] for one in listed(descriptor["conformsTo"])}
    assert conforming == {CRATE, WORKFLOW_CRATE}
    root = crate.entities["./"]
    assert types(root) == {"Dataset"}
    assert root["name"]
    assert root["description"]
    assert crate.follow(root, "license")
    assert datetime.fromisoformat(root["datePublished"]).tzinfo
    profiles = crate.follow(root, "conformsTo")
    assert {profile["@id"] for profile in profiles} == PROFILES
    for profile in profiles:
        assert types(profile) == {"CreativeWork"}
        assert profile["@id"].endswith(f"/{profile['version']}")


def _check_files(crate: Crate, contents: Mapping[str, bytes]) -> None:
    # An identifier is a path as a URI writes it.
    parts = {unquote(one["@id"]) for one in listed(crate.entities["./"]["hasPart"])}
    files = {unquote(entity["@id"]): entity for entity in crate.of_type("File")}
    assert set(files) == parts == set(contents)
    for name, content in contents.items():
        assert files[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert files[name]["contentSize"] == str(len(content))


def _check_workflow(crate: Crate) -> dict[str, Any]:
    (workflow,) = crate.follow(crate.entities["./"], "mainEntity")
    needed = {"File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"}
    assert needed <= types(workflow)
    (language,) = crate.follow(workflow, "programmingLanguage")
    assert "ComputerLanguage" in types(language)
    tools = crate.follow(workflow, "hasPart")
    used = [one for it in crate.of_type("CreateAction") for one in instruments(it)]
    for tool in tools:
        assert types(tool) & {"SoftwareApplication", "SoftwareSourceCode"}
        assert tool["version"]
        assert tool["@id"] in used
    positions = []
    for step in crate.follow(workflow, "step"):
        assert types(step) == {"HowToStep"}
        (tool,) = crate.follow(step, "workExample")
        assert tool in tools
        positions.append(step["position"])
    assert crate.follow(workflow, "step") == crate.of_type("HowToStep")
    assert positions == sorted(set(positions))
    return workflow


def _check_parameters(crate: Crate) -> None:
    for parameter in crate.of_type("FormalParameter"):
        assert parameter["additionalType"]
        assert parameter["name"]
    for action in crate.of_type("CreateAction"):
        (tool,) = crate.follow(action, "instrument")
        slots = [one["@id"] for one in listed(tool.get("input", []))]
        given = [
            entity
            for entity in crate.follow(action, "object")
            if "PropertyValue" in types(entity)
        ]
        assert [one["exampleOfWork"]["@id"] for one in given] == slots
        for one in given:
            assert one["name"] == one["exampleOfWork"]["@id"].rsplit("#")[-1]
            assert isinstance(one["value"], str)


def _check_actions(crate: Crate, workflow: Mapping[str, Any]) -> None:
    mentioned = {it["@id"] for it in crate.follow(crate.entities["./"], "mentions")}
    for action in crate.of_type("CreateAction"):
        assert len(instruments(action)) == 1
        assert crate.follow(action, "result")
        assert action["@id"] in mentioned
    for control in crate.of_type("ControlAction"):
        (step,) = crate.follow(control, "instrument")
        (action,) = crate.follow(control, "object")
        assert "HowToStep" in types(step)
        assert "CreateAction" in types(action)
        assert instruments(action) == [step["workExample"]["@id"]]
    (organised,) = crate.of_type("OrganizeAction")
    (engine,) = crate.follow(organised, "instrument")
    assert types(engine) == {"SoftwareApplication"}
    assert engine["version"]
    (whole,) = crate.follow(organised, "result")
    assert instruments(whole) == [workflow["@id"]]
    controls = crate.follow(organised, "object")
    assert controls == crate.of_type("ControlAction")
    assert len(controls) == len(listed(workflow["step"]))


def instruments(action: Mapping[str, Any]) -> list[str]:
    return [one["@id"] for one in listed(action["instrument"])]


def parameters_of(crate: Crate, action: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The names and values with which an action was carried out."""
    for entity in crate.follow(action, "object"):
        if "PropertyValue" in types(entity):
            yield entity["name"], entity["value"]
