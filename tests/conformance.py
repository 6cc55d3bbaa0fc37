"""Run the test suites of others with ordinary and with forked kernels, and compare.

``python -m tests.conformance`` fetches the source distributions of nbclient, papermill,
jupyter_client, ipykernel and jupyter_kernel_test, in the versions of `uv.lock` as far
as it has them, and installs them in an environment of their own. Each suite is run
twice. A test that passes with ordinary kernels and not with forked ones is tried again;
one that never passes makes the exit code 1. A name of a suite has that one run alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from importlib import metadata
from pathlib import Path

from tests.source_files import ROOT

# Where the tests of each stand in its source distribution.
SUITES = {
    "nbclient": "tests",
    "papermill": "papermill/tests",
    "jupyter_client": "tests",
    "ipykernel": "tests",
    "jupyter_kernel_test": "test_ipykernel.py",
}
OTHERS = {"jupyter_kernel_test": "0.7.0"}  # which nothing here needs but this
TRIES = 3
SECONDS_PER_TEST = 120

WITH = """
import sys, pytest, forked_kernels
if sys.argv.pop(1) == "forked":
    with forked_kernels.serve():
        sys.exit(pytest.main(sys.argv[1:]))
sys.exit(pytest.main(sys.argv[1:]))
"""


def main(chosen: list[str]) -> int:
    """Compare the suites, by default all, and return the exit code."""
    wrong = []
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        python = _install(Path(folder))
        for name in chosen or SUITES:
            suite = _fetch(name, Path(folder))
            differing = compare(python, suite, SUITES[name])
            wrong += [f"{name}: {it}" for it in differing]
    lines = [
        "",
        *(wrong or ["No test of theirs fails with forked kernels that else passes."]),
    ]
    print("\n".join(lines))
    return int(bool(wrong))


def compare(python: Path, suite: Path, tests: str) -> list[str]:
    """Return the tests that pass with ordinary kernels and never with forked ones."""
    ordinary = outcomes(python, suite, [tests], "ordinary")
    forked = outcomes(python, suite, [tests], "forked")
    passed = sum(it == "passed" for it in ordinary.values())
    print(f"{suite.name}: {passed} of {len(ordinary)} pass with ordinary kernels, ")
    differing = worse(ordinary, forked)
    for _ in range(TRIES - 1):
        if not differing:
            break
        print("  to be tried again:", *differing, sep="\n    ", flush=True)
        again = outcomes(python, suite, [tests, "-k", _alone(differing)], "forked")
        differing = [it for it in differing if again.get(it) != "passed"]
    print(f"  {passed - len(differing)} of these with forked ones", flush=True)
    return differing


def worse(ordinary: dict[str, str], forked: dict[str, str]) -> list[str]:
    """Return the names of the tests that pass with ordinary kernels alone.

    One that was not run with forked ones, since something ended the run, is one.
    """
    passed = [name for name, outcome in ordinary.items() if outcome == "passed"]
    return [name for name in passed if forked.get(name) != "passed"]


def outcomes(
    python: Path, suite: Path, arguments: list[str], kernels: str
) -> dict[str, str]:
    """Run tests and return how each of them ended."""
    report = suite.parent / f"{suite.name}-{kernels}.xml"
    report.unlink(missing_ok=True)
    options = [f"--junitxml={report}", "-q", "--no-header", "-p", "no:cacheprovider"]
    options += ["-o", "asyncio_default_fixture_loop_scope=function"]  # else it warns
    limit = [f"--timeout={SECONDS_PER_TEST}", "--timeout-method=signal"]
    done = subprocess.run(
        [python, "-c", WITH, kernels, *options, *limit, *arguments],
        cwd=suite,
        env=clean_environment(suite.parent / "environment"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if not report.exists():
        print(done.stdout)
        raise SystemExit(f"{suite.name} was not run to its end ({kernels} kernels)")
    return read_report(report)


def read_report(report: Path) -> dict[str, str]:
    """Return the outcome of each test of a JUnit report, by its name."""
    ended = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        name = f"{case.get('classname')}::{case.get('name')}"
        kinds = {it.tag for it in case}
        if kinds & {"failure", "error"}:
            ended[name] = "failed"
        elif ended.get(name) != "failed":
            ended[name] = "skipped" if "skipped" in kinds else "passed"
    return ended


def _alone(names: list[str]) -> str:
    """Return an expression that selects tests by the names of their functions."""
    functions = {name.rpartition("::")[2].partition("[")[0] for name in names}
    return " or ".join(sorted(functions))


def _install(folder: Path) -> Path:
    """Install the suites' packages and `forked-kernels`, and return the interpreter."""
    environment = folder / "environment"
    uv("venv", "--quiet", "--seed", "--python", sys.executable, environment)
    python = environment / "bin" / "python"
    wanted = [
        f"{name}[test]=={_version(name)}" for name in SUITES if name not in OTHERS
    ]
    wanted += [f"{name}=={version}" for name, version in OTHERS.items()]
    package = ROOT / "packages" / "forked-kernels"
    uv("pip", "install", "--quiet", "--python", python, *wanted, package)
    return python


def _fetch(name: str, folder: Path) -> Path:
    """Fetch a source distribution, and return where it is unpacked."""
    python, version = folder / "environment" / "bin" / "python", _version(name)
    options = ["--quiet", "--no-deps", "--no-binary", name, "--dest", folder]
    wanted = f"{name}=={version}"
    pip = [python, "-m", "pip", "download"]
    subprocess.run([*pip, *options, wanted], check=True)
    (archive,) = folder.glob(f"{name}-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def _version(name: str) -> str:
    return OTHERS.get(name) or metadata.version(name)


def clean_environment(environment: Path) -> dict[str, str]:
    """Return our variables but those of Python and Jupyter, with these programs first.

    What a developer or a continuous integration sets there is not what is compared.
    """
    names = ("PYTEST", "PYTHON", "JUPYTER", "IPYTHON", "VIRTUAL_ENV", "FORKED_KERNELS")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(names)}
    return {**kept, "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def uv(*arguments: str | Path) -> None:
    """Run uv, which installs."""
    program = shutil.which("uv") or Path(sys.executable).with_name("uv")
    subprocess.run([program, *arguments], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
