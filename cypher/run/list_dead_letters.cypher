// summary: A page of the jobs that were given up, latest first; of those about entities that the reader may all read.
// mode:    read
// params:  org: str -- the organization
//          run: str -- only of this run; null for all
//          collector: str -- only of this collector; null for all
//          behind: datetime -- released_at of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: properties: map -- the job's, entities: list<map> -- properties, labels, and versions with from and until
//          owner: str -- id of the user who started the run; null where it began by itself
// index:   Lease(org, state), Run(id), Entity(id)
// rows:    at most limit
MATCH (l:Lease)
WHERE l.org = $org AND l.state = 'FAILED' AND ($run IS NULL OR l.run = $run)
  AND ($collector IS NULL OR l.collector = $collector)
  AND ($behind IS NULL OR l.released_at < $behind OR (l.released_at = $behind AND l.id > $behind_id))
MATCH (r:Run {id: l.run})
WHERE $readable IS NULL OR (
  (r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
  AND NOT EXISTS {
    UNWIND l.entities AS about
    MATCH (n:Entity {id: about})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  }
)
WITH l, r ORDER BY l.released_at DESC, l.id LIMIT $limit
RETURN properties(l) AS properties, r.started_by AS owner,
       COLLECT {
         UNWIND l.entities AS about
         MATCH (n:Entity {id: about})
         RETURN {properties: properties(n), labels: labels(n),
                 versions: COLLECT { MATCH (n)-[:WAS]->(v:Version) RETURN properties(v) }}
         ORDER BY n.key
       } AS entities
ORDER BY l.released_at DESC, l.id
