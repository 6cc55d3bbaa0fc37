"""An import in the server has the effect that it has in a kernel, or is left to it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import forked_kernels
import nbformat
import pytest
from nbclient import NotebookClient

MODULES = {
    # Each with what a notebook then prints, and whether it is left to the kernels.
    "asks_for_a_shell": ("IN = hasattr(get_ipython(), 'kernel')", "it.IN", ""),
    "asks_for_its_class": (
        "from IPython import get_ipython\nIN = type(get_ipython()).__name__",
        "it.IN",
        "",
    ),
    "asks_whether_there_is_one": (
        "try: __IPYTHON__\nexcept NameError: IN = False\nelse: IN = True",
        "it.IN",
        "",
    ),
    "asks_how_python_was_started": (
        "import __main__\nFILE = hasattr(__main__, '__file__')",
        "it.FILE",
        "",
    ),
    "hooks_itself_in": (
        "def after(): pass\nget_ipython().events.register('post_execute', after)",
        "[f.__name__ for f in get_ipython().events.callbacks['post_execute']]",
        "uses the shell of its notebook when it is imported (events)",
    ),
    "keeps_the_shell": (
        "SHELL = get_ipython()",
        "it.SHELL is get_ipython()",
        "keeps the shell of its notebook",
    ),
    "imports_one": ("from keeps_the_shell import SHELL", "it.SHELL is not None", ""),
    "does_without": (
        "try: import keeps_the_shell as shells\nexcept: shells = None",
        "it.shells is not None",
        "",
    ),
    "keeps_the_process": (
        "import os\nPID, NAME = os.getpid(), f'run-{os.getpid()}.log'",
        "(it.PID, it.NAME) == (os.getpid(), f'run-{os.getpid()}.log')",
        "",
    ),
    "takes_the_function": ("from os import getpid", "it.getpid is os.getpid", ""),
    "keeps_the_folder": (
        "import os\nfrom pathlib import Path\nA, B = os.getcwd(), Path.cwd()",
        "(it.A, it.B) == (os.getcwd(), Path.cwd())",
        "",
    ),
    "keeps_a_path": (
        "from pathlib import Path\nDATA = Path('data').absolute()",
        "it.DATA == Path('data').absolute()",
        "keeps a path in its notebook's folder",
    ),
    "reads_a_file": (
        "TEXT = open('notes.txt').read()",
        "it.TEXT",
        "reads notes.txt when it is imported",
    ),
    "keeps_the_thread": (
        "import threading\nTHREAD = threading.current_thread()",
        "it.THREAD is threading.main_thread()",
        "",
    ),
    "starts_a_thread": (
        "import threading, time\n"
        "T = threading.Thread(target=time.sleep, args=(60,), daemon=True)\nT.start()",
        "it.T.is_alive()",
        "starts a thread when it is imported",
    ),
    "cancels_a_timer": (
        "import threading\nT = threading.Timer(60, print)\nT.start()\nT.cancel()",
        "it.T.finished.is_set()",
        "",
    ),
    "shares_with_others": (
        "import builtins\nbuiltins.__pybind11_internals_v4__ = 4",
        "__builtins__.__pybind11_internals_v4__",
        "",
    ),
    "adds_a_name": (
        "import builtins\nbuiltins.spoken = print",
        "spoken is print",
        "adds built-in names when it is imported",
    ),
    "takes_the_loop": (
        "import asyncio\nLOOP = asyncio.get_event_loop()",
        "it.LOOP is asyncio.get_event_loop()",
        "takes the event loop when it is imported",
    ),
    "writes": ("print('hello')", "'written'", "writes when it is imported ('hello')"),
    "warns": (
        "import warnings\nwarnings.warn('old')",
        "'warned'",
        "UserWarning: old",
    ),
    "keeps_a_stream": (
        "import logging\nLOG = logging.getLogger('kept')\n"
        "LOG.addHandler(logging.StreamHandler())",
        "it.LOG.error('an error')",
        "",
    ),
    "prints_later": (
        "import sys\ndef say(text, file=sys.stdout): print(text, file=file)",
        "it.say('later')",
        "",
    ),
    "seeds": (
        "import random\nrandom.seed(7)",
        "random.random()",
        "seeds the module random when it is imported",
    ),
    "sets_precision": (
        "import decimal\ndecimal.getcontext().prec = 5",
        "decimal.Decimal(1) / 3",
        "sets the context of decimals when it is imported",
    ),
    "silences": (
        "import warnings\nwarnings.simplefilter('ignore')",
        "warnings.warn('unheard')",
        "sets filters for all warnings when it is imported",
    ),
    "words_warnings": (
        "import warnings\nwarnings.formatwarning = lambda message, *_: f'!{message}'",
        "warnings.warn('reworded')",
        "replaces warnings.formatwarning when it is imported",
    ),
    "handles_a_signal": (
        "import signal\nsignal.signal(signal.SIGUSR1, lambda *_: None)",
        "callable(signal.getsignal(signal.SIGUSR1))",
        "replaces signal handlers when it is imported",
    ),
    "reads_all_variables": (
        "import os\nTERM = [v for k, v in os.environ.items() if k == 'TERM']",
        "it.TERM",
        "",
    ),
    "tests_itself": (
        "import doctest\ndef one(): '>>> 1\\n1'",
        "it.doctest.run_docstring_examples(it.one, {})",
        "",
    ),
    "sets_a_variable": ("import os\nos.environ['SET'] = '1'", "os.environ['SET']", ""),
}
STANDARD = """
import asyncio, decimal, os, random, signal, threading, warnings
from pathlib import Path
"""
BEFORE = """
import decimal, signal, warnings
print(decimal.getcontext().prec, signal.getsignal(signal.SIGUSR1))
print([f.__name__ for f in get_ipython().events.callbacks["post_execute"]])
warnings.warn("heard")
"""


class InShell(NotebookClient):  # type: ignore[misc]
    """nbclient with a shell in place of a kernel, as the README has it."""

    @asynccontextmanager
    async def async_setup_kernel(self, **_: Any):  # type: ignore[no-untyped-def]
        self.kc = forked_kernels.fork_shell(self.resources["metadata"]["path"])
        assert self.kc is not None
        try:
            yield
        finally:
            self.kc.stop()


def outputs(kind: type[NotebookClient], folder: Path, *code: str) -> list[Any]:
    """Return what each cell shows, in a thread whose event loop is its own."""
    os.environ.pop("PYTEST_CURRENT_TEST", None)  # which one of the modules reads
    new = nbformat.v4
    notebook = new.new_notebook(cells=[new.new_code_cell(it) for it in code])
    resources = {"metadata": {"path": str(folder)}}
    client = kind(notebook, kernel_name="python3", resources=resources)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(client.async_execute())).result()
    return [_without_names(cell.outputs) for cell in notebook.cells]


def _without_names(outputs: Any) -> Any:
    # A line and its end may arrive apart, and one stream before or after the other, for
    # a kernel sends at intervals what a slow cell has written.
    streams = {"stderr": "", "stdout": ""}
    for it in outputs:
        if it.output_type == "stream":
            streams[it.name] += it.text
    shown: list[Any] = [it for it in outputs if it.output_type != "stream"]
    for name, text in streams.items():
        # A warning names the file of its cell, which has the process's number.
        lines = [line.partition(": ")[2] or line for line in text.splitlines()]
        shown += [(name, "\n".join(lines))] * bool(lines)
    return shown


FORKED = "import psutil\n'template' in ' '.join(psutil.Process().parent().cmdline())"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "notes.txt").write_text("notes")
    return folder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Serve with all of the modules, and give what is said of them."""
    modules = tmp_path_factory.mktemp("modules")
    for name, (source, _, _) in MODULES.items():
        (modules / f"{name}.py").write_text(source)
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(modules))
        patch.delenv("PYTEST_CURRENT_TEST", raising=False)
        patch.setattr(
            forked_kernels.server.logger, "warning", lambda _, it: said.append(it)
        )
        with forked_kernels.serve([*MODULES], shells=True):
            yield said


