"""Answers that are alike: what is found, what is not, and what cannot break it."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest
from assignment_grading.handing_out.handout import Key, Written
from assignment_grading.reporting.similarity import Likeness, alike
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

KEY = Key("rain", "coast", {}, {"q1": 4, "q2": 4}, (Written("q3", 2, "text", ""),))

GIVEN = [
    new_markdown_cell("# Rain\n\nDoes the mean tell what a day with rain is like?"),
    new_code_cell("import numpy as np\nimport pandas as pd\ndays = pd.Series(rain)"),
    new_code_cell("slope = ..."),
    new_code_cell('grader.check("q1")'),
    new_code_cell("without = ..."),
    new_code_cell('grader.check("q2")'),
    new_markdown_cell("_Type your answer here._", id="text"),
]

COPIED = {
    "q1": """\
heights = np.asarray(days, dtype=float)
place = np.arange(heights.size)
# As our teacher said on Monday, the middle of the days must come first, since
# otherwise the line goes through nought.
weights = place - place.mean()
slope = float((weights * heights).sum() / (weights * place).sum())
""",
    "q2": """\
kept = {}
for gap in days.index:
    fewer = days[days.index != gap]
    if fewer.max() > 30:
        fewer = fewer.clip(upper=30)
    kept[gap] = round(np.polyfit(fewer.index, fewer, deg=1)[0], 4)
without = pd.Series(kept).sort_values(ascending=False)
""",
}
RENAMED = {
    "q1": """h=np.asarray( days,dtype=float );i = np.arange(h.size)
# in the middle
w = (
    i - i.mean()
)
slope = float((w*h).sum() / (w*i).sum())
""",
    "q2": COPIED["q2"].replace("kept", "out").replace("gap", "day")
    .replace("fewer", "others").replace("    ", "  "),
}  # fmt: skip
SENTENCE = (
    "It does not, since one single storm in the middle of the month brought more water "
    "than all of the other days of that month together."
)


def own(seed: int) -> dict[str, str]:
    """Answer as a student does who works alone: in ways of their own."""
    rng = random.Random(seed)  # noqa: S311
    name, other = rng.sample(["y", "vals", "series", "d", "obs", "data"], 2)
    first = rng.choice(
        [
            f"{name} = days.to_numpy()\nslope = np.polyfit(range(31), {name}, 1)[0]",
            "slope = np.polyfit(days.index, days, 1)[0]",
            "from scipy import stats\nslope = stats.linregress(days.index, days)[0]",
            f"{name}, {other} = np.polyfit(days.index, days, deg=1)\nslope = {name}",
            f"{name} = days - days.mean()\nslope = np.cov({name}, days.index)[0, 1] / "
            "np.var(days.index, ddof=1)",
        ]
    )
    second = rng.choice(
        [
            f"{name} = []\nfor {other} in range(len(days)):\n    "
            f"{name}.append(days.drop({other}).mean())\nwithout = pd.Series({name})",
            "without = pd.Series({i: days.drop(i).mean() for i in days.index})",
            f"{name} = days.sum()\nwithout = ({name} - days) / (len(days) - 1)",
            f"without = days.copy()\nfor {other}, _ in days.items():\n    "
            f"without[{other}] = days[days.index != {other}].mean()",
        ]
    )
    more = rng.choice(["", "\nprint(slope)", "\nslope", "\nround(slope, 3)", "\n# "])
    text = " ".join(rng.choice(SENTENCE.split()) for _ in range(30))
    return {"q1": first + more, "q2": second, "text": text}


class Room:
    """A folder with what a class was given and what it handed in."""

    def __init__(self, folder: Path) -> None:
        self.set, self.submissions = folder / "set", folder / "in"
        self.submissions.mkdir()
        (self.set / "handout").mkdir(parents=True)
        nbformat.write(new_notebook(cells=GIVEN), self.set / "handout" / "rain.ipynb")
        self.files: dict[str, Path] = {}

    def hand_in(self, student: str, answers: dict[str, str]) -> None:
        cells = [cell.copy() for cell in GIVEN]
        for place, question in ((2, "q1"), (4, "q2"), (6, "text")):
            if question in answers:
                cells[place]["source"] = answers[question]
        self.write(student, nbformat.writes(new_notebook(cells=cells)).encode())

    def write(self, student: str, content: bytes) -> None:
        self.files[student] = self.submissions / f"{student}.ipynb"
        self.files[student].write_bytes(content)

    def compare(self) -> list[Likeness]:
        return alike(self.files, dict.fromkeys(self.files, KEY), self.set)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Twelve students who work alone."""
    room = Room(tmp_path)
    for number in range(12):
        room.hand_in(f"honest {number}", own(number))
    return room


