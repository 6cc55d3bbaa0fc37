"""The verdict of rocrate-validator on a crate, without a network.

The validator has the profiles with it, but not the two contexts that say which terms a
crate's words are. It takes them from its cache, which is filled here.
"""

from __future__ import annotations

import importlib.resources
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests_cache
from requests.adapters import HTTPAdapter
from rocrate_validator.services import ValidationSettings, validate
from urllib3 import HTTPResponse

PROVENANCE_RUN_CRATE = "provenance-run-crate-0.5"
BIOSCHEMAS = "https://bioschemas.org/"
# rocrate has the context of RO-Crate 1.3. In 1.1, these of our terms were others.
OTHERWISE = {
    "ComputationalWorkflow": f"{BIOSCHEMAS}ComputationalWorkflow",
    "FormalParameter": f"{BIOSCHEMAS}FormalParameter",
    "input": f"{BIOSCHEMAS}ComputationalWorkflow#input",
}
# Of the terms of runs, the one that our crates use.
OF_RUNS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}


def issues(
    crate: Path, cache: Path, severity: str = "REQUIRED"
) -> set[tuple[str, str, str]]:
    """Return the severity, the check and the message of all that is found amiss.

    Checks of the given severity and of all graver ones are made.
    """
    _fill(cache)
    found = validate(
        ValidationSettings(
            rocrate_uri=crate,
            profile_identifier=PROVENANCE_RUN_CRATE,
            requirement_severity=severity,
            offline=True,
            cache_path=cache,
            # The profiles themselves are the validator's matter.
            validate_profile_checks=False,
            # What is elsewhere on the web cannot be asked for.
            skip_availability_check=True,
        )
    )
    assert found.context.profile_identifier == PROVENANCE_RUN_CRATE
    return {(it.severity.name, it.check.name, str(it.message)) for it in found.issues}


def unpack(contents: Mapping[str, bytes], folder: Path) -> Path:
    """Write the files of a package into a folder."""
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _fill(cache: Path) -> None:
    vocabulary = importlib.resources.files("rocrate") / "data/ro-crate.jsonld"
    terms = json.loads(vocabulary.read_text(encoding="utf-8"))["@context"]
    shelf = _Shelf(
        {
            "https://w3id.org/ro/crate/1.1/context": {**terms, **OTHERWISE},
            "https://w3id.org/ro/terms/workflow-run/context": OF_RUNS,
        }
    )
    with requests_cache.CachedSession(str(cache), "sqlite", expire_after=-1) as session:
        session.mount("https://", shelf)
        accepted = "application/ld+json, application/json, */*;q=0.1"
        for address in shelf.contexts:
            session.get(address, headers={"Accept": accepted})


class _Shelf(HTTPAdapter):
    """Answers with contexts that are at hand."""

    def __init__(self, contexts: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__()
        self.contexts = contexts

    def send(self, request: Any, *_: Any, **__: Any) -> Any:
        content = json.dumps({"@context": self.contexts[request.url]}).encode()
        headers = {"Content-Type": "application/ld+json"}
        answer = HTTPResponse(io.BytesIO(content), headers, 200, preload_content=False)
        return self.build_response(request, answer)
