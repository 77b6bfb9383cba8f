"""Lists of values as files have them: what is on one."""

from __future__ import annotations

from graph.errors import Refused
from graph.model.base import Entity
from graph.model.intelligence import Feed
from graph.model.threat import ListedIn


def listed(entity: Entity, feed: Feed) -> ListedIn:
    """That an entity is on a list. Raises Refused for a kind that lists do not hold."""
    if not isinstance(entity, ListedIn.sources()):
        raise Refused("an entry of a list", entity.key, f"lists do not hold a {entity.label}")
    return ListedIn(source=entity, target=feed)
