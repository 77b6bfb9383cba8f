"""Reading through identities: from an entity to all that are held to be one with it, now or at a moment."""

from __future__ import annotations

from graph.errors import InvalidQuestion
from graph.select.clearance import may_read
from graph.select.statement import Statement

SAME = "SAME_AS"

_STOOD = (
    "{pair}.states IS NULL AND EXISTS {{ MATCH ({pair})<-[:DECIDES]-(_decision:IdentityDecision)"
    " WHERE _decision.verdict = 'ACCEPTED' AND _decision.at <= {at}"
    " AND (_decision.withdrawn_at IS NULL OR {at} < _decision.withdrawn_at) }}"
)


def members(statement: Statement, n: str, member: str) -> str:
    """The clause that binds `member` to each entity that is one with `n`, itself among them.

    At a moment it goes by the decisions that stood then. Only over entities that may be read: two that a hidden one
    alone joins are two.
    """
    step = f"{member}_step"
    tests = may_read(statement, step)
    to = f"({step}{' WHERE ' + ' AND '.join(tests) if tests else ''})"
    hop = f"()-[:{SAME}]-{to}"
    if statement.at:
        pair = f"{member}_pair"
        stood = _STOOD.format(pair=pair, at=statement.at)
        hop = f"()<-[:COMPARES]-({pair}:Match WHERE {stood})-[:COMPARES]->{to}"
    return f"MATCH ANY SHORTEST ({n})({hop})*({member}) "


def check_now(at: object) -> None:
    """Raise InvalidQuestion where ways through identities are asked for at a moment: a decision is no relationship."""
    if at:
        raise InvalidQuestion(
            "resolved: ways go through identities as they are now; leave out `at`, or `resolved`"
        )
