// summary: Take a scan's schedule away. Its runs stay.
// mode:    write
// params:  org: str -- the organization
//          scan: str -- the scan's id
// returns: deleted: int -- how many there were
// index:   Scan(id)
// rows:    1
MATCH (s:Scan {id: $scan})-[:HAS_SCHEDULE]->(x:Schedule)
WHERE s.org = $org
DETACH DELETE x
RETURN count(*) AS deleted
