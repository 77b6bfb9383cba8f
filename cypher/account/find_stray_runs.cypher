// summary: Open runs of organizations that are suspended or deleted.
// mode:    read
// params:  states: list<str> -- those in which it is open
// returns: id: str, org: str
// index:   Run(state), Organization(id)
// rows:    one a run
MATCH (run:Run)
WHERE run.state IN $states
MATCH (org:Organization {id: run.org})
WHERE org.suspended_at IS NOT NULL OR org.deleted_at IS NOT NULL
RETURN run.id AS id, org.id AS org
