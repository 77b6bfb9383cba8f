"""What the schema says of every fact, entity or relationship: when it holds and how sure it is."""

from __future__ import annotations

from datetime import datetime

import strawberry

from server.auth.policy import Permission
from server.graphql.declare import documented
from server.graphql.entities.record import Fact
from server.graphql.entities.vocabulary import Interval, Marking
from server.graphql.permissions import requires


@strawberry.type(description="What entities and relationships have in common.")
@requires(Permission.READ_GRAPH)
class Held:
    """A fact as the database holds it, seen at a moment (None: now). Not a type of the schema by itself."""

    record: strawberry.Private[Fact]
    at: strawberry.Private[datetime | None] = None

    @documented()
    def holds(self) -> bool:
        """Whether at least one source states it (with `at`: stated it then)."""
        return self.record.holds(self.at)

    @documented()
    def first_seen(self) -> datetime:
        """When it was first observed."""
        return self.record.first_seen

    @documented()
    def last_seen(self) -> datetime:
        """When it was last confirmed."""
        return self.record.last_seen(self.at)

    @documented()
    def seen(self) -> list[Interval]:
        """The stretches of time in which it was confirmed, oldest first."""
        return [
            Interval(from_=i.start, to=i.last, ended=i.ended) for i in self.record.seen(self.at)
        ]

    @documented()
    def confidence(self) -> float:
        """How sure it is, 0 to 1, from the reliability of the sources that state it now."""
        return self.record.confidence

    @documented()
    def supports(self) -> int:
        """How many sources state it now."""
        return self.record.supports

    @documented()
    def changed_at(self) -> datetime | None:
        """When its values last changed; null while they are the first ones."""
        return self.record.changed_at(self.at)

    @documented()
    def tags(self) -> list[str]:
        """The labels that analysts gave it."""
        return self.record.tags

    @documented()
    def marking(self) -> Marking | None:
        """Who may see it; null where nobody said."""
        return Marking(self.record.marking) if self.record.marking else None
