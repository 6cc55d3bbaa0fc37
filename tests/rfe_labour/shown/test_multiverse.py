"""Chart and tables of all specs tell their signs."""

from __future__ import annotations

import pandas as pd
import pytest

from rfe_labour.article import RegionalTable
from rfe_labour.checks import multiverse
from rfe_labour.shown import multiverse as shown
from tests.rfe_labour.shown.reading import is_complete, svg


def test_the_curve_names_the_choice_that_moves_the_direction_most(
    specs: pd.DataFrame, regions: dict[str, RegionalTable]
) -> None:
    picture = shown.specification_curve(specs, regions["amur"], "share")
    told = "the choice that moves the direction most is the last year"
    assert told in picture.alt
    assert "nan" not in picture.alt
    again = shown.specification_curve(specs, regions["amur"], "share")
    assert svg(picture) == svg(again)


def test_an_unknown_outcome_is_refused(
    specs: pd.DataFrame, regions: dict[str, RegionalTable]
) -> None:
    with pytest.raises(ValueError, match='no specification of "wages" in Amurskaya'):
        shown.specification_curve(specs, regions["amur"], "wages")


def test_every_table_has_a_cell_for_each_heading(
    specs: pd.DataFrame, regions: dict[str, RegionalTable]
) -> None:
    signs = multiverse.sign_agreement(specs)
    parts = multiverse.by_choice(specs)
    assert is_complete(shown.sign_agreement_table(signs, regions))
    assert is_complete(shown.by_choice_table(parts, regions["amur"], "share"))
