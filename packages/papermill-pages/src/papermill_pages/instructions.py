"""Which of a processor's instructions numerical libraries take in a kernel.

NumPy, OpenBLAS, MKL and the C library hold several versions of their functions, one for
each generation of processors, and take the newest that runs. They add in another order
or round once where another rounds twice, so that the last digits of a result depend on
the machine. Each library has a variable of its own that keeps it to the oldest version,
which runs on all processors of an architecture.
"""

from __future__ import annotations

import os
import platform

NATIVE, BASELINE = "native", "baseline"

_ARCHITECTURES = ("x86_64", "amd64")
"""Those on which the versions differ, and on which this was tried."""

_ENVIRONMENT = {
    # OpenBLAS, in the wheels of NumPy and SciPy: its oldest core of 64 bits.
    "OPENBLAS_CORETYPE": "Prescott",
    # Intel's MKL, in some packages of conda.
    "MKL_CBWR": "COMPATIBLE",
}

# The mathematical functions of glibc have versions for these. Names that a release does
# not know are no error: until 2.32, two of them had others.
_OF_GLIBC = "glibc.cpu.hwcaps"
_NOT_IN_GLIBC = ("AVX", "AVX2", "AVX2_Usable", "FMA", "FMA_Usable", "FMA4")


def keep_to_baseline() -> None:
    """Let what starts with this environment use what all processors have.

    On another architecture than x86-64, nothing is changed.
    """
    if platform.machine().lower() not in _ARCHITECTURES:
        return
    os.environ.update(_ENVIRONMENT)
    others = [
        tunable
        for tunable in os.environ.get("GLIBC_TUNABLES", "").split(":")
        if tunable and not tunable.startswith(f"{_OF_GLIBC}=")
    ]
    without = ",".join(f"-{name}" for name in _NOT_IN_GLIBC)
    os.environ["GLIBC_TUNABLES"] = ":".join([*others, f"{_OF_GLIBC}={without}"])
    # NumPy refuses to be imported if both variables are set.
    os.environ.pop("NPY_ENABLE_CPU_FEATURES", None)
    os.environ.pop("NPY_DISABLE_CPU_FEATURES", None)
    if features := _features_of_numpy():
        os.environ["NPY_DISABLE_CPU_FEATURES"] = " ".join(features)


def _features_of_numpy() -> list[str]:
    """Return for what NumPy has versions beside its oldest; nothing without NumPy."""
    try:
        import numpy as np
    except ImportError:
        return []
    found = np.show_config(mode="dicts") or {}
    known = found.get("SIMD Extensions", {})
    return [*known.get("found", ()), *known.get("not found", ())]
