"""The results as last published, set beside those of a new execution of every page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from papermill_pages.build import bring_up_to_date
from papermill_pages.errors import ExpectedError
from papermill_pages.outputs import write_atomically
from papermill_pages.plan import plan_book
from papermill_pages.results import (
    Result,
    Value,
    as_json,
    beginnings,
    gather_results,
    is_plain,
)
from papermill_pages.settings import CONFIG, ExpectedSettings, Settings

SMALLEST_SCALE = 1e-3
"""Numbers below this are compared as if they were as large as this.

Two equal numbers subtracted give 0 on one processor and 1e-17 on another, which as
parts of each other differ without limit. At the usual tolerance of 1e-9, numbers that
are less than 1e-12 apart agree whatever their size.
"""

_ACCEPT = "python -m papermill_pages accept"


class Absent(Enum):
    """Stands for the value of a key that one of the two sides does not have."""

    NEW = "(new)"
    GONE = "(gone)"


@dataclass(frozen=True)
class Move:
    """One result that is not as expected."""

    key: str
    before: Value | Absent  # what was expected
    after: Value | Absent  # what the pages glue now
    # The page that glues it; for a key that is gone, the page whose results begin as it
    # does, or nothing if there is none.
    page: str


@dataclass(frozen=True)
class Comparison:
    """What a new execution of every page gave, beside what was expected."""

    file: Path  # where the expected results are kept
    name: str  # the same, from the book's root
    expected: Mapping[str, Value] | None  # None if none were ever recorded
    results: Mapping[str, Result]  # what the pages glue now
    # All that is not as expected, by key; empty if nothing was recorded.
    moves: Sequence[Move]
    pages: int  # how many pages were executed

    @property
    def summary(self) -> str:
        """How many values of how many pages were compared."""
        return f"{len(self.results)} values of {self.pages} pages"


def compare_book(
    root: Path,
    settings: Settings,
    report: Callable[[str], None],
    *,
    may_be_first: bool = False,
) -> Comparison:
    """Execute every page of a book again and compare its results with the expected.

    If no results were ever recorded, it goes on only where `may_be_first` allows it.

    Raises
    ------
    PlanError
        For a mistake in the book's files, before any kernel starts.
    ExpectedError
        If there is nothing to compare with, which is found before any kernel starts;
        if a page fails; or if a tolerance is set for results that do not exist.
    """
    if not settings.results:
        raise ExpectedError(
            f"{settings.file}: papermill_pages.results is false, so that there are no "
            "results to compare. Set it to true."
        )
    file = root / settings.expected.file
    expected = None if may_be_first and not file.exists() else read_expected(file)
    plan = plan_book(root, settings)
    failures = bring_up_to_date(plan, report, force=True)
    if failures:
        raise ExpectedError("\n\n".join([*failures, "So no results were compared."]))
    results = gather_results(plan.pages)
    values = {key: result.value for key, result in results.items()}
    patterns = settings.expected.tolerances
    check_patterns(patterns, [expected or {}, values], settings.file)
    return Comparison(
        file=file,
        name=settings.expected.file,
        expected=expected,
        results=results,
        moves=([] if expected is None else moved(expected, results, settings.expected)),
        pages=len(plan.pages),
    )


def record(comparison: Comparison) -> None:
    """Write the file of the expected results anew, at once.

    A value that agrees with the expected one within its tolerance keeps the digits
    that were recorded: the file changes where something moved and nowhere else, and
    small differences of many machines never add up.
    """
    values = {key: result.value for key, result in comparison.results.items()}
    moving = {move.key for move in comparison.moves}
    unmoved = {
        key: value
        for key, value in (comparison.expected or {}).items()
        if key not in moving
    }
    write_atomically(comparison.file, as_json(values | unmoved))


def read_expected(file: Path) -> dict[str, Value]:
    """Read the expected results.

    Raises
    ------
    ExpectedError
        If the file is missing, is not JSON, or holds anything but one plain value for
        each key.
    """
    try:
        text = file.read_text(encoding="utf-8")
        values = json.loads(
            text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant
        )
        if not isinstance(values, dict):
            raise ValueError("it is not one mapping of keys to values")
        for key, value in values.items():
            if not is_plain(value):
                shown = json.dumps(value)
                words = "not a number, text or truth value"
                raise ValueError(f"{key!r} is {shown}, {words}")
    except FileNotFoundError:
        raise ExpectedError(
            f"There are no expected results: {file} does not exist. "
            f"'{_ACCEPT}' records them."
        ) from None
    except (OSError, ValueError) as error:
        raise ExpectedError(
            f"{file} cannot be read as expected results: {error}. Restore it, or "
            f"delete it and record all results anew with '{_ACCEPT}'."
        ) from None
    return values


def moved(
    expected: Mapping[str, Value],
    results: Mapping[str, Result],
    settings: ExpectedSettings,
) -> list[Move]:
    """Return every result that is not as expected, sorted by key."""
    moves = []
    pages = _pages_by_beginning(results)
    for key in sorted({*expected, *results}):
        before = expected.get(key, Absent.NEW)
        if key not in results:
            moves.append(Move(key, before, Absent.GONE, _page_like(key, pages)))
        elif isinstance(before, Absent) or not agree(
            before, results[key].value, tolerance_of(key, settings)
        ):
            moves.append(Move(key, before, results[key].value, results[key].page))
    return moves


def agree(before: Value, after: Value, tolerance: float) -> bool:
    """Tell whether two values are the same within a tolerance.

    Whole numbers, texts, truth values and None agree if they are equal and of one type:
    a 3 that becomes 3.0 is printed otherwise. Numbers a and b with a decimal point
    agree if ``|a - b| <= tolerance * max(|a|, |b|, SMALLEST_SCALE)``.
    """
    if isinstance(before, float) and isinstance(after, float):
        return before == after or difference(before, after) <= tolerance
    return type(before) is type(after) and before == after


def difference(before: float, after: float) -> float:
    """Return how far two numbers are apart, as a part of the larger one.

    Numbers below `SMALLEST_SCALE` count as if they were as large as that.
    """
    return abs(before - after) / max(abs(before), abs(after), SMALLEST_SCALE)


def pattern_of(key: str, settings: ExpectedSettings) -> str:
    """Return the pattern of which a result has its tolerance; empty if none matches.

    Of the patterns that match, the last counts.
    """
    patterns = [it for it in settings.tolerances if fnmatchcase(key, it)]
    return patterns[-1] if patterns else ""


def tolerance_of(key: str, settings: ExpectedSettings) -> float:
    """Return the tolerance of a result."""
    return settings.tolerances.get(pattern_of(key, settings), settings.tolerance)


def check_patterns(
    patterns: Iterable[str],
    results: Iterable[Mapping[str, Value]],
    file: str = CONFIG,
) -> None:
    """Refuse a pattern that names no number with a decimal point.

    Such a pattern has no effect: its author would believe in a tolerance that there
    is not.

    Raises
    ------
    ExpectedError
        Naming the pattern.
    """
    keys = {
        key
        for values in results
        for key, value in values.items()
        if isinstance(value, float)
    }
    for pattern in patterns:
        if not any(fnmatchcase(key, pattern) for key in keys):
            raise ExpectedError(
                f"{file}: papermill_pages.expected.tolerances has {pattern!r}, "
                "which matches no result that is a number with a decimal point. "
                "Correct the pattern or delete it."
            )


def table_of_moves(moves: Sequence[Move]) -> str:
    """Write moves as an aligned table of key, before, after and page."""
    rows = [("key", "before", "after", "page")]
    rows += [
        (move.key, shown(move.before), shown(move.after), move.page) for move in moves
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(map(str.ljust, row, widths)).rstrip()  # no ragged ends in a log
        for row in rows
    )


def _pages_by_beginning(results: Mapping[str, Result]) -> dict[str, set[str]]:
    """Return the pages of the results that begin so, for all that ends at a dot."""
    pages: dict[str, set[str]] = {}
    for key, result in results.items():
        for start in beginnings(key):
            pages.setdefault(start, set()).add(result.page)
    return pages


def _page_like(key: str, pages: Mapping[str, set[str]]) -> str:
    """Return the one page whose results share the longest beginning with a key."""
    for start in reversed(beginnings(key)):
        if start in pages:
            (page, *others) = pages[start]
            return "" if others else page
    return ""


def shown(value: Value | Absent) -> str:
    """Write a value, or that there is none, as tables of moves show it."""
    if isinstance(value, Absent):
        return value.value
    return json.dumps(value, ensure_ascii=False)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"it states {repeated!r} twice")
    return values


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a value that a page can state")
