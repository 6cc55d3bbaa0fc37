"""Runs and sweeps as their authors wrote them: YAML that can be read in one way only.

Two versions of YAML are in use, and PyYAML reads the older one, in which ``017`` is 15
and ``1:30`` is 90. It also lets a key that stands twice lose its first value silently.
A parameter decides published numbers, so what could mean two things is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import yaml

from papermill_pages.errors import PlanError

DEEPEST = 20
"""So deep lists and mappings may lie in each other."""

MOST_VALUES = 100_000
"""So many values a file may hold, each as often as aliases repeat it."""

LONGEST_INTEGER = 1000
"""So many digits a whole number may have; Python itself writes no more than 4,300."""

_CORE_SCHEMA: dict[re.Pattern[str], Callable[[str], Any]] = {
    re.compile(r"null|Null|NULL|~|"): lambda _: None,
    re.compile(r"true|True|TRUE"): lambda _: True,
    re.compile(r"false|False|FALSE"): lambda _: False,
    re.compile(r"[-+]?[0-9]+"): int,
    re.compile(r"0o[0-7]+"): lambda text: int(text, 8),
    re.compile(r"0x[0-9a-fA-F]+"): lambda text: int(text, 16),
    re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"): float,
    re.compile(r"[-+]?(\.inf|\.Inf|\.INF)"): lambda text: float(text.replace(".", "")),
    re.compile(r"\.nan|\.NaN|\.NAN"): lambda _: math.nan,
}
"""How YAML 1.2 reads what stands without quotation marks (its section 10.3.2)."""


def read_plain_yaml(source: Path, *, worded: str = "") -> Any:
    """Read a file whose values are texts, numbers, truth values, lists and mappings.

    Parameters
    ----------
    source : Path
        The file.
    worded : str
        The key of the mapping that has words for values. There a key may be a number
        or a truth value, and is returned as Python writes it.

    Raises
    ------
    PlanError
        Naming the file and the line: for a mistake in its YAML, for what two versions
        of YAML read differently, for what no notebook can keep as JSON, and for what
        would need much memory.
    """
    with told_of_yaml(source):
        text = source.read_text(encoding="utf-8-sig")
        _refuse_constructs(text, source)
        node = yaml.compose(text, yaml.SafeLoader)
    return None if node is None else _Reader(source, worded).read(node)


def read_plain_value(text: str, what: str) -> Any:
    """Read one value as it would be read in a file.

    Raises
    ------
    ValueError
        Beginning with `what`, where `read_plain_yaml` would raise.
    """
    try:
        _refuse_constructs(text, what)
        node = yaml.compose(text, yaml.SafeLoader)
        return None if node is None else _Reader(what).read(node)
    except yaml.YAMLError:
        raise ValueError(f"{what} has {text!r}, which is no value in YAML.") from None
    except PlanError as error:
        raise ValueError(str(error)) from None


def _at(source: Path | str, line: int) -> str:
    """Say where something stands: in a file, or in a text of one line."""
    return f"{source}, line {line}" if isinstance(source, Path) else source


@contextmanager
def told_of_yaml(source: Path) -> Iterator[None]:
    """Tell where a file is no YAML."""
    try:
        yield
    except OSError as error:
        raise PlanError(f"{source}: cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PlanError(f"{source}, line {line}: not in UTF-8.") from None
    except yaml.reader.ReaderError as error:
        text = source.read_text(encoding="utf-8-sig")
        line = text.count("\n", 0, error.position) + 1
        character = f"U+{ord(text[error.position]):04X}"
        raise PlanError(
            f"{source}, line {line}: it holds the control character {character}. "
            "Delete it."
        ) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = " ".join(f"{error.context or ''} {error.problem or ''}".split())
        raise PlanError(
            f"{source}, line {line}: not readable as YAML: {problem}."
        ) from None


def _refuse_constructs(text: str, source: Path | str) -> None:
    """Refuse tags, and what lies so deep that it could not be composed."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                _refuse_depth(source, line)
        tag = getattr(event, "tag", None)
        if tag:
            raise PlanError(
                f"{_at(source, line)}: the tag {tag!r} is not allowed. Write "
                "texts in quotation marks, and numbers, truth values, lists and "
                "mappings as they are."
            )


def _refuse_depth(source: Path | str, line: int) -> NoReturn:
    raise PlanError(
        f"{_at(source, line)}: lists and mappings lie more than {DEEPEST} deep in "
        "each other."
    )


