"""Answers that cross as data: the same on the other side, and nothing but data."""

from __future__ import annotations

import datetime
import json
import math
import random
import socket
import struct
import threading
import time
from collections import OrderedDict, defaultdict, namedtuple
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from assignment_grading.running import answers
from assignment_grading.running.answers import AnswerError, Encoder, Remote, decode, use
from assignment_grading.running.channel import LARGEST, Channel, ChannelError, OutOfTime

Point = namedtuple("Point", "x y")


class Count(int):
    """A number of a class of its own."""


def crossed(value: Any) -> Any:
    kept: list[Any] = []

    def keep(it: Any) -> int:
        kept.append(it)
        return len(kept) - 1

    def ask(number: int, what: str, given: Any) -> Any:
        return crossed(use(kept[number], what, given))

    text = json.dumps(Encoder(keep).encode(value))
    return decode(json.loads(text), lambda *it: Remote(ask, *it))


PLAIN = [
    None, True, 0, -1, 2**200, 1.5, -0.0, 5e-324, math.inf, 3 + 4j, "", "Łucja\n\ud800",
    b"\x00\xff", Decimal("1.10"), Fraction(-1, 3), ..., range(3, 9, 2), [1, [2.5, "a"]],
    (1, (2,)), {1, 2}, frozenset({"a"}), {"a": 1, (1, 2): [None]},
    datetime.date(1995, 1, 2), datetime.datetime(1995, 1, 2, 3, 4, 5, 6),
    datetime.time(1, 2),
    pd.Timestamp("1995-01-02", tz="Asia/Vladivostok"), pd.Timedelta("1h"),
    pd.Period("1995", "Y"), pd.Interval(1, 2.5, "both"),
]  # fmt: skip


@pytest.mark.parametrize(
    "value", PLAIN, ids=lambda it: f"{type(it).__name__} {it!a:.9}"
)
def test_a_plain_value_is_the_same_on_the_other_side(value: Any) -> None:
    found = crossed(value)
    assert type(found) is type(value)
    assert found == value
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Count(7), 7),
        (np.float64(0.1), 0.1),
        (np.str_("a"), "a"),
        (Point(1, 2), (1, 2)),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(list, a=[1]), {"a": [1]}),
    ],
)
def test_a_value_of_a_class_of_its_own_becomes_what_it_is_at_heart(
    value: Any, plain: Any
) -> None:
    assert crossed(value) == plain


def test_what_is_no_number_stays_so() -> None:
    assert math.isnan(crossed(math.nan))
    assert crossed(pd.NA) is pd.NA
    assert crossed(pd.NaT) is pd.NaT


@pytest.mark.parametrize(
    "array",
    [
        np.array([[1, 2], [3, 4]], dtype=np.int16), np.array(1.5), np.array([]),
        np.array(["a", "bc"]), np.array([True]), np.array([1 + 2j]),
        np.array(["1995-01"], dtype="datetime64[M]"), np.arange(6)[::-2],
        np.array([None, "a", [1]], dtype=object),
    ],
    ids=str,
)  # fmt: skip
def test_an_array_keeps_its_type_and_shape(array: np.ndarray[Any, Any]) -> None:
    found = crossed(array)
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype
    assert found.shape == array.shape


YEARS = pd.Index([1995, 1996, 1997], name="year")


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3], [1.5, math.nan, 3], ["a", None, "c"], [True, False, True],
        pd.array([1, None, 3], dtype="Int64"), pd.array([1.5, None, 3], "Float64"),
        pd.array([True, None, False], dtype="boolean"),
        pd.array(["a", None, "c"], dtype="string"),
        pd.to_datetime(["1995", "1996", "1997"]).tz_localize("UTC"),
        pd.period_range("1995", periods=3, freq="Y"),
        pd.Categorical(["a", "b", "a"]), [Fraction(1, 3), Decimal("0.1"), 2],
    ],
    ids=lambda it: str(getattr(it, "dtype", it)),
)  # fmt: skip
def test_a_series_and_a_frame_keep_values_types_index_and_names(values: Any) -> None:
    series = pd.Series(values, index=YEARS, name="workers")
    pd.testing.assert_series_equal(crossed(series), series)
    frame = pd.DataFrame({"workers": series, 7: [1, 2, 3]})
    pd.testing.assert_frame_equal(crossed(frame), frame)


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(3), pd.Index(["a", "b", "c"]), pd.date_range("1995", periods=3),
        pd.period_range("1995", periods=3, freq="Y", name="year"),
        pd.MultiIndex.from_product([["a"], [1, 2, 3]], names=["one", None]),
        pd.interval_range(0, 3), pd.CategoricalIndex(["a", "b", "a"]),
    ],
    ids=str,
)  # fmt: skip
def test_an_index_keeps_labels_and_names(index: pd.Index[Any]) -> None:
    pd.testing.assert_index_equal(
        crossed(index), index, exact="equiv", check_freq=False
    )
    series = pd.Series([1, 2, 3], index=index)
    pd.testing.assert_series_equal(crossed(series), series, check_freq=False)


