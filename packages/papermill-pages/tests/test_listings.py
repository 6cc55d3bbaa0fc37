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
    book.write(
        "index.md",
        "# Home\n\n```{executed-pages} d.json\n```\n\n"
        "```{locked-packages} numpy\n```\n",
    )
    ended = book.build()
    assert ended.returncode == 0, ended.stdout
    assert "index.md:3: WARNING: d.json holds no durations. Record" in ended.stdout
    assert "index.md:6: WARNING: There is no uv.lock at the root" in ended.stdout
