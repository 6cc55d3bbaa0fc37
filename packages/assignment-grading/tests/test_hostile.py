"""A class in which many wish the teacher ill, beside eleven who only want their points.

All are graded at once by the command; `make faults` grades each hostile one in a class
of twelve.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
import psutil
import pytest
from assignment_grading.__main__ import main
from assignment_grading.running import rooms
from assignment_grading.running.grading import Limits, Submission, grade_all
from assignment_grading.running.outcome import Outcome
from assignment_grading.running.template import Template
from assignment_grading.tabular.roster import file_name
from hostile_submissions import HOSTILE, SOLVE

EXAMPLE = Path(__file__).parents[1] / "example" / "rainfall.ipynb"
MARK = f"left-behind-by-a-submission-{os.getpid()}"
HONEST = {f"honest{n}": (4, 4, 4, 2, 0, 4, 4, 2, 4, 0, 4)[n] for n in range(11)}
ANSWERS = {4: SOLVE, 2: "dry = days.count(0)\nwet_mean = 1", 0: "dry = wet_mean = ..."}


@dataclass(frozen=True)
class World:
    """What a hostile submission would like to reach."""

    folder: Path
    port: int
    socket: Path

    @property
    def sets(self) -> Path:
        return self.folder / "sets"

    @property
    def submissions(self) -> Path:
        return self.folder / "submissions"

    def fill_in(self, code: str) -> str:
        places = {
            "SETS": self.sets,
            "SUBMISSIONS": self.submissions,
            "SECRET": self.folder / "home" / "secret.txt",
            "OUTSIDE": self.folder / "outside",
            "PORT": self.port,
            "PATH": self.socket,
            "TEMPORARY": tempfile.gettempdir(),
            "MARK": MARK,
            "KNOWN": "TEACHERS_TOKEN",
        }
        for name, place in places.items():
            code = code.replace(name, str(place))
        return code

    def digests(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.folder)): _digest(path)
            for name in ("sets", "submissions", "home", "outside")
            for path in sorted((self.folder / name).rglob("*"))
            if path.is_file()
        }

    def submission(self, student: str) -> Submission:
        variant = self.variants()[student]
        key = self.sets / "rainfall" / "keys" / variant
        path = self.submissions / f"{file_name(student)}.ipynb"
        return Submission(student, path, key / "autograder.zip", {"q1": 4.0})

    def variants(self) -> dict[str, str]:
        text = (self.sets / "rainfall" / "assigned.csv").read_text("utf-8")
        return {row["id"]: row["variant"] for row in csv.DictReader(text.splitlines())}

    def hand_in(self, student: str, answers: str, *cells: str) -> None:
        own = self.sets / "rainfall" / "handout" / f"{file_name(student)}.ipynb"
        notebook = nbformat.read(own, as_version=4)
        for at, cell in enumerate(notebook.cells):
            if cell.source.startswith("dry = "):
                cell.source = answers
                new = [nbformat.v4.new_code_cell(self.fill_in(it)) for it in cells]
                notebook.cells[at + 1 : at + 1] = new
                break
        nbformat.write(notebook, self.submission(student).path)


def _digest(path: Path) -> str:
    """Tell content, mode, owner and date."""
    stat = path.stat()
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{content} {stat.st_mode:o} {stat.st_uid} {stat.st_mtime_ns}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("w")
    for name in ("submissions", "home", "outside", "modules"):
        (folder / name).mkdir()
    (folder / "home" / "secret.txt").write_text("4")
    (folder / "outside" / "kept.txt").write_text("kept")
    (folder / "modules" / "teachers_answers.py").write_text("dry = 4")
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        unix.bind(str(folder / "s"))
        unix.listen()
        world = World(folder, tcp.getsockname()[1], folder / "s")
        roster = "\n".join(["id", *HOSTILE, *HONEST])
        (folder / "roster.csv").write_text(roster)
        assert not main(
            ["assign", str(EXAMPLE), "--roster", str(folder / "roster.csv"),
             "--output", str(world.sets)]
        )  # fmt: skip
        for student, hostile in HOSTILE.items():
            answers = ANSWERS[0] if hostile.steal else SOLVE
            world.hand_in(student, answers, hostile.code)
        for student, points in HONEST.items():
            world.hand_in(student, ANSWERS[points])
        yield world


def grade(world: World, results: str, *students: str) -> dict[str, dict[str, str]]:
    """Grade some of the class by the command, as a teacher with secrets would."""
    submissions = world.folder / f"{results}-submissions"
    submissions.mkdir()
    for student in students:
        shutil.copy(world.submission(student).path, submissions)
    environment = {
        **os.environ,
        "HOME": str(world.folder / "home"),
        "TEACHERS_TOKEN": "TEACHERS_TOKEN",
        "PYTHONPATH": str(world.folder / "modules"),
        "XDG_CACHE_HOME": str(world.folder / "cache"),  # Matplotlib's, of fonts
        "MPLCONFIGDIR": str(world.folder / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "assignment_grading", "grade", submissions, "--set",
         world.sets / "rainfall", "--results", world.folder / results, "--seconds", "3",
         "--wall", "8", "--jobs", "4", "--memory", "1024"],
        env=environment, capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    scores = (world.folder / results / "scores.csv").read_text("utf-8-sig")
    return {row["id"]: row for row in csv.DictReader(scores.splitlines())}


def left_behind() -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["status", "cmdline"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        and MARK in (process.info["cmdline"] or ())
    ]


def wrong(rows: dict[str, dict[str, str]], student: str) -> str:
    """Say what is wrong with a student's row; nothing if it is as it must be."""
    row = rows[student]
    points = float(row["q1"] or 0)
    if student in HONEST:
        good = row["status"] == "graded" and points == HONEST[student]
        return "" if good else f"{student}: {row}"
    hostile = HOSTILE[student]
    most = 0 if hostile.steal else 4
    good = row["status"] in hostile.statuses and points <= most
    return "" if good else f"{student}: {row}"


