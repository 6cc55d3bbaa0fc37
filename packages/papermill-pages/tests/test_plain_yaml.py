"""Runs and sweeps mean one thing in every YAML, or are refused in a sentence."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from papermill_pages.errors import PlanError
from papermill_pages.plain_yaml import read_plain_value, read_plain_yaml

BOMB = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
DEEP = 100_000


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "north.run.yml"


def test_what_both_versions_of_yaml_read_alike_is_read(source: Path) -> None:
    source.write_text(
        "\ufeff# North\nnumbers: [17, -3, +1, 0x1F, 0.5, 1., 1.5e-7, 1.0e+9]\n"
        "others: [null, ~, true, False]\nnothing:\n"
        "texts: [north, '017', \"1:30\", 'yes', 1.2.3, y, 1-2, é 🙂, \"\\U0001F642\"]\n"
        "again: {first: &values [1, 2], second: *values}\n",
        encoding="utf-8",
    )
    read = read_plain_yaml(source)
    assert read == {
        "numbers": [17, -3, 1, 31, 0.5, 1.0, 1.5e-7, 1e9],
        "others": [None, None, True, False],
        "nothing": None,
        "texts": ["north", "017", "1:30", "yes", "1.2.3", "y", "1-2", "é 🙂", "🙂"],
        "again": {"first": [1, 2], "second": [1, 2]},
    }
    assert read["again"]["first"] is not read["again"]["second"]


def test_the_keys_of_words_for_values_may_be_values(source: Path) -> None:
    source.write_text("labels: {year: {1995: a, 2.0: b, true: c, north: d}}\n")
    words = {"1995": "a", "2.0": "b", "True": "c", "north": "d"}
    assert read_plain_yaml(source, worded="labels") == {"labels": {"year": words}}
    source.write_text("parameters: {labels: {year: {1995: a}}}\n")
    with pytest.raises(PlanError, match="the key 1995 is the number 1995, not a text"):
        read_plain_yaml(source, worded="labels")


VALUES = {"1995": 1995, " hill": "hill", "'017'": "017", "null": None, "": None}

WRONG_VALUES = {
    "017": "':start:': '017' is the number 15 in one version of YAML and",
    "yes": "':start:': 'yes' is true in one version of YAML and a text in",
    "!!int 3": "':start:': the tag 'tag:yaml.org,2002:int' is not allowed",
    "[1": "':start:' has '[1', which is no value in YAML.",
    ".nan": "':start:': '.nan' is not a finite number",
}


def test_a_single_value_is_read_as_in_a_file() -> None:
    assert {text: read_plain_value(text, "':start:'") for text in VALUES} == VALUES
    for text, words in WRONG_VALUES.items():
        with pytest.raises(ValueError, match=re.escape(words)):
            read_plain_value(text, "':start:'")


REFUSED = {
    # A copy that was not edited would change published numbers.
    "a: 1\nb: 2\na: 3": "line 3: the key 'a' stands here and in line 1 already",
    "p: {x: 1,\n  x: 1}": "line 2: the key 'x' stands here and in line 1 already",
    "labels: {y: {1: a, '1': b}}": "the key '1' stands here and in line 1 already",
    # YAML 1.1 and 1.2 read these differently (1.2, section 10.3.2; 1.1, yaml.org/type).
    "p:\n  a: 017": "line 2: '017' is the number 15 in one version of YAML and",
    "a: 08": "'08' is a text in one version of YAML and the number 8",
    "a: 0o17": "'0o17' is a text in one version of YAML and the number 15",
    "a: 0b11": "'0b11' is the number 3",
    "a: 1_000": "'1_000' is the number 1000",
    "a: 1:30": "'1:30' is the number 90",
    "a: 190:20:30.15": "'190:20:30.15' is the number 685230.15",
    "a: 1e-9": "'1e-9' is a text in one version of YAML and the number 1e-09",
    "a: 1.0e9": "'1.0e9' is a text",
    "a: [x, no]": "'no' is false in one version of YAML and a text",
    "on: 1": "'on' is true in one version of YAML and a text",
    "a: {b: 2000-01-01}": "'2000-01-01' is a date in one version of YAML and a text",
    "a: 2000-13-45": "'2000-13-45' is a special value",
    "a: {<<: {b: 1}}": "'<<' is a special value",
    # JSON cannot keep these.
    "a: .nan": "'.nan' is not a finite number",
    "a: [1, -.inf]": "'-.inf' is not a finite number",
    "a: 1.0e+400": "'1.0e+400' is not a finite number",
    "a: 1e400": "'1e400' is not a finite number",
    "a: {1: 2}": "the key 1 is the number 1, not a text",
    "a: {null: 2}": "the key null is null, not a text",
    "a: {? [b] : 2}": "the key of a mapping must be a text",
    "a: !!set {b, c}": "the tag 'tag:yaml.org,2002:set' is not allowed",
    "a: !!python/name:os.system": "the tag 'tag:yaml.org,2002:python/name:os.system'",
    "a: !!str 5": "the tag 'tag:yaml.org,2002:str' is not allowed",
    "a: !ours 5": "the tag '!ours' is not allowed",
    # No file can hold these.
    'a: b\nc: "\\ud83d\\ude42"': r"line 2: '\ud83d\ude42' holds \ud83d, half of a",
    'a: "\\0"': "holds the control character U+0000",
    "a: 1\nb: \0": "line 2: it holds the control character U+0000",
    # These would take much time or memory.
    f"a: {'1' * 5000}": "has more than 1,000 digits",
    f"a: -0x{'f' * 5000}": "has more than 1,000 digits",
    f"a: 0{'7' * 5000}": "has more than 1,000 digits",
    f"a: {'[' * DEEP}": "line 1: lists and mappings lie more than 20 deep",
    f"a: {'{a: ' * DEEP}": "line 1: lists and mappings lie more than 20 deep",
    f"a:\n  {'- ' * DEEP}": "line 2: lists and mappings lie more than 20 deep",
    "a: &a [*a]": "lists and mappings lie more than 20 deep",
    f"a0: &a0 [x]\n{BOMB}": "it holds more than 100,000 values",
    # No YAML.
    "a: 1\nb: [": "line 2: not readable as YAML: ",
    "a: 1\n---\nb: 1": "line 2: not readable as YAML: expected a single document",
    "a: *b": "line 1: not readable as YAML: found undefined alias 'b'",
}


@pytest.mark.parametrize("text", REFUSED, ids=[text[:24] for text in REFUSED])
def test_other_yaml_is_refused_with_its_line_and_soon(source: Path, text: str) -> None:
    source.write_text(text, encoding="utf-8")
    begun = time.process_time()
    with pytest.raises(PlanError) as raised:
        read_plain_yaml(source, worded="labels")
    assert time.process_time() - begun < 5
    assert REFUSED[text] in str(raised.value)
    assert str(raised.value).startswith(f"{source}, line ")
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400 + len(str(source))


def test_other_encodings_are_refused_with_the_line(source: Path) -> None:
    source.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(PlanError, match="line 2: not in UTF-8"):
        read_plain_yaml(source)
