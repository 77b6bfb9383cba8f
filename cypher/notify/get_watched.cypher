// summary: How a saved query is marked that is watched.
// mode:    read
// params:  org: str -- the organization
//          id: str -- the query's id
// returns: tlp: str -- empty for what is open
// index:   SavedQuery(id), Watch(id)
// rows:    1, or none where it is watched no more
MATCH (q:SavedQuery {id: $id})
WHERE q.org = $org AND EXISTS { MATCH (:Watch {id: $id}) }
RETURN coalesce(q.tlp, '') AS tlp
