"""Inference on a trend from a short, serially correlated series.

Two groups of functions share one set of formulae. Those that take one series check it
and return an effect with its interval (`ols`, `ewc`, `theil_sen`, `kendall`, …). Those
named in the plural or after their standard error (`slopes`, `hc3_se`, `kendall_p`, …)
take many series of the same years at once, as arrays of shape (..., n), and check
nothing but shapes: they are for simulations and for the multiverse.

Observations stand in order of time. Where a year is missing, its two neighbours count
as one step apart in everything that looks at serial correlation (`ewc`,
`ar1_monte_carlo`, `lag1_autocorrelation`); slopes use the calendar years as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import inf, isfinite, sqrt
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.multitest import multipletests

Floats: TypeAlias = npt.NDArray[np.float64]

FEWEST_OBSERVATIONS = 3
"""A line through two points leaves nothing to judge it by."""

FEWEST_FOR_RHO = 5
"""The correction of `ar1_coefficients` divides by n - 4."""

LARGEST_RHO = 0.99
"""Beyond it, an AR(1) series is no longer told from a random walk."""

# Series simulated together: their arrays fit the processor's cache, where those of all
# would take megabytes that a process keeps.
_AT_A_TIME = 1000


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its inference.

    Attributes
    ----------
    value, se : float
        Coefficient and standard error, in units of y per unit of x (per link unit
        for a GLM).
    df : float
        Degrees of freedom of the t distribution; ``inf`` for the normal.
    lower, upper : float
        Ends of the confidence interval.
    p : float
        Two-sided p-value of the hypothesis that the coefficient is 0.
    level : float
        Confidence level of the interval, between 0 and 1.
    """

    value: float
    se: float
    df: float
    lower: float
    upper: float
    p: float
    level: float


@dataclass(frozen=True)
class Slope:
    """A slope with a confidence interval that needs no standard error.

    Attributes
    ----------
    value : float
        The slope, in units of y per unit of x.
    lower, upper : float
        Ends of the confidence interval; infinite where n is too small for the level.
    level : float
        Confidence level of the interval, between 0 and 1.
    """

    value: float
    lower: float
    upper: float
    level: float


@dataclass(frozen=True)
class Kendall:
    """A rank correlation with its exact p-value.

    Attributes
    ----------
    tau : float
        Kendall's tau-b, from -1 to 1.
    p : float
        Exact two-sided p-value.
    """

    tau: float
    p: float


@dataclass(frozen=True)
class MonteCarlo:
    """A simulated p-value.

    Attributes
    ----------
    p : float
        Two-sided p-value, never 0: at least 1 / (replications + 1).
    rho : float
        The AR(1) coefficient that the simulated errors had.
    replications : int
        Number of simulated series.
    """

    p: float
    rho: float
    replications: int

    @property
    def error(self) -> float:
        """The Monte Carlo standard error of `p`."""
        return sqrt(self.p * (1 - self.p) / self.replications)


def estimate(value: float, se: float, df: float, level: float = 0.95) -> Estimate:
    r"""Judge a coefficient by the t distribution.

    Parameters
    ----------
    value, se : float
        Coefficient and standard error.
    df : float
        Degrees of freedom; ``inf`` stands for the normal distribution.
    level : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        With the interval :math:`value \pm t_{df}((1 + level)/2) \cdot se` and the
        two-sided p-value of :math:`value / se`.

    Raises
    ------
    ValueError
        If the value is not finite, the standard error or the degrees of freedom are
        not positive, or the level is not between 0 and 1.
    """
    _check_level(level)
    if not isfinite(value) or not isfinite(se) or se <= 0:
        msg = (
            f"A coefficient of {value} with a standard error of {se} cannot be judged: "
            "both must be finite, and the error above 0."
        )
        raise ValueError(msg)
    if not df > 0:
        msg = f"The t distribution needs more than 0 degrees of freedom, not {df}."
        raise ValueError(msg)
    margin = float(stats.t.ppf((1 + level) / 2, df)) * se
    p = float(2 * stats.t.sf(abs(value) / se, df))
    return Estimate(value, se, df, value - margin, value + margin, p, level)


def ols(y: npt.ArrayLike, x: npt.ArrayLike, level: float = 0.95) -> Estimate:
    r"""Fit a straight line by least squares, with HC3 and the t distribution.

    Parameters
    ----------
    y : array_like, shape (n,)
        The outcome.
    x : array_like, shape (n,)
        The regressor, for example calendar years.
    level : float
        Confidence level of the interval.

    Returns
    -------
    Estimate
        The slope on x beside an intercept, with n - 2 degrees of freedom.

    Raises
    ------
    ValueError
        If y or x has a missing or infinite value, their lengths differ, n < 3, either
        is constant, y lies exactly on a straight line, or one observation alone
        decides the slope (leverage 1).

    Notes
    -----
    With :math:`\tilde x_i = x_i - \bar x`, residuals :math:`e_i` and leverages
    :math:`h_i = 1/n + \tilde x_i^2 / \sum \tilde x^2`,

    .. math:: se^2 = \sum_i \tilde x_i^2 \frac{e_i^2}{(1-h_i)^2}
              \Big/ \Big(\sum_i \tilde x_i^2\Big)^2 .

    HC3 is that of MacKinnon and White (1985) in the form of Davidson and MacKinnon
    (1993). It allows for unequal variances, not for serial correlation.
    """
    y, x = _checked(y, x)
    _check_residuals(y, x)
    _check_leverage(_leverage(x))
    return estimate(float(slopes(y, x)), float(hc3_se(y, x)), len(y) - 2, level)


