"""Which answers a teacher has marked: a mark belongs to an answer, not to a student."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from papermill_pages.outputs import write_atomically

from assignment_grading.tabular.written import Mark, Marks


def changed(
    path: Path, marks: Marks, answers: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, str]]:
    """Find the answers that are no longer those that were marked, and remember others.

    A mark that differs from the one that is remembered was given to the answer that is
    there now.

    Parameters
    ----------
    path : Path
        Where it is remembered; the file need not exist.
    marks : dict of (str, str) to Mark
        The teacher's, by student and question.
    answers : mapping of str to mapping of str to str
        What students wrote, by student and question.

    Returns
    -------
    list of (str, str)
        Students and questions.
    """
    known = _read(path)
    found, remembered = [], dict[str, dict[str, Any]]()
    for (student, question), mark in marks.items():
        answer = answers.get(student, {}).get(question)
        name = json.dumps([student, question], ensure_ascii=False)
        if mark.points is None or answer is None:
            continue
        now = {"mark": _digest(_said(mark)), "answer": _digest(answer)}
        before = known.get(name, now)
        if before["mark"] == now["mark"] and before["answer"] != now["answer"]:
            found.append((student, question))
            now = before
        remembered[name] = now
    if known | remembered != known:
        text = json.dumps(known | remembered, ensure_ascii=False, indent=1)
        write_atomically(path, text + "\n")
    return found


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: {it: one[it] for it in ("mark", "answer")}
            for name, one in read.items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def _said(mark: Mark) -> str:
    return json.dumps([mark.points, mark.comment, mark.criteria])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]
