"""What the charts and tables of several chapters are made from, computed once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rfe_labour import data, tables
from rfe_labour.article import REGIONAL_TABLES, RegionalTable
from rfe_labour.checks import multiverse, totals
from rfe_labour.models import shares, trends


@pytest.fixture(scope="session")
def regions() -> dict[str, RegionalTable]:
    return {facts.region: facts for facts in REGIONAL_TABLES.values()}


@pytest.fixture(scope="session")
def regional(regions: dict[str, RegionalTable]) -> dict[str, pd.DataFrame]:
    return {
        region: tables.regional_table(data.load(facts.table))
        for region, facts in regions.items()
    }


@pytest.fixture(scope="session")
def comparison(regional: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return totals.compare(data.load("stated_totals"), regional)


@pytest.fixture(scope="session")
def workers_trends(regional: dict[str, pd.DataFrame]) -> dict[str, trends.Trend]:
    return {
        region: trends.fit(table, 0.95, np.random.default_rng(1), 199)
        for region, table in regional.items()
    }


@pytest.fixture(scope="session")
def share_trends(regional: dict[str, pd.DataFrame]) -> dict[str, shares.ShareTrend]:
    return {
        region: shares.fit(table, 0.95, np.random.default_rng(1), 199)
        for region, table in regional.items()
    }


@pytest.fixture(scope="session")
def specifications(regional: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return multiverse.specifications(regional)