long = pytest.mark.skipif(
    "EVERY_HOSTILE_CLASS" not in os.environ, reason="make faults does this"
)
isolated = pytest.mark.skipif(
    not rooms.protection().isolated, reason=str(rooms.protection())
)


QUICK = (
    "equal to everything", "object equal to everything", "patched tests",
    "patched recorder", "a hundred checks", "points of its own", "solution on disk",
    "a neighbour's answers", "the teacher's home", "the teacher's environment",
    "network", "fork servers", "inherited descriptors", "a length without its bytes",
    "vandal", "modes and dates", "survivor", "kills its parents", "ends itself",
    "deep answer", "pickle", "text that is code",
)  # fmt: skip
"""Those that `make test` tries; `make faults` tries all."""


@isolated
def test_no_hostile_submission_harms_another_or_the_teacher(world: World) -> None:
    before = world.digests()
    hostile = HOSTILE if "EVERY_HOSTILE_CLASS" in os.environ else QUICK
    rows = grade(world, "all", *hostile, *HONEST)
    faults = [wrong(rows, student) for student in (*hostile, *HONEST)]
    assert [it for it in faults if it] == []
    assert world.digests() == before
    assert left_behind() == []


def test_there_are_at_least_thirty() -> None:
    assert len(HOSTILE) >= 30


def attempt(
    world: World, tmp_path: Path, by: str, names: list[str]
) -> dict[str, Outcome]:
    submissions = [world.submission(name) for name in [*names, *list(HONEST)[:3]]]
    limits = Limits(seconds=3, memory=1024, wall=8)
    how = replace(rooms.protection(), by=by)
    return grade_all(submissions, tmp_path / "o", limits, 4, protection=how)