def test_a_half_is_not_what_is_too_large_or_too_fine_for_a_half() -> None:
    assert crossed(np.float16("inf")) != 123456.0
    assert abs(crossed(np.float16(5.0)) - 5.0003) > 1e-6
    assert crossed(np.float16(0.5)) == 0.5


def test_an_object_stays_where_it_is_and_answers_with_data() -> None:
    function = crossed(lambda a, b=1: [a, Fraction(b, 3)])
    assert function(2, b=2) == [2, Fraction(2, 3)]

    class Result:
        params = pd.Series([1.0], index=["slope"])

        def predict(self, years: list[int]) -> list[int]:
            return [2 * year for year in years]

        def __getitem__(self, key: str) -> str:
            return key + "!"

        def __len__(self) -> int:
            return 3

    found = crossed(Result())
    assert found.params["slope"] == 1
    assert found.predict([1, 2]) == [2, 4]
    assert found["a"] == "a!"
    assert len(found) == 3
    assert list(crossed(iter([1, 2]))) == [1, 2]


def test_an_object_equals_itself_alone_and_never_hears_what_it_is_compared_with() -> (
    None
):
    heard = []

    class Same:
        def __eq__(self, other: object) -> bool:
            heard.append(other)
            return True

        __lt__ = __gt__ = __sub__ = __float__ = __eq__
        __hash__ = None  # type: ignore[assignment]

    found = crossed(Same())
    assert found != 4
    assert found == found
    for compare in (
        lambda: found < 4, lambda: found - 4, lambda: float(found), lambda: hash(found),
    ):  # fmt: skip
        with pytest.raises(TypeError):
            compare()
    assert heard == []


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (nested(100), "too deep"),
        (list(range(5_000)), "too many"),
        (np.zeros(5_000), "too many"),
    ],
)
def test_what_is_too_much_is_refused_in_a_sentence(
    value: Any, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LONGEST", 4_000)
    with pytest.raises(AnswerError, match=why):
        Encoder(lambda _: 0).encode(value)


@pytest.mark.parametrize(
    "sent",
    [
        [], ["none"], ["int"], ["int", "x"], ["int", 3], ["list", ["none"]], [[]], {},
        3, {"a": 1}, ["array", "|O8", [1], "AAAAAAAAAAA="], ["array", "<f8", [9], ""],
        ["array", "<f8", [-1, -1], ""], ["array", "V9999999999", [1], ""],
        ["decimal", "x"], ["fraction", "0x1", "0x0"], ["period", "1995", "x"],
        ["series", ["object", ["list", 1]], None, None], ["dict", 1], ["dict", [1]],
        ["set", ["list"]], ["function"], ["function", "x", "y"], ["datetime", 7],
        ["frame", 3, None, None], ["column", ["x", ["list"]]], ["range"],
        ["timedelta", 10**40], ["timestamp", "99999-01-01", None],
        ["interval", 2, 1, "both"],
        ["objects", [2], []], ["...", 1], ["missing", "x"],
    ],
    ids=json.dumps,
)  # fmt: skip
def test_what_is_no_encoded_value_is_refused(sent: Any) -> None:
    with pytest.raises(AnswerError):
        decode(sent, lambda *_: None)


def test_whatever_json_is_sent_becomes_data_or_is_refused() -> None:
    """Encoded values, changed at random: 4,000 of them, the same each time."""
    chance = random.Random(1)  # noqa: S311 - nothing is secret
    known = [Encoder(lambda _: 0).encode(value) for value in PLAIN]
    known += [Encoder(lambda _: 0).encode(pd.Series([1, None, 3], index=YEARS))]
    outcomes = set()
    for _ in range(4000):
        value = json.loads(json.dumps(chance.choice(known)))
        spot = value
        while isinstance(spot, list) and spot:
            at = chance.randrange(len(spot))
            if not isinstance(spot[at], list) or chance.random() < 0.3:
                spot[at] = chance.choice([None, -1, "", "x", [], {}, *known])
                break
            spot = spot[at]
        try:
            decode(value, lambda *_: None)
            outcomes.add("data")
        except AnswerError:
            outcomes.add("refused")
    assert outcomes == {"data", "refused"}


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (struct.pack(">I", 40_000_000) + b"[", OutOfTime),
        (struct.pack(">I", LARGEST + 1), ChannelError),
        (struct.pack(">I", 4) + b"\xff\xff\xff\xff", ChannelError),
        (struct.pack(">I", 4) + b"[1, ", ChannelError),
        (struct.pack(">I", 200_000) + b"[" * 200_000, ChannelError),
        (b"\x00\x00", OutOfTime),
        (b"", OutOfTime),
    ],
)
def test_a_message_that_does_not_come_whole_ends_the_wait(
    sent: bytes, error: type[BaseException]
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        threading.Thread(target=theirs.sendall, args=(sent,), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(error):
            Channel(ours, began + 0.5).receive()
        assert time.monotonic() - began < 5


def test_who_does_not_listen_holds_nobody_up() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(OutOfTime):
        Channel(ours, time.monotonic() + 0.5).send("x" * 10_000_000)
    send: Callable[[Any], None] = Channel(ours).send
    with pytest.raises(ChannelError):
        send("x")
