"""What the page on explorers tells an author to write makes a book, elsewhere."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup

from .published import ROOT

PAGE = (ROOT / "book/appendix/how_to_explore.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^(`{{3,}}){language}\n(.*?)^\1$", PAGE, re.DOTALL | re.M)
    return [text for _, text in found]


def test_the_tools_are_where_the_page_installs_them_from() -> None:
    pip, install, *named = shlex.split(blocks("shell")[0])
    assert (pip, install) == ("pip", "install")
    for path, _, extra in (it.rstrip("]").partition("[") for it in named):
        project = tomllib.loads((ROOT / path / "pyproject.toml").read_text("utf-8"))
        assert not extra or extra in project["project"]["optional-dependencies"]


def test_the_book_that_the_page_describes_can_be_explored(tmp_path: Path) -> None:
    new = nbformat.v4
    declared, table, said = (new.new_code_cell(it.strip()) for it in blocks("python"))
    declared.metadata["tags"] = ["parameters"]
    table.metadata.update(json.loads(blocks("json")[0]))
    (name,) = re.findall(r"with the metadata `(\{.*?\})`", PAGE)
    said.metadata.update(json.loads(name))
    page = [new.new_markdown_cell(blocks("md")[0].strip())]
    for file, cells in {"rain": [declared, table, said], "index": page}.items():
        made = new.new_notebook(cells=cells)
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        made.metadata["kernelspec"] = kernel
        nbformat.write(made, tmp_path / f"{file}.ipynb")
    names = ["rain.sweep.yml", "_config.yml", "_toc.yml"]
    for file, content in zip(names, blocks("yaml"), strict=True):
        assert f"`{file}`" in PAGE
        (tmp_path / file).write_text(content, encoding="utf-8")
    program, *arguments = blocks("shell")[1].split()
    ended = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments, "--warningiserror"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    site = tmp_path / "_build/html"
    soup = BeautifulSoup(
        (site / "index.html").read_text(encoding="utf-8"), "html.parser"
    )
    explorer = soup.select_one(".explorer")
    assert explorer is not None
    outputs = explorer.select_one(".explorer-outputs")
    assert outputs is not None
    # Three days at the harbour: 3 + 0 + 2.
    assert "In 3 days, 5 mm fell at the harbour." in outputs.get_text()
    assert len(explorer.select("input[type=radio]")) == 2
    assert len(explorer.select("input[type=range]")) == 1
    others = list((site / "_explore").rglob("*.js"))
    assert len(others) == 11
    told = [
        it for it in others if "In 6 days, 22 mm fell at the hill." in it.read_text()
    ]
    assert len(told) == 1
    keys = re.findall(r"[?&]([\w.]+)=", PAGE)
    names = dict.fromkeys(str(it["name"]) for it in explorer.select("input"))
    assert keys == list(names)
