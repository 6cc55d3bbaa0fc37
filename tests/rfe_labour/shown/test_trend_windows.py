"""The report on the windows tells every window."""

from __future__ import annotations

import pandas as pd

from rfe_labour.shown import trend_windows


def test_the_picture_and_the_table_tell_every_window() -> None:
    columns = ["table", "first_year", "last_year", "years", "percent"]
    columns += ["percent_lower", "percent_upper", "ewc_lower", "ewc_upper"]
    columns += ["hc3_p", "ewc_p", "ar1_p"]
    windows = pd.DataFrame(
        [
            ("table1", 1992, 2000, 9, 1.5, 0, 3, -2.0, 4.0, 0.1, 0.2, 0.3),
            ("table1", 1992, 1999, 8, -3.0, 0, 3, -9.0, 9.0, 0.1, 0.2, 0.05),
            ("table1", 1993, 2000, 8, 0.12, 0, 3, -9.0, 9.0, 0.1, 0.2, 0.9),
        ],
        columns=columns,
    )
    picture = trend_windows.slopes(windows)
    assert "Primorye: 3 windows, from −3.0 to +1.5%" in picture.alt
    assert "interval −2.0 to +4.0%" in picture.alt
    (axes,) = picture.figure.axes
    drawn = [line.tolist() for line in axes.collections[1].get_segments()]
    assert [[1992, -3.0], [1999, -3.0]] in drawn
    assert len(drawn) == 3
    lines = trend_windows.windows_table(windows).text.splitlines()
    assert len(lines) == 5
    assert "1992–1999" in lines[3]
