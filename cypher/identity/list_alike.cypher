// summary: A page of the names that look like those of one's own, the most alike first.
// mode:    read
// params:  org: str -- the organization
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
//          of: str -- only like this name or, of this name, what it is like; null for all
//          least: float -- only with at least this score
//          behind: float -- score of the last one seen; null for the first page
//          behind_id: str -- its id; empty for the first page
//          limit: int -- how many at most
// returns: id: str, of: str, other: str -- ids of the two names
//          ways: list<str>, score: float, reason: str, since: datetime
// index:   SIMILAR_TO(org, score)
// rows:    at most limit
MATCH (other:DomainName)-[alike:SIMILAR_TO]->(own:DomainName)
WHERE alike.org = $org AND alike.score >= $least
  AND ($of IS NULL OR own.id = $of OR other.id = $of)
  AND ($readable IS NULL OR (coalesce(own.tlp, '') IN $readable AND coalesce(other.tlp, '') IN $readable))
  AND ($behind IS NULL OR alike.score < $behind OR (alike.score = $behind AND alike.id > $behind_id))
RETURN alike.id AS id, own.id AS of, other.id AS other, alike.ways AS ways, alike.score AS score,
       alike.reason AS reason, alike.since AS since
ORDER BY score DESC, id
LIMIT $limit
