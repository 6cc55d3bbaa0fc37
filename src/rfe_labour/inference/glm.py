"""Many generalised linear models at once, and the alpha of the negative binomial."""

from __future__ import annotations

from functools import partial
from math import exp, log
from typing import Any

import numpy as np
import numpy.typing as npt
import statsmodels.api as sm
from scipy import optimize
from scipy.special import digamma, expit, logit

from rfe_labour.inference.fitted import check_glm
from rfe_labour.inference.inputs import Floats
from rfe_labour.inference.least_squares import centred, slopes

# The log is not the canonical link of the negative binomial, so reweighting converges
# step by step, and a deviance steady to 1e-12 leaves 1e-6 of the slope open: the
# coefficients themselves must be steady.
STEADY = {"tol": 1e-10, "tol_criterion": "params", "maxiter": 1000}
"""How a GLM of the negative binomial is fitted to its last digits."""

_TOLERANCE = 1e-12
_MAX_STEPS = 100


def nb2_alpha(poisson: Any) -> float:
    r"""Find the alpha of the negative binomial NB2 for the counts of a Poisson model.

    Parameters
    ----------
    poisson : statsmodels.genmod.generalized_linear_model.GLMResults
        A fitted Poisson GLM with the log link, without weights or an offset.

    Returns
    -------
    float
        The maximum-likelihood alpha for `statsmodels.api.families.NegativeBinomial`:
        the variance is :math:`\mu + \alpha\mu^2`. 0 where the counts vary no more
        than Poisson counts, and the two models are one.

    Raises
    ------
    ValueError
        If the model is no such GLM.

    Notes
    -----
    With :math:`k = 1/\alpha`, :math:`\alpha` solves the likelihood equation
    :math:`\sum_t \psi(y_t + k) - \psi(k) - \ln(1 + \mu_t/k) =
    \sum_t (y_t - \mu_t)/(\mu_t + k)`, where the means are those of the GLM with that
    :math:`\alpha`, as in ``MASS::glm.nb`` of R (Venables and Ripley, 2002, section
    7.4). `statsmodels.discrete` maximises the same likelihood but stops at five
    digits, or not at all.
    """
    check_glm(poisson)
    model = poisson.model
    if not (
        isinstance(model.family, sm.families.Poisson)
        and isinstance(model.family.link, sm.families.links.Log)
        and model.offset is None
        and model.exposure is None
        and (np.asarray(model.var_weights) == 1).all()
    ):
        msg = "A Poisson GLM with the log link is needed, without weights or an offset."
        raise ValueError(msg)
    counts, mean = np.asarray(model.endog), np.asarray(poisson.fittedvalues)

    def score(log_alpha: float) -> float:
        family = sm.families.NegativeBinomial(alpha=exp(log_alpha))
        fit = sm.GLM(counts, model.exog, family=family).fit(**STEADY)
        mean, k = fit.fittedvalues, exp(-log_alpha)
        terms = digamma(k) - digamma(counts + k) + np.log1p(mean / k)
        return float((terms + (counts - mean) / (mean + k)).sum())

    excess = float(((counts - mean) ** 2 - counts).sum())
    if excess <= 0:  # the score at alpha = 0: the likelihood falls from there
        return 0.0
    low = high = log(excess / float((mean**2).sum()))
    while score(low) <= 0:
        low -= 1
    while score(high) >= 0:
        high += 1
    return exp(optimize.brentq(score, low, high, xtol=1e-12))


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
