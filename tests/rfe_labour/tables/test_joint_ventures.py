"""Table 2: every placement of what survives, against brute force and closed forms."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rfe_labour.tables import joint_ventures
from rfe_labour.tables.joint_ventures import (
    ASSUMPTIONS,
    TEAR,
    Choices,
    Evaluation,
    IdentifiedSet,
    Survivors,
)
from tests.rfe_labour.printed_page import TABLE2_COUNTS, TABLE2_SHARES

YEARS = range(1992, 2006)


def test_the_survivors_are_those_of_the_printed_page(tokens: pd.DataFrame) -> None:
    found = joint_ventures.survivors(tokens)
    assert found.years == tuple(YEARS)
    assert list(map(str, found.counts)) == TABLE2_COUNTS.split()
    assert (found.apart, found.in_row) == ((3, 3), (2, 3, 2, 7, 6))
    # In the scan the labels are parted by the word "Year", and these follow it.
    assert found.beside == (1996, 1997, 1998, 1999, 2001)
    read = {"11": "1.1", "04": "0.4"}
    assert found.shares == tuple(read.get(cell, cell) for cell in TABLE2_SHARES.split())
    as_printed = joint_ventures.survivors(tokens, Choices(lost_points="printed"))
    assert list(as_printed.shares) == TABLE2_SHARES.split()


def test_a_row_needs_no_more_columns_than_there_are(tokens: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="7 counts and 12 shares cannot each have one"):
        joint_ventures.survivors(tokens, Choices(last_year=2000))


def test_the_placements_are_as_many_as_the_closed_forms_say(
    evaluation: Evaluation, sets: dict[str, IdentifiedSet]
) -> None:
    placements = evaluation.placements
    assert len(placements.shares) == math.comb(14, 12) == 91
    assert len(placements.counts) == math.comb(14, 7) * math.comb(7, 2) == 72_072
    assert sets["order"].placements == placements.number == 6_558_552
    assert sets["none"].placements == math.perm(14, 7) * math.perm(14, 12)
    # Three 3s and two 2s; four 0.6s, two 0.7s and two 1.1s print alike.
    alike = math.factorial(3) * 2 * math.factorial(4) * 2 * 2
    assert sets["none"].tables == sets["none"].placements // alike


def test_nothing_is_imputed_and_nothing_is_lost(evaluation: Evaluation) -> None:
    placements = evaluation.placements
    filled = np.sort(placements.counts, axis=1)
    expected = [0] * 7 + sorted(map(int, TABLE2_COUNTS.split()))
    assert (filled == expected).all()
    assert (np.sort(placements.shares, axis=1) == [-1, -1, *range(12)]).all()
    taken = placements.counts[placements.counts > 0].reshape(-1, 7)
    assert (taken == placements.left_to_right).all()
    assert len({row.tobytes() for row in placements.shares}) == 91


def test_the_implied_numbers_are_those_worked_out_by_hand(
    tokens: pd.DataFrame,
) -> None:
    found = joint_ventures.survivors(tokens)
    lower, upper = joint_ventures.implied_ranges(found)
    ranges = {
        (count, share): (low, high)
        for share, lows, highs in zip(
            found.shares, lower.tolist(), upper.tolist(), strict=True
        )
        for count, low, high in zip(found.different, lows, highs, strict=True)
    }
    assert ranges[2, "0.5"] == (364, 444)  # 200/0.55 = 363.6, 200/0.45 = 444.4
    assert ranges[3, "0.8"] == (353, 400)  # 300/0.75 is 400 exactly, a tie
    assert ranges[7, "0.4"] == (1556, 2000)  # 700/0.35 is 2,000 exactly
    assert ranges[2, "1.3"] == (149, 160)
    printed = joint_ventures.survivors(tokens, Choices(lost_points="printed"))
    low, high = joint_ventures.implied_ranges(printed)
    assert (low[1, 3], high[1, 3]) == (61, 66)  # 7 of 11%: 700/11.5, 700/10.5
    assert (low[7, 0], high[7, 0]) == (45, 57)  # 2 of 4%: 200/4.5, 200/3.5


def test_each_assumption_admits_a_subset_of_the_one_before(
    evaluation: Evaluation, sets: dict[str, IdentifiedSet]
) -> None:
    assert tuple(sets) == ASSUMPTIONS
    assert (evaluation.consistent() <= evaluation.whole).all()
    for wider, narrower in itertools.pairwise(sets.values()):
        assert wider.placements >= narrower.placements > 0
        assert wider.tables >= narrower.tables
        assert ((wider.stands > 0) >= (narrower.stands > 0)).all(axis=None)
        assert (wider.implied["lower"] <= narrower.implied["lower"]).all()
        assert (wider.implied["upper"] >= narrower.implied["upper"]).all()
    for factor in (1.0, 1.5, 3.0):
        narrow, wide = within(factor, evaluation), within(2 * factor, evaluation)
        assert (narrow.consistent() <= wide.consistent()).all()


def within(factor: float, evaluation: Evaluation) -> Evaluation:
    """Ask the same placements for another yearly factor."""
    choices = replace(evaluation.choices, yearly_factor=factor)
    return replace(evaluation, choices=choices)


def test_the_order_alone_fixes_what_can_be_said_of_the_highest_and_of_direction(
    sets: dict[str, IdentifiedSet],
) -> None:
    order = sets["order"]
    # 7 has three counts before it in its row, and one after it.
    assert order.highest.index[order.highest > 0].tolist() == list(range(1995, 2005))
    # 1.3 is the eleventh of twelve shares, so that only the last can follow it.
    share = order.highest_share
    assert share.index[share > 0].tolist() == [2002, 2003, 2004]
    # By hand: the first is 2 or a 3, the last 6 or a 3; both are 3 in 1 of 21 orders.
    parts = order.parts
    assert [parts[name] for name in ("rises", "level", "falls")] == pytest.approx(
        [20 / 21, 1 / 21, 0]
    )
    assert parts["never_falls"] == parts["highest_last"] == 0
    assert parts["highest_final_year"] == 0


def test_the_counts_rise_by_rank_in_every_order_as_scipy_has_it(
    sets: dict[str, IdentifiedSet],
) -> None:
    taus = []
    for places in itertools.combinations(range(7), 2):
        row = iter((2, 3, 2, 7, 6))
        order = [3 if place in places else next(row) for place in range(7)]
        taus.append(stats.kendalltau(range(7), order).statistic)
    assert min(taus) > 0
    assert sets["order"].parts["rank_rises"] == 1.0
    assert sets["none"].parts["rank_rises"] == sets["none"].parts["rank_falls"]


def test_without_an_assumption_each_token_stands_anywhere(
    sets: dict[str, IdentifiedSet],
) -> None:
    none = sets["none"]
    assert none.stands[7].tolist() == pytest.approx([1 / 14] * 14)
    assert none.stands.sum(axis=1).tolist() == pytest.approx([7 / 14] * 14)
    # Of 42 ordered pairs of counts, 8 are equal; the others rise as often as fall.
    assert none.parts["rises"] == none.parts["falls"] == pytest.approx(17 / 42)
    assert none.parts["never_falls"] == pytest.approx(12 / math.factorial(7))
    assert none.implied.drop_duplicates().to_numpy().tolist() == [[149, 2000]]


def test_only_the_upper_limit_binds_and_it_parts_the_7_from_the_04(
    evaluation: Evaluation,
) -> None:
    with_04 = evaluation.placements.shares == 7
    with_7 = evaluation.placements.counts == 7
    together = int((with_04.astype(int) @ with_7.T.astype(int)).sum())
    assert joint_ventures.binding_constraints(evaluation) == {
        "no_whole_number": 0,
        "below_fewest": 0,
        "above_most": together,
    }
    assert int(evaluation.whole.sum()) == 6_558_552 - together


@pytest.fixture(scope="module")
def torn_evaluation(evaluation: Evaluation) -> Evaluation:
    found = evaluation.surviving
    return joint_ventures.evaluate(
        found, evaluation.choices, joint_ventures.place(found, counts="tear")
    )


@pytest.fixture(scope="module")
def torn(torn_evaluation: Evaluation) -> dict[str, IdentifiedSet]:
    return joint_ventures.identify_torn(torn_evaluation)


def test_one_tear_through_two_rows_leaves_what_a_referee_counted(
    torn: dict[str, IdentifiedSet],
) -> None:
    """Two counts that stand apart in nine years, and the shares as under `order`."""
    assert math.comb(9, 2) * math.comb(14, 12) == 3_276
    placements = {name: identified.placements for name, identified in torn.items()}
    assert placements == dict(zip(TEAR, (3_276, 2_736, 689), strict=True))


def test_the_tear_is_the_part_of_the_order_with_five_counts_in_five_years(
    evaluation: Evaluation, torn_evaluation: Evaluation
) -> None:
    """Those of the order are found by what they print; no other count is a 7 or a 6."""
    beside = [year - 1992 for year in (1996, 1997, 1998, 1999, 2001)]
    held = (evaluation.placements.counts[:, beside] == [2, 3, 2, 7, 6]).all(axis=1)
    of_order = evaluation.placements.counts[held].tolist()
    order = [of_order.index(row) for row in torn_evaluation.placements.counts.tolist()]
    assert sorted(order) == [*range(36)]
    for condition in (lambda it: it.whole, Evaluation.consistent):
        expected = condition(evaluation)[:, held][:, order]
        assert (condition(torn_evaluation) == expected).all()


def test_the_tear_puts_five_counts_in_a_year_each_and_the_others_anywhere_else(
    torn: dict[str, IdentifiedSet],
) -> None:
    stands = torn["tear"].stands
    for year, count in zip(
        (1996, 1997, 1998, 1999, 2001), (2, 3, 2, 7, 6), strict=True
    ):
        assert stands.loc[year].to_dict() == {2: 0, 3: 0, 6: 0, 7: 0} | {count: 1}
    others = stands.drop([1996, 1997, 1998, 1999, 2001])
    assert others[3].tolist() == pytest.approx([2 / 9] * 9)
    assert not others.drop(columns=3).any(axis=None)


def test_under_the_tear_the_counts_end_above_or_level_with_their_first(
    torn: dict[str, IdentifiedSet],
) -> None:
    """By hand: level if one 3 stands before 1996 and one after 2001, else it rises."""
    parts = torn["tear"].parts
    assert parts["level"] == pytest.approx(4 * 4 / 36)
    assert parts["rises"] == pytest.approx(20 / 36)
    assert parts["rank_rises"] == parts["very_few"] == 1
    # 6 follows the 7, and the row has a 2 after its 3.
    for name in ("falls", "never_falls", "highest_last", "highest_final_year"):
        assert parts[name] == 0


def test_the_shares_in_order_make_the_torn_counts_leap(
    torn_evaluation: Evaluation, torn: dict[str, IdentifiedSet]
) -> None:
    """By hand, with the shares that their order lets stand beside the counts."""
    implied = torn["tear"].implied
    # 1998 has the 5th, 6th or 7th share: 2 of 0.7 or 0.6%, 200/0.75 to 200/0.55.
    assert implied.loc[1998].tolist() == [267, 363]
    # 1999 has the 6th, 7th or 8th: 7 of 0.6 or 0.4%, 700/0.65 to 700/0.35.
    assert implied.loc[1999].tolist() == [1077, 2000]
    # The steadiest keeps one of the two years without a share, and yet needs 3 of 0.6%
    # (300/0.65 at the least) beside 2 of 0.7% (200/0.65 at the most).
    assert torn_evaluation.least_factor == pytest.approx(462 / 307)


@dataclass(frozen=True)
class Placed:
    """One placement, as the brute force knows it: a token of each row by column."""

    counts: tuple[int | None, ...]
    shares: tuple[int | None, ...]


ANY = Choices(fewest=1, most=5000)
SMALL = Survivors(
    years=(2000, 2001, 2002, 2003, 2004),
    apart=(3,),
    in_row=(2, 7),
    shares=("0.5", "4", "0.7"),
    beside=(2001, 2003),
)
# 2 and 7 of 30.0% would be 6.7 and 23.3 ventures: no whole number is near enough.
EXACT = Survivors(
    years=(2000, 2001, 2002, 2003),
    apart=(),
    in_row=(2, 3, 7),
    shares=("30.0", "4"),
    beside=(2000, 2001, 2003),
)
TIED = Survivors(
    years=(2000, 2001, 2002, 2003, 2004),
    apart=(2,),
    in_row=(2, 4),
    shares=("1.0", "0.5", "1.0"),
    beside=(2000, 2002, 2003),
)


@pytest.mark.parametrize(
    ("found", "choices"),
    [
        (SMALL, Choices(fewest=1, most=5000, yearly_factor=4.0)),
        (SMALL, Choices(fewest=60, most=1000, yearly_factor=3.0)),
        (SMALL, Choices(fewest=300, most=500, yearly_factor=1.1)),
        (SMALL, Choices(fewest=1, most=2, yearly_factor=2.0)),
        (EXACT, Choices(fewest=1, most=5000, yearly_factor=6.0)),
        (TIED, Choices(fewest=100, most=900, yearly_factor=1.25)),
        (TIED, Choices(fewest=1, most=400, yearly_factor=1.0)),
    ],
)
def test_a_small_table_agrees_with_brute_force(
    found: Survivors, choices: Choices
) -> None:
    told = joint_ventures.identify(joint_ventures.evaluate(found, choices))
    none = every_placement(found)
    order = [placed for placed in none if keeps_order(found, placed)]
    whole = [placed for placed in order if all(allowed_numbers(found, placed, choices))]
    consistent = [placed for placed in whole if steady(found, placed, choices)]
    for name, expected in zip(
        ASSUMPTIONS, (none, order, whole, consistent), strict=True
    ):
        compare(told[name], found, expected)
    for name, expected, numbers in (
        ("none", none, [allowed_numbers(found, one, ANY) for one in none]),
        ("order", order, [allowed_numbers(found, one, ANY) for one in order]),
        ("whole", whole, [allowed_numbers(found, one, choices) for one in whole]),
        (
            "consistent",
            consistent,
            [steady_numbers(found, one, choices) for one in consistent],
        ),
    ):
        assert ranges(told[name]) == extremes(found, expected, numbers)


@pytest.mark.parametrize(
    ("found", "choices"),
    [
        (SMALL, Choices(fewest=60, most=1000, yearly_factor=3.0)),
        (EXACT, Choices(fewest=1, most=5000, yearly_factor=6.0)),
        (TIED, Choices(fewest=100, most=900, yearly_factor=1.25)),
    ],
)
def test_small_torn_tables_agree_with_brute_force(
    found: Survivors, choices: Choices
) -> None:
    none = every_placement(found)
    for counts, shares in itertools.product(
        ("order", "tear"), ("order", "apart_first", "beside_first")
    ):
        placements = joint_ventures.place(found, counts, shares)
        evaluation = joint_ventures.evaluate(found, choices, placements)
        kept = [
            one
            for one in none
            if counts_keep_order(found, one)
            and (counts == "order" or same_columns(found, one))
            and shares_as_read(found, one, shares)
        ]
        whole = [one for one in kept if all(allowed_numbers(found, one, choices))]
        consistent = [one for one in whole if steady(found, one, choices)]
        numbers = placements.number, evaluation.whole.sum()
        assert numbers == (len(kept), len(whole))
        assert evaluation.consistent().sum() == len(consistent)
        if (counts, shares) == ("tear", "order"):
            told = joint_ventures.identify_torn(evaluation)
            for name, expected in zip(TEAR, (kept, whole, consistent), strict=True):
                compare(told[name], found, expected)


def test_a_tear_needs_columns_for_the_counts_on_either_side() -> None:
    with pytest.raises(ValueError, match="No tear puts 2 counts in 0 columns"):
        joint_ventures.place(replace(TIED, beside=()), counts="tear")
    with pytest.raises(ValueError, match="and 1 in the 0 others"):
        joint_ventures.place(replace(TIED, beside=TIED.years), counts="tear")


def every_placement(found: Survivors) -> list[Placed]:
    columns = range(len(found.years))

    def row(tokens: int) -> list[tuple[int | None, ...]]:
        return [
            tuple(at.index(column) if column in at else None for column in columns)
            for at in itertools.permutations(columns, tokens)
        ]

    return [
        Placed(counts, shares)
        for counts in row(len(found.counts))
        for shares in row(len(found.shares))
    ]


def keeps_order(found: Survivors, placed: Placed) -> bool:
    return counts_keep_order(found, placed) and shares_as_read(found, placed, "order")


def counts_keep_order(found: Survivors, placed: Placed) -> bool:
    counts = [token for token in placed.counts if token is not None]
    apart = [token for token in counts if token < len(found.apart)]
    in_row = [token for token in counts if token >= len(found.apart)]
    return all(tokens == sorted(tokens) for tokens in (apart, in_row))


def same_columns(found: Survivors, placed: Placed) -> bool:
    """Tell whether the counts in the row, and no others, stand beside the label."""
    return all(
        (year in found.beside) == (token >= len(found.apart))
        for year, token in zip(found.years, placed.counts, strict=True)
        if token is not None
    )


def shares_as_read(found: Survivors, placed: Placed, read: str) -> bool:
    """Tell whether a machine that read the columns so met the shares in their order."""
    columns = dict(zip(found.years, placed.shares, strict=True))
    beside = [share for year, share in columns.items() if year in found.beside]
    apart = [share for year, share in columns.items() if year not in found.beside]
    met = {
        "order": [*columns.values()],
        "apart_first": apart + beside,
        "beside_first": beside + apart,
    }[read]
    tokens = [token for token in met if token is not None]
    return tokens == sorted(tokens)


@cache
def numbers_of(count: int, share: str, fewest: int, most: int) -> tuple[int, ...]:
    half = Fraction(1, 2 * 10 ** len(share.partition(".")[2]))
    return tuple(
        number
        for number in range(fewest, most + 1)
        if abs(Fraction(100 * count, number) - Fraction(share)) <= half
    )


def allowed_numbers(
    found: Survivors, placed: Placed, choices: Choices
) -> list[tuple[int, ...]]:
    """Give, for every year with both tokens, each number that explains the share."""
    return [
        numbers_of(
            found.counts[count], found.shares[share], choices.fewest, choices.most
        )
        for _, count, share in years_with_both(found, placed)
    ]


def years_with_both(found: Survivors, placed: Placed) -> list[tuple[int, int, int]]:
    cells = zip(found.years, placed.counts, placed.shares, strict=True)
    return [
        (year, count, share)
        for year, count, share in cells
        if count is not None and share is not None
    ]


def steady_numbers(
    found: Survivors, placed: Placed, choices: Choices
) -> list[tuple[int, ...]]:
    """Keep the numbers that each other year can follow or lead up to."""
    years = [year for year, *_ in years_with_both(found, placed)]
    numbers = allowed_numbers(found, placed, choices)
    return [
        tuple(
            number
            for number in own
            if all(
                can_follow(number, others, abs(year - other), choices.yearly_factor)
                for other, others in zip(years, numbers, strict=True)
                if other != year
            )
        )
        for year, own in zip(years, numbers, strict=True)
    ]


@cache
def can_follow(
    number: int, others: tuple[int, ...], distance: int, yearly_factor: float
) -> bool:
    factor = Fraction(str(yearly_factor)) ** distance
    return any(max(number, other) <= factor * min(number, other) for other in others)


def steady(found: Survivors, placed: Placed, choices: Choices) -> bool:
    """Tell whether each two years, taken by themselves, can agree."""
    years = [year for year, *_ in years_with_both(found, placed)]
    numbers = allowed_numbers(found, placed, choices)
    return all(
        any(
            can_follow(number, others, abs(year - other), choices.yearly_factor)
            for number in own
        )
        for (year, own), (other, others) in itertools.combinations(
            zip(years, numbers, strict=True), 2
        )
    )


def compare(told: IdentifiedSet, found: Survivors, expected: list[Placed]) -> None:

    def part(condition: list[bool], in_none: float = math.nan) -> object:
        share = sum(condition) / len(condition) if condition else in_none
        return pytest.approx(share, nan_ok=True)

    rows = [
        [0 if token is None else found.counts[token] for token in placed.counts]
        for placed in expected
    ]
    counts = [[count for count in row if count] for row in rows]
    shares = [
        ["" if token is None else found.shares[token] for token in placed.shares]
        for placed in expected
    ]
    assert told.placements == len(expected)
    printed = {(*row, *share) for row, share in zip(rows, shares, strict=True)}
    assert told.tables == len(printed)
    highest_share = max(found.shares, key=Fraction)
    for column, year in enumerate(found.years):
        for value in set(found.counts):
            stands = [row[column] == value for row in rows]
            assert told.stands.loc[year, value] == part(stands, in_none=0)
        top = [row[column] == highest_share for row in shares]
        assert told.highest_share[year] == part(top, in_none=0)
    assert told.parts["rises"] == part([row[-1] > row[0] for row in counts])
    assert told.parts["level"] == part([row[-1] == row[0] for row in counts])
    assert told.parts["falls"] == part([row[-1] < row[0] for row in counts])
    assert told.parts["never_falls"] == part([row == sorted(row) for row in counts])
    assert told.parts["highest_last"] == part([row[-1] == max(row) for row in counts])
    taus = [tau(tuple(row)) for row in counts]
    assert told.parts["rank_rises"] == part([one > 1e-9 for one in taus])
    assert told.parts["rank_level"] == part([abs(one) <= 1e-9 for one in taus])
    assert told.parts["rank_falls"] == part([one < -1e-9 for one in taus])
    last = [row[-1] == max(found.counts) for row in rows]
    assert told.parts["highest_final_year"] == part(last)


@cache
def tau(row: tuple[int, ...]) -> float:
    return float(stats.kendalltau(range(len(row)), row).statistic)


def extremes(
    found: Survivors, placed: list[Placed], numbers: list[list[tuple[int, ...]]]
) -> list[tuple[int, int] | None]:
    in_year: dict[int, set[int]] = {year: set() for year in found.years}
    for one, own in zip(placed, numbers, strict=True):
        for (year, *_), possible in zip(years_with_both(found, one), own, strict=True):
            in_year[year].update(possible)
    return [(min(own), max(own)) if own else None for own in in_year.values()]


def ranges(told: IdentifiedSet) -> list[tuple[int, int] | None]:
    return [
        None if pd.isna(row.lower) else (int(row.lower), int(row.upper))
        for row in told.implied.itertuples()
    ]


def test_a_change_that_meets_the_limit_exactly_is_allowed() -> None:
    # 2 of 1% is 134 to 400 ventures, 7 of 0.4% is 1,556 to 2,000: at least 1,556/400.
    found = Survivors((2000, 2001), apart=(), in_row=(2, 7), shares=("1", "0.4"))
    evaluation = joint_ventures.evaluate(found, Choices(fewest=1, most=5000))
    assert within(1556 / 400, evaluation).consistent().tolist() == [[True]]
    assert within(1555 / 400, evaluation).consistent().tolist() == [[False]]


def test_the_real_table_agrees_with_brute_force_on_a_sample(
    evaluation: Evaluation,
) -> None:
    found, choices = evaluation.surviving, evaluation.choices
    rng = np.random.default_rng(1992)
    consistent = evaluation.consistent()
    seen = set()
    for _ in range(300):
        row = int(rng.integers(len(evaluation.placements.shares)))
        column = int(rng.integers(len(evaluation.placements.counts)))
        placed = Placed(
            tuple(
                found.counts.index(count) if count else None
                for count in evaluation.placements.counts[column].tolist()
            ),
            tuple(
                None if token < 0 else token
                for token in evaluation.placements.shares[row].tolist()
            ),
        )
        whole = all(allowed_numbers(found, placed, choices))
        assert evaluation.whole[row, column] == whole
        assert consistent[row, column] == (whole and steady(found, placed, choices))
        seen.add((whole, bool(consistent[row, column])))
    assert seen == {(False, False), (True, False), (True, True)}


@pytest.fixture(scope="module")
def sensitivity(tokens: pd.DataFrame, evaluation: Evaluation) -> pd.DataFrame:
    return joint_ventures.sensitivity(tokens, evaluation)


def test_other_choices_are_tried_one_at_a_time(
    sensitivity: pd.DataFrame, evaluation: Evaluation
) -> None:
    found = sensitivity
    assert found["choice"].tolist() == [
        *("as chosen", "lost_points", "last_year", "fewest", "most", "most"),
        *["yearly_factor"] * 3,
        *["few"] * 2,
    ]
    chosen = found.iloc[0]
    assert chosen["whole"] == evaluation.whole.sum()
    assert chosen["consistent"] == evaluation.consistent().sum()
    without_2005 = found[found["choice"] == "last_year"].iloc[0]
    assert without_2005["order"] == math.comb(13, 12) * math.comb(13, 7) * 21
    by_factor = found[found["choice"] == "yearly_factor"]
    assert by_factor["value"].is_monotonic_increasing
    assert by_factor["consistent"].is_monotonic_increasing
    assert (found["whole"] >= found["consistent"]).all()
    # 462/307 is the least factor under the tear, and a referee counted 689.
    torn = by_factor.set_index("value")["tear_consistent"]
    assert torn.gt(0).to_dict() == {1.1: False, 1.5: False, 3.0: True}
    assert chosen["tear_consistent"] == 689


def test_very_few_fails_at_one_per_cent_and_where_points_are_not_restored(
    sensitivity: pd.DataFrame,
) -> None:
    """The highest share is 1.3 per cent if points are restored, and 11 if not."""
    found = sensitivity
    fails = found[found["very_few"] == 0][["choice", "value"]].to_numpy().tolist()
    assert fails == [["lost_points", "printed"], ["few", 1.0]]
    assert (found.loc[found["very_few"] != 0, "very_few"] == 1).all()


def test_other_tears_open_other_years(
    tokens: pd.DataFrame, evaluation: Evaluation
) -> None:
    found = joint_ventures.other_tears(tokens, evaluation)
    found = found.set_index(["counts", "shares"])
    assert (found["placements"] >= found["whole"]).all()
    assert (found["whole"] >= found["consistent"]).all()
    placements = found["placements"].to_dict()
    in_order = math.comb(14, 7) * math.comb(7, 2) * math.comb(14, 12)
    # With a sixth column beside the label, five counts stand in six columns.
    assert placements == {
        ("order", "order"): in_order,
        ("tear", "order"): 36 * 91,
        ("tear_lost_labels", "order"): math.comb(6, 5) * math.comb(8, 2) * 91,
        ("order", "apart_first"): in_order,
        ("tear", "apart_first"): 36 * 91,
        ("order", "beside_first"): in_order,
        ("tear", "beside_first"): 36 * 91,
    }
    highest = found["highest_years"]
    assert {*highest.xs("tear", level="counts")} == {"1999"}
    assert highest["tear_lost_labels", "order"] == "1999, 2001"
    # 1.3 is the last but one of the shares read last: in 1997 to 1999 if those are the
    # shares of 1996 to 1999 and 2001, of which two may lack; as in the order if not.
    years = found["highest_share_years"]
    assert years["tear", "apart_first"] == "1997 to 1999"
    assert years["order", "beside_first"] == years["order", "order"] == "2002 to 2004"


def test_without_a_lost_label_no_tear_at_it_is_tried(tokens: pd.DataFrame) -> None:
    choices = Choices(last_year=2004)
    evaluation = joint_ventures.evaluate(
        joint_ventures.survivors(tokens, choices), choices
    )
    found = joint_ventures.other_tears(tokens, evaluation)
    assert {*found["counts"]} == {"order", "tear"}
    # The labels beside the row label are five of thirteen, and the others eight.
    torn = found[(found["counts"] == "tear") & (found["shares"] == "order")]
    assert torn["placements"].tolist() == [math.comb(8, 2) * math.comb(13, 12)]


def test_the_bounds_of_an_assumption_stand_in_its_row(
    sets: dict[str, IdentifiedSet],
) -> None:
    bounds = joint_ventures.bounds(sets)
    assert bounds.index.tolist() == list(ASSUMPTIONS)
    order = bounds.loc["order"]
    assert order["placements"] == math.comb(14, 7) * math.comb(7, 2) * 91
    assert (order["highest_years"], order["highest_years_number"]) == (
        "1995 to 2004",
        10,
    )
    # 200/1.35 is 148.1 and 700/0.35 is 2,000.
    assert (order["implied_lower"], order["implied_upper"]) == (149, 2000)
    assert order["implied"] == "149 to 2,000"
    assert bounds["cells"]["none"] == 14 * 4
    # Four years are lost to the 7, and as many to the 6; two to the 2.
    assert order["cells"] == 56 - 4 - 4 - 2
    assert bounds["very_few"].tolist() == [1.0] * 4


@pytest.mark.parametrize(
    ("lost_points", "few", "holds"),
    [
        ("restored", 1.36, 1.0),  # 1.3 stands for up to 1.35
        ("restored", 1.35, 0.0),
        ("printed", 2.0, 0.0),
        ("printed", 11.6, 1.0),  # 11 stands for up to 11.5
    ],
)
def test_very_few_hangs_on_the_lost_decimal_point(
    tokens: pd.DataFrame, lost_points: str, few: float, holds: float
) -> None:
    choices = Choices(lost_points=lost_points, last_year=2004, few=few)
    evaluation = joint_ventures.evaluate(
        joint_ventures.survivors(tokens, choices), choices
    )
    bounds = joint_ventures.bounds(joint_ventures.identify(evaluation))
    assert set(bounds["very_few"]) == {holds}


def test_an_empty_set_is_told_and_has_no_parts(tokens: pd.DataFrame) -> None:
    choices = Choices(fewest=1, most=2)
    evaluation = joint_ventures.evaluate(
        joint_ventures.survivors(tokens, choices), choices
    )
    bounds = joint_ventures.bounds(joint_ventures.identify(evaluation))
    for name in ("whole", "consistent"):
        told = bounds.loc[name]
        assert told["placements"] == told["cells"] == told["highest_years_number"] == 0
        assert told["highest_years"] == told["highest_share_years"] == "none"
        assert told["implied"] == "none"
        assert told["implied_lower":].isna().all()
    ruled_out = joint_ventures.binding_constraints(evaluation)
    assert bounds["placements"]["order"] == ruled_out["above_most"] == 6_558_552
    assert math.isnan(evaluation.least_factor)


def test_the_least_factor_is_the_limit_at_which_the_last_set_becomes_empty() -> None:
    # 2 of 1% is 134 to 400 ventures, 7 of 0.4% is 1,556 to 2,000: at least 1,556/400.
    found = Survivors((2000, 2001), apart=(), in_row=(2, 7), shares=("1", "0.4"))
    evaluation = joint_ventures.evaluate(found, Choices(fewest=1, most=5000))
    assert evaluation.least_factor == pytest.approx(1556 / 400)
