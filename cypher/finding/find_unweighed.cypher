// summary: Findings that are not closed and of which it was not said by these weights how much they matter here.
// mode:    read
// params:  org: str -- the organization
//          version: str -- of the weights
//          most: int -- how many at once
// returns: id: str
// index:   Finding(org, state)
// rows:    at most $most
MATCH (finding:Finding)
WHERE finding.org = $org AND finding.state IN ['OPEN', 'SUPPRESSED'] AND coalesce(finding.risk_version, '') <> $version
RETURN finding.id AS id
LIMIT $most
