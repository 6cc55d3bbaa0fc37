"""Time the grading of a class against ``otter run`` called on one file after another.

The class is made from the four masters: solutions, empty notebooks and half-done ones
in turn. ``python benchmarks/grading.py`` grades 200 submissions at once, and the first
12 of them with ``otter run``; ``--peer 200`` has all graded by both. It prints one line
of JSON and fails if a score differs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import nbformat
from assignment_grading.handing_out import handout, masters
from assignment_grading.running import rooms
from assignment_grading.running.grading import Limits, Submission, grade_all

ROOT = Path(__file__).resolve().parents[1]
OTTER = Path(sys.executable).with_name("otter")


def main() -> int:
    """Measure, print and say whether the scores are the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--peer", type=int, default=12, help="how many for otter run")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as temporary:
        folder = Path(temporary)
        submissions = make_class(folder, options.submissions, options.jobs)
        started = time.perf_counter()
        graded = grade_all(submissions, folder / "kept", Limits(), options.jobs)
        ours = (time.perf_counter() - started) / len(submissions)
        started = time.perf_counter()
        peer = {it.student: otter_run(it, folder) for it in submissions[: options.peer]}
        theirs = (time.perf_counter() - started) / len(peer)
        different = [it for it, scores in peer.items() if graded[it].scores != scores]
    found = {
        "submissions": len(submissions),
        "jobs": options.jobs,
        "seconds_each": round(ours, 3),
        "otter_run_on": len(peer),
        "otter_run_seconds_each": round(theirs, 3),
        "times_faster": round(theirs / ours, 1),
        "same_scores": not different,
        "isolated_by": rooms.protection().by,
        "otter": version("otter-grader"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
    print(json.dumps(found))
    return 1 if different else 0


def make_class(folder: Path, number: int, jobs: int) -> list[Submission]:
    """Hand out a variant of each master, and hand in as many as asked for."""
    plan = {}
    for path in sorted((ROOT / "assignments").glob("*.ipynb")):
        master = masters.read_master(path)
        plan[master] = {"": masters.variant_with(master, {})}
    sets = handout.assign(plan, folder / "sets", handout.Environment(), jobs)
    submissions = []
    for place in range(number):
        own = sets[place % len(sets)]
        key = next((own / "keys").iterdir())
        notebook = nbformat.read(key / "solution.ipynb", as_version=4)
        if place % 3 == 1:
            notebook = nbformat.read(next((own / "handout").iterdir()), as_version=4)
        elif place % 3 == 2:
            del notebook.cells[len(notebook.cells) // 2 :]
        path = folder / f"student{place}.ipynb"
        nbformat.write(notebook, path)
        submissions.append(Submission(path.stem, path, key / "autograder.zip"))
    return submissions


def otter_run(one: Submission, folder: Path) -> dict[str, float]:
    """Grade a file with otter's own command and read its results."""
    results = folder / f"{one.student}.results"
    results.mkdir()
    command = [OTTER, "run", "--no-logo", "-a", one.archive, "-o", results, one.path]
    subprocess.run(command, check=True, capture_output=True)
    tests = json.loads((results / "results.json").read_text(encoding="utf-8"))["tests"]
    return {it["name"]: float(it["score"]) for it in tests if "score" in it}


if __name__ == "__main__":
    sys.exit(main())
