// summary: What readable answers tell of facts that others stated, too: what was said when, and what supports them now.
// mode:    read
// params:  org: str -- the organization
//          facts: list<map> -- id of each; entity: its own, or that of an end; link: the relationship's, else null
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them
// returns: id: str -- of the fact
//          log: list<list> -- of each claim that ever stated it all answers: claim, when (ms), whether it states the fact
//          looks: list<datetime> -- when somebody looked at the entity
//          supports: int -- claims, doubt: int -- what they take from it
// index:   Entity(id), Claim(id), Observation(claim)
// rows:    one a fact that is known
UNWIND $facts AS fact
MATCH (n:Entity {id: fact.entity})
WHERE n.org = $org
CALL (n, fact) {
  MATCH (n)<-[:PRODUCED]-(o:Observation)
  WHERE coalesce(o.tlp, '') IN $readable AND (fact.link IS NULL OR fact.link IN o.relationships)
  WITH DISTINCT n, fact, o.claim AS claim
  MATCH (told:Observation {claim: claim})
  WHERE told.outcome IN ['FOUND', 'ABSENT'] AND coalesce(told.tlp, '') IN $readable
  OPTIONAL MATCH (told)-[:REPEATS]->(first:Observation)
  WITH n, fact, claim, told, coalesce(first, told) AS content
  RETURN collect([claim, told.ended_at.epochMillis, CASE
           WHEN fact.link IS NULL THEN EXISTS { MATCH (content)-[:PRODUCED]->(n) }
           ELSE fact.link IN coalesce(content.relationships, [])
         END]) AS log
}
CALL (n, fact) {
  MATCH (n)<-[:PRODUCED]-(o:Observation)
  WHERE coalesce(o.tlp, '') IN $readable AND (fact.link IS NULL OR fact.link IN o.relationships)
  MATCH (c:Claim {id: o.claim})
  WHERE c.content = o.id
  RETURN count(c) AS supports, sum(c.doubt) AS doubt
}
RETURN fact.id AS id, log, supports, doubt,
       COLLECT { MATCH (n)<-[:OF]-(o:Observation) WHERE coalesce(o.tlp, '') IN $readable RETURN o.ended_at } AS looks
