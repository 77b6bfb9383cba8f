// summary: Make jobs, each a collector and a batch of entities to look at; ready to be taken.
// mode:    write
// params:  org: str -- the organization
//          run: str -- the run's id
//          at: datetime -- now
//          rows: list<map> -- id, collector, entities (ids), distance and asked (how, as a digest) of each, and reused_at
//                for one that earlier answers stand for: when the oldest of these was given; it is done
//          offered: list<str> -- the collectors to be hinted now, others count as never hinted; null for all
// returns: id: str
// index:   Lease(id)
// rows:    one a job
UNWIND $rows AS row
MERGE (l:Lease {id: row.id})
ON CREATE SET l.org = $org, l.run = $run, l.collector = row.collector, l.entities = row.entities,
              l.distance = row.distance, l.asked = row.asked, l.reused_at = row.reused_at,
              l.state = CASE WHEN row.reused_at IS NULL THEN 'READY' ELSE 'DONE' END,
              l.released_at = CASE WHEN row.reused_at IS NULL THEN null ELSE $at END,
              l.fence = 0, l.attempts = 0, l.created_at = $at,
              l.hinted_at = CASE WHEN $offered IS NULL OR row.collector IN $offered THEN $at
                                 ELSE datetime({epochMillis: 0}) END
RETURN l.id AS id
