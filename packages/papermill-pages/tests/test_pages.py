"""What a page may declare, glue, show and tell, each in a small book of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from papermill_pages.downloads import note_on_running
from papermill_pages.errors import PlanError
from papermill_pages.settings import settings_from
from small_book import BIN, Book, make_book


def test_one_resource_of_a_data_package_changes_without_the_others(
    tmp_path: Path,
) -> None:
    book = make_book(tmp_path)

    def describe(**notes: str) -> None:
        resources = [
            {"name": name, "path": f"{name}.csv", "note": notes.get(name, "")}
            for name in ("north", "south")
        ]
        book.write("datapackage.json", json.dumps({"resources": resources}))

    describe()
    book.write_notebook(
        "chapter.ipynb",
        "glue('x', 1.0, display=False)",
        results="small.{region}",
        depends_on=["datapackage.json#{region}"],
    )
    assert book.run("pytask").returncode == 0
    describe(north="retyped")
    explained = book.run("pytask", "--explain").stdout.split("Explanation")[1]
    assert "datapackage.json#north: Changed" in explained
    assert "other.run.yml" not in explained
    book.write("south.csv", "99\n")
    explained = book.run("pytask", "--explain").stdout.split("Explanation")[1]
    assert "datapackage.json#south: Changed" in explained


def test_pages_run_at_the_same_time(tmp_path: Path) -> None:
    """Each page waits for the other, which only a parallel build can satisfy."""
    book = make_book(tmp_path)
    book.configure(jobs=2, timeout=60)
    book.write_notebook(
        "chapter.ipynb",
        "import time\nfrom pathlib import Path\n"
        "Path(f'{region}.here').touch()\n"
        "while len(list(Path().glob('*.here'))) < 2: time.sleep(0.05)",
    )
    ended = book.run("pytask")
    assert ended.returncode == 0, ended.stdout


def test_a_notebook_finds_no_module_beside_the_book_that_jupyter_does_not_find(
    tmp_path: Path,
) -> None:
    book = make_book(tmp_path, ["part/page"])
    book.write("beside_the_book.py", "")
    book.write("part/beside_the_page.py", "")
    code = "import beside_the_page\nimport beside_the_book"
    book.write_notebook("part/page.ipynb", code, parameters=None)
    ended = book.run("pytask", ".")
    assert ended.returncode == 1
    assert "No module named 'beside_the_book'" in " ".join(ended.stdout.split())
    plain = subprocess.run(
        [BIN / "papermill", "page.ipynb", "executed.ipynb"],
        cwd=tmp_path / "part",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "No module named 'beside_the_book'" in plain.stderr


def test_what_is_no_plain_value_is_glued_but_no_result(tmp_path: Path) -> None:
    book = make_book(tmp_path, pages=["chapter"])
    book.write_notebook(
        "chapter.ipynb",
        "import numpy as np\n"
        "values = dict(x=np.float64(1.5), n=np.int64(-3), yes=np.True_, t=np.str_('a'),"
        " plain=0.5, lost=np.float64('nan'), many=np.arange(30), some=[1, 2])\n"
        "for name, value in values.items(): glue(name, value, display=False)",
    )
    ended = book.run("pytask")
    assert ended.returncode == 0, ended.stdout
    results = json.loads((book.root / "_build/results.json").read_text())
    assert results == {
        "chapter.x": 1.5,
        "chapter.n": -3,
        "chapter.yes": True,
        "chapter.t": "a",
        "chapter.plain": 0.5,
    }
    told = " ".join(ended.stdout.split())
    assert "not in results.json" in told
    for left_out in ("chapter.lost (nan)", "chapter.many (", "chapter.some ([1, 2])"):
        assert left_out in told


def test_a_negative_number_is_pasted_with_a_minus_sign_and_a_date_as_it_is(
    tmp_path: Path,
) -> None:
    book = make_book(tmp_path, pages=["chapter"])
    pasted = "{glue:text}`chapter.ipynb::x:+.1f`; {glue:text}`chapter.ipynb::day:s`"
    book.write("index.md", f"# Home\n\nFrom {pasted}.\n")
    book.write_notebook(
        "chapter.ipynb",
        "glue('x', -5.94, display=False)\nglue('day', '1992-05-01', display=False)",
    )
    ended = book.build("--warningiserror", "--nitpick")
    assert ended.returncode == 0, ended.stdout
    own = BeautifulSoup(book.page("chapter"), "html.parser")
    assert [it.get_text() for it in own.select(".pasted-text")] == ["−5.940"]
    links = BeautifulSoup(book.page("index"), "html.parser").select("p > a.internal")
    assert [it.get_text() for it in links] == ["−5.9", "1992-05-01"]


def test_two_pages_may_not_glue_under_one_key(tmp_path: Path) -> None:
    book = make_book(tmp_path)

    def results() -> dict[str, float]:
        assert book.run("pytask").returncode == 0
        read = (book.root / "_build/results.json").read_text()
        return dict(json.loads(read))

    book.write_notebook("chapter.ipynb", "glue('x', 1.0, display=False)")
    assert results() == {"chapter.x": 1.0, "other.x": 1.0}
    book.write_run("other.run.yml", notebook="chapter.ipynb", results="chapter")
    ended = book.build()
    assert ended.returncode != 0
    assert "'chapter.x' is glued by chapter and by other" in ended.stdout
    assert "results:" in ended.stdout
    book.write_run("other.run.yml", notebook="chapter.ipynb", results="second")
    assert results() == {"chapter.x": 1.0, "second.x": 1.0}
    book.write_run("other.run.yml", notebook="chapter.ipynb", results="chapter")
    book.configure(results=False)
    assert results() == {}


def test_a_new_prefix_renames_the_results(tmp_path: Path) -> None:
    book = make_book(tmp_path)
    assert book.run("pytask").returncode == 0
    book.write_run(
        "other.run.yml",
        notebook="chapter.ipynb",
        title="The other chapter",
        parameters={"region": "south", "number": 5},
        results="renamed",
    )
    assert book.run("pytask").returncode == 0
    results = json.loads((book.root / "_build/results.json").read_text())
    assert set(results) == {"small.north.x", "renamed.x"}


def test_another_project_of_pytask_keeps_its_own_environment(tmp_path: Path) -> None:
    (tmp_path / "task_zone.py").write_text(
        "import os\nfrom pathlib import Path\n"
        "def task_write(produces=Path('tz.txt')):\n"
        "    produces.write_text(os.environ.get('TZ', ''))\n"
    )
    ended = Book(tmp_path).run("pytask", env={"TZ": "Pacific/Auckland"})
    assert ended.returncode == 0, ended.stdout
    assert (tmp_path / "tz.txt").read_text() == "Pacific/Auckland"


def test_alternative_text_of_an_output_reaches_the_page(tmp_path: Path) -> None:
    book = make_book(tmp_path, pages=["chapter"])
    book.write("index.md", "# Home\n")
    book.write_notebook(
        "chapter.ipynb",
        "from IPython.display import display\n"
        'svg = \'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\'\n'
        "mime = 'image/svg+xml'\n"
        "display({mime: svg}, raw=True, metadata={mime: {'alt': 'A blank square.'}})\n"
        "glue('x', 1.0, display=False)",
    )
    assert book.build().returncode == 0
    image = BeautifulSoup(book.page("chapter"), "html.parser").select_one("article img")
    assert image is not None
    assert image["alt"] == "A blank square."


def test_progress_is_told_line_by_line_in_a_log(tmp_path: Path) -> None:
    book = make_book(tmp_path)
    lines = book.run("pytask").stdout.splitlines()
    assert [line for line in lines if line.startswith("[")][-1].startswith("[2/2] ")
    assert sum(line.endswith(": running") for line in lines) == 2


def test_distributions_are_a_list_of_names() -> None:
    with pytest.raises(
        PlanError, match=r"papermill_pages\.distributions must be a list of names"
    ):
        settings_from({"distributions": "rain-tools"})


@pytest.mark.parametrize(
    ("repository", "installed"),
    [
        (
            "https://example.org/rain",
            '"rain-tools @ git+https://example.org/rain@v1#subdirectory=tools/rain" '
            '"rain-book[chapters] @ git+https://example.org/rain@v1"',
        ),
        ("", '"./tools/rain" ".[chapters]"'),
    ],
)
def test_a_downloaded_notebook_says_how_to_install_what_it_imports(
    repository: str, installed: str
) -> None:
    distributions = ["rain-tools#subdirectory=tools/rain", "rain-book[chapters]"]
    note = note_on_running(distributions, repository, "v1")
    assert "install `rain-tools` and `rain-book`; the data come with it." in note
    assert note.endswith(f"```shell\npip install {installed}\n```")
    assert ("In the folder of the book's source:" in note) == (not repository)


def test_a_notebook_that_imports_nothing_of_its_book_says_nothing() -> None:
    assert note_on_running([], "https://example.org/rain", "v1") == ""


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("chapter.ipynb::nope:.1f", "Glue reference 'nope' not found in doc 'chapter'"),
        ("chapter.ipynb::x:.1z", "Failed to format text/plain"),
    ],
)
def test_a_value_that_cannot_be_pasted_is_a_warning_and_no_crash(
    tmp_path: Path, pasted: str, told: str
) -> None:
    book = make_book(tmp_path, pages=["chapter"])
    book.write("index.md", f"# Home\n\nFrom {{glue:text}}`{pasted}` to ten.\n")
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    assert f"index.md:3: WARNING: {told}" in ended.stdout
    shown = BeautifulSoup(book.page("index"), "html.parser").get_text()
    assert "From  to ten." in shown
