"""What serial correlation does to a trend, measured and simulated, by hand."""

import numpy as np
import pytest

from rfe_labour import inference


def test_ewc_takes_two_terms_for_every_table_of_the_article() -> None:
    chosen = {n: inference.ewc_degrees(n) for n in (3, 7, 8, 11, 14, 15, 16, 125)}
    assert chosen == {3: 1, 7: 1, 8: 2, 11: 2, 14: 2, 15: 2, 16: 3, 125: 10}


def test_the_ar1_coefficient_is_floored_and_capped() -> None:
    alternating = np.tile([1.0, -1.0], 5)
    runs = np.repeat([1.0, -1.0], 5)
    assert inference.ar1_coefficients(alternating) == 0
    assert inference.lag1_autocorrelation(runs) == pytest.approx(7 / 10)
    assert inference.ar1_coefficients(runs) == inference.LARGEST_RHO
    assert inference.ar1_coefficients(runs, corrected=False) == pytest.approx(0.7)


@pytest.mark.parametrize("n", [11, 14])
@pytest.mark.parametrize("rho", [0.0, 0.2, 0.4])
def test_the_correction_removes_most_of_the_bias(n: int, rho: float) -> None:
    x = np.arange(float(n))
    draws = np.random.default_rng(3).standard_normal((40_000, n))
    errors = inference.residuals(inference.ar1_errors(draws, rho), x)
    plain = inference.lag1_autocorrelation(errors).mean()
    corrected = (n * plain + 2) / (n - 4)
    assert rho - plain > 0.14
    assert abs(corrected - rho) < 0.08


def test_ar1_errors_have_unit_variance_and_the_stated_correlation() -> None:
    draws = np.random.default_rng(2).standard_normal((200_000, 4))
    moments = np.cov(inference.ar1_errors(draws, 0.7), rowvar=False)
    lags = np.abs(np.arange(4)[:, None] - np.arange(4))
    assert np.abs(moments - 0.7**lags).max() < 0.01


def test_the_lag_1_autocorrelation_by_hand() -> None:
    assert inference.lag1_autocorrelation([1, 2, -3]) == pytest.approx((2 - 6) / 14)


@pytest.mark.parametrize(
    ("residuals", "message"),
    [
        ([1.0], "two or more residuals"),
        ([1, np.nan], "none missing"),
        ([0, 0, 0], "all 0"),
        ([[1, 2, 3], [0, 0, 0]], "all 0"),
    ],
)
def test_residuals_without_an_autocorrelation_are_refused(
    residuals: list, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        inference.lag1_autocorrelation(residuals)
