"""Explorers: the points of a sweep from which a reader of a page chooses.

What a directive of a page asks for is read here, and what controls the reader gets.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from papermill_pages.insides import format_pasted
from papermill_pages.notebooks import read_notebook
from papermill_pages.pages import Point, Sweep, name_from_root
from papermill_pages.plain_yaml import read_plain_value

DIRECTIVE = "explore"

BUTTONS, LIST, RANGE = "buttons", "list", "range"
_MOST_BUTTONS = 5
_LONGEST_ROW = 60
"""So many letters the words of all buttons may have, to stand in one line or two."""
_FEWEST_OF_RANGE = 6
_CODE = ("code", "code-block", "code-cell", "sourcecode", "literalinclude", "parsed")


def explored_in(notebook: Path) -> list[str]:
    """Return the sweeps that the text of a notebook lets its reader explore.

    They are named as its directives name them, each once.
    """
    found: dict[str, None] = {}
    for cell in read_notebook(notebook).cells:
        if cell.cell_type == "markdown" and f"{{{DIRECTIVE}}}" in cell.source:
            found |= dict.fromkeys(_directives_in(cell.source))
    return list(found)


def _directives_in(text: str) -> Iterator[str]:
    for token in _parser().parse(text):
        name, _, argument = token.info.strip().partition("}")
        if token.type in ("fence", "colon_fence") and name.startswith("{"):
            if name[1:] == DIRECTIVE:
                yield argument.strip()
            elif not name[1:].startswith(_CODE):
                yield from _directives_in(token.content)


@cache
def _parser() -> MarkdownIt:
    from mdit_py_plugins.colon_fence import colon_fence_plugin

    return MarkdownIt().use(colon_fence_plugin)


@dataclass(frozen=True)
class Control:
    """One parameter as a reader chooses it.

    Attributes
    ----------
    name, title : str
        The parameter, and what it is called on the page.
    kind : str
        `BUTTONS`, `LIST` or `RANGE`.
    values : tuple of object
        Its values: numbers in their order, others in that of the grid.
    texts : tuple of str
        Words for each value.
    """

    name: str
    title: str
    kind: str
    values: tuple[Any, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Explorer:
    """Points of a sweep, and the controls that choose among them.

    Attributes
    ----------
    sweep : Sweep
        The sweep.
    fixed : mapping of str to object
        Parameters that are no control, and the one value of each that is offered.
    points : tuple of Point
        What can be chosen.
    controls : tuple of Control
        One for each parameter with several values, in the order of the grid.
    places : tuple of tuple of int
        Of each point the place of its value in each control.
    start : int
        The place of the point that is shown first.
    """

    sweep: Sweep
    fixed: Mapping[str, Any]
    points: tuple[Point, ...]
    controls: tuple[Control, ...]
    places: tuple[tuple[int, ...], ...]
    start: int

    def words(self, place: int) -> str:
        """Say in words which point stands at a place among the points."""
        return "; ".join(
            f"{control.title}: {control.texts[it]}"
            for control, it in zip(self.controls, self.places[place], strict=True)
        )

    def others(self) -> str:
        """Say in words what was executed beside the point that is shown first."""
        parts = [f"{control.title}: {_listed(control)}" for control in self.controls]
        return (
            f"{len(self.points):,} combinations were executed in all: "
            f"{'; '.join(parts)}."
        )

    def command(self, place: int) -> str:
        """Return the command with which papermill executes a point by itself."""
        point = self.points[place]
        notebook = name_from_root(point.notebook, point.root)
        folder = str(Path(notebook).parent)
        words = ["papermill", notebook, "executed.ipynb"]
        words += [] if folder == "." else ["--cwd", folder]
        for name, value in point.parameters.items():
            words += _option(name, value)
        return shlex.join(words)


@dataclass
class Map:
    """A second control: a table of buttons, each with a value that its point glued."""

    rows: int  # the place of the control whose values are the rows
    columns: int
    value: str
    spec: str
    values: list[float]  # point by point

    @classmethod
    def read(cls, text: str, made: Explorer) -> Map:
        """Read ``first_year, last_year, percent:+.0f``."""
        parts = [part.strip() for part in text.split(",")]
        names = [control.name for control in made.controls]
        if len(parts) != 3 or not {*parts[:2]} <= {*names} or parts[0] == parts[1]:
            raise ValueError(
                "':map:' must name the parameters of the rows and of the columns and "
                f"a glued number, as in 'year, place, share:.1f', not {text!r}. "
                f"Parameters: {', '.join(names)}."
            )
        value, _, spec = parts[2].partition(":")
        return cls(names.index(parts[0]), names.index(parts[1]), value, spec, [])

    def add(self, value: Any, point: Point) -> None:
        """Take the value of the next point."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(
                f"{point.docname} glues no number under {self.value!r}, which "
                "':map:' names."
            )
        self.values.append(value)

    def texts(self) -> list[str]:
        """Return the values as they are shown; what is rounded to zero has no sign."""
        shown = [format_pasted(repr(it), self.spec) for it in self.values]
        return [it if re.search("[1-9]", it) else it.lstrip("+−") for it in shown]

    def shades(self) -> list[float]:
        """Return how strongly each is shaded, between −1 and 1.

        The square root of its part in the largest: so that a few that are far out do
        not leave the others pale.
        """
        most = max(map(abs, self.values)) or 1
        return [
            math.copysign(round(math.sqrt(abs(it) / most), 2), it) for it in self.values
        ]


