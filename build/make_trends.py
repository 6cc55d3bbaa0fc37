import json, hashlib, sys
old = json.load(open("book/models/trends.ipynb"))
cells = []
def cid(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]
def lines(text):
    text = text.strip("\n")
    return text.splitlines(keepends=True)
def md(text, id=None):
    cells.append({"cell_type": "markdown", "id": id or cid(text), "metadata": {}, "source": lines(text)})
def code(text, tags=(), caption=None, id=None):
    meta = {}
    if caption: meta["mystnb"] = {"figure": {"caption": caption}}
    if tags: meta["tags"] = list(tags)
    cells.append({"cell_type": "code", "execution_count": None, "id": id or cid(text), "metadata": meta, "outputs": [], "source": lines(text)})

md("""
# Did the number of workers grow?

**Overview.** The article says of the last ten years that the total of North Korean
workers in Primorye, Khabarovskiy Krai and Amurskaya oblast grew from year to year, and
points to Tables 1, 3 and 4. This chapter asks two questions of these tables. Did the
total grow in each single year? And is there a trend over the whole period that short and
irregular series can support?

**Prerequisites.** The three tables, and what a regression line, a confidence interval
and a p-value are. [](small_samples.ipynb) gives the reasons for the methods.

**Time.** About an hour. Every cell can be pasted into a notebook of your own, after the
cell with the imports and the values in the table below it.
""", "d3698926")
code("""
from typing import Optional

import numpy as np
import pandas as pd
import seaborn as sns
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.stats.multitest import multipletests
from rfe_labour import article, inference, tables
from rfe_labour.models import series_trend, trends
from rfe_labour.shown import charts, markdown
""".replace("\n\nimport numpy","\nimport numpy"), id="0192cb48")
code("""
region: str = "amur"  # region in detail {primorye, khabarovsk, amur}
first_year: Optional[int] = None  # first year of all regions; None is each table's own
last_year: Optional[int] = None  # last year of all regions; None is each table's own
level: float = 0.95  # confidence level
seed: int = 1992  # seed of the simulated series
replications: int = 9999  # simulated series for each p-value
""".replace("first year of all regions; None is each table's own","None is each table's first")
.replace("last year of all regions; None is each table's own","None is each table's last"), ["parameters"], id="07271824")
code("""
from rfe_labour import parameters
from rfe_labour.shown import frames
from rfe_labour.tables import changes

frames.show_as_markdown()
parameters.trends(
    region, first_year, last_year, level, seed, replications
)
""", ["remove-cell"], id="d570aae6")
md("""
## The data

`tables.regions` reads the three printed tables. Each becomes a frame with one row a year;
of its columns this chapter needs two.
""")
code("""
regions = tables.regions(first_year, last_year)
names = article.region_names()
one = regions[region]
one[["year", "workers"]]
""")
md("""
This is the region shown in detail. The same steps follow for it alone first, and then for
all three regions at once.

## Year by year

Growth from year to year can be tested without any model: count the years in which the
number fell. The last column adds up the three tables, in the years that all of them have.
""", "098bc3d5")
code("""
workers = pd.DataFrame(
    {
        name: table.set_index("year")["workers"]
        for name, table in regions.items()
    }
)
workers["together"] = workers.sum(axis=1, skipna=False)
steps = workers.diff()
rises, falls = (steps > 0).sum(), (steps < 0).sum()
""")
code("""
counts = pd.DataFrame(
    {"steps": steps.count(), "rises": rises, "declines": falls}
)
counts
""")
code("""
frames.glue_results(counts.loc[list(regions)])
by_year = {
    name: table.set_index("year") for name, table in regions.items()
}
total = changes.regional_sum(by_year)
frames.glue_results(changes.regional_sum_results(total))
""", ["remove-cell"], id="a81d0fb2")
md("""
The three tables share the years from {glue:text}`together.first_year:d` to
{glue:text}`together.last_year:d`. From each year to the next, their sum fell in
{glue:text}`together.declines:d` of {glue:text}`together.steps:d` steps; the years in which
it stood below the year before: {glue:text}`together.declining_years:s`. Region by region,
the number fell in {glue:text}`primorye.declines:d` of {glue:text}`primorye.steps:d` steps
in Primorye, {glue:text}`khabarovsk.declines:d` of {glue:text}`khabarovsk.steps:d` in
Khabarovskiy Krai and {glue:text}`amur.declines:d` of {glue:text}`amur.steps:d` in Amurskaya
oblast.

The article's phrase can be read in two ways. As growth in every single year, it is
settled by this count. As growth over the period, it is a question of trend, to which the
rest of this chapter turns.

## A line through the logarithms

Numbers of workers grow by a factor rather than by a fixed amount: a rise from 1,000 to
1,100 is as steep as one from 3,000 to 3,300. The model is therefore a straight line for
the logarithm of the number $y_t$ in year $t$,

$$\\ln y_t = a + b\\,(t - \\bar t) + e_t ,$$

where $b$ is the slope, $e_t$ is what the line misses, and $\\bar t$ is the middle of the
period. Subtracting $\\bar t$, with `center`, changes no slope; it keeps the arithmetic
accurate. statsmodels fits the line by least squares. `cov_type="HC3"` gives standard errors
that allow the scatter to differ from year to year, `use_t=True` judges them by Student's t,
as so few years demand.
""")
code("""
line = smf.ols("np.log(workers) ~ center(year)", one)
growth = line.fit(cov_type="HC3", use_t=True)
slope = inference.compare({"log_ols": growth}, level)
slope
""")
md("""
`inference.compare` does nothing but read the slope, its standard error, its interval and
its p-value from the fitted model; `growth.params` and `growth.conf_int()` hold the same
numbers. A slope of logarithms is a rate of growth: each year multiplies the number by
$e^b$, so it grows by $100\\,(e^b - 1)$ per cent. In per cent a year:
""")
code("""
rate = 100 * np.expm1(slope[["slope", "lower", "upper"]])
rate.round(1)
""")
md("""
The interval says which rates of growth this line is compatible with, at the level chosen
above, *if the years are independent of each other*. The next section asks whether they are.

Back on the scale of persons, the line becomes a curve. It follows the typical number rather
than the mean, since the logarithm was fitted. Around it lies the band in which the curve
itself, not a single year, is placed by the data. `get_prediction` computes both.
""", "44c7cc99")
code("""
band = growth.get_prediction().summary_frame(alpha=1 - level)
curve = np.exp(band[["mean", "mean_ci_lower", "mean_ci_upper"]])
curve.columns = ["fitted", "lower", "upper"]
curve.insert(0, "year", one["year"])
curve.iloc[[0, -1]].round()
""")

