// summary: What collectors answered when they looked at an entity.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the entity's id
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the observation's, run: str -- null also where the run may not be read
//          about: str -- the entity's id
//          latest: str -- the id of its claim's latest answer
//          content: str -- the id of the answer that its claim's facts are in
// index:   Entity(id), Claim(id)
// rows:    one an answer
MATCH (n:Entity {id: $id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
MATCH (o:Observation)-[:OF]->(n)
WHERE ($readable IS NULL OR coalesce(o.tlp, '') IN $readable)
OPTIONAL MATCH (c:Claim {id: o.claim})
RETURN properties(o) AS properties,
       CASE WHEN $readable IS NULL OR NOT EXISTS {
         MATCH (run:Run {id: o.run})
         WHERE coalesce(run.started_by <> $user, true) AND EXISTS {
           UNWIND coalesce(run.named, []) AS name
           MATCH (named:Entity {id: name})
           WHERE NOT coalesce(named.tlp, '') IN $readable
         }
       } THEN o.run END AS run,
       n.id AS about, c.latest AS latest, c.content AS content
