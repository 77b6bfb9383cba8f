// summary: How the lookups of an organization's runs since a moment ended, by collector, and how long they took.
// mode:    read
// params:  org: str -- the organization
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
//          since: datetime -- runs made at this moment or later
// returns: collector: str, calls: int -- entities looked at in a run, answers: int -- parts of them, found: int, absent: int
//          errors: int, skipped: int, p50_ms: float -- how long a part took in the middle, p95_ms: float
// index:   Run(org, created_at)
// rows:    one a collector
MATCH (r:Run)
WHERE r.org = $org AND r.created_at >= $since
  AND ($readable IS NULL OR r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
MATCH (m:Entity)<-[:OF]-(o:Observation)-[:IN]->(r)
WHERE o.collector <> 'seed' AND ($readable IS NULL OR coalesce(o.tlp, '') IN $readable)
  AND ($readable IS NULL OR coalesce(m.tlp, '') IN $readable)
WITH o.collector AS collector, o.outcome AS outcome, r.id + m.id AS call,
     o.ended_at.epochMillis - o.started_at.epochMillis AS took_ms
RETURN collector, count(DISTINCT call) AS calls, count(*) AS answers,
       sum(CASE outcome WHEN 'FOUND' THEN 1 ELSE 0 END) AS found,
       sum(CASE outcome WHEN 'ABSENT' THEN 1 ELSE 0 END) AS absent,
       sum(CASE outcome WHEN 'ERROR' THEN 1 ELSE 0 END) AS errors,
       sum(CASE outcome WHEN 'SKIPPED' THEN 1 ELSE 0 END) AS skipped,
       percentileCont(took_ms, 0.5) AS p50_ms, percentileCont(took_ms, 0.95) AS p95_ms
ORDER BY collector
