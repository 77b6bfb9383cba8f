"""Who decides of pairs in a request."""

from __future__ import annotations

from graph.identity.deciding import Deciding
from server.graphql.context import Info


def deciding(info: Info) -> Deciding:
    """The caller, deciding now."""
    context = info.context
    return Deciding(
        store=context.store, org=context.org, by=context.principal.email, now=context.now(),
        act=context.new_id(info, "act"), readable=context.readable,
    )  # fmt: skip
