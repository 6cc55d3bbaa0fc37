"""Jupyter kernels that are forked from one process with the imports already done.

A kernel of its own for each notebook is what keeps notebooks apart, and starting it is
most of what a short notebook costs: the interpreter, ipykernel, pandas and the like are
loaded anew each time. Here they are loaded once, and each kernel is a fork of that
process, as fresh and as isolated as any other::

    with forked_kernels.serve(preload=["pandas", "matplotlib.pyplot"]):
        papermill.execute_notebook("chapter.ipynb", "executed.ipynb")

It works through jupyter_client's own extension point, a kernel provisioner, so
papermill, nbclient, nbconvert and what is built on them need not know of it. Where a
kernel cannot be forked, an ordinary one is started. The package's README has every
setting, and the limits.
"""

from forked_kernels.folder import private_folder, remove_abandoned_folders
from forked_kernels.server import (
    PreloadError,
    kill_kernels,
    lost,
    serve,
    wait_for_server,
)
from forked_kernels.shells import Refused, Shell, fork_shell

__all__ = [
    "PreloadError",
    "Refused",
    "Shell",
    "fork_shell",
    "kill_kernels",
    "lost",
    "private_folder",
    "remove_abandoned_folders",
    "serve",
    "wait_for_server",
]
