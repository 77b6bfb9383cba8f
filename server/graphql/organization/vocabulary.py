"""What may be done, as the schema calls it."""

from __future__ import annotations

from server.auth.policy import SUMMARIES, Permission
from server.graphql.declare import described

described("An act that can be allowed.", **{each.name: SUMMARIES[each] for each in Permission})(
    Permission
)
