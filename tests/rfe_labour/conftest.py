"""The tables of the article and what is fitted to them, worked out once a run."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from rfe_labour import article, tables
from rfe_labour.checks import multiverse, totals
from rfe_labour.data import load
from rfe_labour.models import shares, trends
from rfe_labour.tables import joint_ventures

REPLICATIONS = 199


@pytest.fixture(scope="session")
def regions() -> dict[str, article.RegionalTable]:
    """The article's regional tables by region."""
    return {facts.region: facts for facts in article.REGIONAL_TABLES.values()}


@pytest.fixture(scope="session")
def numbers() -> dict[str, pd.DataFrame]:
    """Each region's table, with its intervals."""
    return {
        facts.region: tables.regional_table(load(facts.table))
        for facts in article.REGIONAL_TABLES.values()
    }


@pytest.fixture(scope="session")
def trend_fits() -> dict[str, dict[str, Any]]:
    """The models of the workers of each region, by method."""
    return {region: trends.fits(table) for region, table in tables.regions().items()}


@pytest.fixture(scope="session")
def share_fits(numbers: dict[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    return {
        region: shares.fits(table.reset_index()) for region, table in numbers.items()
    }


@pytest.fixture(scope="session")
def specs(numbers: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every specification of the multiverse."""
    return multiverse.specifications(numbers)


@pytest.fixture(scope="session")
def comparison(numbers: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The stated totals beside the sums of the regions."""
    return totals.compare(load("stated_totals"), numbers)


@pytest.fixture(scope="session")
def tokens() -> pd.DataFrame:
    """What the scan left of Table 2."""
    return load("table2_tokens")


@pytest.fixture(scope="session")
def evaluation(tokens: pd.DataFrame) -> joint_ventures.Evaluation:
    return joint_ventures.evaluate(joint_ventures.survivors(tokens))


@pytest.fixture(scope="session")
def sets(
    evaluation: joint_ventures.Evaluation,
) -> dict[str, joint_ventures.IdentifiedSet]:
    return joint_ventures.identify(evaluation)