def ewc(
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    level: float = 0.95,
    degrees: int | None = None,
) -> Estimate:
    r"""Fit a straight line, with the equal-weighted cosine long-run variance.

    Parameters
    ----------
    y, x : array_like, shape (n,)
        Outcome and regressor, in order of time.
    level : float
        Confidence level of the interval.
    degrees : int or None
        Number of cosine terms, which is also the degrees of freedom. None takes
        `ewc_degrees`.

    Returns
    -------
    Estimate
        The least-squares slope, with `degrees` degrees of freedom.

    Raises
    ------
    ValueError
        As `ols`, except for the leverage; if `degrees` is not from 1 to n - 2; and if
        the scores are orthogonal to every cosine term, so that se would be 0 (with one
        term, whenever the residuals reversed in time are their own negative).

    Notes
    -----
    With the scores :math:`z_t = \tilde x_t e_t`, t = 1, …, n, and
    :math:`\nu` cosine terms,

    .. math:: \Lambda_j = \sqrt{2/n} \sum_t z_t \cos\!\big(\pi j (t - \tfrac12)/n\big),
              \quad \hat\Omega = \frac1\nu \sum_{j=1}^{\nu} \Lambda_j^2,
              \quad se^2 = n\,\hat\Omega \Big/ \Big(\sum_t \tilde x_t^2\Big)^2 ,

    and the ratio of slope to se is judged by :math:`t_\nu`: Lazarus, Lewis, Stock and
    Watson (2018), "HAR Inference: Recommendations for Practice", *Journal of Business
    & Economic Statistics* 36, 541-559, equation (10).
    """
    y, x = _checked(y, x)
    _check_residuals(y, x)
    terms = ewc_degrees(len(y)) if degrees is None else degrees
    if not 1 <= terms <= len(y) - 2:
        msg = (
            f"The cosine estimator takes from 1 to {len(y) - 2} terms for "
            f"{len(y)} observations, not {terms}."
        )
        raise ValueError(msg)
    se = float(ewc_se(y, x, terms))
    if se <= 1e-10 * float(hac_se(y, x, lags=0)):
        msg = (
            f"The residuals are invisible to the cosine terms ({terms}), which would "
            "put the standard error at 0; give more degrees."
        )
        raise ValueError(msg)
    return estimate(float(slopes(y, x)), se, terms, level)


def ewc_degrees(n: int) -> int:
    r"""Choose the number of cosine terms for n observations.

    Parameters
    ----------
    n : int
        Number of observations.

    Returns
    -------
    int
        The whole number nearest to :math:`0.4\, n^{2/3}`, and at least 1: it is 2 for
        n from 8 to 15, hence for each table of the article.

    Notes
    -----
    The rule is equation (4) of Lazarus, Lewis, Stock and Watson (2018). It was made
    for long series, where it hardly matters how it becomes a whole number; here it
    does, and the replication code of others variously rounds down, to the nearest or
    up. Rounding down would leave a single term for n = 11, where 0.4 n^(2/3) = 1.98.
    """
    return max(1, round(float(0.4 * n ** (2 / 3))))