def people(found: list[Likeness]) -> list[tuple[tuple[str, ...], ...]]:
    return [one.groups for one in found]


def marked(found: Likeness, place: int, side: str) -> str:
    segments = getattr(found.passages[place], side)
    return " ".join("".join(text for text, mark in segments if mark).split())


def test_who_works_alone_is_like_nobody(room: Room) -> None:
    assert room.compare() == []


def test_a_copy_is_found_with_its_questions_side_by_side(room: Room) -> None:
    for student in ("ada", "bob"):
        room.hand_in(student, COPIED)
    code, text = room.compare()
    assert code.groups == text.groups == (("ada", "bob"),)
    assert code.equal
    assert (code.kind, text.kind) == ("code", "text")
    assert [one.question for one in code.passages] == ["q1", "q2"]
    assert marked(code, 1, "first").startswith("kept = {} for gap in days.index:")
    # A comment is words, and is compared as such.
    assert marked(text, 0, "second").startswith("As our teacher said on Monday")


def test_other_names_comments_and_layout_hide_no_copy(room: Room) -> None:
    room.hand_in("ada", COPIED)
    room.hand_in("bob", RENAMED)
    (found,) = room.compare()
    assert found.groups in ((("ada", "bob"),), (("ada",), ("bob",)))
    assert found.share > 0.8
    assert "others = days[days.index != day]" in marked(found, 1, "second")


def test_a_copy_with_changes_is_nearly_the_same(room: Room) -> None:
    room.hand_in("ada", {**COPIED, "text": SENTENCE})
    changed = COPIED["q2"].replace("clip(upper=30)", "drop(fewer.idxmax())")
    mine = SENTENCE.replace("It does not, since", "No: I think that")
    room.hand_in("bob", {**own(99), "q2": changed, "text": mine})
    found = {one.kind: one for one in room.compare()}
    assert found.keys() == {"code", "text"}
    assert all(one.groups == (("ada",), ("bob",)) for one in found.values())
    assert not found["code"].equal
    assert [one.question for one in found["code"].passages] == ["q2"]
    assert "idxmax" not in marked(found["code"], 0, "second")
    assert [one.question for one in found["text"].passages] == ["q3"]
    assert marked(found["text"], 0, "first").startswith("one single storm")


def test_what_the_whole_class_writes_is_not_marked(tmp_path: Path) -> None:
    room = Room(tmp_path)
    for number in range(12):
        room.hand_in(f"student {number}", {**COPIED, "text": SENTENCE})
    assert room.compare() == []


def test_what_was_handed_out_is_not_marked(room: Room) -> None:
    given = "\n".join([GIVEN[1]["source"]] * 9)
    for student in ("ada", "bob"):
        quoted = "Does the mean tell what a day with rain is like? " * 2
        room.hand_in(student, {"q1": f"{given}\nslope = 1", "text": f"# Rain {quoted}"})
    assert room.compare() == []


def test_short_answers_that_are_equal_are_not_marked(room: Room) -> None:
    for student in ("ada", "bob"):
        answers = {"q1": "slope = -0.3125", "q2": "without = pd.Series([4.4, 4.1])"}
        room.hand_in(student, {**answers, "text": "It does not."})
    assert room.compare() == []


