"""What a finding's rule says about it: of shipped rules by their files, of the organization's own by the graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from graph.correlate import rules
from graph.correlate.books import is_own
from graph.correlate.header import Header
from graph.queries.rule import LIST_WORDS, OrgParams, WordsRow

if TYPE_CHECKING:
    from server.graphql.context import Context

WORDS = "words of own rules"  # what is read once for an operation
GONE = ""  # the kind of what rules are about that are gone

Word = Literal["explanation", "remediation", "references"]
Told: TypeAlias = tuple[str, Any]
"""A rule's name, and what a rule of the organization's own says where it is one; None for a rule that is gone."""


async def told(context: Context, rule: str, word: Word) -> Told:
    """What a rule of the organization's own says; nothing is asked for a shipped one."""
    if not is_own(rule):
        return rule, None
    found = (await _words(context)).get(rule)
    return rule, getattr(found, word) if found else None


def explanation(of: Told) -> str | None:
    """What a finding means and why it matters; None for a rule that is gone."""
    header = _header(of)
    own: str | None = of[1]
    return header.explanation if header else own


def remediation(of: Told) -> str | None:
    """What to do about a finding; None for a rule that is gone."""
    header = _header(of)
    own: str | None = of[1]
    return header.remediation if header else own


def references(of: Told) -> list[str]:
    """Where to read more."""
    header = _header(of)
    return list(header.references if header else of[1] or ())


async def kinds(context: Context, named: Collection[str] | None) -> dict[str, str]:
    """By rule, of some or of all there are, the kind of what it is about; GONE for a rule that is gone."""
    known = {rule.id: rule.subject for rule in rules.load().values()}
    if named is None or any(is_own(each) for each in named):
        known |= {rule: row.subject for rule, row in (await _words(context)).items()}
    return known if named is None else {each: known.get(each, GONE) for each in named}


async def _words(context: Context) -> Mapping[str, WordsRow]:
    async def read() -> Mapping[str, WordsRow]:
        rows = await context.store.fetch(LIST_WORDS.bind(OrgParams(org=context.org)))
        return {row.rule: row for row in rows}

    return await context.once(WORDS, read)


def _header(of: Told) -> Header | None:
    found = rules.load().get(of[0])
    return found.header if found else None
