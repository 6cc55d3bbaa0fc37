"""Forked kernels in a build, and what a build says when a kernel comes to a bad end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from papermill_pages.errors import PlanError
from papermill_pages.kernels import kernel_environment, manager_of_kernels
from papermill_pages.settings import Settings, settings_from
from small_book import BIN, Book, executed_pages, make_book, without

CODE = (
    "import os, signal, time, psutil",
    "trouble = os.environ.get('TROUBLE') if region == 'south' else None",
    "if trouble == 'endless':\n    while True: pass",
    "if trouble == 'hungry':\n    x = bytearray(10**10)",
    "if trouble == 'server':\n"
    "    server = psutil.Process().parent()\n"
    "    if 'forked_kernels.template' in server.cmdline():\n"
    "        server.kill()\n"
    "        while True: time.sleep(1)",
    "if trouble == 'interrupted':\n"
    "    open('begun', 'w').close()\n"
    "    time.sleep(1000)",
    "if trouble == 'killed':\n    os.kill(os.getpid(), signal.SIGKILL)",
    "print(region, number)\nglue('x', number / 7, display=False)",
)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a build makes if nothing goes wrong."""
    book = troubled_book(tmp_path_factory.mktemp("undisturbed"))
    ended = book.run("pytask")
    assert ended.returncode == 0, ended.stdout
    return book.executed()


def troubled_book(root: Path) -> Book:
    book = make_book(root)
    book.configure(timeout=3, memory=3000)
    book.write("index.md", "# Home\n")
    book.write_notebook("chapter.ipynb", *CODE, results="small.{region}")
    return book


def leftovers() -> list[str]:
    """Folders of sockets, and processes that belong to nobody.

    Only those of this worker's tests, whose temporary folder no other has.
    """
    temporary = tempfile.gettempdir()
    folders = Path(temporary).glob("forked-kernels-*")
    named = ("forked_kernels.template", "ipykernel_launcher")
    orphans = [
        str(process)
        for process in psutil.process_iter(["cmdline", "environ", "ppid", "status"])
        if any(name in (process.info["cmdline"] or ()) for name in named)
        and (process.info["environ"] or {}).get("TMPDIR") == temporary
        and process.info["ppid"] == 1
        and process.info["status"] != psutil.STATUS_ZOMBIE
    ]
    return [*orphans, *(str(it) for it in folders if not _in_use(it))]


def _in_use(folder: Path) -> bool:
    """Tell whether another build, perhaps of another test, has this folder."""
    import fcntl

    try:
        with (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False


def test_ordinary_kernels_give_the_same_bytes(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    book = troubled_book(tmp_path)
    ended = book.run("pytask", env={"FORKED_KERNELS": "off"})
    assert ended.returncode == 0, ended.stdout
    assert book.executed() == undisturbed


@pytest.mark.parametrize("preload", [[], ["json"]])
def test_without_forked_kernels_a_line_says_so_if_modules_are_to_be_preloaded(
    tmp_path: Path, preload: list[str], undisturbed: dict[str, bytes]
) -> None:
    book = troubled_book(tmp_path / "book")
    book.configure(timeout=3, memory=3000, preload=preload)
    ended = book.build(env=without(tmp_path / "hidden", "forked_kernels"))
    assert ended.returncode == 0, ended.stdout
    told = "papermill_pages.preload has no effect, for forked-kernels is not installed"
    assert ended.stdout.count(told) == len(preload)
    assert book.executed() == undisturbed


@pytest.mark.parametrize(
    "hidden", [(), ("forked_kernels",)], ids=["forked", "ordinary"]
)
@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (
            "endless",
            "chapter.ipynb stopped in cell [6]: it took longer than the 3 s that a "
            "cell may take. If it needs more, set papermill_pages.timeout in "
            "_config.yml.",
        ),
        ("hungry", "chapter.ipynb failed in cell [7]: MemoryError"),
        ("killed", "chapter.ipynb stopped in cell [10]: its kernel died"),
    ],
)
def test_trouble_in_a_cell_costs_its_page_alone(
    trouble: str,
    said: str,
    hidden: list[str],
    tmp_path: Path,
    undisturbed: dict[str, bytes],
) -> None:
    book = troubled_book(tmp_path / "book")
    environment = without(tmp_path / "hidden", *hidden)
    ended = book.run("pytask", env={"TROUBLE": trouble, **environment})
    assert ended.returncode == 1
    assert executed_pages(ended.stdout) == ["chapter"]
    assert f"other.run.yml: {said}" in ended.stdout
    if trouble == "hungry":
        assert "papermill_pages.memory in _config.yml allows 3000 MiB" in (ended.stdout)
    assert "papermill_pages/" not in ended.stdout
    assert leftovers() == []
    assert book.run("pytask").returncode == 0
    assert book.executed() == undisturbed


