// summary: Save a query of somebody's own; the organization's configuration is held.
// mode:    write
// params:  id: str -- of the query
//          org: str -- the organization
//          owner: str -- the id of whose it is
//          name: str
//          properties: map -- description, document, variables (JSON), is_shared, tlp, number, changes
//          now: datetime
// returns: properties: map -- the query's
// index:   SavedQuery(id)
// rows:    1
MERGE (q:SavedQuery {id: $id})
ON CREATE SET q.org = $org, q.owner = $owner, q.name = $name, q.created_at = $now
SET q += $properties, q.saved_at = $now
RETURN properties(q) AS properties