@long
@isolated
def test_without_bubblewrap_namespaces_and_landlock_do_the_same(
    world: World, tmp_path: Path
) -> None:
    before = world.digests()
    names = [name for name in HOSTILE if name not in ("endless", "asleep", "flood")]
    outcomes = attempt(world, tmp_path, rooms.UNSHARE, names)
    rows = {
        name: {"status": it.status, "q1": str(it.scores.get("q1", ""))}
        for name, it in outcomes.items()
    }
    # The names of sockets that are files are there for whoever looks.
    reachable = {"network", "fork servers"}
    faults = [wrong(rows, name) for name in rows if name not in reachable]
    assert [it for it in faults if it] == []
    assert world.digests() == before
    assert left_behind() == []


BY_LANDLOCK = [
    "solution on disk",
    "a neighbour's answers",
    "the teacher's home",
    "the teacher's environment",
    "memory of other processes",
    "vandal",
    "survivor",
    "kills its parents",
    "inherited descriptors",
    "the teacher's keys",
    "limits of other processes",
    "a new namespace",
]


@long
@pytest.mark.skipif(
    not rooms.confinement.available().signals, reason="this system's Landlock is older"
)
def test_landlock_alone_keeps_what_it_says(world: World, tmp_path: Path) -> None:
    before = world.digests()
    outcomes = attempt(world, tmp_path, rooms.LANDLOCK, BY_LANDLOCK)
    rows = {
        name: {"status": it.status, "q1": str(it.scores.get("q1", ""))}
        for name, it in outcomes.items()
    }
    assert [it for it in (wrong(rows, name) for name in rows) if it] == []
    assert world.digests() == before
    assert left_behind() == []


@long
@isolated
def test_nothing_goes_on_when_the_command_is_killed(world: World) -> None:
    submissions = world.folder / "killed-submissions"
    submissions.mkdir()
    world.hand_in("asleep", SOLVE, HOSTILE["survivor"].code, HOSTILE["asleep"].code)
    shutil.copy(world.submission("asleep").path, submissions)
    world.hand_in("asleep", SOLVE, HOSTILE["asleep"].code)
    command = [
        sys.executable, "-m", "assignment_grading", "grade", submissions, "--set",
        world.sets / "rainfall", "--results", world.folder / "killed",
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        started = wait_until(lambda: left_behind() != [])
        process.kill()
    assert started
    assert wait_until(lambda: left_behind() == [])


def wait_until(happened: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.1)
    return happened()


def test_a_process_that_forks_is_replaced_when_it_was_ended(tmp_path: Path) -> None:
    template = Template("os:_exit", [], dict(os.environ), str(tmp_path))
    try:
        for _ in range(2):
            template.order({}, [])
            (process,) = (
                it
                for it in psutil.Process().children()
                if "assignment_grading.running.template" in it.cmdline()
            )
            process.kill()
            process.wait(10)
    finally:
        template.close()


def test_what_is_not_safe_is_never_called_so() -> None:
    for by, safe in (
        (rooms.BUBBLEWRAP, True),
        (rooms.UNSHARE, True),
        (rooms.LANDLOCK, False),
        (rooms.NOTHING, False),
    ):
        protection = rooms.Protection(by, "Why.")
        assert protection.isolated == safe
        assert ("NOT" in str(protection)) != safe
        assert "Why." in str(protection) or by == rooms.BUBBLEWRAP


def test_with_nothing_to_protect_grading_stops_unless_it_is_asked_for(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = rooms.Protection(rooms.NOTHING, "There is nothing here.")
    monkeypatch.setattr(rooms, "protection", lambda: nothing)
    command = [
        "grade", str(world.submissions), "--set", str(world.sets / "rainfall"),
        "--results", str(world.folder / "unprotected"),
    ]  # fmt: skip
    assert main(command) == 2
    assert "--unprotected" in capsys.readouterr().err
    assert not (world.folder / "unprotected").exists()


@isolated
@long
@pytest.mark.parametrize("student", HOSTILE)
def test_in_a_class_of_twelve_only_it_bears_what_it_does(
    world: World, student: str
) -> None:
    before = world.digests()
    rows = grade(world, file_name(student), student, *HONEST)
    faults = [wrong(rows, one) for one in (student, *HONEST)]
    assert [it for it in faults if it] == []
    assert world.digests() == before
    assert left_behind() == []
