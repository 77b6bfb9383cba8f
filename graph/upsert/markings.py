"""Statements that read what was ever stated of some facts, and write the markings that follow."""

from __future__ import annotations

from graph.upsert.facts import between_any

_COLUMNS = "o.tlp, coalesce(c.content = o.id, false), c.doubt, c.content_since.epochMillis, c.id"

STATEMENTS_OF_ENTITIES = f"""
UNWIND $ids AS id
MATCH (n:Entity {{id: id}})<-[p:PRODUCED]-(o:Observation)
MATCH (c:Claim {{id: o.claim}})
RETURN collect([id, {_COLUMNS}, p.values, null])
"""

STATEMENTS_OF_RELATIONSHIPS = f"""
UNWIND $rows AS row
MATCH (n:Entity {{id: row[1]}})<-[:PRODUCED]-(o:Observation)
WHERE row[0] IN o.relationships
MATCH (c:Claim {{id: o.claim}})
RETURN collect([row[0], {_COLUMNS}, null, o.facts])
"""

LOOKS = """
UNWIND $ids AS id
MATCH (n:Entity {id: id})<-[:OF]-(o:Observation)
RETURN collect([id, o.tlp])
"""

MARK_ENTITIES = """
UNWIND $rows AS row
MATCH (n:Entity {id: row[0]})
SET n.tlp = row[1], n.strictest = row[2], n.strictest_values = row[3]
"""

MARK_RELATIONSHIPS = f"""{between_any(4, 6)}
SET n.tlp = row[1], n.strictest = row[2], n.strictest_values = row[3]
"""
