"""One level shift: against statsmodels, against exact p-values, and a referee's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.special import logit

from rfe_labour import inference
from tests.rfe_labour.inference.quadratic_forms import positive_probability
from tests.rfe_labour.inference.series import BUMPY, REGIONS, STEPS, line
from tests.rfe_labour.printed_page import SHARES, WORKERS, by_year

TABLES = ("table1", "table3", "table4")


def printed(table: str, outcome: str) -> tuple[np.ndarray, np.ndarray]:
    """Take a printed series, on the scale of its trend, and its years."""
    row = by_year(*(WORKERS if outcome == "workers" else SHARES)[table])
    values = np.array([float(cell.replace(",", "")) for cell in row.values()])
    scaled = np.log(values) if outcome == "workers" else logit(values / 100)
    return scaled, np.array([*row], dtype=np.float64)


def one_by_one(y: np.ndarray, x: np.ndarray, fewest: int) -> dict[float, Any]:
    """Fit a line with a dummy for each admissible place, by statsmodels."""
    design = sm.add_constant(x - x.mean())
    fits = {}
    for start in x[fewest : len(x) - fewest + 1]:
        dummy = (x >= start).astype(float)
        fits[start] = sm.OLS(y, np.column_stack([design, dummy])).fit()
    return fits


@pytest.mark.parametrize("fewest", [1, 3, 5])
@pytest.mark.parametrize("outcome", ["workers", "share"])
@pytest.mark.parametrize("table", TABLES)
def test_the_largest_f_is_that_of_lines_fitted_one_by_one(
    table: str, outcome: str, fewest: int
) -> None:
    y, x = printed(table, outcome)
    fits = one_by_one(y, x, fewest)
    f = {start: fit.tvalues[2] ** 2 for start, fit in fits.items()}
    np.testing.assert_allclose(inference.shift_f(y, x, fewest), [*f.values()])
    found = inference.sup_f(line(y, x), fewest)
    best = max(f, key=f.__getitem__)
    assert x[found.place] == best
    assert found.f == pytest.approx(f[best])
    assert found.shift == pytest.approx(fits[best].params[2])
    assert found.slope == pytest.approx(fits[best].params[1])
    assert found.sd == pytest.approx(np.sqrt(fits[best].scale))


def test_the_series_of_many_are_judged_each_by_itself() -> None:
    y, x = printed("table3", "workers")
    both = inference.shift_f([y, y[::-1]], x, 2)
    np.testing.assert_allclose(both[0], inference.shift_f(y, x, 2))
    # Backwards in time the shift between two years is the same shift.
    np.testing.assert_allclose(both[1], both[0][::-1])


def test_a_line_and_a_unit_do_not_change_the_f_of_a_shift() -> None:
    y, x = printed("table1", "share")
    other = 7 - 0.3 * x + 5 * y
    np.testing.assert_allclose(inference.shift_f(other, x), inference.shift_f(y, x))


# With half of the observations on each side there is one place, and no choice of it.


def test_at_a_known_place_independent_errors_give_the_p_value_of_f() -> None:
    y, x = printed("table1", "share")
    fit = line(y, x)
    exact = stats.f.sf(one_by_one(y, x, 7)[1999.0].tvalues[2] ** 2, 1, 11)
    rng = np.random.default_rng(3)
    simulated = inference.ar1_sup_f(fit, rng, 49_999, rho=0.0, fewest=7)
    assert abs(simulated.p - exact) < 4 * simulated.error


def test_at_a_known_place_dependent_errors_give_the_p_value_of_imhof() -> None:
    y, x = printed("table1", "share")
    n, f, rho = len(y), one_by_one(y, x, 7)[1999.0].tvalues[2] ** 2, 0.7
    design = sm.add_constant(x - x.mean())
    with_shift = np.column_stack([design, x >= 1999])
    left, left_with_shift = (
        np.eye(n) - it @ np.linalg.pinv(it) for it in (design, with_shift)
    )
    form = (n - 3) * (left - left_with_shift) - f * left_with_shift
    root = np.linalg.cholesky(rho ** np.abs(np.subtract.outer(x, x)))
    exact = positive_probability(np.linalg.eigvalsh(root.T @ form @ root))
    rng = np.random.default_rng(4)
    simulated = inference.ar1_sup_f(line(y, x), rng, 49_999, rho, fewest=7)
    assert abs(simulated.p - exact) < 4 * simulated.error


def test_the_simulation_counts_the_same_draws_as_least_squares_would() -> None:
    y, x = printed("table4", "workers")
    draws = inference.ar1_errors(
        np.random.default_rng(5).standard_normal((1500, 11)), 0.5
    )
    design = sm.add_constant(x - x.mean())
    squares = np.linalg.lstsq(design, draws.T, rcond=None)[1]
    largest = np.zeros(1500)
    for start in x[3:9]:
        dummy = np.column_stack([design, x >= start])
        left = np.linalg.lstsq(dummy, draws.T, rcond=None)[1]
        largest = np.maximum(largest, 8 * (squares - left) / left)
    observed = max(it.tvalues[2] ** 2 for it in one_by_one(y, x, 3).values())
    rng = np.random.default_rng(5)
    simulated = inference.ar1_sup_f(line(y, x), rng, 1500, 0.5)
    assert simulated.p == pytest.approx((1 + (largest >= observed).sum()) / 1501)


REFEREE = [
    ("workers", 1998, 0.0, 0.20),
    ("workers", 1998, 0.8, 0.69),
    ("share", 2000, 0.0, 0.03),
    ("share", 2000, 0.8, 0.29),
]
"""An independent referee's years and p-values for Primorye, by their own code."""


