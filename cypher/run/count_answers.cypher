// summary: How the lookups of a run ended, by collector.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the run's id
// returns: collector: str, outcome: str, answers: int
// index:   Run(id)
// rows:    one a collector and outcome
MATCH (r:Run {id: $id})
WHERE r.org = $org
MATCH (o:Observation)-[:IN]->(r)
RETURN o.collector AS collector, o.outcome AS outcome, count(o) AS answers
ORDER BY collector, outcome
