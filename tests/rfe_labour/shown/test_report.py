"""What the reproduction report says of the article, from the results of a run."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rfe_labour.shown import report

ROOT = Path(__file__).parents[3]
EXPECTED = json.loads((ROOT / "expected/results.json").read_text(encoding="utf-8"))
with (ROOT / "data/claims.csv").open(encoding="utf-8", newline="") as file:
    LEDGER = list(csv.DictReader(file))


def words(**changed: Any) -> str:
    results = {key.replace("__", "."): value for key, value in changed.items()}
    return report.words(EXPECTED | results)


def test_the_claims_are_counted_and_listed_as_the_ledger_has_them() -> None:
    counts = Counter(row["status"] for row in LEDGER)
    text = words()
    assert f"lists {len(LEDGER)} claims" in text
    for status, count in counts.items():
        assert re.search(rf"(?m)^\| {status} \| {count} \| ", text)
    listed = re.findall(r"(?m)^- \[.*?\]\(book/checks/claims\.html#claim-(\w+)\)", text)
    tested = ("differs", "contradicts itself", "tested and agrees")
    assert sorted(listed) == sorted(
        row["claim"] for row in LEDGER if row["status"] in tested
    )


def test_each_link_leads_to_a_page_of_the_site() -> None:
    """The report stands alone: it has none of the targets of the book's pages."""
    links = re.findall(r"\]\(([^)]*)\)", words())
    assert links
    assert {link.partition("#")[0] for link in links} == {"book/checks/claims.html"}
    claims = {row["claim"] for row in LEDGER}
    assert {link.partition("#claim-")[2] for link in links} <= {"", *claims}
    assert "{#" not in words()


def test_each_table_of_the_article_has_its_row() -> None:
    lines = words().splitlines()
    rows = [line.split(" | ") for line in lines if line.startswith("| Table ")]
    assert [row[1] for row in rows[:4]] == [
        "28 of 28 cells can be rebuilt",
        "columns lost in our scan; bounds only",
        "22 of 22 cells can be rebuilt",
        "22 of 22 cells can be rebuilt",
    ]


def test_what_came_out_of_each_part_stands_before_everything_else() -> None:
    counts = Counter(row["status"] for row in LEDGER)
    in_short = words().partition("\n## ")[0]
    for told in (
        "Can be rebuilt, which proves little:** Tables 1, 3 and 4\n",
        "Cannot be rebuilt:** Table 2; of Table 2 our scan left only bounds\n",
        "Later than the sources cited:** numbers of Tables 1, 2, 3 and 4\n",
        "exceeded by the three regions in none of 8 years\n",
        f"{counts['tested and agrees']} agree, {counts['differs']} differ\n",
        f"** {counts['contradicts itself']} contradict it, ",
        f"of {len(LEDGER)}\n",
        "in the number of workers:** in no region",
    ):
        assert told in in_short


@pytest.mark.parametrize(
    ("changed", "before", "after"),
    [
        (
            {"tables__table3__cells_reproduced": 21},
            "Cannot be rebuilt:** Table 2;",
            "Cannot be rebuilt:** Tables 2 and 3;",
        ),
        (
            {"totals__years_exceeded": 2},
            "regions in none of 8 years",
            "regions in 2 of 8 years",
        ),
        (
            {"tables__table3__cells_reproduced": 21},
            "**The regional tables can be rebuilt",
            "**A regional table cannot be rebuilt.**",
        ),
        (
            {"sources__table1__cells_beyond_sources": 0},
            "**The cited sources are too old.**",
            "**Some cited sources are too old.**",
        ),
        (
            {"data__checks_passed": 36},
            "**The transcription is intact.**",
            "36 of 37 checks passed",
        ),
        (
            {"trends__amur__log_ols__ar1_percent_lower": 0.5},
            "**No region shows a clear trend",
            "**The number of workers has a clear trend in Amurskaya oblast.**",
        ),
        # The claim of growth “year by year” holds if there was no fall.
        (
            {"trends__together__declines": 0},
            "| differs | 5 |",
            "| differs | 4 |",
        ),
    ],
)
def test_a_result_that_moves_changes_what_is_said(
    changed: dict[str, Any], before: str, after: str
) -> None:
    assert before in words()
    assert after not in words()
    assert after in words(**changed)
    assert before not in words(**changed)
