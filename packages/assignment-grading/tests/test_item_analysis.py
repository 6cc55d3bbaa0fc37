"""Difficulty and discrimination, beside other implementations and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from assignment_grading.reporting.item_analysis import item_analysis
from scipy import stats


def worth(points: dict[str, list[float | None]], of: float) -> dict[str, list[float]]:
    return {name: [of] * len(given) for name, given in points.items()}


def test_it_agrees_with_pandas_and_scipy_on_a_random_class() -> None:
    rng = np.random.default_rng(14)
    ability = rng.normal(size=60)
    table = pd.DataFrame(
        {
            "q1": (ability + rng.normal(size=60) > 0) * 2.0,  # all or nothing
            "q2": np.clip(np.round(ability + rng.normal(size=60) + 1), 0, 2),
            "q3": rng.integers(0, 3, 60).astype(float),
        }
    )
    points = {name: column.tolist() for name, column in table.items()}
    for item in item_analysis(points, worth(points, 2)):
        rest = table.drop(columns=item.question).sum(axis=1)
        assert item.share == pytest.approx(table[item.question].mean() / 2)
        assert item.discrimination == pytest.approx(table[item.question].corr(rest))
        interval = stats.pearsonr(table[item.question], rest).confidence_interval()
        assert item.interval == pytest.approx(tuple(interval))
        assert item.students == 60
    first = item_analysis(points, worth(points, 2))[0]
    biserial = stats.pointbiserialr(table["q1"] > 0, table["q2"] + table["q3"])
    assert first.discrimination == pytest.approx(biserial.statistic)


def test_by_hand_three_students_and_two_questions() -> None:
    # q1 is 0, 1, 2 and its rest q2 is 0, 2, 1: covariance 1/3 · 1, both variances 2/3.
    points: dict[str, list[float | None]] = {"q1": [0, 1, 2], "q2": [0, 2, 1]}
    first, second = item_analysis(points, worth(points, 2))
    assert first.discrimination == second.discrimination == pytest.approx(0.5)
    assert (first.share, first.students, first.interval) == (0.5, 3, None)


@pytest.mark.parametrize(
    ("own", "remark"),
    [
        ([2, 2, 2, 2], "none: all have full points"),
        ([0, 0, 0, 0], "none: nobody has a point"),
        ([1, 1, 1, 1], "none: all have the same points"),
    ],
)
def test_at_the_ceiling_and_on_the_floor_there_is_no_discrimination(
    own: list[float | None], remark: str
) -> None:
    points = {"q1": own, "q2": [0, 1, 2, 2]}
    first, second = item_analysis(points, worth(points, 2))
    assert (first.discrimination, first.remark) == (None, remark)
    assert second.discrimination is None
    assert second.remark == "none: all have the same points for the other questions"


def test_points_that_differ_by_rounding_alone_are_the_same() -> None:
    points: dict[str, list[float | None]] = {
        "q1": [0.1, 0.1, 0.1],
        "q2": [0.1, 0.3, 0.2],
        "q3": [0.2, 0, 0.1],
    }
    items = item_analysis(points, worth(points, 1))
    assert [it.discrimination for it in items[:1]] == [None]
    points = {"q1": [0, 1, 1], **{name: points[name] for name in ("q2", "q3")}}
    assert item_analysis(points, worth(points, 1))[0].discrimination is None


def test_one_student_and_no_student_are_told_apart_from_nobody() -> None:
    alone = item_analysis({"q1": [1]}, {"q1": [2]})
    assert [(it.share, it.remark) for it in alone] == [
        (0.5, "none: only one student has points")
    ]
    assert item_analysis({"q1": []}, {"q1": []}) == []
    assert item_analysis({"q1": [None, None]}, {"q1": [2, 2]}) == []


def test_a_question_half_marked_counts_for_those_who_are_marked() -> None:
    points: dict[str, list[float | None]] = {
        "q1": [0, 1, 2, 2],
        "q2": [0, 2, 1, 2],
        "q3": [0, None, 2, 2],
    }
    items = {it.question: it for it in item_analysis(points, worth(points, 2))}
    assert items["q3"].students == 3
    # The rest of q3 is q1 + q2 = 0, 3, 4 beside 0, 2, 2.
    assert items["q3"].discrimination == pytest.approx(
        np.corrcoef([0, 2, 2], [0, 3, 4])[0, 1]
    )
    # The rest of q1 is q2 alone, since q3 is not known for all.
    assert items["q1"].discrimination == pytest.approx(
        np.corrcoef([0, 1, 2, 2], [0, 2, 1, 2])[0, 1]
    )


def test_only_a_correlation_that_is_surely_low_is_remarked() -> None:
    turned: dict[str, list[float | None]] = {"q1": [0, 0, 0, 1, 1, 1] * 4}
    turned["q2"] = [2, 1, 2, 0, 0, 1] * 4
    first, _ = item_analysis(turned, worth(turned, 2))
    assert first.discrimination < 0
    assert first.remark.startswith("those who do well elsewhere do worse here")
    few = {name: given[:6] for name, given in turned.items()}
    assert [it.remark for it in item_analysis(few, worth(few, 2))] == ["", ""]
    rng = np.random.default_rng(3)
    chance = {f"q{i}": rng.integers(0, 2, 400).tolist() for i in (1, 2)}
    for item in item_analysis(chance, worth(chance, 1)):
        assert item.remark == "hardly tells strong from weak students"
