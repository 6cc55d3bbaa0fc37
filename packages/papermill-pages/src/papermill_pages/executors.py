"""Where tasks run: in threads here, or on the workers of a Dask cluster.

The address of a cluster's scheduler is Dask's own setting, ``DASK_SCHEDULER_ADDRESS``.
It belongs to a machine and not to a book, so no file of the book holds it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pytask import PTask
from pytask_parallel import ParallelBackend, WorkerType, registry

from papermill_pages.errors import PlanError

ADDRESS = "DASK_SCHEDULER_ADDRESS"

SECONDS_TO_CONNECT = "10s"


class _Threads(ThreadPoolExecutor):
    """Threads that say when a task begins, and drop what waits if they have to end."""

    def __init__(self, workers: int, begin: Callable[[PTask], None]) -> None:
        super().__init__(workers)
        self.begin = begin

    def submit(
        self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future[Any]:
        def run() -> Any:
            if "task" in kwargs:
                self.begin(kwargs["task"])
            return fn(*args, **kwargs)

        return super().submit(run)

    def __exit__(self, *_: object) -> None:
        self.shutdown(wait=True, cancel_futures=True)


def use_threads(workers: int, begin: Callable[[PTask], None]) -> None:
    """Let pytask-parallel's custom backend run tasks in threads.

    `workers` tasks run at the same time, however many are handed over. `begin` is told
    each task that begins, in its thread.
    """
    registry.register_parallel_backend(
        ParallelBackend.CUSTOM,
        lambda n_workers: _Threads(workers, begin),  # noqa: ARG005
        worker_type=WorkerType.THREADS,
    )


class _Cluster(Executor):
    """A cluster that takes back, in the end, what was interrupted."""

    def __init__(self, client: Any, interrupted: Callable[[], bool]) -> None:
        self.workers = client.get_executor()
        self.interrupted = interrupted

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return self.workers.submit(fn, *args, **kwargs)

    def __exit__(self, *_: object) -> None:
        self.workers.shutdown(wait=not self.interrupted())


def scheduler_address() -> str:
    """Return the address of the cluster's scheduler; empty if there is none."""
    return os.environ.get(ADDRESS, "")


def connect(root: Path, interrupted: Callable[[], bool]) -> Any:
    """Let pytask-parallel's Dask backend run tasks on the cluster.

    Every worker must see the book's folder under the same path. `interrupted` tells, in
    the end, whether to take back what the workers have not ended. The returned client
    is to be closed after the last task.

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
        raise PlanError(
            f"{ADDRESS} is {address}, but 'distributed' is not installed. Install it: "
            "pip install 'papermill-pages[cluster]', or unset the variable."
        ) from None
    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        msg = f"{ADDRESS} is {address}, where no Dask scheduler answers: {error}"
        raise PlanError(msg) from None
    problem = _problem(client, root, address)
    if problem:
        client.close()
        raise PlanError(problem)

    registry.register_parallel_backend(
        ParallelBackend.DASK,
        lambda n_workers: _Cluster(client, interrupted),  # noqa: ARG005
    )
    return client


def _problem(client: Any, root: Path, address: str) -> str:
    """Return what keeps a cluster from building the book, or nothing."""
    sees = client.run(os.path.isdir, str(root))
    if not sees:
        return f"The Dask cluster at {address} has no worker. Start one: dask worker"
    blind = [worker for worker, is_there in sees.items() if not is_there]
    if blind:
        return (
            f"The Dask worker {blind[0]} does not see the folder {root}. All workers "
            "need the book's folder under the same path, and the same environment."
        )
    return ""
