// summary: The answers that an entity, or one of its relationships, rests on now.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the entity's id, or that of an end of the relationship
//          link: str -- the relationship's id; empty for the entity itself
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the observation's, run: str -- null also where the run may not be read
//          about: str -- the entity that was looked at
//          claim: str -- the claim's id, latest: str -- the id of the claim's latest answer
//          doubt: int -- how far the claim takes doubt away, as in docs/graph-storage.md
// index:   Entity(id), Claim(id)
// rows:    one a claim
MATCH (n:Entity {id: $id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
MATCH (o:Observation)-[:PRODUCED]->(n)
MATCH (c:Claim {id: o.claim})
WHERE c.content = o.id AND ($link = '' OR $link IN o.relationships)
  AND ($readable IS NULL OR coalesce(o.tlp, '') IN $readable)
  AND ($readable IS NULL OR EXISTS {
    MATCH (o)-[:OF]->(m:Entity)
    WHERE coalesce(m.tlp, '') IN $readable
  })
RETURN properties(o) AS properties,
       CASE WHEN $readable IS NULL OR NOT EXISTS {
         MATCH (run:Run {id: o.run})
         WHERE coalesce(run.started_by <> $user, true) AND EXISTS {
           UNWIND coalesce(run.named, []) AS name
           MATCH (named:Entity {id: name})
           WHERE NOT coalesce(named.tlp, '') IN $readable
         }
       } THEN o.run END AS run,
       c.about AS about, c.id AS claim, c.latest AS latest, c.doubt AS doubt
