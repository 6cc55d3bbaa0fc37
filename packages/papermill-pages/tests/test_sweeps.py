"""A sweep: every point of a grid, one table, and nothing lost on the way."""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from papermill_pages.errors import PlanError
from papermill_pages.plan import plan_sweep
from papermill_pages.settings import Settings
from papermill_pages.sweeps import grid_points, point_names, repeated_point
from small_book import BIN, Book, executed_pages, make_book, without

GRID = {"region": ["south", "north"], "number": [2, 1]}
TABLE = "_build/sweeps/grid.csv"
SWEEP = ("python", "-m", "papermill_pages", "sweep", "grid.sweep.yml")
EXPECTED = (
    "region,number,x,text\n"
    f'south,2,{20 / 7!r},"a, b"\n'
    f'south,1,{20 / 7!r},"a, b"\n'
    f"north,2,{10 / 7!r},\n"
    f"north,1,{10 / 7!r},\n"
)


def write_sweep(book: Book, **sweep: object) -> None:
    content = {"notebook": "chapter.ipynb", **sweep}
    book.write("grid.sweep.yml", yaml.safe_dump(content, sort_keys=False))


def make_sweep(root: Path, *code: str) -> Book:
    book = make_book(root, pages=["grid"])
    book.configure(jobs=2)
    book.write("index.md", "# Home\n")
    book.write_notebook(
        "chapter.ipynb",
        "glue('x', int(open(f'{region}.csv').read()) / 7, display=False)",
        "glue('text', 'a, b' if region == 'south' else None, display=False)",
        *code,
        depends_on=["{region}.csv"],
    )
    book.write_notebook(
        "report.ipynb",
        "import csv\nrows = list(csv.DictReader(open(table)))",
        "glue('x', float(rows[-1]['x']), display=False)",
        parameters='table: str = "none.csv"  # the table of the sweep',
    )
    write_sweep(book, grid=GRID, report="report.ipynb", results="grid")
    return book