def ar1_monte_carlo(
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    rng: np.random.Generator,
    replications: int = 1999,
    rho: float | None = None,
) -> MonteCarlo:
    r"""Compare the HC3 t statistic of the slope with its values under AR(1) errors.

    Parameters
    ----------
    y, x : array_like, shape (n,)
        Outcome and regressor, in order of time.
    rng : numpy.random.Generator
        Source of the simulated errors.
    replications : int
        Number of simulated series; one less than a round number gives round p-values.
    rho : float or None
        AR(1) coefficient of the simulated errors, above -1 and below 1. None takes
        that of `ar1_coefficients`, which needs n >= 5.

    Returns
    -------
    MonteCarlo
        The p-value, the coefficient used and the number of replications.

    Raises
    ------
    ValueError
        As `ols`; if `replications` is below 1; if `rho` is not between -1 and 1, or
        is None though n < 5.

    Notes
    -----
    The statistic is that of `ols`: slope / `hc3_se`. Each replication draws a
    stationary Gaussian series without a trend (`ar1_errors`), regresses it on an
    intercept and the same x, and takes the same t. Then
    :math:`p = (1 + \#\{|t^*| \ge |t|\}) / (replications + 1)` (Davison and Hinkley,
    1997, section 4.2). The t does not depend on intercept or slope, nor on the scale
    of the errors, so that :math:`\rho` is the only thing taken from the data. In short
    series it cannot be taken well: the test still rejects too often under strong
    correlation, as `rfe_labour.models.small_samples` shows.
    """
    y, x = _checked(y, x)
    _check_residuals(y, x)
    _check_leverage(_leverage(x))
    if replications < 1:
        msg = f"A simulation needs at least 1 replication, not {replications}."
        raise ValueError(msg)
    if rho is None:
        _check_enough_for_rho(len(y))
        rho = float(ar1_coefficients(residuals(y, x)))
    _check_rho(rho)
    observed = abs(float(hc3_t(y, x)))
    as_extreme = 0
    for done in range(0, replications, _AT_A_TIME):
        draws = rng.standard_normal((min(_AT_A_TIME, replications - done), len(y)))
        simulated = np.abs(hc3_t(ar1_errors(draws, rho), x))
        as_extreme += int((simulated >= observed).sum())
    return MonteCarlo((1 + as_extreme) / (replications + 1), rho, replications)


def lag1_autocorrelation(errors: npt.ArrayLike) -> float:
    r"""Measure how far each residual resembles the one before it.

    Parameters
    ----------
    errors : array_like, shape (n,)
        Residuals in order of time. They are not centred again.

    Returns
    -------
    float
        :math:`\sum_{t \ge 2} e_t e_{t-1} / \sum_{t \ge 1} e_t^2`, above -1 and
        below 1.

    Raises
    ------
    ValueError
        If there are fewer than two residuals, one is missing or infinite, or all
        are 0.
    """
    series = np.asarray(errors, dtype=np.float64)
    if series.ndim != 1 or len(series) < 2 or not np.isfinite(series).all():
        msg = "A lag-1 autocorrelation needs two or more residuals, none missing."
        raise ValueError(msg)
    if not series.any():
        msg = "The residuals are all 0: they have no autocorrelation."
        raise ValueError(msg)
    return float(lag1_autocorrelations(series))


def theil_sen(y: npt.ArrayLike, x: npt.ArrayLike, level: float = 0.95) -> Slope:
    r"""Take the median of the slopes between all pairs of observations.

    Parameters
    ----------
    y : array_like, shape (n,)
        The outcome.
    x : array_like, shape (n,)
        The regressor; no value twice.
    level : float
        Least coverage of the interval, for independent errors.

    Returns
    -------
    Slope
        The median slope. Its interval is infinite on both sides where no interval
        between two slopes has the level: below n = 5 at 95 per cent.

    Raises
    ------
    ValueError
        If y or x has a missing or infinite value, their lengths differ, n < 3, y is
        constant, or x has a value twice.

    Notes
    -----
    Sen (1968). The interval holds every slope b for which the exact Kendall test of
    y - bx on x does not reject at 1 - level. With N pairs and c the smallest
    :math:`S > 0` with :math:`P(|S| \ge c) \le 1 - level`, it runs from the
    :math:`(N - c)/2 + 1`-th smallest slope to the :math:`(N - c)/2 + 1`-th largest.
    So it agrees with `kendall` on whether 0 is a possible slope, unless y has ties.
    `scipy.stats.theilslopes` approximates the distribution of S by the normal: the
    same interval at 95 per cent for n from 5 to 18, a wider one at 99 per cent for
    some n, and one that cannot have its level for n = 4.
    """
    _check_level(level)
    y, x = _checked(y, x)
    _check_distinct(x)
    between = np.sort(_pair_slopes(y, x))
    pairs = len(between)
    critical = next(
        (
            s
            for s in range(2 - pairs % 2, pairs + 1, 2)
            if _kendall_tail((1,) * len(y))[s] <= 1 - level
        ),
        None,
    )
    value = float(np.median(between))
    if critical is None:
        return Slope(value, -inf, inf, level)
    outside = (pairs - critical) // 2
    return Slope(
        value, float(between[outside]), float(between[pairs - 1 - outside]), level
    )


