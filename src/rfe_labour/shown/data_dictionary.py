"""The data dictionary: every file, column and code of a Data Package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rfe_labour.shown.markdown import Markdown, write_table

TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
}


def data_dictionary(descriptor: Mapping[str, Any], folder: str) -> Markdown:
    """Describe every file and column of a Data Package.

    `descriptor` is the content of ``datapackage.json``; `folder` is the way from the
    page to the folder of the files, for links to them. A list of the files leads to
    them. The codes of a file are folded.
    """
    resources = descriptor["resources"]
    links = [f"- [{it['title']}](#data-{it['name']})" for it in resources]
    files = [_resource(resource, folder) for resource in resources]
    return Markdown("\n\n".join(["\n".join(links), *files]))


def _resource(resource: Mapping[str, Any], folder: str) -> str:
    path = resource["path"]
    fields = resource["schema"]["fields"]
    rows = [[f"`{field['name']}`", _meaning(field)] for field in fields]
    # A missing value may be a text alone, which stands for itself.
    codes = [
        [f"`{field['name']}`", f"`{code['value'] or '(empty)'}`", code["label"]]
        for field in fields
        for code in [*field.get("categories", ()), *field.get("missingValues", ())]
        if isinstance(code, Mapping) and "label" in code
    ]
    ours = "" if resource.get("transcription", True) else "Our own list. "
    parts = [
        f"## [`{path}`]{{#data-{resource['name']}}}",
        f"{resource['title']}. {ours}{resource['description']} "
        f'<a href="{folder}/{path}" download>Download {path}</a>',
        write_table(["column", "what it holds"], rows, "ll").text,
    ]
    if codes:
        parts += [
            f"<details><summary>The codes of {path} ({len(codes)})</summary>",
            write_table(["column", "code", "meaning"], codes, "lll").text,
            "</details>",
        ]
    return "\n\n".join(parts)


def _meaning(field: Mapping[str, Any]) -> str:
    kind = ", ".join(filter(None, [TYPES[field["type"]], field.get("unit", "")]))
    return f"{field.get('description', field.get('title', ''))} *({kind})*"
