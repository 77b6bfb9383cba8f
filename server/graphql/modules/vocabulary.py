"""Words of the schema about modules."""

from __future__ import annotations

import enum

from server.graphql.declare import described
from server.modules.catalog import ModuleKind


@described(
    "What a collector does to the target it looks at.",
    P0="Asks third parties only; the target notices nothing.",
    P1="Asks the Domain Name System.",
    P2="Connects to the target, politely.",
    P3="Looks for open ports or reads banners; off unless a scan allows it.",
)
class ActivityClass(enum.StrEnum):
    """What a collector does to its target."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


described(
    "What a module does.",
    COLLECTOR="It looks at entities.",
    IMPORTER="It reads a file that a person hands in.",
    RULE="It reads the graph and gives findings.",
)(ModuleKind)


@described(
    "Where a module comes from.",
    BUILT_IN="It is part of Mirage.",
    ENTRY_POINT="Another installed distribution names it in the entry-point group `mirage.collectors`.",
    FOLDER="It lies in a folder that was named to Mirage.",
)
class OriginKind(enum.StrEnum):
    """Where a module comes from."""

    BUILT_IN = "BUILT_IN"
    ENTRY_POINT = "ENTRY_POINT"
    FOLDER = "FOLDER"
