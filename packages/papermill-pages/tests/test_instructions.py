"""The last digits of results, whatever instructions a processor has."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from papermill_pages.errors import PlanError
from papermill_pages.instructions import BASELINE, NATIVE
from papermill_pages.kernels import kernel_environment
from papermill_pages.plan import plan_book
from papermill_pages.settings import Settings, settings_from
from small_book import Book

X86_64 = platform.machine().lower() in ("x86_64", "amd64")
FOUND = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
"""For what NumPy has versions of its own that this processor can run."""

ON_X86_64 = pytest.mark.skipif(not X86_64, reason="elsewhere there is one version only")

# What a machine would choose; the first is what this one does.
PROCESSORS = {
    "this one": {},
    "another core for OpenBLAS": {"OPENBLAS_CORETYPE": "Nehalem"},
    "an older one for NumPy": {"NPY_DISABLE_CPU_FEATURES": " ".join(FOUND)},
    "the oldest for NumPy": {"NPY_ENABLE_CPU_FEATURES": "none"},
    "an older one for glibc": {
        "GLIBC_TUNABLES": "glibc.malloc.check=0:glibc.cpu.hwcaps=-AVX,-AVX2,-FMA"
    },
}

SUMS = """
import hashlib, math, random
import numpy as np
values = np.random.default_rng(1).normal(size=(200, 200))
linear = values @ values, np.linalg.inv(values), values[0] @ values[1]
elementwise = np.exp(values), np.log(np.abs(values)), np.sin(values)
draw = random.Random(1)
scalars = [draw.uniform(0.1, 9) for _ in range(40_000)]
functions = math.exp, math.log, math.sin, math.atan, lambda x: math.pow(x, 1.7)
of_c = [np.array([function(x) for x in scalars]) for function in functions]
for group in (linear, elementwise, of_c):
    print(hashlib.sha256(b"".join(it.tobytes() for it in group)).hexdigest())
"""
"""Prints a hash for each library: OpenBLAS, NumPy and that of C."""


def hashes(
    instructions: str, processor: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> tuple[str, ...]:
    with monkeypatch.context() as patch:
        for name, value in processor.items():
            patch.setenv(name, value)
        settings = Settings(instructions=instructions)
        with kernel_environment(settings, fork=False):
            ended = subprocess.run(
                [sys.executable, "-c", SUMS], capture_output=True, text=True, check=True
            )
        assert {name: os.environ[name] for name in processor} == processor
    assert ended.stderr == ""
    return tuple(ended.stdout.split())


@ON_X86_64
def test_on_the_baseline_every_processor_gives_the_same_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results = {
        name: hashes(BASELINE, processor, monkeypatch)
        for name, processor in PROCESSORS.items()
    }
    assert len(set(results.values())) == 1, results


@ON_X86_64
@pytest.mark.skipif("X86_V3" not in FOUND, reason="this processor is an old one")
def test_else_each_library_gives_its_own_for_a_newer_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So the test above can fail, by any of the three."""
    native = hashes(NATIVE, {}, monkeypatch)
    baseline = hashes(BASELINE, {}, monkeypatch)
    assert all(one != other for one, other in zip(native, baseline, strict=True)), (
        native
    )


@ON_X86_64
def test_numpy_has_no_version_left_to_choose() -> None:
    """By its own report, which a newer NumPy may word differently."""
    report = "import numpy; print(numpy.show_config(mode='dicts')['SIMD Extensions'])"
    with kernel_environment(Settings(instructions=BASELINE), fork=False):
        shown = subprocess.run(
            [sys.executable, "-c", report], capture_output=True, text=True, check=True
        ).stdout
    assert "'baseline'" in shown
    assert "'found'" not in shown


def test_what_else_the_c_library_was_told_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "AMD64")
    monkeypatch.setenv(
        "GLIBC_TUNABLES", "glibc.cpu.hwcaps=-SSE4_1:glibc.malloc.check=0"
    )
    with kernel_environment(Settings(instructions=BASELINE), fork=False):
        first, second = os.environ["GLIBC_TUNABLES"].split(":")
    assert first == "glibc.malloc.check=0"
    assert second.startswith("glibc.cpu.hwcaps=-AVX,-AVX2,")


@pytest.mark.parametrize(
    ("instructions", "machine"), [(NATIVE, "x86_64"), (BASELINE, "aarch64")]
)
def test_a_reader_s_own_choice_is_kept_where_nothing_is_set(
    instructions: str, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    given = {"OPENBLAS_CORETYPE": "ARMV8", "NPY_ENABLE_CPU_FEATURES": "ASIMDHP"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with kernel_environment(Settings(instructions=instructions), fork=False):
        assert {name: os.environ[name] for name in given} == given
        assert "MKL_CBWR" not in os.environ


@pytest.mark.parametrize("other", [{"instructions": BASELINE}, {"threads": 2}])
def test_pages_are_stale_if_what_their_last_digits_depend_on_is_set_anew(
    book: Book, other: dict[str, Any]
) -> None:
    def read(settings: Settings) -> dict[str, str]:
        sources = plan_book(book.root, settings).sources["chapter"]
        return {name: node.hash for name, node in sources.items()}

    before = read(Settings())
    assert read(Settings(jobs=3)) == before
    assert read(Settings(**other)) != before


def test_no_other_word_is_taken() -> None:
    with pytest.raises(PlanError, match="must be native or baseline, not 'old'"):
        settings_from({"instructions": "old"})
