"""The lists of what a book executed."""

from __future__ import annotations

from pathlib import Path

from papermill_pages.publishing.listings import matching_files
from small_book import Book


def test_hidden_files_and_those_in_hidden_folders_are_not_listed(
    tmp_path: Path,
) -> None:
    root = tmp_path / ".clones" / "book"
    for name in ("b/two.txt", "a.txt", ".c.txt", "b/.ipynb_checkpoints/two.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "folder.txt").mkdir()
    assert matching_files(root, "**/*.txt") == [root / "a.txt", root / "b" / "two.txt"]


def test_a_list_that_cannot_be_made_is_a_warning_and_no_crash(book: Book) -> None:
    book.write("d.json", "[1]")
    book.write("e.json", '{"machine": {}, "pages": []}')
    book.write(
        "index.md",
        "# Home\n\n```{executed-pages} d.json\n```\n\n"
        "```{locked-packages} numpy\n```\n\n"
        "```{executed-pages} e.json\n```\n\n"
        "```{file-hashes} /data/*.csv\n```\n",
    )
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    assert "index.md:3: WARNING: d.json holds no durations. Record" in ended.stdout
    assert "index.md:6: WARNING: There is no uv.lock at the root" in ended.stdout
    assert "index.md:9: WARNING: e.json holds no durations. Record" in ended.stdout
    assert "index.md:12: WARNING: /data/*.csv is no pattern of files" in ended.stdout


def test_a_lock_may_hold_a_package_without_a_version(book: Book) -> None:
    """As uv locks a project whose version is dynamic."""
    book.write(
        "uv.lock",
        'version = 1\nrequires-python = ">=3.11"\n[[package]]\nname = "the-book"\n'
        '[[package]]\nname = "numpy"\nversion = "2.1.3"\n',
    )
    book.write("index.md", "# Home\n\n```{locked-packages} numpy\n```\n")
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    assert "2.1.3" in book.page("index")
