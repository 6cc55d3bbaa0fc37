"""The expected results: what counts as moved, and how it is told and recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from papermill_pages.__main__ import main
from papermill_pages.errors import ExpectedError, PlanError
from papermill_pages.expected import (
    Absent,
    Move,
    agree,
    check_patterns,
    moved,
    table_of_moves,
    tolerance_of,
)
from papermill_pages.results import Result, Value
from papermill_pages.settings import ExpectedSettings, settings_from
from small_book import Book, executed_pages

EXPECTED = "expected/results.json"
SETTINGS = ExpectedSettings()


# What counts as moved


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        (1.0, 1.0 + 0.9e-9, True),
        (1.0, 1.0 + 1.1e-9, False),
        # The tolerance is a part of the number, however large or small it is.
        (2e6, 2e6 + 0.001, True),
        (2e6, 2e6 + 0.003, False),
        (0.004, 0.004 + 3.9e-12, True),
        (0.004, 0.004 + 4.1e-12, False),
        # A difference that should be nought, computed on two machines.
        (0.0, 1e-17, True),
        (1e-17, -3e-17, True),
        (0.0, 1.1e-12, False),
        (-1.0, 1.0, False),
        (0.0, -0.0, True),
        # What is counted or written must be equal.
        (3, 3, True),
        (10**12, 10**12 + 1, False),
        ("2001, 2003", "2001, 2003", True),
        ("2001", "2002", False),
        (True, True, True),
        (True, False, False),
        (None, None, True),
        (None, 0, False),
        # Another type is printed in another way.
        (3, 3.0, False),
        (1, True, False),
        ("3", 3, False),
        (0.0, None, False),
    ],
)
def test_numbers_agree_within_a_tolerance_and_all_else_if_equal(
    before: Value, after: Value, same: bool
) -> None:
    assert agree(before, after, tolerance=1e-9) is same
    assert agree(after, before, tolerance=1e-9) is same


def test_numbers_that_are_just_the_tolerance_apart_agree() -> None:
    assert agree(1.0, 0.75, tolerance=0.25)  # all three are exact in binary
    assert not agree(1.0, 0.75, tolerance=0.125)


def test_without_a_tolerance_a_number_must_be_the_same_to_the_last_bit() -> None:
    assert agree(0.1 + 0.2, 0.1 + 0.2, tolerance=0)
    assert not agree(0.1 + 0.2, 0.3, tolerance=0)


def test_of_several_patterns_that_match_a_key_the_last_counts() -> None:
    tolerances = {"trends.*": 1e-3, "trends.*.p": 1e-6, "shares.x": 0.1}
    settings = ExpectedSettings(tolerance=1e-9, tolerances=tolerances)
    assert tolerance_of("trends.north.slope", settings) == 1e-3
    assert tolerance_of("trends.north.ols.p", settings) == 1e-6
    assert tolerance_of("shares.x", settings) == 0.1
    assert tolerance_of("shares.x.y", settings) == 1e-9


def test_a_result_can_move_be_new_or_be_gone() -> None:
    expected: dict[str, Value] = {"a.same": 1, "a.gone": 2.5, "a.moved": 3, "b.gone": 4}
    results = {
        "a.moved": Result(4, "first"),
        "a.same": Result(1, "first"),
        "c.new": Result(None, "second"),
    }
    assert moved(expected, results, SETTINGS) == [
        Move("a.gone", 2.5, Absent.GONE, "first"),
        Move("a.moved", 3, 4, "first"),
        Move("b.gone", 4, Absent.GONE, ""),
        Move("c.new", Absent.NEW, None, "second"),
    ]


def test_the_page_of_a_key_that_is_gone_is_not_guessed_between_two() -> None:
    results = {"a.x.y": Result(1, "first"), "a.z": Result(1, "second")}
    pages = {
        move.key: move.page
        for move in moved({"a.x.gone": 1, "a.gone": 1, "gone": 1}, results, SETTINGS)
    }
    assert pages["a.x.gone"] == "first"
    assert pages["a.gone"] == pages["gone"] == ""


def test_moves_are_shown_as_an_aligned_table() -> None:
    moves = [
        Move("a.long_name", 0.1, 0.30000000000000004, "book/first"),
        Move("b", Absent.NEW, "1998, „2001”\n", "second"),
        Move("c", True, Absent.GONE, ""),
    ]
    assert table_of_moves(moves).splitlines() == [
        "key          before  after                page",
        "a.long_name  0.1     0.30000000000000004  book/first",
        'b            (new)   "1998, „2001”\\n"     second',
        "c            true    (gone)",
    ]


@pytest.mark.parametrize("pattern", ["shares.*", "trends.count", "trends"])
def test_a_pattern_that_gives_no_number_a_tolerance_is_refused(pattern: str) -> None:
    values: dict[str, Value] = {"trends.slope": 0.5, "trends.count": 3}
    check_patterns(["trends.*"], [values])
    with pytest.raises(ExpectedError, match=r"_config\.yml.*matches no result") as told:
        check_patterns(["trends.*", pattern], [values])
    assert repr(pattern) in str(told.value)


# Mistakes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expecting value"),
        ('{"a": 1,\n<<<<<<< ours\n"b": 2}', "line 2"),
        ("[1, 2]", "not one mapping"),
        ('{"a": [1]}', "'a' is [1], not a number, text or truth value"),
        ('{"a": NaN}', "NaN is not a value that a page can state"),
        ('{"a": 1e999}', "'a' is Infinity"),
        ('{"a": 1, "a": 2}', "it states 'a' twice"),
        ("\xff", "decode"),
    ],
)
def test_a_damaged_file_is_told_and_not_replaced(
    book: Book, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    file = book.write(EXPECTED, "")
    file.write_text(text, encoding="latin-1")
    for command in ("check", "accept"):
        assert main([command, "--book", str(book.root)]) == 2
        told = capsys.readouterr()
        assert f"{file} cannot be read as expected results" in told.err
        assert words in told.err
        assert told.out == ""
    assert file.read_text(encoding="latin-1") == text
    assert not book.kernels_started()


def test_a_file_that_was_never_recorded_is_told_before_any_page_runs(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--book", str(book.root)]) == 2
    told = capsys.readouterr().err
    assert "There are no expected results" in told
    assert "papermill_pages accept" in told
    assert not book.kernels_started()


def test_a_mistake_of_the_book_is_told_before_any_page_runs(
    book: Book, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book.write_run("other.run.yml", notebook="chapter.ipynb", parameters={"n": 1})
    assert main(["accept", "--book", str(book.root)]) == 2
    assert "unknown parameter 'n'" in capsys.readouterr().err
    assert main(["accept", "--book", str(tmp_path / "nowhere")]) == 2
    assert "not a book of papermill_pages" in capsys.readouterr().err
    assert not book.kernels_started()
    assert not (book.root / EXPECTED).exists()


@pytest.mark.parametrize("arguments", [["chek"], [], ["check", "accept"]])
def test_an_unknown_command_shows_the_known_ones(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    commands = "{check,accept,report,sweep,package,describe,durations}"
    assert commands in capsys.readouterr().err


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (None, "expected must be a mapping"),
        ({"tolerence": 1}, "unknown setting 'tolerence' (did you mean 'tolerance'?)"),
        ({"file": "../results.json"}, "file must be the path of a file inside"),
        ({"file": "/results.json"}, "file must be the path of a file inside"),
        ({"file": ""}, "file must be the path of a file inside"),
        ({"file": 3}, "file must be the path of a file inside"),
        ({"tolerance": "1e-9"}, "tolerance must be a number"),
        ({"tolerance": "1e-9"}, "Write 1.0e-9, not 1e-9."),
        ({"tolerance": True}, "tolerance must be a number"),
        ({"tolerance": -1e-9}, "from 0 to below 1"),
        ({"tolerance": float("nan")}, "from 0 to below 1"),
        ({"tolerances": ["a.*"]}, "tolerances must be a mapping"),
        ({"tolerances": {1: 0.1}}, "tolerances must be a mapping"),
        ({"tolerances": {"a.*": None}}, "tolerances.a.* must be a number"),
    ],
)
def test_wrong_settings_are_refused(expected: object, words: str) -> None:
    with pytest.raises(PlanError) as told:
        settings_from({"expected": expected})
    assert str(told.value).startswith("_config.yml: papermill_pages.expected")
    assert words in str(told.value)


def test_settings_are_read() -> None:
    expected = {"file": "kept.json", "tolerance": 0, "tolerances": {"a.*": 1e-6}}
    settings = settings_from({"expected": expected}).expected
    assert settings == ExpectedSettings("kept.json", 0, {"a.*": 1e-6})
    assert settings_from({}).expected == ExpectedSettings()


# A real book


def test_a_moved_number_is_told_then_accepted_then_as_expected(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    # What the pages read is not declared, so only a full execution notices a change.
    book.write_notebook(
        "chapter.ipynb",
        'x = int(open(f"{region}.csv").read()) / 7',
        'glue("x", x, display=False)',
        results="small.{region}",
    )
    book.configure(expected={"file": "kept.json", "tolerances": {"small.*": 1e-6}})
    file = book.root / "kept.json"

    assert main(["accept", "--book", str(book.root)]) == 0
    told = capsys.readouterr().out
    assert told == "Recorded in kept.json for the first time: 2 values of 2 pages.\n"
    first = {"small.north.x": 10 / 7, "small.south.x": 20 / 7}
    assert json.loads(file.read_text()) == first
    assert file.read_bytes() == (book.root / "_build/results.json").read_bytes()

    book.write("south.csv", "21\n")
    near = 10 / 7 + 1e-7  # within its tolerance
    before = json.dumps({**first, "small.north.x": near, "small.south.y": "old"})
    file.write_text(before)
    ended = book.run("python", "-m", "papermill_pages", "check")
    assert ended.returncode == 1
    assert executed_pages(ended.stdout) == ["chapter", "other"]
    table = [line.split() for line in ended.stdout.splitlines()]
    start = table.index(["key", "before", "after", "page"])
    assert table[start + 1 : start + 4] == [
        ["small.south.x", repr(20 / 7), "3.0", "other"],
        ["small.south.y", '"old"', "(gone)", "other"],
        [],
    ]
    assert "1 value moved, 0 new, 1 gone, of 2 values of 2 pages" in ended.stdout
    assert file.read_text() == before

    assert main(["accept", "--book", str(book.root)]) == 0
    told = capsys.readouterr().out
    assert "1 value moved, 0 new, 1 gone" in told
    assert "small.south.y  " in told
    kept = {"small.north.x": near, "small.south.x": 3.0}
    assert json.loads(file.read_text()) == kept
    assert not list(book.root.glob(".kept*"))

    assert main(["check", "--book", str(book.root)]) == 0
    told = capsys.readouterr().out
    assert told == "All as expected: 2 values of 2 pages agree with kept.json.\n"
    assert executed_pages(book.run("pytask").stdout) == []


def test_a_page_that_fails_leaves_the_expected_results_as_they_were(
    book: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    book.write_notebook(
        "chapter.ipynb",
        'glue("x", 1.0, display=False)\n'
        'if region == "south": raise RuntimeError("no data")',
        results="small.{region}",
    )
    before = json.dumps({"small.north.x": 5.0})
    book.write(EXPECTED, before)
    assert main(["accept", "--book", str(book.root)]) == 2
    told = capsys.readouterr()
    assert "other.run.yml: chapter.ipynb failed" in told.err
    assert "RuntimeError: no data" in told.err
    assert "no results were compared" in told.err
    assert told.out == ""
    assert (book.root / EXPECTED).read_text() == before
