// summary: Domain names, whether they are of one's own scope, and which names they are held to look like.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- of entities
// returns: id: str, name: str, holds: bool
//          is_own: bool -- whether it was registered as such and a run had it in its scope
//          alike: list<list<str>> -- of each relationship: who looks like whom, by their ids
// index:   Entity(id)
// rows:    one a domain name
UNWIND $ids AS touched
MATCH (n:Entity&DomainName {id: touched})
WHERE n.org = $org
RETURN n.id AS id, n.key AS name, n.holds_since IS NOT NULL AS holds,
       coalesce(n.is_registrable, false)
         AND EXISTS { MATCH (n)<-[near:REACHED]-(:Run) WHERE near.distance = 0 } AS is_own,
       COLLECT { MATCH (n)-[alike:SIMILAR_TO]-() RETURN [startNode(alike).id, endNode(alike).id] } AS alike
