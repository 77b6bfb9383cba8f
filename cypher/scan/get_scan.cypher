// summary: One scan.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the scan's id
// returns: properties: map
// index:   Scan(id)
// rows:    0 or 1
MATCH (s:Scan {id: $id})
WHERE s.org = $org
RETURN properties(s) AS properties
