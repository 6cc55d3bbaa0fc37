"""A Dask cluster in place of this machine's cores, where the environment names one.

The scheduler's address is Dask's own setting, ``DASK_SCHEDULER_ADDRESS``. It belongs to
a machine and not to a book, so no file of the book holds it.
"""

from __future__ import annotations

import os
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from pytask_parallel import ParallelBackend, registry

from papermill_pages.errors import PlanError

ADDRESS = "DASK_SCHEDULER_ADDRESS"

SECONDS_TO_CONNECT = "10s"


def scheduler_address() -> str:
    """Return the address of the cluster's scheduler; empty if there is none."""
    return os.environ.get(ADDRESS, "")


def connect(root: Path) -> Any:
    """Let pytask-parallel's Dask backend run tasks on the cluster.

    Parameters
    ----------
    root : Path
        The book's folder, which every worker must see under the same path.

    Returns
    -------
    distributed.Client
        To be closed after the last task.

    Raises
    ------
    PlanError
        If Dask is not installed, nobody answers at the address, there is no worker, or
        a worker does not see the folder.
    """
    address = scheduler_address()
    try:
        from distributed import Client
    except ImportError:
        msg = (
            f"{ADDRESS} is {address}, but the package 'distributed' is not installed. "
            "Install it, or take the variable out of the environment."
        )
        raise PlanError(msg) from None
    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        msg = f"{ADDRESS} is {address}, where no Dask scheduler answers: {error}"
        raise PlanError(msg) from None
    problem = _problem(client, root, address)
    if problem:
        client.close()
        raise PlanError(problem)

    def executor(n_workers: int) -> Executor:  # noqa: ARG001
        own: Executor = client.get_executor()
        return own

    registry.register_parallel_backend(ParallelBackend.DASK, executor)
    return client


def threads(client: Any) -> int:
    """Count the tasks that a cluster's workers can run at the same time."""
    return sum(client.nthreads().values())


def _problem(client: Any, root: Path, address: str) -> str:
    """Return what keeps a cluster from building the book, or nothing."""
    sees = client.run(os.path.isdir, str(root))
    if not sees:
        return f"The Dask cluster at {address} has no worker. Start one: dask worker"
    blind = [worker for worker, found in sees.items() if not found]
    if blind:
        return (
            f"The Dask worker {blind[0]} does not see the folder {root}. All workers "
            "need the book's folder under the same path, and the same environment."
        )
    return ""
