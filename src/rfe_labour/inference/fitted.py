"""What statsmodels lacks, as one call on a fitted model.

`ewc` and `glm_hc3` return the fitted model itself with another covariance, so that
``conf_int``, ``t_test`` and ``get_prediction`` work as always; `compare` sets the
slopes of several models side by side. Observations stand in order of time. Where a year
is missing, its two neighbours count as one step apart in everything that looks at
serial correlation; slopes use the calendar as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.genmod.generalized_linear_model import (
    GLM,
    GLMResults,
    GLMResultsWrapper,
)
from statsmodels.regression.linear_model import (
    OLS,
    OLSResults,
    RegressionResultsWrapper,
)

from rfe_labour.inference.calibrated import MonteCarlo
from rfe_labour.inference.dependence import cosine_projections, ewc_degrees
from rfe_labour.inference.inputs import (
    Floats,
    check_level,
    check_leverage,
    check_rank,
)
from rfe_labour.inference.ranks import Slope

CONSTANTS = {"Intercept", "const", "precision"}
"""Names that statsmodels gives to coefficients that are no slopes."""


class _OwnDegrees:
    """Results whose predictions, too, have the degrees of freedom of `ewc`."""

    df_resid: float

    def get_prediction(self, *args: Any, **settings: Any) -> Any:
        every = self.df_resid
        self.df_resid = getattr(self, "df_resid_inference", every)
        try:
            return super().get_prediction(*args, **settings)  # type: ignore[misc]
        finally:
            self.df_resid = every


class _EwcLine(_OwnDegrees, OLSResults):  # type: ignore[misc]
    """Least squares with the covariance of `ewc`."""


class _EwcGlm(_OwnDegrees, GLMResults):  # type: ignore[misc]
    """A generalised linear model with the covariance of `ewc`."""


def ewc(fit: Any, degrees: int | None = None) -> Any:
    r"""Give a fit the equal-weighted cosine long-run covariance.

    Parameters
    ----------
    fit : RegressionResults or GLMResults of statsmodels
        A model that `OLS` or `GLM` fitted to n observations in order of time, whatever
        its own covariance.
    degrees : int or None
        Number of cosine terms, which is also the degrees of freedom. None takes
        `ewc_degrees`.

    Returns
    -------
    RegressionResults or GLMResults
        The same coefficients, judged by t with `degrees` degrees of freedom, in
        ``conf_int``, ``t_test`` and ``get_prediction`` alike.

    Raises
    ------
    ValueError
        If the fit is neither by ordinary least squares nor a GLM that `glm_hc3` takes,
        or perfect, or an outcome is missing; if the regressors are collinear; if
        `degrees` is not from 1 to n - k for k coefficients; or if the scores of a
        regressor are orthogonal to every cosine term, so that its standard error would
        be 0 (with one term and a line, whenever the residuals reversed in time are
        their own negative).

    Notes
    -----
    With the scores :math:`z_t = x_t w_t r_t`, t = 1, …, n, and :math:`\nu` cosines,

    .. math:: \Lambda_j = \sqrt{2/n} \sum_t z_t \cos\!\big(\pi j (t - \tfrac12)/n\big),
              \quad \hat\Omega = \frac1\nu \sum_{j=1}^{\nu} \Lambda_j \Lambda_j',
              \quad \widehat{cov} = (X'WX)^{-1}\, n\hat\Omega\, (X'WX)^{-1} ,

    where least squares has residuals :math:`r_t` and weights :math:`w_t = 1`, and a GLM
    the working residuals and weights of `glm_hc3`. The ratio of a coefficient to its
    standard error is judged by :math:`t_\nu`: Lazarus, Lewis, Stock and Watson (2018),
    "HAR Inference: Recommendations for Practice", *Journal of Business & Economic
    Statistics* 36, 541-559, equation (10). This is for one coefficient, or one contrast
    of several: a joint test of m restrictions needs :math:`(\nu - m + 1)/\nu` times
    its F and :math:`F_{m,\, \nu - m + 1}`, which ``f_test`` does not know.
    """
    of_glm = isinstance(getattr(fit, "model", None), GLM)
    design, weights, errors = _working(fit) if of_glm else _least_squares(fit)
    n, k = design.shape
    terms = ewc_degrees(n) if degrees is None else degrees
    if not 1 <= terms <= n - k:
        msg = (
            f"The cosine estimator takes from 1 to {n - k} terms for {n} observations, "
            f"not {terms}."
        )
        raise ValueError(msg)
    scores = design * (weights * errors)[:, None]
    projections = cosine_projections(scores.T, terms)
    bread = np.linalg.inv(design.T @ (weights[:, None] * design))
    covariance = n / terms * bread @ projections @ projections.T @ bread
    ignoring = bread @ scores.T @ scores @ bread
    unseen = np.diag(covariance) <= 1e-20 * np.diag(ignoring)
    if unseen[np.ptp(design, axis=0) > 0].any():
        msg = (
            f"The residuals are invisible to the cosine terms ({terms}), which would "
            "put the standard error at 0; give more degrees."
        )
        raise ValueError(msg)
    results = _EwcGlm if of_glm else _EwcLine
    judged = results(fit.model, np.asarray(fit.params), bread, fit.scale)
    judged.cov_params_default = covariance
    judged.df_resid_inference = terms
    judged.cov_type, judged.use_t = "EWC", True
    if not of_glm:
        return RegressionResultsWrapper(judged)
    _keep_history(judged, fit)
    return GLMResultsWrapper(judged)


def _least_squares(fit: Any) -> tuple[Floats, Floats, Floats]:
    """Take design, weights (all 1) and residuals of a fit by ordinary least squares."""
    model: Any = getattr(fit, "model", None)
    if type(model) is not OLS:
        given = type(fit if model is None else model).__name__
        msg = f"A fitted statsmodels OLS is needed, not {given}."
        raise ValueError(msg)
    design = np.asarray(model.exog, dtype=np.float64)
    params = np.asarray(fit.params)
    errors = np.asarray(model.endog - design @ params)
    if not np.isfinite(errors).all():
        msg = "y has a missing or infinite value; drop that observation first."
        raise ValueError(msg)
    # Of years that are not centred, the terms of the line are far larger than y.
    rounding = 64 * np.finfo(np.float64).eps * np.abs(design) @ np.abs(params)
    if (np.abs(errors) <= rounding.max()).all():
        msg = "y lies exactly on a straight line: no residual is left to judge it by."
        raise ValueError(msg)
    check_rank(design)
    return design, np.ones(len(errors)), errors


def _working(fit: Any) -> tuple[Floats, Floats, Floats]:
    """Take design, working weights and working residuals of a GLM."""
    check_glm(fit)
    model = fit.model
    design = np.asarray(model.exog, dtype=np.float64)
    n, k = design.shape
    if n <= k:
        msg = f"{n} observations leave no degrees of freedom for {k} coefficients."
        raise ValueError(msg)
    check_rank(design)
    mean = np.asarray(fit.fittedvalues, dtype=np.float64)
    prior = np.asarray(model.var_weights, dtype=np.float64)
    weights = prior * model.family.weights(mean)
    residuals = (np.asarray(model.endog) - mean) * model.family.link.deriv(mean)
    # Reweighting leaves residuals as large as its last step squared of a perfect curve.
    rounding = 1e-8 * np.abs(design @ np.asarray(fit.params))
    if (np.abs(residuals) <= rounding.max()).all():
        msg = "y lies exactly on the fitted curve: no residual is left to judge it by."
        raise ValueError(msg)
    return design, weights, residuals


def line_of(fit: Any) -> tuple[Floats, Floats]:
    """Take outcome and regressor, each of shape (n,), of a straight line by OLS.

    Raises
    ------
    ValueError
        If the fit is not by ordinary least squares of a constant and one regressor,
        or perfect, or an outcome is missing.
    """
    design, _, _ = _least_squares(fit)
    varies = np.ptp(design, axis=0) > 0
    if design.shape[1] != 2 or varies.sum() != 1:
        msg = (
            "A constant and one regressor are needed, not "
            f"{', '.join(fit.model.exog_names)}."
        )
        raise ValueError(msg)
    return np.asarray(fit.model.endog, dtype=np.float64), design[:, varies][:, 0]


def glm_hc3(fit: Any) -> Any:
    r"""Give a generalised linear model the HC3 covariance and the t distribution.

    Parameters
    ----------
    fit : statsmodels.genmod.generalized_linear_model.GLMResults
        A fitted GLM of any family and link, however its own covariance was computed.

    Returns
    -------
    statsmodels.genmod.generalized_linear_model.GLMResults
        The same k coefficients, judged by t with n - k degrees of freedom, on the
        scale of the link.

    Raises
    ------
    ValueError
        If the result is not of a GLM; the Binomial was given as two columns of
        counts; frequency weights were given; n <= k; the regressors are collinear; the
        fit is perfect; or one observation alone decides a coefficient (leverage 1).

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
    Gaussian family the HC3 of least squares. statsmodels 0.15.0 accepts
    ``fit(cov_type="HC3")`` for a GLM but returns HC0, without the leverages and
    without a warning.
    """
    design, weights, working = _working(fit)
    bread = np.linalg.inv(design.T @ (weights[:, None] * design))
    leverage = weights * np.einsum("ij,jk,ik->i", design, bread, design)
    check_leverage(leverage)
    scores = design * (weights * working / (1 - leverage))[:, None]

    judged = GLMResults(fit.model, np.asarray(fit.params), bread, fit.scale, use_t=True)
    judged.cov_params_default = bread @ (scores.T @ scores) @ bread
    judged.cov_type = "HC3"
    _keep_history(judged, fit)
    return GLMResultsWrapper(judged)


def _keep_history(judged: Any, fit: Any) -> None:
    """Let results say how they were fitted, in ``summary`` and elsewhere."""
    for name in ("method", "converged", "fit_history", "mle_settings"):
        if hasattr(fit, name):  # which of them there are depends on the method
            setattr(judged, name, getattr(fit, name))


def dispersion(fit: Any) -> float:
    r"""Measure the variance of a GLM's outcome against that of its family.

    Parameters
    ----------
    fit : statsmodels.genmod.generalized_linear_model.GLMResults
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
    check_glm(fit)
    if fit.df_resid <= 0:
        msg = "A dispersion needs more observations than coefficients."
        raise ValueError(msg)
    return float(fit.pearson_chi2 / fit.df_resid)


