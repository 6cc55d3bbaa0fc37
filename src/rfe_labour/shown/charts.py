"""What all charts share: the style, a palette of regions, panels, labels and words."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

import matplotlib as mpl
import pandas as pd
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from rfe_labour.article import RegionalTable
from rfe_labour.shown.drawn import data_of, marks_of, panels_of, to_csv

Regions: TypeAlias = Mapping[str, RegionalTable]
"""Regions by their short names, in the order in which they are shown."""

# Colours of Okabe and Ito (2008), told apart by colour-blind readers and, with the
# markers, in grey print. A region keeps its own through the whole book, by its short
# and by its full name; one that a reader added has the default.
_LOOKS = {
    ("primorye", "Primorye"): ("#0072B2", "o"),
    ("khabarovsk", "Khabarovskiy Krai"): ("#D55E00", "s"),
    ("amur", "Amurskaya oblast"): ("#009E73", "^"),
}
COLOURS = defaultdict(
    lambda: "#CC79A7",
    {name: look[0] for names, look in _LOOKS.items() for name in names},
)
MARKERS = defaultdict(
    lambda: "D", {name: look[1] for names, look in _LOOKS.items() for name in names}
)
BY_REGION: dict[str, Any] = {
    "hue": "region",
    "palette": COLOURS,
    "markers": [look[1] for look in _LOOKS.values()],
    "linestyle": "none",
    "dodge": 0.5,
}
"""What `seaborn.pointplot` needs to set the regions side by side, in their order."""

WIDTH = 5.2
"""The width of every figure in inches: on a phone its letters are still legible."""

INK = "#333333"
PALE = "#9a9a9a"
LIGHT = "#d0d0d0"
DASHES = (0, (5, 2))
"""The dashes of a line that is not of a region."""

_STYLE: dict[Any, Any] = {
    "axes.facecolor": "white",
    "axes.labelsize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titley": 1.0,  # no search for ticks above the panel, of which there are none
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "figure.titlesize": 12,
    "figure.titleweight": "bold",
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "grid.color": "#e3e3e3",
    "image.composite_image": False,  # each image in an SVG keeps its own few pixels
    "lines.color": INK,  # of a line that stands for no region
    "svg.hashsalt": "rfe-labour",
    "text.color": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}


_NOTHING = dict.fromkeys(("Creator", "Date", "Format", "Type"))
"""What Matplotlib would note in a drawing about how it was made."""
_PATH = re.compile(r'(?<= d=")[^"]+')
_PLACES = re.compile(
    r'<path (?:id="[mC][\da-f_]+" )?d="[^"]+|(?<=") x="[^"]+" y="[^"]+'
)
_DECIMALS = re.compile(r"-?\d+\.\d{3,}")


def look(region: str) -> dict[str, str]:
    """Give colour and marker of a region, for one layer of seaborn or Matplotlib."""
    return {"color": COLOURS[region], "marker": MARKERS[region]}


@dataclass(frozen=True)
class Picture:
    """A figure and its alternative text.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    alt : str
        What a reader would see in it, for those who cannot.
    data : pandas.DataFrame, optional
        What it shows, where that cannot be read from the figure.
    """

    figure: Figure
    alt: str
    data: pd.DataFrame | None = None

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        """Show the picture in Jupyter, as the same bytes every time.

        It brings its data along, and the words for each mark at which a reader points.
        """
        buffer = io.StringIO()
        with style():
            # What `savefig` does, but without drawing once more for the layout alone.
            canvas: Any = FigureCanvasSVG(self.figure)
            canvas.print_svg(buffer, metadata=_NOTHING)
        bundle = {"image/svg+xml": _smaller(buffer.getvalue())}
        told: dict[str, Any] = {"alt": self.alt}
        panels = panels_of(self.figure)
        if marks := marks_of(panels):
            told["marks"] = marks
        table = data_of(panels) if self.data is None else self.data
        if len(table):
            bundle["text/csv"] = to_csv(table)
        return bundle, {"image/svg+xml": told}


def _smaller(svg: str) -> str:
    """Write a drawing with two decimals of a point, and without spaces between parts.

    Letters keep all theirs, since they are scaled, and so does what moves parts. The
    names of groups go, to which nothing refers.
    """
    svg = _PLACES.sub(lambda part: _DECIMALS.sub(_two, part[0]), svg)
    svg = _PATH.sub(lambda path: re.sub(r"\s*([A-Za-z])\s*", r"\1", path[0]), svg)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg).replace(' \n"', '"')
    return re.sub(r">\s+<", "><", svg)


def _two(number: re.Match[str]) -> str:
    return f"{round(float(number[0]), 2) + 0:.8g}"


@contextmanager
def style() -> Iterator[None]:
    """Draw in the book's style, whatever the reader's own settings are."""
    # Matplotlib examines each setting that it is given, so it is given few.
    now: Mapping[Any, Any] = mpl.rcParams
    own: dict[Any, Any] = {it: value for it, value in _settings() if now[it] != value}
    with mpl.rc_context(own):
        yield


@cache
def _settings() -> tuple[tuple[str, Any], ...]:
    """Give Matplotlib's defaults, with the book's style over them."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        # The backend is the notebook's, and would be imported if it were asked for.
        return tuple(it for it in mpl.rcParams.items() if it[0] != "backend")


