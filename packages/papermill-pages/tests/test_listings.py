"""The lists of what a book executed."""

from __future__ import annotations

from pathlib import Path

from papermill_pages.publishing.listings import matching_files


def test_hidden_files_and_those_in_hidden_folders_are_not_listed(
    tmp_path: Path,
) -> None:
    root = tmp_path / ".clones" / "book"
    for name in ("b/two.txt", "a.txt", ".c.txt", "b/.ipynb_checkpoints/two.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "folder.txt").mkdir()
    assert matching_files(root, "**/*.txt") == [root / "a.txt", root / "b" / "two.txt"]
