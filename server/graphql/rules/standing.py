"""How an organization's rules stand: as it has set them, and which failed."""

from __future__ import annotations

import orjson

from graph.correlate.books import Books, books_of
from graph.queries.rule import LIST_FAILURES, FailureRow, OrgParams
from server.graphql.context import Context
from server.graphql.rules.types import Rule, RuleFailure, Standing

RULES = "rules"  # what is read once for an operation


async def rules_of(context: Context) -> dict[str, Rule]:
    """All rules of the caller's organization, by name: also those that are off, and those that cannot be read."""

    async def read() -> dict[str, Rule]:
        books = await books_of(context.store, context.org)
        wanted = LIST_FAILURES.bind(OrgParams(org=context.org))
        failed = {row.rule: row for row in await context.store.fetch(wanted)}
        found = {
            name: Rule.of(rule, _standing(books, name, failed))
            for name, rule in books.known.items()
        }
        unread = books.broken.keys() - found.keys()
        return found | {name: Rule.unread(name, _standing(books, name, failed)) for name in unread}

    return dict(sorted((await context.once(RULES, read)).items()))


def _standing(books: Books, name: str, failed: dict[str, FailureRow]) -> Standing:
    row, failure = books.rows.get(name), _failure(books, name, failed.get(name))
    if row is None:
        return Standing(failure=failure)
    return Standing(row.number, row.text, row.is_enabled, orjson.loads(row.parameters), failure)


def _failure(books: Books, name: str, row: FailureRow | None) -> RuleFailure | None:
    """Why a rule failed as it is now; what it was before is set right, or is not known to be."""
    if error := books.broken.get(name):
        return RuleFailure(reason=str(error), at=row.at if row else None)
    rule = books.book.rules.get(name)
    if row is None or rule is None or row.digest != books.book.digest(rule):
        return None
    return RuleFailure(reason=row.reason, at=row.at)