def check_glm(fit: Any) -> None:
    """Refuse what is no GLM, and a GLM that statsmodels does not judge rightly."""
    if not isinstance(getattr(fit, "model", None), GLM):
        msg = f"A fitted statsmodels GLM is needed, not {type(fit).__name__}."
        raise ValueError(msg)
    if (np.asarray(fit.model.n_trials) != 1).any():
        msg = (
            "The Binomial was fitted to two columns of counts, for which statsmodels "
            "finds a wrong scale; fit the proportion, with var_weights for the trials."
        )
        raise ValueError(msg)
    if (np.asarray(fit.model.freq_weights) != 1).any():
        msg = (
            "The GLM has frequency weights, whose rows stand for several observations; "
            "repeat the rows, or give var_weights."
        )
        raise ValueError(msg)


def compare(
    fits: Mapping[str, Any], level: float = 0.95, term: str | None = None
) -> pd.DataFrame:
    """Set the slopes of fitted models side by side.

    Parameters
    ----------
    fits : mapping of str to a fitted model of statsmodels, to MonteCarlo or to Slope
        Models by the names that their rows get.
    level : float
        Confidence level of the intervals.
    term : str or None
        Name of the coefficient. None takes the only one beside the constant.

    Returns
    -------
    pandas.DataFrame, shape (models, 6)
        By ``method``: ``slope``, ``se``, ``df`` (infinite for the normal
        distribution), ``lower``, ``upper`` and the two-sided ``p``, in the units of
        the linear predictor per unit of the regressor. A `MonteCarlo` has no ``df``;
        a `Slope` has no ``se``, ``df`` and ``p``, and keeps the level that it was
        computed with.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1; no term was named for a model that has not
        just one slope, or one that the model does not have; or a slope or its standard
        error is not finite, or the standard error 0.
    """
    check_level(level)
    rows = [_row(fit, level, term) for fit in fits.values()]
    return pd.DataFrame(rows, pd.Index([*fits], name="method"), dtype=np.float64)


