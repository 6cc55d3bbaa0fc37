"""The book's figures, each a picture with a text that says what a reader would see."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from rfe_labour.article import RegionalTable


class _OfRegions(dict[str, str]):
    """A property of each region, with one for those that are not the article's."""

    def __init__(self, known: dict[str, str], default: str) -> None:
        super().__init__(known)
        self.default = default

    def __missing__(self, region: str) -> str:
        return self.default


# Colours of Okabe and Ito (2008), told apart by colour-blind readers and, with the
# markers, in grey print. A region keeps its own through the whole book.
# A region that a reader added is drawn as the default.
COLOURS = _OfRegions(
    {"primorye": "#0072B2", "khabarovsk": "#D55E00", "amur": "#009E73"},
    default="#CC79A7",
)
MARKERS = _OfRegions({"primorye": "o", "khabarovsk": "s", "amur": "^"}, default="D")
INK = "#333333"
PALE = "#9a9a9a"

_STYLE: dict[Any, Any] = {
    "axes.facecolor": "white",
    "axes.labelsize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "grid.color": "#e3e3e3",
    "svg.hashsalt": "rfe-labour",
    "text.color": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}


@dataclass(frozen=True)
class Picture:
    """A figure and its alternative text.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    alt : str
        What a reader would see in it, for those who cannot.
    """

    figure: Figure
    alt: str

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """Show the picture in Jupyter, as the same bytes every time."""
        buffer = io.StringIO()
        with style():
            self.figure.savefig(buffer, format="svg", metadata={"Date": None})
        mime = "image/svg+xml"
        return {mime: buffer.getvalue()}, {mime: {"alt": self.alt}}


def workers_and_share(table: pd.DataFrame, about: RegionalTable) -> Picture:
    """Draw the printed workers above their printed share, with its rounding band.

    Parameters
    ----------
    table : pandas.DataFrame, shape (years, 8)
        As `rfe_labour.tables.regional_table` returns it.
    about : RegionalTable
        Which table of the article it is.
    """
    first, last = table.iloc[0], table.iloc[-1]
    workers = (
        f"{about.region_name}: {first.workers:,.0f} workers in {table.index[0]}, "
        f"{last.workers:,.0f} in {table.index[-1]}"
    )
    share = f"Their share: {first.share:g}% in {table.index[0]}, {last.share:g}%"
    share += f" in {table.index[-1]}"
    with open_panels(rows=2, height=5.4) as (figure, (top, bottom)):
        _line(top, table["workers"], about.region)
        label(top, workers, "workers")
        _line(bottom, table["share"], about.region)
        bottom.fill_between(
            table.index,
            table["share_lower"],
            table["share_upper"],
            color=COLOURS[about.region],
            alpha=0.3,
            linewidth=0,
        )
        label(bottom, share, "% of foreign workers")
        label_years(bottom, table.index)
    alt = (
        f"Two line charts over the years {table.index[0]} to {table.index[-1]}. Above, "
        f"North Korean workers in {about.region_name}: {course(table['workers'])}. "
        "Below, their share of all foreign workers in per cent, with a band for the "
        f"rounding of each printed figure: {course(table['share'])}."
    )
    return Picture(figure, alt)


def implied_foreign(table: pd.DataFrame, about: RegionalTable) -> Picture:
    """Draw all foreign workers that workers and share imply, as intervals.

    Parameters
    ----------
    table : pandas.DataFrame, shape (years, 8)
        As `rfe_labour.tables.regional_table` returns it.
    about : RegionalTable
        Which table of the article it is.
    """
    first, last = table.iloc[0], table.iloc[-1]
    with open_panels(rows=1, height=3.2) as (figure, (axes,)):
        _line(axes, table["foreign"], about.region)
        axes.vlines(
            table.index,
            table["foreign_lower"],
            table["foreign_upper"],
            color=COLOURS[about.region],
            linewidth=5,
            alpha=0.4,
        )
        title = (
            f"All foreign workers in {about.region_name}, as implied:\n"
            f"about {_round(first.foreign)} in {table.index[0]}, "
            f"{_round(last.foreign)} in {table.index[-1]}"
        )
        label(axes, title, "foreign workers")
        label_years(axes, table.index)
    alt = (
        f"Line chart of the foreign workers in {about.region_name} that each printed "
        "pair of workers and share implies, with a vertical bar for what the rounding "
        f"of the share leaves open: {course(table['foreign'].round(-2))}."
    )
    return Picture(figure, alt)


