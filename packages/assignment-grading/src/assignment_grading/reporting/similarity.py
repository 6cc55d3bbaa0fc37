"""Answers that are alike in what the rest of the class did not write.

What students share with everybody tells nothing: the notebook that they were given,
and the answers that a question leads to. So runs of a few tokens are compared, called
grams, as MOSS does it [1]_, and each counts the more, the fewer students have it.

Code is compared as it is written, and once more with one name in place of all that
students choose themselves, so that a copy with other names is found. Its layout does
not count. Comments and written answers are compared by their words.

.. [1] S. Schleimer, D. S. Wilkerson, A. Aiken (2003). Winnowing: local algorithms for
   document fingerprinting. *Proceedings of SIGMOD 2003*, 76–85.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import (
    Callable,
    Collection,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from itertools import accumulate, chain, combinations, islice
from pathlib import Path
from typing import Any

from pygments.lexers import PythonLexer
from pygments.token import Comment, Name, String

from assignment_grading.handing_out.handout import HANDOUT, Key
from assignment_grading.tabular.roster import file_name

CODE, TEXT = "code", "text"
FEW_TO_COMPARE = 10  # students, below which nobody knows what everybody writes
MOST_SHOWN = 100
_MOST_BYTES = 20 * 2**20  # of a notebook
_MOST_CHARACTERS = 20_000  # of one student's code, and of the text
_MOST_PASSAGES = 300
_MOST_PAIRS = 2000  # that are looked at closely
_CHECK = re.compile(r"""grader\.check\(\s*["']([^"']+)["']""")
# Scripts that put no space between words are compared by character.
_WORD = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    "|[\\w\u00ad\u200b-\u200f\u2060\ufeff]+"  # with characters that nobody sees
)

Segment = tuple[str, bool]  # text, and whether the other has it, too


@dataclass(frozen=True)
class Token:
    """A piece of an answer that is compared."""

    start: int
    end: int
    value: str  # but for the layout, or the case of letters
    form: str  # the same, with one name in place of all that students choose


@dataclass(frozen=True)
class Passage:
    """A cell of a student, or its comments."""

    question: str  # may be empty
    text: str
    tokens: tuple[Token, ...]


@dataclass(frozen=True)
class Submitted:
    """What a student added to the notebook as it was handed out."""

    code: tuple[Passage, ...] = ()
    text: tuple[Passage, ...] = ()


@dataclass(frozen=True)
class Beside:
    """A passage of one student beside that of another."""

    question: str
    first: tuple[Segment, ...]
    second: tuple[Segment, ...]


@dataclass(frozen=True)
class Likeness:
    """Students whose answers are alike."""

    kind: str  # CODE or TEXT
    # One group if their answers are equal, or else two groups that are nearly so.
    groups: tuple[tuple[str, ...], ...]
    alike: int  # tokens that they share and few others have
    share: float  # of those that few have, in the shorter answer
    passages: tuple[Beside, ...]

    @property
    def equal(self) -> bool:
        """Whether there is no difference at all."""
        return len(self.groups) == 1


@dataclass(frozen=True)
class _Kind:
    """How one kind of answer is compared."""

    name: str
    length: int  # of a gram, in tokens
    # Whatever the size of the class, it is enough if so many tokens that few others
    # have in this order stand in a row, or if as many are this part of an answer.
    long: int
    part: float


_CODE = _Kind(CODE, 8, 60, 0.9)
_TEXT = _Kind(TEXT, 5, 15, 0.4)


def alike(
    files: Mapping[str, Path], keys: Mapping[str, Key], folder: Path
) -> list[Likeness]:
    """Compare what a class handed in.

    Parameters
    ----------
    files : mapping of str to Path
        What each student handed in.
    keys : mapping of str to Key
        That of each student's variant.
    folder : Path
        The set of the assignment, with the notebooks as they were handed out.
    """
    some = next(iter(sorted((folder / HANDOUT).glob("*.ipynb"))), None)
    given: dict[str, Path] = {}
    submitted = {}
    for student, path in files.items():
        key = keys[student]
        names = file_name(student), key.assignment
        own = (folder / HANDOUT / f"{name}.ipynb" for name in names)
        handed_out = next((it for it in own if it.is_file()), some)
        submitted[student] = read(path, handed_out, key)
        if handed_out:
            given.setdefault(key.variant, handed_out)
    return likenesses(submitted, given.values())


def read(path: Path, handed_out: Path | None, key: Key) -> Submitted:
    """Read what a student added to the notebook.

    Nothing that the file holds raises an error: of a file that is no notebook, there is
    nothing to compare. From very long answers the beginning is taken.

    Parameters
    ----------
    path : Path
        What was handed in.
    handed_out : Path, optional
        The student's notebook as it was handed out, which need not exist.
    key : Key
        That of the student's variant.
    """
    given = _given(handed_out)
    questions = {written.cell: written.question for written in key.written}
    code: list[tuple[str, str]] = []
    text: list[tuple[str, str]] = []
    waiting: list[str] = []
    for cell in _cells(path):
        check = _CHECK.search(cell.source) if cell.kind == "code" else None
        if check:
            code += [(check[1], source) for source in waiting]
            waiting = []
        elif cell.kind == "code" and cell.source.strip() not in given.sources:
            waiting.append(cell.source)
        elif cell.kind == "markdown" and cell.source.strip() not in given.sources:
            text.append((questions.get(cell.id, ""), cell.source))
    code += [("", source) for source in waiting]
    passages = []
    for question, source in _cut(code):
        tokens, comments = _code_tokens(source, given)
        passages.append(Passage(question, source, tokens))
        if comments:
            text.append((question, "\n".join(comments)))
    texts = (
        Passage(question, source, _words(source)) for question, source in _cut(text)
    )
    return Submitted(tuple(passages), tuple(texts))


def likenesses(
    submitted: Mapping[str, Submitted], handed_out: Iterable[Path] = ()
) -> list[Likeness]:
    """Find the answers of a class that are alike, the most alike first.

    Passages that stand in what was handed out do not count, nor do those that more than
    the square root of the number of students have: three of ten, ten of a hundred.
    """
    given = {
        gram
        for path in handed_out
        for cell in _cells(path)
        for gram in _grams([it.value for it in _words(cell.source)], _TEXT.length)
    }
    code = {student: one.code for student, one in submitted.items()}
    text = {student: one.text for student, one in submitted.items()}
    classes = _Class(_CODE, code, ()), _Class(_TEXT, text, given)
    found = [found for one in classes for found in one.likenesses()]
    return sorted(found, key=lambda one: (-one.alike * one.share, one.groups))


# Reading


@dataclass(frozen=True)
class _Cell:
    kind: str
    id: str
    source: str


@dataclass(frozen=True)
class _Given:
    """What stands in a notebook as it was handed out."""

    sources: frozenset[str] = frozenset()
    lines: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


def _given(path: Path | None) -> _Given:
    cells = list(_cells(path)) if path else []
    code = "\n".join(cell.source for cell in cells if cell.kind == "code")
    return _Given(
        frozenset(cell.source.strip() for cell in cells),
        frozenset(filter(None, map(str.strip, code.splitlines()))),
        frozenset(re.findall(r"[^\W\d]\w*", code)),
    )


def _cells(path: Path) -> Iterator[_Cell]:
    """Read the cells of any file; of what is no notebook there is none."""
    try:
        # A link leads elsewhere, and a pipe never ends.
        if path.is_symlink() or not path.is_file():
            return
        if path.stat().st_size > _MOST_BYTES:
            return
        cells: Any = json.loads(path.read_bytes())["cells"]
    except Exception:  # whatever a student made of it
        return
    for cell in cells if isinstance(cells, list) else ():
        if not isinstance(cell, dict):
            continue
        source = cell.get("source")
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if isinstance(source, str):
            source = source.encode(errors="replace").decode()
            yield _Cell(str(cell.get("cell_type")), str(cell.get("id")), source)


def _cut(passages: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Take the beginning of what is too long."""
    left = _MOST_CHARACTERS
    for question, source in islice(passages, _MOST_PASSAGES):
        tidy = _tidy(source[:left])
        if tidy:
            yield question, tidy
        left -= len(source)
        if left <= 0:
            return


def _tidy(source: str) -> str:
    """Leave out empty lines: of thousands, the lexer would take minutes."""
    lines = (line.rstrip() for line in source.splitlines())
    return "\n".join(line for line in lines if line)


def _code_tokens(source: str, given: _Given) -> tuple[tuple[Token, ...], list[str]]:
    """Split code into its tokens and its comments, without lines that were given."""
    lines = source.split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    tokens: list[Token] = []
    comments = []
    for start, kind, value in PythonLexer().get_tokens_unprocessed(source):
        line = lines[bisect_right(starts, start) - 1]
        if not value.strip() or line.strip() in given.lines:
            continue
        if kind in Comment:
            comments.append(value)
            continue
        written = form = "'" if kind in String and value in "\"'" else value
        attribute = bool(tokens) and tokens[-1].value == "."
        if kind is Name and not attribute and value not in given.names:
            form = "name"
        tokens.append(Token(start, start + len(value), written, form))
    return tuple(tokens), comments


def _words(text: str) -> tuple[Token, ...]:
    words = (
        Token(match.start(), match.end(), word, word)
        for match in _WORD.finditer(text)
        if (word := _folded(match[0]))
    )
    return tuple(words)


def _folded(word: str) -> str:
    seen = (it for it in word if unicodedata.category(it) != "Cf")
    return unicodedata.normalize("NFKC", "".join(seen)).casefold()


# Comparing

_Gram = int


def _grams(values: Sequence[str], length: int) -> list[_Gram]:
    runs = zip(*(values[at:] for at in range(length)), strict=False)
    return [hash(run) for run in runs]


class _Document:
    """All passages of a kind of one student, or of several who wrote the same."""

    def __init__(self, passages: Sequence[Passage], length: int) -> None:
        self.passages = passages
        self.length = length
        self.students: list[str] = []
        self.tokens = sum(len(one.tokens) for one in passages)
        # By passage, the grams that begin at each token: as written, and by form.
        self.written = self._all_grams(lambda token: token.value)
        self.formal = self._all_grams(lambda token: token.form)
        self.grams = set(chain(*self.written, *self.formal))

    def _all_grams(self, value: Callable[[Token], str]) -> list[list[_Gram]]:
        values = ([value(token) for token in one.tokens] for one in self.passages)
        return [_grams(own, self.length) for own in values]

    def covered(
        self, grams: Container[_Gram], by: Sequence[Sequence[_Gram]]
    ) -> Iterator[set[int]]:
        """Find the tokens of each passage that stand in one of the grams."""
        for own in by:
            starts = [at for at, gram in enumerate(own) if gram in grams]
            yield {at + more for at in starts for more in range(self.length)}

    def either(self, grams: Container[_Gram]) -> list[set[int]]:
        """Find the tokens of each passage that are alike as written or by form."""
        both = self.covered(grams, self.written), self.covered(grams, self.formal)
        return [written | formal for written, formal in zip(*both, strict=True)]


class _Class:
    """The answers of one kind, and how many students have each gram."""

    def __init__(
        self,
        kind: _Kind,
        answers: Mapping[str, Sequence[Passage]],
        given: Collection[_Gram],
    ) -> None:
        self.kind = kind
        documents: dict[Any, _Document] = {}
        for student, passages in answers.items():
            forms = tuple(tuple(it.form for it in one.tokens) for one in passages)
            if any(forms):
                if forms not in documents:
                    documents[forms] = _Document(passages, kind.length)
                documents[forms].students.append(student)
        self.documents = list(documents.values())
        self.size = sum(len(one.students) for one in self.documents)
        self.number: Counter[_Gram] = Counter()
        for document in self.documents:
            document.grams.difference_update(given)
            for gram in document.grams:
                self.number[gram] += len(document.students)
        # What more than a third wrote is what the question leads to.
        self.common = max(2, self.size // 3)
        self.few = max(2, math.isqrt(self.size))

    def likenesses(self) -> Iterator[Likeness]:
        """Compare all that have something in common that few others have."""
        holders = defaultdict[_Gram, list[_Document]](list)
        for document in self.documents:
            for gram in document.grams:
                if 1 < self.number[gram] <= self.few:
                    holders[gram].append(document)
        together: Counter[tuple[_Document, _Document]] = Counter()
        for having in holders.values():
            together.update(combinations(having, 2))
        pairs = [pair for pair, _ in together.most_common(_MOST_PAIRS)]
        equal = [(one, one) for one in self.documents if len(one.students) > 1]
        for first, second in equal + pairs:
            found = self._likeness(first, second)
            if found:
                yield found

    def _likeness(self, first: _Document, second: _Document) -> Likeness | None:
        shared = {
            gram
            for gram in first.grams & second.grams
            if self.number[gram] <= self.common
        }
        if not self._tell(first, second, shared):
            return None
        sides = first.either(shared), second.either(shared)
        alike = min(sum(map(len, side)) for side in sides)
        groups = [tuple(first.students)]
        if first is not second:
            groups.append(tuple(second.students))
        return Likeness(
            self.kind.name,
            tuple(groups),
            alike,
            alike / min(first.tokens, second.tokens),
            tuple(self._beside(first, second, shared, *sides)),
        )

    def _tell(self, first: _Document, second: _Document, shared: set[_Gram]) -> bool:
        """Say whether two have so much in common that a teacher should look."""
        # Among all pairs, less than one has more bits by chance.
        pairs = max(self.size * (self.size - 1) // 2, 8)
        if min(self._bits(one, shared) for one in (first, second)) > math.log2(pairs):
            return True
        rare = {gram for gram in shared if self.number[gram] <= self.few}
        long, part = self.kind.long, self.kind.part
        for one in (first, second):
            for passage, alike in zip(
                one.passages, one.covered(rare, one.written), strict=True
            ):
                longest = max((end - start for start, end in _runs(alike)), default=0)
                if longest >= long or len(alike) >= max(
                    long, part * len(passage.tokens)
                ):
                    return True
        return all(
            sum(map(len, one.either(rare))) >= max(long, part * one.tokens)
            for one in (first, second)
        )

    def _bits(self, document: _Document, shared: set[_Gram]) -> float:
        """Measure how improbable it is to have so much in common by chance.

        What a part p of the class wrote is worth -log2 p bits for a whole passage, and
        less for a part of one. Passages are decisions of their own: their bits add up.
        """
        bits = 0.0
        for place, passage in enumerate(document.passages):
            if not passage.tokens:
                continue
            number: dict[int, int] = {}
            for by in (document.written[place], document.formal[place]):
                for at, gram in enumerate(by):
                    if gram in shared:
                        for token in range(at, at + document.length):
                            known = number.get(token, self.size)
                            number[token] = min(known, self.number[gram])
            whole = sum(math.log2(self.size / it) for it in number.values())
            bits += whole / len(passage.tokens)
        return bits

    def _beside(
        self,
        first: _Document,
        second: _Document,
        shared: set[_Gram],
        left: Sequence[set[int]],
        right: Sequence[set[int]],
    ) -> Iterator[Beside]:
        """Put each passage beside the one of the other that has most of it."""
        others = [
            {*written, *formal} & shared
            for written, formal in zip(second.written, second.formal, strict=True)
        ]
        for place, marked in enumerate(left):
            if marked:
                own = {*first.written[place], *first.formal[place]} & shared
                most = [len(own & other) for other in others]
                other = most.index(max(most))
                one, two = first.passages[place], second.passages[other]
                yield Beside(
                    one.question or two.question,
                    _segments(one, marked),
                    _segments(two, right[other]),
                )


def _segments(passage: Passage, marked: set[int]) -> tuple[Segment, ...]:
    """Cut a passage where what is alike begins and ends."""
    segments: list[Segment] = []
    at = 0
    for first, after in _runs(marked):
        start, end = passage.tokens[first].start, passage.tokens[after - 1].end
        segments += [(passage.text[at:start], False), (passage.text[start:end], True)]
        at = end
    segments.append((passage.text[at:], False))
    return tuple(segment for segment in segments if segment[0])


def _runs(places: Collection[int]) -> Iterator[tuple[int, int]]:
    """Find where each run of neighbouring places begins, and the place after it."""
    starts = sorted(it for it in places if it - 1 not in places)
    ends = sorted(it + 1 for it in places if it + 1 not in places)
    return zip(starts, ends, strict=True)
