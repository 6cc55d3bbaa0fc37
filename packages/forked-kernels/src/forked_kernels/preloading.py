"""Imports in the server's process that have the same effect there as in a kernel.

Most modules do the same wherever they are imported. Some ask where they are (pandas
shows other tables in a notebook than in a terminal): they get the answers of a kernel.
And some do what a fork does not inherit, or what a notebook that does not import them
must not see: they hook themselves into the shell, start a thread, seed a random
generator, change the settings of others. They are found by watching each module while
it is imported, and are left to the kernels, with those that import them.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import decimal
import importlib
import importlib.util
import io
import json
import locale
import logging
import os
import random
import re
import signal
import socket
import sys
import threading
import time
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path
from typing import Any, NamedTuple

from forked_kernels.insides import (
    ENVIRONMENT_OF_KERNELS,
    THREADS_THAT_FORK,
    options_of_pandas,
    shell_is,
)
from forked_kernels.server import PreloadError

_ROUNDS = 6
_SECONDS_TO_END = 0.2  # for threads that are told to
_SEEDED = 624  # where a Mersenne Twister stands that was just seeded
_NAMED = 5  # modules to preload in place of one
_SECONDS_WORTH_NAMING = 0.01


class NotSettled(Exception):
    """In each round, other modules are left to the kernels."""


class _Left(BaseException):
    """Ends the import of a module that needs one which is left to the kernels.

    No ``except Exception`` of that module may go on without it.
    """


@dataclass
class Plan:
    """What to import, and what was found to be left to the kernels.

    What a module has done that is to be left to them is undone by a new process, which
    is given the plan as JSON.
    """

    modules: list[str]
    culprits: dict[str, str] = field(default_factory=dict)  # and what each does
    left: dict[str, str] = field(default_factory=dict)  # and the culprit of each
    seconds: dict[str, float] = field(default_factory=dict)  # that each culprit costs
    others: list[str] = field(default_factory=list)  # that were imported with them
    # What those that are left import themselves, by culprit, and how long that takes.
    imports: dict[str, dict[str, float]] = field(default_factory=dict)
    rounds: int = 1

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        return json.dumps(vars(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read what `to_json` returned."""
        return cls(**json.loads(text))

    def lines(self) -> list[str]:
        """Say in a line for each culprit what is not preloaded, and what helps."""
        lines = []
        for culprit, does in self.culprits.items():
            asked = [it for it in self.modules if self.culprit_of(it) == culprit]
            names = ", ".join(asked or [culprit])
            several = len(asked) > 1
            who = "it" if names == culprit else culprit
            line = (
                f"{names} {'are' if several else 'is'} not preloaded, for {who} "
                f"{does}. Each kernel that imports {names if several else 'it'} takes "
                f"{self.seconds.get(culprit, 0):.2f} s more."
            )
            if asked:
                instead = ", ".join(self._instead_of(culprit))
                line += f" Take {'them' if several else 'it'} out of preload"
                line += f", and name {instead} instead" if instead else ""
                line += ": the server then starts sooner."
            lines.append(line)
        return lines

    def _instead_of(self, culprit: str) -> list[str]:
        """Return what takes longest of what is imported by those that are left."""
        seconds = self.imports.get(culprit, {})
        names = [
            name
            for name in sorted(seconds, key=lambda it: -seconds[it])
            if seconds[name] >= _SECONDS_WORTH_NAMING
            and name not in self.modules
            and not self.culprit_of(name)
        ]
        # A module brings the packages that it lies in.
        inner = [
            name
            for name in names
            if not any(it.startswith(f"{name}.") for it in names + self.modules)
        ]
        return inner[:_NAMED]

    def culprit_of(self, module: str) -> str | None:
        """Return because of which module this one is left to the kernels, if it is."""
        while module:
            if module in self.left:
                return self.left[module]
            module = module.rpartition(".")[0]
        return None


