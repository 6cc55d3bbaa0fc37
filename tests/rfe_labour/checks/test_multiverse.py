"""The slope under all combinations of the choices we tried."""

import time
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit
from scipy.stats import theilslopes

from rfe_labour import tables
from rfe_labour.checks import multiverse


def regional(
    workers: list[int], shares: list[str], first_year: int = 1995
) -> pd.DataFrame:
    """Make a regional table of made-up cells."""
    years = range(first_year, first_year + len(workers))
    cells = pd.DataFrame(
        [
            (measure, year, str(value), "", None)
            for measure, values in (("workers", workers), ("share", shares))
            for year, value in zip(years, values, strict=True)
        ],
        columns=["measure", "year", "printed", "locator", "doubt"],
    )
    return tables.regional_table(cells)


RISING = regional(
    [100, 120, 130, 160, 170, 200, 230],
    ["5.0", "5.5", "6.1", "6.4", "7.2", "7.9", "8.8"],
)

series = st.lists(
    st.tuples(
        st.integers(20, 5000), st.integers(20, 980).map(lambda n: f"{n / 10:.1f}")
    ),
    min_size=5,
    max_size=8,
)


def one_by_one(row: pd.Series, table: pd.DataFrame) -> float:
    """Fit one specification with statsmodels or SciPy."""
    own = table.loc[row["first_year"] : row["last_year"]]
    if not pd.isna(row["left_out"]):
        own = own.drop(row["left_out"])
    assert len(own) == row["years"]
    ending = "" if row["rounding"] == "printed" else f"_{row['rounding']}"
    y = own[row["outcome"] + ending].to_numpy(dtype=float)
    x = own.index.to_numpy(dtype=float)
    design = sm.add_constant(x - x.mean())
    if row["outcome"] == "share":
        y, scaled, family = y / 100, logit(y / 100), sm.families.Binomial()
    else:
        scaled, family = np.log(y), sm.families.Poisson()
    if row["estimator"] == "theil_sen":
        return float(theilslopes(scaled, x).slope)
    if row["estimator"].endswith("_ols"):
        return float(sm.OLS(scaled, design).fit().params[1])
    return float(sm.GLM(y, design, family=family).fit(tol=1e-14).params[1])


def test_a_random_sample_of_the_batch_equals_fits_made_one_by_one(
    numbers: dict[str, pd.DataFrame], specs: pd.DataFrame
) -> None:
    sample = specs.groupby(["region", "outcome", "estimator"]).sample(
        6, random_state=20051231
    )
    assert len(sample) == 3 * 3 * 3 * 6
    alone = [one_by_one(row, numbers[row["region"]]) for _, row in sample.iterrows()]
    np.testing.assert_allclose(sample["slope"], alone, rtol=1e-8, atol=1e-10)


def test_every_admissible_specification_is_there_once(specs: pd.DataFrame) -> None:
    # The number of data sets by counting subsets: a window of years, whole or
    # without one inner year, of which at least five stay.
    def data_sets(n: int) -> int:
        subsets = {
            frozenset(range(a, b + 1)) - {out}
            for a, b in combinations(range(n), 2)
            for out in [None, *range(a, b + 1)]
        }
        return sum(len(subset) >= 5 for subset in subsets)

    # workers as printed; share and foreign at three ends each; three estimators
    assert len(specs) == 3 * (1 + 3 + 3) * (data_sets(14) + 2 * data_sets(11)) == 13_629
    columns = ["region", "outcome", *multiverse.CHOICES]
    assert not specs.duplicated(columns).any()
    assert specs["slope"].notna().all()
    assert specs["years"].min() == 5


def test_all_specifications_take_less_than_ten_seconds(
    numbers: dict[str, pd.DataFrame],
) -> None:
    start = time.perf_counter()
    multiverse.specifications(numbers)
    assert time.perf_counter() - start < 10


def test_the_columns_are_as_promised(specs: pd.DataFrame) -> None:
    assert list(specs.columns) == [
        *("region", "outcome", "first_year", "last_year", "left_out", "estimator"),
        *("rounding", "years", "link", "slope", "percent"),
    ]
    units = specs.groupby("outcome")["link"].unique().map(list).to_dict()
    assert units == {"workers": ["log"], "share": ["logit"], "foreign": ["log"]}
    np.testing.assert_allclose(specs["percent"], 100 * (np.exp(specs["slope"]) - 1))


