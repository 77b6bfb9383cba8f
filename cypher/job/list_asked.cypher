// summary: A run's ended jobs about some entities.
// mode:    read
// params:  run: str -- the run's id
//          ids: list<str> -- ids of the entities
// returns: collector: str, entities: list<str> -- those of them that it was about, is_reused: bool -- whether earlier answers stood for it
// index:   Lease(run)
// rows:    as many as were about them
MATCH (l:Lease {run: $run})
WHERE l.state IN ['DONE', 'FAILED']
WITH l, [id IN l.entities WHERE id IN $ids] AS entities
WHERE size(entities) > 0
RETURN l.collector AS collector, entities, l.reused_at IS NOT NULL AS is_reused
