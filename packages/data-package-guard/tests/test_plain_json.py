"""JSON that can be read in two ways, or not at all, is refused where it stands."""

from __future__ import annotations

import json

import pytest
from data_package_guard.plain_json import JSONProblem, parse


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ('{"a": 1, "a": 2}', "", 'has the key "a" twice'),
        ('{"a": [{"name": "b", "c": 1, "c": 1}]}', "a.b", 'has the key "c" twice'),
        ('{"a":\n' + "[" * 51, "line 2", "is nested more than 50 deep"),
        ("[" * 1_000_000, "line 1", "is nested more than 50 deep"),
        ('{"a":\n\n-Infinity}', "line 3", "holds Infinity, which is no number"),
        ('{"a": ' + "1" * 401 + "}", "line 1", "holds a number of 401 digits"),
        ('{"a": [1, 1e999]}', "a.2", "is a number too large"),
        ('{"a": "\\ud800"}', "a", "half a surrogate pair"),
        ('{"a": {"\\udc00": 1}}', r"a.\udc00", "half a surrogate pair"),
        ('{"a": 1,}', "", "is not valid JSON: line 1, column "),
        ('"' + "\\" * 1_000_001, "", "is not valid JSON: line 1, column 1"),
    ],
)
def test_it_is_refused(text: str, place: str, problem: str) -> None:
    with pytest.raises(JSONProblem) as refusal:
        parse(text)
    assert refusal.value.place == place
    assert problem in refusal.value.problem


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "NaN [[[ \\" {", "NaN": [1, -2.5e3, true, null]}',
        "[" * 50 + "]" * 50,
        '"\\ud83d\\ude00 \\\\"',
        "1" * 400,
    ],
)
def test_other_json_is_read_as_the_standard_library_reads_it(text: str) -> None:
    assert parse(text) == json.loads(text)
