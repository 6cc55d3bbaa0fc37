"""Series and reference values that the tests of the inference share.

The expected values in ``tests/reference/inference.json`` come from R and are made by
``tests/reference/inference.R``, which names its packages and versions.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import statsmodels.api as sm
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rfe_labour import inference

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "reference" / "inference.json").read_text()
)
REGIONS = REFERENCE["regions"]
SIX_DIGITS = 1e-6

BUMPY = np.array([3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0])
STEPS = np.arange(1.0, 9.0)


series = hnp.arrays(
    np.float64,
    st.integers(5, 14),
    elements=st.integers(-10_000, 10_000).map(lambda hundredths: hundredths / 100),
)


def years(y: np.ndarray) -> np.ndarray:
    return np.arange(1992.0, 1992 + len(y))


def line(y: npt.ArrayLike, x: npt.ArrayLike) -> Any:
    """Fit a straight line as the chapters do, but to arrays and on x as it is."""
    design = sm.add_constant(np.asarray(x, dtype=np.float64))
    return sm.OLS(np.asarray(y), design).fit(cov_type="HC3", use_t=True)


def slope_of(fit: Any, level: float = 0.95) -> pd.Series:
    """Take the row of `compare` for one model."""
    return inference.compare({"fit": fit}, level).loc["fit"]
