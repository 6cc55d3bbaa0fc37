"""Submissions of students who do not wish the teacher well.

Each is a cell put into a notebook. In those that `steal`, nothing is solved, and the
cell solves it only if its attack succeeds, by setting `got`: they earn nothing. The
others come in a solved notebook, and may keep what it solved.

The names in capitals are filled in by the test: SETS and SUBMISSIONS are folders,
SECRET is a file in the teacher's home, PORT is that of a server on this machine, PATH
is that of a socket, TEMPORARY is where the teacher's programs put theirs, OUTSIDE is a
folder, MARK is an argument by which a process is
found, and KNOWN an environment variable of the teacher's.
"""

from __future__ import annotations

from dataclasses import dataclass

SOLVE = "dry = days.count(0)\nwet_mean = sum(days) / (len(days) - dry)"


@dataclass(frozen=True)
class Hostile:
    """A cell of a hostile notebook."""

    code: str
    steal: bool = False
    statuses: tuple[str, ...] = ("graded", "crashed", "timed out")


def steal(code: str) -> Hostile:
    """Make one that solves nothing unless its attack succeeds."""
    return Hostile(f"got = False\n{code}\nif got:\n    exec({SOLVE!r})", True)


_EVERY = """\
class Every(float):
    __eq__ = __le__ = __ge__ = lambda *_: True
    __lt__ = __gt__ = __ne__ = lambda *_: True
    __sub__ = __rsub__ = __abs__ = lambda self, *_: self
    __hash__ = float.__hash__
"""
_TRY = "try:\n    {}\nexcept BaseException:\n    pass"

