// summary: A job that is in hand, for a process that carries it out in place of its holder.
// mode:    read
// params:  lease: str -- the job's id
//          fence: int -- the number with which it was taken
// returns: run: str, org: str, collector: str, entities: list<str>, fence: int, attempts: int, deaths: int
//          spec: str -- the run's, distance: int
//          traceparent: str -- of the span that asked for the run; null where none was recorded
//          at: datetime -- now
// index:   Lease(id), Run(id)
// rows:    0 or 1
MATCH (l:Lease {id: $lease})
WHERE l.fence = $fence AND l.state = 'TAKEN'
MATCH (r:Run {id: l.run})
RETURN l.run AS run, l.org AS org, l.collector AS collector, l.entities AS entities, l.fence AS fence,
       l.attempts AS attempts, coalesce(l.deaths, 0) AS deaths, r.spec AS spec, l.distance AS distance,
       r.traceparent AS traceparent, datetime.realtime() AS at
