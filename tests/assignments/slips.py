"""Usual mistakes, as changes to the solutions of the masters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Slip:
    """A mistake, what it costs, and what the student is told."""

    assignment: str
    lost: dict[str, float]  # points by question: no other loses any
    told: str
    changes: dict[str, str]

    @property
    def name(self) -> str:
        return f"{self.assignment}-{'-'.join(self.lost)}-{self.told}"


def _of(assignment: str, *slips: tuple[str, float, str, dict[str, str]]) -> list[Slip]:
    return [
        Slip(assignment, {question: lost}, told, changes)
        for question, lost, told, changes in slips
    ]


SLIPS = [
    *_of(
        "printed_tables",
        ("q1", 1, "divides thousands",
         {'.str.replace(",", "").astype(int)': '.str.replace(",", ".").astype(float)'}),
        ("q1", 1, "divides thousands", {"int(workers.sum())": "workers.sum() / 1000"}),
        ("q1", 1, "not the mean", {"int(workers.sum())": "workers.mean()"}),
        ("q1", 1, "A year is left out", {"int(workers.sum())": "workers[1:].sum()"}),
        ("q2", 1, "A float forgets",
         {'len(printed.partition(".")[2])': 'len(str(float(printed)).split(".")[1])'}),
        ("q2", 1, "a nought that is printed",
         {'len(printed.partition(".")[2])':
          'len(f"{float(printed):g}".partition(".")[2])'}),
        ("q2", 2, "point is no decimal",
         {'len(printed.partition(".")[2])':
          'len("".join(printed.partition(".")[1:]))'}),
        ("q3", 2, "Without a decimal the rounding is wider",
         {"0.5 * 10 ** -decimals(printed)": "0.05"}),
        ("q3", 3, "half a unit at most", {"0.5 * 10 ** -dec": "10.0 ** -dec"}),
        ("q3", 3, "100 times too small",
         {"float(printed) - half, float(printed) + half":
          "(float(printed) - half) / 100, (float(printed) + half) / 100"}),
        ("q4", 2, "0.20, not 20",
         {"persons / (high / 100), persons / (low / 100)":
          "persons / high, persons / low"}),
        ("q4", 2, "ends change places",
         {"persons / (high / 100), persons / (low / 100)":
          "persons / (low / 100), persons / (high / 100)"}),
        ("q4", 2, "whole is larger than its part",
         {"persons / (high / 100), persons / (low / 100)":
          "persons * low / 100, persons * high / 100"}),
        ("q4", 2, "decimals",
         {"low, high = interval(printed)":
          "low, high = float(printed) - 0.05, float(printed) + 0.05"}),
        ("q4", 2, "Do not round",
         {"persons / (high / 100), persons / (low / 100)":
          "round(persons / (high / 100)), round(persons / (low / 100))"}),
        ("q4", 1, "another year",
         {'table_as_text.loc[my_year, "share"]\n'
          "bounds = implied(workers[my_year], share)":
          'table_as_text.loc[my_year + 1, "share"]\n'
          "bounds = implied(workers[my_year + 1], share)"}),
        ("q5", 2, "not in persons",
         {"100 * (ends[1] - ends[0]) / number": "ends[1] - ends[0]"}),
        ("q5", 2, "one hundredth is 1",
         {"100 * (ends[1] - ends[0]) / number": "(ends[1] - ends[0]) / number"}),
        ("q5", 2, "distance of one from the middle",
         {"100 * (ends[1] - ends[0]) / number": "50 * (ends[1] - ends[0]) / number"}),
        ("q5", 2, "not by a bound",
         {"100 * (ends[1] - ends[0]) / number": "100 * (ends[1] - ends[0]) / ends[0]"}),
        ("q5", 1, "known best", {"width.idxmax()": "width.idxmin()"}),
        ("q5", 1, "in per cent",
         {"int(width.idxmax())": "int((ends[1] - ends[0]).idxmax())",
          "width.max() / width.min()":
          "(ends[1] - ends[0]).max() / (ends[1] - ends[0]).min()"}),
        ("q5", 1, "not the other way round",
         {"width.max() / width.min()": "width.min() / width.max()"}),
        ("q6", 3, "need not equal the implied number",
         {"foreign_lower <= claim <= foreign_upper": "claim == round(foreign_lower)"}),
        ("q6", 3, "both ends",
         {"foreign_lower <= claim <= foreign_upper": "foreign_lower <= claim"}),
        ("q6", 3, "both ends",
         {"foreign_lower <= claim <= foreign_upper": "claim <= foreign_upper"}),
        ("q6", 3, "other way round",
         {"foreign_lower <= claim <= foreign_upper":
          "not foreign_lower <= claim <= foreign_upper"}),
    ),
    *_of(
        "trends",
        ("q1", 1, "Between n years there are n - 1 steps",
         {"steps = len(changes)": "steps = n"}),
        ("q1", 1, "These are the rises", {"(changes < 0)": "(changes > 0)"}),
        ("q1", 1, "not with the first",
         {"(changes < 0).sum()": "(workers < workers.iloc[0]).sum()"}),
        ("q2", 2, "take their logarithm",
         {"np.polyfit(years, np.log(workers), 1)": "np.polyfit(years, workers, 1)"}),
        ("q2", 2, "common logarithm",
         {"np.polyfit(years, np.log(workers), 1)":
          "np.polyfit(years, np.log10(workers), 1)"}),
        ("q2", 2, "first and the last alone",
         {"np.polyfit(years, np.log(workers), 1)[0]":
          "np.log(workers).diff().mean()"}),
        ("q2", 2, "Do not round",
         {"np.polyfit(years, np.log(workers), 1)[0]":
          "round(np.polyfit(years, np.log(workers), 1)[0], 3)"}),
        ("q2", 2, "sign is turned",
         {"np.polyfit(years, np.log(workers), 1)[0]":
          "-np.polyfit(years, np.log(workers), 1)[0]"}),
        ("q2", 1, "the exact growth uses exp",
         {"100 * np.expm1(log_slope)": "100 * log_slope"}),
        ("q2", 1, "one hundredth is 1",
         {"100 * np.expm1(log_slope)": "np.expm1(log_slope)"}),
        ("q2", 1, "take 1 from it", {"100 * np.expm1(log_slope)": "np.exp(log_slope)"}),
        ("q2", 1, "Do not round",
         {"100 * np.expm1(log_slope)": "round(100 * np.expm1(log_slope), 2)"}),
        ("q3", 3, "not only neighbouring ones",
         {"np.median(between)": "np.median(np.diff(workers))"}),
        ("q3", 3, "not their mean", {"np.median(between)": "np.mean(between)"}),
        ("q3", 3, "least-squares slope",
         {"np.median(between)": "np.polyfit(years, workers, 1)[0]"}),
        ("q3", 3, "not their logarithms",
         {"values = workers.to_numpy()": "values = np.log(workers.to_numpy())"}),
        ("q3", 3, "years that lie between",
         {" / (years[second] - years[first])": ""}),
        ("q3", 3, "the last year alone",
         {"np.median(between)":
          "(workers.iloc[-1] - workers.iloc[0]) / (len(workers) - 1)"}),
        ("q4", 2, "a gap stays a gap",
         {"np.polyfit(rest.index, np.log(rest), 1)":
          "np.polyfit(np.arange(len(rest)), np.log(rest), 1)"}),
        ("q4", 2, "not by how much they change",
         {"np.polyfit(rest.index, np.log(rest), 1)[0]":
          "np.polyfit(rest.index, np.log(rest), 1)[0] - log_slope"}),
        ("q4", 2, "as in Question 2",
         {"np.polyfit(rest.index, np.log(rest), 1)":
          "np.polyfit(rest.index, np.log10(rest), 1)"}),
        ("q4", 1, "The omission counts",
         {"raises_most = without.idxmax()": "raises_most = without.idxmin()",
          "lowers_most = without.idxmin()": "lowers_most = without.idxmax()"}),
        ("q4", 1, "Other years raise and lower",
         {"raises_most = without.idxmax()": "raises_most = workers.idxmax()",
          "lowers_most = without.idxmin()": "lowers_most = workers.idxmin()"}),
        ("q5", 2, "Count both tails", {"abs(other) >= abs(s)": "other >= s"}),
        ("q5", 2, "not only farther ones",
         {"abs(other) >= abs(s)": "abs(other) > abs(s)"}),
        ("q5", 2, "add 1 to both numbers",
         {"(1 + as_far) / (1 + len(shuffled))": "as_far / len(shuffled)"}),
        ("q5", 2, "divide by that of all",
         {"(1 + as_far) / (1 + len(shuffled))": "(1 + as_far)"}),
        ("q5", 1, "Shuffle anew",
         {"[kendall_s(rng.permutation(workers)) for _ in range(1999)]":
          "[kendall_s(workers) for _ in range(1999)]"}),
        ("q6", 1, "Count large negative values", {"abs(t_statistic(errors)) >":
                                                  "t_statistic(errors) >"}),
        ("q6", 1, "The errors have no memory",
         {"rho * errors[:, place - 1]": "0 * errors[:, place - 1]"}),
        ("q6", 1, "not the whole of it",
         {"rho * errors[:, place - 1]": "(rho > 0) * errors[:, place - 1]"}),
        ("q6", 1, "without an alarm", {") > CRITICAL)": ") < CRITICAL)"}),
        ("q6", 2, "no per cents",
         {"float((abs(t_statistic(errors)) > CRITICAL).mean())":
          "100 * float((abs(t_statistic(errors)) > CRITICAL).mean())"}),
    ),
    *_of(
        "shares",
        ("q1", 1, "odds are the share against the rest",
         {'numbers["share"] / (100 - numbers["share"])': 'numbers["share"] / 100'}),
        ("q1", 1, "the rest is 0.80",
         {'numbers["share"] / (100 - numbers["share"])':
          '100 * numbers["share"] / (100 - numbers["share"])'}),
        ("q1", 1, "turn it round",
         {'numbers["share"] / (100 - numbers["share"])':
          '(100 - numbers["share"]) / numbers["share"]'}),
        ("q1", 1, "common logarithm", {"np.log(odds)": "np.log10(odds)"}),
        ("q1", 1, "not of the odds",
         {"np.log(odds)": 'np.log(numbers["share"] / 100)'}),
        ("q1", 1, "1 [+] odds", {"np.log(odds)": "np.log1p(odds)"}),
        ("q2", 2, "Later year less earlier",
         {'logs.loc[my_year, "workers"] - logs.loc[base_year, "workers"]':
          'logs.loc[base_year, "workers"] - logs.loc[my_year, "workers"]',
          'logs.loc[my_year, "share"] - logs.loc[base_year, "share"]':
          'logs.loc[base_year, "share"] - logs.loc[my_year, "share"]'}),
        ("q2", 2, "is in points",
         {'logs.loc[my_year, "share"] - logs.loc[base_year, "share"]':
          'numbers.loc[my_year, "share"] - numbers.loc[base_year, "share"]'}),
        ("q2", 2, "change in per cent",
         {'logs.loc[my_year, "share"] - logs.loc[base_year, "share"]':
          'np.expm1(logs.loc[my_year, "share"] - logs.loc[base_year, "share"])'}),
        ("q2", 2, "other years",
         {'logs.loc[my_year, "workers"] - logs.loc[base_year, "workers"]':
          'logs.loc[my_year - 1, "workers"] - logs.loc[base_year, "workers"]',
          'logs.loc[my_year, "share"] - logs.loc[base_year, "share"]':
          'logs.loc[my_year - 1, "share"] - logs.loc[base_year, "share"]'}),
        ("q2", 2, "100 times too large",
         {"logs = np.log(numbers)": "logs = 100 * np.log(numbers)",
          "np.log(numbers).diff()": "100 * np.log(numbers).diff()",
          "np.expm1(change)": "np.expm1(change / 100)",
          "np.log(high_after / low_before)": "100 * np.log(high_after / low_before)",
          "np.log(low_after / high_before)": "100 * np.log(low_after / high_before)"}),
        ("q2", 2, "100 times too large",
         {"logs = np.log(numbers)": "logs = 100 * np.log(numbers)"}),
        ("q2", 2, "change in per cent",
         {'logs.loc[my_year, "workers"] - logs.loc[base_year, "workers"]':
          'np.expm1(logs.loc[my_year, "workers"] - logs.loc[base_year, "workers"])',
          'logs.loc[my_year, "share"] - logs.loc[base_year, "share"]':
          'np.expm1(logs.loc[my_year, "share"] - logs.loc[base_year, "share"])',
          "np.log(numbers).diff().dropna()": "numbers.pct_change().dropna()"}),
        ("q2", 1, "do not add the share",
         {"d_foreign = d_workers - d_share": "d_foreign = d_workers + d_share"}),
        ("q2", 1, "not a quotient",
         {"d_foreign = d_workers - d_share": "d_foreign = d_workers / d_share"}),
        ("q3", 2, "per cent; take logarithms",
         {"np.log(numbers).diff().dropna()": "numbers.pct_change().dropna()"}),
        ("q3", 2, "logarithms before the differences",
         {"np.log(numbers).diff().dropna()": "numbers.diff().dropna()"}),
        ("q3", 2, "do not add it",
         {'parts["workers"] - parts["share"]': 'parts["workers"] + parts["share"]'}),
        ("q3", 1, "whatever their sign",
         {'parts["foreign"].abs() > parts["share"].abs()':
          'parts["foreign"] > parts["share"]'}),
        ("q3", 1, "that the share led",
         {'parts["foreign"].abs() > parts["share"].abs()':
          'parts["foreign"].abs() < parts["share"].abs()'}),
        ("q3", 1, "later year of each step",
         {"list(parts.index[led_by_foreign])":
          "list(parts.index[led_by_foreign] - 1)"}),
        ("q4", 2, "gap in logarithms",
         {"growth[0] - growth[1] - growth[2]": "d_workers - d_share - d_foreign"}),
        ("q4", 2, "hundredth is 1", {"100 * np.expm1(change)": "np.expm1(change)"}),
        ("q4", 2, "factor less 1", {"np.expm1(change)": "np.exp(change)"}),
        ("q4", 2, "in points",
         {"growth[0] - growth[1] - growth[2]":
          'growth[0] - growth[2] - numbers["share"].loc[[base_year, my_year]].diff()'
          ".iloc[1]"}),
        ("q4", 2, "do not add one",
         {"growth[0] - growth[1] - growth[2]": "growth[0] - growth[1] + growth[2]"}),
        ("q4", 2, "Do not round",
         {"growth[0] - growth[1] - growth[2]":
          "round(growth[0] - growth[1] - growth[2], 1)"}),
        ("q5", 3, "cross the ends",
         {"np.log(high_after / low_before)": "np.log(high_after / high_before)",
          "np.log(low_after / high_before)": "np.log(low_after / low_before)"}),
        ("q5", 3, "by half a unit at most", {"0.5 * 10.0 **": "10.0 **"}),
        ("q5", 3, "printed decimals",
         {'0.5 * 10.0 ** -len(printed.partition(".")[2])': "0.05"}),
        ("q5", 3, "printed decimals",
         {'0.5 * 10.0 ** -len(printed.partition(".")[2])': "0.5"}),
        ("q5", 3, "subtract it from d_workers",
         {"lower = d_workers - np.log(high_after / low_before)":
          "lower = np.log(low_after / high_before)",
          "return lower, d_workers - np.log(low_after / high_before)":
          "return lower, np.log(high_after / low_before)"}),
        ("q5", 3, "base_year and that of my_year",
         {"np.log(high_after / low_before)": "np.log(high_after / float(before))",
          "np.log(low_after / high_before)": "np.log(low_after / float(before))"}),
        ("q6", 2, "The ratio is turned round",
         {'numbers.loc[my_year, "workers"] * kept':
          'numbers.loc[my_year, "workers"] / kept'}),
        ("q6", 2, "only the share is the old one",
         {'numbers.loc[my_year, "workers"] * kept':
          'numbers.loc[base_year, "workers"] / kept'}),
        ("q6", 2, "share of another year",
         {'kept = numbers.loc[base_year, "share"]':
          'kept = numbers.loc[base_year + 1, "share"]'}),
        ("q6", 2, "All foreign workers are more",
         {'numbers.loc[my_year, "workers"] * kept':
          'numbers.loc[my_year, "workers"] * numbers.loc[base_year, "share"] / 100'}),
        ("q6", 2, "Do not round",
         {'numbers.loc[my_year, "workers"] * kept':
          'round(numbers.loc[my_year, "workers"] * kept)'}),
    ),
    *_of(
        "totals_and_claims",
        ("q1", 2, "not the other way round",
         {'regions / totals["stated"]': 'totals["stated"] / regions'}),
        ("q1", 2, "not per cents",
         {'regions / totals["stated"]': '100 * regions / totals["stated"]'}),
        ("q1", 2, "not one of the parts",
         {'totals[["primorye", "khabarovsk", "amur"]].sum(axis=1)':
          "totals.sum(axis=1)"}),
        ("q1", 2, "all three regions",
         {'totals[["primorye", "khabarovsk", "amur"]]':
          'totals[["primorye", "khabarovsk"]]'}),
        ("q1", 2, "part that is missing",
         {'regions / totals["stated"]': '1 - regions / totals["stated"]'}),
        ("q1", 1, "best covered year", {"coverage.idxmin()": "coverage.idxmax()"}),
        ("q2", 3, "“About” is an interval",
         {"(gap + slack >= 150 + 3500) & (gap - slack <= 250 + 4500)": "gap == 4200"}),
        ("q2", 3, "larger or smaller than both",
         {"(gap + slack >= 150 + 3500) & (gap - slack <= 250 + 4500)":
          "gap + slack >= 150 + 3500"}),
        ("q2", 3, "larger or smaller than both",
         {"(gap + slack >= 150 + 3500) & (gap - slack <= 250 + 4500)":
          "gap - slack <= 250 + 4500"}),
        ("q2", 3, "could not", {"totals.index[fits]": "totals.index[~fits]"}),
        ("q3", 2, "not the year before it",
         {"series.index[series.diff() <= 0]": "series.index[series.diff() <= 0] - 1"}),
        ("q3", 2, "that agree with it", {"series.diff() <= 0": "series.diff() > 0"}),
        ("q3", 2, "another region",
         {"series = totals[region]":
          'series = totals[region]\nother = totals["amur" if region != "amur" else '
          '"khabarovsk"]',
          "series.index[series.diff() <= 0]": "other.index[other.diff() <= 0]"}),
        ("q3", 1, "Growth compounds",
         {"(ratio ** (1 / (len(series) - 1)) - 1)": "(ratio - 1) / (len(series) - 1)"}),
        ("q3", 1, "n - 1 steps", {"(1 / (len(series) - 1))": "(1 / len(series))"}),
        ("q3", 1, "mean of yearly rates",
         {"100 * (ratio ** (1 / (len(series) - 1)) - 1)":
          "100 * series.pct_change().mean()"}),
        ("q3", 1, "one hundredth is 1",
         {"100 * (ratio ** (1 / (len(series) - 1)) - 1)":
          "ratio ** (1 / (len(series) - 1)) - 1"}),
        ("q3", 1, "take 1 from it",
         {"100 * (ratio ** (1 / (len(series) - 1)) - 1)":
          "ratio ** (1 / (len(series) - 1))"}),
        ("q3", 1, "in logarithms",
         {"100 * (ratio ** (1 / (len(series) - 1)) - 1)":
          "100 * math.log(ratio) / (len(series) - 1)"}),
        ("q4", 2, "only the columns are chosen",
         {"math.comb(8, 5)": "math.perm(8, 5)"}),
        ("q4", 2, "No two stand in one column", {"math.comb(8, 5)": "8**5"}),
        ("q5", 3, "smallest number",
         {"peak_years = sorted({max(way, key=way.get)":
          "peak_years = sorted({min(way, key=way.get)"}),
        ("q5", 3, "left and right need columns",
         {"peak_years = sorted({max(way, key=way.get) for way in ways})":
          "peak_years = columns"}),
        ("q5", 3, "That is one year",
         {"peak_years = sorted({max(way, key=way.get) for way in ways})":
          "peak_years = [max(ways[0], key=ways[0].get)]"}),
        ("q5", 3, "place of the largest",
         {"peak_years = sorted({max(way, key=way.get) for way in ways})":
          "peak_years = sorted({max(way, key=way.get) + 1 for way in ways})"}),
        ("q6", 1, "go to its left", {"placements_left = len(left)":
                                     "placements_left = math.comb(7, 4)"}),
        ("q6", 1, "how many fall away", {"placements_left = len(left)":
                                         "placements_left = len(ways) - len(left)"}),
        ("q6", 1, "rules out some", {"placements_left = len(left)":
                                     "placements_left = len(ways)"}),
        ("q6", 1, "fewer years than there were before",
         {"for way in left})": "for way in ways})"}),
        ("q6", 1, "room beside it|fewer years than there were",
         {"peak_years_left = sorted({max(way, key=way.get) for way in left})":
          "peak_years_left = [it for it in peak_years if it != known_year]"}),
    ),
]  # fmt: skip