def points(book: Book) -> dict[str, bytes]:
    """The bytes of the executed points, of the report and of the table."""
    build = book.root / "_build"
    files = [*build.glob("executed/**/*.ipynb"), book.root / TABLE]
    return {str(file.relative_to(build)): file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Book:
    """A sweep that ran here, from its start to its end."""
    book = make_sweep(tmp_path_factory.mktemp("swept"))
    ended = book.run(*SWEEP)
    assert ended.returncode == 0, ended.stdout
    assert "[1/5] " in ended.stdout
    assert "[5/5] grid: executed in" in ended.stdout
    return book


def test_the_table_has_the_order_of_the_grid_and_all_digits(swept: Book) -> None:
    assert (swept.root / TABLE).read_text() == EXPECTED


def test_a_listed_sweep_is_a_page_that_can_be_downloaded_with_its_table(
    swept: Book, tmp_path: Path
) -> None:
    built = swept.build("--warningiserror")
    assert built.returncode == 0, built.stdout
    assert executed_pages(built.stdout) == []
    site = swept.root / "_build/html"
    for name in ("grid.ipynb", "grid.csv"):
        (tmp_path / name).write_bytes((site / name).read_bytes())
    assert 'href="grid.csv"' in swept.page("grid")
    elsewhere = Book(tmp_path).run("papermill", "grid.ipynb", "out.ipynb")
    assert elsewhere.returncode == 0, elsewhere.stdout


def test_only_what_is_missing_or_stale_is_executed(tmp_path: Path) -> None:
    """One point fails; the others run, no table is written, and only it runs again."""
    trap = (
        "if (region, number) == ('north', 1) and not open('lock.txt').read().strip():"
    )
    book = make_sweep(tmp_path, f"{trap}\n    raise RuntimeError('trap')")
    book.write("lock.txt", "\n")
    failed = book.run(*SWEEP)
    assert failed.returncode == 1
    assert failed.stdout.count("executed in") == 3
    assert "grid.sweep.yml (region=north, number=1): chapter.ipynb failed" in (
        failed.stdout
    )
    assert "kept in _build/unfinished/grid/region=north,number=1.ipynb" in failed.stdout
    assert f"1 of 4 points failed, so its table {TABLE} was not written" in (
        failed.stdout
    )
    assert not (tmp_path / TABLE).exists()

    book.write("lock.txt", "1\n")
    mended = book.run(*SWEEP)
    assert mended.returncode == 0, mended.stdout
    assert executed_pages(mended.stdout) == ["grid", "grid/region=north,number=1"]
    assert (tmp_path / TABLE).read_text() == EXPECTED

    write_sweep(book, grid={**GRID, "number": [1, 3, 2]})
    book.write("north.csv", "30\n")
    more = book.run(*SWEEP)
    assert executed_pages(more.stdout) == [
        "grid/region=north,number=1",
        "grid/region=north,number=2",
        "grid/region=north,number=3",
        "grid/region=south,number=3",
    ]
    rows = list(csv.reader((tmp_path / TABLE).open()))
    assert [row[1] for row in rows[1:]] == ["1", "3", "2"] * 2


def test_a_title_edited_while_points_run_is_found_by_the_next_build(
    tmp_path: Path,
) -> None:
    edit = "text = open('grid.sweep.yml').read().replace('Old', 'New')\n"
    book = make_sweep(tmp_path, f"{edit}open('grid.sweep.yml', 'w').write(text)")
    write_sweep(book, grid={"number": [1]}, report="report.ipynb", title="Old")
    executed = [executed_pages(book.run("pytask").stdout) for _ in range(3)]
    assert executed == [["grid", "grid/number=1"], ["grid"], []]
    assert "# New" in (tmp_path / "_build/executed/grid.ipynb").read_text()


def test_a_report_does_not_wait_for_other_pages(tmp_path: Path) -> None:
    book = make_sweep(tmp_path)
    book.configure(jobs=1)
    book.list_pages("chapter", "grid")
    lines = book.run("pytask").stdout.splitlines()
    told = [it for line in lines for it in executed_pages(line)]
    points = [it for it in told if it.startswith("grid/")]
    assert len(points) > 1
    assert told[: len(points)] == points
    assert {*told} == {*points, "chapter", "grid"}


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_what_has_run_survives_an_interruption(
    tmp_path: Path, swept: Book, how: signal.Signals, code: int
) -> None:
    book = make_sweep(tmp_path)
    # As in a terminal; a shell lets what it starts in the background ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    sweep = subprocess.Popen(
        [BIN / SWEEP[0], *SWEEP[1:]], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    signal.signal(signal.SIGINT, before)
    assert sweep.stderr is not None
    first = next(line for line in sweep.stderr if ": executed in" in line)
    os.kill(sweep.pid, how)
    rest = sweep.stderr.read()
    sweep.stderr.close()
    assert sweep.wait() == code
    if how == signal.SIGINT:
        assert "What had ended is kept" in rest
        assert "Traceback" not in rest
    again = book.run(*SWEEP)
    assert again.returncode == 0, again.stdout
    assert executed_pages(first)[0] not in executed_pages(again.stdout)
    assert points(book) == points(swept)


WRONG = {
    "empty grid": ({"grid": {}}, "holds no point"),
    "empty list": ({"grid": {"number": []}}, "holds no point"),
    "no list": ({"grid": {"number": 1}}, "'number' a list of values, not 1"),
    "unknown name": ({"grid": {"nmber": [1]}}, "'nmber' (did you mean 'number'?)"),
    "wrong type": ({"grid": {"number": [1, "two"]}}, "must be int, not str 'two'"),
    "twice": ({"grid": {"number": [1, 2, 1]}}, "points 1 and 3 of its grid are the"),
    "twice by default": (
        {"grid": [{"region": ["north"]}, {"number": [3]}]},
        "points 1 and 2 of its grid are the same: region=north and number=3; what a "
        "point does not give, the notebook's defaults do.",
    ),
    "in two places": (
        {"grid": {"number": [1]}, "parameters": {"number": 2}},
        "'number' is both under",
    ),
    "unknown key": ({"gird": {}}, "unknown key 'gird' (did you mean 'grid'?)"),
    "report without table": (
        {"grid": {"number": [1]}, "report": "chapter.ipynb"},
        "has no parameter 'table: str'",
    ),
    "too many": (
        {"grid": {"number": list(range(1000)), "start": list(range(1000))}},
        "1,000,000 points",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_told_before_any_kernel_starts(
    tmp_path: Path, mistake: str
) -> None:
    book = make_sweep(tmp_path)
    sweep, message = WRONG[mistake]
    write_sweep(book, **sweep)
    with pytest.raises(PlanError) as raised:
        plan_sweep(book.root, book.root / "grid.sweep.yml", Settings())
    assert "grid.sweep.yml" in str(raised.value)
    assert message in str(raised.value)


def test_a_mistake_on_the_command_line_is_one_paragraph(swept: Book) -> None:
    ended = swept.run(*SWEEP[:-1], "chapter.ipynb")
    assert ended.returncode == 2
    assert "a sweep is a file whose name ends with '.sweep.yml'" in ended.stdout
    assert "Traceback" not in ended.stdout


def test_a_missing_sweep_is_named_with_the_nearest(swept: Book) -> None:
    with pytest.raises(PlanError, match=r"there is no such file \(did you mean 'grid"):
        plan_sweep(swept.root, swept.root / "gird.sweep.yml", Settings())


def test_a_value_named_like_a_parameter_of_the_grid_is_refused_at_the_first_point(
    tmp_path: Path,
) -> None:
    book = make_sweep(tmp_path, "glue('number', 1, display=False)")
    book.configure(jobs=1)
    write_sweep(book, grid={"number": list(range(9))})
    ended = book.run(*SWEEP)
    assert ended.returncode == 1
    assert "executed in" not in ended.stdout
    told = (
        "grid.sweep.yml: 'number' is a parameter of the grid, and chapter.ipynb glues "
        "a value under this name."
    )
    assert ended.stdout.count(told) == 1
    # The first alone has run.
    assert not list((tmp_path / "_build").glob("*/grid/*.ipynb"))


def test_a_fault_that_points_share_is_told_once(tmp_path: Path) -> None:
    book = make_sweep(tmp_path, "if number > 1: raise RuntimeError(f'trap {number}')")
    write_sweep(book, grid={"number": [1, 2, 3, 4]})
    ended = book.run(*SWEEP)
    assert ended.returncode == 1
    assert ended.stdout.count("kept in _build/unfinished/grid/") == 1
    assert ended.stdout.count("RuntimeError: trap") == 4, ended.stdout
    for number in (2, 3, 4):
        assert f"(number={number})" in ended.stdout


def test_a_table_with_a_hole_is_refused(tmp_path: Path) -> None:
    book = make_sweep(tmp_path, "if number == 2: glue('y', 1, display=False)")
    write_sweep(book, grid={"number": [1, 2]})
    ended = book.run(*SWEEP)
    assert ended.returncode == 1
    assert "do not both glue 'y'" in ended.stdout
    assert not (tmp_path / TABLE).exists()


def test_names_of_points_are_safe_and_never_the_same() -> None:
    texts = ["a/b", "a b", "../x", "A", "a", "é", "x" * 300, "x" * 300 + "y", "None"]
    grid = [{"name": text} for text in [*texts, None]]
    names = point_names(grid)
    assert len({name.casefold() for name in names}) == len(grid)
    assert all(len(name.encode()) < 200 for name in names)
    assert not any(set(name) & set('/\\ :*?"<>|') for name in names)
    assert point_names([{"year": 1995, "rate": 0.5}]) == ["year=1995,rate=0.5"]


def test_points_are_the_same_if_their_values_mean_the_same() -> None:
    assert repeated_point([{"rate": 2}, {"rate": 1}, {"rate": 1.0}]) == (1, 2)
    assert repeated_point([{"rate": 1}, {"rate": 1.5}]) is None
    assert repeated_point([{"on": True}, {"on": 1}, {"on": "1"}]) is None


def test_a_grid_may_have_the_most_points_and_no_more(tmp_path: Path) -> None:
    grid = {"a": list(range(1000)), "b": list(range(100))}
    assert len(grid_points(grid, tmp_path)) == 100_000
    with pytest.raises(PlanError, match="101,000 points, more than 100,000"):
        grid_points({**grid, "b": list(range(101))}, tmp_path)


def test_thousands_of_points_are_planned_at_once(tmp_path: Path) -> None:
    book = make_sweep(tmp_path)
    write_sweep(book, grid={"number": list(range(5000))})
    started = time.process_time()
    sweep, _ = plan_sweep(book.root, book.root / "grid.sweep.yml", Settings())
    assert len({point.executed for point in sweep.points}) == 5000
    assert time.process_time() - started < 10


def _free_port() -> int:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        port: int = own.getsockname()[1]
        return port


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A real scheduler and two real workers on this machine."""
    address = f"tcp://127.0.0.1:{_free_port()}"
    worker = ("worker", address, "--no-nanny", "--nthreads=1", "--no-dashboard")
    place = f"--local-directory={tmp_path / 'dask'}"
    commands = [
        (
            "scheduler",
            "--host=127.0.0.1",
            f"--port={address.rsplit(':')[-1]}",
            "--no-dashboard",
        ),
        (*worker, place),
        (*worker, place),
    ]
    started = [
        subprocess.Popen([BIN / "dask", *command], stderr=subprocess.DEVNULL)
        for command in commands
    ]
    from distributed import Client

    with Client(address, timeout=60) as client:
        client.wait_for_workers(2, timeout=60)
    yield address, started[1:]
    for process in started:
        process.kill()
        process.wait()


def test_a_cluster_gives_the_same_bytes_even_if_a_worker_is_killed(
    tmp_path: Path, swept: Book, cluster: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    address, workers = cluster
    root = tmp_path / "book"
    root.mkdir()
    book = make_sweep(root)
    sweep = subprocess.Popen(
        [BIN / SWEEP[0], *SWEEP[1:]],
        cwd=root,
        env={**os.environ, "DASK_SCHEDULER_ADDRESS": address},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert sweep.stdout is not None
    said = []
    for line in sweep.stdout:
        said.append(line)
        if ": executed in" in line and workers[0].poll() is None:
            workers[0].kill()
            workers[0].wait()
    sweep.stdout.close()
    assert sweep.wait() == 0, "".join(said)
    assert said[0] == "on a Dask cluster, 2 at a time\n"
    assert len(executed_pages("".join(said))) == 5
    assert points(book) == points(swept)


def test_without_dask_a_sentence_says_what_to_install(
    swept: Book, tmp_path: Path
) -> None:
    env = {"DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:8786"}
    ended = swept.run(*SWEEP, env=env | without(tmp_path, "distributed"))
    assert ended.returncode == 1
    assert "pip install 'papermill-pages[cluster]'" in ended.stdout
    assert "Traceback" not in ended.stdout


def test_a_cluster_that_is_not_there_is_told(swept: Book) -> None:
    env = {"DASK_SCHEDULER_ADDRESS": f"tcp://127.0.0.1:{_free_port()}"}
    ended = swept.run(*SWEEP, env=env)
    assert ended.returncode == 1
    assert "where no Dask scheduler answers" in ended.stdout
    assert "Traceback" not in ended.stdout
