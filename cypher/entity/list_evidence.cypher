// summary: The raw answers that an observation was read from.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the observation's id
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: sha256: str, media_type: str, size_bytes: int, source_url: str
//          removed_at: datetime -- since when the raw answer is kept no more; null while it is
// index:   Observation(id)
// rows:    one a raw answer, in the order of their hashes
MATCH (o:Observation {id: $id})
WHERE o.org = $org AND ($readable IS NULL OR coalesce(o.tlp, '') IN $readable)
MATCH (o)-[:EVIDENCED_BY]->(e:Evidence)
RETURN e.sha256 AS sha256, e.media_type AS media_type, e.size_bytes AS size_bytes, e.source_url AS source_url,
       e.removed_at AS removed_at
ORDER BY e.sha256
