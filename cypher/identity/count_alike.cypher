// summary: How many names look like those of one's own.
// mode:    read
// params:  org: str -- the organization
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
//          of: str -- only like this name or, of this name, what it is like; null for all
//          least: float -- only with at least this score
// returns: total: int
// index:   SIMILAR_TO(org, score)
// rows:    1
MATCH (other:DomainName)-[alike:SIMILAR_TO]->(own:DomainName)
WHERE alike.org = $org AND alike.score >= $least
  AND ($of IS NULL OR own.id = $of OR other.id = $of)
  AND ($readable IS NULL OR (coalesce(own.tlp, '') IN $readable AND coalesce(other.tlp, '') IN $readable))
RETURN count(*) AS total