@contextmanager
def figure(
    alt: str,
    rows: int = 1,
    height: float = 3.9,
    margins: tuple[float, float, float, float] | None = None,
    **layout: Any,
) -> Iterator[Any]:
    """Open a figure in the book's style, and show it when its block ends.

    Parameters
    ----------
    alt : str
        The alternative text: what a reader would see in the figure, for those who
        cannot; `tell` words the values of a frame.
    rows : int
        Number of panels, one below the other, which share the horizontal axis.
    height : float
        Height of the whole figure in inches; its width is `WIDTH`.
    margins : tuple of four floats or None
        Left, right, bottom and top edge of the panels, as parts of the figure. Figures
        that take each other's place then have their axes in one place, and are drawn
        in half the time. None fits the panels to their labels.
    **layout
        As for `matplotlib.figure.Figure.subplots`, for example ``ncols``.

    Yields
    ------
    matplotlib.axes.Axes or numpy.ndarray of them
        As `matplotlib.figure.Figure.subplots` returns them: one, or an array.
    """
    with style():
        mpl.rcParams["figure.constrained_layout.use"] = margins is None
        opened = Figure(figsize=(WIDTH, height))
        if margins:
            edges = zip(("left", "right", "bottom", "top"), margins, strict=True)
            opened.subplots_adjust(**dict(edges))
        yield opened.subplots(rows, **{"sharex": True} | layout)
    display(Picture(opened, alt))  # type: ignore[no-untyped-call]


@contextmanager
def open_panels(
    rows: int,
    height: float,
    height_ratios: Sequence[float] | None = None,
    margins: tuple[float, float, float, float] | None = None,
) -> Iterator[tuple[Figure, list[Axes]]]:
    """Open a figure of panels, one below the other, in the book's style.

    They share the horizontal axis. `height` is that of the whole figure in inches;
    without `height_ratios` the panels are equally high. `margins` are the left, right,
    bottom and top edge of the panels, as parts of the figure: figures that take each
    other's place then have their axes in one place, and are drawn in half the time.
    None fits the panels to their labels.
    """
    with style():
        mpl.rcParams["figure.constrained_layout.use"] = margins is None
        figure = Figure(figsize=(WIDTH, height))
        if margins:
            edges = zip(("left", "right", "bottom", "top"), margins, strict=True)
            figure.subplots_adjust(**dict(edges))
        axes = figure.subplots(
            rows, 1, sharex=True, squeeze=False, height_ratios=height_ratios
        )
        yield figure, list(axes[:, 0])


def label(axes: Axes, title: str, unit: str) -> None:
    """Give a panel its title and unit; an axis of amounts starts at 0."""
    axes.set_title(title)
    axes.set_ylabel(unit)
    axes.set_xlabel("")
    grid(axes, "y")
    if axes.get_ylim()[0] >= 0:
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter("{x:,.0f}")


def grid(axes: Axes, axis: Literal["x", "y"]) -> None:
    """Draw the grid of an axis behind all else."""
    axes.grid(axis=axis)
    axes.set_axisbelow(True)


def label_years(axes: Axes, years: pd.Index, step: int = 2) -> None:
    """Mark each year of the horizontal axis, and label every other one up to the last.

    `step` is the distance of two labels in years.
    """
    last = int(max(years))
    labelled = [year for year in years if (last - year) % step == 0]
    axes.set_xticks(labelled)
    axes.set_xticks(years.difference(labelled), minor=True)
    axes.set_xlabel("")


def label_rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows of a panel, the first at the top; each is 1 high."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)


def legend_below(figure: Figure, axes: Axes, columns: int = 2) -> None:
    """Put the legend below the axes, where it covers no point."""
    handles, labels = axes.get_legend_handles_labels()
    if legend := axes.get_legend():
        legend.remove()
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=columns,
        frameon=False,
        fontsize=10,
    )


def course(values: pd.Series) -> str:
    """Tell the first, lowest, highest and last value of a series."""
    return (
        f"{values.iloc[0]:,g} in {values.index[0]}, lowest {values.min():,g} in "
        f"{values.idxmin()}, highest {values.max():,g} in {values.idxmax()}, "
        f"{values.iloc[-1]:,g} in {values.index[-1]}"
    )


def tell(data: pd.DataFrame | pd.Series) -> str:
    """Tell the values of a frame in words, for an alternative text.

    Of a series by year the first, lowest, highest and last; of a frame each row with
    its columns, for example ``amur: slope 0.059, lower −0.009.`` Numbers have three
    significant digits, years all; what is missing is left out.
    """
    if isinstance(data, pd.Series):
        return course(data) + "."
    rows = zip(data.index, data.to_dict("records"), strict=True)
    return " ".join(f"{_named(row)}: {_told(columns)}." for row, columns in rows)


def _named(row: Any) -> str:
    return ", ".join(map(str, row)) if isinstance(row, tuple) else str(row)


def _told(columns: Mapping[Any, Any]) -> str:
    words = []
    for name, value in columns.items():
        if isinstance(value, float | int) and not isinstance(value, bool):
            if value != value:
                continue
            style = "d" if str(name).endswith("year") else ",.3g"
            value = format(int(value) if style == "d" else value, style)
            if "e+" in value:
                value = f"{columns[name]:,.0f}"
        words.append(f"{name} {value}".replace("-", "−"))
    return ", ".join(words)


def sentence(parts: Iterable[str], separator: str = "; ") -> str:
    """Join parts of an alternative text into one sentence."""
    return separator.join(parts) + "."
