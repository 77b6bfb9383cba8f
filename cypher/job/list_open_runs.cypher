// summary: Runs that have not ended, of all organizations: what a conductor looks after.
// mode:    read
// params:
// returns: id: str, org: str
// index:   Run(state)
// rows:    as many as are open
MATCH (r:Run)
WHERE r.state IN ['ACCEPTED', 'RUNNING']
RETURN r.id AS id, r.org AS org
