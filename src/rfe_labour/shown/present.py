"""Results as tables that a reader sees, written as Markdown."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rfe_labour.article import RegionalTable


@dataclass(frozen=True)
class Markdown:
    """A text that Jupyter shows as Markdown.

    Attributes
    ----------
    text : str
        The Markdown.
    """

    text: str

    def _repr_markdown_(self) -> str:
        return self.text


def printed_and_rebuilt(agreement: pd.DataFrame, about: RegionalTable) -> Markdown:
    """Set each year's printed cells beside the rebuilt ones.

    Parameters
    ----------
    agreement : pandas.DataFrame
        As `rfe_labour.tables.agreement` returns it.
    about : RegionalTable
        Which table of the article it is.
    """
    wide = agreement.set_index(["year", "measure"])
    rows = []
    for year in agreement["year"].unique():
        row = [str(year)]
        for measure in ("workers", "share"):
            cell = wide.loc[(year, measure)]
            doubt = "" if pd.isna(cell["doubt"]) else " *"
            agrees = "" if cell["agrees"] else " ≠"
            row += [f"{cell['printed']}{doubt}", f"{cell['rebuilt']}{agrees}"]
        rows.append(row)
    header = [
        f"Table {about.number}",
        "workers, printed",
        "rebuilt",
        "%, printed",
        "rebuilt",
    ]
    return write_table(header, rows, "lrrrr")


def cells(
    agreement: pd.DataFrame, doubts: Mapping[str, str], about: RegionalTable
) -> Markdown:
    """List where each cell is printed, and every doubt about it.

    Each row is a target that other pages can link to, for example
    ``printed-table1-workers-1992``.

    Parameters
    ----------
    agreement : pandas.DataFrame
        As `rfe_labour.tables.agreement` returns it.
    doubts : mapping of str to str
        What each code of the column ``doubt`` stands for.
    about : RegionalTable
        Which table of the article it is.
    """
    rows = [
        [
            printed_cell(
                cell["locator"], about.table, cell["measure"], str(cell["year"])
            ),
            cell["printed"],
            cell["rebuilt"],
            "yes" if cell["agrees"] else "no",
            "" if pd.isna(cell["doubt"]) else doubts[cell["doubt"]],
        ]
        for cell in records(agreement)
    ]
    return write_table(
        ["printed at", "printed", "rebuilt", "agree", "doubt"], rows, "lrrll"
    )


def implied_foreign(table: pd.DataFrame) -> Markdown:
    """List the implied foreign workers of each year as intervals.

    Parameters
    ----------
    table : pandas.DataFrame, shape (years, 8)
        As `rfe_labour.tables.regional_table` returns it.
    """
    rows = [
        [
            str(row["year"]),
            f"{row['workers']:,}",
            f"{row['share_lower']:g} to {row['share_upper']:g}",
            f"{row['foreign_lower']:,.0f} to {row['foreign_upper']:,.0f}",
        ]
        for row in records(table.reset_index())
    ]
    header = ["year", "workers", "share, %", "all foreign workers, implied"]
    return write_table(header, rows, "lrrr")


def decomposition(steps: pd.DataFrame, total: pd.DataFrame) -> Markdown:
    """List how each change of workers splits, and the change over all years.

    Parameters
    ----------
    steps, total : pandas.DataFrame
        As `rfe_labour.tables.decomposition` and `decomposition_total` return them.
    """
    rows = [
        [
            f"{row['from_year']}–{row['to_year']}",
            signed(row["dln_workers"], 3),
            signed(row["dln_share"], 3),
            signed(row["dln_foreign"], 3),
            f"{signed(row['dln_foreign_lower'], 3)} to "
            f"{signed(row['dln_foreign_upper'], 3)}",
        ]
        for row in [*records(steps), *records(total)]
    ]
    rows[-1] = [f"**{text}**" for text in rows[-1]]
    header = ["years", "ln workers", "ln share", "ln foreign", "within rounding"]
    return write_table(header, rows, "lrrrr")


def defects(found: pd.DataFrame) -> Markdown:
    """List the known defects of a table.

    Parameters
    ----------
    found : pandas.DataFrame
        As `rfe_labour.tables.defects` returns it.
    """
    if found.empty:
        return Markdown("None is known.")
    rows = [[row["where"], row["what"]] for row in records(found)]
    return write_table(["where", "what"], rows, "ll")


def sources(cited: pd.DataFrame) -> Markdown:
    """List the sources that the article cites for a table.

    Parameters
    ----------
    cited : pandas.DataFrame
        Rows of the resource ``sources``.
    """
    rows = [
        [
            " ".join(
                [
                    *([] if pd.isna(row["authors"]) else [f"{row['authors']}."]),
                    row["title"],
                ]
            ),
            str(row["published"]),
            str(row["latest_year"]),
            row["locator"],
        ]
        for row in records(cited)
    ]
    header = ["source", "published", "can hold years to", "cited at"]
    return write_table(header, rows, "lrrl")


def totals(comparison: pd.DataFrame, regions: Mapping[str, RegionalTable]) -> Markdown:
    """List stated totals beside the sum of the regions.

    Parameters
    ----------
    comparison : pandas.DataFrame
        As `rfe_labour.checks.totals.compare` returns it.
    regions : mapping of str to RegionalTable
        The regions of `comparison`.
    """
    rows = [
        [
            str(year),
            *(f"{row[region]:,}" for region in regions),
            f"{row['regional_sum']:,}",
            printed_cell(f"{row['stated']:,}", "stated_totals", str(year)),
            f"{row['residual']:,}",
            f"{row['coverage']:.1%}",
        ]
        for year, row in comparison.iterrows()
    ]
    header = [
        "year",
        *(about.region_name.split()[0] for about in regions.values()),
        "sum",
        "stated",
        "gap",
        "held",
    ]
    return write_table(header, rows, "l" + "r" * (len(header) - 1))


def directions(comparison: pd.DataFrame) -> Markdown:
    """List in which steps the stated totals and the sums move together.

    Parameters
    ----------
    comparison : pandas.DataFrame
        As `rfe_labour.checks.totals.compare` returns it.
    """
    years = list(comparison.index)
    rows = []
    for before, year in itertools.pairwise(years):
        row = comparison.loc[year]
        same = row["same_direction"]
        rows.append(
            [
                f"{before}–{year}",
                f"{row['stated_change']:+,}".replace("-", "−"),
                f"{row['sum_change']:+,}".replace("-", "−"),
                "no direction" if pd.isna(same) else "yes" if same else "no",
            ]
        )
    header = ["years", "stated total", "sum of the regions", "same direction"]
    return write_table(header, rows, "lrrl")


def fill(gaps: pd.DataFrame, names: Mapping[str, str]) -> Markdown:
    """List whether other figures of the article could fill what remains.

    Parameters
    ----------
    gaps : pandas.DataFrame
        As `rfe_labour.checks.totals.fill` returns it.
    names : mapping of str to str
        A heading for each set of candidates.
    """
    header = ["year"]
    columns = []
    for candidates, name in names.items():
        own = gaps[gaps["candidates"] == candidates].set_index("year")
        header += [f"after {name}, remains", "the gap could hold it"]
        columns.append(own)
    rows = [
        [
            str(year),
            *(
                text
                for own in columns
                for text in (
                    _span(
                        own.loc[year, "remains_lower"], own.loc[year, "remains_upper"]
                    ),
                    str(own.loc[year, "verdict"]),
                )
            ),
        ]
        for year in columns[0].index
    ]
    return write_table(header, rows, "l" + "rl" * len(columns))


def data_dictionary(descriptor: Mapping[str, Any], folder: str) -> Markdown:
    """Describe every file and column of a Data Package.

    Parameters
    ----------
    descriptor : mapping
        The content of ``datapackage.json``.
    folder : str
        The way from the page to the folder of the files, for links to them.
    """
    files = [_resource(resource, folder) for resource in descriptor["resources"]]
    return Markdown("\n\n".join(files))


def _resource(resource: Mapping[str, Any], folder: str) -> str:
    path = resource["path"]
    fields = resource["schema"]["fields"]
    rows = [
        [
            f"`{field['name']}`",
            field["type"],
            field.get("unit", ""),
            field.get("description", field.get("title", "")),
        ]
        for field in fields
    ]
    codes = [
        [f"`{field['name']}`", f"`{code['value'] or '(empty)'}`", code["label"]]
        for field in fields
        for code in [*field.get("categories", ()), *_labelled(field)]
    ]
    parts = [
        f"## `{path}`",
        f"{resource['title']}. {resource['description']} "
        f'<a href="{folder}/{path}" download>Download {path}</a>',
        write_table(["column", "type", "unit", "what it holds"], rows, "llll").text,
    ]
    if codes:
        parts.append(write_table(["column", "code", "meaning"], codes, "lll").text)
    return "\n\n".join(parts)


def _labelled(field: Mapping[str, Any]) -> Iterable[Mapping[str, str]]:
    return [
        missing
        for missing in field.get("missingValues", ())
        if isinstance(missing, Mapping) and "label" in missing
    ]


def printed_cell(text: str, *key: str) -> str:
    """Write a text as the target of one printed cell, named by resource and key."""
    return f"[{text}]{{#{'-'.join(('printed', *key))}}}"


def records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return the rows of a frame as mappings from column to value."""
    return frame.to_dict("records")


def signed(value: float, places: int = 1) -> str:
    """Write a number with its sign, as a typographer would."""
    text = f"{value:+,.{places}f}".replace("-", "−").replace("inf", "∞")
    return text.lstrip("+−") if not float(f"{value:.{places}f}") else text


def as_part(part: float) -> str:
    """Write a part as per cent; 0% and 100% are none and all, never nearly so."""
    if 0 < part < 1:
        part = min(max(part, 0.01), 0.99)
    return f"{part:.0%}"


def _span(lower: float, upper: float) -> str:
    return f"{lower:,.0f} to {upper:,.0f}".replace("-", "−")


def write_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], alignment: str
) -> Markdown:
    """Write a table in the pipe syntax; ``l`` and ``r`` align its columns."""
    rules = {"l": ":---", "r": "---:"}
    lines = [header, [rules[letter] for letter in alignment], *rows]
    return Markdown(
        "\n".join(
            "| " + " | ".join(text.replace("|", "\\|") for text in line) + " |"
            for line in lines
        )
    )
