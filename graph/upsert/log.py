"""Statements that read and write claims, observations and the write log; see `facts.py` for their parameters."""

from __future__ import annotations

LOCK_CLAIMS = """
UNWIND $ids AS id
MATCH (c:Claim {id: id})
REMOVE c._lock
RETURN collect([c.id, c.observed_at.epochMillis, c.latest, c.content, c.answer, c.content_since.epochMillis, c.doubt])
"""

KNOWN_OBSERVATIONS = """
UNWIND $ids AS id
MATCH (o:Observation {id: id})
RETURN collect(o.id)
"""

CONTENTS = """
UNWIND $ids AS id
MATCH (o:Observation {id: id})
RETURN collect([o.id, o.facts])
"""

SAME_CONTENTS = """
UNWIND $rows AS row
MATCH (o:Observation {claim: row[0]})
WHERE o.answer = row[1] AND o.facts IS NOT NULL
RETURN collect([row[0], row[1], o.id])
"""

FENCES = """
UNWIND $rows AS row
OPTIONAL MATCH (l:Lease {id: row[0]})
REMOVE l._lock
RETURN collect([row[0], l.fence = row[1] AND l.released_at IS NULL])
"""

CREATE_CLAIMS = """
UNWIND $rows AS row
CREATE (c:Claim {id: row[0], org: $org, collector: row[1], about: row[2], part: row[3], observed_at: $times[row[4]],
                 latest: row[5], content: row[6], answer: row[7], content_since: $times[row[8]], doubt: row[9]})
"""

UPDATE_CLAIMS = """
UNWIND $rows AS row
MATCH (c:Claim {id: row[0]})
SET c.observed_at = $times[row[1]], c.latest = row[2], c.content = row[3], c.answer = row[4],
    c.content_since = $times[row[5]], c.doubt = row[6]
"""

CREATE_OBSERVATIONS = """
UNWIND $rows AS row
MATCH (n:Entity {id: row[1]})
CREATE (o:Observation {id: row[0], org: $org, claim: row[2], collector: row[3], collector_version: row[4],
                       outcome: row[5], reason: row[6], started_at: $times[row[7]], ended_at: $times[row[8]],
                       run: row[9], part: row[10], answer: row[11], doubt: row[12], facts: row[13],
                       relationships: row[14], tlp: row[15]})
CREATE (o)-[:OF]->(n)
"""

LINK_PRODUCED = """
UNWIND $rows AS row
MATCH (o:Observation {id: row[0]})
UNWIND row[1] AS produced
MATCH (n:Entity {id: produced[0]})
CREATE (o)-[:PRODUCED {values: produced[1]}]->(n)
"""

LINK_REPEATS = """
UNWIND $rows AS row
MATCH (o:Observation {id: row[0]})
MATCH (first:Observation {id: row[1]})
CREATE (o)-[:REPEATS]->(first)
"""

LINK_RUNS = """
UNWIND $rows AS row
MATCH (o:Observation {id: row[0]})
MATCH (r:Run {id: row[1]})
CREATE (o)-[:IN]->(r)
"""

LINK_EVIDENCE = """
UNWIND $rows AS row
MERGE (e:Evidence {id: row[1]})
ON CREATE SET e.org = $org, e.sha256 = row[2], e.media_type = row[3], e.size_bytes = row[4], e.source_url = row[5],
              e.aged_from = $times[row[6]]
// Its file may have been removed for its age; now it lies there again.
ON MATCH SET e.aged_from = coalesce(e.aged_from, $times[row[6]]), e.removed_at = null
WITH e, row
MATCH (o:Observation {id: row[0]})
CREATE (o)-[:EVIDENCED_BY]->(e)
"""

CREATE_OUTBOX = """
CREATE (:Outbox {id: $id, org: $org, at: $at, events: $events, touched: $touched})
"""

LOG_OF_ENTITIES = """
UNWIND $ids AS id
MATCH (n:Entity {id: id})<-[p:PRODUCED]-(o:Observation)
RETURN collect([id, o.id, o.claim, o.ended_at.epochMillis, p.values])
"""

LOG_OF_RELATIONSHIPS = """
UNWIND $rows AS row
MATCH (n:Entity {id: row[1]})<-[:PRODUCED]-(o:Observation)
WHERE row[0] IN o.relationships
RETURN collect([row[0], o.id, o.claim, o.ended_at.epochMillis, o.facts])
"""

ANSWERS_OF_CLAIMS = """
UNWIND $ids AS id
MATCH (o:Observation {claim: id})
WHERE o.outcome IN ['FOUND', 'ABSENT']
OPTIONAL MATCH (o)-[:REPEATS]->(first:Observation)
RETURN collect([o.claim, o.id, o.ended_at.epochMillis, coalesce(first.id, o.id), o.answer, o.doubt])
"""
