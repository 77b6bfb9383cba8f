// summary: Runs that go on, of all organizations: what a conductor looks after.
// mode:    read
// params:  states: list<str> -- those in which a conductor moves it on
// returns: id: str, org: str
// index:   Run(state)
// rows:    as many as go on
MATCH (r:Run)
WHERE r.state IN $states
RETURN r.id AS id, r.org AS org
