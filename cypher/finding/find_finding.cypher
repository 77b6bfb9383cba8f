// summary: The fingerprint of a finding.
// mode:    read
// params:  org: str -- the organization
//          finding: str -- the finding's id
// returns: fingerprint: str -- what makes the finding the same one again
// index:   Finding(id)
// rows:    0..1
MATCH (finding:Finding {id: $finding})
WHERE finding.org = $org
RETURN finding.fingerprint AS fingerprint
