"""The header of a rule file: leading `// word: text` lines, read into typed parts and places.

Reading only; what the parts mean together, and whether the statement keeps its promises, is judged
in `checks`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar, get_args

from graph.errors import InvalidRule

T = TypeVar("T")

Status = Literal["experimental", "tested", "stable"]
Severity = Literal["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
ParameterType = Literal["int", "float", "bool", "str", "duration", "list<str>", "list<int>"]

REQUIRED = (
    "title",
    "summary",
    "version",
    "status",
    "severity",
    "confidence",
    "reads",
    "returns",
    "headline",
    "explanation",
    "remediation",
    "false-positives",
    "references",
    "author",
    "since",
)
OPTIONAL = ("keyed-by", "params", "shared")

# What the header of a pattern says: it is shown, and nothing is concluded from it.
OF_A_PATTERN = ("title", "returns")
OPTIONAL_OF_A_PATTERN = ("summary", "params")

_WORD = re.compile(r"^//\s?([a-z][a-z-]*):\s*(.*?)\s*$")
_MORE = re.compile(r"^//\s{2,}(\S.*?)\s*$")
_PARAMETER = re.compile(r"^([a-z][a-z0-9_]*):\s*(\S+)\s*=\s*(.+?)\s+--\s+(\S.*)$")
_COLUMN = re.compile(r"^([a-z][a-z0-9_]*):\s*([A-Za-z|<>]+)(?:\s+--\s+(\S.*))?$")
_NUMBER = r"(\d{1,12})"
_DURATION = re.compile(
    rf"^P(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?$"
)


@dataclass(frozen=True)
class Place:
    """A line of a rule file."""

    file: str
    line: int

    def error(self, text: str) -> InvalidRule:
        """The error that something is wrong here."""
        return InvalidRule(f"{self.file}:{self.line}: {text}")


@dataclass(frozen=True)
class Line:
    """One line of a header entry's text."""

    place: Place
    text: str


@dataclass(frozen=True)
class Parameter:
    """A tunable value of a rule: `$name` in its statement."""

    name: str
    type: ParameterType
    default: object
    written: str
    description: str

    def read(self, written: object) -> object:
        """A value that a setting gives for this parameter, as JSON has it; a duration is text. Raises InvalidRule."""
        if self.type == "duration":
            return _duration(written if isinstance(written, str) else json.dumps(written))
        return _value(self.type, json.dumps(written))


@dataclass(frozen=True)
class Column:
    """A column of a rule's result: its name, the word for its type, what it says."""

    name: str
    type: str
    description: str

    @property
    def is_list(self) -> bool:
        """Whether the column holds a list."""
        return self.type.startswith("list<")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of entity the column holds; empty for plain values."""
        inner = self.type.removeprefix("list<").removesuffix(">")
        return tuple(inner.split("|")) if inner[:1].isupper() else ()


@dataclass(frozen=True)
class Header:
    """What a rule says about itself."""

    title: str
    summary: str
    version: int
    status: Status
    severity: Severity
    confidence: float
    reads: tuple[Line, ...]
    params: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    keyed_by: tuple[str, ...]
    shared: tuple[str, ...]
    headline: str
    explanation: str
    remediation: str
    false_positives: str
    references: tuple[str, ...]
    author: str
    since: str
    places: Mapping[str, Place]

    def column(self, name: str) -> Column | None:
        """The column called `name`."""
        return next((c for c in self.columns if c.name == name), None)


def split(file: str, content: str) -> tuple[dict[str, list[Line]], int]:
    """The header's entries as lines, and the number of the first line after it."""
    entries: dict[str, list[Line]] = {}
    word = ""
    lines = content.splitlines()
    for number, line in enumerate(lines, 1):
        place = Place(file, number)
        if found := _WORD.match(line):
            word = found[1]
            if word in entries:
                raise place.error(f"'{word}' is said twice")
            entries[word] = [Line(place, found[2])] if found[2] else []
        elif word and (more := _MORE.match(line)):
            entries[word].append(Line(place, more[1]))
        elif line.strip() == "//":
            word = ""
        elif line.startswith("//"):
            raise place.error("a header line is `// word: text`, or `//  text` to go on")
        else:
            return entries, number
    raise Place(file, max(len(lines), 1)).error("there is a header but no statement")


def read(file: str, content: str) -> tuple[Header, int]:
    """A rule file's header, and the number of its statement's first line. Raises InvalidRule."""
    entries, start = split(file, content)
    _check_words(file, entries, REQUIRED, OPTIONAL)
    places = {word: lines[0].place for word, lines in entries.items() if lines}
    reader = _Reader(file, entries)
    header = Header(
        title=reader.text("title"),
        summary=reader.text("summary"),
        version=reader.convert("version", _whole, "a whole number from 1"),
        status=reader.choose("status", get_args(Status)),
        severity=reader.choose("severity", get_args(Severity)),
        confidence=reader.convert("confidence", _share, "a number above 0, at most 1"),
        reads=tuple(reader.lines("reads")),
        params=tuple(_parameter(line) for line in reader.items("params")),
        columns=tuple(_column(line) for line in reader.items("returns")),
        keyed_by=reader.names("keyed-by"),
        shared=reader.names("shared"),
        headline=reader.text("headline"),
        explanation=reader.text("explanation"),
        remediation=reader.text("remediation"),
        false_positives=reader.text("false-positives"),
        references=tuple(line.text for line in reader.lines("references")),
        author=reader.text("author"),
        since=reader.text("since"),
        places=places,
    )
    return header, start