class _Reader:
    """Makes values of the nodes of one file, or of one text."""

    def __init__(self, source: Path | str, worded: str = "") -> None:
        self.source = source
        self.worded = worded
        self.count = 0
        self.older = yaml.SafeLoader("")

    def read(self, node: yaml.Node, depth: int = 0, key: str = "") -> Any:
        """Make the value of a node; the key is that of the outermost mapping."""
        self.count += 1
        if self.count > MOST_VALUES:
            self.refuse(
                node,
                f"it holds more than {MOST_VALUES:,} values, if each alias (*) is "
                "counted for all that it repeats. Write down what is needed.",
            )
        if depth > DEEPEST:  # of an alias
            _refuse_depth(self.source, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, depth + 1) for item in node.value]
        return self.mapping(node, depth, key)

    def mapping(self, node: yaml.Node, depth: int, key: str) -> dict[str, Any]:
        """Make a mapping, each of whose keys stands once."""
        of_values = bool(key) and key == self.worded and depth == 2
        made: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            name = self.key(key_node, of_values=of_values)
            if name in made:
                self.refuse(
                    key_node,
                    f"the key {name!r} stands here and in line {lines[name]} already. "
                    "Delete one of them.",
                )
            lines[name] = line
            below = name if depth == 0 else key
            made[name] = self.read(value_node, depth + 1, below)
        return made

    def key(self, node: yaml.Node, *, of_values: bool) -> str:
        """Make the key of a mapping."""
        if not isinstance(node, yaml.ScalarNode):
            self.refuse(node, "the key of a mapping must be a text.")
        key = self.scalar(node)
        if of_values:
            return str(key)
        if not isinstance(key, str):
            self.refuse(
                node,
                f"the key {node.value} is {_words(key)}, not a text. Put it in "
                f'quotation marks: "{node.value}".',
            )
        return key

    def scalar(self, node: yaml.ScalarNode) -> Any:
        """Make a text, a number, a truth value or None."""
        text: str = node.value
        if node.style is not None:
            return self.text(node)
        older, newer = self.in_older_yaml(node), _in_newer_yaml(text)
        for value in (older, newer):
            if isinstance(value, float) and not math.isfinite(value):
                self.refuse(
                    node,
                    f"{_short(text)} is not a finite number, which JSON and so a "
                    "notebook cannot keep. Leave it out or write null, and let the "
                    "notebook decide what that means.",
                )
            if isinstance(value, int) and abs(value) >= 10**LONGEST_INTEGER:
                self.refuse(
                    node,
                    f"the whole number {_short(text)} has more than "
                    f"{LONGEST_INTEGER:,} digits. Write it as a text, in quotation "
                    "marks.",
                )
        if (type(older), older) != (type(newer), newer):
            self.refuse(
                node,
                f"{_short(text)} is {_words(older)} in one version of YAML and "
                f"{_words(newer)} in another. Write a text in quotation marks, a "
                "number as 17 or 1.5e-7, and a truth value as true or false.",
            )
        return self.text(node) if isinstance(newer, str) else newer

    def in_older_yaml(self, node: yaml.ScalarNode) -> Any:
        """Read a scalar as YAML 1.1, as PyYAML does; what it cannot is an object."""
        digits = node.value.replace("_", "").lstrip("+-")
        if digits.isdecimal() and len(digits) > LONGEST_INTEGER:
            return 10**LONGEST_INTEGER  # Python refuses to read longer ones
        with suppress(ValueError, yaml.YAMLError):  # such as the date 2001-13-45
            return self.older.construct_object(node)
        return object()

    def text(self, node: yaml.ScalarNode) -> str:
        """Make a text, which has only characters that every file can have."""
        text: str = node.value
        for character in text:
            if "\ud800" <= character <= "\udfff":
                self.refuse(
                    node,
                    f"{_short(text)} holds \\u{ord(character):x}, half of a character. "
                    "Write the character itself.",
                )
            if character < " " and character not in "\t\n\r":
                self.refuse(
                    node,
                    f"{_short(text)} holds the control character "
                    f"U+{ord(character):04X}. Delete it.",
                )
        return text

    def refuse(self, node: yaml.Node, problem: str) -> NoReturn:
        """Refuse the file for one of its nodes."""
        raise PlanError(f"{_at(self.source, node.start_mark.line + 1)}: {problem}")


def _in_newer_yaml(text: str) -> Any:
    """Read a scalar without quotation marks by the core schema of YAML 1.2."""
    digits = text.lstrip("+-")
    if digits.isdecimal() and len(digits) > LONGEST_INTEGER:
        return 10**LONGEST_INTEGER
    for pattern, read in _CORE_SCHEMA.items():
        if pattern.fullmatch(text):
            return read(text)
    return text


def _words(value: Any) -> str:
    """Say what a value is."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"the number {_short(value)}"
    if isinstance(value, str):
        return "a text"
    return "a date" if hasattr(value, "year") else "a special value"


def _short(value: object) -> str:
    """Write a value, if it is long only its beginning."""
    text = str(value) if isinstance(value, (int, float)) else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