def test_signs_that_nobody_sees_hide_no_copy(room: Room) -> None:
    room.hand_in("ada", {"text": SENTENCE})
    hidden = (
        SENTENCE.upper().replace("STORM", "ST\u200bORM").replace("MONTH", "MO\u00adNTH")
    )
    room.hand_in("bob", {"text": hidden.replace(" ", "\u00a0\n")})
    (found,) = room.compare()
    assert found.equal


def test_a_language_without_spaces_is_compared_too(room: Room) -> None:
    sentence = (
        "平均值并不能说明一个雨天的情况因为一场暴风雨带来的水比其他所有日子加起来还要多"
    )
    room.hand_in("ada", {"text": f"我认为{sentence}"})
    room.hand_in("bob", {"text": f"{sentence}。所以不行"})
    assert people(room.compare()) == [(("ada",), ("bob",))]


HOSTILE: dict[str, Any] = {
    "nested": b"[" * 200_000,
    "empty": b"",
    "binary": bytes(range(256)) * 99,
    "list": [],
    "cells": {"cells": 3},
    "no cell": {"cells": [None, 3, "x", [], {}]},
    "no source": {"cells": [{"cell_type": "code"}, {"cell_type": [1], "source": {}}]},
    "parts": {"cells": [{"cell_type": "code", "source": ["a = 1\n", None, 3]}]},
    "half a character": {"cells": [{"cell_type": "code", "source": "s = '\ud800'"}]},
    "many cells": {"cells": [{"cell_type": "code", "source": "x"}] * 50_000},
    "half of text": {"cells": [{"cell_type": "markdown", "source": "\udfff " * 99}]},
}
CODE = {
    "no python": "def ) (:\n  '''\n\x00\x0c \\\n if",
    "tabs": "if x:\n\t\ty\n  z\n\tq",
    "brackets": "(" * 39_000,
    "quotes": "'\"" * 20_000,
    "one name": "x" * 1_000_000,
    "one word": "x = 1\n" * 200_000,
    # Pygments needs a time that grows with the square of such lines.
    "empty lines": "'\n" + "\t\n" * 12_000,
    "breaks": "\r\u2028\x85\x0b" * 9_999,
    "f-strings": 'f"{' * 13_000,
}


def test_nothing_that_a_file_holds_stops_the_comparison(room: Room) -> None:
    for student, content in HOSTILE.items():
        made = content if isinstance(content, bytes) else json.dumps(content).encode()
        room.write(student, made)
    for student, source in CODE.items():
        room.hand_in(student, {"q1": source, "text": source})
    room.files["gone"] = room.submissions / "gone.ipynb"
    room.files["link"] = room.submissions / "link.ipynb"
    room.files["pipe"] = room.submissions / "pipe.ipynb"
    os.mkfifo(room.files["pipe"])
    for student in ("ada", "bob"):
        room.hand_in(student, COPIED)
    room.files["link"].symlink_to(room.files["ada"])
    start = time.process_time()
    found = room.compare()
    assert time.process_time() - start < 10
    assert people(found) == [(("ada", "bob"),)] * 2


def test_without_what_was_handed_out_a_copy_is_still_found(room: Room) -> None:
    for student in ("ada", "bob"):
        room.hand_in(student, COPIED)
    (room.set / "handout" / "rain.ipynb").unlink()
    assert (("ada", "bob"),) in people(room.compare())


def test_a_large_class_takes_seconds(tmp_path: Path) -> None:
    room = Room(tmp_path)
    for number in range(300):
        room.hand_in(f"student {number}", own(number))
    for student in ("ada", "bob"):
        room.hand_in(student, COPIED)
    start = time.process_time()
    found = room.compare()
    assert time.process_time() - start < 10
    assert people(found)[0] == (("ada", "bob"),)
