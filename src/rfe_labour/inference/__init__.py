"""Inference on a trend from a short, serially correlated series.

Two groups of functions share one set of formulae. Those that a chapter calls take a
model that statsmodels fitted, or one series, and check it (`ewc`, `glm_hc3`,
`ar1_monte_carlo`, `logit_monte_carlo`, `theil_sen`, `kendall`, …). Those named in the
plural or after their standard error (`slopes`, `hc3_se`, `kendall_p`, …) take many
series at once, as arrays of shape (..., n), and check nothing but shapes: they are for
simulations and for the multiverse.
"""

from rfe_labour.inference.breaks import (
    FEWEST_BESIDE_SHIFT,
    LevelShift,
    ShiftTest,
    ar1_sup_f,
    shift_f,
    sup_f,
    sup_f_rejections,
)
from rfe_labour.inference.calibrated import MonteCarlo
from rfe_labour.inference.dependence import (
    LARGEST_RHO,
    ar1_coefficients,
    ar1_errors,
    ewc_degrees,
    ewc_se,
    hac_se,
    lag1_autocorrelation,
)
from rfe_labour.inference.fitted import compare, dispersion, ewc, glm_hc3, line_of
from rfe_labour.inference.glm import (
    STEADY,
    glm_slopes,
    logit_monte_carlo,
    logit_slopes_hc3,
    nb2_alpha,
)
from rfe_labour.inference.inputs import FEWEST_OBSERVATIONS, Floats
from rfe_labour.inference.least_squares import (
    classical_se,
    hc3_se,
    hc3_t,
    residuals,
    slopes,
)
from rfe_labour.inference.monte_carlo import FEWEST_FOR_RHO, ar1_monte_carlo
from rfe_labour.inference.power import detectable_slope, kept_variance
from rfe_labour.inference.ranks import (
    Kendall,
    Slope,
    kendall,
    kendall_p,
    kendall_s,
    theil_sen,
    theil_sen_slopes,
)
