"""A slope judged by simulated series: its p-value, and the interval to match."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, sqrt

import numpy as np

from rfe_labour.inference.inputs import Floats, check_level
from rfe_labour.inference.ranks import Slope


@dataclass(frozen=True, eq=False)
class MonteCarlo:
    """A slope over its standard error, beside that ratio in simulated series.

    Attributes
    ----------
    slope, se : float
        The estimate and its standard error, in units of y per unit of x.
    rho : float
        The AR(1) coefficient that the simulated errors had.
    ratios : numpy.ndarray, shape (replications,)
        The absolute ratio of slope and standard error in each series without a trend.
    floored : bool
        Whether `rho` was estimated and came out at or below 0. It is 0 then, and the
        series were simulated as if the years were independent: nothing is calibrated
        but the length of the series.
    capped : bool
        Whether `rho` was estimated and came out at `LARGEST_RHO` or above. It is set to
        that.
    """

    slope: float
    se: float
    rho: float
    ratios: Floats = field(repr=False)
    floored: bool = False
    capped: bool = False

    @property
    def replications(self) -> int:
        """The number of simulated series."""
        return len(self.ratios)

    @property
    def p(self) -> float:
        r"""The two-sided p-value, never 0.

        It is :math:`(1 + \#\{|t^*| \ge |t|\}) / (replications + 1)` (Davison and
        Hinkley, 1997, section 4.2).
        """
        as_extreme = int((self.ratios >= abs(self.slope) / self.se).sum())
        return (1 + as_extreme) / (self.replications + 1)

    @property
    def error(self) -> float:
        """The Monte Carlo standard error of `p`."""
        return sqrt(self.p * (1 - self.p) / self.replications)

    def critical(self, level: float = 0.95) -> float:
        r"""Give the largest ratio at which the test does not yet reject.

        Parameters
        ----------
        level : float
            The test rejects where the p-value is at most 1 - level.

        Returns
        -------
        float
            The m-th largest of `ratios`, where m is the largest number with
            :math:`m / (replications + 1) \le 1 - level`; infinite if m is 0.

        Raises
        ------
        ValueError
            If the level is not between 0 and 1.
        """
        check_level(level)
        attainable = np.arange(1, self.replications + 1) / (self.replications + 1)
        rejected = int((attainable <= 1 - level).sum())
        return float(np.sort(self.ratios)[-rejected]) if rejected else inf

    def critical_error(self, level: float = 0.95) -> float:
        r"""Estimate the Monte Carlo standard error of `critical`.

        It is half the distance between the quantiles of `ratios` at the level plus and
        minus :math:`\sqrt{level (1 - level) / replications}`, each kept between 0 and
        1. `level` and the error raised are those of `critical`.
        """
        check_level(level)
        within = sqrt(level * (1 - level) / self.replications)
        ends = np.quantile(self.ratios, np.clip([level - within, level + within], 0, 1))
        return float(ends[1] - ends[0]) / 2

    def interval(self, level: float = 0.95) -> Slope:
        r"""Invert the test: keep every slope that it would not reject.

        Parameters
        ----------
        level : float
            Confidence level.

        Returns
        -------
        Slope
            The slope plus and minus `critical` times `se`.

        Raises
        ------
        ValueError
            As `critical`.

        Notes
        -----
        To test whether the slope is b, subtract b x from y and test for no trend. That
        changes neither the residuals nor the standard error, hence neither the
        estimate of :math:`\rho` nor the simulated ratios; so all b with
        :math:`|slope - b| \le critical \cdot se` are kept, and no others. The
        interval leaves out 0 exactly where `p` is at most 1 - level.
        """
        margin = self.critical(level) * self.se
        return Slope(self.slope, self.slope - margin, self.slope + margin, level)
