// summary: With which entities each of these was held to be one at a moment, as far as the reader may know.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- of entities
//          at: datetime -- the moment; decisions count that stood then
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: id: str -- of the entity, members: list<str> -- its own id among them, in order
// index:   Entity(id)
// rows:    one an entity that there is
UNWIND $ids AS id
MATCH (n:Entity {id: id})
WHERE n.org = $org AND ($readable IS NULL OR coalesce(n.tlp, '') IN $readable)
RETURN n.id AS id, COLLECT {
  MATCH ANY SHORTEST (n)(
    ()<-[:COMPARES]-(pair WHERE pair.states IS NULL AND EXISTS {
      MATCH (pair)<-[:DECIDES]-(decision:IdentityDecision)
      WHERE decision.verdict = 'ACCEPTED' AND decision.at <= $at
        AND (decision.withdrawn_at IS NULL OR $at < decision.withdrawn_at)
    })-[:COMPARES]->(step WHERE $readable IS NULL OR coalesce(step.tlp, '') IN $readable)
  )*(member)
  RETURN member.id ORDER BY member.id
} AS members
