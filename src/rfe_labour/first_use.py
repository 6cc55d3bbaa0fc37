"""What libraries prepare at their first use, done once before kernels are forked.

patsy compiles its operators, Matplotlib looks for its font and reads its letters, and
the descriptor of the data is parsed: each notebook would do so anew. Importing this
module fits a line and draws a figure, and leaves nothing behind but what these
libraries keep for themselves. A notebook still reads every file; what has the same text
is not parsed again.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from matplotlib.figure import Figure

from rfe_labour import data, inference
from rfe_labour.shown import charts


def _fit(frame: pd.DataFrame) -> None:
    line = smf.ols("np.log(workers) ~ center(year)", frame)
    growth = line.fit(cov_type="HC3", use_t=True)
    ar1 = inference.ar1_monte_carlo(growth, np.random.default_rng(0), 99)
    inference.compare({"ar1": ar1, "ewc": inference.ewc(growth), "hc3": growth}, 0.95)


def _draw(frame: pd.DataFrame) -> None:
    with charts.style():
        figure = Figure(figsize=(charts.WIDTH, 2))
        axes = figure.subplots()
        axes.plot(frame["year"], frame["workers"], "o-")
        axes.fill_between(frame["year"], frame["workers"])
        charts.label(axes, "First years, 0123456789 %", "workers −1,000.5")
    charts.Picture(figure, "")._repr_mimebundle_()


_years = range(1992, 2006)
_frame = pd.DataFrame({"year": _years, "workers": np.linspace(1, 2, len(_years))})
_fit(_frame)
_draw(_frame)
with suppress(data.DataError):  # which the notebook tells that reads the data
    data.package().descriptor()
    data.package().demanded()
