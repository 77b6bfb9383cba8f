"""Words of the schema about modules."""

from __future__ import annotations

import enum

from collectors._kit.faults import Fault
from server.graphql.declare import described
from server.modules.catalog import ModuleKind
from server.modules.health import HealthState

# Whoever uses these words in the schema takes them from here, so that they have their names by then.
__all__ = ("ActivityClass", "Fault", "HealthState", "ModuleChange", "ModuleKind", "OriginKind")


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
    CHANNEL="It tells people and other systems of what happens.",
)(ModuleKind)


@described(
    "Where a module comes from.",
    BUILT_IN="It is part of Mirage.",
    ENTRY_POINT="Another installed distribution names it, in the entry-point group `mirage.collectors` or "
    "`mirage.channels`.",
    FOLDER="It lies in a folder that was named to Mirage.",
)
class OriginKind(enum.StrEnum):
    """Where a module comes from."""

    BUILT_IN = "BUILT_IN"
    ENTRY_POINT = "ENTRY_POINT"
    FOLDER = "FOLDER"


described(
    "Whether a collector works, and is asked.",
    CLOSED="It is asked.",
    OPEN="It failed several times in a row, and is not asked until a moment.",
    HALF_OPEN="That moment has come: one job at a time is let through, and how it ends decides.",
)(HealthState)


@described(
    "What happened to a module.",
    OPENED="It does not work, and is not asked until a moment.",
    CLOSED="It is asked again: it works, or somebody reset it.",
)
class ModuleChange(enum.StrEnum):
    """What happened to a module."""

    OPENED = "OPENED"
    CLOSED = "CLOSED"


described(
    "Whose fault it is that a collector does not work.",
    name="ModuleFault",
    DEATH="Its jobs take their processes along.",
    DEFECT="Its code fails, or states what its manifest does not allow.",
    UNAUTHORIZED="Its source does not answer us: a key may be wrong or missing.",
    RATE_LIMITED="Its source says that it is asked too often.",
    UNAVAILABLE="Its source does not answer.",
    UNREADABLE="Its source refuses, or answers what cannot be read.",
)(Fault)