def explorer_of(
    sweep: Sweep, given: Mapping[str, Any], wanted: str, fixed: Sequence[str]
) -> Explorer:
    """Prepare the exploration of a sweep on a page.

    Parameters
    ----------
    sweep : Sweep
        The sweep.
    given : mapping of str to object
        The parameters of the page, with which it starts as far as the sweep has them.
    wanted : str
        The point to start with instead, such as ``region=north, first_year=1995``, or
        a part of it; empty for none.
    fixed : sequence of str
        Parameters that stay as the page has them.

    Raises
    ------
    ValueError
        If there is no such point or parameter; the message is a sentence.
    """
    for name in fixed:
        if name not in sweep.varied:
            raise ValueError(
                f"{name!r} is to be fixed, but the grid of the sweep has "
                f"{', '.join(sweep.varied)}."
            )
        if name not in given:
            msg = f"{name!r} is to be fixed, but the page has no such parameter."
            raise ValueError(msg)
    held = {sweep.varied.index(name): given[name] for name in fixed}
    chosen = [
        (point, row)
        for point, row in zip(sweep.points, sweep.rows, strict=True)
        if all(row[at] == value for at, value in held.items())
    ]
    if not chosen:
        values = ", ".join(f"{name}={given[name]}" for name in fixed)
        raise ValueError(f"the sweep has no point with {values}.")
    points = tuple(point for point, _ in chosen)
    rows = [row for _, row in chosen]
    start = _start(rows, sweep.varied, given, _read_point(wanted))
    controls, at = [], []
    for place, name in enumerate(sweep.varied):
        different = _in_order([row[place] for row in rows])
        if len(different) > 1:
            controls.append(_control(name, different, sweep))
            at.append(place)
    places = tuple(
        tuple(
            control.values.index(row[place])
            for control, place in zip(controls, at, strict=True)
        )
        for row in rows
    )
    values_held = {name: given[name] for name in fixed}
    return Explorer(sweep, values_held, points, tuple(controls), places, start)


def _start(
    rows: Sequence[tuple[Any, ...]],
    varied: Sequence[str],
    given: Mapping[str, Any],
    wanted: Mapping[str, Any],
) -> int:
    for name in wanted:
        if name not in varied:
            raise ValueError(
                f"':start:' names {name!r}, but the grid of the sweep has "
                f"{', '.join(varied)}."
            )
    left = list(range(len(rows)))
    for at, name in enumerate(varied):
        if name in wanted:
            left = [it for it in left if rows[it][at] == wanted[name]]
            if not left:
                msg = (
                    f"the sweep has no point with {name}={wanted[name]} to start with."
                )
                raise ValueError(msg)
    for at, name in enumerate(varied):
        if name in given and name not in wanted:
            left = [it for it in left if rows[it][at] == given[name]] or left
    return left[0]


def _read_point(text: str) -> dict[str, Any]:
    """Read ``region=north, first_year=1995``, its values as a sweep has them."""
    point = {}
    for part in filter(None, (it.strip() for it in text.split(","))):
        name, sign, value = part.partition("=")
        if not sign:
            msg = f"':start:' has {part!r} where 'parameter=value' belongs."
            raise ValueError(msg)
        point[name.strip()] = read_plain_value(value, "':start:'")
    return point


def _in_order(values: Sequence[Any]) -> tuple[Any, ...]:
    """Return the different values, numbers by size and others as they come."""
    different: list[Any] = []
    for value in values:
        if not any(_same(value, other) for other in different):
            different.append(value)
    return tuple(sorted(different) if all(map(_is_number, different)) else different)


def _control(name: str, values: tuple[Any, ...], sweep: Sweep) -> Control:
    words = sweep.labels.get(name, {})
    texts = tuple(words.get(str(value), _text(value)) for value in values)
    title = sweep.titles[sweep.varied.index(name)]
    numbers = all(map(_is_number, values)) and not words
    if numbers and len(values) >= _FEWEST_OF_RANGE:
        kind = RANGE
    elif len(values) <= _MOST_BUTTONS and sum(map(len, texts)) <= _LONGEST_ROW:
        kind = BUTTONS
    else:
        kind = LIST
    return Control(name, title[:1].upper() + title[1:], kind, values, texts)


def _listed(control: Control) -> str:
    if control.kind == RANGE:
        return f"{control.texts[0]} to {control.texts[-1]}"
    return ", ".join(control.texts)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return str(value).replace("-", "−") if _is_number(value) else str(value)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _option(name: str, value: Any) -> list[str]:
    """Give a parameter to papermill's command so that it arrives as it is.

    papermill reads a value behind ``-p`` as a number, a truth value or None if it looks
    like one, as text behind ``-r``, and anything else as YAML behind ``-y``.
    """
    if isinstance(value, str):
        return ["-r" if _looks_typed(value) else "-p", name, value]
    if isinstance(value, (bool, int, float)) or value is None:
        return ["-p", name, str(value)]
    return ["-y", yaml.safe_dump({name: value}, default_flow_style=True).strip()]


def _looks_typed(text: str) -> bool:
    if text in ("True", "False", "None"):
        return True
    for number in (int, float):
        with suppress(ValueError):
            number(text)
            return True
    return False
