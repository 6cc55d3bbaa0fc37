"""Right answers in other forms than those of the solutions.

Each is code that a student might have at the end of the notebook: it takes the answers
of the solution and gives them another form, or computes them in another way.
"""

from __future__ import annotations

IMPORTS = """
import datetime, fractions, math, statistics
from decimal import Decimal
from fractions import Fraction
from functools import partial
import numpy as np
import pandas as pd
"""

ALTERNATIVES: dict[str, tuple[tuple[str, str], ...]] = {
    "printed_tables": (
        ("q1", "total = Decimal(total)"),
        ("q1", "total = Fraction(total)"),
        ("q1", "total = np.array([total])"),
        ("q1", "total = float(total)"),
        ("q1", "total = workers.to_frame().sum()"),
        ("q1", "workers = workers.to_dict()"),
        ("q1", "workers = workers.tolist()"),
        ("q1", "workers = workers.to_frame()"),
        ("q1", "workers = workers.astype('Int64')"),
        ("q1", "workers = workers.map(Decimal)"),
        ("q1", "workers.index = workers.index.astype('string')"),
        ("q1", "workers.index = pd.PeriodIndex(workers.index.astype(str), freq='Y')"),
        ("q2", "decimals = lambda text: len(text) - (text + '.').index('.') - 1 "
               "if '.' in text else 0"),
        ("q2", "decimals = lambda printed: -Decimal(printed).as_tuple().exponent"),
        ("q2", "decimals = lambda text: np.int64(len(text.partition('.')[2]))"),
        ("q3", "interval = lambda text: [Decimal(text) + sign * Decimal('0.5')"
               ".scaleb(Decimal(text).as_tuple().exponent) for sign in (-1, 1)]"),
        ("q3", "interval = lambda text: np.array([float(text) + it * 0.5 / 10 ** "
               "len(text.partition('.')[2]) for it in (-1, 1)])"),
        ("q3", "own_interval = interval\n"
               "interval = lambda it: pd.Series(own_interval(it), index=list('ab'))"),
        ("q3", "own_interval = interval\n"
               "class Interval:\n"
               "    def __call__(self, printed): return list(own_interval(printed))\n"
               "interval = Interval()"),
        ("q3", "own_interval = interval\n"
               "interval = lambda text: [Fraction(it) for it in own_interval(text)]"),
        ("q4", "own_implied = implied\n"
               "implied = lambda *given: np.array([own_implied(*given)])"),
        ("q4", "own_implied = implied\n"
               "implied = lambda *it: pd.Index(own_implied(*it), dtype='Float64')"),
        ("q4", "foreign_lower = Fraction(foreign_lower)\n"
               "foreign_upper = pd.Series([foreign_upper], index=[my_year])"),
        ("q5", "width = width.to_frame('width')"),
        ("q5", "width = width.astype('Float64')[::-1]"),
        ("q5", "width = list(width)\ntimes = Decimal(float(times))"),
        ("q5", "width = dict(width)\nleast_known = str(least_known)"),
        ("q5", "least_known = np.float64(least_known)"),
        ("q5", "least_known = pd.Period(str(least_known), freq='Y')\n"
               "times = np.float32(times)"),
        ("q6", "compatible = np.array(compatible)"),
        ("q6", "compatible = pd.Series(compatible, dtype='boolean')"),
        ("q6", "compatible = tuple(int(it) for it in compatible)"),
        ("q6", "compatible = pd.Series(compatible, index=list('abcd'))"),
    ),
    "trends": (
        ("q1", "falls = np.int64(falls)\nsteps = np.array(steps)"),
        ("q1", "falls = Decimal(falls)\nsteps = float(steps)"),
        ("q1", "falls = (changes < 0).to_frame().sum()"),
        ("q2", "log_slope = Decimal(float(log_slope))"),
        ("q2", "log_slope = Fraction(float(log_slope))\n"
               "percent_per_year = np.float32(percent_per_year)"),
        ("q2", "log_slope, level = statistics.linear_regression(years, "
               "np.log(workers))"),
        ("q2", "log_slope = np.linalg.lstsq(np.c_[np.ones(n), years - 2000], "
               "np.log(workers), rcond=None)[0][1:]"),
        ("q2", "percent_per_year = pd.Series([(math.e ** log_slope - 1) * 100])"),
        ("q2", "percent_per_year = pd.array([percent_per_year], dtype='Float64')[0]"),
        ("q3", "sen_slope = Decimal(str(sen_slope))"),
        ("q3", "sen_slope = statistics.median((workers[b] - workers[a]) / (b - a) "
               "for a in workers.index for b in workers.index if a < b)"),
        ("q3", "sen_slope = np.median([[ (workers[b] - workers[a]) / (b - a)] for a in "
               "workers.index for b in workers.index if a != b], keepdims=True)"),
        ("q4", "without = without.to_dict()"),
        ("q4", "without = without.to_numpy()"),
        ("q4", "without = pd.DataFrame({'year': without.index, 'slope': "
               "without.values})"),
        ("q4", "without.index = pd.to_datetime(without.index.astype(str))\n"
               "raises_most = without.idxmax()\nlowers_most = without.idxmin().year"),
        ("q4", "without = without.map(Fraction)"),
        ("q4", "raises_most = str(raises_most)\nlowers_most = float(lowers_most)"),
        ("q4", "raises_most = np.array([raises_most])\n"
               "lowers_most = datetime.date(int(lowers_most), 1, 1)"),
        ("q5", "shuffled = np.array(shuffled)"),
        ("q5", "shuffled = pd.Series(shuffled)\np_value = Fraction(p_value)"),
        ("q5", "shuffled = tuple(map(float, shuffled))\np_value = Decimal(p_value)"),
        ("q5", "two_sided = lambda s, shuffled: np.mean(np.abs([s, *shuffled]) >= "
               "abs(s))"),
        ("q5", "two_sided = lambda s, shuffled: Fraction(sum(it * it >= s * s for it "
               "in shuffled) + 1, len(shuffled) + 1)"),
        ("q5", "shuffled = [abs(it) for it in shuffled]"),
        ("q6", "alarms_0 = Decimal(alarms_0)\nalarms_7 = np.array([alarms_7])"),
        ("q6", "alarms_0 = np.float32(alarms_0)\nalarms_7 = Fraction(alarms_7)"),
        ("q6", "alarms_0 = pd.Series([alarms_0])\n"
               "alarms_7 = pd.array([alarms_7], dtype='Float64')[0]"),
    ),
    "shares": (
        ("q1", "odds = odds.to_frame()\nlog_odds = log_odds.to_numpy()"),
        ("q1", "odds = odds.to_dict()\nlog_odds = list(log_odds)"),
        ("q1", "odds = odds.map(lambda it: Fraction(float(it)))"),
        ("q1", "odds = odds.astype('Float64')\nlog_odds.index = log_odds.index."
               "astype(str)"),
        ("q1", "log_odds = log_odds.map(lambda it: Decimal(float(it)))[::-1]"),
        ("q1", "odds = 1 / (100 / numbers['share'] - 1)\n"
               "log_odds = 2 * np.arctanh(2 * numbers['share'] / 100 - 1)"),
        ("q1", "numbers['odds'] = odds\nodds = numbers"),
        ("q2", "d_share = np.array(d_share)\nd_workers = pd.Series([d_workers])"),
        ("q2", "d_workers = Decimal(float(d_workers))"),
        ("q2", "d_workers = np.log(numbers['workers']).loc[[base_year, my_year]].diff()"
               ".dropna()"),
        ("q2", "d_workers = math.log(numbers['workers'][my_year] / "
               "numbers['workers'][base_year])"),
        ("q2", "d_foreign = Fraction(float(d_foreign))"),
        ("q2", "d_foreign = np.float32(d_foreign)"),
        ("q3", "parts = parts.T"),
        ("q3", "parts = parts.to_dict('list')"),
        ("q3", "parts = parts.reset_index()"),
        ("q3", "parts = parts[['foreign', 'share', 'workers']].astype('Float64')"),
        ("q3", "parts = parts.reindex(numbers.index)"),
        ("q3", "parts.index = parts.index.astype(str)\nforeign_led = set(foreign_led)"),
        ("q3", "foreign_led = np.array(foreign_led)"),
        ("q3", "foreign_led = parts.index[led_by_foreign]"),
        ("q3", "foreign_led = [str(it) for it in foreign_led][::-1]"),
        ("q3", "foreign_led = pd.Series(foreign_led, dtype='Int64')"),
        ("q4", "gap = Decimal(float(gap))"),
        ("q4", "gap = np.array([[gap]])"),
        ("q4", "gap = 100 * (math.exp(d_share) - 1) * (math.exp(d_foreign) - 1)"),
        ("q4", "ratio = numbers.loc[my_year] / numbers.loc[base_year]\n"
               "gap = pd.Series(100 * ((ratio['workers'] - 1) - (ratio['share'] - 1) - "
               "(ratio['workers'] / ratio['share'] - 1)))"),
        ("q5", "d_foreign_lower = Decimal(float(d_foreign_lower))\n"
               "d_foreign_upper = np.array(d_foreign_upper)"),
        ("q5", "own_foreign_bounds = foreign_bounds\n"
               "foreign_bounds = lambda *two: np.array(own_foreign_bounds(*two))"),
        ("q5", "own_foreign_bounds = foreign_bounds\n"
               "foreign_bounds = lambda *two: pd.Series("
               "own_foreign_bounds(*two), dtype='Float64')"),
        ("q5", "own_foreign_bounds = foreign_bounds\n"
               "foreign_bounds = lambda *two: ["
               "Fraction(float(it)) for it in own_foreign_bounds(*two)]"),
        ("q6", "at_old_share = Fraction(at_old_share)"),
        ("q6", "at_old_share = numbers['workers'][my_year] * math.exp(-d_share)"),
        ("q6", "at_old_share = pd.DataFrame({'persons': [at_old_share]})"),
    ),
    "totals_and_claims": (
        ("q1", "coverage = coverage.to_frame()\nleast_covered = str(least_covered)"),
        ("q1", "coverage = coverage.to_dict()\nleast_covered = [least_covered]"),
        ("q1", "coverage = list(coverage)"),
        ("q1", "coverage = pd.Series([Fraction(int(a), int(b)) for a, b in "
               "zip(regions, totals['stated'])], index=totals.index)"),
        ("q1", "coverage = coverage.astype('Float64')\n"
               "least_covered = np.float64(least_covered)"),
        ("q1", "totals['coverage'] = coverage\ncoverage = totals"),
        ("q1", "coverage.index = pd.PeriodIndex(coverage.index.astype(str), freq='Y')\n"
               "least_covered = coverage.idxmin()"),
        ("q2", "could_fill = set(could_fill)"),
        ("q2", "could_fill = np.array(could_fill, dtype=float)"),
        ("q2", "could_fill = totals.index[fits]"),
        ("q2", "could_fill = tuple(str(it) for it in could_fill)"),
        ("q2", "could_fill = pd.Series(could_fill, dtype='Int64')"),
        ("q3", "counterexamples = frozenset(counterexamples)\n"
               "mean_growth = Decimal(float(mean_growth))"),
        ("q3", "counterexamples = pd.DataFrame({'year': counterexamples})"),
        ("q3", "counterexamples = pd.to_datetime("
               "[f'{it}-01-01' for it in counterexamples])"),
        ("q3", "mean_growth = np.array([mean_growth])"),
        ("q3", "mean_growth = 100 * (statistics.geometric_mean((series / "
               "series.shift()).dropna()) - 1)"),
        ("q3", "mean_growth = Fraction(float(mean_growth))"),
        ("q4", "placements = len(list(itertools.combinations(range(8), 5)))"),
        ("q4", "placements = 56.0"),
        ("q4", "placements = Decimal(56)"),
        ("q4", "placements = Fraction(8 * 7 * 6, 6)"),
        ("q4", "placements = np.array([56])"),
        ("q5", "peak_years = peak_years[::-1]"),
        ("q5", "peak_years = set(peak_years)"),
        ("q5", "peak_years = np.array(peak_years)"),
        ("q5", "peak_years = range(min(peak_years), max(peak_years) + 1)"),
        ("q5", "peak_years = [max(way, key=way.get) for way in ways]"),
        ("q6", "placements_left = np.int64(placements_left)\n"
               "peak_years_left = pd.Index(peak_years_left)"),
        ("q6", "placements_left = Decimal(placements_left)\n"
               "peak_years_left = pd.Series(peak_years_left).astype('string')"),
        ("q6", "placements_left = float(placements_left)\n"
               "peak_years_left = frozenset(peak_years_left)"),
    ),
}  # fmt: skip
