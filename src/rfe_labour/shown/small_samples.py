"""The chapter on tests in small samples: `sizes`, from ``small_samples.size_table``.

`level` is the nominal size, drawn as a line.
"""

from __future__ import annotations

import pandas as pd

from rfe_labour.models.small_samples import METHODS
from rfe_labour.shown import charts
from rfe_labour.shown.charts import INK, Picture, sentence
from rfe_labour.shown.markdown import Markdown, write_table


def test_sizes(sizes: pd.DataFrame, level: float) -> Picture:
    """Draw how often each method finds a trend where there is none."""
    methods = list(sizes["method"].unique())
    looks = {0.0: ("o", "#56B4E9"), 0.4: ("s", "#999999"), 0.7: ("^", INK)}
    by_length = {
        n: sizes[sizes["n"] == n].pivot_table("size", "method", "rho").loc[methods]
        for n in sorted(sizes["n"].unique())
    }
    height = 3.1 * len(by_length)
    with charts.open_panels(rows=len(by_length), height=height) as (figure, panels):
        for axes, (n, table) in zip(panels, by_length.items(), strict=True):
            for rho, (marker, colour) in looks.items():
                axes.plot(
                    table[rho],
                    range(len(methods)),
                    linestyle="none",
                    marker=marker,
                    color=colour,
                    markersize=8,
                    label=f"ρ = {rho:g}",
                )
            axes.axvline(level, color=INK, linewidth=1, linestyle=(0, (4, 3)))
            charts.label_rows(axes, methods)
            charts.grid(axes, "x")
            axes.set_xlim(0, None)
            strongest = max(looks)
            axes.set_title(
                f"{n} years: at ρ = {strongest:g}, from {table[strongest].min():.0%} "
                f"to {table[strongest].max():.0%} instead of {level:.0%}",
                x=-0.38,
            )
        panels[-1].set_xlabel("share of series without a trend in which one is found")
        charts.legend_below(figure, panels[-1], columns=3)
    alt = f"Dot plots of test sizes, with a line at the nominal {level:g}. " + " ".join(
        f"{n} years: "
        + sentence(
            f"{method} "
            + ", ".join(f"{size:.2f} at ρ = {rho:g}" for rho, size in row.items())
            for method, row in table.to_dict("index").items()
        )
        for n, table in by_length.items()
    )
    return Picture(figure, alt)


def test_sizes_table(sizes: pd.DataFrame, level: float) -> Markdown:
    """List how often each method finds a trend that is not there.

    The lengths and coefficients are the default ones. At the level 0.05, what the
    methods were planned by stands in parentheses.
    """
    table = sizes.pivot_table("size", "method", ["rho", "n"])
    rows = []
    for method in METHODS.values():
        row = [f"{size:.3f}" for size in table.loc[method.name]]
        if level == 0.05 and method.planned:
            pairs = zip(row, method.planned, strict=True)
            row = [f"{size} ({planned:.2f})" for size, planned in pairs]
        rows.append([method.name, *row])
    rho, n = (table.columns.get_level_values(name) for name in ("rho", "n"))
    header = ["method", *map("ρ = {:g}, n = {}".format, rho, n)]
    return write_table(header, rows, "l" + "r" * table.shape[1])
