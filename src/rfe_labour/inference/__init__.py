"""Inference on a trend from a short, serially correlated series.

Two groups of functions share one set of formulae. Those that take one series check it
and return an effect with its interval (`ols`, `ewc`, `theil_sen`, `kendall`, …). Those
named in the plural or after their standard error (`slopes`, `hc3_se`, `kendall_p`, …)
take many series at once, as arrays of shape (..., n), and check nothing but shapes:
they are for simulations and for the multiverse.

Observations stand in order of time. Where a year is missing, its two neighbours count
as one step apart in everything that looks at serial correlation (`ewc`,
`ar1_monte_carlo`, `lag1_autocorrelation`); slopes use the calendar years as they are.
"""

from rfe_labour.inference.dependence import (
    FEWEST_FOR_RHO,
    LARGEST_RHO,
    MonteCarlo,
    ar1_coefficients,
    ar1_errors,
    ar1_monte_carlo,
    ewc,
    ewc_degrees,
    ewc_se,
    hac_se,
    lag1_autocorrelation,
)
from rfe_labour.inference.estimates import Estimate, detectable_slope, estimate, holm
from rfe_labour.inference.glm import dispersion, glm_hc3, glm_slopes
from rfe_labour.inference.inputs import FEWEST_OBSERVATIONS, Floats
from rfe_labour.inference.least_squares import (
    classical_se,
    hc3_se,
    ols,
    residuals,
    slopes,
)
from rfe_labour.inference.ranks import (
    Kendall,
    Slope,
    kendall,
    kendall_p,
    kendall_s,
    theil_sen,
    theil_sen_slopes,
)
