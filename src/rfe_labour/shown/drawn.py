"""What a chart says: its points, read from what Matplotlib has drawn.

The words are those that a reader sees: titles, labels of axes, names of ticks and of
the legend. What has no name there is called by its label, if that tells it from others
of its panel, or by what it looks like, as captions do.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.category import StrCategoryFormatter
from matplotlib.collections import (
    FillBetweenPolyCollection,
    LineCollection,
    PathCollection,
    QuadMesh,
)
from matplotlib.colors import to_rgb
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.ticker import FixedFormatter, FuncFormatter

MOST_MARKS = 130
"""A chart with more points tells none of them under the pointer."""

_SHAPES = {"o": "dot", "X": "cross", "s": "square", "D": "diamond", "^": "triangle"}
_YEARS = range(1900, 2101)
_NONE = ("", " ", "None", "none", None)
"""How Matplotlib says that a line has no markers."""
_OF_NAMES = (FixedFormatter, FuncFormatter, StrCategoryFormatter)
"""What formats ticks that have names."""


@dataclass(frozen=True)
class Point:
    """What is drawn at one place; a curve and a band have many.

    Attributes
    ----------
    x, y : float
        The place in units of the axes; NaN across an interval without a point.
    series : str
        To what it belongs.
    looks : str
        What it looks like, if the figure does not name its series.
    is_mark : bool
        Whether a reader can point at it.
    line : int
        Which line of its panel it lies on, from 1; 0 if on none.
    value : float, optional
        What it tells beyond its place: the length of a bar, the cell of a heatmap.
    intervals : tuple of tuple of float
        Lower and upper end of what is drawn around it, the widest first.
    """

    x: float
    y: float
    series: str = ""
    looks: str = ""
    is_mark: bool = True
    line: int = 0
    value: float | None = None
    intervals: tuple[tuple[float, float], ...] = ()


class Interval(NamedTuple):
    """A line that spans values along one axis, at one place of the other."""

    along: Literal["x", "y"]
    at: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Scale:
    """One axis of a panel.

    Attributes
    ----------
    label : str
        Its label, or what stands for one.
    names : dict of float to str
        The names of its places, if they have any.
    years, percent : bool
        Whether its numbers are years, or parts of one that are written as per cent.
    """

    label: str
    names: dict[float, str]
    years: bool
    percent: bool

    @property
    def unit(self) -> str:
        """What stands behind the last comma of the label."""
        return self.label.rpartition(", ")[2]

    def of(self, value: float) -> Any:
        """Give a position as data: a name, a year or a number."""
        if self.names and not math.isnan(value):
            return self.names[min(self.names, key=lambda place: abs(place - value))]
        return int(value) if self.years else value

    def told(self, value: float) -> str:
        """Tell a position in words."""
        if self.names or self.years:
            return str(self.of(value))
        # A symbol behind a comma, or else what is counted.
        name = self.unit if " " not in self.unit else self.label.partition(",")[0]
        return f"{name} {numbers(value)[0]}"


@dataclass(frozen=True)
class Panel:
    """The axes of a figure, with what is drawn in them."""

    axes: Axes
    title: str
    x: Scale
    y: Scale
    points: list[Point]

    @property
    def is_grid(self) -> bool:
        """Whether it is a heatmap."""
        return any(isinstance(it, QuadMesh) for it in self.axes.collections)

    @property
    def lies(self) -> bool:
        """Whether its values lie along the horizontal axis: its rows have names."""
        return bool(self.y.names) and not self.x.names


def data_of(panels: list[Panel]) -> pd.DataFrame:
    """Give what a figure shows as a tidy table.

    Its columns are ``panel`` and ``series`` where there are several, each axis by its
    label, and ``lower`` and ``upper`` if intervals are drawn, with ``inner lower`` and
    ``inner upper`` if there are shorter ones inside.
    """
    rows = [row for panel in panels for row in _rows(panel)]
    table = pd.DataFrame(rows, columns=None if rows else ["panel", "series"])
    ends = ["lower", "upper", "inner lower", "inner upper"]
    last = [name for name in ends if name in table]
    table = table[[*table.columns.difference(last, sort=False), *last]]
    one = [name for name in ("panel", "series") if len({*table[name]}) == 1]
    return table.drop(columns=one).dropna(axis="columns", how="all")


def to_csv(table: pd.DataFrame) -> str:
    """Write a table as CSV: whole numbers as such, others with all digits."""
    written = pd.DataFrame({name: _digits(column) for name, column in table.items()})
    return written.to_csv(index=False, lineterminator="\n")


def marks_of(panels: list[Panel]) -> list[tuple[float, float, str]]:
    """Give the points of a figure with their places and words, in reading order.

    The rows of a heatmap, or of names, are read from the top. Elsewhere points are read
    from the left, whichever series they are of; then each line is followed to its end.
    A place is counted from the upper left corner, in parts of the width and of the
    height. The figure must have been drawn, which lays it out.
    """
    found: list[tuple[float, float, str]] = []
    for panel in panels:
        own = [point for point in panel.points if point.is_mark]
        if panel.lies or panel.is_grid:
            down = 1 if panel.axes.yaxis_inverted() else -1
            own.sort(key=lambda point: (down * point.y, point.x))
        else:
            own.sort(key=lambda point: (point.line, _middle(point, point.x)))
        figure: Any = panel.axes.get_figure(root=True)
        to_figure = panel.axes.transData + figure.transFigure.inverted()
        for point in own:
            x, y = to_figure.transform(
                (_middle(point, point.x), _middle(point, point.y))
            )
            if 0 <= x <= 1 and 0 <= y <= 1:
                place = round(float(x), 3), round(1 - float(y), 3)
                found.append((*place, _words(panel, point, panels)))
    return found if len(found) <= MOST_MARKS else []


def numbers(*values: float) -> list[str]:
    """Write numbers that stand side by side, with as many digits and a true minus sign.

    Three digits count; those of printed numbers, which have few, are all written.
    """
    most = max(map(abs, values))
    decimals = 0 if most >= 1000 else 1 if most >= 10 else 2 if most >= 1 else 3
    for few in range(3):
        if all(math.isclose(it, round(it, few), rel_tol=1e-12) for it in values):
            decimals = few
            break
    # A zero has no sign.
    return [
        f"{round(it, decimals) + 0:,.{decimals}f}".replace("-", "−") for it in values
    ]


# Words


def _words(panel: Panel, point: Point, panels: list[Panel]) -> str:
    """Tell a point: whose and when, then its value and its interval."""
    alike = [
        it
        for it in panels
        if (it.x.label, it.y.label) == (panel.x.label, panel.y.label)
    ]
    head = [panel.title] if len(alike) > 1 else []
    named = any(it.series for it in panel.points if it.is_mark)
    head += [point.series or point.looks] if named else []
    if panel.is_grid:
        for scale, place in ((panel.y, point.y), (panel.x, point.x)):
            head.append(f"{scale.unit} {scale.of(place)}")
        return f"{', '.join(head)}: {numbers(point.value or 0)[0]}"
    scale, at = (panel.x, point.x) if panel.lies else (panel.y, point.y)
    where = panel.y.told(point.y) if panel.lies else panel.x.told(point.x)
    head += [where] if where not in head else []
    at = at if point.value is None else point.value
    if scale.years:
        return f"{', '.join(head)}: {int(at)}"
    ends = [] if math.isnan(at) else [at]
    all_ends = [*ends, *(end for span in point.intervals[:1] for end in span)]
    written = numbers(*(100 * it if scale.percent else it for it in all_ends))
    span = " to ".join(written[len(ends) :])
    told = _amount(scale, written[0] if ends else span)
    told += f" ({span})" if ends and span else ""
    return f"{', '.join(head)}: {told}"


def _amount(scale: Scale, written: str) -> str:
    """Write a value with its unit, or behind what it is a value of."""
    measure, _, unit = scale.label.rpartition(", ")
    unit = unit.removeprefix("number of ")
    if scale.percent:
        return f"{scale.label} {written}%"
    if unit in ("x", "y"):
        return written
    if unit.startswith("%"):
        return f"{measure} {written}{unit}".strip()
    counted = re.split(" (?:a|in|of|per) ", unit)[0].endswith("s")
    if measure or counted or unit.startswith("per cent"):
        one = counted and written == "1"
        return f"{measure} {written} {unit.removesuffix('s') if one else unit}".strip()
    return f"{unit} {written}"


def _middle(point: Point, place: float) -> float:
    return sum(point.intervals[0]) / 2 if math.isnan(place) else place


def _line(text: str) -> str:
    return " ".join(text.split())


# The table


def _rows(panel: Panel) -> Iterator[dict[str, Any]]:
    across, up = panel.x.label, panel.y.label
    for point in panel.points:
        row: dict[str, Any] = {"panel": panel.title}
        row["series"] = point.series or point.looks
        places = {across: panel.x.of(point.x), up: panel.y.of(point.y)}
        rows_first = panel.lies or panel.is_grid
        row |= dict(reversed(places.items())) if rows_first else places
        if point.value is not None:
            told = across if panel.lies else up
            row["value" if panel.is_grid else told] = point.value
        for name, (lower, upper) in zip(("", "inner "), point.intervals, strict=False):
            row |= {f"{name}lower": lower, f"{name}upper": upper}
        yield row


def _digits(column: pd.Series) -> pd.Series:
    if not pd.api.types.is_float_dtype(column):
        return column
    if (column.dropna() % 1 == 0).all():
        return column.astype("Int64")
    return column.map(lambda value: float(f"{value:.15g}"))


# Panels


def panels_of(figure: Figure) -> list[Panel]:
    """Read the panels of a figure, which `data_of` and `marks_of` tell of."""
    panels = []
    for axes in figure.axes:
        points = _joined(*_read(axes, Legend(axes, figure)))
        title = _line(axes.get_title("left") or axes.get_title())
        panels.append(
            Panel(
                axes,
                title,
                _scale(axes, "x", [it.x for it in points]),
                _scale(axes, "y", [it.y for it in points]),
                points,
            )
        )
    short = [panel.title.partition(":")[0] for panel in panels]
    if len({*short}) == len(panels):  # and not the finding behind it
        panels = [
            replace(it, title=name) for it, name in zip(panels, short, strict=True)
        ]
    return panels


def _scale(axes: Axes, letter: Literal["x", "y"], values: list[float]) -> Scale:
    axis = axes.xaxis if letter == "x" else axes.yaxis
    shared = axes.get_shared_x_axes() if letter == "x" else axes.get_shared_y_axes()
    labels = [
        getattr(it, f"{letter}axis").label for it in (axes, *shared.get_siblings(axes))
    ]
    seen = (it.get_text() for it in labels if it.get_visible())
    label = _line(next(filter(None, seen), ""))
    formatter, names = axis.get_major_formatter(), dict[float, str]()
    if isinstance(formatter, _OF_NAMES):
        places = [float(it) for it in axis.get_majorticklocs()]
        texts = (_line(str(text)) for text in formatter.format_ticks(places))
        names = {at: text for at, text in zip(places, texts, strict=True) if text}
    years = not names and {*values} <= {*_YEARS} and "year" in (label or "year")
    percent = not names and formatter.format_ticks([0.5])[0].endswith("%")
    fallback = "year" if years else "category" if names else letter
    return Scale(label or fallback, names, years, percent)


# Artists


def _read(axes: Axes, legend: Legend) -> tuple[list[Point], list[Interval]]:
    points, intervals = list[Point](), list[Interval]()
    for bars in axes.containers:
        if isinstance(bars, BarContainer):
            points += _bars(bars, axes, legend)
    arrows = {id(it) for it in _arrows(axes)}
    for number, artist in enumerate((*axes.lines, *axes.collections), start=1):
        if not artist.get_visible() or id(artist) in arrows:
            continue
        if isinstance(artist, Line2D):
            if artist.get_transform() != axes.transData:
                continue  # a line of reference, through the whole panel
            ends = np.asarray(artist.get_xydata(), dtype=float)
            if artist.get_marker() not in _NONE:
                dots = _dots(artist, ends, legend)
                is_line = artist.get_linestyle() not in _NONE
                points += [replace(it, line=is_line * number) for it in dots]
            elif (interval := _interval(ends)) is not None:
                intervals.append(interval)
            else:
                curve = _curve(artist, ends, legend)
                points += [replace(it, line=number) for it in curve]
        elif isinstance(artist, LineCollection):
            intervals += filter(None, map(_interval, artist.get_segments()))
        elif isinstance(artist, PathCollection):
            points += _dots(artist, np.ma.filled(artist.get_offsets(), np.nan), legend)
        elif isinstance(artist, QuadMesh):
            points += _cells(artist)
        elif isinstance(artist, FillBetweenPolyCollection):
            points += _band(artist, legend)
    return _told_apart(points), intervals


def _told_apart(points: list[Point]) -> list[Point]:
    """Tell lines that nothing names, and that look the same, by their number."""
    alike: dict[str, dict[int, int]] = {}
    for point in points:
        if point.line and not point.series:
            lines = alike.setdefault(point.looks, {})
            lines.setdefault(point.line, len(lines) + 1)
    return [
        replace(it, looks=f"{it.looks} {alike[it.looks][it.line]}")
        if it.line and not it.series and len(alike[it.looks]) > 1
        else it
        for it in points
    ]


def _arrows(axes: Axes) -> Iterator[Artist]:
    """Find the arrows of error bars that are open at an end, and so have no length."""
    for bars in axes.containers:
        if isinstance(bars, ErrorbarContainer):
            _, caps, lines = bars.lines
            if any(isinstance(cap.get_marker(), int) for cap in caps):
                yield from (*caps, *lines)


def _joined(points: list[Point], intervals: list[Interval]) -> list[Point]:
    """Put what spans a point to it; what spans none stands alone."""
    joined, alone = dict[tuple[Any, ...], Point](), {*intervals}
    for point in points:
        around = {it for it in intervals if point.is_mark and _spans(it, point)}
        alone -= around
        ends = {(it.lower, it.upper) for it in around} | {*point.intervals}
        widest = sorted(ends, key=lambda it: it[0] - it[1])
        # Two layers of a chart may draw the same point. But lines may cross in one.
        whose = (point.series, point.looks, point.line)
        key = (point.x, point.y, *whose, point.intervals)
        joined[key] = replace(point, intervals=tuple(widest))
    bare = [
        Point(
            *((math.nan, it.at) if it.along == "x" else (it.at, math.nan)),
            looks="interval",
            is_mark=False,
            intervals=((it.lower, it.upper),),
        )
        for it in intervals
        if it in alone
    ]
    return [*joined.values(), *bare]


def _spans(interval: Interval, point: Point) -> bool:
    across, along = (point.y, point.x) if interval.along == "x" else (point.x, point.y)
    near = math.isclose(across, interval.at, rel_tol=1e-9, abs_tol=1e-9)
    return near and interval.lower <= along <= interval.upper


def _interval(ends: np.ndarray) -> Interval | None:
    """Read a line of two ends that goes straight across or straight up."""
    if len(ends) != 2 or np.isnan(ends).any():
        return None
    (x, y), (x_end, y_end) = ends.tolist()
    if x == x_end:
        return Interval("y", x, min(y, y_end), max(y, y_end))
    if y == y_end:
        return Interval("x", y, min(x, x_end), max(x, x_end))
    return None


def _dots(
    artist: Line2D | PathCollection, places: np.ndarray, legend: Legend
) -> list[Point]:
    if isinstance(artist, Line2D):
        looks = [_Look(artist.get_color(), _marker(artist.get_marker()))]
    else:
        colours, shapes = artist.get_facecolor(), artist.get_paths()
        turns = math.lcm(len(colours), len(shapes)) if len(places) else 0
        pairs = zip(cycle(colours), cycle(shapes), strict=False)
        looks = [_Look(*pair) for pair in islice(pairs, turns)]
    several, together = len({look.shape for look in looks}) > 1, "points"
    if isinstance(artist, Line2D) and artist.get_linestyle() not in _NONE:
        together = f"line with {looks[0].shape}s"
    return [
        Point(
            x,
            y,
            series=legend.name(artist, look := looks[i % len(looks)])
            or legend.label(artist),
            looks=look.shape if several else together,
        )
        for i, (x, y) in enumerate(places.tolist())
        if not math.isnan(x + y)
    ]


def _curve(line: Line2D, places: np.ndarray, legend: Legend) -> list[Point]:
    name = legend.name(line, _Look(line.get_color()))
    looks = "line" if line.get_linestyle() == "-" else "dashed line"
    return [
        Point(x, y, name or legend.label(line), looks, is_mark=bool(name))
        for x, y in places.tolist()
        if not math.isnan(x + y)
    ]


def _band(area: FillBetweenPolyCollection, legend: Legend) -> Iterator[Point]:
    for path in area.get_paths():
        name = legend.name(area, _Look(area.get_facecolor()[0]))
        name = name or legend.label(area)
        heights: dict[float, list[float]] = {}
        for x, y in np.asarray(path.vertices).tolist():
            heights.setdefault(x, []).append(y)
        for x, edges in sorted(heights.items()):
            ends = ((min(edges), max(edges)),)
            yield Point(x, math.nan, name, "band", is_mark=False, intervals=ends)


def _cells(mesh: QuadMesh) -> list[Point]:
    values: Any = np.ma.filled(np.ma.asarray(mesh.get_array()).astype(float), np.nan)
    corners: Any = mesh.get_coordinates()
    middles = (corners[:-1, :-1] + corners[1:, 1:]) / 2
    table = zip(middles.reshape(-1, 2).tolist(), values.ravel().tolist(), strict=True)
    return [
        Point(x, y, value=value) for (x, y), value in table if not math.isnan(value)
    ]


def _bars(bars: BarContainer, axes: Axes, legend: Legend) -> Iterator[Point]:
    """Read bars by their length, and those that float by their ends."""
    others = [
        it for them in axes.containers if isinstance(them, BarContainer) for it in them
    ]
    touched = Counter(edge for bar in others for edge in _edges(bar, bars.orientation))
    for bar in bars:
        (place, _, base), (*_, end) = edges = _edges(bar, bars.orientation)
        if math.isnan(place + base + end):
            continue
        name = legend.name(bars, _Look(bar.get_facecolor())) or legend.label(bars)
        point = Point(place, end, name, "bar")
        if base == 0 or touched[edges[0]] > 1:
            length = (
                bar.get_width()
                if bars.orientation == "horizontal"
                else bar.get_height()
            )
            point = replace(point, value=length)
        else:
            point = replace(point, y=math.nan, intervals=((base, end),))
        if bars.orientation == "horizontal":
            point = replace(point, x=point.y, y=point.x)
        yield point


def _edges(bar: Rectangle, orientation: str | None) -> list[tuple[float, float, float]]:
    """Give place, width and height of both ends of a bar, which another may touch."""
    (x, y), width, height = bar.get_xy(), bar.get_width(), bar.get_height()
    if orientation == "horizontal":
        x, y, width, height = y, x, height, width
    middle, width, *ends = (
        float(f"{it:.12g}") for it in (x + width / 2, width, y, y + height)
    )
    return [(middle, width, end) for end in ends]


# Names


class _Look:
    """Colour and marker of an artist, by which the legend names it."""

    def __init__(self, colour: Any, marker: Path | None = None) -> None:
        self.colour = tuple(round(part, 3) for part in to_rgb(colour))
        self.marker = marker

    def has_marker(self, other: Path | None) -> bool:
        """Tell whether its marker has this shape."""
        if self.marker is None or other is None:
            return self.marker is other
        ours, theirs = np.asarray(self.marker.vertices), np.asarray(other.vertices)
        return ours.shape == theirs.shape and bool(np.allclose(ours, theirs))

    @property
    def shape(self) -> str:
        """The name of its marker."""
        known = (name for it, name in _SHAPES.items() if self.has_marker(_marker(it)))
        return next(known, "point")


class Legend:
    """The names that a figure gives to what it draws."""

    def __init__(self, axes: Axes, figure: Figure) -> None:
        legends = filter(None, (axes.get_legend(), *figure.legends))
        entries = [
            (_look(handle), _line(text.get_text()))
            for legend in legends
            for handle, text in zip(
                legend.legend_handles, legend.get_texts(), strict=True
            )
        ]
        self.entries = [(look, name) for look, name in entries if look]
        self.shown = [name for _, name in entries]
        self.shown += [_line(text.get_text()) for text in axes.texts]
        drawn = (*axes.containers, *axes.lines, *axes.collections)
        labels = {_label(it) for it in drawn} - {""}
        self.labels = labels if len(labels) > 1 else set()

    def name(self, artist: Artist | BarContainer, look: _Look) -> str:
        """Name an artist by its label if that is shown, or by what looks like it."""
        label = _label(artist)
        if label and any(name.startswith(label) for name in self.shown):
            return label
        alike = [it for it in self.entries if it[0].colour == look.colour]
        same = [it for it in alike if it[0].has_marker(look.marker)]
        names = {name for _, name in same or alike}
        return names.pop() if len(names) == 1 else ""

    def label(self, artist: Artist | BarContainer) -> str:
        """Return the label of an artist, if it tells it from others of its panel.

        The caption says what they are. A label alone may be Matplotlib's own.
        """
        label = _label(artist)
        return label if label in self.labels else ""


def _label(artist: Any) -> str:
    """Return the label of an artist; those of no meaning begin with _."""
    label = _line(str(artist.get_label() or ""))
    return "" if label.startswith("_") else label


def _look(handle: Any) -> _Look | None:
    """Tell what an entry of a legend looks like; one that shows nothing has no look."""
    if isinstance(handle, Line2D):
        marker = handle.get_marker()
        return _Look(handle.get_color(), None if marker in _NONE else _marker(marker))
    if isinstance(handle, BarContainer):
        return _look(handle[0]) if len(handle) else None
    colours = np.atleast_2d(handle.get_facecolor())
    if isinstance(handle, PathCollection) and len(colours):
        return _Look(colours[0], handle.get_paths()[0])
    return _Look(colours[0]) if len(colours) else None


def _marker(marker: Any) -> Path:
    style = MarkerStyle(marker)
    return style.get_path().transformed(style.get_transform())