def kendall(y: npt.ArrayLike, x: npt.ArrayLike) -> Kendall:
    r"""Test for a monotone trend, by the exact Mann-Kendall test.

    Parameters
    ----------
    y : array_like, shape (n,)
        The outcome; ties are allowed.
    x : array_like, shape (n,)
        The regressor; no value twice.

    Returns
    -------
    Kendall
        Tau-b, and the share of all n! orders of y whose \|S\| is at least as large.

    Raises
    ------
    ValueError
        If y or x has a missing or infinite value, their lengths differ, n < 3, y is
        constant, or x has a value twice.

    Notes
    -----
    S is the number of pairs that rise less the number that fall, and with tied groups
    of sizes :math:`t_g`, :math:`\tau_b = S / \sqrt{N (N - \sum_g t_g (t_g-1)/2)}`,
    N = n(n-1)/2. Its denominator is the same in every order of y, so a test on S is a
    test on tau-b.

    The distribution over all orders needs no enumeration. If a series has I
    inversions, then :math:`S = N - \sum_g t_g(t_g-1)/2 - 2I`, and the number of
    distinct orders with i inversions is the coefficient of :math:`q^i` in the Gaussian
    multinomial :math:`[n]_q! / \prod_g [t_g]_q!` (MacMahon, 1915), found here in
    whole numbers. Without ties it is the distribution of Kendall (1938), used by
    `scipy.stats.kendalltau` (``method="exact"``), which refuses ties;
    `scipy.stats.permutation_test` cannot visit all 14! orders.
    """
    y, x = _checked(y, x)
    _check_distinct(x)
    s = float(kendall_s(y, x))
    _, tied = np.unique(y, return_counts=True)
    pairs = len(y) * (len(y) - 1) / 2
    untied = pairs - float((tied * (tied - 1)).sum()) / 2
    return Kendall(s / sqrt(pairs * untied), float(kendall_p(y, x)))


def holm(p_values: npt.ArrayLike) -> Floats:
    r"""Adjust p-values for the number of tests, by Holm's method.

    Parameters
    ----------
    p_values : array_like, shape (m,)
        One p-value per test of the family.

    Returns
    -------
    numpy.ndarray, shape (m,)
        Adjusted p-values in the same order. Rejecting those up to a makes the chance
        of any false rejection at most a, however the tests depend on each other.

    Raises
    ------
    ValueError
        If there is none, or one is missing or not between 0 and 1.

    Notes
    -----
    Holm (1979), as `statsmodels.stats.multitest.multipletests` computes it: the i-th
    smallest becomes :math:`\max_{j \le i} \min(1, (m - j + 1)\, p_{(j)})`.
    """
    values = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1 or not values.size or not ((values >= 0) & (values <= 1)).all():
        msg = "Holm's method needs one or more p-values, each between 0 and 1."
        raise ValueError(msg)
    adjusted: Floats = multipletests(values, method="holm")[1]
    return adjusted


def detectable_slope(
    x: npt.ArrayLike,
    sd: float,
    level: float = 0.95,
    power: float = 0.8,
    rho: float = 0.0,
) -> float:
    r"""Find the smallest true slope that these x would be likely to show.

    Parameters
    ----------
    x : array_like, shape (n,)
        The regressor, in order of time.
    sd : float
        Standard deviation of the errors around the line, in units of y.
    level : float
        The two-sided test rejects at 1 - level.
    power : float
        Wanted chance of rejection, above 1 - level and below 1.
    rho : float
        AR(1) coefficient of the errors. 0 is exact; see the notes for others.

    Returns
    -------
    float
        A positive slope, in units of y per unit of x.

    Raises
    ------
    ValueError
        If x has a missing or infinite value, n < 3 or it is constant; `sd` is not
        positive and finite; `level`, `power` or `rho` is out of range.

    Notes
    -----
    For independent normal errors the t statistic of a slope b follows the noncentral
    t with n - 2 degrees of freedom and noncentrality
    :math:`\delta = b \sqrt{\sum \tilde x^2} / sd`. The function solves
    :math:`P(|t_{n-2}(\delta)| > c) = power` with
    :math:`c = t_{n-2}((1 + level)/2)`, both tails included, and no approximation.

    With `rho`, the true standard deviation of the slope,
    :math:`sd\, \sqrt{\tilde x' R \tilde x} / \sum \tilde x^2` with
    :math:`R_{ts} = \rho^{|t-s|}`, takes the place of
    :math:`sd / \sqrt{\sum \tilde x^2}`. That describes a test of the right size that
    loses no more degrees of freedom, so it is a lower limit of what could be detected.
    """
    _check_level(level)
    if not 1 - level < power < 1:
        msg = (
            f"A power lies between {1 - level:g} (the test's size) and 1, not {power}."
        )
        raise ValueError(msg)
    if not (isfinite(sd) and sd > 0):
        msg = f"The errors need a positive, finite standard deviation, not {sd}."
        raise ValueError(msg)
    _check_rho(rho)
    x = _checked_regressor(x)
    df = len(x) - 2
    critical = stats.t.ppf((1 + level) / 2, df)

    def shortfall(delta: float) -> float:
        # SciPy gives NaN in the far lower tail, where the probability is nil.
        below = np.nan_to_num(stats.nct.cdf(-critical, df, delta))
        beyond = stats.nct.sf(critical, df, delta) + below
        return float(beyond) - power

    far = float(critical)
    while shortfall(far) < 0:
        far *= 2
    delta = float(optimize.brentq(shortfall, 0.0, far, xtol=1e-12))
    centred = x - x.mean()
    order = np.arange(len(x))
    correlation = rho ** np.abs(order[:, None] - order)
    return delta * sd * sqrt(centred @ correlation @ centred) / float(centred @ centred)


