"""Jupyter kernels that are forked from one process with the imports already done.

A kernel of its own for each notebook is what keeps notebooks apart, and starting it is
most of what a short notebook costs: the interpreter, ipykernel, pandas and the like are
loaded anew each time. Here they are loaded once, and each kernel is a fork of that
process, as fresh and as isolated as any other::

    with forked_kernels.serve(preload=["pandas", "matplotlib.pyplot"]):
        papermill.execute_notebook("chapter.ipynb", "executed.ipynb")

While the context lasts, every IPython kernel of the running interpreter that
jupyter_client starts is forked: in this process, in its threads, and in the processes
that it starts, which find the server in their environment. It works through
jupyter_client's own extension point, a kernel provisioner, so papermill, nbclient,
nbconvert and what is built on them need not know of it.

What can be forked
    Kernels of this interpreter (``python -m ipykernel_launcher``) on Linux and other
    systems with a safe ``fork``. macOS is not one: its system libraries may abort a
    process that forks without starting another program. All other kernels are started
    in the ordinary way.

What a forked kernel is
    A process of its own with the environment, the folder, the arguments and the signal
    handlers that an ordinary kernel would have, and with fresh random numbers. The one
    difference that a notebook can see is that ``sys.modules`` already holds what was
    preloaded; a debugger also steps into those modules that ipykernel itself imports. A
    module that prints, warns or starts a thread when it is imported is refused, for a
    notebook would miss the first and a fork would break the second. All kernels,
    ordinary ones too, do linear algebra in one thread, unless the environment says
    otherwise.

When something fails
    If the server cannot start or dies, ordinary kernels take over, and one line on the
    logger ``forked_kernels`` says so. A kernel that was running dies with its server;
    `lost` tells whoever ran it that the run is worth a second try. The server dies with
    the process that started it, the kernels with the server, and all sockets lie in one
    private folder, which the last to die removes. ``FORKED_KERNELS=off`` in the
    environment gives ordinary kernels from the start.
"""

from forked_kernels.folder import private_folder, remove_abandoned_folders
from forked_kernels.server import PreloadError, kill_kernels, lost, serve

__all__ = [
    "PreloadError",
    "kill_kernels",
    "lost",
    "private_folder",
    "remove_abandoned_folders",
    "serve",
]