CELLS = [
    BEFORE,
    STANDARD,
    *(
        f"import {name} as it\nprint({shows})"
        for name, (_, shows, _) in MODULES.items()
    ),
]


@pytest.fixture(scope="module")
def ordinary(served: list[str], folder: Path) -> list[Any]:  # noqa: ARG001
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORKED_KERNELS_SOCKET", "nowhere")
        return outputs(NotebookClient, folder, *CELLS)


@pytest.mark.parametrize("kind", [NotebookClient, InShell])
def test_a_notebook_shows_what_it_shows_in_an_ordinary_kernel(
    kind: type[NotebookClient], served: list[str], ordinary: list[Any], folder: Path
) -> None:
    *shown, forked = outputs(kind, folder, *CELLS, FORKED)
    assert forked[0]["data"]["text/plain"] == "True", served[-1]
    for code, here, there in zip(CELLS, shown, ordinary, strict=True):
        assert here == there, code


@pytest.mark.parametrize("module", MODULES)
def test_what_is_left_to_the_kernels_is_said_with_the_reason(
    module: str, served: list[str]
) -> None:
    does = MODULES[module][2]
    lines = [it for it in served if it.split()[0].rstrip(",") == module]
    assert [does in it and " s more." in it for it in lines] == [True] * bool(does)