class Read(NamedTuple):
    """What the imports have read of their surroundings."""

    variables: frozenset[str]
    all_variables: bool  # whether one has looked through all of them
    modules: frozenset[str]  # and packages that were imported, not what lies in them
    kept: tuple[tuple[str, str], ...]  # names of modules that hold process or folder
    process: int

    def renew(self) -> None:
        """Have modules keep the number and the folder of this process."""
        for module, name in self.kept:
            value = getattr(sys.modules[module], name)
            kind = type(value)
            if kind is int:
                value = os.getpid()
            elif os.path.isabs(value):
                value = kind(os.getcwd())
            else:
                value = value.replace(str(self.process), str(os.getpid()))
            setattr(sys.modules[module], name, value)


def preload(plan: Plan) -> Read | Plan:
    """Import the modules; what the imports have read, or the plan of the next round.

    Raises
    ------
    PreloadError
        If a module does not exist or cannot be imported.
    NotSettled
        If after some rounds there is still something to leave to the kernels.
    """
    watch = _Watch(plan)
    with watch:
        for module in plan.others:
            with contextlib.suppress(Exception, _Left):
                importlib.import_module(module)
        for module in plan.modules:
            _preload_one(module, watch)
    watch.look_back()
    if watch.left == plan.left:
        modules = {name.partition(".")[0] for name in watch.seconds}
        return Read(
            frozenset(watch.read),
            watch.read_all,
            frozenset(modules),
            tuple(watch.kept),
            os.getpid(),
        )
    if plan.rounds == _ROUNDS:
        culprit, does = list(watch.culprits.items())[-1]
        raise NotSettled(f"the module {culprit!r} {does}")
    following = Plan(
        plan.modules,
        watch.culprits,
        watch.left,
        rounds=plan.rounds + 1,
        imports=plan.imports,
    )
    following.seconds = dict(plan.seconds)
    for module, seconds in watch.seconds.items():
        because_of = following.culprit_of(module)
        if because_of:
            following.seconds[because_of] = (
                following.seconds.get(because_of, 0) + seconds
            )
        else:
            following.others.append(module)
            importer = following.culprit_of(watch.importers[module])
            if importer:
                imports = following.imports.setdefault(importer, {})
                imports[module] = watch.took[module]
    return following


def _preload_one(module: str, watch: _Watch) -> None:
    before = len(watch.left)
    try:
        importlib.import_module(module)
    except _Left:
        return
    except Exception as error:
        if len(watch.left) > before:
            return  # it did not get what a kernel has
        if isinstance(error, FileNotFoundError) and error.filename:
            watch.blame(f"reads {error.filename} when it is imported", module)
            return
        if isinstance(error, Warning):  # so PYTHONWARNINGS may have it
            watch.blame(f"raises {type(error).__name__} when it is imported", module)
            return
        if isinstance(error, ModuleNotFoundError) and f"{module}.".startswith(
            f"{error.name}."
        ):
            message = f"there is no module {module!r} to preload ({error})"
        else:
            name = type(error).__name__
            message = f"{module!r} cannot be imported ({name}: {error})"
        raise PreloadError(message) from None


