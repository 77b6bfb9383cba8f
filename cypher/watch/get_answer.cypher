// summary: The last answer to a watched query of somebody's own as it is saved now, where they may read as much as it was asked with.
// mode:    read
// params:  org: str -- the organization
//          user: str -- the id of who asks
//          id: str -- of the watch
//          readable: list<str> -- the markings that the reader may read
//          permissions: list<str> -- what the reader may do
// returns: answer: str -- JSON
// index:   Watch(id), SavedQuery(id)
// rows:    0 or 1
MATCH (w:Watch {id: $id})
WHERE w.org = $org AND w.owner = $user AND w.answer IS NOT NULL AND w.clearance IN $readable
  AND all(each IN w.needs WHERE each IN $permissions)
MATCH (q:SavedQuery {id: $id})
WHERE q.number = w.number
RETURN w.answer AS answer
