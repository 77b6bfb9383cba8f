// summary: One scan.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the scan's id
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- with its schedule as a map; null where it has none
// index:   Scan(id)
// rows:    0 or 1
MATCH (s:Scan {id: $id})
WHERE s.org = $org
  AND ($readable IS NULL OR EXISTS { MATCH (s)-[:RAN]->(:Run {started_by: $user}) } OR NOT EXISTS {
    UNWIND coalesce(s.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
RETURN s {.*, schedule: head(COLLECT { MATCH (s)-[:HAS_SCHEDULE]->(x:Schedule) RETURN properties(x) })} AS properties
