"""What is known of Table 2, as tables that a reader sees, written as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from rfe_labour.shown.joint_venture_figures import in_short
from rfe_labour.shown.present import Markdown, as_part, records, write_table
from rfe_labour.tables import joint_ventures
from rfe_labour.tables.joint_ventures import (
    Choices,
    Evaluation,
    IdentifiedSet,
    possible_years,
)

_ROWS = {"count": "Total", "share": "%"}
_CHOICES = {
    "": "as chosen{}",
    "lost_points": "lost decimal points: {}",
    "last_year": "last column: {}",
    "fewest": "at least {:,} in all",
    "most": "at most {:,} in all",
    "yearly_factor": "a yearly factor of at most {:g}",
}


def surviving(tokens: pd.DataFrame, choices: Choices) -> Markdown:
    """Show the damaged table as the scan gives it, row by row.

    Parameters
    ----------
    tokens : pandas.DataFrame
        As ``rfe_labour.data.load("table2_tokens")`` gives them.
    choices : Choices
        For the number of columns.
    """
    columns = len(joint_ventures.survivors(tokens, choices).years)
    runs = joint_ventures.label_runs(tokens)
    labels = [" ".join(map(str, run)) for run in runs]
    rows = [["Year", " / ".join(labels), f"{sum(map(len, runs))} of {columns}"]]
    for row, name in _ROWS.items():
        own = tokens[tokens["row"] == row]
        marks = own["doubt"].map({"decimal-point-lost": "\\*"}).fillna("")
        apart = own["doubt"] == "stands-apart"
        printed = own["printed"] + marks
        parts = [" ".join(part) for part in (printed[apart], printed[~apart])]
        rows.append([name, " / ".join(filter(None, parts)), f"{len(own)} of {columns}"])
    return write_table(
        ["row", "what survives, from left to right", "survive"], rows, "llr"
    )


def implied_ranges(evaluation: Evaluation) -> Markdown:
    """List all joint ventures that each count and share in one column imply.

    Parameters
    ----------
    evaluation : Evaluation
        As `rfe_labour.tables.joint_ventures.evaluate` returns it. A range outside the
        plausible numbers is marked.
    """
    found = evaluation.surviving
    lines = {}
    for share, lows, highs, first, last in zip(
        found.shares,
        *(ends.tolist() for ends in (*evaluation.ranges, *evaluation.plausible)),
        strict=True,
    ):
        cells = zip(lows, highs, first, last, strict=True)
        lines[share] = [
            f"{low:,} to {high:,}{'' if least <= most else ' ×'}"
            for low, high, least, most in cells
        ]
    rows = [
        [f"{share}%", *cells]
        for share, cells in sorted(lines.items(), key=lambda line: float(line[0]))
    ]
    header = ["share", *(f"{count} ventures" for count in found.different)]
    return write_table(header, rows, "r" * len(header))


def answers(evaluation: Evaluation, sets: Mapping[str, IdentifiedSet]) -> Markdown:
    """Set the answers under the four assumptions side by side.

    Parameters
    ----------
    evaluation : Evaluation
        As `rfe_labour.tables.joint_ventures.evaluate` returns it.
    sets : mapping of str to IdentifiedSet
        As `rfe_labour.tables.joint_ventures.identify` returns them.
    """

    def part(name: str) -> Callable[[IdentifiedSet], str]:
        return lambda one: as_part(one.parts[name]) if one.placements else "none"

    def few(one: IdentifiedSet) -> str:
        part = joint_ventures.very_few(evaluation, one)
        return as_part(part) if one.placements else "none"

    questions: dict[str, Callable[[IdentifiedSet], str]] = {
        "placements": lambda one: in_short(one.placements),
        "different tables": lambda one: in_short(one.tables),
        "highest count could be in": lambda one: possible_years(one.highest),
        "highest share could be in": lambda one: possible_years(one.highest_share),
        "last count above first": part("rises"),
        "last count equal to first": part("level"),
        "last count below first": part("falls"),
        "rank correlation with time above 0": part("rank_rises"),
        "no count below the one before": part("never_falls"),
        "highest count comes last": part("highest_last"),
        "highest count in the last column": part("highest_final_year"),
        f"every share below {evaluation.choices.few:g}%": few,
        "all joint ventures": lambda one: _range(one.implied_range),
    }
    rows = [
        [question, *(answer(one) for one in sets.values())]
        for question, answer in questions.items()
    ]
    return write_table(["", *map(_short, sets)], rows, "lrrrr")


def _short(assumption: str) -> str:
    return f"*{assumption}*"


def _range(ends: tuple[int, int] | None) -> str:
    return "none" if ends is None else f"{ends[0]:,} to {ends[1]:,}"


def sensitivity(found: pd.DataFrame) -> Markdown:
    """List the answers under other choices.

    Parameters
    ----------
    found : pandas.DataFrame
        As `rfe_labour.tables.joint_ventures.sensitivity` returns it.
    """
    rows = [
        [
            _CHOICES[row["choice"]].format(row["value"]),
            f"{row['whole']:,}",
            f"{row['consistent']:,}",
            row["highest_years"],
            row["highest_share_years"],
            as_part(row["rises"]) if row["consistent"] else "none",
        ]
        for row in records(found)
    ]
    header = [
        "choice",
        "*whole*",
        "*consistent*",
        "highest count",
        "highest share",
        "last count above first",
    ]
    return write_table(header, rows, "lrrllr")