def test_what_to_preload_in_place_of_a_module_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "import time\ntime.sleep(0.1)\n"
    modules = {
        "quick": "",
        "slow": slow,
        "bundle/__init__": "",
        "bundle/inner": slow * 2,
        "named_as_well": slow,
        "brought_by_slower": slow,
        "slower": "import brought_by_slower\n" + slow * 3,
        "hushes": "import quick, slow, bundle.inner, named_as_well, slower\n"
        "import warnings\nwarnings.simplefilter('ignore')",
        "seeds": "import random\nrandom.seed(7)",
    }
    (tmp_path / "bundle").mkdir()
    for name, source in modules.items():
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    said: list[str] = []
    monkeypatch.setattr(
        forked_kernels.server.logger, "warning", lambda _, it: said.append(it)
    )
    with forked_kernels.serve(["hushes", "named_as_well", "seeds"]):
        pass
    helps = {it.split()[0]: it.partition(" s more. ")[2] for it in said}
    assert helps == {
        "hushes": "Take it out of preload, and name slower, bundle.inner, slow "
        "instead: the server then starts sooner.",
        "seeds": "Take it out of preload: the server then starts sooner.",
    }
    said.clear()
    with forked_kernels.serve(["slower", "bundle.inner", "slow", "named_as_well"]):
        pass
    assert said == []


def test_figures_and_tables_are_those_of_an_ordinary_kernel(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = [
        "import pandas as pd\npd.get_option('display.max_columns')",
        "import matplotlib.pyplot as plt\nplt.isinteractive()",
        "plt.plot([1, 2]);",
        "plt.isinteractive()",
    ]
    monkeypatch.delenv("MPLBACKEND", raising=False)
    modules = ["pandas", "matplotlib_inline.backend_inline"]
    with forked_kernels.serve(modules, shells=True):
        *kernel, forked = outputs(NotebookClient, folder, *code, FORKED)
        shell = outputs(InShell, folder, *code)
        monkeypatch.setenv("FORKED_KERNELS_SOCKET", "nowhere")
        ordinary = outputs(NotebookClient, folder, *code)
    assert forked[0]["data"]["text/plain"] == "True"
    assert "image/png" in kernel[2][0]["data"]
    assert kernel == shell == ordinary