def _row(fit: Any, level: float, term: str | None) -> dict[str, float]:
    if isinstance(fit, Slope):
        return {
            "slope": fit.value,
            "se": np.nan,
            "df": np.nan,
            "lower": fit.lower,
            "upper": fit.upper,
            "p": np.nan,
        }
    if isinstance(fit, MonteCarlo):
        judged = {"se": fit.se, "p": fit.p}
        return _row(fit.interval(level), level, term) | judged
    names = list(fit.model.exog_names)
    slopes = [name for name in names if name not in CONSTANTS]
    if term is None and len(slopes) != 1:
        msg = (
            f"The model has {len(slopes)} slopes: name one of its coefficients "
            f"{', '.join(names)} as the term."
        )
        raise ValueError(msg)
    if term is not None and term not in names:
        msg = f"No coefficient is called {term}; there are {', '.join(names)}."
        raise ValueError(msg)
    place = names.index(slopes[0] if term is None else term)
    slope, se = float(np.asarray(fit.params)[place]), float(np.asarray(fit.bse)[place])
    if not np.isfinite(slope) or not np.isfinite(se) or se <= 0:
        msg = (
            f"A slope of {slope} with a standard error of {se} cannot be judged: both "
            "must be finite, and the error above 0."
        )
        raise ValueError(msg)
    lower, upper = np.asarray(fit.conf_int(alpha=1 - level))[place]
    degrees = getattr(fit, "df_resid_inference", None) or fit.df_resid
    return {
        "slope": slope,
        "se": se,
        "df": degrees if fit.use_t else np.inf,
        "lower": lower,
        "upper": upper,
        "p": np.asarray(fit.pvalues)[place],
    }
