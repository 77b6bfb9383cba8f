// summary: What the answers of a run tell: by claim, which is a collector's about an entity, the entities and relationships.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the run's id
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: claim: str, entities: list<str> -- ids, relationships: list<str> -- ids, hidden ones among them
// index:   Run(id)
// rows:    one an answer; lookups that failed or were left out are none
MATCH (r:Run {id: $id})
WHERE r.org = $org
  AND ($readable IS NULL OR r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
MATCH (o:Observation)-[:IN]->(r)
WHERE o.outcome IN ['FOUND', 'ABSENT'] AND ($readable IS NULL OR coalesce(o.tlp, '') IN $readable)
OPTIONAL MATCH (o)-[:REPEATS]->(first:Observation)
WITH o, coalesce(first, o) AS content
RETURN o.claim AS claim,
       COLLECT {
         MATCH (content)-[:PRODUCED]->(p:Entity) WHERE $readable IS NULL OR coalesce(p.tlp, '') IN $readable RETURN p.id
       } AS entities,
       coalesce(content.relationships, []) AS relationships