code("""
told = f"{names[region]}: {markdown.signed(*rate['slope'])}%"
alt = charts.tell(one.set_index("year")["workers"])
with charts.figure(alt=f"{told} a year. {alt}") as axes:
    sns.lineplot(curve, x="year", y="fitted", ax=axes)
    axes.fill_between("year", "lower", "upper", data=curve, alpha=0.2)
    sns.scatterplot(
        one, x="year", y="workers", ax=axes, **charts.look(region)
    )
    charts.label(axes, f"{told} a year", "workers")
""", caption="Workers as printed (points), the fitted curve and its band.", id="90abbabb")
md("""
How would a reader notice that this model is wrong? A curve that misses the points on one
side for several years in a row is the clearest sign, and it leads to the next question.

## The years depend on each other

A number of workers depends on that of the year before: contracts run on, and people stay. A
year above the line is then likely to be followed by another. The correlation of each
residual with the one before it measures this. Fitting the line takes out part of the
correlation, so the residuals understate it; for $n$ years and a measured correlation $r$
the corrected value is $(n r + 2)/(n - 4)$, kept between 0 and 0.99.
""", "3aadd32d")
code("""
pd.DataFrame(
    {
        "measured": [inference.lag1_autocorrelation(growth.resid)],
        "corrected": [inference.ar1_coefficients(growth.resid)],
    },
    dtype=float,
).round(2)
""")
md("""
Where this correlation is above 0, HC3 standard errors are too small and their tests find
trends too often: [](small_samples.ipynb) shows how often. Two remedies follow.

**EWC** estimates how much neighbouring years repeat each other from a few slow waves in the
residuals: Lazarus, Lewis, Stock and Watson (2018). It assumes no particular form of the
dependence. Its price is that so few waves leave few degrees of freedom, the column `df`.
statsmodels does not have it; `inference.ewc` takes the fitted line and returns it with this
covariance, so that everything else in statsmodels works on it as before.
""")
code("""
both = {"log_ols": growth, "ewc": inference.ewc(growth)}
inference.compare(both, level)
""")
md("""
**Simulation** assumes a form: series without any trend in which each year's deviation is
$\\rho$ times the last one plus something new, with $\\rho$ as corrected above. The p-value is
the share of such series whose slope, over its HC3 standard error, is at least as far from 0
as ours. Its error is that of a count of so many simulated series.
""")
code("""
rng = np.random.default_rng(seed)
simulated = inference.ar1_monte_carlo(growth, rng, replications)
pd.Series(
    {"p": simulated.p, "error": simulated.error, "rho": simulated.rho}
).round(4)
""")
md("""
The result leans on one number that so few years cannot determine, $\\rho$. So it is worth
seeing the p-value for every $\\rho$ that one may have in mind.
""", "e3952c4b")
code("""
profile = {}
for rho in np.arange(10) / 10:
    rng = np.random.default_rng(seed)
    profile[rho] = inference.ar1_monte_carlo(
        growth, rng, replications, rho
    ).p
pd.Series(profile, name="p").rename_axis("rho").reset_index()
""", id="fac6f28f")
md("""
## Other ways to estimate the same growth

A conclusion should not hang on one estimator. The **Theil–Sen slope** is the median of the
slopes between all pairs of years, here in workers a year; one odd year hardly moves it. The
**Mann–Kendall test** asks only whether later years tend to have more workers. Both take the
years for independent.
""")
code("""
median = inference.theil_sen(one["workers"], one["year"], level)
ranks = inference.kendall(one["workers"], one["year"])
pd.DataFrame([{**vars(median), **vars(ranks)}])
""")
md("""
Workers are counts, and models for counts describe them without logarithms. The **Poisson**
model has the same rate of growth, $\\operatorname{E}(y_t) = e^{a + bt}$, and expects a variance
equal to the mean. `scale="X2"` lets statsmodels
multiply it by the factor that the data show (quasi-Poisson). The **negative binomial** lets
the variance grow with the square of the mean instead, $\\mu + \\alpha\\mu^2$.
""")
code("""
counted = "workers ~ center(year)"
poisson = smf.glm(
    counted, one, family=sm.families.Poisson()
).fit(scale="X2", use_t=True)
alpha = inference.nb2_alpha(poisson)
family = sm.families.NegativeBinomial(alpha=alpha)
nb2 = smf.glm(counted, one, family=family).fit(use_t=True)
models = {"quasi-Poisson": poisson, "negative binomial": nb2}
inference.compare(models, level)
""")
md("""
statsmodels can fit the negative binomial with an unknown $\\alpha$, but its search stops
after some five digits; `inference.nb2_alpha` finds the maximum of the same likelihood. In
the region shown here the variance is {glue:text}`detail.dispersion:,.0f` times the mean,
and $\\alpha$ is {glue:text}`detail.alpha:.3f`.
""")
code("""
detail = {"dispersion": poisson.scale, "alpha": alpha}
frames.glue_results(detail, "detail")
""", ["remove-cell"])
md("""
## All three regions

`trends.slopes` does all this for any of the tables: the line with HC3 and with EWC, the two
models for counts (quasi-Poisson with HC3 as well), and the Theil–Sen slope of the
logarithms.
""", "4e6bb0a0")
code("""
every = {
    name: trends.slopes(table, level)
    for name, table in regions.items()
}
slopes = pd.concat(every, names=["region"])
percent = 100 * np.expm1(slopes[["slope", "lower", "upper"]])
percent.rename(index=names | trends.METHODS).round(1)
""")
code("""
frames.glue_results(slopes)
frames.glue_results(percent, "percent")
frames.glue_results(
    {f"{name}.years": len(table) for name, table in regions.items()}
)
frames.glue_results({"level": level})
""", ["remove-cell"], id="285a688e")
md("""
For the picture, each slope and its two ends become three rows of a long frame. seaborn then
marks the middle one and draws a line from the first to the last.
""")
code("""
ends = percent.rename(names | trends.METHODS).clip(-50, 100)
ends = ends.melt(ignore_index=False).reset_index()
middle = {"estimator": "median", "errorbar": ("pi", 100)}
above = f"{(percent['lower'] > 0).sum()} of {len(percent)}"
ends.head(3)
""")
code("""
looks = charts.BY_REGION
alt = charts.tell(percent.rename(names | trends.METHODS))
with charts.figure(alt=alt, height=5) as axes:
    sns.pointplot(
        ends, x="value", y="method", ax=axes, **middle, **looks
    )
    axes.set(xlabel="growth of workers, % a year", ylabel="")
    axes.set_title(f"{above} intervals lie above 0")
""", caption="The growth of each region by every estimator, with its interval; intervals are cut at −50 and 100 per cent a year.", id="09fc35f1")
md("""
In per cent a year, with the interval that takes the years for independent (HC3) and the one
that does not (EWC):

| region | growth | HC3 interval | EWC interval |
|---|---:|---:|---:|
| Primorye | {glue:text}`percent.primorye.log_ols.slope:+.1f` | {glue:text}`percent.primorye.log_ols.lower:+.1f` to {glue:text}`percent.primorye.log_ols.upper:+.1f` | {glue:text}`percent.primorye.ewc.lower:+.1f` to {glue:text}`percent.primorye.ewc.upper:+.1f` |
| Khabarovskiy Krai | {glue:text}`percent.khabarovsk.log_ols.slope:+.1f` | {glue:text}`percent.khabarovsk.log_ols.lower:+.1f` to {glue:text}`percent.khabarovsk.log_ols.upper:+.1f` | {glue:text}`percent.khabarovsk.ewc.lower:+.1f` to {glue:text}`percent.khabarovsk.ewc.upper:+.1f` |
| Amurskaya oblast | {glue:text}`percent.amur.log_ols.slope:+.1f` | {glue:text}`percent.amur.log_ols.lower:+.1f` to {glue:text}`percent.amur.log_ols.upper:+.1f` | {glue:text}`percent.amur.ewc.lower:+.1f` to {glue:text}`percent.amur.ewc.upper:+.1f` |

## How sure can one be?

Four p-values for each region stand side by side: HC3 ignores the dependence between years;
EWC estimates it; the third compares the slope with simulated series; Mann–Kendall ignores
it again and uses ranks alone. Each line is judged with a random generator of its own, so
that a region has one p-value wherever in this book it is shown.
""")
code("""
lines = {
    name: trends.fits(table)["log_ols"]
    for name, table in regions.items()
}
p = pd.DataFrame(
    {
        name: series_trend.p_values(fit, seed, replications)
        for name, fit in lines.items()
    }
).T.rename_axis(index="region", columns="test")
""", id="cf5ea2d0")
md("""
Testing three tables gives chance three occasions to produce a small p-value. Holm's rule
allows for that: the smallest of the three is multiplied by three, the next by two, and so
on. The tests of one table are readings of one trend, so the rule runs over the tables, test
by test.
""")
code("""
holm = p.apply(lambda column: multipletests(column, method="holm")[1])
tests = pd.DataFrame({"p": p.stack(), "holm_p": holm.stack()})
tests = tests.rename(index=names | series_trend.TESTS)
tests
""")
code("""
frames.glue_results(p, "p")
frames.glue_results(holm, "holm")
frames.glue_results({"smallest_ar1_p": float(p["ar1"].min())})
""", ["remove-cell"])
code("""
alt = charts.tell(p) + f" A line at {1 - level:.3g}."
moves = [f"{row.hc3:.2f} → {row.ar1:.2f}" for row in p.itertuples()]
long = tests.reset_index()
with charts.figure(alt=alt, height=3.6) as axes:
    sns.pointplot(long, x="p", y="test", ax=axes, **charts.BY_REGION)
    axes.axvline(1 - level, color=charts.INK, linestyle=charts.DASHES)
    axes.set(xscale="log", xlabel="p-value", ylabel="")
    axes.set_title("HC3 → AR(1)-calibrated: " + ", ".join(moves))
""", caption="P-values of the trend by test, on a logarithmic axis. The line marks one minus the confidence level.", id="aa35a1bf")
md("""
For Khabarovskiy Krai the p-value is {glue:text}`p.khabarovsk.hc3:.3f` if the dependence is
ignored, and {glue:text}`p.khabarovsk.ar1:.2f` if it is simulated; for Amurskaya oblast
{glue:text}`p.amur.hc3:.3f` and {glue:text}`p.amur.ar1:.2f`; for Primorye
{glue:text}`p.primorye.hc3:.2f` and {glue:text}`p.primorye.ar1:.2f`. A p-value that is not
small is no evidence that there was no growth. With so few years only a steep trend could be
noticed at all. `series_trend.detectable` finds the slope that a test at this level would
notice in four cases of five, given the scatter around the line: first as if the years were
independent, then with the corrected correlation of the residuals.
""")
code("""
steep = {}
for name, fit in lines.items():
    rho = float(inference.ar1_coefficients(fit.resid))
    apart = series_trend.detectable(fit, level)
    tied = series_trend.detectable(fit, level, rho)
    steep[name] = {"independent": apart, "AR(1)": tied, "rho": rho}
detectable = pd.DataFrame(steep).T.rename_axis("region")
rates = 100 * np.expm1(detectable[["independent", "AR(1)"]])
rates.assign(rho=detectable["rho"]).rename(names).round(2)
""")
code("""
slope_names = {"independent": "slope", "AR(1)": "ar1_slope"}
percent_names = {"independent": "percent", "AR(1)": "ar1_percent"}
frames.glue_results(detectable.rename(columns=slope_names), "detectable")
frames.glue_results(rates.rename(columns=percent_names), "detectable")
""", ["remove-cell"])
md("""
These are per cent a year; `rho` is the correlation that the second column assumes. That column
is a lower limit, since it takes that correlation for known.

## What the trend depends on

A slope that hangs on one year deserves less trust. `trends.refit` fits the line again
without each single year, and with one end of the period moved inwards, down to five years.
""")
code("""
refits = trends.refit(one)
refits["percent"] = 100 * np.expm1(refits["log_ols"])
ranges = series_trend.ranges(refits, "percent")
ranges.round(1)
""", id="a22ee682")
code("""
for name, table in regions.items():
    again = trends.refit(table)
    frames.glue_results(series_trend.ranges(again, "log_ols"), name)
    medians = again.groupby("change")["theil_sen"].agg(["min", "max"])
    medians.columns = ["theil_sen_lower", "theil_sen_upper"]
    frames.glue_results(medians, name)
frames.glue_results(ranges, "detail.percent")
""", ["remove-cell"])
code("""
look, ways = charts.look(region), series_trend.CHANGES.items()
alt = charts.tell(ranges)
with charts.figure(alt, rows=3, height=6.4, sharex=False) as panels:
    for axes, (change, year) in zip(panels, ways):
        part = refits[refits["change"] == change]
        sns.lineplot(part, x=year, y="percent", ax=axes, **look)
        axes.axhline(0, color=charts.INK, linewidth=0.8)
        axes.set_title(change.replace("_", " "))
""", caption="The growth, in per cent a year, without the year shown, from the year shown on, and up to the year shown.", id="0a3ff2d6")
md("""
Without one single year, the growth lies between
{glue:text}`detail.percent.leave_one_out.lower:+.1f` (without
{glue:text}`detail.percent.leave_one_out.lower_year:d`) and
{glue:text}`detail.percent.leave_one_out.upper:+.1f` (without
{glue:text}`detail.percent.leave_one_out.upper_year:d`) per cent a year.
[](../checks/multiverse.ipynb) tries every such choice at once.

:::{admonition} Try it
:class: tip
1. Set `region = "khabarovsk"`. Compare the first p-value with the simulated one, and look for
   the year without which the growth is steepest.
2. Replace `cov_type="HC3"` by `cov_type="nonrobust"`. The slope stays the same; look at how
   much of the interval was due to the choice of standard errors.
3. Add `inference.ewc(growth, degrees=4).conf_int(1 - level)` in a new cell. More waves give
   more degrees of freedom; look at what happens to the interval, and ask why one should not
   choose the number after seeing it.
:::

## What this does not say

- These are administrative totals, not a sample. A p-value therefore describes a
  hypothetical process that could have produced other totals.
- A trend is a summary. It does not say why the numbers changed.
- The tables have [defects of their own](../checks/totals.ipynb), and some of their
  cells are later than the sources that the article cites.

## Summary

- The sum of the three tables fell in {glue:text}`together.declines:d` of
  {glue:text}`together.steps:d` steps; region by region the numbers fell in
  {glue:text}`primorye.declines:d` of {glue:text}`primorye.steps:d`,
  {glue:text}`khabarovsk.declines:d` of {glue:text}`khabarovsk.steps:d` and
  {glue:text}`amur.declines:d` of {glue:text}`amur.steps:d`.
- The log-linear growth is {glue:text}`percent.primorye.log_ols.slope:+.1f`
  ({glue:text}`percent.primorye.log_ols.lower:+.1f` to
  {glue:text}`percent.primorye.log_ols.upper:+.1f`) per cent a year in Primorye,
  {glue:text}`percent.khabarovsk.log_ols.slope:+.1f`
  ({glue:text}`percent.khabarovsk.log_ols.lower:+.1f` to
  {glue:text}`percent.khabarovsk.log_ols.upper:+.1f`) in Khabarovskiy Krai and
  {glue:text}`percent.amur.log_ols.slope:+.1f`
  ({glue:text}`percent.amur.log_ols.lower:+.1f` to
  {glue:text}`percent.amur.log_ols.upper:+.1f`) in Amurskaya oblast.
- These intervals take the years for independent. Once the dependence of a year on the
  year before is simulated, the smallest p-value of the three regions is
  {glue:text}`smallest_ar1_p:.2f`.

**Next.** [](trend_windows.sweep.yml) moves both ends of the period.
""", "95fbdb4b")
old["cells"] = cells
json.dump(old, open("book/models/trends.ipynb", "w"), ensure_ascii=False, indent=1)
open("book/models/trends.ipynb", "a").write("\n")
ids = [c["id"] for c in cells]
assert len(set(ids)) == len(ids)