class _Watch(MetaPathFinder):
    """Has modules imported as in a kernel, and sees which of them do more."""

    def __init__(self, plan: Plan) -> None:
        self.culprits = dict(plan.culprits)
        self.left = dict(plan.left)
        self.took: dict[str, float] = {}
        self.seconds: dict[str, float] = {}  # without what a module has imported
        self.importers: dict[str, str] = {}
        self.read: set[str] = set()
        self.read_all = False
        self._importing: list[str] = []
        self._deeper = [0.0]
        self._shells: dict[str, _Shell] = {}
        self._asked_for_process: set[str] = set()
        self._stack = contextlib.ExitStack()
        self._folder = os.getcwd()
        self._printed: list[str] = []
        self.kept: list[tuple[str, str]] = []

    def __enter__(self) -> _Watch:
        stack = self._stack
        for name in ("stdout", "stderr"):
            stream = _Stream(name, self._printed)
            self._set(vars(sys), name, stream)
            stack.callback(stream.forward)
        self._set(sys.modules, "__main__", types.ModuleType("__main__"))
        for name, value in ENVIRONMENT_OF_KERNELS.items():
            if name != "MPLBACKEND" or not os.environ.get(name):
                os.environ[name] = value
        self._pretend_to_have_a_shell()
        self._listen_to_environment()
        self._listen_to_process()
        self._listen_to_loops()
        self._threads, self._states = _unsafe_threads(), _states()
        sys.meta_path.insert(0, self)
        stack.callback(sys.meta_path.remove, self)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # --- What an import sees ---

    def _set(self, names: dict[str, Any], name: str, value: Any) -> None:
        """Give something another name until the end."""
        if name in names:
            self._stack.callback(names.__setitem__, name, names[name])
        else:
            self._stack.callback(names.pop, name, None)
        names[name] = value

    def _pretend_to_have_a_shell(self) -> None:
        from IPython.core.getipython import get_ipython

        self._set(vars(builtins), "get_ipython", get_ipython)
        self._set(vars(builtins), "__IPYTHON__", True)
        self._stack.enter_context(shell_is(self._shell))

    def _shell(self) -> _Shell | None:
        if not self._importing:
            return None
        module = self._importing[-1]
        if module not in self._shells:
            self._shells[module] = _Shell(self._hooks)
        return self._shells[module]

    def _hooks(self, name: str) -> None:
        self.blame(f"uses the shell of its notebook when it is imported ({name})")

    def _listen_to_environment(self) -> None:
        watch, real = self, type(os.environ)

        class Listening(real):  # type: ignore[misc, valid-type]
            def __getitem__(self, name: str) -> str:
                watch.read.add(name)
                return str(super().__getitem__(name))

            def __iter__(self) -> Iterator[str]:
                watch.read_all = True
                return iter(super().__iter__())

        os.environ.__class__ = Listening
        self._stack.callback(setattr, os.environ, "__class__", real)

    def _listen_to_process(self) -> None:
        real = os.getpid

        def getpid() -> int:
            if self._importing:
                self._asked_for_process.add(self._importing[-1])
            return real()

        def put_back() -> None:
            os.getpid = real
            for module in map(sys.modules.get, self.seconds):
                for name, value in list(vars(module).items()) if module else ():
                    if value is getpid:
                        setattr(module, name, real)

        os.getpid = getpid
        self._stack.callback(put_back)

    def _listen_to_loops(self) -> None:
        """Notice who takes an event loop: that of a kernel is another one."""
        if sys.version_info >= (3, 14):
            return  # policies are going to be removed
        watch, real = self, asyncio.get_event_loop_policy()

        class Listening(type(real)):  # type: ignore[misc]
            def get_event_loop(self) -> Any:
                watch.blame("takes the event loop when it is imported")
                return super().get_event_loop()

            def new_event_loop(self) -> Any:
                watch.blame("makes an event loop when it is imported")
                return super().new_event_loop()

        asyncio.set_event_loop_policy(Listening())
        self._stack.callback(asyncio.set_event_loop_policy, real)

    # --- Each import ---

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """Find a module as is usual, and watch it while it is imported."""
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find and finder is not self else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _WatchingLoader(spec.loader, self)
                return spec
        return None

    @contextlib.contextmanager
    def importing(self, name: str) -> Iterator[None]:
        """Watch what a module does, without those that it imports."""
        began = time.perf_counter()
        outer = self._importing[-1].partition(".")[0] if self._importing else ""
        package = name.partition(".")[0]
        if outer != package:
            self._look_around(outer)
        self._importing.append(name)
        self._deeper.append(0.0)
        try:
            if name in self.left:
                for importer in self._importing:
                    self.left.setdefault(importer, self.left[name])
                raise _Left
            yield
        finally:
            if outer != package:  # within a package it is seen a little later
                self._look_around(package)
            self._importing.pop()
            took, deeper = time.perf_counter() - began, self._deeper.pop()
            self._deeper[-1] += took
            self.took[name] = self.took.get(name, 0) + took
            self.importers[name] = self._importing[-1] if self._importing else ""
            self.seconds[name] = self.seconds.get(name, 0) + took - deeper

    def blame(self, does: str, module: str = "") -> None:
        """Leave a module, by default the one that is imported, to the kernels."""
        if not module:
            if not self._importing:
                return
            module = self._importing[-1]
            for importer in self._importing:
                self.left.setdefault(importer, module)
        self.culprits.setdefault(module, does)
        self.left.setdefault(module, module)

    def _look_around(self, package: str) -> None:
        """Compare with how it was before."""
        printed = "".join(self._printed)
        self._printed.clear()
        if printed:
            first = next(filter(None, printed.splitlines()), "")
            self.blame(f"writes when it is imported ({first!r})")
        threads = _threads_that_stay(len(self._threads))
        if len(threads) > len(self._threads):
            new = sorted({*threads.values()} - {*self._threads.values()})
            named = f" ({', '.join(new)})" if new else ""
            self.blame(f"starts a thread when it is imported{named}")
        self._threads = threads
        states = _states()
        for state, value in states.items():
            before = self._states[state]
            known = before is not _UNKNOWN and value not in (_UNKNOWN, None)
            if known and value != before and package != state.owner:
                self.blame(f"{state.change} when it is imported")
        self._states = states

    # --- In the end ---

    def look_back(self) -> None:
        """See what the modules have kept that is another in each kernel."""
        shells = {name: weakref.ref(it) for name, it in self._shells.items()}
        self._shells.clear()
        for name, shell in shells.items():
            if shell() is not None:
                self.blame("keeps the shell of its notebook", name)
        for module in self.seconds:
            for name, value in list(vars(sys.modules.get(module, object)).items()):
                if isinstance(value, (str, Path)) and self._folder in str(value):
                    if str(value) == self._folder:
                        self.kept.append((module, name))
                    else:
                        self.blame("keeps a path in its notebook's folder", module)
                elif module in self._asked_for_process and _has_process(value):
                    self.kept.append((module, name))


