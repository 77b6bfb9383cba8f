"""Which rules an organization goes by: shipped ones, but for those that are off, and its own, with its values.

Read anew each time, so that a change counts at once in every process; only texts that were read are known again.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson

from graph.correlate import rules as rule_files
from graph.correlate.rules import Rule
from graph.errors import InvalidRule
from graph.model.base import name_id
from graph.queries import rule as queries
from graph.queries.rule import SettingRow
from graph.store import Store

OWN = "own."  # what the names of an organization's own rules begin with
FILE = "rule"  # what messages call the text of one: they name lines of it as it was given
TEXTS_KNOWN = 512

Settings = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True)
class Rulebook:
    """The rules that an organization goes by, and the values it gives their parameters.

    `numbers` tell how often it has set each rule. `paused` are its own rules that failed as they are now.
    """

    rules: Mapping[str, Rule]
    settings: Settings = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    paused: Collection[str] = ()

    @classmethod
    def of(cls, settings: Settings | None = None, off: Collection[str] = ()) -> Rulebook:
        """All rules of cypher/correlate/ but those switched `off`."""
        known = rule_files.load()
        return cls({i: r for i, r in known.items() if i not in off}, settings or {})

    def parameters(self, rule: Rule) -> dict[str, object]:
        """The values of the rule's parameters."""
        return rule.parameters(self.settings.get(rule.id))

    def number(self, rule: str) -> int:
        """How often the organization has set a rule."""
        return self.numbers.get(rule, 0)

    def digest(self, rule: Rule) -> str:
        """What the rule's findings depend on here, as a hash. A rule that was set again is another one."""
        number = self.number(rule.id)
        parts = [rule.digest, repr(sorted(self.parameters(rule).items()))]
        return name_id("Rule", *parts, *([str(number)] if number else []))

    @property
    def awake(self) -> list[Rule]:
        """The rules that look at what is written."""
        return [rule for name, rule in self.rules.items() if name not in self.paused]


@dataclass(frozen=True)
class Books:
    """The rules of an organization as it has set them.

    `known` are those that can be read, also where they are off, `book` those that are evaluated. `broken` are those
    that cannot be, since an update of Mirage took away what they name, each with why. `rows` say how rules were set.
    """

    known: Mapping[str, Rule]
    book: Rulebook
    broken: Mapping[str, InvalidRule] = field(default_factory=dict)
    rows: Mapping[str, SettingRow] = field(default_factory=dict)

    def due(self) -> set[str]:
        """The rules that were set and by which not everything was evaluated yet, nor tried."""
        return {
            name
            for name, row in self.rows.items()
            if (rule := self.book.rules.get(name))
            and self.book.digest(rule) not in (row.digest, row.failed)
        }

    def is_gone(self, rule: str) -> bool:
        """Whether a rule's findings are to be closed. Those of one that cannot be read stay as they are."""
        is_unread = rule in self.broken and self.rows[rule].is_enabled
        return rule not in self.book.rules and not is_unread


async def books_of(store: Store, org: str, bookmarks: Collection[str] = ()) -> Books:
    """How an organization's rules are now."""
    wanted = queries.LIST_SETTINGS.bind(queries.OrgParams(org=org))
    rows = await store.fetch(wanted, bookmarks=tuple(bookmarks))
    known, broken = dict(rule_files.load()), dict[str, InvalidRule]()
    for row in rows:
        try:
            if is_own(row.rule) and row.text is not None:
                known[row.rule] = read_own(row.rule, row.text)
            if row.rule in known:
                known[row.rule].parameters(orjson.loads(row.parameters))
        except InvalidRule as error:
            broken[row.rule] = error
    known = dict(sorted(known.items()))
    usable = {name: rule for name, rule in known.items() if name not in broken}
    return Books(known, _book(usable, rows), broken, {row.rule: row for row in rows})


def _book(usable: Mapping[str, Rule], rows: Sequence[SettingRow]) -> Rulebook:
    off = {row.rule for row in rows if not row.is_enabled}
    book = Rulebook(
        {name: rule for name, rule in usable.items() if name not in off},
        {row.rule: orjson.loads(row.parameters) for row in rows},
        {row.rule: row.number for row in rows},
    )
    failed = {row.rule: row.failed for row in rows if row.failed and is_own(row.rule)}
    paused = {name for name, rule in book.rules.items() if failed.get(name) == book.digest(rule)}
    return replace(book, paused=paused)


def is_own(rule: str) -> bool:
    """Whether a rule of this name is an organization's own."""
    return rule.startswith(OWN)


@functools.lru_cache(maxsize=TEXTS_KNOWN)
def read_own(rule: str, text: str) -> Rule:
    """A rule of an organization's own from its text. Raises InvalidRule with the line where it breaks a promise."""
    return rule_files.parse(rule, FILE, text)


def broken_digest(row: SettingRow) -> str:
    """What a rule that cannot be read is known by, as long as it is set like that."""
    return name_id("Rule", "broken", str(row.number))
