// summary: How far runs are, by collector: what their jobs are about, in entities.
// mode:    read
// params:  org: str -- the organization
//          ids: list<str> -- the runs
//          since: datetime -- what ended later is recent, unless the run was begun or resumed since
//          user: str -- the reader
//          readable: list<str> -- the markings that the reader may read, the open one (empty) among them; null for all
// returns: run: str, collector: str, done: int, waiting: int, under_way: int, failed: int, lookups: int
//          recent: int -- of those done or failed, how many lately
//          reused: int -- about how many earlier answers were used again, reused_since: datetime -- the oldest of these
// index:   Run(id), Lease(run)
// rows:    one a run and collector
MATCH (r:Run)
WHERE r.id IN $ids AND r.org = $org
  AND ($readable IS NULL OR r.started_by = $user OR NOT EXISTS {
    UNWIND coalesce(r.named, []) AS name
    MATCH (n:Entity {id: name})
    WHERE NOT coalesce(n.tlp, '') IN $readable
  })
MATCH (l:Lease {run: r.id})
WITH r, l, size(l.entities) AS entities, CASE WHEN l.reused_at IS NULL THEN l.state ELSE 'REUSED' END AS state,
     l.state IN ['DONE', 'FAILED'] AND l.reused_at IS NULL AND l.released_at >= $since
     AND l.released_at >= coalesce(r.resumed_at, r.started_at) AS is_recent
RETURN r.id AS run, l.collector AS collector,
       sum(CASE state WHEN 'DONE' THEN entities ELSE 0 END) AS done,
       sum(CASE state WHEN 'READY' THEN entities ELSE 0 END) AS waiting,
       sum(CASE state WHEN 'TAKEN' THEN entities ELSE 0 END) AS under_way,
       sum(CASE state WHEN 'FAILED' THEN entities ELSE 0 END) AS failed,
       sum(coalesce(l.requests, 0)) AS lookups,
       sum(CASE WHEN is_recent THEN entities ELSE 0 END) AS recent,
       sum(CASE state WHEN 'REUSED' THEN entities ELSE 0 END) AS reused, min(l.reused_at) AS reused_since
ORDER BY run, collector