HOSTILE: dict[str, Hostile] = {
    # What is tested lies about itself.
    "equal to everything": Hostile(f"{_EVERY}dry = wet_mean = Every(0)", True),
    "object equal to everything": Hostile(
        "class Same:\n"
        "    def __eq__(self, other):\n        globals()['dry'] = other\n"
        "        return True\n"
        "    def __sub__(self, other):\n        return 0\n"
        "dry = wet_mean = Same()",
        True,
    ),
    "array equal to everything": Hostile(
        "import numpy as np\n"
        "class A(np.ndarray):\n"
        "    def __array_ufunc__(self, *_, **__):\n        return True\n"
        "dry = wet_mean = np.zeros(()).view(A)",
        True,
    ),
    "call home": Hostile(
        "def dry(*a, **k):\n    return 4\nwet_mean = lambda *a: 5.0", True
    ),
    # The tests, and what runs them.
    "patched tests": Hostile(
        "import otter, otter.test_files as t\n"
        "for kind in (t.TestFile, t.ExceptionTestFile):\n"
        "    kind.score = property(lambda self: 4.0)\n"
        "    kind.run = lambda self, space: None\n"
        "    kind.passed_all = property(lambda self: True)",
        True,
    ),
    "patched recorder": steal(
        "import assignment_grading.running.student as s\n"
        "s._answers = lambda *_: {'dry': {'value': ['int', '0x63']}, 'score': 4}\n"
        "s.Recorder.questions['q1'] = ['score', 'tests']\n"
        "s.Recorder.checked = [['q1', {'score': {'value': 4}}]] * 100\n"
        "got = any('hidden' in str(q) for q in s.Recorder.questions)"
    ),
    "a hundred checks": Hostile(
        "import assignment_grading.running.student as s\n"
        "s.Recorder.checked = [[f'q{n}', {}] for n in range(100)] + [['q1', 5], 7]",
        True,
    ),
    "patched json": Hostile(
        "import json\n"
        'json.dumps = lambda *_, **__: \'{"status": "graded", "scores": '
        '{"q1": 400}}\'',
        True,
    ),
    "points of its own": Hostile(
        "import json, assignment_grading.running.student as s\n"
        "s._Parcel._repr_mimebundle_ = lambda self, **_: {s._PARCEL: "
        "json.dumps([['q1', {'dry': {'value': ['float', 'nan']}, 'wet_mean': "
        "{'value': ['float', 'inf']}}]])}",
        True,
    ),
    # What lies on the disk, or in other processes.
    "solution on disk": steal(
        "import glob, os, zipfile\n"
        "for path in [*glob.glob('SETS/**', recursive=True), "
        "*glob.glob('/proc/[0-9]*/cwd/**'), "
        "*glob.glob('/proc/[0-9]*/' + 'rootSETS/**')]:\n"
        "    try:\n        got = got or bool(open(path, 'rb').read(9))\n"
        "    except OSError:\n        pass\n"
        "import fnmatch\n"
        "for top, _, files in os.walk('/'):\n"
        "    if top.startswith(('/proc', '/sys')):\n        continue\n"
        "    for name in fnmatch.filter(files, 'autograder.zip'):\n"
        "        try:\n            got = zipfile.is_zipfile(top + '/' + name) or got\n"
        "        except OSError:\n            pass"
    ),
    "a neighbour's answers": steal(
        "import glob\n"
        "for path in glob.glob('SUBMISSIONS/*'):\n"
        + "    try:\n        got = got or bool(open(path).read(9))\n"
        "    except OSError:\n        pass"
    ),
    "the teacher's home": steal(_TRY.format("got = bool(open('SECRET').read())")),
    "the teacher's environment": steal(
        "import glob, os\n"
        "got = 'KNOWN' in os.environ\n"
        "for path in glob.glob('/proc/[0-9]*/environ'):\n"
        "    try:\n        got = got or b'KNOWN' in open(path, 'rb').read()\n"
        "    except OSError:\n        pass"
    ),
    "memory of other processes": steal(
        "import glob, os, re\n"
        "for folder in glob.glob('/proc/[0-9]*'):\n"
        "    try:\n"
        "        line = open(folder + '/cmdline', 'rb').read()\n"
        "        if b'assignment-grading' in line or b'pytest' in line:\n"
        "            got = bool(open(folder + '/mem', 'rb')) or got\n"
        "    except OSError:\n        pass"
    ),
    "tests in memory": steal(
        "import re\n"
        "for line in open('/proc/self/maps'):\n"
        "    if ' rw-p ' not in line:\n        continue\n"
        "    start, end = (int(it, 16) for it in line.split()[0].split('-'))\n"
        "    try:\n"
        "        with open('/proc/self/mem', 'rb', 0) as memory:\n"
        "            memory.seek(start)\n"
        "            held = memory.read(end - start)\n"
        "        got = got or bool(re.search(rb'A dry.{1}day has 0[.]0', held))\n"
        "        del held\n"
        "    except (OSError, MemoryError, OverflowError, ValueError):\n        pass"
    ),
    "the teacher's package": steal(_TRY.format("import teachers_answers; got = True")),
    # Sockets and descriptors.
    "network": steal(
        "import socket\n"
        "for family, place in ((socket.AF_INET, ('127.0.0.1', PORT)), "
        "(socket.AF_UNIX, 'PATH')):\n"
        "    try:\n"
        "        with socket.socket(family) as s:\n"
        "            s.settimeout(2)\n            s.connect(place)\n"
        "            got = True\n"
        "    except OSError:\n        pass"
    ),
    "fork servers": steal(
        "import glob, socket\n"
        "places = [*glob.glob('TEMPORARY/**/listener-*', recursive=True), "
        "*glob.glob('TEMPORARY/forked-kernels-*/*')]\n"
        "lines = open('/proc/net/unix').read().splitlines()[1:]\n"
        "places += [l.split()[-1] for l in lines if len(l.split()) > 7]\n"
        "for place in places:\n"
        "    if 'work' in place:\n        continue\n"
        "    try:\n"
        "        with socket.socket(socket.AF_UNIX) as s:\n"
        "            s.connect(place.replace('@', chr(0), 1))\n"
        "            got = True\n"
        "    except OSError:\n        pass"
    ),
    "inherited descriptors": Hostile(
        "import json, os, struct\n"
        "forged = json.dumps({'checked': [['q1', {'dry': {'value': ['int', '0x63']}}]],"
        " 'scores': {'q1': 4}}).encode()\n"
        "for number in range(3, 256):\n"
        "    try:\n"
        "        os.set_blocking(number, False)\n"
        "        os.write(number, struct.pack('>I', len(forged)) + forged)\n"
        "    except OSError:\n        pass",
        True,
    ),
    "a length without its bytes": Hostile(
        "import ctypes, os, struct\n"
        "call = ctypes.CDLL(None, use_errno=True).syscall\n"
        "handle = call(434, os.getppid(), 0)\n"
        "for number in range(3, 64):\n"
        "    taken = call(438, handle, number, 0)\n"
        "    if taken >= 0:\n"
        "        try:\n            os.set_blocking(taken, False)\n"
        "            os.write(taken, struct.pack('>I', 40_000_000))\n"
        "        except OSError:\n            pass",
        True,
    ),
    "garbage on the channel": Hostile(
        "import ctypes, os\n"
        "call = ctypes.CDLL(None, use_errno=True).syscall\n"
        "handle = call(434, os.getppid(), 0)\n"
        "for number in range(3, 64):\n"
        "    taken = call(438, handle, number, 0)\n"
        "    if taken >= 0:\n"
        "        try:\n            os.set_blocking(taken, False)\n"
        "            os.write(taken, b'\\xff' * 10**6)\n"
        "        except OSError:\n            pass",
        True,
    ),
    # Writing where nothing of it belongs.
    "vandal": Hostile(
        "from pathlib import Path\n"
        "places = [*Path('SUBMISSIONS').glob('*'), *Path('SETS').rglob('*'), "
        "Path('SECRET'), Path('OUTSIDE'), Path.home() / '.bashrc']\n"
        "for path in places:\n"
        "    for harm in (lambda p: p.write_text('gone'), Path.unlink, "
        "lambda p: (p / 'here').write_text('here')):\n"
        "        try:\n            harm(path)\n        except OSError:\n"
        "            pass"
    ),
    "modes and dates": Hostile(
        "import os\nfrom pathlib import Path\n"
        "places = [*Path('SUBMISSIONS').glob('*'), *Path('SETS').rglob('*'), "
        "Path('SECRET'), Path('OUTSIDE/kept.txt')]\n"
        "for path in places:\n"
        "    for harm in (lambda p: p.chmod(0), lambda p: os.utime(p, (1, 1)), "
        "lambda p: os.setxattr(p, 'user.x', b'x'), lambda p: os.chown(p, 1, 1)):\n"
        "        try:\n            harm(path)\n        except OSError:\n"
        "            pass"
    ),
    "shell": Hostile(
        "%%bash\nrm -rf OUTSIDE/* SUBMISSIONS/* SETS; echo here > OUTSIDE/x"
    ),
    "system settings": Hostile(
        "import glob\n"
        "for path in ('/proc/sys/kernel/hostname', '/proc/sysrq-trigger', "
        "'/etc/hosts', '/dev/sda', '/sys/power/state'):\n"
        "    try:\n        open(path, 'r+').write('room')\n"
        "    except OSError:\n        pass"
    ),
    "mounts": Hostile(
        "import ctypes, os\n"
        "c = ctypes.CDLL(None, use_errno=True)\n"
        "c.unshare(0x10000000 | 0x20000)\n"
        "c.mount(b'/', b'/tmp', None, 4096, None)\n"
        "c.umount2(b'/proc', 2)\n"
        "c.setns(os.open('/proc/1/ns/mnt', os.O_RDONLY), 0)\n"
        "try:\n    open('OUTSIDE/x', 'w').write('here')\nexcept OSError:\n    pass"
    ),
    # Going on after the end, and taking all there is.
    "survivor": Hostile(
        "import os, subprocess, sys\n"
        "sleep = 'import time, os; os.setsid() if os.fork() == 0 else os._exit(0); "
        "time.sleep(9999)'\n"
        "subprocess.Popen([sys.executable, '-c', sleep, 'MARK'], "
        "start_new_session=True, close_fds=True, cwd='/')"
    ),
    "fork bomb": Hostile(
        "import os\n"
        "for _ in range(10_000):\n"
        "    try:\n        if os.fork() == 0:\n"
        "            import time; time.sleep(9999); os._exit(0)\n"
        "    except OSError:\n        break"
    ),
    "memory": Hostile(
        "try:\n    bytearray(10**11)\nexcept MemoryError:\n    pass\n"
        "hoard = []\n"
        "try:\n    while True:\n        hoard.append(bytearray(10**8))\n"
        "except MemoryError:\n    del hoard"
    ),
    "full disk": Hostile(
        "try:\n"
        "    for n in range(100):\n"
        "        with open(f'f{n}', 'wb') as f:\n"
        "            f.write(bytes(2 * 10**8))\n"
        "except OSError:\n    pass\n"
        "import glob, os\n"
        "for path in glob.glob('f*'):\n    os.remove(path)"
    ),
    "endless": Hostile("while True:\n    pass", statuses=("timed out",)),
    "asleep": Hostile("import time\ntime.sleep(10**6)", statuses=("timed out",)),
    "flood": Hostile("for _ in range(300):\n    print('x' * 10**6)"),
    "thread that never ends": Hostile(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(10**6,)).start()"
    ),
    # What no folder, namespace or limit of a process bounds by itself.
    "the teacher's keys": steal(
        "import ctypes, os\n"
        "add, control = {'x86_64': (248, 250), 'aarch64': (217, 219)}.get("
        "os.uname().machine, (0, 0))\n"
        "call = ctypes.CDLL(None, use_errno=True).syscall\n"
        "for ring in (-3, -4, -5):\n"
        "    got = got or bool(add and call(control, 0, ring, 0) >= 0)\n"
        "    got = got or bool(add and call(add, b'user', b'MARK', b'x', 1, ring) >= 0)"
    ),
    "limits of other processes": steal(
        "import os, resource\n"
        "it = os.getppid()\n"
        "for harm in (lambda: resource.prlimit(it, resource.RLIMIT_CPU), "
        "lambda: os.sched_setaffinity(it, {0}), "
        "lambda: os.setpriority(os.PRIO_USER, 0, 19), "
        "lambda: os.sched_setscheduler(it, os.SCHED_IDLE, os.sched_param(0))):\n"
        "    try:\n        harm()\n        got = True\n"
        "    except OSError:\n        pass"
    ),
    "memory without a limit": steal(
        "import os\n"
        + _TRY.format("os.memfd_create('x'); got = True")
        + "\nfor top in ('/tmp', '/dev', '/dev/shm', '.'):\n"
        "    try:\n        open(top + '/w', 'w').close()\n"
        "    except OSError:\n        continue\n"
        "    of = os.statvfs(top)\n"
        "    got = got or of.f_blocks * of.f_frsize > 2**30 or of.f_files > 10**6"
    ),
    "a new namespace": steal(
        "import ctypes, os\n"
        "c = ctypes.CDLL(None, use_errno=True)\n"
        "child = os.fork()\n"
        "if child == 0:\n    os._exit(7 if c.unshare(0x10000000) == 0 else 0)\n"
        "got = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7"
    ),
    "files on their way": Hostile(
        "import array, os, socket, time\n"
        "null, ends = os.open(os.devnull, os.O_RDONLY), []\n"
        "many = array.array('i', [null] * 250)\n"
        "try:\n"
        "    while True:\n"
        "        ends += socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
        "        ends[-1].setblocking(False)\n"
        "        for _ in range(8):\n"
        "            ends[-1].sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,"
        " many)])\n"
        "except OSError:\n    time.sleep(3)"
    ),
    "shared memory": Hostile(
        "import mmap, time\n"
        "kept = mmap.mmap(-1, 1200 << 20)\n"
        "for at in range(0, len(kept), 4096):\n    kept[at] = 1\n"
        "time.sleep(60)",
        statuses=("crashed", "timed out"),
    ),
    "many busy processes": Hostile(
        "import os, time\n"
        "for _ in range(40):\n"
        "    if os.fork() == 0:\n        os.setsid()\n"
        "        while True:\n            pass\n"
        "time.sleep(60)",
        statuses=("timed out",),
    ),
    # Killing.
    "kills its parents": Hostile(
        "import os, signal\n"
        "for pid in (os.getppid(), int(os.environ.get('JPY_PARENT_PID', 0)) or -1):\n"
        + "    try:\n        os.kill(pid, signal.SIGKILL)\n"
        "    except OSError:\n        pass"
    ),
    "kills everybody": Hostile(
        "import os, signal\n"
        "for pid in range(2, 60_000):\n"
        "    if pid != os.getpid():\n"
        "        try:\n            os.kill(pid, signal.SIGKILL)\n"
        "        except OSError:\n            pass"
    ),
    "stops its parent": Hostile(
        "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)",
        statuses=("timed out", "graded"),
    ),
    "ends itself": Hostile("import os\nos._exit(3)", statuses=("crashed",)),
    "violates memory": Hostile(
        "import ctypes\nctypes.string_at(0)", statuses=("crashed",)
    ),
    "closes everything": Hostile("import os\nos.closerange(0, 4096)"),
    "breaks the shell": Hostile(
        "get_ipython().run_cell = None\nget_ipython().user_ns.clear()\n"
        "import builtins\nbuiltins.__import__ = None",
        True,
    ),
    # Answers that are hard to take.
    "deep answer": Hostile("dry = []\nfor _ in range(10**5):\n    dry = [dry]", True),
    "answer in itself": Hostile("dry = []\ndry.append(dry)\nwet_mean = dry", True),
    "huge answer": Hostile("dry = list(range(10**7))\nwet_mean = 'x' * 10**8", True),
    "huge number": Hostile("dry = 1 << 10**9\nwet_mean = dry", True),
    "no number": Hostile("dry = float('nan')\nwet_mean = float('inf')", True),
    "answer without end": Hostile(
        "import itertools\ndry = itertools.count()\nwet_mean = iter(int, 1)", True
    ),
    "answer that fails": Hostile(
        "class Bad(list):\n"
        "    def __iter__(self):\n        raise SystemExit\n"
        "    def __len__(self):\n        return -1\n"
        "    __class__ = property(lambda self: 1 / 0)\n"
        "dry = wet_mean = Bad()",
        True,
    ),
    "pickle": Hostile(
        "import os\n"
        "class Boom:\n"
        "    def __reduce__(self):\n"
        "        return (os.system, ('touch OUTSIDE/pickled',))\n"
        "dry = wet_mean = Boom()",
        True,
    ),
    "text that is code": Hostile(
        'dry = \'__import__("os").system("touch OUTSIDE/run")\'\n'
        "wet_mean = '<script>alert(1)</script>\\x1b[2J\\ud800'",
        True,
    ),
}
