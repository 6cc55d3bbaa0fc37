"""What other libraries do not document: that it is there, and what happens without."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import forked_kernels
import psutil
import pytest
from forked_kernels import insides
from forked_kernels.client import PromptKernelClient
from jupyter_client.manager import start_new_async_kernel

from .conftest import run

PARENT = "import psutil\nprint(' '.join(psutil.Process().parent().cmdline()))"
WITHOUT = """
from forked_kernels import insides
insides.Use.is_there = lambda use: use.name != {name!r}
"""
WITNESS = """
import sys, types
class Witness(types.ModuleType):
    asked = False
    @property
    def __file__(self):
        Witness.asked = True
sys.modules[__name__].__class__ = Witness
"""


EVERY = insides.OF_CLIENTS + insides.OF_KERNELS + insides.OF_SHELLS


def name_of(use: insides.Use) -> str:
    return use.name


@pytest.mark.parametrize("use", EVERY, ids=name_of)
def test_the_installed_versions_have_the_name(use: insides.Use) -> None:
    assert use.is_there(), f"{use.name} is gone: {use.loss}"


@pytest.mark.parametrize("module", insides.MACHINERY)
def test_the_installed_versions_have_the_module(module: str) -> None:
    assert importlib.util.find_spec(module), f"{module} is gone"


def serve_without(use: insides.Use, folder: Path) -> list[str]:
    """Return what a kernel prints whose server takes a name for gone."""
    (folder / "without.py").write_text(WITHOUT.format(name=use.name))
    (folder / "witness.py").write_text(WITNESS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        with forked_kernels.serve(["without", "witness"]):
            return run(PARENT, "import sys\nprint(sys.modules['witness'].asked)")


@pytest.mark.parametrize("use", insides.OF_KERNELS, ids=name_of)
def test_without_it_kernels_are_forked_and_one_line_says_what_is_lost(
    use: insides.Use, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parent, _ = serve_without(use, tmp_path)
    assert "forked_kernels.template" in parent
    assert caplog.messages == [f"{use.name} is gone: {use.loss}."]


def test_without_a_name_that_shells_need_none_is_forked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = insides.STATUS
    (tmp_path / "without.py").write_text(WITHOUT.format(name=gone.name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path))
        patch.setattr(insides.Use, "is_there", lambda use: use is not gone)
        with forked_kernels.serve(["without"], shells=True):
            assert forked_kernels.fork_shell(tmp_path) is None
            assert "forked_kernels.template" in run(PARENT)[0]
    assert caplog.messages == [f"{gone.name} is gone: {gone.loss}."]


def test_a_forked_kernel_asks_no_module_for_its_file(tmp_path: Path) -> None:
    _, asked = serve_without(insides.Use("nothing", "nothing"), tmp_path)
    assert asked == "False\n"


def test_a_client_begins_as_soon_as_its_kernel_answers_where_it_can(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def start() -> bool:
        manager, client = await start_new_async_kernel()
        client.stop_channels()
        await manager.shutdown_kernel()
        return isinstance(client, PromptKernelClient)

    def is_prompt() -> bool:
        # Another test of this process may have left a loop in the main thread.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(start())).result()

    gone = insides.HANDLE_INFO
    with forked_kernels.serve():
        assert is_prompt()
    assert caplog.messages == []
    monkeypatch.setattr(insides.Use, "is_there", lambda use: use is not gone)
    with forked_kernels.serve():
        assert not is_prompt()
    assert caplog.messages == [f"{gone.name} is gone: {gone.loss}."]


def test_if_a_forked_process_has_no_place_ordinary_kernels_are_started(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gone = insides.PROCESS
    monkeypatch.setattr(insides.Use, "is_there", lambda use: use is not gone)
    with forked_kernels.serve():
        assert run(PARENT) == [f"{' '.join(psutil.Process(os.getpid()).cmdline())}\n"]
    assert caplog.messages == [f"{gone.name} is gone: {gone.loss}."]
