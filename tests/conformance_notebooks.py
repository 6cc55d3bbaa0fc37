"""Executes one notebook for each package in three ways; see `conformance_science`.

It runs where the packages are, and reads them from its standard input.
"""

from __future__ import annotations

import ast
import asyncio
import difflib
import json
import logging
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import Any

import forked_kernels
import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

BEFORE = "ordinary"
FORKED = "import psutil; print(psutil.Process().parent().cmdline()[1:3])"
STATE = """
import decimal, locale, logging, signal, sys, warnings
print((logging.root.level, logging.root.handlers, sys.getrecursionlimit()))
print(locale.setlocale(locale.LC_ALL), decimal.getcontext().prec)
print([str(signal.getsignal(it)).split(" at ")[0] for it in signal.Signals])
print([it[:3] for it in warnings.filters if it[2] is Warning and not it[1]])
print(warnings.showwarning.__qualname__, sys.excepthook.__qualname__)
events = get_ipython().events.callbacks
print({it: [call.__qualname__ for call in events[it]] for it in events})
warnings.warn("heard")
logging.getLogger("here").warning("heard")
"""


class InShell(NotebookClient):  # type: ignore[misc]
    """nbclient with a shell in place of a kernel."""

    @asynccontextmanager
    async def async_setup_kernel(self, **_: Any):  # type: ignore[no-untyped-def]
        self.kc = forked_kernels.fork_shell(".")
        assert self.kc is not None
        try:
            yield
        finally:
            self.kc.stop()


def shown(kind: type[NotebookClient], module: str, code: str) -> list[str]:
    """Return what a notebook shows, in lines and without what differs each time."""
    new = nbformat.v4
    sources = [FORKED, STATE, f"import {module}", code, STATE]
    cells = [new.new_code_cell(source) for source in sources]
    notebook = new.new_notebook(cells=cells)
    # Ports could be those that a program beside this one takes in the same moment.
    config = Config({"KernelManager": {"transport": "ipc"}})
    client = kind(notebook, config=config, timeout=300, allow_errors=True)
    asyncio.run(client.async_execute())
    forked, *others = [json.dumps(_joined(cell.outputs), indent=1) for cell in cells]
    global where
    where = forked
    text = "\n".join(others)
    text = re.sub(r"0x[0-9a-f]{6,}|[0-9a-f-]{32,36}|ipykernel_\d+\W+\d+", "…", text)
    return text.splitlines()


where = ""


def _joined(outputs: list[Any]) -> list[Any]:
    """Join the pieces of each stream, whose borders are a matter of timing."""
    joined: list[Any] = []
    for output in outputs:
        name = output.get("name")
        earlier = [it for it in joined if name and it.get("name") == name]
        if earlier:
            earlier[0]["text"] += output["text"]
        else:
            joined.append(output)
    return sorted(joined, key=lambda it: it.get("name", ""))


def main(packages: Mapping[str, tuple[str, str]]) -> int:
    """Compare all of them."""
    logging.basicConfig(format="%(message)s")
    os.chdir(tempfile.mkdtemp())
    modules = [module for module, _ in packages.values()]
    differ = 0
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    with forked_kernels.serve(modules, shells=True):
        sockets = os.environ["FORKED_KERNELS_SOCKET"]
        for name, (module, code) in packages.items():
            os.environ["FORKED_KERNELS_SOCKET"] = "nowhere"
            wanted = shown(NotebookClient, module, code)
            os.environ["FORKED_KERNELS_SOCKET"] = sockets
            for kind, client in (("forked", NotebookClient), ("shell", InShell)):
                found = shown(client, module, code)
                if "forked_kernels" not in where:
                    print(f"{name}: not forked ({kind})")
                    differ += 1
                if found != wanted:
                    differ += 1
                    lines = difflib.unified_diff(wanted, found, "ordinary", kind, n=0)
                    print(f"{name}:", *(line[:300] for line in lines), sep="\n")
            print(f"{name}: compared", flush=True)
    print(f"{differ} differences in {len(packages)} packages")
    return int(bool(differ))


if __name__ == "__main__":
    sys.exit(main(ast.literal_eval(sys.stdin.read())))
