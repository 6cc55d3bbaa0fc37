"""What a master hides is nowhere in the site that students read."""

from __future__ import annotations

import ast
import html
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
SHORTEST = 22
"""Shorter lines of code, such as ``n = len(workers)``, may stand in any notebook."""


def secrets() -> Iterator[tuple[str, str]]:
    """Every line of a solution, sentence of a rubric, and message of a hidden test."""
    for path in sorted((ROOT / "assignments").glob("*.ipynb")):
        block = ""
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "raw":
                begun = re.match(r"# BEGIN (SOLUTION|TESTS)", cell.source)
                block = begun[1] if begun else ""
            elif block == "SOLUTION" and cell.cell_type == "markdown":
                for sentence in re.split(r"(?<=[.:;])\s+", plain(cell.source)):
                    yield path.stem, sentence
            elif block == "SOLUTION":
                for line in cell.source.splitlines():
                    if "SOLUTION" in line or line.startswith(" "):
                        yield path.stem, plain(line.partition("# SOLUTION")[0])
            elif block == "TESTS" and "hidden: true" in cell.source:
                for node in ast.walk(ast.parse(cell.source)):
                    said = node.value if isinstance(node, ast.Constant) else None
                    if isinstance(said, str) and said.endswith((".", "!", "?")):
                        yield path.stem, plain(said)


def plain(text: str) -> str:
    return " ".join(text.split())


def published(folder: Path) -> Iterator[tuple[str, str]]:
    """Every text of the site, those inside archives included."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from texts(str(path.relative_to(folder)), path.read_bytes())


def texts(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from texts(f"{name}/{member}", archive.read(member))
    else:
        text = html.unescape(content.decode("utf-8", errors="ignore"))
        # Notebooks and search indices quote; pages mark code up.
        text = text.replace('\\"', '"').replace("\\n", " ")
        yield name, plain(text)
        yield name, plain(re.sub(r"<[^>]*>", "", text))


def leaks(folder: Path) -> list[str]:
    hidden = {(own, it) for own, it in secrets() if len(it) >= SHORTEST}
    return [
        f"{name}: {own}: {secret}"
        for name, text in published(folder)
        for own, secret in hidden
        if secret in text
    ]


def test_nothing_that_a_master_hides_is_in_the_built_site(built_book: Path) -> None:
    assert leaks(built_book) == []


def test_no_file_of_an_assignment_is_in_the_built_site(built_book: Path) -> None:
    masters = {path.name for path in (ROOT / "assignments").iterdir()}
    named = [path for path in built_book.rglob("*") if path.name in masters]
    assert named == [
        path for path in named if path.name in {it.name for it in pages_of_the_book()}
    ]


def pages_of_the_book() -> list[Path]:
    return list((ROOT / "book").rglob("*.ipynb"))


def test_a_leak_would_be_found(tmp_path: Path) -> None:
    known = [it for it in secrets() if it[0] == "trends"]
    assert any("Rubric" in secret for _, secret in known)
    assert any("shuffled" in secret for _, secret in known)
    assert any("gap stays a gap" in secret for _, secret in known)
    master = ROOT / "assignments" / "trends.ipynb"
    with zipfile.ZipFile(tmp_path / "sources.zip", "w") as archive:
        archive.write(master, "trends.ipynb")
    assert {it.split(": ")[1] for it in leaks(tmp_path)} >= {"trends"}