def glm_hc3(result: Any, level: float = 0.95) -> tuple[Floats, dict[str, Estimate]]:
    r"""Give the coefficients of a GLM their HC3 covariance and the t distribution.

    Parameters
    ----------
    result : statsmodels.genmod.generalized_linear_model.GLMResults
        A fitted GLM of any family and link, however its own covariance was computed.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    cov : numpy.ndarray, shape (k, k)
        The HC3 covariance of the coefficients.
    estimates : dict of str to Estimate
        One per coefficient, by the name of its regressor, with n - k degrees of
        freedom, on the scale of the link.

    Raises
    ------
    ValueError
        If the result is not of a GLM; the Binomial was given as two columns of
        counts; frequency weights were given; n <= k; or one observation alone decides
        a coefficient (leverage 1).

    Notes
    -----
    With mean :math:`\mu_i`, link g, variance function V, prior weights :math:`a_i`
    (``var_weights``), working weights :math:`w_i = a_i / (g'(\mu_i)^2 V(\mu_i))` and
    working residuals :math:`r_i = (y_i - \mu_i)\, g'(\mu_i)`,

    .. math:: \widehat{cov} = (X'WX)^{-1}
              \Big[\sum_i x_i x_i' \frac{(w_i r_i)^2}{(1 - h_i)^2}\Big] (X'WX)^{-1},
              \qquad h_i = w_i\, x_i' (X'WX)^{-1} x_i .

    The scale parameter cancels, so a quasi-family has the same standard errors as the
    family. This is ``sandwich::vcovHC(type = "HC3")`` of R (Zeileis, 2006), and for the
    Gaussian family `ols`. statsmodels 0.15.0 accepts ``fit(cov_type="HC3")`` for a GLM
    but returns HC0, without the leverages and without a warning.
    """
    _check_glm(result)
    model = result.model
    design = np.asarray(model.exog, dtype=np.float64)
    n, k = design.shape
    if n <= k:
        msg = f"{n} observations leave no degrees of freedom for {k} coefficients."
        raise ValueError(msg)
    mean = np.asarray(result.fittedvalues, dtype=np.float64)
    prior = np.asarray(model.var_weights, dtype=np.float64)
    weights = prior * model.family.weights(mean)
    working = (np.asarray(model.endog) - mean) * model.family.link.deriv(mean)

    bread = np.linalg.inv(design.T @ (weights[:, None] * design))
    leverage = weights * np.einsum("ij,jk,ik->i", design, bread, design)
    _check_leverage(leverage)
    scores = design * (weights * working / (1 - leverage))[:, None]
    cov: Floats = bread @ (scores.T @ scores) @ bread

    coefficients = zip(
        model.exog_names, np.asarray(result.params), np.sqrt(np.diag(cov)), strict=True
    )
    return cov, {
        str(name): estimate(float(value), float(se), n - k, level)
        for name, value, se in coefficients
    }


def dispersion(result: Any) -> float:
    r"""Measure the variance of a GLM's outcome against that of its family.

    Parameters
    ----------
    result : statsmodels.genmod.generalized_linear_model.GLMResults
        A fitted GLM of any family and link, whatever its own scale.

    Returns
    -------
    float
        Pearson's :math:`X^2 / (n - k)`, with
        :math:`X^2 = \sum_i a_i (y_i - \mu_i)^2 / V(\mu_i)`: 1 where the variance is
        that of the family, above 1 for overdispersion.

    Raises
    ------
    ValueError
        If the result is not of a GLM; the Binomial was given as two columns of
        counts; frequency weights were given; or n <= k.

    Notes
    -----
    McCullagh and Nelder (1989), section 4.5. statsmodels 0.15.0 finds a wrong scale
    for ``fit(scale="X2")`` with two columns of counts, hence the refusal: give the
    proportion as the outcome and the number of trials as ``var_weights``.
    """
    _check_glm(result)
    if result.df_resid <= 0:
        msg = "A dispersion needs more observations than coefficients."
        raise ValueError(msg)
    mean = np.asarray(result.fittedvalues, dtype=np.float64)
    squares = result.model.var_weights * (result.model.endog - mean) ** 2
    return float((squares / result.model.family.variance(mean)).sum() / result.df_resid)


