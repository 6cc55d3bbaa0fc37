"""The written answers of a student, found in a notebook that editors have changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assignment_grading import insides
from assignment_grading.handing_out.handout import Key, Written

_LARGEST = 64 * 2**20
_LONGEST = 30_000
_LONGEST_CELL = 4 * _LONGEST
_LABEL = re.compile(r"\W*question\s+0*(\d+)\b", re.IGNORECASE)

UNREADABLE = "[See the file that was handed in.]"
GONE = "[The cell of the answer is gone: see the notebook.]"
BY_TAG = "[Found by its tag: the cell has lost its id.]"
BY_HEADING = "[Found below the question: its own cell is gone.]"
BELOW = "[The cell of the answer is as it was given. This stands below the question.]"
GOES_ON = "[The answer goes on in the next cell.]"
CUT = "[It goes on: see the notebook.]"


@dataclass(frozen=True)
class _Cell:
    kind: str
    id: str
    tagged: bool
    source: str
    text: str  # what a reader sees of it: without comments

    @property
    def written(self) -> str:
        """What a student has written into it, or nothing."""
        return "" if self.text == insides.UNTOUCHED else self.text

    @property
    def number(self) -> str:
        """The number of the question that begins in it, or nothing."""
        if self.kind != "markdown" or self.tagged:
            return ""
        found = _LABEL.match(self.text)
        return found[1] if found else ""


def read_answers(path: Path, key: Key) -> dict[str, str]:
    """Take the written answers, by question, out of what a student handed in.

    A cell is found by its id; if an editor has rewritten that, by otter's tag; and
    without it below its question. If it is not found by its id, or there is none, a
    sentence in brackets comes first. Whatever the file holds, nothing is raised.
    """
    try:
        if path.stat().st_size > _LARGEST:
            return {one.question: UNREADABLE for one in key.written}
        cells = list(_cells(json.loads(path.read_bytes())))
    # A nested notebook is too deep, a number too long, and what else a file may do.
    except Exception:
        return {one.question: UNREADABLE for one in key.written}
    places = _places(cells, key.written)
    return {
        one.question: _shortened(_answer(cells, one, places, key.written))
        for one in key.written
    }


def _cells(notebook: Any) -> Iterator[_Cell]:
    """Read the cells of a notebook of any version of the format."""
    sheets = notebook.get("worksheets") or [notebook]
    for cell in (cell for sheet in sheets for cell in sheet["cells"]):
        if not isinstance(cell, dict):
            continue
        metadata = cell.get("metadata")
        metadata = metadata if isinstance(metadata, dict) else {}
        tags = metadata.get("tags")
        source = cell.get("source", cell.get("input", ""))
        lines = source if isinstance(source, list) else [source]
        text = "".join(line for line in lines if isinstance(line, str))
        # Half a character (a lone surrogate) cannot be written to a file.
        text = text[:_LONGEST_CELL].encode("utf-8", "replace").decode("utf-8")
        yield _Cell(
            str(cell.get("cell_type")),
            # Colab keeps the id among the metadata.
            str(cell.get("id") or metadata.get("id") or ""),
            isinstance(tags, list) and insides.ANSWER_TAG in tags,
            text,
            _without_comments(text).strip(),
        )


def _without_comments(text: str) -> str:
    # A pattern would take time with the square of a text that opens many of them.
    kept, opens, rest = text.partition("<!--")
    parts = [kept]
    while opens:
        _, closes, after = rest.partition("-->")
        if not closes:
            return "".join([*parts, opens, rest])
        kept, opens, rest = after.partition("<!--")
        parts.append(kept)
    return "".join(parts)


def _places(
    cells: Sequence[_Cell], questions: Sequence[Written]
) -> dict[str, tuple[int, str]]:
    """Find the cells of the answers, and say how, if not by their ids."""
    ids = {cell.id: at for at, cell in reversed(list(enumerate(cells)))}
    places = {one.question: (ids[one.cell], "") for one in questions if one.cell in ids}
    lost = [one for one in questions if one.question not in places]
    found = {at for at, _ in places.values()}
    tagged = [
        at
        for at, cell in enumerate(cells)
        if cell.tagged and cell.kind != "code" and at not in found
    ]
    for one in lost:
        own = range(0)
        if (start := _start(cells, one, questions)) is not None:
            own = range(start, _end(cells, start))
        near = [at for at in tagged if at in own]
        if len(near) == 1:
            places[one.question] = (near[0], BY_TAG)
    if not any(one.question in places for one in lost) and len(tagged) == len(lost):
        # The order is the last sign, if no question is where its heading was.
        for one, at in zip(lost, tagged, strict=True):
            places[one.question] = (at, BY_TAG)
    return places


def _answer(
    cells: Sequence[_Cell],
    one: Written,
    places: Mapping[str, tuple[int, str]],
    questions: Sequence[Written],
) -> str:
    own = {at for at, _ in places.values()}
    if one.question not in places:
        start = _start(cells, one, questions)
        text = _below(cells, start, own) if start is not None else ""
        return f"{BY_HEADING}\n\n{text}" if text else GONE
    at, how = places[one.question]
    if not cells[at].written:
        start = _start(cells, one, questions)
        text = _below(cells, at if start is None else start, own)
        return f"{BELOW}\n\n{text}" if text else cells[at].source
    parts = [how, cells[at].source]
    if more := _until_the_end(cells, at + 1, own):
        parts += [GOES_ON, *more]
    return "\n\n".join(part for part in parts if part)


def _start(
    cells: Sequence[_Cell], one: Written, questions: Sequence[Written]
) -> int | None:
    """Find where a question begins: at its number, or where otter says so."""
    number = re.search(r"(\d+)$", one.question)
    if number:
        wanted = number[1].lstrip("0") or "0"
        named = [at for at, cell in enumerate(cells) if cell.number == wanted]
        marked = [at for at in named if insides.QUESTION_BEGINS in cells[at].source]
        if named:
            return (marked or named)[0]
    begins = [
        at
        for at, cell in enumerate(cells)
        if cell.kind == "markdown" and insides.QUESTION_BEGINS in cell.source
    ]
    if len(begins) == len(questions):
        return begins[list(questions).index(one)]
    return None


def _end(cells: Sequence[_Cell], start: int) -> int:
    """Find where the next question begins, or a cell that checks an answer stands."""
    for at in range(start + 1, len(cells)):
        cell = cells[at]
        other = cell.number and cell.number != cells[start].number
        begins = insides.QUESTION_BEGINS in cell.source
        checks = cell.kind == "code" and "grader." in cell.source
        if other or begins or checks:
            return at
    return len(cells)


def _below(cells: Sequence[_Cell], start: int, own: set[int]) -> str:
    """Take what a student has written below a question, outside the cell for it."""
    parts = list[str]()
    last = ""
    ended = False
    for at in range(start + 1, _end(cells, start)):
        cell = cells[at]
        if insides.QUESTION_ENDS in cell.source:
            # Behind the mark it looks empty, and so some write there.
            ended, last = True, cell.written
        elif at in own or (ended and (cell.kind == "code" or parts)):
            continue
        elif cell.text.startswith("#") and (
            ended or not _ends_later(cells, at, _end(cells, start))
        ):
            break
        elif cell.written:
            parts.append(cell.written)
    if not parts and last and not last.startswith("#"):
        parts = [last]
    return "\n\n".join(parts)


def _until_the_end(cells: Sequence[_Cell], start: int, own: set[int]) -> list[str]:
    """Take what stands between the cell of an answer and otter's end of the question.

    A cell that was split goes on there, and nothing of what was handed out does.
    """
    if not _ends_later(cells, start, _end(cells, start - 1)):
        return []
    parts = []
    for at in range(start, len(cells)):
        cell = cells[at]
        if insides.QUESTION_ENDS in cell.source:
            break
        if cell.kind != "code" and at not in own and cell.written:
            parts.append(cell.written)
    return parts


def _ends_later(cells: Sequence[_Cell], start: int, end: int) -> bool:
    return any(insides.QUESTION_ENDS in cell.source for cell in cells[start:end])


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n\n{CUT}"
