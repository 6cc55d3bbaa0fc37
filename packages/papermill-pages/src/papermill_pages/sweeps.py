"""The points of a sweep: a grid of parameters spelled out, each point with a name."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from papermill_pages.errors import PlanError

Point: TypeAlias = dict[str, Any]

LONGEST_NAME = 120
"""So many characters a point's name may have; file systems allow some 250 bytes."""

MOST_POINTS = 100_000
"""A grid with more points is taken for a mistake before it fills the memory."""


def grid_points(grid: Any, source: Path) -> list[Point]:
    """Spell out a grid, in its order; the last parameter varies fastest.

    Parameters
    ----------
    grid : mapping of str to list, or list of such mappings
        The values of each parameter, as for `sklearn.model_selection.ParameterGrid`.
        The points of one mapping are all combinations; those of several mappings
        follow each other.
    source : Path
        The sweep file, named in errors.

    Raises
    ------
    PlanError
        If the grid is not of that form or holds no point.
    """
    grids = grid if isinstance(grid, list) else [grid]
    points = [point for each in grids for point in _combinations(each, source)]
    if not points:
        raise PlanError(
            f"{source}: its grid holds no point. Give each parameter a list of values."
        )
    return points


def varied_parameters(points: Sequence[Point]) -> tuple[str, ...]:
    """Return the parameters that a grid names, in the order of their appearance."""
    return tuple(dict.fromkeys(name for point in points for name in point))


def point_text(point: Mapping[str, Any]) -> str:
    """Write a point as a reader would, such as ``region=north, first_year=1995``."""
    return ", ".join(f"{name}={_value(value)}" for name, value in point.items())


def point_names(points: Sequence[Point]) -> list[str]:
    """Name the file of each point, such as ``region=north,first_year=1995``.

    A name that is too long, has a character that some file system or shell takes amiss,
    or differs from another in upper and lower case at most, ends with a digest of its
    point. If no two points are the same, no two names are.
    """
    plain = [
        ",".join(f"{name}={_value(value)}" for name, value in point.items())
        for point in points
    ]
    used = Counter(name.casefold() for name in plain)
    return [
        name
        if used[name.casefold()] == 1 and _is_safe(name)
        else _digested(name, point)
        for name, point in zip(plain, points, strict=True)
    ]


def repeated_point(points: Sequence[Mapping[str, Any]]) -> tuple[int, int] | None:
    """Return the places of the first two points that are the same, from 0."""
    seen: dict[str, int] = {}
    for place, point in enumerate(points):
        first = seen.setdefault(_canonical(point), place)
        if first != place:
            return first, place
    return None


def _combinations(grid: Any, source: Path) -> Iterator[Point]:
    if not isinstance(grid, dict) or not all(isinstance(name, str) for name in grid):
        raise PlanError(
            f"{source}: 'grid' must be a mapping of parameters to lists of values, or "
            f"a list of such mappings, not {grid!r}."
        )
    for name, values in grid.items():
        if not isinstance(values, list):
            raise PlanError(
                f"{source}: the grid must give {name!r} a list of values, not "
                f"{values!r}. A value for all points belongs under 'parameters'."
            )
    count = math.prod(map(len, grid.values()))
    if count > MOST_POINTS:
        msg = f"{source}: its grid has {count:,} points, more than {MOST_POINTS:,}."
        raise PlanError(msg)
    if grid:
        for values in itertools.product(*grid.values()):
            yield dict(zip(grid, values, strict=True))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(map(_value, value))
    return str(value)


def _is_safe(name: str) -> bool:
    return len(name) <= LONGEST_NAME and bool(re.fullmatch(r"[\w=,.+-]+", name, re.A))


def _digested(name: str, point: Point) -> str:
    """Give a name the digest of its point; ``~`` stands in no name that has none."""
    digest = hashlib.sha256(_canonical(point).encode()).hexdigest()[:16]
    readable = re.sub(r"[^\w=,.+-]+", "-", name[:LONGEST_NAME], flags=re.A)
    return f"{readable}~{digest}"


def _canonical(point: Mapping[str, Any]) -> str:
    """Write a point so that two are the same text if they mean the same."""
    same = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in point.items()
    }
    return json.dumps(same, sort_keys=True, default=str)