def slopes(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    r"""Fit a straight line to each series by least squares.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes, one series per row.
    x : array_like, shape (n,)
        The regressor that all series share.

    Returns
    -------
    numpy.ndarray, shape (...)
        :math:`\sum \tilde x_i y_i / \sum \tilde x_i^2` of each series.
    """
    centred = _centred(x)
    return (_centred(y) @ centred) / (centred @ centred)


def residuals(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    """Subtract from each series its least-squares line.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes, one series per row.
    x : array_like, shape (n,)
        The regressor that all series share.

    Returns
    -------
    numpy.ndarray, shape (..., n)
        Residuals, in units of y.
    """
    return _centred(y) - slopes(y, x)[..., None] * _centred(x)


def classical_se(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    r"""Compute the standard error of each slope for independent, equal errors.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes, one series per row.
    x : array_like, shape (n,)
        The regressor that all series share.

    Returns
    -------
    numpy.ndarray, shape (...)
        :math:`\sqrt{\sum e_i^2 / (n-2) / \sum \tilde x_i^2}` of each series.
    """
    errors, centred = residuals(y, x), _centred(x)
    df = len(centred) - 2
    return _root((errors**2).sum(axis=-1) / df / (centred @ centred))


def hc3_se(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    """Compute the HC3 standard error of each slope, as in `ols`.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes, one series per row.
    x : array_like, shape (n,)
        The regressor that all series share.

    Returns
    -------
    numpy.ndarray, shape (...)
        Standard errors, in units of y per unit of x.
    """
    centred = _centred(x)
    weights = (centred / (1 - _leverage(x)) / (centred @ centred)) ** 2
    return _root(residuals(y, x) ** 2 @ weights)


def hac_se(
    y: npt.ArrayLike, x: npt.ArrayLike, lags: int = 2, corrected: bool = False
) -> Floats:
    r"""Compute the Newey-West standard error of each slope.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes in order of time, one series per row.
    x : array_like, shape (n,)
        The regressor that all series share.
    lags : int
        Number of autocovariances, from 0 to n - 1.
    corrected : bool
        Whether to multiply the variance by n / (n - 2), the small-sample correction of
        statsmodels (``use_correction=True``) and Stata.

    Returns
    -------
    numpy.ndarray, shape (...)
        Standard errors, in units of y per unit of x.

    Notes
    -----
    Newey and West (1987), with scores :math:`z_t = \tilde x_t e_t`:
    :math:`se^2 = \big[\sum_t z_t^2 + 2 \sum_{l=1}^{L} (1 - \tfrac{l}{L+1})
    \sum_{t>l} z_t z_{t-l}\big] / (\sum \tilde x_t^2)^2`. Shown as a warning only: it
    rejects far too often in series as short as these.
    """
    centred = _centred(x)
    n = len(centred)
    scores = residuals(y, x) * centred
    long_run = (scores**2).sum(axis=-1)
    for lag in range(1, lags + 1):
        products = (scores[..., lag:] * scores[..., :-lag]).sum(axis=-1)
        long_run = long_run + 2 * (1 - lag / (lags + 1)) * products
    correction = n / (n - 2) if corrected else 1.0
    return _root(correction * long_run) / (centred @ centred)


def ewc_se(y: npt.ArrayLike, x: npt.ArrayLike, degrees: int | None = None) -> Floats:
    """Compute the equal-weighted cosine standard error of each slope, as in `ewc`.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes in order of time, one series per row.
    x : array_like, shape (n,)
        The regressor that all series share.
    degrees : int or None
        Number of cosine terms. None takes `ewc_degrees`.

    Returns
    -------
    numpy.ndarray, shape (...)
        Standard errors, in units of y per unit of x.
    """
    centred = _centred(x)
    n = len(centred)
    terms = np.arange(1, (ewc_degrees(n) if degrees is None else degrees) + 1)
    cosines = np.sqrt(2 / n) * np.cos(np.pi * np.outer((np.arange(n) + 0.5) / n, terms))
    projections = (residuals(y, x) * centred) @ cosines
    return _root(n * (projections**2).mean(axis=-1)) / (centred @ centred)


def hc3_t(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    """Divide each slope by its HC3 standard error.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes, one series per row.
    x : array_like, shape (n,)
        The regressor that all series share.

    Returns
    -------
    numpy.ndarray, shape (...)
        t statistics, without unit.
    """
    return slopes(y, x) / hc3_se(y, x)


def lag1_autocorrelations(errors: npt.ArrayLike) -> Floats:
    """Compute `lag1_autocorrelation` for each series of residuals.

    Parameters
    ----------
    errors : array_like, shape (..., n)
        Residuals in order of time, one series per row.

    Returns
    -------
    numpy.ndarray, shape (...)
        Autocorrelations, without unit.
    """
    series = np.asarray(errors, dtype=np.float64)
    products: Floats = (series[..., 1:] * series[..., :-1]).sum(axis=-1)
    squares: Floats = (series**2).sum(axis=-1)
    return products / squares


def ar1_coefficients(errors: npt.ArrayLike, corrected: bool = True) -> Floats:
    r"""Estimate the AR(1) coefficient of the errors around a straight line.

    Parameters
    ----------
    errors : array_like, shape (..., n)
        Residuals from the line in order of time, one series per row; n >= 5.
    corrected : bool
        Whether to correct the first-order bias that fitting the line brings.

    Returns
    -------
    numpy.ndarray, shape (...)
        Coefficients from 0 to `LARGEST_RHO`.

    Notes
    -----
    Residuals from a fitted line cross zero more often than the errors did: the
    expectation of their lag-1 autocorrelation :math:`r` is about
    :math:`\rho - (2 + 4\rho)/n`. Solved for :math:`\rho`, that is

    .. math:: \hat\rho = (n r + 2) / (n - 4) ,

    as Orcutt and Winokur (1969) do for a fitted mean. Values below 0 become 0, since
    errors that alternate would make a test reject more easily, on the word of a
    coefficient that n = 11 or 14 does not determine; values above `LARGEST_RHO` become
    that. Without the correction, calibration by this coefficient hardly helps: of true
    nulls with :math:`\rho = 0.7`, about 22 per cent are rejected rather than 13 or 14.
    """
    autocorrelations = lag1_autocorrelations(errors)
    if corrected:
        n = np.shape(errors)[-1]
        autocorrelations = (n * autocorrelations + 2) / (n - 4)
    return np.clip(autocorrelations, 0.0, LARGEST_RHO)


def ar1_errors(innovations: npt.ArrayLike, rho: float | Floats) -> Floats:
    r"""Turn independent draws into stationary AR(1) series.

    Parameters
    ----------
    innovations : array_like, shape (..., n)
        Independent draws with mean 0 and variance 1.
    rho : float or numpy.ndarray, broadcastable to shape (...)
        AR(1) coefficients, above -1 and below 1.

    Returns
    -------
    numpy.ndarray, shape (..., n)
        :math:`u_1 = z_1` and :math:`u_t = \rho u_{t-1} + \sqrt{1-\rho^2}\, z_t`, so
        that every value has variance 1.
    """
    series = np.array(innovations, dtype=np.float64)
    scale = np.sqrt(1 - np.square(rho))
    for step in range(1, series.shape[-1]):
        series[..., step] = rho * series[..., step - 1] + scale * series[..., step]
    return series


def theil_sen_slopes(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    """Take the median pairwise slope of each series, as in `theil_sen`.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes, one series per row.
    x : array_like, shape (n,)
        The regressor that all series share; no value twice.

    Returns
    -------
    numpy.ndarray, shape (...)
        Slopes, in units of y per unit of x.
    """
    median: Floats = np.median(_pair_slopes(y, x), axis=-1)
    return median


def kendall_s(y: npt.ArrayLike, x: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Count, for each series, the pairs that rise less the pairs that fall.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes, one series per row.
    x : array_like, shape (n,)
        The regressor that all series share; no value twice.

    Returns
    -------
    numpy.ndarray of int64, shape (...)
        S of the Mann-Kendall test.
    """
    ordered = np.asarray(y, dtype=np.float64)[..., np.argsort(x)]
    s = np.zeros(ordered.shape[:-1], dtype=np.int64)
    for gap in range(1, ordered.shape[-1]):
        later, earlier = ordered[..., gap:], ordered[..., :-gap]
        s = s + (later > earlier).sum(axis=-1) - (later < earlier).sum(axis=-1)
    return s


def kendall_p(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    """Compute the exact p-value of `kendall` for each series, with its own ties.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes, one series per row; ties are allowed.
    x : array_like, shape (n,)
        The regressor that all series share; no value twice.

    Returns
    -------
    numpy.ndarray, shape (...)
        Two-sided p-values; 1 for a constant series.
    """
    outcomes = np.asarray(y, dtype=np.float64)
    rows = outcomes.reshape(-1, outcomes.shape[-1])
    size = np.abs(kendall_s(rows, x))
    in_order = np.sort(rows, axis=-1)
    new_value = np.diff(in_order, axis=-1) != 0
    p = np.empty(len(rows))
    # Rows with the same groups of ties share one null distribution.
    patterns, which = np.unique(new_value, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        starts = np.flatnonzero(np.concatenate([[True], pattern, [True]]))
        own = which.ravel() == number
        p[own] = _kendall_tail(tuple(np.diff(starts).tolist()))[size[own]]
    return p.reshape(outcomes.shape[:-1])


@cache
def _kendall_tail(groups: tuple[int, ...]) -> Floats:
    """Tabulate P(|S| >= s) for s = 0, 1, …, n(n-1)/2, by sizes of the tied groups."""
    counts = [1]
    placed = 0
    for size in groups:
        for item in range(1, size + 1):
            counts = _times_one_minus_power(counts, placed + item)
            counts = _over_one_minus_power(counts, item)
        placed += size
    untied = len(counts) - 1
    orders = sum(counts)
    s_of = [abs(untied - 2 * inversions) for inversions in range(untied + 1)]
    tail = [
        sum(number for number, s in zip(counts, s_of, strict=True) if s >= least)
        / orders
        for least in range(placed * (placed - 1) // 2 + 1)
    ]
    return np.array(tail)


def _times_one_minus_power(counts: list[int], power: int) -> list[int]:
    """Multiply a polynomial in q by 1 - q**power."""
    shifted = [0] * power + counts
    padded = counts + [0] * power
    return [kept - moved for kept, moved in zip(padded, shifted, strict=True)]


def _over_one_minus_power(counts: list[int], power: int) -> list[int]:
    """Divide a polynomial in q by 1 - q**power, which must divide it exactly."""
    quotient = counts[: len(counts) - power]
    for degree in range(power, len(quotient)):
        quotient[degree] += quotient[degree - power]
    return quotient


def _pair_slopes(y: npt.ArrayLike, x: npt.ArrayLike) -> Floats:
    outcomes = np.asarray(y, dtype=np.float64)
    regressor = np.asarray(x, dtype=np.float64)
    first, second = np.triu_indices(len(regressor), k=1)
    rise = outcomes[..., second] - outcomes[..., first]
    return rise / (regressor[second] - regressor[first])


def _centred(values: npt.ArrayLike) -> Floats:
    series = np.asarray(values, dtype=np.float64)
    mean: Floats = series.mean(axis=-1, keepdims=True)
    return series - mean


def _leverage(x: npt.ArrayLike) -> Floats:
    centred = _centred(x)
    return 1 / len(centred) + centred**2 / (centred @ centred)


def _root(variance: npt.ArrayLike) -> Floats:
    root: Floats = np.sqrt(np.asarray(variance, dtype=np.float64))
    return root


def _checked(y: npt.ArrayLike, x: npt.ArrayLike) -> tuple[Floats, Floats]:
    outcome = np.asarray(y, dtype=np.float64)
    regressor = np.asarray(x, dtype=np.float64)
    if outcome.ndim != 1 or outcome.shape != regressor.shape:
        msg = (
            "y and x must be two series of the same length, not of shapes "
            f"{outcome.shape} and {regressor.shape}."
        )
        raise ValueError(msg)
    if not np.isfinite(outcome).all():
        msg = "y has a missing or infinite value; drop that observation first."
        raise ValueError(msg)
    regressor = _checked_regressor(regressor)
    if np.ptp(outcome) == 0:
        msg = "y is constant: it has no variation from which to judge a trend."
        raise ValueError(msg)
    return outcome, regressor


def _checked_regressor(x: npt.ArrayLike) -> Floats:
    regressor = np.asarray(x, dtype=np.float64)
    if regressor.ndim != 1 or len(regressor) < FEWEST_OBSERVATIONS:
        msg = (
            f"A trend needs at least {FEWEST_OBSERVATIONS} observations in one series; "
            f"x has shape {regressor.shape}."
        )
        raise ValueError(msg)
    if not np.isfinite(regressor).all():
        msg = "x has a missing or infinite value; drop that observation first."
        raise ValueError(msg)
    if np.ptp(regressor) == 0:
        msg = "x is constant: no slope on it can be found."
        raise ValueError(msg)
    return regressor


def _check_residuals(y: Floats, x: Floats) -> None:
    rounding = 64 * np.finfo(np.float64).eps * np.abs(y).max()
    if np.abs(residuals(y, x)).max() <= rounding:
        msg = "y lies exactly on a straight line: no residual is left to judge it by."
        raise ValueError(msg)


def _check_leverage(leverage: Floats) -> None:
    if leverage.max() > 1 - 1e-9:
        which = int(leverage.argmax()) + 1
        msg = (
            f"Observation {which} alone decides a coefficient (its leverage is 1), so "
            "that HC3 is not defined."
        )
        raise ValueError(msg)


def _check_distinct(x: Floats) -> None:
    if len(np.unique(x)) < len(x):
        msg = "x has a value twice: the order of those observations is not known."
        raise ValueError(msg)


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        msg = f"A confidence level lies between 0 and 1; {level} does not."
        raise ValueError(msg)


def _check_rho(rho: float) -> None:
    if not -1 < rho < 1:
        msg = f"An AR(1) coefficient lies between -1 and 1; {rho} does not."
        raise ValueError(msg)


def _check_enough_for_rho(n: int) -> None:
    if n < FEWEST_FOR_RHO:
        msg = (
            f"An AR(1) coefficient around a trend needs at least {FEWEST_FOR_RHO} "
            f"observations, not {n}; give rho instead."
        )
        raise ValueError(msg)


def _check_glm(result: Any) -> None:
    if not isinstance(getattr(result, "model", None), GLM):
        msg = f"A fitted statsmodels GLM is needed, not {type(result).__name__}."
        raise ValueError(msg)
    if (np.asarray(result.model.n_trials) != 1).any():
        msg = (
            "The Binomial was fitted to two columns of counts, for which statsmodels "
            "finds a wrong scale; fit the proportion, with var_weights for the trials."
        )
        raise ValueError(msg)
    if (np.asarray(result.model.freq_weights) != 1).any():
        msg = (
            "The GLM has frequency weights, whose rows stand for several observations; "
            "repeat the rows, or give var_weights."
        )
        raise ValueError(msg)
