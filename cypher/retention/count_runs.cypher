// summary: How many runs ended before a moment that nothing needs.
// mode:    read
// params:  org: str -- the organization
//          before: datetime -- what is older
//          final: list<str> -- the states in which a run has ended
// returns: total: int, bytes: int -- null: they lie in the database
//          oldest: datetime -- null where there is none, needed: int -- how many beside them stay: the last of a scan, and
//          those by whose answers something is known
// index:   Run(org, created_at), Claim(id)
// rows:    1
MATCH (r:Run)
WHERE r.org = $org AND r.created_at < $before AND r.state IN $final AND r.ended_at < $before
WITH r, NOT EXISTS {
       MATCH (r)<-[:RAN]-(:Scan)-[:RAN]->(later:Run)
       WHERE later.created_at > r.created_at AND (r.state <> 'FINISHED' OR later.state = 'FINISHED')
     } OR EXISTS {
       MATCH (r)<-[:IN]-(o:Observation)
       MATCH (c:Claim {id: o.claim})
       WHERE c.content = o.id
     } AS is_needed
RETURN sum(CASE WHEN is_needed THEN 0 ELSE 1 END) AS total, null AS bytes,
       min(CASE WHEN is_needed THEN null ELSE r.ended_at END) AS oldest, sum(CASE WHEN is_needed THEN 1 ELSE 0 END) AS needed
