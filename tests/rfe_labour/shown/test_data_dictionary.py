"""The data dictionary describes every file, column and code."""

from __future__ import annotations

from rfe_labour import data
from rfe_labour.shown.data_dictionary import data_dictionary


def test_the_data_dictionary_has_every_column_and_code() -> None:
    descriptor = data.read_descriptor()
    text = data_dictionary(descriptor, folder="..").text
    for resource in descriptor["resources"]:
        assert f"## [`{resource['path']}`]{{#data-{resource['name']}}}" in text
        assert f"- [{resource['title']}](#data-{resource['name']})" in text
        for field in resource["schema"]["fields"]:
            assert f"| `{field['name']}` |" in text
    assert (
        "| `year` | Year that heads the column. *(whole number, calendar year)* |"
        in text
    )
    assert text.count("Our own list.") == sum(
        not resource.get("transcription", True) for resource in descriptor["resources"]
    )
    assert "`decimal-point-lost`" in text
    assert "`column-lost`" in text
