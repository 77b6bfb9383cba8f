// summary: The entities of some kinds that an organization has, those among them that hold no longer.
// mode:    read
// params:  org: str -- the organization
//          kinds: list<str> -- the kinds
//          most: int -- how many at most
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: entities: list<list<str>> -- of each its id and its kind
// index:   Entity(org, key)
// rows:    1
RETURN COLLECT {
  MATCH (n:Entity)
  WHERE n.org = $org AND n.key IS NOT NULL AND any(label IN labels(n) WHERE label IN $kinds)
    AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
  RETURN [n.id, [label IN labels(n) WHERE label IN $kinds][0]]
  LIMIT $most
} AS entities
