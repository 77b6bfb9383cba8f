// summary: Keep when collectors answered in a run about entities, where all parts of the answer arrived.
// mode:    write
// params:  org: str -- the organization
//          run: str -- the run's id
//          rows: list<map> -- about (an entity's id) and asked (by collector, a digest of how it was asked)
// returns: collector: str, kept: int -- of how many entities
// index:   Entity(id), Lookup(about, collector)
// rows:    one a collector that answered about one at least
UNWIND $rows AS row
MATCH (n:Entity {id: row.about})<-[:OF]-(o:Observation)
WHERE o.run = $run AND o.collector IN keys(row.asked)
WITH row, o.collector AS collector, collect(o.outcome) AS outcomes, min(o.ended_at) AS at
WHERE all(outcome IN outcomes WHERE outcome IN ['FOUND', 'ABSENT'])
MERGE (k:Lookup {about: row.about, collector: collector})
SET k.org = $org, k.run = $run, k.asked = row.asked[collector], k.at = at
RETURN collector, count(k) AS kept