class _WatchingLoader(Loader):
    """A module's own loader, watched."""

    def __init__(self, real: Any, watch: _Watch) -> None:
        self._real = real
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_module(self, spec: Any) -> Any:
        with self._watch.importing(spec.name):
            return self._real.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__loader__ = module.__spec__.loader = self._real
        with self._watch.importing(module.__spec__.name):
            self._real.exec_module(module)


class _Shell:
    """Answers what modules ask of a notebook's shell to know that there is one."""

    def __init__(self, hooks: Callable[[str], None]) -> None:
        from traitlets.config import Config

        vars(self).update(
            _hooks=hooks,
            config=Config({"IPKernelApp": {}}),
            custom_exceptions=(),
            kernel=_Kernel(hooks),
        )

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        from ipykernel.zmqshell import ZMQInteractiveShell

        return ZMQInteractiveShell

    def has_trait(self, name: str) -> bool:
        """Tell what a shell has."""
        return bool(self.__class__.class_traits().get(name))

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__"):
            vars(self)["_hooks"](name)
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        vars(self)["_hooks"](name)


_Shell.__name__ = _Shell.__qualname__ = "ZMQInteractiveShell"  # which some ask for
_Shell.__module__ = "ipykernel.zmqshell"


class _Kernel:
    """Stands for the kernel of a shell."""

    def __init__(self, hooks: Callable[[str], None]) -> None:
        vars(self)["_hooks"] = hooks

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__"):
            vars(self)["_hooks"](f"kernel.{name}")
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        vars(self)["_hooks"](f"kernel.{name}")


