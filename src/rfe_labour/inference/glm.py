"""Generalised linear models: what statsmodels lacks or gets wrong, and many at once."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit
from statsmodels.genmod.generalized_linear_model import GLM

from rfe_labour.inference.estimates import Estimate, estimate
from rfe_labour.inference.inputs import Floats, check_leverage
from rfe_labour.inference.least_squares import centred, slopes

_TOLERANCE = 1e-12
_MAX_STEPS = 100


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
    check_leverage(leverage)
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
    return float(result.pearson_chi2 / result.df_resid)


def glm_slopes(
    y: npt.ArrayLike, x: npt.ArrayLike, link: str, weights: npt.ArrayLike | None = None
) -> Floats:
    r"""Fit a generalised linear model with its canonical link to each series.

    Parameters
    ----------
    y : array_like, shape (..., n)
        Outcomes, one series per row: positive for ``log`` and strictly between 0 and 1
        for ``logit``.
    x, weights : array_like
        As for `rfe_labour.inference.slopes`.
    link : {"log", "logit"}
        ``log`` gives the Poisson slope, ``logit`` that of the fractional logit of
        Papke and Wooldridge (1996).

    Returns
    -------
    numpy.ndarray, shape (...)
        Slopes on the link scale, per unit of x.

    Raises
    ------
    ValueError
        If a fit does not converge.

    Notes
    -----
    Iteratively reweighted least squares; with a canonical link it is Newton's method:
    the step solves :math:`(X'WX)\,\delta = X'(y - \mu)` with
    :math:`W = \mu` or :math:`\mu(1 - \mu)`, in closed form for two parameters. It
    starts at least squares on the link scale.
    """
    transform, inverse = {"log": (np.log, np.exp), "logit": (logit, expit)}[link]
    y, x, weights = np.broadcast_arrays(y, x, 1.0 if weights is None else weights)
    mean = partial(np.average, axis=-1, weights=weights, keepdims=True)
    y = y / mean(y) if link == "log" else y  # a count's unit moves the level alone
    deviation, scaled = centred(x, weights), transform(y)
    slope, level = slopes(scaled, x, weights)[..., None], mean(scaled)
    for _ in range(_MAX_STEPS):
        mu = inverse(level + slope * deviation)
        information = weights * (mu if link == "log" else mu * (1 - mu))
        residual = weights * (y - mu)
        a, b, c, u, v = (
            terms.sum(axis=-1, keepdims=True)
            for terms in (
                *(information, information * deviation, information * deviation**2),
                *(residual, residual * deviation),
            )
        )
        determinant = a * c - b**2
        level_step = (c * u - b * v) / determinant
        slope_step = (a * v - b * u) / determinant
        level, slope = level + level_step, slope + slope_step
        if max(np.abs(level_step).max(), np.abs(slope_step).max()) < _TOLERANCE:
            return np.asarray(slope[..., 0])
    msg = f"A {link} fit did not converge in {_MAX_STEPS} steps."
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
