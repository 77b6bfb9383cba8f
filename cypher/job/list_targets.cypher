// summary: The entities of a job as a collector needs them: kind and key.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the entities' ids
// returns: id: str, labels: list<str>, key: str, tlp: str -- its marking, null where it is open
// index:   Entity(id)
// rows:    one an id that is known
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org
RETURN n.id AS id, labels(n) AS labels, n.key AS key, n.tlp AS tlp