def read_pattern(file: str, content: str) -> tuple[Header, int]:
    """A pattern's header, and the number of its statement's first line. Raises InvalidRule.

    What rules say and patterns do not is empty, or has the least value.
    """
    entries, start = split(file, content)
    _check_words(file, entries, OF_A_PATTERN, OPTIONAL_OF_A_PATTERN)
    reader = _Reader(file, entries)
    header = Header(
        title=reader.text("title"),
        summary=reader.text("summary"),
        version=1,
        status="experimental",
        severity="INFO",
        confidence=1.0,
        params=tuple(_parameter(line) for line in reader.items("params")),
        columns=tuple(_column(line) for line in reader.items("returns")),
        reads=(), keyed_by=(), shared=(), headline="", explanation="", remediation="", false_positives="",
        references=(), author="", since="",
        places={word: lines[0].place for word, lines in entries.items() if lines},
    )  # fmt: skip
    return header, start


def _check_words(
    file: str,
    entries: Mapping[str, list[Line]],
    required: tuple[str, ...],
    optional: tuple[str, ...],
) -> None:
    for word, lines in entries.items():
        if word not in required and word not in optional:
            place = lines[0].place if lines else Place(file, 1)
            known = ", ".join(sorted({*required, *optional}))
            raise place.error(f"'{word}' is no word of a header; known are {known}")
    if missing := [word for word in required if not entries.get(word)]:
        raise Place(file, 1).error(f"the header does not say: {', '.join(missing)}")


@dataclass(frozen=True)
class _Reader:
    """Typed access to the entries of one header."""

    file: str
    entries: Mapping[str, list[Line]]

    def lines(self, word: str) -> list[Line]:
        return self.entries.get(word, [])

    def text(self, word: str) -> str:
        return " ".join(line.text for line in self.lines(word))

    def names(self, word: str) -> tuple[str, ...]:
        return tuple(filter(None, re.split(r"[,\s]+", self.text(word))))

    def items(self, word: str) -> Iterator[Line]:
        """One line an item; a line that does not begin with `name:` continues the one before."""
        item: Line | None = None
        for line in self.lines(word):
            if item is not None and not re.match(r"[a-z][a-z0-9_]*:", line.text):
                item = Line(item.place, f"{item.text} {line.text}")
                continue
            if item is not None:
                yield item
            item = line
        if item is not None:
            yield item

    def convert(self, word: str, function: Callable[[str], T], wanted: str) -> T:
        try:
            return function(self.text(word))
        except ValueError as error:
            raise self.lines(word)[0].place.error(f"'{word}' has to be {wanted}") from error

    def choose(self, word: str, choices: tuple[T, ...]) -> T:
        for choice in choices:
            if choice == self.text(word):
                return choice
        wanted = ", ".join(map(str, choices))
        raise self.lines(word)[0].place.error(f"'{word}' has to be one of {wanted}")


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _share(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1:
        raise ValueError(text)
    return number


def _parameter(line: Line) -> Parameter:
    found = _PARAMETER.match(line.text)
    if found is None:
        raise line.place.error("a parameter is `name: type = default -- what it is for`")
    name, word, written, description = found.groups()
    for known in get_args(ParameterType):
        if known == word:
            try:
                return Parameter(name, known, _value(known, written), written, description)
            except InvalidRule as error:
                raise line.place.error(f"{name}: {error}") from error
    raise line.place.error(
        f"{name}: {word!r} is no type of parameter; known are {', '.join(get_args(ParameterType))}"
    )


def _value(word: ParameterType, written: str) -> object:
    """`written` as a value of type `word`. A duration has no months or years: those vary."""
    if word == "duration":
        return _duration(written.strip('"'))
    try:
        value = json.loads(written)
    except ValueError as error:
        raise InvalidRule(f"{written!r} is not JSON, as a {word} has to be") from error
    if word == "float" and type(value) is int:
        value = float(value)
    inner = word.removeprefix("list<").removesuffix(">")
    if inner == word:
        is_right = _is_of(inner, value)
    else:
        is_right = isinstance(value, list) and all(_is_of(inner, each) for each in value)
    if not is_right:
        raise InvalidRule(f"{written!r} is not a value of type {word}")
    return value


def _is_of(word: str, value: object) -> bool:
    """Whether it is such a value, and one that the database can hold."""
    if word == "int":
        return type(value) is int and -(2**63) <= value < 2**63
    if word == "float":
        return type(value) is float and math.isfinite(value)
    return type(value) is (bool if word == "bool" else str)


def _duration(written: str) -> timedelta:
    found = _DURATION.match(written)
    if found is None or not any(found.groups()):
        raise InvalidRule(f"{written!r} is not a duration such as P30D or PT12H")
    weeks, days, hours, minutes, seconds = (int(g or 0) for g in found.groups())
    try:
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError as error:
        raise InvalidRule(f"{written!r} is longer than any time that can be told") from error


def _column(line: Line) -> Column:
    found = _COLUMN.match(line.text)
    if found is None:
        raise line.place.error("a column is `name: type -- what it says`")
    return Column(found[1], found[2], found[3] or "")