def test_a_rising_series_rises_under_every_specification() -> None:
    specs = multiverse.specifications({"here": RISING})
    assert (specs["slope"] > 0).all()


def test_a_constant_series_is_flat_and_neither_rises_nor_falls() -> None:
    specs = multiverse.specifications({"here": regional([130] * 6, ["7.3"] * 6)})
    assert (specs["slope"] == 0).all()


def test_a_missing_year_keeps_its_distance() -> None:
    gap = RISING.drop(index=1998)
    specs = multiverse.specifications({"here": gap})
    assert not (specs["left_out"] == 1998).any()
    whole = specs[(specs["years"] == len(gap)) & (specs["estimator"] == "log_ols")]
    first = whole.query("outcome == 'workers'")["slope"].item()
    x = gap.index.to_numpy(dtype=float)
    expected = np.polyfit(x - x.mean(), np.log(gap["workers"]), 1)[0]
    assert first == pytest.approx(expected)


def test_regions_of_different_length_do_not_disturb_each_other(
    specs: pd.DataFrame, numbers: dict[str, pd.DataFrame]
) -> None:
    alone = multiverse.specifications({"amur": numbers["amur"]})
    together = specs.query("region == 'amur'").reset_index(drop=True)
    keys = ["outcome", *multiverse.CHOICES]
    merged = alone.merge(together, on=keys, suffixes=("_alone", ""))
    assert len(merged) == len(alone)
    np.testing.assert_allclose(merged["slope_alone"], merged["slope"], atol=1e-12)


@pytest.mark.parametrize("years", [1, 2, 4])
def test_fewer_than_five_years_are_refused(years: int) -> None:
    with pytest.raises(ValueError, match=f"at least 5 years; here has {years}"):
        multiverse.specifications({"here": RISING.iloc[:years]})


def test_a_zero_is_refused() -> None:
    zero = RISING.copy()
    zero.loc[1997, "workers"] = 0
    with pytest.raises(ValueError, match="workers of here in 1997 is not above 0"):
        multiverse.specifications({"here": zero})


@pytest.mark.parametrize("share", ["100", "100.0"])
def test_a_share_of_one_hundred_is_refused(share: str) -> None:
    table = regional([10] * 5, ["50", "50", share, "50", "50"])
    with pytest.raises(ValueError, match="share of here in 1997, its rounding"):
        multiverse.specifications({"here": table})


def test_a_share_of_zero_is_refused() -> None:
    zero = RISING.copy()
    zero.loc[1997, ["share", "share_lower"]] = 0.0
    with pytest.raises(ValueError, match="reaches 0 or 100 per cent"):
        multiverse.specifications({"here": zero})


def slopes(specs: pd.DataFrame) -> pd.Series:
    """Sort slopes by the course of the data, blind to the years' names."""
    return specs.set_index(["outcome", *multiverse.CHOICES])["slope"]


@settings(max_examples=20)
@given(rows=series, factor=st.integers(2, 50), shift=st.integers(-90, 90))
def test_units_and_the_calendar_do_not_matter(
    rows: list[tuple[int, str]], factor: int, shift: int
) -> None:
    workers, shares = [row[0] for row in rows], [row[1] for row in rows]
    one = multiverse.specifications({"here": regional(workers, shares)})
    other = multiverse.specifications(
        {"here": regional([factor * n for n in workers], shares, 1995 + shift)}
    )
    for column in ("first_year", "last_year", "left_out"):
        other[column] -= shift
    pd.testing.assert_series_equal(
        slopes(one), slopes(other), check_exact=False, rtol=1e-6, atol=1e-8
    )


@settings(max_examples=20)
@given(rows=series)
def test_reversing_time_flips_every_sign(rows: list[tuple[int, str]]) -> None:
    workers, shares = [row[0] for row in rows], [row[1] for row in rows]
    one = multiverse.specifications({"here": regional(workers, shares)})
    back = multiverse.specifications({"here": regional(workers[::-1], shares[::-1])})
    mirror = 2 * 1995 + len(rows) - 1
    back = back.assign(
        first_year=mirror - back["last_year"],
        last_year=mirror - back["first_year"],
        left_out=mirror - back["left_out"],
    )
    merged = slopes(one).to_frame("one").join(slopes(back).rename("back"))
    np.testing.assert_allclose(merged["one"], -merged["back"], rtol=1e-6, atol=1e-8)
