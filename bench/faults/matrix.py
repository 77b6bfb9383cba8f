"""The faults that there are to be, by number: what each is, whether a row here makes it or not yet."""

from __future__ import annotations

TITLES: dict[int, str] = {
    1: "worker killed in mid-scan",
    2: "worker stopped for a minute, then let go on",
    3: "Redis restarted",
    4: "Redis killed and its data gone",
    5: "Redis away for half a minute",
    6: "Redis full",
    7: "Neo4j killed in mid-ingest",
    8: "Neo4j away for a minute, hanging and ended",
    9: "deadlocks and passing errors",
    10: "slow source",
    11: "hung collector",
    12: "poisonous jobs",
    13: "disk full",
    14: "clocks that are wrong",
    15: "jobs delivered several times",
    16: "API killed in mid-mutation",
    17: "subscribers that read slowly",
    18: "10,000 subscribers",
    19: "flood of connections",
    20: "malformed frames",
    21: "oversized bodies",
    22: "deep and wide questions",
    23: "network between API and Neo4j breaks",
    24: "rolling restart under load",
    25: "migration killed half way",
    26: "keys of an identity provider slow or gone",
}