@pytest.mark.parametrize(("outcome", "year", "rho", "expected"), REFEREE)
def test_year_and_p_value_for_primorye_are_those_of_the_referee(
    outcome: str, year: int, rho: float, expected: float
) -> None:
    y, x = printed("table1", outcome)
    fit = line(y, x)
    assert x[inference.sup_f(fit).place] == year
    simulated = inference.ar1_sup_f(fit, np.random.default_rng(6), 19_999, rho)
    # Two printed decimals, and as large a Monte Carlo error on the other side.
    assert abs(simulated.p - expected) < 0.005 + 4 * np.sqrt(2) * simulated.error


SIZES = {
    11: {0.0: 0.019, 0.4: 0.039, 0.8: 0.057, 0.9: 0.058},
    14: {0.0: 0.011, 0.9: 0.054},
}
"""How often the test finds a shift where there is none, by the same referee's code."""


@pytest.mark.parametrize("n", SIZES)
def test_the_size_of_the_test_is_that_of_the_referee(n: int) -> None:
    rng, draws = np.random.default_rng(7), 19_999
    expected = np.array([*SIZES[n].values()])
    sizes = inference.sup_f_rejections(np.zeros(n), rng, draws, [*SIZES[n]])
    # Series and critical values are drawn here, and were drawn there.
    error = np.sqrt(4 * sizes * (1 - sizes) / draws)
    assert (abs(sizes - expected) < 0.0005 + 3 * error).all()


def test_seven_of_ten_shifts_by_six_standard_deviations_are_found() -> None:
    # The referee's; the line that is added changes nothing.
    course = 6 * (np.arange(11) >= 5) - 0.3 * np.arange(11)
    power = inference.sup_f_rejections(course, np.random.default_rng(8), 4999)
    assert power == pytest.approx(0.7, abs=0.05)


def test_rejections_are_those_of_a_simulation_within_the_simulation() -> None:
    rng, x = np.random.default_rng(9), np.arange(11.0)
    course = 5 * (x >= 5)
    series = course + inference.ar1_errors(rng.standard_normal((300, 11)), 0.4)
    p = [inference.ar1_sup_f(line(y, x), rng, 199, fewest=2).p for y in series]
    nested = np.mean(np.array(p) <= 0.1)
    power = inference.sup_f_rejections(course, rng, 4999, 0.4, 2, level=0.9)
    assert abs(power - nested) < 4 * np.sqrt(nested * (1 - nested) / 300)


def test_courses_and_coefficients_are_paired_as_arrays_are() -> None:
    courses = np.array([np.zeros(11), 9.0 * (np.arange(11) >= 5)])
    both, one = (
        inference.sup_f_rejections(it, np.random.default_rng(1), 499, rho)
        for it, rho in ((courses, [0.0, 0.5]), (courses[1], 0.5))
    )
    assert both.shape == (2,)
    assert both[1] == one > both[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"courses": np.zeros(4)}, "5 values or more, not 4"),
        ({"replications": 0}, "at least 1 replication"),
        ({"level": 1.0}, "level"),
    ],
)
def test_rejections_that_cannot_be_simulated_are_refused(
    given: dict[str, Any], message: str
) -> None:
    asked = {"courses": np.zeros(8), "rng": np.random.default_rng(1), **given}
    with pytest.raises(ValueError, match=message):
        inference.sup_f_rejections(**asked)


def test_the_simulation_takes_the_corrected_coefficient_of_the_line() -> None:
    values = REGIONS["primorye"]
    y, x = np.log(values["workers"]), np.array(values["years"], dtype=float)
    simulated = inference.ar1_sup_f(line(y, x), np.random.default_rng(1), 9)
    assert simulated.rho == pytest.approx((14 * values["log_ols"]["lag1"] + 2) / 10)


def test_a_perfect_shift_is_infinitely_clear_and_its_p_value_the_smallest() -> None:
    fit = line(np.where(STEPS > 4, 2.0, 1.0), STEPS)
    assert inference.sup_f(fit).place == 4
    assert inference.sup_f(fit).f > 1e12
    assert inference.ar1_sup_f(fit, np.random.default_rng(1), 99, 0.9).p == 1 / 100


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"fewest": 0}, "8 have not 0 on each"),
        ({"fewest": 5}, "8 have not 5 on each"),
        ({"replications": 0}, "at least 1 replication"),
        ({"rho": 1.0}, "AR\\(1\\) coefficient lies between"),
    ],
)
def test_a_test_of_a_shift_that_cannot_be_made_is_refused(
    settings: dict[str, Any], message: str
) -> None:
    fit = line(BUMPY, STEPS)
    with pytest.raises(ValueError, match=message):
        inference.ar1_sup_f(fit, np.random.default_rng(1), **settings)


def test_a_shift_is_sought_in_the_order_of_time_only() -> None:
    with pytest.raises(ValueError, match="needs the order of time"):
        inference.sup_f(line(BUMPY, STEPS[::-1]))


def test_four_years_need_a_stated_ar1_coefficient() -> None:
    four, rng = line(BUMPY[:4], STEPS[:4]), np.random.default_rng(1)
    with pytest.raises(ValueError, match="at least 5 observations, not 4; give rho"):
        inference.ar1_sup_f(four, rng, 9, fewest=2)
    assert inference.ar1_sup_f(four, rng, 9, rho=0.5, fewest=2).rho == 0.5