class _Stream(io.TextIOBase):
    """A standard stream: what modules keep of it goes to that of their kernel."""

    encoding = "utf-8"

    def __init__(self, name: str, printed: list[str]) -> None:
        self._name = name
        self._printed: list[str] | None = printed

    def forward(self) -> None:
        """Write from now on to the stream that has the name then."""
        self._printed = None

    def write(self, text: str) -> int:
        """Write a text."""
        if self._printed is None:
            return int(getattr(sys, self._name).write(text))
        self._printed.append(text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        if self._printed is None:
            getattr(sys, self._name).flush()

    def fileno(self) -> int:
        """Return the file descriptor, which `faulthandler` and the like ask for."""
        return 1 if self._name == "stdout" else 2


def _has_process(value: Any) -> bool:
    """Tell whether a value is or contains the number of this process."""
    if type(value) not in (int, str):
        return False
    return bool(re.search(rf"(?<!\d){os.getpid()}(?!\d)", str(value)))


def threads() -> dict[str, str]:
    """Return the names of all threads, those that Python does not know of included."""
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        return {str(it.ident): it.name for it in threading.enumerate()}
    names = {}
    for task in os.listdir(tasks):
        with contextlib.suppress(OSError):  # it has just ended
            names[task] = (tasks / task / "comm").read_text().strip()
    return names


def _unsafe_threads() -> dict[str, str]:
    return {k: v for k, v in threads().items() if v not in THREADS_THAT_FORK}


def _threads_that_stay(known: int) -> dict[str, str]:
    """Return the threads when those that are about to end have ended.

    Matplotlib cancels a timer when it has looked for fonts, and does not wait for it.
    """
    until = time.monotonic() + _SECONDS_TO_END
    while len(staying := _unsafe_threads()) > known and time.monotonic() < until:
        time.sleep(_SECONDS_TO_END / 100)
    return staying


class _State(NamedTuple):
    """What an import may change for others, and how that is told."""

    change: str
    read: Callable[[], Any]
    owner: str = ""  # the package that may change it, since it is its own


_UNKNOWN = object()
_SIGNALS = [
    getattr(signal, f"SIG{name}")
    for name in ("INT", "TERM", "HUP", "QUIT", "CHLD", "ALRM", "PIPE", "USR1", "USR2")
    if hasattr(signal, f"SIG{name}")
]


def _loaded(name: str) -> Any:
    """Return a module that has been imported; None as long as it has not."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    return None if getattr(spec, "_initializing", False) else module


def _of(name: str, read: Callable[[Any], Any]) -> Callable[[], Any]:
    def of_module() -> Any:
        module = _loaded(name)
        return read(module) if module else _UNKNOWN

    return of_module


def _seed() -> Any:
    """Return the state of the generator if it stands where a seed puts it."""
    state = random.getstate()
    return state if state[1][-1] == _SEEDED else None


def _seed_of_numpy(numpy_random: Any) -> Any:
    state = numpy_random.get_state(legacy=False)["state"]
    return state["key"].tobytes() if state["pos"] == _SEEDED else None


def _filters() -> list[Any]:
    """Return the filters that are not limited to warnings of somebody's own."""
    return [
        it
        for it in warnings.filters
        if it[1] is None and it[3] is None and it[2].__module__ == "builtins"
    ]


_STATES = (
    _State("sets filters for all warnings", _filters),
    _State("replaces warnings.showwarning", lambda: warnings.showwarning),
    _State("replaces warnings.formatwarning", lambda: warnings.formatwarning),
    _State("replaces sys.excepthook", lambda: sys.excepthook),
    _State("replaces sys.displayhook", lambda: sys.displayhook),
    _State(
        "replaces signal handlers",
        lambda: [signal.getsignal(it) for it in _SIGNALS],
    ),
    _State("sets the limit of recursion", sys.getrecursionlimit),
    _State("sets the locale", lambda: locale.setlocale(locale.LC_ALL)),
    _State("changes the folder", os.getcwd),
    # pybind11 keeps what its modules share among them, as `__pybind11_internals_v4__`.
    _State(
        "adds built-in names",
        lambda: {it for it in vars(builtins) if not it.startswith("__")},
    ),
    _State("sets the default timeout of sockets", socket.getdefaulttimeout),
    _State(
        "sets the context of decimals",
        lambda: (decimal.getcontext().prec, decimal.getcontext().rounding),
    ),
    _State(
        "configures the root logger",
        lambda: (logging.root.level, [*logging.root.handlers], logging.root.disabled),
    ),
    _State("seeds the module random", _seed),
    _State("seeds numpy.random", _of("numpy.random", _seed_of_numpy), "numpy"),
    _State(
        "sets how NumPy prints",
        _of("numpy", lambda it: it.get_printoptions()),
        "numpy",
    ),
    _State("sets NumPy's errors", _of("numpy", lambda it: it.geterr()), "numpy"),
    _State(
        "sets matplotlib.rcParams",
        _of("matplotlib", lambda it: [*dict.items(it.rcParams)]),
        "matplotlib",
    ),
    _State("sets options of pandas", _of("pandas", options_of_pandas), "pandas"),
)


def _states() -> dict[_State, Any]:
    return {state: state.read() for state in _STATES}