def test_a_cell_out_of_time_in_a_shell_is_told_in_one_piece(tmp_path: Path) -> None:
    book = troubled_book(tmp_path)
    book.configure(timeout=3, memory=3000, shells="all")
    ended = book.run("pytask", env={"TROUBLE": "endless"})
    assert ended.returncode == 1
    assert "it took longer than the 3 s" in ended.stdout
    assert "Task was destroyed" not in ended.stdout
    assert leftovers() == []


def test_a_build_whose_server_is_killed_goes_on_with_ordinary_kernels(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    book = troubled_book(tmp_path)
    ended = book.build(env={"TROUBLE": "server"})
    assert ended.returncode == 0, ended.stdout
    assert ended.stdout.count("ordinary kernels take over") == 1
    assert book.executed() == undisturbed
    assert leftovers() == []


@pytest.mark.parametrize(
    ("command", "forked", "hidden"),
    [
        (["jupyter-book", "build", "."], "on", []),
        (["pytask"], "off", []),
        (["pytask"], "on", ["forked_kernels"]),
    ],
)
def test_an_interrupt_from_the_keyboard_ends_everything(
    command: list[str],
    forked: str,
    hidden: list[str],
    tmp_path: Path,
    undisturbed: dict[str, bytes],
) -> None:
    book = troubled_book(tmp_path / "book")
    book.configure(timeout=100)
    environment = without(tmp_path / "hidden", *hidden)
    environment |= {"TROUBLE": "interrupted", "FORKED_KERNELS": forked}
    build = psutil.Popen(
        [BIN / command[0], *command[1:]],
        cwd=book.root,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    while not (book.root / "begun").exists():
        assert build.poll() is None
    started = build.children(recursive=True)
    assert started
    os.killpg(build.pid, signal.SIGINT)
    said, _ = build.communicate(timeout=20)
    assert build.returncode == 130
    assert "Interrupted. What had ended is kept, the rest runs next time." in said
    assert "Traceback" not in said
    assert "ernel died" not in said  # as nbclient says of each kernel
    _, alive = psutil.wait_procs(started, timeout=5)
    assert alive == []
    assert leftovers() == []
    assert book.run("pytask").returncode == 0
    assert book.executed() == undisturbed


INTERRUPTED_AT = """
import os, pkgutil, signal, sys
from pytask import cli
name, owner = sys.argv.pop(), pkgutil.resolve_name(sys.argv.pop())
real = getattr(owner, name)
def interrupted(*given, **options):
    os.kill(os.getpid(), signal.SIGINT)
    return real(*given, **options)
setattr(owner, name, interrupted)
# As in a terminal; a shell lets what it starts in the background ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
cli()
"""


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        pytest.param("socket:socket", "makefile", id="the server imports"),
        pytest.param(
            "concurrent.futures:ThreadPoolExecutor",
            "submit",
            id="the first page is handed over",
        ),
        pytest.param(
            "forked_kernels.provisioner:ForkedProvisioner",
            "launch_kernel",
            id="a kernel is forked",
        ),
    ],
)
def test_an_interrupt_before_the_first_cell_ends_everything(
    owner: str, name: str, tmp_path: Path
) -> None:
    book = troubled_book(tmp_path)
    build = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_AT, owner, name],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert build.returncode == 130, build.stdout
    assert "Interrupted. What had ended is kept" in build.stdout
    assert "Traceback" not in build.stdout
    assert book.executed() == {}
    assert leftovers() == []


