"""What looks at watches in this process, made of the services that requests are answered with."""

from __future__ import annotations

from graph.watches.desk import Desk
from server.graphql.watches.looking import Looker
from server.graphql.watches.watcher import Watcher
from server.jobs.events import Publisher
from server.web.services import Services


def make_watcher(services: Services) -> Watcher:
    """One that has begun nothing yet."""
    looker = Looker(
        Desk(services.store),
        services.executor,
        services.quotas,
        services.context,
        services.now,
    )
    return Watcher(looker, Publisher(services.store, services.queue))
