"""The first use as the README has it, with nothing else of ours."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

README = Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
ALONE = """
import sys
ours = {"papermill_pages", "assignment_grading", "typst_builder", "data_package_guard"}
assert not ours & {*sys.modules}
"""
PARENT = "import psutil\nprint(psutil.Process().parent().cmdline())\nyear"


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=["papermill", "nbclient", "programs", "shells"]
)
def test_an_example_forks_the_kernel_of_each_notebook(
    example: str, tmp_path: Path
) -> None:
    new = nbformat.v4
    cells = [
        new.new_code_cell("year = 1992", metadata={"tags": ["parameters"]}),
        new.new_code_cell(PARENT),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "chapter.ipynb")
    subprocess.run([sys.executable, "-c", example + ALONE], cwd=tmp_path, check=True)
    made = {path.name: path for path in tmp_path.glob("chapter-*.ipynb")}
    assert sorted(made) == ["chapter-2004.ipynb", "chapter-2005.ipynb"]
    for name, path in made.items():
        printed, value = nbformat.read(path, as_version=4).cells[-1].outputs
        assert "forked_kernels.template" in printed.text
        assert f"chapter-{value.data['text/plain']}.ipynb" == name