def decomposition(steps: pd.DataFrame, about: RegionalTable) -> Picture:
    """Draw each year's change of workers as the sum of its two parts.

    Parameters
    ----------
    steps : pandas.DataFrame, shape (years - 1, 7)
        As `rfe_labour.tables.decomposition` returns it.
    about : RegionalTable
        Which table of the article it is.
    """
    import seaborn as sns  # brings statsmodels: slow, and most pages can do without

    parts = {
        "dln_share": ("share", COLOURS[about.region], ""),
        "dln_foreign": ("foreign workers", "#d0d0d0", "///"),
    }
    long = steps.melt("to_year", list(parts), var_name="part", value_name="change")
    with open_panels(rows=1, height=3.6) as (figure, (axes,)):
        sns.barplot(
            long,
            x="to_year",
            y="change",
            hue="part",
            palette={part: colour for part, (_, colour, _) in parts.items()},
            saturation=1,
            edgecolor=INK,
            linewidth=0.6,
            errorbar=None,
            legend=False,
            ax=axes,
        )
        for bars, (name, _, hatch) in zip(axes.containers, parts.values(), strict=True):
            for bar in bars:
                bar.set_hatch(hatch)
            bars.set_label(f"change of {name}")
        axes.plot(
            range(len(steps)),
            steps["dln_workers"],
            linestyle="none",
            marker="D",
            color=INK,
            label="change of workers: the sum of the two",
        )
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.legend(frameon=False, fontsize=9, loc="best")
        label(axes, _decomposition_title(steps, about), "change in log points")
        axes.set_xlabel("change to this year from the year before")
        axes.tick_params(axis="x", rotation=45)
    alt = (
        "Paired bars for each year: how much of the change of workers in "
        f"{about.region_name}, in log points, comes from their share and how much from "
        "the number of all foreign workers; a diamond marks the sum. "
        + "; ".join(
            f"{row.to_year:.0f}: share {row.dln_share:+.2f}, foreign workers "
            f"{row.dln_foreign:+.2f}, workers {row.dln_workers:+.2f}"
            for row in steps.itertuples()
        )
        + "."
    )
    return Picture(figure, alt)


def stated_and_summed(
    comparison: pd.DataFrame, regions: dict[str, RegionalTable]
) -> Picture:
    """Draw the stated Far East totals above the stacked regional figures.

    Parameters
    ----------
    comparison : pandas.DataFrame, shape (years, regions + 9)
        As `rfe_labour.checks.totals.compare` returns it.
    regions : dict of str to RegionalTable
        The regions of `comparison`, in the order in which they are stacked.
    """
    years = comparison.index.astype(int)
    with open_panels(rows=1, height=4.2) as (figure, (axes,)):
        base = pd.Series(0, index=comparison.index)
        for (region, about), hatch in zip(
            regions.items(), ("", "///", "..."), strict=True
        ):
            axes.bar(
                years,
                comparison[region],
                bottom=base,
                color=COLOURS[region],
                edgecolor="white",
                hatch=hatch,
                label=f"{about.region_name} (Table {about.number})",
            )
            base += comparison[region]
        axes.plot(
            years,
            comparison["stated"],
            color=INK,
            marker="D",
            label="stated for the Far East",
        )
        axes.legend(frameon=False, fontsize=9, ncols=2, loc="upper left")
        axes.set_ylim(0, comparison["stated"].max() * 1.35)
        low, high = comparison["coverage"].min(), comparison["coverage"].max()
        title = f"The three tables hold {low:.0%} to {high:.0%} of the stated totals"
        label(axes, title, "North Korean workers")
        label_years(axes, comparison.index)
    alt = (
        "Stacked bars of the workers in the three regional tables, and a line with the "
        "total that the article states for the Russian Far East. "
        + "; ".join(
            f"{year}: stated {row.stated:,}, regions together {row.regional_sum:,}"
            for year, row in zip(years, comparison.itertuples(), strict=True)
        )
        + "."
    )
    return Picture(figure, alt)


@contextmanager
def open_panels(rows: int, height: float) -> Iterator[tuple[Figure, list[Axes]]]:
    """Open a figure of `rows` panels, `height` inches high, in the book's style."""
    with style():
        figure = Figure(figsize=(6.4, height))
        axes = figure.subplots(rows, 1, sharex=True, squeeze=False)[:, 0]
        yield figure, list(axes)


@contextmanager
def style() -> Iterator[None]:
    """Draw in the book's style, whatever the reader's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def _line(axes: Axes, values: pd.Series, region: str) -> None:
    import seaborn as sns  # as above

    sns.lineplot(
        x=values.index,
        y=values.to_numpy(),
        color=COLOURS[region],
        marker=MARKERS[region],
        markersize=7,
        errorbar=None,
        ax=axes,
    )


def label(axes: Axes, title: str, unit: str) -> None:
    """Give a panel its title and unit; an axis of amounts starts at 0."""
    axes.set_title(title)
    axes.set_ylabel(unit)
    axes.set_xlabel("")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    if axes.get_ylim()[0] >= 0:
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def label_years(axes: Axes, years: pd.Index) -> None:
    """Label every year of the horizontal axis."""
    axes.set_xticks(years)
    axes.tick_params(axis="x", rotation=45)
    axes.set_xlabel("year")


def _decomposition_title(steps: pd.DataFrame, about: RegionalTable) -> str:
    total = steps[["dln_workers", "dln_share", "dln_foreign"]].sum()
    years = f"{steps['from_year'].iloc[0]}–{steps['to_year'].iloc[-1]}"
    title = (
        f"{about.region_name}, {years}: workers {total['dln_workers']:+.2f},\n"
        f"share {total['dln_share']:+.2f}, foreign workers {total['dln_foreign']:+.2f}"
    )
    return title.replace("-", "−")


def _round(value: float) -> str:
    return f"{round(value, -2):,.0f}"


def course(values: pd.Series) -> str:
    """Tell the first, lowest, highest and last value of a series."""
    return (
        f"{values.iloc[0]:,g} in {values.index[0]}, lowest {values.min():,g} in "
        f"{values.idxmin()}, highest {values.max():,g} in {values.idxmax()}, "
        f"{values.iloc[-1]:,g} in {values.index[-1]}"
    )
