// summary: How many findings an organization has.
// mode:    read
// params:  org: str -- the organization
//          states: list<str> -- OPEN, CLOSED, SUPPRESSED
//          severities: list<str>
//          rules: list<str> -- only these rules; null for all
// returns: total: int
// index:   Finding(org, state)
// rows:    1
MATCH (f:Finding)
WHERE f.org = $org AND f.state IN $states AND f.severity IN $severities AND ($rules IS NULL OR f.rule IN $rules)
RETURN count(f) AS total
