"""How a table and the numbers in it are written."""

from __future__ import annotations

import math

from rfe_labour.shown import markdown


def test_a_table_aligns_its_columns_and_a_bar_inside_a_cell_does_not_break_it() -> None:
    table = markdown.write_table(["where", "n"], [["a|b", "1"]], "lr")
    assert table.text == "| where | n |\n| :--- | ---: |\n| a\\|b | 1 |"


def test_a_printed_cell_is_a_target_named_by_its_resource_and_key() -> None:
    cell = markdown.printed_cell("72", "table4", "share", "1995")
    assert cell == "[72]{#printed-table4-share-1995}"


def test_nearly_all_is_not_written_as_all() -> None:
    parts = [0.0, 0.0004, 0.5, 0.9996, 1.0]
    written = [markdown.proportion(part) for part in parts]
    assert written == ["0%", "1%", "50%", "99%", "100%"]


def test_signs_are_written_with_a_true_minus_and_zero_without_one() -> None:
    signed = markdown.signed
    assert [signed(-1234.56), signed(0.04), signed(-0.04), signed(2, 0)] == [
        *("−1,234.6", "0.0", "0.0", "+2")
    ]
    assert signed(-math.inf) == "−∞"
    assert markdown.signed_span(-1, 0.5, 2) == "−1.00 to +0.50"


def test_two_ends_are_written_as_one_number_or_year_where_they_are_equal() -> None:
    assert markdown.span(1369, 1369) == "1,369"
    assert markdown.span(-1464, 2757.4) == "−1,464 to 2,757"
    assert markdown.period(1999, 1999) == "1999"
    assert markdown.period(1992, 2005) == "1992–2005"


def test_a_console_shows_a_table_without_the_targets_of_its_cells() -> None:
    cell = markdown.printed_cell("5", "table3", "share", "1996")
    table = markdown.write_table(["share, %"], [[f"{cell}†"]], "r")
    assert repr(table) == "| share, % |\n| ---: |\n| 5† |"
    assert cell in table._repr_markdown_()


def test_names_are_listed_as_prose_does() -> None:
    lists = [markdown.listed("abc"[:n], "no region") for n in range(4)]
    assert lists == ["no region", "a", "a and b", "a, b and c"]
