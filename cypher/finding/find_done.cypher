// summary: Findings that an act was done with already, when it is sent again.
// mode:    read
// params:  org: str -- the organization
//          act: str -- the act's id
//          since: datetime -- an act is not sent again for longer than that
// returns: ids: list<str> -- in their order; empty where it was not done yet
// index:   FindingAct(org, at)
// rows:    1
MATCH (done:FindingAct)
WHERE done.org = $org AND done.at >= $since AND done.act = $act
MATCH (done)-[:ABOUT]->(f:Finding)
WITH f.id AS id ORDER BY id
RETURN collect(id) AS ids