def test_how_python_runs_elsewhere_is_nothing_to_a_kernel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    others = {"PYTHONWARNINGS": "error", "PYTHONOPTIMIZE": "2", "PYTHONINSPECT": "1"}
    for name, value in others.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with kernel_environment(Settings(), fork=False):
        assert os.environ["PYTHONPATH"] == str(tmp_path)
        assert not others.keys() & os.environ.keys()
    assert dict(os.environ) == before


def test_a_home_that_nobody_can_write_to_leaves_no_trace_on_a_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setenv("HOME", "/proc/none")  # where root cannot make one either
    for name in ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    drawing = [sys.executable, "-c", "import matplotlib; matplotlib.get_configdir()"]

    def complaints() -> str:
        return subprocess.run(
            drawing, capture_output=True, text=True, check=True
        ).stderr

    assert "/proc/none" in complaints()
    with kernel_environment(Settings(), fork=False):
        assert complaints() == ""


def test_settings_of_matplotlib_are_the_books_and_not_the_readers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    monkeypatch.delenv("MATPLOTLIBRC", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    book = tmp_path / "book"
    own = tmp_path / "config" / "matplotlib"
    for folder in (book, own):
        folder.mkdir(parents=True)
    (own / "matplotlibrc").write_text("lines.linewidth: 7\n")

    def line_width() -> str:
        code = "import matplotlib; print(matplotlib.rcParams['lines.linewidth'])"
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=book,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert line_width() == "7.0"
    with kernel_environment(Settings(), fork=False):
        assert line_width() == "1.5"  # as Matplotlib comes
        (book / "matplotlibrc").write_text("lines.linewidth: 3\n")
        assert line_width() == "3.0"


def test_sockets_lie_in_a_folder_that_only_their_owner_can_enter() -> None:
    with kernel_environment(Settings(), fork=False):
        manager = manager_of_kernels(0)()
        assert manager.transport == "ipc"
        folder = Path(manager.ip).parent
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_wrong_module_to_preload_is_told_once(tmp_path: Path) -> None:
    book = troubled_book(tmp_path)
    book.configure(preload=["pandsa"])
    ended = book.build()
    assert ended.returncode == 1
    assert book.executed() == {}
    told = "_config.yml: papermill_pages.preload: there is no module 'pandsa'"
    assert ended.stdout.count(told) == 1
    assert "Traceback" not in ended.stdout


def test_no_server_is_started_if_every_page_is_unchanged(tmp_path: Path) -> None:
    book = troubled_book(tmp_path)
    assert book.run("pytask").returncode == 0
    book.configure(preload=["pandsa"])
    again = book.run("pytask")
    assert again.returncode == 0, again.stdout


def test_preload_must_be_a_list() -> None:
    with pytest.raises(PlanError, match="preload must be a list of modules"):
        settings_from({"preload": "pandas"})


def test_imports_that_a_wrong_plan_makes_needless_leave_nothing(tmp_path: Path) -> None:
    book = make_book(tmp_path, ["chapter", "lost"])
    book.configure(preload=["pandas", "scipy.stats"])
    ended = book.run("pytask", ".")
    assert ended.returncode != 0
    assert "no file for the entry 'lost'" in ended.stdout
    assert leftovers() == []


def test_imports_begin_while_a_new_book_is_planned(tmp_path: Path) -> None:
    """Who judges the parameters finds the server among the build's own processes."""
    book = make_book(tmp_path, ["chapter"])
    book.write(
        "judge.py",
        "import psutil\n"
        "def judge(**_):\n"
        "    started = psutil.Process().children()\n"
        "    with open('seen', 'a') as seen:\n"
        "        print(*('template' in ' '.join(it.cmdline()) for it in started), "
        "file=seen)\n",
    )
    book.write_notebook("chapter.ipynb", "1", check="judge:judge")
    for _ in range(2):
        book.replace("lock.txt", "1", "11")
        ended = book.run("python", "-m", "pytask", ".", env={"PYTHONPATH": "."})
        assert ended.returncode == 0, ended.stdout
    first, second = (tmp_path / "seen").read_text().splitlines()
    assert (first, second) == ("True", "")
