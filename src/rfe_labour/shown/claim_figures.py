"""The figures of the ledger of claims."""

from __future__ import annotations

import pandas as pd

from rfe_labour.checks.claims import VERDICTS
from rfe_labour.shown.claim_tables import AUTHORS
from rfe_labour.shown.figures import INK, Picture, open_panels

LOOKS: dict[str, tuple[str, str, str]] = {
    "agreeing": ("hold", INK, ""),
    "differing": ("differ", "white", "////"),
    "open": ("cannot be checked", "#d0d0d0", ""),
}
"""For each verdict on claims: its words in a title, colour and hatch."""


def claims_by_status(audited: pd.DataFrame) -> Picture:
    """Draw how many claims of each author have which status.

    Parameters
    ----------
    audited : pandas.DataFrame, shape (claims, ...)
        As `rfe_labour.checks.claims.audit` returns it.
    """
    order = [
        (status, colour, hatch)
        for verdict, (_, colour, hatch) in LOOKS.items()
        for status in VERDICTS[verdict]
    ]
    names = [status for status, _, _ in order]
    counts = {
        source: audited.loc[audited["source"] == source, "status_now"]
        .value_counts()
        .reindex(names, fill_value=0)
        for source in AUTHORS
    }
    with open_panels(rows=2, height=4.4) as (figure, panels):
        for axes, (source, author) in zip(panels, AUTHORS.items(), strict=True):
            bars = axes.barh(
                names,
                counts[source],
                color=[colour for _, colour, _ in order],
                edgecolor=INK,
                linewidth=0.8,
            )
            for bar, (_, _, hatch) in zip(bars, order, strict=True):
                bar.set_hatch(hatch)
            axes.bar_label(bars, padding=3, fontsize=10)
            axes.invert_yaxis()
            axes.set_title(f"{author}: {counts[source].sum()} claims", fontsize=11)
            axes.spines["bottom"].set_visible(False)
            axes.tick_params(left=False, bottom=False, labelbottom=False)
        figure.suptitle(_finding(audited), x=0.01, ha="left", weight="bold")
    alt = "Bars that count the claims of each author by status. " + " ".join(
        f"{AUTHORS[source]}: "
        + ", ".join(f"{status} {count}" for status, count in own.items())
        + "."
        for source, own in counts.items()
    )
    return Picture(figure, alt)


def _finding(audited: pd.DataFrame) -> str:
    parts = [
        f"{audited['status_now'].isin(VERDICTS[verdict]).sum()} {words}"
        for verdict, (words, _, _) in LOOKS.items()
    ]
    return f"Of {len(audited)} claims {parts[0]}, {parts[1]}, {parts[2]}"
