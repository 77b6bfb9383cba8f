"""What can be read off the text of a rule's statement: words, parameters, columns, patterns.

Not a Cypher parser: the database parses (EXPLAIN in the tests). This reads as much as it takes to
know which relationships a rule follows, and refuses spellings it cannot be sure about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from graph.errors import InvalidRule

_OPENING = {"(": ")", "[": "]", "{": "}"}
_QUANTIFIER = re.compile(r"\s*\{\s*(\d+)\s*,\s*(\d+)\s*\}")
_NODE = re.compile(
    r"^\s*(?P<name>[A-Za-z_]\w*)?\s*(?::\s*(?P<labels>\w+(?:\s*[:|&]\s*\w+)*))?\s*"
    r"(?P<rest>\{.*|WHERE\b.*)?$",
    re.DOTALL,
)
_RELATIONSHIP = re.compile(
    r"^\s*(?P<name>[A-Za-z_]\w*)?\s*:\s*(?P<types>\w+(?:\s*\|\s*\w+)*)\s*"
    r"(?P<rest>\{.*|WHERE\b.*)?$",
    re.DOTALL,
)


@dataclass(frozen=True)
class Node:
    """A node of a pattern. `labels` is empty where a name bound before is meant."""

    at: int
    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Edge:
    """A relationship of a pattern, as written from left to right."""

    at: int
    name: str
    types: tuple[str, ...]
    arrow: str  # "->", "<-" or "--"
    repeats: tuple[int, int] | None
    left: Node
    right: Node


@dataclass(frozen=True)
class Statement:
    """A statement and the same text with comments and the insides of strings blanked out."""

    file: str
    first_line: int
    text: str
    bare: str = field(repr=False)

    @classmethod
    def of(cls, file: str, first_line: int, text: str) -> Statement:
        """Read `text`, which begins on `first_line` of `file`."""
        return cls(file, first_line, text, blank(text))

    def error(self, at: int, text: str) -> InvalidRule:
        """The error that something is wrong at offset `at`."""
        line = self.first_line + self.text.count("\n", 0, at)
        return InvalidRule(f"{self.file}:{line}: {text}")

    def words(self) -> Iterator[tuple[int, str]]:
        """Each bare word with its place; property names after a dot and parameters are left out."""
        for found in re.finditer(r"(?<![.$\w])[A-Za-z_]\w*", self.bare):
            yield found.start(), found[0]

    def parameters(self) -> frozenset[str]:
        """The names of all parameters."""
        return frozenset(re.findall(r"\$(\w+)", self.bare))

    def clauses(self, *words: str) -> list[tuple[int, int]]:
        """Start and end of what follows each of `words` outside of brackets, to the next clause."""
        return [(start, end) for word, start, end in self._clauses if word in words]

    @cached_property
    def _clauses(self) -> list[tuple[str, int, int]]:
        flat = _without_inner(self.bare)
        starts = [
            (found.start(), found.end(), found[1].upper())
            for found in re.finditer(
                r"\b(OPTIONAL\s+MATCH|MATCH|UNWIND|WITH|RETURN|WHERE|ORDER\s+BY|SKIP|LIMIT|CALL)\b",
                flat,
                re.IGNORECASE,
            )
            if not re.search(r"(STARTS|ENDS)\s+$", flat[: found.start()], re.IGNORECASE)
        ]
        ends = [start for start, _, _ in starts[1:]] + [len(flat)]
        return [(word, end, stop) for (_, end, word), stop in zip(starts, ends, strict=True)]

    def columns(self) -> list[str]:
        """The names of the columns of the last RETURN."""
        returns = self.clauses("RETURN")
        if not returns:
            raise self.error(len(self.text), "the statement does not RETURN anything")
        start, end = returns[-1]
        names = []
        for at, item in _items(self.bare, start, end):
            alias = re.search(r"\bAS\s+([A-Za-z_]\w*)\s*$", item, re.IGNORECASE)
            bare = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*", item)
            if not (alias or bare):
                raise self.error(at, f"the column {item.strip()!r} has no name; say `... AS name`")
            names.append((alias or bare)[1])  # type: ignore[index]
        return names

    def edges(self) -> list[Edge]:
        """Every relationship pattern, wherever it stands. Raises InvalidRule on an unclear one."""
        return self._edges

    @cached_property
    def _edges(self) -> list[Edge]:
        return [
            self._edge(found.start(), found.end() - 1)
            for found in re.finditer(r"(?<=\))\s*<?-\s*\[", self.bare)
        ]

    def _edge(self, dash: int, bracket: int) -> Edge:
        close = _closing(self.bare, bracket)
        arrow_end = re.compile(r"\s*-(>?)").match(self.bare, close + 1)
        inner = _RELATIONSHIP.match(self.bare[bracket + 1 : close])
        if inner is None or arrow_end is None:
            raise self.error(
                bracket,
                "a relationship is `-[name:TYPE]->`; for several steps write `-[:TYPE]->{1,8}`",
            )
        points_left = "<" in self.bare[dash:bracket]
        points_right = bool(arrow_end[1])
        after = arrow_end.end()
        repeats = _QUANTIFIER.match(self.bare, after)
        right = re.compile(r"\s*\(").match(self.bare, repeats.end() if repeats else after)
        if right is None:
            raise self.error(after, "a relationship leads to a node: `-[:TYPE]->(name:Kind)`")
        return Edge(
            at=bracket,
            name=inner["name"] or "",
            types=tuple(re.split(r"\s*\|\s*", inner["types"])),
            arrow="--" if points_left == points_right else "<-" if points_left else "->",
            repeats=(int(repeats[1]), int(repeats[2])) if repeats else None,
            left=self.node_at(_opening(self.bare, self.bare.rindex(")", 0, dash + 1))),
            right=self.node_at(right.end() - 1),
        )

    def node_at(self, at: int) -> Node:
        """The node whose opening bracket stands at `at`. Raises InvalidRule."""
        close = _closing(self.bare, at)
        found = _NODE.match(self.bare[at + 1 : close])
        if found is None:
            raise self.error(
                at, "a node is `(name:Kind)`, several kinds `(name:One|Other)`, with {...} or WHERE"
            )
        labels = tuple(re.split(r"\s*[:|&]\s*", found["labels"])) if found["labels"] else ()
        return Node(at, found["name"] or "", labels)

    def opening_node(self) -> Node:
        """The node of the first MATCH."""
        matches = self.clauses("MATCH")
        found = matches and re.compile(r"\s*\(").match(self.bare, matches[0][0])
        if not found:
            raise self.error(0, "the statement has no MATCH that begins with a node")
        return self.node_at(found.end() - 1)


def blank(text: str) -> str:
    """`text` with comments, strings and quoted names blanked, every character kept in its place."""

    def spaces(found: re.Match[str]) -> str:
        inner = re.sub(r"[^\n]", " ", found[0])
        return inner if found[0][0] == "/" else f"{found[0][0]}{inner[1:-1]}{found[0][0]}"

    pattern = r"//[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`])*`"
    return re.sub(pattern, spaces, text, flags=re.DOTALL)


def _closing(text: str, at: int) -> int:
    """The place of the bracket that closes the one at `at`; the text's end where there is none."""
    depth = 0
    for index in range(at, len(text)):
        if text[index] in _OPENING:
            depth += 1
        elif text[index] in _OPENING.values():
            depth -= 1
            if depth == 0:
                return index
    return len(text)


def _opening(text: str, at: int) -> int:
    """The place of the bracket that is closed at `at`; `at` itself where there is none."""
    depth = 0
    for index in range(at, -1, -1):
        if text[index] in _OPENING.values():
            depth += 1
        elif text[index] in _OPENING:
            depth -= 1
            if depth == 0:
                return index
    return at


def _without_inner(text: str) -> str:
    """`text` with everything inside of brackets blanked."""
    depth, out = 0, []
    for char in text:
        if char in _OPENING.values():
            depth -= 1
        out.append(char if depth == 0 or char == "\n" else " ")
        if char in _OPENING:
            depth += 1
    return "".join(out)


def _items(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """The items of a comma-separated list between `start` and `end`, with their places."""
    flat = _without_inner(text[start:end])
    begin = start
    for stop in (*(start + comma.start() for comma in re.finditer(",", flat)), end):
        yield begin, text[begin:stop]
        begin = stop + 1
