// summary: The facts that an answer stated in a stretch of time, for the first time or again.
// mode:    read
// params:  org: str -- the organization
//          since: datetime -- after this moment
//          until: datetime -- up to this moment
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: entities: list<str> -- ids, relationships: list<str> -- ids
// scan:    answers have no index on their time; this goes through all of them
// index:   none
// rows:    1
MATCH (o:Observation)
WHERE o.org = $org AND o.outcome = 'FOUND' AND $since < o.ended_at AND o.ended_at <= $until
  AND ($readable IS NULL OR coalesce(o.tlp, '') IN $readable)
OPTIONAL MATCH (o)-[:REPEATS]->(first:Observation)
WITH DISTINCT coalesce(first, o) AS said
WITH collect(said) AS answers
RETURN COLLECT { UNWIND answers AS said MATCH (said)-[:PRODUCED]->(n:Entity) RETURN DISTINCT n.id } AS entities,
       COLLECT { UNWIND answers AS said UNWIND coalesce(said.relationships, []) AS id RETURN DISTINCT id } AS relationships
